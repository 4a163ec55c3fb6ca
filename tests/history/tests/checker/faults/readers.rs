//! Faults of what readers see.

use eventide_core::{EventId, Position};
use eventide_history::{Answer, Entry};
use fastrand::Rng;

use super::{attempts, last, pick};
use crate::simulate::Simulated;

fn saw(simulated: &Simulated, rng: &mut Rng) -> Option<(usize, u32, Position, EventId)> {
    let entries = simulated.entries.iter().enumerate();
    pick(rng, entries, |(at, entry)| match entry {
        Entry::Saw {
            reader,
            position,
            event,
        } => Some((at, *reader, *position, *event)),
        _ => None,
    })
}

pub(super) fn skipped(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let Some((at, ..)) = saw(simulated, rng) else {
        return false;
    };
    simulated.entries.remove(at);
    true
}

/// The page goes on behind an event that it does not have.
pub(super) fn skipped_by_an_empty_page(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let entries = simulated.entries.iter().enumerate();
    let single = pick(rng, entries, |(at, _)| {
        let page = simulated.entries.get(at..at + 3)?;
        match page {
            [
                Entry::Read { .. } | Entry::Asked { .. },
                Entry::Saw { .. },
                Entry::Read { .. },
            ] => Some(at + 1),
            _ => None,
        }
    });
    let Some(at) = single else { return false };
    simulated.entries.remove(at);
    true
}

pub(super) fn vanished(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let Some((.., event)) = saw(simulated, rng) else {
        return false;
    };
    simulated.end.log.retain(|stored| stored.id != event);
    true
}

pub(super) fn went_back(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let entries = simulated.entries.windows(2).enumerate();
    let neighbours = pick(rng, entries, |(at, pair)| match pair {
        [Entry::Saw { .. }, Entry::Saw { .. }] => Some(at),
        _ => None,
    });
    let Some(at) = neighbours else { return false };
    simulated.entries.swap(at, at + 1);
    true
}

pub(super) fn saw_twice(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let Some((at, ..)) = saw(simulated, rng) else {
        return false;
    };
    let again = simulated.entries[at].clone();
    simulated.entries.insert(at + 1, again);
    true
}

/// The highest position acknowledged before an entry.
fn acknowledged(simulated: &Simulated, before: usize) -> Position {
    let told = attempts(simulated).into_iter();
    let told = told.filter(|attempt| attempt.answered_before(before));
    let positions = told.flat_map(|attempt| match attempt.answer {
        Some(Answer::Ok { streams, .. }) => streams,
        _ => Vec::new(),
    });
    let positions = positions.flat_map(|part| part.positions);
    positions.max().unwrap_or_default()
}

/// Where the reader of the answer at `at` asked for it.
fn asked(simulated: &Simulated, at: usize, reader: u32) -> usize {
    let before = simulated.entries[..at].iter();
    before
        .clone()
        .rposition(|entry| matches!(entry, Entry::Asked { reader: other, .. } if *other == reader))
        .unwrap()
}

pub(super) fn stale_page(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let entries = simulated.entries.iter().enumerate();
    let chosen = pick(rng, entries, |(at, entry)| match entry {
        Entry::Read {
            reader,
            until,
            more: true,
        } => {
            let known = acknowledged(simulated, asked(simulated, at, *reader));
            (*until < known).then_some(at)
        }
        _ => None,
    });
    let Some(at) = chosen else { return false };
    if let Entry::Read { more, .. } = &mut simulated.entries[at] {
        *more = false;
    }
    true
}

pub(super) fn stale_head(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let entries = simulated.entries.iter().enumerate();
    let chosen = pick(rng, entries, |(at, entry)| match entry {
        Entry::Head { reader, .. } => {
            let known = acknowledged(simulated, asked(simulated, at, *reader));
            let mut log = simulated.end.log.iter();
            let behind = log.rfind(|event| event.position < known)?;
            Some((at, behind.position))
        }
        _ => None,
    });
    let Some((at, behind)) = chosen else {
        return false;
    };
    if let Entry::Head { position, .. } = &mut simulated.entries[at] {
        *position = behind;
    }
    true
}

pub(super) fn head_of_nothing(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let Some(beyond) = last(simulated).map(|event| event.position.as_raw() + 1) else {
        return false;
    };
    let heads = simulated.entries.iter_mut();
    let head = pick(rng, heads, |entry| match entry {
        Entry::Head { position, .. } => Some(position),
        _ => None,
    });
    let Some(position) = head else { return false };
    *position = Position::from_raw(beyond);
    true
}

/// A head was there before anything was appended.
pub(super) fn late_arrival(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let Some(event) = pick(rng, simulated.end.log.clone(), Some) else {
        return false;
    };
    let (reader, position) = (999, event.position);
    let after = None;
    // No other reader, whom the log would seem to end too early.
    simulated
        .entries
        .retain(|entry| matches!(entry, Entry::Invoked { .. } | Entry::Answered { .. }));
    let early = [
        Entry::Asked { reader, after },
        Entry::Head { reader, position },
    ];
    simulated.entries.splice(0..0, early);
    true
}

pub(super) fn seen_too_early(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let Some(event) = pick(rng, simulated.end.log.clone(), Some) else {
        return false;
    };
    let saw = Entry::Saw {
        reader: 999,
        position: event.position,
        event: event.id,
    };
    simulated.entries.insert(0, saw);
    true
}
