//! What becomes of an event that a projection cannot handle.

use crate::aggregate::BoxError;
use crate::envelope::RecordedEvent;

/// An event whose handler fails.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Failure<'a> {
    /// The event, as it is stored.
    pub recorded: &'a RecordedEvent,
    /// What the handler gave, or what a panic said.
    pub error: &'a BoxError,
    /// How often it was tried.
    pub attempts: u32,
}

/// What becomes of an event whose handler fails again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnFailure {
    /// It is parked, and with it all later events of its stream, in order, until somebody tries them
    /// again or drops them. Other streams go on.
    #[default]
    Park,
    /// It is tried again, for as long as it takes. Its partition waits.
    Retry,
    /// The projection ends with the error.
    Stop,
}
