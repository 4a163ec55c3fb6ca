//! The checks that a domain's derive calls.

use super::super::message::{Message, fail};
use super::blocks::{self, Names};
use super::changes::changes;
use super::{LockFile, Locked, Mode};
use crate::aggregate::AggregateInfo;
use crate::event::EventInfo;
use crate::schema::shape::TypeShape;

const ACCEPT: &str = "`EVENTIDE_LOCK=accept cargo test lock`";

/// The lock of a domain that has one.
pub const fn lock_file(lock: Option<LockFile>) -> LockFile {
    match lock {
        Some(lock) => lock,
        None => LockFile {
            path: "",
            name: "",
            exists: false,
            events: &[],
            starts: &[0; 256],
        },
    }
}

/// The lock file is there, unless it may still be missing.
#[track_caller]
pub const fn lock_is_there(lock: &LockFile, mode: Mode) {
    if lock.exists || !mode.is(Mode::Strict) {
        return;
    }
    let mut message = Message::new().and("EV07: there is no `");
    message.add(lock.name);
    message
        .add("`: what is stored of the events is written down nowhere\nwrite it and commit it: ");
    message.add(ACCEPT);
    fail(&message);
}

/// Every version of every event of the aggregate is what the lock holds of it.
#[track_caller]
pub const fn as_in_lock(lock: &LockFile, aggregate: &AggregateInfo, mode: Mode) {
    if mode.is(Mode::Off) {
        return;
    }
    let mut report = Message::new();
    let misses = each_as_in_lock(lock, aggregate, aggregate.events, &mut report)
        | each_as_in_lock(lock, aggregate, aggregate.split, &mut report);
    if misses && mode.is(Mode::Strict) && lock.exists {
        begin(&mut report);
        report.add("EV07: `");
        report.add(lock.name);
        report.add("` does not hold");
        word_missing(lock, aggregate.events, &mut report);
        word_missing(lock, aggregate.split, &mut report);
        report.add("\nwhen they are as they should be, accept them: ");
        report.add(ACCEPT);
    }
    if !report.is_empty() {
        fail(&report);
    }
}

/// Begins one more message behind those that are there.
const fn begin(report: &mut Message) {
    if !report.is_empty() {
        report.add("\n\n");
    }
}

/// Whether some version of some event of the aggregate is not in the lock, and need not be yet.
pub const fn hints(lock: &LockFile, aggregate: &AggregateInfo, mode: Mode) -> bool {
    mode.is(Mode::Hint) && misses(lock, aggregate)
}

const fn misses(lock: &LockFile, aggregate: &AggregateInfo) -> bool {
    let mut unheard = Message::new();
    word_missing(lock, aggregate.events, &mut unheard);
    word_missing(lock, aggregate.split, &mut unheard);
    !unheard.is_empty()
}

const fn word_missing(lock: &LockFile, mut events: &'static [EventInfo], report: &mut Message) {
    while let [event, rest @ ..] = events {
        let mut version = Some(event);
        while let Some(info) = version {
            if info.shape.is_some() && find(lock, event, info).is_none() {
                report.add("\n  ");
                word_version(info, report);
            }
            version = info.previous();
        }
        events = rest;
    }
}

/// The block of a version, by any name of its event.
const fn find(lock: &LockFile, event: &EventInfo, info: &EventInfo) -> Option<&'static Locked> {
    let mut names = Names::of(event);
    while let Some(name) = names.next() {
        let found = blocks::version(lock, name, info.schema_version.get());
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Whether some version is not in the lock at all.
const fn each_as_in_lock(
    lock: &LockFile,
    aggregate: &AggregateInfo,
    mut events: &'static [EventInfo],
    report: &mut Message,
) -> bool {
    let mut misses = false;
    while let [event, rest @ ..] = events {
        let mut version = Some(event);
        while let Some(info) = version {
            if let Some(shape) = info.shape {
                match find(lock, event, info) {
                    None => misses = true,
                    Some(locked) if locked.hash == info.shape_hash => {}
                    Some(locked) => {
                        word_change(lock, (event, info), (locked, shape), report);
                    }
                }
            }
            version = info.previous();
        }
        nothing_beyond(lock, aggregate, event, report);
        events = rest;
    }
    misses
}

const fn word_change(
    lock: &LockFile,
    (event, info): (&EventInfo, &EventInfo),
    (locked, shape): (&Locked, &'static TypeShape),
    report: &mut Message,
) {
    begin(report);
    report.add("EV07: ");
    word_version(info, report);
    report.add(" is not what `");
    report.add(lock.name);
    report.add("` holds");
    changes(locked.lines, shape, report);
    word_ways_out(event, info, locked.published, report);
}

/// Every version of the event that the lock holds is still read.
const fn nothing_beyond(
    lock: &LockFile,
    aggregate: &AggregateInfo,
    event: &EventInfo,
    report: &mut Message,
) {
    let (oldest, newest) = (event.oldest(), event.schema_version.get());
    let mut names = Names::of(event);
    while let Some(name) = names.next() {
        let mut blocks = blocks::named(lock, name);
        while let [locked, rest @ ..] = blocks {
            // Mostly the event reads it itself, and the others need not be asked.
            let reads_it = oldest <= locked.version && locked.version <= newest;
            if !reads_it && !is_read(locked, aggregate.events) && !is_read(locked, aggregate.split)
            {
                begin(report);
                report.add("EV07: ");
                word_version(event, report);
                if locked.version > newest {
                    report.add(" goes back behind version ");
                } else {
                    report.add(" no longer reads version ");
                }
                report.add_number(locked.version as u64);
                report.add(", which `");
                report.add(lock.name);
                report.add("` holds\n");
                word_restore(locked, newest, report);
            }
            blocks = rest;
        }
    }
}

/// Whether one of the events is read from what the block holds.
const fn is_read(locked: &Locked, mut events: &[EventInfo]) -> bool {
    while let [event, rest @ ..] = events {
        let mut names = Names::of(event);
        while let Some(name) = names.next() {
            if name == locked.name_hash
                && event.oldest() <= locked.version
                && locked.version <= event.schema_version.get()
            {
                return true;
            }
        }
        events = rest;
    }
    false
}

/// ``event `OrderPlaced` version 1 (src/order.rs:6)``
const fn word_version(info: &EventInfo, report: &mut Message) {
    report.add("event `");
    report.add(info.name);
    report.add("` version ");
    report.add_number(info.schema_version.get() as u64);
    report.add(" (");
    report.add(info.location);
    report.add(")");
}

const fn word_ways_out(event: &EventInfo, info: &EventInfo, published: bool, report: &mut Message) {
    let version = info.schema_version.get();
    let is_past = version < event.schema_version.get();
    report.add("\nstored events would no longer be read as they are. ");
    report.add(match (published, is_past) {
        (true, true) => "The version is published: ",
        (true, false) => "The version is published: declare the change,\n  ",
        (false, true) => "Two ways out:\n  ",
        (false, false) => "Two ways out:\n  declare the change: ",
    });
    if is_past {
        report.add("declare the steps so that version ");
        report.add_number(version as u64);
        report.add(" is what it was");
    } else {
        report.add("`#[event(version = ");
        report.add_number(version as u64 + 1);
        report.add(")]` on `");
        report.add(info.name);
        report.add("` and a step from version ");
        report.add_number(version as u64);
    }
    if !published {
        report.add(", or\n  accept it, if no such event is stored anywhere: ");
        report.add(ACCEPT);
    }
}

const fn word_restore(locked: &Locked, newest: u32, report: &mut Message) {
    report.add(if locked.version > newest {
        "events of that version would no longer be read: raise `version` again"
    } else {
        "events of that version would no longer be read: declare the step that leads on from it"
    });
    if !locked.published {
        report.add(",\nor accept it, if no such event is stored anywhere: ");
        report.add(ACCEPT);
    }
}

/// Some aggregate reads every event that the lock holds. `N` is how many blocks the lock has.
#[track_caller]
pub const fn nothing_is_lost<const N: usize>(
    lock: &LockFile,
    mut aggregates: &'static [AggregateInfo],
    mode: Mode,
) {
    if mode.is(Mode::Off) {
        return;
    }
    let mut read = [false; N];
    while let [aggregate, rest @ ..] = aggregates {
        mark(lock, aggregate.events, &mut read);
        mark(lock, aggregate.split, &mut read);
        aggregates = rest;
    }
    let mut report = Message::new();
    let (mut blocks, mut rest) = (lock.events, read.as_slice());
    while let ([locked, more @ ..], [is_read, others @ ..]) = (blocks, rest) {
        if !*is_read {
            word_lost(lock, locked, &mut report);
        }
        (blocks, rest) = (more, others);
    }
    if !report.is_empty() {
        fail(&report);
    }
}

/// Marks the blocks of these events.
const fn mark(lock: &LockFile, mut events: &'static [EventInfo], read: &mut [bool]) {
    while let [event, rest @ ..] = events {
        let mut names = Names::of(event);
        while let Some(name) = names.next() {
            let (from, count) = blocks::range(lock, name);
            let (_, marks) = read.split_at_mut(from);
            let (mut marks, _) = marks.split_at_mut(count);
            while let [mark, others @ ..] = marks {
                *mark = true;
                marks = others;
            }
        }
        events = rest;
    }
}

const fn word_lost(lock: &LockFile, locked: &Locked, report: &mut Message) {
    begin(report);
    report.add("EV07: event `");
    report.add(locked.name);
    report.add("` version ");
    report.add_number(locked.version as u64);
    report.add(" is in `");
    report.add(lock.name);
    report.add("`, and no aggregate reads it\n  ");
    report.add("if it is not emitted any more, list it and write `#[event(retired)]` on it;\n  ");
    report.add("if it has another name now, write `#[event(was(\"");
    report.add(locked.name);
    report.add("\"))]` on its successor;\n  ");
    report.add("if it is read as other events, name it in `split(..)` of their aggregate");
    if !locked.published {
        report.add(";\n  if no such event is stored anywhere, accept it: ");
        report.add(ACCEPT);
    }
}
