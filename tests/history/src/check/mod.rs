//! Checking: a history, and what the store holds in the end.

mod appends;
mod commands;
mod conflicts;
mod end;
mod evidence;
mod log;
mod order;
mod readers;
mod report;
mod violation;

use self::evidence::Evidence;

pub use end::End;
pub use report::{Report, Tally};
pub use violation::{Violation, Witness};

use crate::entry::Entry;

/// Checks `entries`, in their order, against what the store holds in the `end`.
///
/// Attempts without an answer may or may not be stored. `end` must be read after all the
/// processes that append are done or dead.
pub fn check(entries: &[Entry], end: &End) -> Report {
    let mut found = Vec::new();
    let evidence = Evidence::gather(entries, end, &mut found);
    log::check(&evidence, &mut found);
    appends::check(&evidence, &mut found);
    commands::check(&evidence, &mut found);
    conflicts::check(&evidence, &mut found);
    order::check(&evidence, &mut found);
    readers::check(&evidence, &mut found);
    Report {
        tally: Tally::of(&evidence),
        violations: found,
    }
}
