//! Faults of what clients are told.

use eventide_core::{StreamId, Version};
use eventide_history::entry::AnsweredStream;
use eventide_history::{Answer, Entry, Op};
use fastrand::Rng;
use jiff::{Span, Timestamp};

use super::{Attempt, attempts, pick, place, single};
use crate::simulate::Simulated;

/// Changes the answer to an acknowledged append with events.
fn acknowledged(
    simulated: &mut Simulated,
    rng: &mut Rng,
    change: impl FnOnce(&mut AnsweredStream, &mut Timestamp),
) -> bool {
    let chosen = pick(rng, attempts(simulated), |attempt| {
        let part = attempt.request.streams.iter();
        let part = part
            .enumerate()
            .find(|(_, part)| !part.events.is_empty())?
            .0;
        attempt
            .is_acknowledged()
            .then_some((attempt.answered?, part))
    });
    let Some((answered, part)) = chosen else {
        return false;
    };
    let Entry::Answered {
        answer: Answer::Ok {
            streams,
            recorded_at,
        },
        ..
    } = &mut simulated.entries[answered]
    else {
        return false;
    };
    change(&mut streams[part], recorded_at);
    true
}

pub(super) fn wrong_version(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    acknowledged(simulated, rng, |part, _| part.version = part.version.next())
}

pub(super) fn wrong_position(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    acknowledged(simulated, rng, |part, _| {
        part.positions[0] = eventide_core::Position::from_raw(1_000_000);
    })
}

pub(super) fn wrong_time(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    acknowledged(simulated, rng, |_, recorded_at| {
        *recorded_at = recorded_at
            .checked_add(Span::new().microseconds(1))
            .unwrap();
    })
}

pub(super) fn short(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    acknowledged(simulated, rng, |part, _| {
        part.positions.pop();
    })
}

pub(super) fn acknowledged_twice(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let chosen = pick(rng, attempts(simulated), |attempt| {
        let events = attempt.request.events().count();
        (attempt.is_acknowledged() && events > 0).then_some(attempt)
    });
    let Some(attempt) = chosen else { return false };
    let op = Op {
        client: 999,
        number: 1,
    };
    let (request, answer) = (attempt.request, attempt.answer.unwrap());
    simulated.entries.push(Entry::Invoked { op, request });
    simulated.entries.push(Entry::Answered { op, answer });
    true
}

pub(super) fn refused_but_present(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let chosen = pick(rng, single(simulated), |attempt| {
        let events = attempt.request.events().count();
        (attempt.is_acknowledged() && events > 0).then_some(attempt.answered?)
    });
    let Some(answered) = chosen else { return false };
    if let Entry::Answered { answer, .. } = &mut simulated.entries[answered] {
        let why = "the disk is full".to_owned();
        *answer = Answer::Refused { why };
    }
    true
}

pub(super) fn not_at_the_expected_version(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let chosen = pick(rng, single(simulated), |attempt| {
        let part = attempt.request.streams.iter().position(|part| {
            let events = part.events.iter();
            let mut stored = events.filter_map(|(id, _)| place(simulated, *id));
            part.expected.is_some() && stored.next().is_some()
        })?;
        attempt.may_be_stored().then_some((attempt.invoked, part))
    });
    let Some((invoked, part)) = chosen else {
        return false;
    };
    if let Entry::Invoked { request, .. } = &mut simulated.entries[invoked] {
        let part = &mut request.streams[part];
        part.expected = part.expected.map(Version::next);
    }
    true
}

/// Changes the version told in a conflict, as `change` decides.
fn conflict(
    simulated: &mut Simulated,
    rng: &mut Rng,
    change: impl Fn(&Simulated, &Attempt, &StreamId, Version) -> Option<Version>,
) -> bool {
    let chosen = pick(rng, attempts(simulated), |attempt| match &attempt.answer {
        Some(Answer::Conflict { stream, actual }) => {
            let changed = change(simulated, &attempt, stream, *actual)?;
            Some((attempt.answered?, changed))
        }
        _ => None,
    });
    let Some((answered, changed)) = chosen else {
        return false;
    };
    if let Entry::Answered {
        answer: Answer::Conflict { actual, .. },
        ..
    } = &mut simulated.entries[answered]
    {
        *actual = changed;
    }
    true
}

pub(super) fn conflict_without_reason(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    conflict(simulated, rng, |_, attempt, stream, _| {
        let mut parts = attempt.request.streams.iter();
        parts.find(|part| part.stream == *stream)?.expected
    })
}

pub(super) fn conflict_below_what_is_known(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    conflict(simulated, rng, |simulated, attempt, stream, _| {
        let before = attempts(simulated);
        let before = before
            .iter()
            .filter(|other| other.answered_before(attempt.invoked));
        let told = before.filter_map(|other| match &other.answer {
            Some(Answer::Ok { streams, .. }) => streams.iter().find(|part| part.stream == *stream),
            _ => None,
        });
        let known = told.map(|part| part.version.get()).max()?;
        known.checked_sub(1).map(Version::new)
    })
}

pub(super) fn conflict_beyond_what_is_there(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    conflict(simulated, rng, |simulated, attempt, stream, _| {
        let mut parts = attempt.request.streams.iter();
        let expected = parts.find(|part| part.stream == *stream)?.expected?;
        let log = simulated.end.log.iter();
        let there = log.filter(|event| event.stream == *stream).count() as u64;
        Some(Version::new(there + 1)).filter(|told| *told != expected)
    })
}

/// The version is there in the end, but was not yet when the conflict was told.
pub(super) fn conflict_with_the_future(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    conflict(simulated, rng, |simulated, attempt, stream, _| {
        let mut log = simulated.end.log.iter();
        let last = log.rfind(|event| event.stream == *stream)?;
        let all = attempts(simulated);
        let first = all.iter().find(|other| {
            other.may_be_stored() && other.request.events().any(|id| id == last.id)
        })?;
        (first.invoked > attempt.answered?).then_some(last.version)
    })
}

pub(super) fn answered_twice(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let entry = pick(rng, simulated.entries.clone(), |entry| {
        matches!(
            entry,
            Entry::Answered {
                answer: Answer::Refused { .. },
                ..
            }
        )
        .then_some(entry)
    });
    let Some(entry) = entry else { return false };
    simulated.entries.push(entry);
    true
}
