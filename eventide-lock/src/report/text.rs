//! A comparison as text: one entry for each difference, then what to do.

use std::fmt::{self, Display, Formatter};

use crate::{Comparison, Compatibility, DifferenceKind, Order, print::Name};

/// One entry: what it means, of which event version, what it is, and why.
struct Entry {
    sign: &'static str,
    event: String,
    what: String,
    why: Option<String>,
}

/// The report for a person, which ends with a line break.
///
/// ```
/// use eventide_lock::{Lock, compare};
///
/// let old = Lock::parse("format 1\ndomain shop\nevent Shipped 1\n  parcel: uuid")?;
/// let new = Lock::parse("format 1\ndomain shop\nevent Shipped 1\n  parcel: uuid\n  note?: string")?;
/// assert_eq!(compare(&old, &new).to_string(), "\
/// SAFE  Shipped 1  field `note` is new: `string`
///       old data may do without it, and old programs pass over it
///
/// 1 safe: deploy in any order
/// ");
/// # Ok::<(), eventide_lock::ParseError>(())
/// ```
impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let entries = entries(self);
        if entries.is_empty() {
            return writeln!(f, "no difference: deploy in any order");
        }
        let width = |text: fn(&Entry) -> &str| {
            let widths = entries.iter().map(|entry| text(entry).chars().count());
            widths.max().unwrap_or_default()
        };
        let signs = width(|entry| entry.sign);
        let events = width(|entry| &entry.event);
        for Entry {
            sign,
            event,
            what,
            why,
        } in &entries
        {
            writeln!(f, "{sign:signs$}  {event:events$}  {what}")?;
            if let Some(why) = why {
                writeln!(f, "{:signs$}  {why}", "")?;
            }
        }
        writeln!(f)?;
        write!(f, "{}", Counts(&entries))?;
        if self.refused().is_empty() {
            writeln!(f, ": {}", self.order())
        } else {
            writeln!(f, ": put right what is refused, then compare again")
        }
    }
}

fn entries(comparison: &Comparison) -> Vec<Entry> {
    let event = |name: &str, version: u32| format!("{} {version}", Name(name));
    let mut entries = Vec::new();
    for difference in &comparison.differences {
        let mut add = |compatibility, what: String, why: String| {
            entries.push(Entry {
                sign: sign(compatibility),
                event: event(&difference.event, difference.version),
                what,
                why: Some(why),
            });
        };
        if let DifferenceKind::Changed(changes) = &difference.kind {
            for change in changes {
                add(
                    change.compatibility,
                    change.to_string(),
                    change.reason.clone(),
                );
            }
        } else {
            let what = what(&difference.kind).to_owned();
            add(
                difference.compatibility(),
                what,
                difference.reason().to_owned(),
            );
        }
    }
    entries.extend(comparison.refused().iter().map(|refusal| Entry {
        sign: REFUSED,
        event: event(&refusal.event, refusal.version),
        what: refusal.reason.to_string(),
        why: None,
    }));
    entries
}

fn what(kind: &DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::NewEvent => "new event",
        DifferenceKind::NewVersion => "new version",
        DifferenceKind::OlderVersion => "older version, described only now",
        DifferenceKind::VersionRemoved => "version is gone",
        DifferenceKind::EventRemoved => "event is gone",
        DifferenceKind::Changed(_) => "another shape",
    }
}

const REFUSED: &str = "REFUSED";
const SIGNS: [&str; 5] = [
    "SAFE",
    "READERS FIRST",
    "WRITERS FIRST",
    "TWO STEPS",
    REFUSED,
];

fn sign(compatibility: Compatibility) -> &'static str {
    match compatibility.order() {
        Order::Any => "SAFE",
        Order::ReadersFirst => "READERS FIRST",
        Order::WritersFirst => "WRITERS FIRST",
        Order::TwoSteps => "TWO STEPS",
    }
}

/// `2 readers first, 1 refused`
struct Counts<'a>(&'a [Entry]);

impl Display for Counts<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        for sign in SIGNS {
            let count = self.0.iter().filter(|entry| entry.sign == sign).count();
            if count > 0 {
                write!(f, "{comma}{count} {}", sign.to_lowercase())?;
                comma = ", ";
            }
        }
        Ok(())
    }
}
