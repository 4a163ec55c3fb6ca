//! Faults of the log itself.

use std::collections::HashSet;

use eventide_core::{EventId, Position};
use eventide_history::{Answer, Entry};
use fastrand::Rng;
use jiff::{Span, Timestamp};
use uuid::Uuid;

use super::{at_the_end, attempts, pick, place, single};
use crate::simulate::Simulated;

pub(super) fn lost(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let acknowledged = attempts(simulated);
    let events = acknowledged
        .iter()
        .filter(|attempt| attempt.is_acknowledged())
        .flat_map(|attempt| attempt.request.events());
    let Some(event) = pick(rng, events, Some) else {
        return false;
    };
    simulated.end.log.retain(|stored| stored.id != event);
    true
}

pub(super) fn duplicated(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let Some(event) = pick(rng, simulated.end.log.clone(), Some) else {
        return false;
    };
    let again = at_the_end(simulated, &event);
    simulated.end.log.push(again);
    true
}

pub(super) fn phantom(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let Some(event) = pick(rng, simulated.end.log.clone(), Some) else {
        return false;
    };
    let mut phantom = at_the_end(simulated, &event);
    phantom.id = EventId::from_uuid(Uuid::from_u128(rng.u128(..)));
    simulated.end.log.push(phantom);
    true
}

pub(super) fn torn(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let stored = pick(rng, single(simulated), |attempt| {
        let events: Vec<_> = attempt.request.events().collect();
        let stored = events.iter().all(|id| place(simulated, *id).is_some());
        (attempt.is_unknown() && stored && events.len() > 1).then_some(events)
    });
    let Some(events) = stored else { return false };
    let missing = rng.choice(events);
    simulated
        .end
        .log
        .retain(|stored| Some(stored.id) != missing);
    true
}

pub(super) fn hole_in_versions(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let Some(from) = pick(rng, simulated.end.log.clone(), Some) else {
        return false;
    };
    for event in &mut simulated.end.log {
        if event.stream == from.stream && event.version >= from.version {
            event.version = event.version.next();
        }
    }
    true
}

pub(super) fn position_back(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let log = &mut simulated.end.log;
    if log.len() < 3 {
        return false;
    }
    let at = rng.usize(1..log.len());
    log[at].position = Position::from_raw(log[at - 1].position.as_raw() - rng.u64(..=1));
    true
}

pub(super) fn time_back(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let log = &mut simulated.end.log;
    if log.len() < 3 {
        return false;
    }
    let at = rng.usize(1..log.len());
    log[at].recorded_at = earlier(log[at - 1].recorded_at);
    true
}

fn earlier(time: Timestamp) -> Timestamp {
    time.checked_sub(Span::new().microseconds(1)).unwrap()
}

pub(super) fn payload_changed(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let Some(event) = rng.choice(&mut simulated.end.log) else {
        return false;
    };
    event.payload.insert(1, b' ');
    true
}

pub(super) fn other_type(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let Some(event) = rng.choice(&mut simulated.end.log) else {
        return false;
    };
    event.event_type = "Other".into();
    true
}

/// Two appends change places, in the log and in what was told of them, so that only the real time
/// between them is broken.
pub(super) fn reordered(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let ones: Vec<_> = single(simulated)
        .into_iter()
        .filter(|attempt| {
            let one = attempt.request.events().count() == 1;
            one && attempt.is_acknowledged() && !attempt.has_commands()
        })
        .collect();
    let pairs = ones.iter().flat_map(|a| ones.iter().map(move |b| (a, b)));
    let chosen = pick(rng, pairs, |(a, b)| {
        let from = place(simulated, a.request.events().next()?)?;
        let to = place(simulated, b.request.events().next()?)?;
        if from >= to || !a.answered_before(b.invoked) {
            return None;
        }
        let log = &simulated.end.log;
        let moved = HashSet::from([&log[from].stream, &log[to].stream]);
        let between = log[from + 1..to].iter();
        let free = between.clone().all(|event| !moved.contains(&event.stream));
        (free && moved.len() == 2).then_some((from, to, a.answered?, b.answered?))
    });
    let Some((from, to, first, second)) = chosen else {
        return false;
    };
    let log = &mut simulated.end.log;
    log.swap(from, to);
    let (early, late) = (log[to].clone(), log[from].clone());
    for (at, other, answer) in [(from, &early, second), (to, &late, first)] {
        log[at].position = other.position;
        log[at].recorded_at = other.recorded_at;
        if let Entry::Answered {
            answer: Answer::Ok {
                streams,
                recorded_at,
            },
            ..
        } = &mut simulated.entries[answer]
        {
            *recorded_at = other.recorded_at;
            streams[0].positions = vec![other.position];
        }
    }
    // What readers saw would tell it too.
    simulated
        .entries
        .retain(|entry| matches!(entry, Entry::Invoked { .. } | Entry::Answered { .. }));
    true
}
