//! Tests of aggregates and of read models, without a store.
//!
//! [`AggregateTest`] tells a story: *given* events, *when* a command comes, *then* events follow.
//! [`laws()`] makes up histories and checks what must hold of every aggregate.
//!
//! [`ViewTest`] does the same for views: *given* events, *then* documents. [`view_laws()`] and
//! [`projection_laws()`] check what must hold of every view, and of projections to other systems.

mod block_on;
mod decide;
mod decided;
mod diff;
mod given;
mod laws;
mod read_models;
mod services;
mod stored;

pub use decided::{Decided, Then};
pub use given::{AggregateTest, Given};
pub use laws::{CommandCount, Draw, Law, Laws, Summary, Violation, laws};
pub use read_models::{
    AnyDomain, GivenLog, Made, OfProjection, OfView, ReadModelLaw, ReadModelLaws, ReadModelSummary,
    ReadModelViolation, ThenDocuments, ViewTest, projection_laws, view_laws,
};
pub use services::{HasServices, NoServices, WithServices};

#[cfg(test)]
mod tests;
