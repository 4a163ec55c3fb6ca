//! Retired events are read and never emitted, checked while handlers are compiled (EV03).

use super::message::{Message, fail};
use crate::event::EventInfo;

/// The first retired event among `events`.
pub const fn retired(mut events: &[EventInfo]) -> Option<&'static str> {
    while let [event, rest @ ..] = events {
        if event.retired {
            return Some(event.name);
        }
        events = rest;
    }
    None
}

/// What a handler returns can hold no retired event.
#[track_caller]
pub const fn emits_no_retired(retired: Option<&'static str>) {
    let Some(event) = retired else { return };
    let message = Message::new()
        .and("EV03: event `")
        .and(event)
        .and("` is retired: it is read and never emitted\nreturn the events that took its place, or remove `retired` from it");
    fail(&message);
}
