//! Readers: each sees every event of the final log up to where it is, once and in order.

use std::collections::{HashMap, HashSet};

use eventide_core::{EventId, Position};

use super::evidence::Evidence;
use super::violation::Violation;
use crate::entry::Entry;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    let positions: HashSet<_> = evidence.log.iter().map(|event| event.position).collect();
    let mut readers: HashMap<u32, Reader> = HashMap::new();
    for (now, entry) in evidence.entries.iter().enumerate() {
        match entry {
            Entry::Asked {
                reader,
                after: Some(after),
            } => match readers.get_mut(reader) {
                Some(known) if *after >= known.position => {
                    known.pass(*reader, *after, evidence, found);
                }
                _ => {
                    readers.insert(*reader, Reader::after(*after, evidence));
                }
            },
            Entry::Saw {
                reader,
                position,
                event,
            } => {
                let state = readers.entry(*reader).or_default();
                state.see(*reader, *position, *event, evidence, found);
                too_early(now, *reader, *position, *event, evidence, found);
            }
            Entry::Read { reader, until, .. } => {
                let state = readers.entry(*reader).or_default();
                state.pass(*reader, *until, evidence, found);
            }
            Entry::Head { reader, position } => {
                if *position != Position::START && !positions.contains(position) {
                    found.push(Violation::Vanished {
                        reader: *reader,
                        position: *position,
                        event: None,
                    });
                }
            }
            Entry::Invoked { .. } | Entry::Answered { .. } | Entry::Asked { .. } => {}
        }
    }
}

#[derive(Default)]
struct Reader {
    position: Position,
    /// Where in the final log its next event is.
    next: usize,
}

impl Reader {
    fn after(position: Position, evidence: &Evidence<'_>) -> Self {
        let next = evidence
            .log
            .partition_point(|event| event.position <= position);
        Self { position, next }
    }

    fn see(
        &mut self,
        reader: u32,
        position: Position,
        id: EventId,
        evidence: &Evidence<'_>,
        found: &mut Vec<Violation>,
    ) {
        if position <= self.position {
            found.push(Violation::ReaderWentBack {
                reader,
                after: self.position,
                position,
            });
        }
        let stored = evidence
            .stored(id)
            .filter(|event| event.position == position);
        if stored.is_none() {
            found.push(Violation::Vanished {
                reader,
                position,
                event: Some(id),
            });
        }
        if let Some(&place) = evidence.place.get(&id) {
            self.skip_to(place, reader, position, evidence, found);
            self.next = self.next.max(place + 1);
        }
        self.position = self.position.max(position);
    }

    /// Everything up to `until` was given to it.
    fn pass(
        &mut self,
        reader: u32,
        until: Position,
        evidence: &Evidence<'_>,
        found: &mut Vec<Violation>,
    ) {
        if until < self.position {
            found.push(Violation::ReaderWentBack {
                reader,
                after: self.position,
                position: until,
            });
            return;
        }
        let rest = evidence.log.get(self.next..).unwrap_or_default();
        let passed = rest.iter().take_while(|event| event.position <= until);
        let place = self.next + passed.count();
        self.skip_to(place, reader, until, evidence, found);
        self.position = until;
    }

    fn skip_to(
        &mut self,
        place: usize,
        reader: u32,
        position: Position,
        evidence: &Evidence<'_>,
        found: &mut Vec<Violation>,
    ) {
        let skipped = evidence.log.get(self.next..place).unwrap_or_default();
        if let Some(first) = skipped.first() {
            found.push(Violation::Skipped {
                reader,
                position,
                events: skipped.len(),
                skipped: first.position,
                event: first.id,
            });
        }
        self.next = self.next.max(place);
    }
}

fn too_early(
    now: usize,
    reader: u32,
    position: Position,
    event: EventId,
    evidence: &Evidence<'_>,
    found: &mut Vec<Violation>,
) {
    let first = evidence.carriers.get(&event).and_then(|all| all.first());
    let first = first.and_then(|carrier| evidence.attempts.get(carrier.attempt));
    if let Some(attempt) = first.filter(|attempt| attempt.invoked > now) {
        found.push(Violation::SeenTooEarly {
            reader,
            position,
            event,
            op: attempt.op,
        });
    }
}
