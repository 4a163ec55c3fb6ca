//! How a law says that it is not met.

use std::error::Error;
use std::fmt::{Debug, Display, Write};

use crate::envelope::RecordedEvent;

/// What a law comes to.
pub(super) type Met = Result<(), Unmet>;

/// Why a law is not met.
#[derive(Debug)]
pub(super) enum Unmet {
    Violated(String),
    NotApplicable(&'static str),
}

impl Unmet {
    pub(super) fn violated(how: impl Into<String>) -> Self {
        Self::Violated(how.into())
    }
}

/// Any error that a law did not ask for breaks it.
impl<E: Error> From<E> for Unmet {
    fn from(error: E) -> Self {
        Self::Violated(in_full(&error))
    }
}

/// An error with all its causes.
pub(super) fn in_full(error: &dyn Error) -> String {
    let mut text = format!("unexpected error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

/// Demands that `held`; `otherwise` says what was seen instead.
pub(super) fn ensure<T: Into<String>>(held: bool, otherwise: impl FnOnce() -> T) -> Met {
    if held {
        Ok(())
    } else {
        Err(Unmet::violated(otherwise()))
    }
}

/// Demands that `what` is as expected.
#[expect(
    clippy::needless_pass_by_value,
    reason = "both values are made for the comparison"
)]
pub(super) fn same<T: PartialEq + Debug>(what: impl Display, actual: T, expected: T) -> Met {
    ensure(actual == expected, || {
        let (actual, expected) = (format!("{actual:?}"), format!("{expected:?}"));
        let alike = actual
            .chars()
            .zip(expected.chars())
            .take_while(|(a, b)| a == b);
        let start = alike.count();
        let (actual, expected) = (excerpt(&actual, start), excerpt(&expected, start));
        format!("{what}: {actual}, expected {expected}")
    })
}

/// Demands that `what` are the expected events, in the same order and alike in every part.
pub(super) fn same_events(
    what: impl Display,
    actual: &[RecordedEvent],
    expected: &[RecordedEvent],
) -> Met {
    if let Some((actual, expected)) = actual.iter().zip(expected).find(|(a, b)| a != b) {
        let place = format!(
            "{what}, at version {} of {}",
            expected.version, expected.stream
        );
        return same_event(place, actual, expected);
    }
    same(
        format!("number of events in {what}"),
        actual.len(),
        expected.len(),
    )
}

fn same_event(place: String, actual: &RecordedEvent, expected: &RecordedEvent) -> Met {
    let text = |payload: &[u8]| String::from_utf8_lossy(payload).into_owned();
    same(
        format!("position in {place}"),
        actual.position,
        expected.position,
    )?;
    same(
        format!("stream in {place}"),
        &actual.stream,
        &expected.stream,
    )?;
    same(
        format!("version in {place}"),
        actual.version,
        expected.version,
    )?;
    same(format!("event id in {place}"), actual.id, expected.id)?;
    same(
        format!("event type in {place}"),
        &actual.event_type,
        &expected.event_type,
    )?;
    same(
        format!("schema version in {place}"),
        actual.schema_version,
        expected.schema_version,
    )?;
    same(
        format!("payload in {place}"),
        text(&actual.payload),
        text(&expected.payload),
    )?;
    same(
        format!("recorded time in {place}"),
        actual.recorded_at,
        expected.recorded_at,
    )?;
    same(
        format!("metadata in {place}"),
        &actual.metadata,
        &expected.metadata,
    )?;
    same(format!("tags in {place}"), &actual.tags, &expected.tags)?;
    same(place, actual, expected)
}

/// The part of `text` around its character number `difference`.
fn excerpt(text: &str, difference: usize) -> String {
    const BEFORE: usize = 40;
    const LONGEST: usize = 240;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let start = difference.saturating_sub(BEFORE);
    let part: String = text.chars().skip(start).take(LONGEST).collect();
    format!("… {part} … ({} bytes)", text.len())
}
