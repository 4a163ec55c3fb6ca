//! What is written is read back, and what is read is written as it was.

use eventide_lock::{Key, Line, Lock, Path, Type};
use proptest::{collection::vec, prelude::*};

use crate::arbitrary;

const RETAIL: &str = r##"# eventide.lock: what is stored of every event, version by version. Commit it; do not edit it.
# `EVENTIDE_LOCK=accept cargo test lock` writes it.
format 1
domain retail

event CreditLineAdded 1 published
  amount: decimal
  lines: [object]
  lines[].sku: string
  note?: string
  status: enum
  status|"part paid": (u32, object)
  status|"part paid"#1.x: u8
  status|paid: unit
  golden {"amount":"1.00"}
    reads CreditLineAdded 2 {"amount":"1.00"}
    reads "credit line" 1 {}
  golden {"amount":"2.00"}
    reads nothing
  golden {"amount":"3.00"}

event CreditLineAdded 2
  .: strict object
  codes: {string: [u8; 3]?}
  money: enum by "currency" with "a \"b\""
  payment: opaque "card::Payment"
  shape: [enum by "kind"]?
  ways: untagged enum
  ways|0: ()

event Pair 1
  .#0: u8
  .#1: [f64]

event Wrapped 1
  .: [object]
  .[].event: string
"##;

#[test]
fn a_lock_is_written_as_the_format_says() {
    assert_eq!(Lock::parse(RETAIL).unwrap().to_string(), RETAIL);
}

#[test]
fn what_is_sorted_otherwise_or_ends_lines_otherwise_is_the_same_lock() {
    let lock = Lock::parse(RETAIL).unwrap();
    let (head, blocks) = RETAIL.split_once("\n\n").unwrap();
    let mut blocks: Vec<&str> = blocks.split("\n\n").collect();
    blocks.reverse();
    let shuffled = format!("\u{feff}{head}\n\n{}\n", blocks.join("\n\n\n"))
        .replace(
            "  amount: decimal\n  lines: [object]",
            "lines: [object]\n# a word\n\tamount: decimal  ",
        )
        .replace('\n', "\r\n");
    assert_eq!(Lock::parse(&shuffled), Ok(lock));
}

#[test]
fn fields_may_be_named_like_the_words_of_the_format() {
    let text =
        "format 1\ndomain d\nevent E 1\n  event: u8\n  golden?: u8\n  reads.x: u8\n  format: u8";
    assert_eq!(Lock::parse(text).unwrap().blocks[0].lines.len(), 4);
}

#[test]
fn a_path_may_also_leave_out_the_point_of_the_payload() {
    let expected = Path(vec![Key::Element, Key::Name("x".to_owned())]);
    assert_eq!("[].x".parse(), Ok(expected.clone()));
    assert_eq!(".[].x".parse(), Ok(expected));
}

proptest! {
    #[test]
    fn every_lock_is_read_back_as_it_was(lock in arbitrary::lock()) {
        prop_assert_eq!(Lock::parse(&lock.to_string()), Ok(lock));
    }

    #[test]
    fn the_order_in_memory_does_not_show(lock in arbitrary::lock()) {
        let mut reversed = lock.clone();
        reversed.blocks.reverse();
        reversed.blocks.iter_mut().for_each(|block| block.lines.reverse());
        prop_assert_eq!(reversed.to_string(), lock.to_string());
    }

    #[test]
    fn every_part_of_a_line_is_read_back_as_it_was(line in arbitrary::line()) {
        prop_assert_eq!(line.path.to_string().parse::<Path>(), Ok(line.path.clone()));
        prop_assert_eq!(line.ty.to_string().parse::<Type>(), Ok(line.ty.clone()));
        for key in &line.path.0 {
            prop_assert_eq!(key.to_string().parse::<Key>(), Ok(key.clone()));
        }
        prop_assert_eq!(line.to_string().parse::<Line>(), Ok(line));
    }

    /// Bounded fuzzing: a valid lock, spoiled in a few places.
    #[test]
    fn a_spoiled_lock_is_refused_or_read_as_what_it_then_says(
        lock in arbitrary::lock(),
        edits in vec((any::<prop::sample::Index>(), edit()), 1..6),
    ) {
        let mut bytes = lock.to_string().into_bytes();
        for (place, edit) in edits {
            edit.apply(&mut bytes, place);
        }
        check(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_text_is_refused_or_read(text in any::<String>(), bytes in vec(any::<u8>(), 0..200)) {
        check(&text)?;
        check(&String::from_utf8_lossy(&bytes))?;
        check(&format!("format 1\ndomain d\nevent E 1\n  {text}"))?;
    }

    #[test]
    fn any_row_of_tokens_is_refused_or_read(tokens in vec(prop::sample::select(TOKENS), 0..30)) {
        check(&format!("format 1\ndomain d\nevent E 1\n  {}", tokens.concat()))?;
    }
}

const TOKENS: &[&str] = &[
    "\n",
    " ",
    ": ",
    "?",
    ".",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "; ",
    ", ",
    "#",
    "|",
    "\"",
    "\\",
    "1",
    "18446744073709551616",
    "object",
    "strict ",
    "enum",
    " by ",
    " with ",
    "untagged ",
    "opaque ",
    "u8",
    "a",
    "event ",
    "golden ",
    "reads ",
    "nothing",
    "\"x\"",
    "[]",
    "{}",
    "=======",
    "\u{e9}",
];

/// Reading `text` does not panic; what it accepts, it writes and reads in one stable form.
fn check(text: &str) -> Result<(), TestCaseError> {
    match Lock::parse(text) {
        Err(error) => prop_assert!(error.line >= 1 && error.line <= text.lines().count() + 1),
        Ok(lock) => {
            let written = lock.to_string();
            let read = Lock::parse(&written);
            prop_assert_eq!(read.as_ref(), Ok(&lock));
            prop_assert_eq!(read.unwrap().to_string(), written);
        }
    }
    Ok(())
}

#[derive(Debug, Clone)]
enum Edit {
    Replace(u8),
    Insert(&'static str),
    Remove(usize),
    /// A stretch of the text comes a second time.
    Repeat(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        any::<u8>().prop_map(Edit::Replace),
        prop::sample::select(TOKENS).prop_map(Edit::Insert),
        (1..40_usize).prop_map(Edit::Remove),
        (1..80_usize).prop_map(Edit::Repeat),
    ]
}

impl Edit {
    fn apply(self, bytes: &mut Vec<u8>, place: prop::sample::Index) {
        if bytes.is_empty() {
            return;
        }
        let at = place.index(bytes.len());
        let stretch = |length| at..bytes.len().min(at + length);
        match self {
            Self::Replace(byte) => bytes[at] = byte,
            Self::Insert(token) => drop(bytes.splice(at..at, token.bytes())),
            Self::Remove(length) => drop(bytes.drain(stretch(length))),
            Self::Repeat(length) => {
                let again = bytes[stretch(length)].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
}
