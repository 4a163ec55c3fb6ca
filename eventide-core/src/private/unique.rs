//! No two stored names alike, checked while the domain is compiled.
//!
//! Each check is called once per list entry and located there by the derive, so that the caret of a
//! panic stands on the later of two entries.

use super::message::{Message, fail};
use crate::aggregate::AggregateInfo;
use crate::command::CommandInfo;
use crate::event::{EventInfo, same};
use crate::read_model::ReadModelInfo;

/// A list on its way through the check: `next` compares one more entry with those before it.
#[derive(Debug)]
pub struct Names<T: 'static> {
    list: &'static [T],
    /// The aggregate whose list it is.
    aggregate: &'static str,
    seen: usize,
}

impl<T> Names<T> {
    const fn new(list: &'static [T], aggregate: &'static str) -> Self {
        Self {
            list,
            aggregate,
            seen: 0,
        }
    }

    /// The entries that were checked, and the next one.
    const fn split(&self) -> (&'static [T], Option<&'static T>) {
        let (before, rest) = self.list.split_at(self.seen);
        (before, rest.first())
    }

    const fn one_more(self) -> Self {
        Self {
            list: self.list,
            aggregate: self.aggregate,
            seen: self.seen + 1,
        }
    }

    /// The check is over.
    pub const fn end(self) {}
}

impl Names<EventInfo> {
    pub const fn of_events(aggregate: &AggregateInfo) -> Self {
        Self::new(aggregate.events, aggregate.name)
    }

    /// No event of one aggregate is stored by the name of another.
    #[must_use]
    #[track_caller]
    pub const fn next(self) -> Self {
        if let (before, Some(event)) = self.split() {
            unique_event(event, self.aggregate, before, self.aggregate);
        }
        self.one_more()
    }
}

impl Names<CommandInfo> {
    pub const fn of_commands(aggregate: &AggregateInfo) -> Self {
        Self::new(aggregate.commands, aggregate.name)
    }

    /// No command of one aggregate is routed by the name of another.
    #[must_use]
    #[track_caller]
    pub const fn next(self) -> Self {
        if let (mut before, Some(command)) = self.split() {
            while let [other, rest @ ..] = before {
                if same(other.name, command.name) {
                    two_share(
                        "commands",
                        command.name,
                        [other.location, command.location],
                        [self.aggregate, self.aggregate],
                        "#[command(name = \"..\")]`",
                    );
                }
                before = rest;
            }
        }
        self.one_more()
    }
}

/// The events an aggregate reads as others, on their way through the check.
#[derive(Debug)]
pub struct SplitNames {
    aggregate: &'static AggregateInfo,
    seen: usize,
}

impl Names<EventInfo> {
    pub const fn of_split(aggregate: &'static AggregateInfo) -> SplitNames {
        SplitNames { aggregate, seen: 0 }
    }
}

impl SplitNames {
    /// No version that is read as others is read as it is, or in two ways.
    #[must_use]
    #[track_caller]
    pub const fn next(self) -> Self {
        let (before, rest) = self.aggregate.split.split_at(self.seen);
        if let [split, ..] = rest {
            read_in_one_way(split, self.aggregate.events);
            read_in_one_way(split, before);
        }
        Self {
            aggregate: self.aggregate,
            seen: self.seen + 1,
        }
    }

    /// The check is over.
    #[expect(clippy::unused_self, reason = "it ends as that of other lists does")]
    pub const fn end(self) {}
}

#[track_caller]
const fn read_in_one_way(split: &EventInfo, mut others: &[EventInfo]) {
    while let [other, rest @ ..] = others {
        if let Some(name) = shared_name(other, split)
            && other.oldest() <= split.schema_version.get()
        {
            let message = Message::new()
                .and("EV05: version ")
                .number(split.schema_version.get())
                .and(" of event `")
                .and(name)
                .and("` is read in two ways\n  in `split(..)`: up to version ")
                .number(split.schema_version.get())
                .and(", ")
                .and(split.location)
                .and("\n  and as it is: from version ")
                .number(other.oldest())
                .and(", ")
                .and(other.location)
                .and("\nlet the other begin above: `first = \"older versions are split\"`");
            fail(&message);
        }
        others = rest;
    }
}

/// The aggregate at `index` is not stored by the name of one before it, nor is any of its events.
///
/// One call per aggregate: the compiler refuses const evaluation that goes on for too long.
#[track_caller]
pub const fn unique_in_domain(aggregates: &'static [AggregateInfo], index: usize) {
    let (mut before, rest) = aggregates.split_at(index);
    let [aggregate, ..] = rest else { return };
    while let [other, more @ ..] = before {
        unique_aggregate(aggregate, other);
        unique_events(aggregate.events, aggregate.name, other);
        unique_events(aggregate.split, aggregate.name, other);
        before = more;
    }
}

#[track_caller]
const fn unique_aggregate(aggregate: &AggregateInfo, other: &AggregateInfo) {
    if !same(aggregate.name, other.name) {
        return;
    }
    let message = Message::new()
        .and("EV08: two aggregates share the stored name `")
        .and(aggregate.name)
        .and("`\n  ")
        .and(other.location)
        .and("\n  ")
        .and(aggregate.location)
        .and("\nrename one with `#[aggregate(name = \"..\")]`");
    fail(&message);
}

/// The read model at `index` is not stored by the name of one before it.
#[track_caller]
pub const fn unique_read_model(kind: &str, all: &'static [ReadModelInfo], index: usize) {
    let (mut before, rest) = all.split_at(index);
    let [it, ..] = rest else { return };
    while let [other, more @ ..] = before {
        if same(it.name, other.name) {
            let message = Message::new()
                .and("EV08: two ")
                .and(kind)
                .and("s share the stored name `")
                .and(it.name)
                .and("`\n  ")
                .and(other.location)
                .and("\n  ")
                .and(it.location)
                .and("\nrename one with `#[")
                .and(kind)
                .and("(name = \"..\")]`");
            fail(&message);
        }
        before = more;
    }
}

#[track_caller]
const fn unique_events(mut events: &[EventInfo], aggregate: &str, other: &AggregateInfo) {
    while let [event, more @ ..] = events {
        unique_event(event, aggregate, other.events, other.name);
        unique_event(event, aggregate, other.split, other.name);
        events = more;
    }
}

/// `event`, listed by `aggregate`, has no name that an event among `others` has, which `other`
/// lists.
#[track_caller]
const fn unique_event(event: &EventInfo, aggregate: &str, mut others: &[EventInfo], other: &str) {
    while let [before, rest @ ..] = others {
        if let Some(name) = shared_name(before, event) {
            if same(before.location, event.location) {
                listed_by_both(event.name, other, aggregate);
            }
            let advice = if same(before.name, event.name) {
                "#[event(name = \"..\")]`"
            } else {
                "#[event(name = \"..\")]`, or take it out of `was(..)`"
            };
            two_share(
                "events",
                name,
                [before.location, event.location],
                [other, aggregate],
                advice,
            );
        }
        others = rest;
    }
}

/// A name that both are or were stored by.
const fn shared_name(a: &EventInfo, b: &EventInfo) -> Option<&'static str> {
    if a.name_hash == b.name_hash && same(a.name, b.name) {
        return Some(a.name);
    }
    if a.was.is_empty() && b.was.is_empty() {
        return None;
    }
    if b.has_name(a.name) {
        return Some(a.name);
    }
    let mut was = a.was;
    while let [name, rest @ ..] = was {
        if b.has_name(name) {
            return Some(*name);
        }
        was = rest;
    }
    None
}

#[track_caller]
const fn listed_by_both(event: &str, first: &str, second: &str) {
    let message = Message::new()
        .and("EV04: event `")
        .and(event)
        .and("` is listed by aggregates `")
        .and(first)
        .and("` and `")
        .and(second)
        .and("`\nan event belongs to one aggregate: declare a struct for each");
    fail(&message);
}

#[track_caller]
const fn two_share(
    kind: &str,
    name: &str,
    locations: [&str; 2],
    aggregates: [&str; 2],
    advice: &str,
) {
    let [first, second] = locations;
    let [of_first, of_second] = aggregates;
    let message = Message::new()
        .and("EV08: two ")
        .and(kind)
        .and(" share the stored name `")
        .and(name)
        .and("`\n  in aggregate `")
        .and(of_first)
        .and("`, ")
        .and(first)
        .and("\n  in aggregate `")
        .and(of_second)
        .and("`, ")
        .and(second)
        .and("\nrename one with `")
        .and(advice);
    fail(&message);
}
