//! An event's versions, one led to from the other, checked while they are compiled (EV05).

use super::message::{Message, fail};
use crate::aggregate::{Aggregate, BoxError};
use crate::envelope::RecordedEvent;
use crate::event::{Event, EventInfo, EventSet, Step};
use crate::schema::steps::step_with;
use crate::schema::{DecodeError, FieldError, Lookups, UpcastWith};

/// What a written step leads from, if that is below the version it leads to. What is not is refused
/// by [`follows`], and not looked at here: it could lead back.
#[derive(Debug)]
pub struct Below<const IS_BELOW: bool>;

impl Below<true> {
    pub const fn written<Old: Event>() -> Step {
        Step::Written(&Old::INFO)
    }

    pub const fn with_services<Old: Event>() -> Step {
        Step::WithServices(&Old::INFO)
    }
}

impl Below<false> {
    pub const fn written<Old: Event>() -> Step {
        Step::First
    }

    pub const fn with_services<Old: Event>() -> Step {
        Step::First
    }
}

pub const fn is_below<Old: Event>(version: u32) -> bool {
    Old::ALONE.schema_version.get() < version
}

/// `old` is the version just before `new`, of the same event.
#[track_caller]
pub const fn follows(old: &EventInfo, new: &EventInfo) {
    if !new.has_name(old.name) {
        another_event(old, new);
    }
    let (from, to) = (old.schema_version.get(), new.schema_version.get());
    if from + 1 == to {
        return;
    }
    let message = Message::new().and("EV05: ");
    let message = if from + 1 < to {
        let message = message
            .and("nothing leads to version ")
            .number(from + 1)
            .and(" of event `")
            .and(new.name);
        if from + 2 < to {
            message.and("`, nor to those up to ").number(to - 1)
        } else {
            message.and("`")
        }
    } else if from == to {
        message
            .and("version ")
            .number(to)
            .and(" of event `")
            .and(new.name)
            .and("` is there twice")
    } else {
        message
            .and("version ")
            .number(to)
            .and(" of event `")
            .and(new.name)
            .and("` cannot come from a later one")
    };
    let message = both(message, old, new);
    fail(&message.and("\n`previous` names the version just before"));
}

#[track_caller]
const fn another_event(old: &EventInfo, new: &EventInfo) {
    let message = Message::new()
        .and("EV05: event `")
        .and(new.name)
        .and("` cannot come from event `")
        .and(old.name)
        .and("`");
    let message = both(message, old, new)
        .and("\nif they are one, write `was(\"")
        .and(old.name)
        .and("\")` on the newer, or give both the same `name = \"..\"`");
    fail(&message);
}

const fn both(message: Message, old: &EventInfo, new: &EventInfo) -> Message {
    message
        .and("\n  previous: version ")
        .number(old.schema_version.get())
        .and(", ")
        .and(old.location)
        .and("\n  this:     version ")
        .number(new.schema_version.get())
        .and(", ")
        .and(new.location)
}

/// A declared conversion of field `field`.
///
/// # Errors
/// It failed.
pub fn converted<T, E: Into<BoxError>>(
    field: &'static str,
    result: Result<T, E>,
) -> Result<T, FieldError> {
    result.map_err(|error| FieldError::new(field, error))
}

/// A step that asks the services its event names.
///
/// # Errors
/// As for every step.
pub fn step_asking<Old: Event, New: UpcastWith<Old, Services = S>, S>(
    recorded: &RecordedEvent,
    lookups: &mut Lookups,
) -> Result<New, DecodeError> {
    step_with::<Old, New>(recorded, lookups)
}

/// Applies what `recorded` is told as.
///
/// # Errors
/// As for every event that is read.
pub fn apply_split<A: Aggregate>(
    state: &mut A,
    recorded: &RecordedEvent,
    lookups: &mut Lookups,
) -> Result<(), DecodeError> {
    let mut events = Vec::new();
    A::Event::decode(recorded, lookups, &mut events)?;
    for event in &events {
        state.apply(event);
    }
    Ok(())
}
