//! What stands in generated code beside an error message, so that one mistake is one error.

use std::fmt;

use crate::stream::{AggregateId, InvalidAggregateId};

/// The id of an aggregate that names none. There is no such value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AnyId {}

impl fmt::Display for AnyId {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl AggregateId for AnyId {
    fn parse(text: &str) -> Result<Self, InvalidAggregateId> {
        Err(InvalidAggregateId::new(text, "AnyId", "there is none"))
    }
}

/// The value of anything, in a program that does not compile.
#[expect(clippy::panic, reason = "only called by programs that do not compile")]
pub fn after_an_error<T>() -> T {
    panic!("this program has a compile error and cannot run")
}
