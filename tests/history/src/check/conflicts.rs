//! What stores say of a stream's version, against what was and could be known at that time.

use std::collections::HashMap;

use eventide_core::{StreamId, Version};

use super::appends::wrong_answer;
use super::evidence::{Attempt, Evidence};
use super::violation::Violation;
use crate::entry::{Answer, Entry, Op};

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    let reach = reach(evidence);
    let mut known = Known::default();
    for (now, entry) in evidence.entries.iter().enumerate() {
        match entry {
            Entry::Invoked { op, .. } => {
                let attempt = evidence.by_op.get(op);
                let attempt = attempt.and_then(|at| evidence.attempts.get(*at));
                if let Some(attempt) = attempt {
                    named_rightly(attempt, found);
                    for (stream, told) in claims(attempt) {
                        let answered = attempt.answered.unwrap_or(usize::MAX);
                        let reachable = reached(&reach, stream, answered);
                        judge(attempt.op, stream, told, known.of(stream), reachable, found);
                    }
                }
            }
            Entry::Answered { answer, .. } => match answer {
                Answer::Ok { streams, .. } => {
                    for part in streams {
                        known.raise(
                            &part.stream,
                            part.version,
                            reached(&reach, &part.stream, now),
                        );
                    }
                }
                Answer::Conflict { stream, actual } => {
                    known.raise(stream, *actual, reached(&reach, stream, now));
                }
                _ => {}
            },
            Entry::Saw { event, .. } => {
                if let Some(event) = evidence.stored(*event) {
                    known.raise(
                        &event.stream,
                        event.version,
                        reached(&reach, &event.stream, now),
                    );
                }
            }
            _ => {}
        }
    }
}

/// How far each stream is known to be. Only what can be is believed, so that one wrong answer does
/// not make others look wrong.
#[derive(Default)]
struct Known<'a>(HashMap<&'a StreamId, Version>);

impl<'a> Known<'a> {
    fn of(&self, stream: &StreamId) -> Version {
        self.0.get(stream).copied().unwrap_or_default()
    }

    fn raise(&mut self, stream: &'a StreamId, version: Version, reachable: Version) {
        if version <= reachable {
            let known = self.0.entry(stream).or_default();
            *known = version.max(*known);
        }
    }
}

type Reach<'a> = HashMap<&'a StreamId, Vec<usize>>;

/// For each version of each stream, from 1: from when on it could be there.
fn reach<'a>(evidence: &Evidence<'a>) -> Reach<'a> {
    let streams = evidence.streams.iter().map(|(stream, places)| {
        let mut latest = 0;
        let times = places.iter().filter_map(|at| evidence.log.get(*at));
        let times = times.map(|event| {
            let source = evidence.sources(event.id).next();
            latest = source.map_or(latest, |source| source.invoked.max(latest));
            latest
        });
        (*stream, times.collect())
    });
    streams.collect()
}

/// How far `stream` can have come at the time `now`.
fn reached(reach: &Reach<'_>, stream: &StreamId, now: usize) -> Version {
    let times = reach.get(stream).map(Vec::as_slice).unwrap_or_default();
    Version::new(times.partition_point(|from| *from < now) as u64)
}

fn named_rightly(attempt: &Attempt<'_>, found: &mut Vec<Violation>) {
    if let Some(Answer::Conflict { stream, actual }) = attempt.answer {
        let mut parts = attempt.request.streams.iter();
        match parts.find(|part| part.stream == *stream) {
            None => found.push(wrong_answer(attempt, "names a stream that is not its own")),
            Some(part) if part.expected.is_none_or(|expected| expected == *actual) => {
                found.push(wrong_answer(
                    attempt,
                    "is a conflict with what was expected",
                ));
            }
            Some(_) => {}
        }
    }
}

/// What the answer says of versions, other than of its own events'.
fn claims<'a>(attempt: &Attempt<'a>) -> impl Iterator<Item = (&'a StreamId, Version)> {
    let conflict = match attempt.answer {
        Some(Answer::Conflict { stream, actual }) => Some((stream, *actual)),
        _ => None,
    };
    let unchanged = attempt
        .told()
        .filter(|(asked, _)| asked.events.is_empty())
        .map(|(asked, told)| (&asked.stream, told.version));
    conflict.into_iter().chain(unchanged)
}

fn judge(
    op: Op,
    stream: &StreamId,
    told: Version,
    known: Version,
    reachable: Version,
    found: &mut Vec<Violation>,
) {
    let stream = stream.clone();
    if told < known {
        found.push(Violation::VersionTooLow {
            op,
            stream,
            told,
            known,
        });
    } else if told > reachable {
        found.push(Violation::VersionTooHigh {
            op,
            stream,
            told,
            reachable,
        });
    }
}
