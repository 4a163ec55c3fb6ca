//! Real time against the log's order: what is proved to be there is behind whatever comes later.

use std::collections::{HashMap, HashSet};

use eventide_core::Position;

use super::evidence::{Attempt, Evidence};
use super::violation::{Violation, Witness};
use crate::entry::{Answer, Entry};

/// Everything up to this position is there, and this is how that is known.
type Known = Option<(Position, Witness)>;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    let before = walk(evidence, found);
    for event in evidence.log {
        let carriers = evidence.carriers.get(&event.id).into_iter().flatten();
        // If several attempts may have stored it, the first has the least before it.
        let source = carriers.map(|carrier| carrier.attempt).find(|at| {
            evidence
                .attempts
                .get(*at)
                .is_some_and(Attempt::may_be_stored)
        });
        let Some(source) = source else { continue };
        let attempt = evidence.attempts.get(source);
        let known = before.get(source).copied().flatten();
        if let (Some(attempt), Some((known, witness))) = (attempt, known)
            && event.position <= known
        {
            found.push(Violation::OutOfOrder {
                op: attempt.op,
                event: event.id,
                position: event.position,
                known,
                witness,
            });
        }
    }
}

/// What was known before each attempt was invoked. On the way, readers' answers are held against
/// what was known when they asked.
fn walk(evidence: &Evidence<'_>, found: &mut Vec<Violation>) -> Vec<Known> {
    let positions: HashSet<_> = evidence.log.iter().map(|event| event.position).collect();
    let mut before = Vec::with_capacity(evidence.attempts.len());
    let mut asked: HashMap<u32, Known> = HashMap::new();
    let mut known: Known = None;
    for entry in evidence.entries {
        match entry {
            Entry::Invoked { .. } => before.push(known),
            Entry::Answered {
                op,
                answer: Answer::Ok { streams, .. },
            } => {
                let told = streams.iter().flat_map(|part| &part.positions);
                for position in told.filter(|position| positions.contains(position)) {
                    raise(&mut known, *position, Witness::Append(*op));
                }
            }
            Entry::Answered { .. } | Entry::Read { more: true, .. } => {}
            Entry::Asked { reader, .. } => {
                asked.insert(*reader, known);
            }
            Entry::Saw {
                reader, position, ..
            } => {
                if positions.contains(position) {
                    raise(&mut known, *position, Witness::Reader(*reader));
                }
            }
            Entry::Read {
                reader,
                until: position,
                ..
            }
            | Entry::Head { reader, position } => {
                stale(
                    *reader,
                    *position,
                    asked.get(reader).copied().flatten(),
                    found,
                );
                if positions.contains(position) {
                    raise(&mut known, *position, Witness::Reader(*reader));
                }
            }
        }
    }
    before
}

fn raise(known: &mut Known, position: Position, witness: Witness) {
    if known.is_none_or(|(highest, _)| position > highest) {
        *known = Some((position, witness));
    }
}

fn stale(reader: u32, position: Position, known: Known, found: &mut Vec<Violation>) {
    if let Some((known, witness)) = known.filter(|(known, _)| *known > position) {
        found.push(Violation::Stale {
            reader,
            position,
            known,
            witness,
        });
    }
}
