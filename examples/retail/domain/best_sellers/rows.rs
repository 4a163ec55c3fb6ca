//! What is written of each event: plain functions, the same for every database.

use std::collections::BTreeMap;

use eventide::RecordedEvent;
use eventide::projection::Occurred;
use thiserror::Error;

use super::super::Money;
use super::super::order::LineAdded;

/// A row of `lines`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    pub number: &'a str,
    pub version: i64,
    pub article: &'a str,
    pub quantity: i64,
    pub amount: i64,
}

/// What an article is called, and by which order: a row of `articles`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called<'a> {
    pub article: &'a str,
    pub description: String,
    pub said_at: i64,
    pub said_in: &'a str,
}

/// An amount that the tables have no room for.
#[derive(Debug, Error)]
#[error("an amount of {0} is finer than a hundredth of a penny, and the tables keep no less")]
pub struct TooFine(Money);

/// An order is confirmed that nobody placed: what was written of it is gone.
#[derive(Debug, Error)]
#[error("order {0} is confirmed, and its row is missing")]
pub struct Missing(String);

/// Whether the one row of an order was written to.
pub fn written(rows: impl TryInto<u64>, number: &str) -> Result<(), Missing> {
    let one = rows.try_into().is_ok_and(|rows| rows == 1);
    one.then_some(()).ok_or_else(|| Missing(number.to_owned()))
}

/// The number of the order that an event is of.
pub fn number(recorded: &RecordedEvent) -> &str {
    recorded.stream.aggregate_id()
}

/// The month something happened in.
pub fn month(recorded: &RecordedEvent) -> String {
    recorded.occurred_at().strftime("%Y-%m").to_string()
}

/// The lines as they are written.
pub fn lines<'a>(events: &[Occurred<'a, LineAdded>]) -> Result<Vec<Line<'a>>, TooFine> {
    let line = |it: &Occurred<'a, LineAdded>| {
        let LineAdded {
            article,
            quantity,
            amount,
            ..
        } = it.event;
        Ok(Line {
            number: number(it.recorded),
            version: it.recorded.version.get().cast_signed(),
            article,
            quantity: quantity.get(),
            amount: amount.parts().ok_or(TooFine(*amount))?,
        })
    };
    events.iter().map(line).collect()
}

/// What the articles on these lines are called: each once, by the latest order among them.
pub fn called<'a>(events: &[Occurred<'a, LineAdded>]) -> Vec<Called<'a>> {
    let mut latest: BTreeMap<&str, Called<'a>> = BTreeMap::new();
    for Occurred {
        event, recorded, ..
    } in events
    {
        let Some(description) = &event.description else {
            continue;
        };
        let called = Called {
            article: &event.article,
            description: description.to_string(),
            said_at: recorded.occurred_at().as_second(),
            said_in: number(recorded),
        };
        let said = |it: &Called<'a>| (it.said_at, it.said_in);
        if (latest.get(called.article)).is_none_or(|before| said(before) <= said(&called)) {
            latest.insert(called.article, called);
        }
    }
    latest.into_values().collect()
}
