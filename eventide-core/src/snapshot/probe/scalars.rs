//! The values a probe answers with, in classes: if one member of a class is refused, so are the
//! others, as a rule.

use jiff::Timestamp;
use serde::de::Unexpected;
use uuid::Uuid;

use super::pick;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Unsigned,
    Signed,
    Float,
    Bool,
    Char,
    Any,
}

/// After the classes of text, those of anything else.
pub(super) const ANY_INTEGER: usize = TEXT_CLASSES;
pub(super) const ANY_NEGATIVE: usize = TEXT_CLASSES + 1;
pub(super) const ANY_FLOAT: usize = TEXT_CLASSES + 2;
pub(super) const ANY_BOOL: usize = TEXT_CLASSES + 3;
pub(super) const ANY_MAP: usize = TEXT_CLASSES + 4;
pub(super) const ANY_SEQUENCE: usize = TEXT_CLASSES + 5;

impl Kind {
    pub(super) fn classes(self) -> usize {
        match self {
            Self::Text => TEXT_CLASSES,
            Self::Unsigned => 5,
            Self::Signed => 7,
            Self::Float => 4,
            Self::Bool => 2,
            Self::Char => 3,
            // The last one is the unit.
            Self::Any => TEXT_CLASSES + 7,
        }
    }
}

const TEXT_CLASSES: usize = 20;

/// The first of the classes for anything that `seen` may be of; those of text count as one.
pub(super) fn class_of(seen: &Unexpected<'_>) -> usize {
    match seen {
        Unexpected::Unsigned(_) => ANY_INTEGER,
        Unexpected::Signed(_) => ANY_NEGATIVE,
        Unexpected::Float(_) => ANY_FLOAT,
        Unexpected::Bool(_) => ANY_BOOL,
        Unexpected::Map => ANY_MAP,
        Unexpected::Seq => ANY_SEQUENCE,
        Unexpected::Unit => ANY_SEQUENCE + 1,
        _ => 0,
    }
}

/// As [`class_of`] for what was answered.
pub(super) fn first_alike(class: usize) -> usize {
    if class < ANY_INTEGER { 0 } else { class }
}
const WORDS: [&str; 8] = [
    "word", "amber", "kettle", "north", "paper", "quill", "river", "slate",
];
const LETTERS: [&str; 4] = ["a", "Z", "7", "é"];
const CODES: [&str; 4] = ["GBP", "EUR", "USD", "CHF"];
/// When the first order of a well-known data set was placed.
const FIRST_SECOND: i64 = 1_291_191_960;

/// The member of a class of text that `n` stands for.
pub(super) fn text(class: usize, n: u64) -> String {
    let small = n % 1000;
    let octet = n % 256;
    match class {
        0 => word(n),
        1 => uuid(n).to_string(),
        2 => format!("{}Z", date_time(n)),
        3 => date_time(n).chars().take(10).collect(),
        4 => (small + 1).to_string(),
        5 => format!("{small}.{:02}", (n >> 16) % 100),
        6 => format!("https://example.com/{}", word(n)),
        7 => format!("192.0.2.{octet}"),
        8 => format!("{}@example.com", word(n)),
        9 => date_time(n).chars().skip(11).collect(),
        10 => date_time(n),
        11 => format!("{}+00:00[UTC]", date_time(n)),
        12 => format!("PT{}S", small + 1),
        13 => String::new(),
        14 => one_of(&LETTERS, n).to_owned(),
        15 => one_of(&CODES, n).to_owned(),
        16 => format!("{n:016x}"),
        17 => format!("żółw \u{1f422} \"{small}\""),
        18 => format!("-{}", small + 1),
        _ => format!("1.{}.{octet}", n % 10),
    }
}

fn one_of(texts: &[&'static str], n: u64) -> &'static str {
    texts.get(pick(n, texts.len())).copied().unwrap_or_default()
}

fn word(n: u64) -> String {
    let word = one_of(&WORDS, n);
    match (n >> 8) % 100 {
        0 => word.to_owned(),
        suffix => format!("{word}{suffix}"),
    }
}

fn uuid(n: u64) -> Uuid {
    let low = u128::from(n & ((1 << 60) - 1));
    Uuid::from_u128((0x7 << 76) | (0x8 << 60) | low)
}

/// A date and time without offset, seconds precise.
fn date_time(n: u64) -> String {
    let seconds = i64::try_from(n % 1_000_000_000).unwrap_or(0);
    let time = Timestamp::from_second(FIRST_SECOND + seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    time.to_string().chars().take(19).collect()
}

/// The member of a class of numbers that `n` stands for, at most `max`.
pub(super) fn unsigned(class: usize, n: u64, max: u64) -> u64 {
    match class {
        0 => 1,
        1 => 0,
        2 => 2 + n % 99,
        3 => (1000 + n % 1_000_000).min(max),
        _ => max,
    }
}

/// As [`unsigned`]; the classes after its own are negative.
pub(super) fn signed(class: usize, n: u64, min: i64, max: i64) -> i64 {
    match class {
        5 => -1 - i64::try_from(n % 99).unwrap_or(0),
        6 => min,
        _ => i64::try_from(unsigned(class, n, max.unsigned_abs())).unwrap_or(max),
    }
}

/// Binary fractions only: their JSON is exact.
pub(super) fn float(class: usize, n: u64) -> f64 {
    let quarters = f64::from(u32::try_from(n % 4000).unwrap_or(0)) / 4.0;
    match class {
        0 => 1.0,
        1 => 0.0,
        2 => quarters,
        _ => -quarters,
    }
}

pub(super) fn char(class: usize, n: u64) -> char {
    let letter = char::from(b'a' + u8::try_from(n % 26).unwrap_or(0));
    match class {
        0 => letter,
        1 => letter.to_ascii_uppercase(),
        _ => '7',
    }
}
