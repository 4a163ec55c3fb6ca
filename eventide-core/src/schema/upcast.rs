//! Steps from one version of an event to the next, written by hand or declared on fields.
//!
//! | step | trait | may |
//! |---|---|---|
//! | old to new, always possible | [`Upcast`] | |
//! | old to new, or a reason why not | [`TryUpcast`] | fail |
//! | with something looked up | [`UpcastWith`] | ask services, fail |
//! | from JSON that has no type any more | [`UpcastRaw`] | fail |
//! | one event told as none, one or several | [`Split`] | |

use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::hash::Hash;

use serde_json::Value;

use crate::aggregate::{Aggregate, BoxError};
use crate::event::Event;
use crate::ids::SchemaVersion;
use crate::outcome::Outcome;

/// Makes the next version of an event out of the one before. It always can.
///
/// The newer struct says `#[event(version = 2, previous = OrderPlacedV1)]`.
///
/// # Guarantees
/// Called once for each stored event of the old version that is read, wherever it is read.
pub trait Upcast<Old: Event>: Event {
    /// The same event, in its next version.
    fn upcast(old: Old) -> Self;
}

/// Makes the next version of an event out of the one before, or says why it cannot.
///
/// An event that is refused stops its reader with an error that names it; it is never skipped.
#[diagnostic::on_unimplemented(
    message = "EV05: there is no step from `{Old}` to `{Self}`",
    label = "declared as the previous version, and no step leads from it",
    note = "write `impl Upcast<{Old}> for {Self} {{ fn upcast(old: {Old}) -> Self {{ .. }} }}`, or `TryUpcast` if it can fail"
)]
pub trait TryUpcast<Old: Event>: Event {
    /// Why an old event has no place in the new version.
    type Error: Into<BoxError>;

    /// The same event, in its next version.
    ///
    /// # Errors
    /// The old event holds something the new version has no place for.
    fn try_upcast(old: Old) -> Result<Self, Self::Error>;
}

#[diagnostic::do_not_recommend]
impl<Old: Event, New: Upcast<Old>> TryUpcast<Old> for New {
    type Error = Infallible;

    fn try_upcast(old: Old) -> Result<Self, Infallible> {
        Ok(New::upcast(old))
    }
}

/// Makes the next version of an event with something that has to be looked up: a price, a rate, a
/// name in another system.
///
/// The newer struct says `#[event(version = 2, previous = LineAddedV1, services = Prices)]`, and the
/// services of the aggregate are `Prices`, or provide them ([`Provide`](crate::Provide)).
///
/// # Guarantees
/// Keys are collected over the page being read and looked up in one call, each key once; what was
/// found is kept for later pages, up to a bound.
#[diagnostic::on_unimplemented(
    message = "EV05: there is no step from `{Old}` to `{Self}` that looks something up",
    label = "declared as the previous version, and no step leads from it",
    note = "write `impl UpcastWith<{Old}> for {Self} {{ .. }}`, or leave `services` out and write `Upcast<{Old}>`"
)]
pub trait UpcastWith<Old: Event>: Event {
    /// Where it is looked up.
    type Services: Send + Sync + 'static;
    /// What is looked up by.
    type Key: Eq + Hash + Clone + fmt::Debug + Send + Sync + 'static;
    /// What is found.
    type Found: Clone + Send + Sync + 'static;
    /// Why it could not be looked up, or has no place in the new version.
    type Error: Into<BoxError>;

    /// What has to be known about an old event.
    fn key(old: &Old) -> Self::Key;

    /// Looks up all keys of a page at once, each given once. A key that is left out of the answer is
    /// not known: [`upcast_with`](Self::upcast_with) is then given `None`.
    ///
    /// Other loads of this kind of aggregate that have something to look up wait meanwhile: a service
    /// that itself loads such an aggregate waits for itself for ever.
    ///
    /// # Errors
    /// The services could not answer: the reader stops and may try again.
    fn look_up(
        services: &Self::Services,
        keys: Vec<Self::Key>,
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Found>, Self::Error>> + Send;

    /// The same event, in its next version.
    ///
    /// # Errors
    /// The new version cannot be made of the old one and what was found.
    fn upcast_with(old: Old, found: Option<Self::Found>) -> Result<Self, Self::Error>;
}

/// Reads versions of an event that have no type any more, as JSON.
///
/// The oldest struct of the event says `#[event(version = 4, raw)]`: everything below its version
/// comes here.
#[diagnostic::on_unimplemented(
    message = "EV05: `{Self}` does not say how its older versions are read",
    label = "`raw`, and no raw step",
    note = "write `impl UpcastRaw for {Self} {{ .. }}`"
)]
pub trait UpcastRaw: Event {
    /// Why an old payload has no place in this version.
    type Error: Into<BoxError>;

    /// The JSON of this version, out of that of version `from`.
    ///
    /// # Errors
    /// The payload has no place in this version.
    fn upcast_raw(from: SchemaVersion, payload: Value) -> Result<Value, Self::Error>;
}

/// Tells one stored event as none, one or several events of aggregate `A`.
///
/// The aggregate lists it: `#[aggregate(.., split(CustomerMoved))]`. No handler emits it any more.
#[diagnostic::on_unimplemented(
    message = "EV05: aggregate `{A}` does not say what `{Self}` is read as",
    label = "listed in `split(..)`, and told as nothing",
    note = "write `impl Split<{A}> for {Self} {{ type Into = (First, Second); fn split(self) -> Self::Into {{ .. }} }}`"
)]
pub trait Split<A: Aggregate>: Event {
    /// What it is read as: an event, a tuple of them, `Option`, `Vec`, `()` for none.
    type Into: Outcome<A>;

    /// The same fact, in other events.
    fn split(self) -> Self::Into;
}

/// A declared conversion that failed: which field, and why.
#[derive(Debug)]
pub struct FieldError {
    field: &'static str,
    source: BoxError,
}

impl FieldError {
    /// For generated code: field `field` could not be converted.
    #[doc(hidden)]
    pub fn new(field: &'static str, source: impl Into<BoxError>) -> Self {
        Self {
            field,
            source: source.into(),
        }
    }

    /// The field that could not be converted.
    pub const fn field(&self) -> &'static str {
        self.field
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "field `{}` cannot be converted", self.field)
    }
}

impl Error for FieldError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
