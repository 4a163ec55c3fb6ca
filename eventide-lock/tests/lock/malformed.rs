//! What is wrong with a lock is said so that it can be put right.

use eventide_lock::{Line, Lock, MAX_DEPTH, Malformed, Type};

/// The error of a block's lines, the first of which is line 4.
fn error(lines: &str) -> String {
    whole(&format!("format 1\ndomain shop\nevent Placed 1\n{lines}"))
}

fn whole(text: &str) -> String {
    Lock::parse(text).unwrap_err().to_string()
}

#[test]
fn the_head_must_be_there() {
    assert_eq!(
        whole(""),
        "line 1: expected `format` and its number, found nothing"
    );
    assert_eq!(
        whole("# only words\n\n"),
        "line 3: expected `format` and its number, found nothing"
    );
    assert_eq!(
        whole("domain shop"),
        "line 1: expected `format` and its number, found `domain shop`"
    );
    assert_eq!(
        whole("format one"),
        "line 1: expected the number of the lock's format, found `one`"
    );
    assert_eq!(
        whole("format 1"),
        "line 2: expected `domain` and its name, found nothing"
    );
    assert_eq!(
        whole("format 1\nevent A 1"),
        "line 2: expected `domain` and its name, found `event A 1`"
    );
    assert_eq!(
        whole("format 1\ndomain shop\n  note: string"),
        "line 3: expected `event`, its name and its schema version, found `note: string`"
    );
}

#[test]
fn a_newer_format_is_known_as_such() {
    let error = Lock::parse("# newer\nformat 2\nwhatever it holds").unwrap_err();
    assert_eq!(error.problem, Malformed::NewerFormat { format: 2 });
    assert_eq!(
        error.to_string(),
        "line 2: the lock has format 2, which a newer eventide wrote; this one reads format 1: update eventide"
    );
}

#[test]
fn an_unresolved_merge_is_known_as_such() {
    let text = "  a: u8\n<<<<<<< HEAD\n  b: u8\n=======\n  b: u16\n>>>>>>> branch\n";
    assert_eq!(
        error(text),
        "line 5: `<<<<<<<` is left of a git merge: remove the markers and keep the blocks of both sides, \
         or take either side as it is and accept again"
    );
    for marker in [
        "<<<<<<< HEAD",
        "||||||| 3f1c9e2",
        "=======",
        ">>>>>>> branch",
    ] {
        assert!(error(marker).contains("left of a git merge"), "{marker}");
    }
}

#[test]
fn a_block_begins_with_a_name_and_a_version() {
    let error = |event: &str| whole(&format!("format 1\ndomain shop\nevent {event}"));
    assert_eq!(
        error("Placed"),
        "line 3: expected a space and a schema version, found nothing"
    );
    assert_eq!(
        error("Placed 0"),
        "line 3: expected a schema version, a number from 1, found `0`"
    );
    assert_eq!(
        error("Placed 4294967296"),
        "line 3: expected a schema version, a number from 1, found `4294967296`"
    );
    assert_eq!(
        error("Placed 1 public"),
        "line 3: expected `published` or the end of the line, found ` public`"
    );
    assert_eq!(
        error("\"Placed 1"),
        "line 3: expected a name as a JSON string, found `\"Placed 1`"
    );
}

#[test]
fn nothing_may_stand_twice() {
    assert_eq!(
        error("a: u8\nevent Other 1\nevent Placed 1"),
        "line 6: event `Placed` version 1 is already on line 3: expected one block for each version"
    );
    assert_eq!(
        error("a: u8\nb: u8\n\"a\"?: string"),
        "line 6: path `a` is already on line 4: expected one line for each path"
    );
}

#[test]
fn a_line_is_a_path_and_a_type() {
    assert_eq!(
        error("a u8"),
        "line 4: expected `: ` and a type, as in `note?: string`, found ` u8`"
    );
    assert_eq!(
        error("a:u8"),
        "line 4: expected `: ` and a type, as in `note?: string`, found `:u8`"
    );
    assert_eq!(
        error("..: u8"),
        "line 4: expected a path, as in `lines[].sku`, found `.: u8`"
    );
    assert_eq!(
        error("a.: u8"),
        "line 4: expected the name of a field, found `: u8`"
    );
    assert_eq!(
        error("a|: u8"),
        "line 4: expected the name of a variant, found `: u8`"
    );
    assert_eq!(
        error("a#x: u8"),
        "line 4: expected the number of a tuple's part, from 0, found `x: u8`"
    );
    assert_eq!(
        error("a: U8"),
        "line 4: expected a type, as in `u32`, `[string]` or `object?`, found `U8`"
    );
    assert_eq!(
        error("a: u8 !"),
        "line 4: expected the end of the line, found ` !`"
    );
    assert_eq!(
        error("a: strict u8"),
        "line 4: expected `strict object`, found ` u8`"
    );
    assert_eq!(
        error("a: [u8; x]"),
        "line 4: expected the length of an array, found `x]`"
    );
    assert_eq!(
        error("a: {u8, u8}"),
        "line 4: expected `: ` and the type of a map's values, found `, u8}`"
    );
    assert_eq!(
        error("a: (u8"),
        "line 4: expected `, ` or `)` after a part of a tuple, found nothing"
    );
    assert_eq!(
        error("a: enum by type"),
        "line 4: expected the name of a key as a JSON string, as in `enum by \"type\"`, found `type`"
    );
}

#[test]
fn goldens_and_what_they_are_read_as_are_json_on_one_line() {
    assert_eq!(
        error("golden {\"a\":"),
        "line 4: expected a payload as JSON on one line: EOF while parsing a value at line 1 column 5"
    );
    assert!(error("golden {} {}").starts_with("line 4: expected a payload as JSON on one line: "));
    assert!(error("golden {}\nreads Placed 1 {").starts_with("line 5: expected a payload as JSON"));
    assert_eq!(
        error("reads nothing"),
        "line 4: expected `golden` and a payload before the first `reads`, found `nothing`"
    );
    assert_eq!(
        error("golden 1\nreads Placed 1 1\nreads nothing"),
        "line 6: expected either `reads nothing` or what is read, found `nothing`"
    );
    assert_eq!(
        error("golden 1\nreads nothing\nreads Placed 1 1"),
        "line 6: expected no more after `reads nothing`, found `Placed 1 1`"
    );
}

#[test]
fn only_the_beginning_of_a_long_text_is_shown() {
    let error = error(&"!".repeat(100_000));
    assert_eq!(
        error,
        format!(
            "line 4: expected a path, as in `lines[].sku`, found `{}..`",
            "!".repeat(40)
        )
    );
}

#[test]
fn types_and_paths_are_nested_to_a_bound() {
    let list = |levels: usize| format!("{}u8{}", "[".repeat(levels), "]".repeat(levels));
    let deepest: Type = list(MAX_DEPTH - 1).parse().unwrap();
    assert_eq!(deepest.to_string().parse(), Ok(deepest));
    let half = MAX_DEPTH / 2;
    let many = 100_000;
    let staircase = format!("{}u8{}", "[".repeat(half), "???]".repeat(half));
    for deeper in [
        list(MAX_DEPTH),
        list(many),
        staircase,
        format!("u8{}", "?".repeat(MAX_DEPTH)),
        format!("u8{}", "?".repeat(many)),
        "{u8: ".repeat(many),
        "(".repeat(many),
    ] {
        assert_eq!(deeper.parse::<Type>(), Err(Malformed::TooDeep));
    }
    let path = |keys: usize| format!("a{}: u8", ".a".repeat(keys - 1));
    assert_eq!(
        path(MAX_DEPTH).parse::<Line>().unwrap().to_string(),
        path(MAX_DEPTH)
    );
    assert_eq!(path(MAX_DEPTH + 1).parse::<Line>(), Err(Malformed::TooDeep));
}
