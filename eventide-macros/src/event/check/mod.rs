//! Everything that can be wrong with an event's history (EV05), said at once.

mod below;
mod names;
mod steps;

use std::ops::RangeInclusive;

use super::parse::Parsed;
use crate::diagnostics::Errors;

pub(super) use names::clashes;

/// What is wrong with each attribute, and with all of them together; returns the versions that the
/// derive knows.
pub(super) fn event(parsed: &Parsed, errors: &mut Errors) -> RangeInclusive<u32> {
    let current = current(parsed, errors);
    names::was(parsed, errors);
    steps::of_nameless(parsed, errors);
    steps::of_fields(parsed, current, errors);
    steps::of_removed(parsed, current, errors);
    steps::of_defaults(parsed, errors);
    below::what_is_below(parsed, current, errors)
}

/// The present version.
fn current(parsed: &Parsed, errors: &mut Errors) -> u32 {
    let Some(version) = &parsed.version else {
        return 1;
    };
    if version.value == 0 {
        let message = "EV05: versions count from 1\nwrite `version = 1`, or leave it out";
        errors.at(&version.literal, message);
    }
    version.value.max(1)
}
