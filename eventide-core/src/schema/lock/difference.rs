//! Where two payloads differ.

use std::fmt;

use eventide_lock::Reading;
use serde_json::Value;

/// A place where a payload is not what was recorded.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Differing {
    /// Where, such as `lines[0].sku`; `.` for the whole payload.
    pub path: String,
    /// What was recorded; `None` if the place was not there.
    pub recorded: Option<Value>,
    /// What it is now; `None` if the place is not there.
    pub now: Option<Value>,
}

impl fmt::Display for Differing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.path)?;
        match (&self.recorded, &self.now) {
            (Some(recorded), Some(now)) => write!(f, " was `{recorded}`, is `{now}`"),
            (Some(recorded), None) => write!(f, " was `{recorded}`, is gone"),
            (None, Some(now)) => write!(f, " was not there, is `{now}`"),
            (None, None) => Ok(()),
        }
    }
}

/// The places where `now` is not as `recorded`.
pub(super) fn differences(recorded: &Value, now: &Value) -> Vec<Differing> {
    let mut found = Vec::new();
    differ("", Some(recorded), Some(now), &mut found);
    found
}

fn differ(path: &str, recorded: Option<&Value>, now: Option<&Value>, found: &mut Vec<Differing>) {
    match (recorded, now) {
        (Some(recorded), Some(now)) if recorded == now => {}
        (Some(Value::Object(recorded)), Some(Value::Object(now))) => {
            let dot = if path.is_empty() { "" } else { "." };
            let added = now.keys().filter(|key| !recorded.contains_key(*key));
            for key in recorded.keys().chain(added) {
                differ(
                    &format!("{path}{dot}{key}"),
                    recorded.get(key),
                    now.get(key),
                    found,
                );
            }
        }
        (Some(Value::Array(recorded)), Some(Value::Array(now))) => {
            for at in 0..recorded.len().max(now.len()) {
                differ(
                    &format!("{path}[{at}]"),
                    recorded.get(at),
                    now.get(at),
                    found,
                );
            }
        }
        (recorded, now) => found.push(Differing {
            path: if path.is_empty() { "." } else { path }.to_owned(),
            recorded: recorded.cloned(),
            now: now.cloned(),
        }),
    }
}

/// How one golden is read, next to how it was.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Compared {
    Same,
    /// As the same events, of other content.
    Content(Vec<Differing>),
    /// As other events.
    Events,
}

pub(super) fn compare(recorded: &[Reading], now: &[Reading]) -> Compared {
    let target = |reading: &Reading| (reading.event.clone(), reading.version);
    if !recorded.iter().map(target).eq(now.iter().map(target)) {
        return Compared::Events;
    }
    let several = recorded.len() > 1;
    let found = recorded.iter().zip(now).flat_map(|(recorded, now)| {
        let mut found = differences(&value(&recorded.payload), &value(&now.payload));
        for differing in found.iter_mut().filter(|_| several) {
            differing.path = format!("{}: {}", now.event, differing.path);
        }
        found
    });
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        Compared::Same
    } else {
        Compared::Content(found)
    }
}

/// A payload as a value; text that is no JSON as itself.
pub(super) fn value(payload: &str) -> Value {
    serde_json::from_str(payload).unwrap_or_else(|_| Value::String(payload.to_owned()))
}

/// What a golden is read as, in words: `OrderPlaced 2, NoteAdded 1`.
pub(super) fn targets(readings: &[Reading]) -> String {
    if readings.is_empty() {
        return "nothing".to_owned();
    }
    let targets = readings
        .iter()
        .map(|reading| format!("`{}` {}", reading.event, reading.version));
    targets.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::differences;

    #[test]
    fn each_place_that_differs_is_named() {
        let recorded = json!({"a": 1, "lines": [{"sku": "x"}, {"sku": "y"}], "gone": null});
        let now = json!({"a": 1, "lines": [{"sku": "x"}, {"sku": "z"}, 3], "new": [1]});
        let words: Vec<_> = differences(&recorded, &now)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            words,
            [
                "`gone` was `null`, is gone",
                "`lines[1].sku` was `\"y\"`, is `\"z\"`",
                "`lines[2]` was not there, is `3`",
                "`new` was not there, is `[1]`",
            ]
        );
        assert_eq!(differences(&recorded, &recorded), []);
        assert_eq!(differences(&json!(1), &json!(2))[0].path, ".");
    }
}
