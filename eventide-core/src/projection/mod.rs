//! Projections: read models whose handlers write, each in tables of the user's own or to another
//! system.
//!
//! A projection lists the aggregates it observes, and says of every event of theirs what it does with
//! it: the derive and `#[projects]` write [`Projection`] and [`Observe`](crate::read_model::Observe),
//! and an event that is neither handled nor ignored by name is a compile error (EV06).
//!
//! What it writes to is its [`Target`]. Into the store's own database it writes in the transaction
//! that moves its checkpoint: each event counts exactly once. To [another system](Outside) it writes
//! at least once, with a [key](Delivery::idempotency_key) by which the other system tells a repeated
//! delivery.

mod batch;
mod delivery;
mod failure;
mod handled;
mod page;
mod projector;
mod retry;
mod step;
mod target;

pub(crate) use delivery::Kept;
pub use delivery::{Delivery, Outside};
pub use failure::{Failure, OnFailure};
pub use handled::{
    IntoHandled, Occurred, Projected, ProjectedEvent, Projecting, Projection, ProjectionOf,
    Recorded,
};
pub use projector::Projector;
pub use target::{Attempt, AttemptError, Target, TransactionStore, attempt};
