//! Events as text, and how expected ones differ from actual ones.

use std::fmt::Write;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::aggregate::Aggregate;
use crate::event::EventSet;

/// Fails the test at the caller's line.
#[cold]
#[track_caller]
#[expect(clippy::panic, reason = "that is how a test fails")]
pub(super) fn fail(message: &str) -> ! {
    panic!("{message}")
}

/// Line by line what is expected and what is not; `None` if the events have equal names and JSON.
pub(super) fn difference<E: EventSet>(expected: &[E], actual: &[E]) -> Option<String> {
    lines(&text(expected), &text(actual))
}

/// Line by line what is expected and what is not; `None` if the texts are equal.
pub(super) fn lines(expected: &str, actual: &str) -> Option<String> {
    if expected == actual {
        return None;
    }
    let mut difference = "- expected\n+ actual\n\n".to_owned();
    for change in TextDiff::from_lines(expected, actual).iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        difference.push(sign);
        difference.push(' ');
        difference.push_str(change.value());
    }
    Some(difference)
}

/// The events by name and content.
pub(super) fn described<A: Aggregate>(events: &[A::Event]) -> String {
    text(events)
}

fn text<E: EventSet>(events: &[E]) -> String {
    let mut text = String::new();
    for event in events {
        let name = event.info().name;
        let content = match event.encode() {
            Ok(json) => pretty(&json),
            Err(error) => format!("({error})"),
        };
        let _ = writeln!(text, "{name} {content}");
    }
    text
}

fn pretty(json: &[u8]) -> String {
    serde_json::from_slice::<Value>(json)
        .and_then(|value| serde_json::to_string_pretty(&sorted(value)))
        .unwrap_or_else(|_| String::from_utf8_lossy(json).into_owned())
}

/// Keys sorted, whichever order `serde_json` is built to keep: that of a map does not matter.
pub(super) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.into_iter().collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            let entries = entries.into_iter().map(|(key, value)| (key, sorted(value)));
            Value::Object(entries.collect())
        }
        Value::Array(elements) => elements.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn the_order_of_keys_does_not_matter() {
        assert_eq!(
            pretty(br#"{"b":1,"a":[{"d":2,"c":3}]}"#),
            pretty(br#"{"a":[{"c":3,"d":2}],"b":1}"#)
        );
        assert_ne!(pretty(br#"{"a":[1,2]}"#), pretty(br#"{"a":[2,1]}"#));
    }
}
