//! Each attempt against the final log: acknowledged is there, refused is not, unknown is whole.

use std::collections::HashSet;

use eventide_core::{EventId, RecordedEvent, Version};
use jiff::Timestamp;

use super::evidence::{Attempt, Evidence, fits};
use super::violation::Violation;
use crate::entry::{Answer, AnsweredStream, RequestedStream};

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    let mut acknowledged = HashSet::new();
    for attempt in &evidence.attempts {
        match attempt.answer {
            Some(Answer::Ok {
                streams,
                recorded_at,
            }) => {
                if !fits(attempt.request, streams) {
                    found.push(wrong_answer(
                        attempt,
                        "does not speak of the streams and events asked",
                    ));
                    continue;
                }
                for (asked, told) in attempt.told() {
                    was_stored(evidence, attempt, asked, told, *recorded_at, found);
                }
                for event in attempt.request.events() {
                    if !acknowledged.insert(event) {
                        found.push(Violation::AcknowledgedTwice {
                            op: attempt.op,
                            event,
                        });
                    }
                }
            }
            None | Some(Answer::Unknown { .. }) => is_whole(evidence, attempt, found),
            Some(_) => is_absent(evidence, attempt, found),
        }
    }
}

pub(super) fn wrong_answer(attempt: &Attempt<'_>, reason: &'static str) -> Violation {
    Violation::WrongAnswer {
        op: attempt.op,
        reason,
    }
}

fn was_stored(
    evidence: &Evidence<'_>,
    attempt: &Attempt<'_>,
    asked: &RequestedStream,
    told: &AnsweredStream,
    recorded_at: Timestamp,
    found: &mut Vec<Violation>,
) {
    let op = attempt.op;
    let before = told.version.get().saturating_sub(asked.events.len() as u64);
    if let Some(expected) = asked.expected.filter(|expected| expected.get() != before) {
        found.push(Violation::DoesNotFollow {
            op,
            stream: asked.stream.clone(),
            expected,
            actual: before.into(),
        });
    }
    let mut version = Version::new(before);
    for ((id, _), position) in asked.events.iter().zip(&told.positions) {
        version = version.next();
        let Some(event) = evidence.stored(*id) else {
            found.push(Violation::Lost {
                op,
                stream: asked.stream.clone(),
                version,
                position: *position,
                event: *id,
            });
            continue;
        };
        if event.version != version {
            found.push(wrong_version(attempt, version, event));
        }
        if event.position != *position {
            found.push(Violation::WrongPosition {
                op,
                event: *id,
                expected: *position,
                position: event.position,
            });
        }
        if event.recorded_at != recorded_at {
            found.push(wrong_time(attempt, recorded_at, event));
        }
    }
}

fn wrong_version(attempt: &Attempt<'_>, expected: Version, event: &RecordedEvent) -> Violation {
    Violation::WrongVersion {
        op: attempt.op,
        stream: event.stream.clone(),
        expected,
        version: event.version,
        event: event.id,
    }
}

fn wrong_time(attempt: &Attempt<'_>, expected: Timestamp, event: &RecordedEvent) -> Violation {
    Violation::WrongTime {
        op: attempt.op,
        event: event.id,
        expected,
        recorded_at: event.recorded_at,
    }
}

fn is_absent(evidence: &Evidence<'_>, attempt: &Attempt<'_>, found: &mut Vec<Violation>) {
    for id in attempt.request.events() {
        if let Some(event) = evidence.stored(id)
            && evidence.sources(id).next().is_none()
        {
            found.push(Violation::StoredThoughRefused {
                op: attempt.op,
                stream: event.stream.clone(),
                version: event.version,
                position: event.position,
                event: id,
            });
        }
    }
}

fn is_whole(evidence: &Evidence<'_>, attempt: &Attempt<'_>, found: &mut Vec<Violation>) {
    let (there, missing): (Vec<EventId>, Vec<EventId>) = attempt
        .request
        .events()
        .partition(|id| evidence.place.contains_key(id));
    let stored = !there.is_empty() || evidence.alone_made_known(attempt);
    if stored && !missing.is_empty() {
        let op = attempt.op;
        found.push(Violation::Torn { op, there, missing });
        return;
    }
    let Some(first) = there.first().and_then(|id| evidence.stored(*id)) else {
        return;
    };
    // With several attempts it is not known which of them stored it, only that one did.
    let alone = evidence.sources(first.id).nth(1).is_none();
    for part in &attempt.request.streams {
        let mut expected = None;
        for event in part
            .events
            .iter()
            .filter_map(|(id, _)| evidence.stored(*id))
        {
            match expected {
                None => follows(attempt, part, event, alone, found),
                Some(version) if event.version != version => {
                    found.push(wrong_version(attempt, version, event));
                }
                Some(_) => {}
            }
            expected = Some(event.version.next());
            if event.recorded_at != first.recorded_at {
                found.push(wrong_time(attempt, first.recorded_at, event));
            }
        }
    }
}

fn follows(
    attempt: &Attempt<'_>,
    part: &RequestedStream,
    first: &RecordedEvent,
    alone: bool,
    found: &mut Vec<Violation>,
) {
    let actual = Version::new(first.version.get().saturating_sub(1));
    if let Some(expected) = part
        .expected
        .filter(|expected| alone && *expected != actual)
    {
        found.push(Violation::DoesNotFollow {
            op: attempt.op,
            stream: part.stream.clone(),
            expected,
            actual,
        });
    }
}
