//! Tests of aggregates, without a store.
//!
//! [`AggregateTest`] tells a story: *given* events, *when* a command comes, *then* events follow.
//! [`laws()`] makes up histories and checks what must hold of every aggregate.

mod block_on;
mod decide;
mod decided;
mod diff;
mod given;
mod laws;
mod services;
mod stored;

pub use decided::{Decided, Then};
pub use given::{AggregateTest, Given};
pub use laws::{CommandCount, Draw, Law, Laws, Summary, Violation, laws};
pub use services::{HasServices, NoServices, WithServices};

#[cfg(test)]
mod tests;
