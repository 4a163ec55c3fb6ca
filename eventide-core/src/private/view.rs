//! What a read model says of the events it observes, checked while it is compiled.
//!
//! Each check is located by the macros at the entry or argument that is the culprit.

use std::fmt;
use std::marker::PhantomData;

use super::message::{Message, fail};
use crate::aggregate::AggregateInfo;
use crate::event::EventInfo;
use crate::read_model::{KeyRule, Observed, ReadModelInfo};

/// Whether two types are one: `Same::<A, B>::SAME`, where [`Differ`] is in scope.
///
/// An associated constant of a type is found before one of a trait, so the answer is the trait's
/// only where the other is not there: where the types differ. This holds for types that are known,
/// not for parameters.
pub struct Same<A, B>(PhantomData<(A, B)>);

impl<A, B> fmt::Debug for Same<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Same")
    }
}

impl<T> Same<T, T> {
    pub const SAME: bool = true;
}

/// See [`Same`].
pub trait Differ {
    const SAME: bool = false;
}

impl<A, B> Differ for Same<A, B> {}

/// The view can tell whose document each event of `aggregate` changes: the key is the aggregate's id,
/// the event names it, or one of the stream's events names one to remember.
#[track_caller]
pub const fn finds_documents(
    view: &ReadModelInfo,
    aggregate: &AggregateInfo,
    mut observed: &[Observed],
    key_is_id: bool,
) {
    if key_is_id || remembers(observed) {
        return;
    }
    let mut events = aggregate.events;
    while let ([event, later @ ..], [it, rest @ ..]) = (events, observed) {
        if matches!(it.rule, KeyRule::Given) {
            no_document(view, aggregate, event);
        }
        (events, observed) = (later, rest);
    }
}

const fn remembers(mut observed: &[Observed]) -> bool {
    while let [event, rest @ ..] = observed {
        if matches!(event.rule, KeyRule::Remembered) {
            return true;
        }
        observed = rest;
    }
    false
}

#[track_caller]
const fn no_document(view: &ReadModelInfo, aggregate: &AggregateInfo, event: &EventInfo) {
    let message = Message::new()
        .and("view `")
        .and(view.name)
        .and("` has no way to find the document of event `")
        .and(event.name)
        .and("` of aggregate `")
        .and(aggregate.name)
        .and("`\n  its key is not the id of `")
        .and(aggregate.name)
        .and("`, and none of its events names a key to remember\nname the key with a function without `self`: `fn key(event: &")
        .and(event.name)
        .and(") -> Key`; or give `Remember<Key>` for an event that comes before it in the stream");
    fail(&message);
}

/// The event of which a read model says what it does is one that it observes.
#[track_caller]
pub const fn observes_event(kind: &str, of: &ReadModelInfo, event: &EventInfo, done: &str) {
    let mut aggregates = of.observes;
    while let [aggregate, rest @ ..] = aggregates {
        let mut events = aggregate.events;
        while let [other, more @ ..] = events {
            if other.is(event) {
                return;
            }
            events = more;
        }
        aggregates = rest;
    }
    let message = Message::new()
        .and(kind)
        .and(" `")
        .and(of.name)
        .and("` ")
        .and(done)
        .and(" `")
        .and(event.name)
        .and("`, which is no event of the aggregates it observes\nlist its aggregate in `#[")
        .and(kind)
        .and("(observes(..))]`, or remove it here");
    fail(&message);
}
