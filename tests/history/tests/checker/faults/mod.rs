//! Faults planted in right histories, each with what the checker must say of it.

mod answers;
mod commands;
mod log;
mod readers;

use eventide_core::{EventId, Position, RecordedEvent, Version};
use eventide_history::{Answer, Entry, Op, Requested, Violation};
use fastrand::Rng;

use crate::simulate::Simulated;

/// Plants a fault; `false` if there is no place for it.
type Plant = fn(&mut Simulated, &mut Rng) -> bool;

pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) plant: Plant,
    pub(crate) expected: fn(&Violation) -> bool,
    /// Whether nothing but the expected may be said.
    pub(crate) only: bool,
}

macro_rules! fault {
    ($plant:path => $violation:ident) => {
        fault!($plant => $violation, false)
    };
    ($plant:path => only $violation:ident) => {
        fault!($plant => $violation, true)
    };
    ($plant:path => $violation:ident, $only:literal) => {
        Fault {
            name: stringify!($plant),
            plant: $plant,
            expected: |violation| matches!(violation, Violation::$violation { .. }),
            only: $only,
        }
    };
}

pub(crate) fn all() -> Vec<Fault> {
    vec![
        fault!(log::lost => Lost),
        fault!(log::duplicated => EventTwice),
        fault!(log::phantom => only Phantom),
        fault!(log::torn => Torn),
        fault!(log::hole_in_versions => VersionHole),
        fault!(log::position_back => PositionWentBack),
        fault!(log::time_back => TimeWentBack),
        fault!(log::payload_changed => only EventChanged),
        fault!(log::other_type => only EventChanged),
        fault!(log::reordered => only OutOfOrder),
        fault!(answers::wrong_version => WrongVersion),
        fault!(answers::wrong_position => WrongPosition),
        fault!(answers::wrong_time => only WrongTime),
        fault!(answers::short => WrongAnswer),
        fault!(answers::acknowledged_twice => AcknowledgedTwice),
        fault!(answers::refused_but_present => StoredThoughRefused),
        fault!(answers::not_at_the_expected_version => only DoesNotFollow),
        fault!(answers::conflict_without_reason => WrongAnswer),
        fault!(answers::conflict_below_what_is_known => VersionTooLow),
        fault!(answers::conflict_beyond_what_is_there => only VersionTooHigh),
        fault!(answers::conflict_with_the_future => only VersionTooHigh),
        fault!(answers::answered_twice => only Malformed),
        fault!(commands::acted_twice => only CommandActedTwice),
        fault!(commands::forgotten => only CommandForgotten),
        fault!(commands::never_invoked => only PhantomCommand),
        fault!(commands::wrong_result => only WrongResult),
        fault!(commands::wrong_result_told => only WrongResult),
        fault!(commands::not_handled_before => only NotHandledBefore),
        fault!(commands::not_told => NotTold),
        fault!(readers::skipped => only Skipped),
        fault!(readers::skipped_by_an_empty_page => only Skipped),
        fault!(readers::vanished => Vanished),
        fault!(readers::went_back => ReaderWentBack),
        fault!(readers::saw_twice => only ReaderWentBack),
        fault!(readers::stale_page => only Stale),
        fault!(readers::stale_head => only Stale),
        fault!(readers::head_of_nothing => only Vanished),
        fault!(readers::late_arrival => only OutOfOrder),
        fault!(readers::seen_too_early => SeenTooEarly),
    ]
}

/// One of all for which `wanted` gives something.
fn pick<T, U>(
    rng: &mut Rng,
    all: impl IntoIterator<Item = T>,
    wanted: impl FnMut(T) -> Option<U>,
) -> Option<U> {
    let candidates: Vec<U> = all.into_iter().filter_map(wanted).collect();
    rng.choice(candidates)
}

/// An attempt, as a fault looks at it.
#[derive(Clone)]
struct Attempt {
    op: Op,
    request: Requested,
    invoked: usize,
    answered: Option<usize>,
    answer: Option<Answer>,
}

impl Attempt {
    fn is_acknowledged(&self) -> bool {
        matches!(self.answer, Some(Answer::Ok { .. }))
    }

    fn is_unknown(&self) -> bool {
        matches!(self.answer, None | Some(Answer::Unknown { .. }))
    }

    fn may_be_stored(&self) -> bool {
        self.is_acknowledged() || self.is_unknown()
    }

    fn has_commands(&self) -> bool {
        self.request.commands().next().is_some()
    }

    fn answered_before(&self, entry: usize) -> bool {
        self.answered.is_some_and(|answered| answered < entry)
    }
}

fn attempts(simulated: &Simulated) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> = Vec::new();
    for (at, entry) in simulated.entries.iter().enumerate() {
        match entry {
            Entry::Invoked { op, request } => attempts.push(Attempt {
                op: *op,
                request: request.clone(),
                invoked: at,
                answered: None,
                answer: None,
            }),
            Entry::Answered { op, answer } => {
                let attempt = attempts.iter_mut().find(|attempt| attempt.op == *op);
                let attempt = attempt.unwrap();
                attempt.answered = Some(at);
                attempt.answer = Some(answer.clone());
            }
            _ => {}
        }
    }
    attempts
}

/// The attempts that no other one repeats.
fn single(simulated: &Simulated) -> Vec<Attempt> {
    let all = attempts(simulated);
    let same = |a: &Attempt, b: &Attempt| {
        a.request.events().eq(b.request.events()) && a.request.commands().eq(b.request.commands())
    };
    let single = all
        .iter()
        .filter(|one| all.iter().filter(|other| same(one, other)).count() == 1);
    single.cloned().collect()
}

fn place(simulated: &Simulated, event: EventId) -> Option<usize> {
    simulated
        .end
        .log
        .iter()
        .position(|stored| stored.id == event)
}

fn last(simulated: &Simulated) -> Option<&RecordedEvent> {
    simulated.end.log.last()
}

/// `event` as if it were appended once more, at the end.
fn at_the_end(simulated: &Simulated, event: &RecordedEvent) -> RecordedEvent {
    let log = &simulated.end.log;
    let versions = log.iter().filter(|other| other.stream == event.stream);
    let mut event = event.clone();
    event.version = Version::new(versions.count() as u64 + 1);
    event.position = Position::from_raw(last(simulated).unwrap().position.as_raw() + 1);
    event.recorded_at = last(simulated).unwrap().recorded_at;
    event
}
