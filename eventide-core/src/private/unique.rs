//! No two stored names alike, checked while the domain is compiled.
//!
//! Each check is called once per list entry and located there by the derive, so that the caret of a
//! panic stands on the later of two entries.

use super::message::Message;
use crate::aggregate::AggregateInfo;
use crate::command::CommandInfo;
use crate::event::EventInfo;

/// FNV-1a (Fowler, Noll, Vo), 64 bits.
pub(crate) const fn fnv1a(bytes: &[u8]) -> u64 {
    fnv1a_from(0xcbf2_9ce4_8422_2325, bytes)
}

/// FNV-1a, continued from `hash`.
pub(super) const fn fnv1a_from(mut hash: u64, mut bytes: &[u8]) -> u64 {
    while let [byte, rest @ ..] = bytes {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        bytes = rest;
    }
    hash
}

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
                        "#[command(name = \"..\")]",
                    );
                }
                before = rest;
            }
        }
        self.one_more()
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
        let mut events = aggregate.events;
        while let [event, more @ ..] = events {
            unique_event(event, aggregate.name, other.events, other.name);
            events = more;
        }
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

/// `event`, listed by `aggregate`, has no name that an event among `others` has, which `other`
/// lists.
#[track_caller]
const fn unique_event(event: &EventInfo, aggregate: &str, mut others: &[EventInfo], other: &str) {
    while let [before, rest @ ..] = others {
        if before.name_hash == event.name_hash && same(before.name, event.name) {
            if same(before.location, event.location) {
                listed_by_both(event.name, other, aggregate);
            }
            two_share(
                "events",
                event.name,
                [before.location, event.location],
                [other, aggregate],
                "#[event(name = \"..\")]",
            );
        }
        others = rest;
    }
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
    attribute: &str,
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
        .and(attribute)
        .and("`");
    fail(&message);
}

#[track_caller]
#[expect(
    clippy::panic,
    reason = "in const evaluation a panic is a compile error"
)]
const fn fail(message: &Message) {
    panic!("{}", message.as_str());
}

const fn same(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    while let ([x, more_a @ ..], [y, more_b @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (more_a, more_b);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn names_are_compared_whole() {
        assert!(same("Order", "Order"));
        assert!(!same("Order", "Ordes"));
        assert!(!same("Order", "OrderLine"));
    }
}
