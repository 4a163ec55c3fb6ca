//! Faults of commands.

use eventide_core::{CommandId, EventId};
use eventide_history::entry::Handled;
use eventide_history::entry::{AnsweredStream, RequestedStream, recorded_digest};
use eventide_history::{Answer, Entry, Op, Requested};
use fastrand::Rng;
use uuid::Uuid;

use super::{at_the_end, attempts, pick, single};
use crate::simulate::Simulated;

pub(super) fn acted_twice(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    // A command that nobody asked for again, so that nobody was told of it.
    let command = pick(rng, single(simulated), |attempt| {
        attempt
            .is_acknowledged()
            .then(|| attempt.request.commands().next())?
    });
    let Some(command) = command else { return false };
    let Some(event) = pick(rng, simulated.end.log.clone(), Some) else {
        return false;
    };
    let mut again = at_the_end(simulated, &event);
    again.id = EventId::from_uuid(Uuid::from_u128(rng.u128(..)));
    let op = Op {
        client: 999,
        number: 1,
    };
    let request = Requested {
        streams: vec![RequestedStream {
            stream: again.stream.clone(),
            expected: None,
            events: vec![(again.id, recorded_digest(&again))],
            commands: vec![(command, 1)],
        }],
    };
    let answer = Answer::Ok {
        streams: vec![AnsweredStream {
            stream: again.stream.clone(),
            version: again.version,
            positions: vec![again.position],
        }],
        recorded_at: again.recorded_at,
    };
    simulated.entries.push(Entry::Invoked { op, request });
    simulated.entries.push(Entry::Answered { op, answer });
    simulated.end.log.push(again);
    true
}

pub(super) fn forgotten(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let command = pick(rng, attempts(simulated), |attempt| {
        attempt
            .is_acknowledged()
            .then(|| attempt.request.commands().next())?
    });
    let Some(command) = command else { return false };
    simulated.end.handled.retain(|told| told.id != command);
    true
}

pub(super) fn never_invoked(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let Some(told) = pick(rng, simulated.end.handled.clone(), Some) else {
        return false;
    };
    simulated
        .end
        .handled
        .push(eventide_core::store::HandledCommand {
            id: CommandId::from_uuid(Uuid::from_u128(rng.u128(..))),
            ..told
        });
    true
}

pub(super) fn wrong_result(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let caused = simulated
        .end
        .handled
        .iter_mut()
        .filter(|told| told.events > 0);
    let Some(told) = pick(rng, caused, Some) else {
        return false;
    };
    match rng.u8(..3) {
        0 => told.after = told.after.next(),
        1 => told.events += 1,
        _ => told.position = None,
    }
    true
}

pub(super) fn wrong_result_told(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let told = simulated
        .entries
        .iter_mut()
        .filter_map(|entry| match entry {
            Entry::Answered {
                answer: Answer::AlreadyHandled(told),
                ..
            } => told.iter_mut().find(|told| told.events > 0),
            _ => None,
        });
    let Some(told) = pick(rng, told, Some) else {
        return false;
    };
    told.after = told.after.next();
    true
}

pub(super) fn not_handled_before(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let chosen = pick(rng, single(simulated), |attempt| {
        let part = attempt.request.streams.first()?.clone();
        let id = part.commands.first()?.0;
        let refused = matches!(
            attempt.answer,
            Some(Answer::Conflict { .. } | Answer::Refused { .. })
        );
        refused.then_some((attempt.answered?, part.stream, id))
    });
    let Some((answered, stream, id)) = chosen else {
        return false;
    };
    if let Entry::Answered { answer, .. } = &mut simulated.entries[answered] {
        *answer = Answer::AlreadyHandled(vec![Handled {
            id,
            stream,
            after: 1.into(),
            events: 0,
            position: None,
        }]);
    }
    true
}

pub(super) fn not_told(simulated: &mut Simulated, rng: &mut Rng) -> bool {
    let all = attempts(simulated);
    let chosen = pick(rng, all.iter(), |attempt| {
        let Some(Answer::AlreadyHandled(told)) = &attempt.answer else {
            return None;
        };
        let told = told.first()?;
        let first = all.iter().find(|other| {
            let same = other.request.commands().any(|command| command == told.id);
            same && other.is_acknowledged()
        })?;
        let earlier = first.answered_before(attempt.invoked);
        earlier.then(|| (attempt.answered, told.clone()))
    });
    let Some((Some(answered), told)) = chosen else {
        return false;
    };
    if let Entry::Answered { answer, .. } = &mut simulated.entries[answered] {
        *answer = Answer::Conflict {
            stream: told.stream,
            actual: told.after,
        };
    }
    true
}
