//! What the checks say, at run time: in const evaluation the same words come from the compiler.

use std::panic::catch_unwind;

use eventide_lock::hash::fnv1a;
use eventide_lock::{Line as LockLine, Path};

use super::super::message::Message;
use super::changes::changes;
use super::line::Line;
use super::words::add_type;
use super::{LockFile, Locked, LockedLine, Mode, as_in_lock, known_mode, nothing_is_lost};
use crate::aggregate::AggregateInfo;
use crate::event::{EventInfo, Step};
use crate::ids::SchemaVersion;
use crate::schema::shape::{Field, Shape, Tagging, TypeShape, Variant};

const fn field<T: Shape>(name: &'static str) -> Field {
    Field::of::<T>(name, fnv1a(name.as_bytes()))
}

const fn event(name: &'static str, version: u32, shape: &'static TypeShape) -> EventInfo {
    EventInfo::new(name, SchemaVersion::new(version), "here", "").shape(shape)
}

/// The lines of a lock; they live as long as the test program.
fn lines(text: &[&'static str]) -> &'static [LockedLine] {
    let lines = text.iter().map(|text| {
        let line: LockLine = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        (line.path.hash(), line.hash(), *text)
    });
    Vec::leak(lines.collect())
}

fn block(name: &'static str, version: u32, text: &[&'static str]) -> Locked {
    let lines = lines(text);
    Locked {
        name,
        name_hash: fnv1a(name.as_bytes()),
        version,
        published: false,
        hash: lines.iter().fold(0, |sum, line| sum.wrapping_add(line.1)),
        lines,
    }
}

fn lock(mut events: Vec<Locked>) -> LockFile {
    events.sort_by_key(|locked| (locked.name_hash, locked.version));
    let start = |byte: usize| events.partition_point(|locked| locked.name_hash >> 56 < byte as u64);
    let starts = std::array::from_fn(start);
    LockFile {
        path: "/shop/eventide.lock",
        name: "eventide.lock",
        exists: true,
        starts: Box::leak(Box::new(starts)),
        events: Vec::leak(events),
    }
}

fn aggregate(events: Vec<EventInfo>, split: Vec<EventInfo>) -> AggregateInfo {
    AggregateInfo::new("Order", Vec::leak(events), &[], "here", "").split(Vec::leak(split))
}

/// What the check says, if it says something.
fn said(check: impl FnOnce() + std::panic::UnwindSafe) -> Option<String> {
    let panic = catch_unwind(check).err()?;
    Some(panic.downcast_ref::<String>().cloned().unwrap_or_default())
}

fn words(locked: &[&'static str], shape: &TypeShape) -> String {
    let mut message = Message::new();
    changes(lines(locked), shape, &mut message);
    message.as_str().to_owned()
}

const A: &TypeShape = &TypeShape::object(&[field::<u8>("a")]);
const A_AND_B: &TypeShape = &TypeShape::object(&[field::<u8>("a"), field::<u8>("b")]);

#[test]
fn the_variable_or_else_the_build_server_says_how_strict_it_is() {
    for (variable, ci, mode) in [
        (None, None, Mode::Hint),
        (None, Some("true"), Mode::Strict),
        (None, Some("false"), Mode::Hint),
        (Some(""), Some("1"), Mode::Strict),
        (Some("hint"), Some("1"), Mode::Hint),
        (Some("strict"), None, Mode::Strict),
        (Some("accept"), Some("1"), Mode::Off),
        (Some("publish"), None, Mode::Off),
    ] {
        assert_eq!(Mode::of(variable, ci), mode, "{variable:?} {ci:?}");
        assert_eq!(said(move || known_mode(variable)), None);
    }
}

#[test]
fn a_word_that_means_nothing_is_told_what_would() {
    let said = said(|| known_mode(Some("acept"))).unwrap_or_default();
    assert!(said.starts_with("EVENTIDE_LOCK is `acept`, which means nothing\n"));
    for word in ["hint", "strict", "accept", "publish"] {
        assert!(said.contains(&format!("\n  `{word}`: ")), "{word}");
    }
}

#[test]
fn lines_are_taken_apart_as_the_lock_puts_them_together() {
    for (text, path, ty, may_be_missing, is_variant) in [
        ("note?: string?", "note", "string?", true, false),
        (
            "\"a: b?\"[]: {string: u8}",
            "\"a: b?\"[]",
            "{string: u8}",
            false,
            false,
        ),
        (
            "a|\"x.\\\"y|\\\\\": unit",
            "a|\"x.\\\"y|\\\\\"",
            "unit",
            false,
            true,
        ),
        ("a|b.c: unit", "a|b.c", "unit", false, false),
        (".: u8", ".", "u8", false, false),
    ] {
        let [line] = lines(&[text]) else {
            unreachable!("one line was given");
        };
        let line = Line::of(line);
        assert_eq!((line.path, line.ty), (path, ty));
        assert_eq!(
            (line.may_be_missing, line.is_variant),
            (may_be_missing, is_variant)
        );
        let parsed: Path = path.parse().unwrap_or_default();
        assert_eq!(line.path_hash, parsed.hash());
    }
}

#[test]
fn types_are_worded_as_the_lock_writes_them() {
    const SHAPES: &[&TypeShape] = &[
        <()>::SHAPE,
        <(u8, Option<[Vec<String>; 12]>, ())>::SHAPE,
        std::collections::HashMap::<String, u8>::SHAPE,
        &TypeShape::tuple(&[]),
        &TypeShape::opaque("a \"quoted\\\" name"),
        &TypeShape::strict_object(&[]),
        &TypeShape::object(&[]),
        &TypeShape::one_of(Tagging::External, &[]),
        &TypeShape::one_of(Tagging::Internal("ty\"pe"), &[]),
        &TypeShape::one_of(Tagging::Adjacent("t", "ö"), &[]),
        &TypeShape::one_of(Tagging::Untagged, &[]),
    ];
    for shape in SHAPES {
        let mut message = Message::new();
        add_type(shape, false, &mut message);
        assert_eq!(message.as_str(), format!("{}`", shape.ty()));
    }
}

#[test]
fn what_is_inside_a_change_is_not_said_once_more() {
    const OTHER: &TypeShape = &TypeShape::object(&[
        field::<Option<String>>("address"),
        Field::new("lines", fnv1a(b"lines"), &TypeShape::list(A_AND_B)),
    ]);
    let locked = [
        "address: object",
        "address.city: string",
        "address.street: object",
        "address.street.no: u8",
    ];
    assert_eq!(
        words(&locked, OTHER),
        "\n  field `address` was `object`, is `string?`\n  field `lines` is new: `[object]`"
    );
}

#[test]
fn every_kind_of_place_is_named() {
    const SHAPE: &TypeShape = &TypeShape::tuple(&[
        &TypeShape::map(u8::SHAPE, A),
        &TypeShape::one_of(
            Tagging::External,
            &[Variant::new("on sale", fnv1a(b"on sale"), A)],
        ),
    ]);
    let locked = [
        ".: ({u8: object}, enum)",
        ".#0{}.a: u16",
        ".#1|\"on sale\": object",
        ".#1|old: unit",
    ];
    assert_eq!(
        words(&locked, SHAPE),
        "\n  field `.#0{}.a` was `u16`, is `u8`\n  field `.#1|\"on sale\".a` is new: `u8`\n  variant `.#1|old` is gone: it was `unit`"
    );
}

#[test]
fn an_event_is_found_by_the_name_it_had() {
    let lock = lock(vec![
        block("Opened", 1, &["a: u8"]),
        block("Placed", 1, &["a: u16"]),
    ]);
    let renamed = event("Started", 1, A).was(&["Opened"]);
    let aggregate = aggregate(vec![renamed], Vec::new());
    assert_eq!(
        said(move || as_in_lock(&lock, &aggregate, Mode::Strict)),
        None
    );
}

#[test]
fn every_version_is_compared() {
    const FIRST: EventInfo = event("Placed", 1, A);
    let second = event("Placed", 2, A_AND_B).step(Step::Declared(&FIRST));
    let lock = lock(vec![
        block("Placed", 1, &["a: u16"]),
        block("Placed", 2, &["a: u8", "b: u8"]),
    ]);
    let aggregate = aggregate(vec![second], Vec::new());
    let said = said(move || as_in_lock(&lock, &aggregate, Mode::Hint)).unwrap_or_default();
    assert_eq!(
        said,
        "EV07: event `Placed` version 1 (here) is not what `eventide.lock` holds
  field `a` was `u16`, is `u8`
stored events would no longer be read as they are. Two ways out:
  declare the steps so that version 1 is what it was, or
  accept it, if no such event is stored anywhere: `EVENTIDE_LOCK=accept cargo test lock`"
    );
}

#[test]
fn versions_that_are_split_are_read_by_another_event_of_the_name() {
    let lock = lock(vec![
        block("Placed", 1, &["a: u8"]),
        block("Placed", 2, &["a: u8", "b: u8"]),
    ]);
    let aggregate = aggregate(
        vec![event("Placed", 2, A_AND_B)],
        vec![event("Placed", 1, A)],
    );
    assert_eq!(
        said(move || as_in_lock(&lock, &aggregate, Mode::Strict)),
        None
    );
}

#[test]
fn versions_below_a_raw_step_need_no_type() {
    let lock = lock(vec![
        block("Placed", 1, &["x: u8"]),
        block("Placed", 3, &["a: u8"]),
    ]);
    let aggregate = aggregate(vec![event("Placed", 3, A).step(Step::Raw)], Vec::new());
    assert_eq!(
        said(move || as_in_lock(&lock, &aggregate, Mode::Strict)),
        None
    );
}

#[test]
fn what_is_not_in_the_lock_is_an_error_only_if_strict() {
    let lock = lock(Vec::new());
    let aggregate = aggregate(vec![event("Placed", 1, A)], Vec::new());
    assert_eq!(
        said(move || as_in_lock(&lock, &aggregate, Mode::Hint)),
        None
    );
    assert!(super::hints(&lock, &aggregate, Mode::Hint));
    assert!(!super::hints(&lock, &aggregate, Mode::Strict));
    assert!(said(move || as_in_lock(&lock, &aggregate, Mode::Strict)).is_some());
    assert_eq!(said(move || as_in_lock(&lock, &aggregate, Mode::Off)), None);
}

#[test]
fn a_block_that_nobody_reads_is_lost_unless_the_lock_is_being_written() {
    let lock = lock(vec![block("Opened", 1, &[]), block("Placed", 1, &[])]);
    let one = || Vec::leak(vec![aggregate(vec![event("Placed", 1, A)], Vec::new())]);
    let both = Vec::leak(vec![aggregate(
        vec![event("Placed", 1, A)],
        vec![event("Opened", 1, A)],
    )]);
    let lost = one();
    let said_lost = said(|| nothing_is_lost::<2>(&lock, lost, Mode::Hint)).unwrap_or_default();
    assert!(said_lost.starts_with(
        "EV07: event `Opened` version 1 is in `eventide.lock`, and no aggregate reads it"
    ));
    assert!(!said_lost.contains("`Placed`"));
    assert_eq!(said(|| nothing_is_lost::<2>(&lock, both, Mode::Hint)), None);
    let lost = one();
    assert_eq!(said(|| nothing_is_lost::<2>(&lock, lost, Mode::Off)), None);
}
