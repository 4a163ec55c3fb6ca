//! What the writer is asked to do, and what it answers.

use std::sync::Arc;

use eventide_core::StreamId;
use eventide_core::snapshot::Snapshot;
use eventide_core::store::{AppendError, AppendRequest, AppendStep, Appended};

use crate::change::Change;
use crate::row::JsonParts;

/// One thing to write. Each is judged by itself, whatever shares its transaction.
#[derive(Debug)]
pub(crate) enum Work {
    /// The request, its events' tags without repeats, and the JSON parts of its events in order.
    Append(AppendRequest, Vec<JsonParts>),
    /// The same, and what happens with it.
    AppendWith(AppendRequest, Vec<JsonParts>, Arc<dyn AppendStep>),
    SaveSnapshot(Snapshot),
    DeleteSnapshot(StreamId),
    /// Something of a subscription or a view.
    Change(Change),
    /// The last thing ever asked.
    Close,
}

impl Work {
    /// For messages: what was attempted.
    pub(crate) fn attempt(&self) -> &'static str {
        match self {
            Self::Append(..) | Self::AppendWith(..) => "append to",
            Self::SaveSnapshot(_) | Self::DeleteSnapshot(_) => "change a snapshot in",
            Self::Change(change) => change.attempt(),
            Self::Close => "close",
        }
    }
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Done {
    Appended(Appended),
    Kept,
}

pub(crate) type Answer = Result<Done, AppendError>;
