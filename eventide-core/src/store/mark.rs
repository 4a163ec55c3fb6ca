//! Knowing a log again: whether it is the one that was read before, and has not gone back since.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Direction, EventStore, LogQuery, PageSize, StoreError};
use crate::envelope::RecordedEvent;
use crate::ids::{EventId, LogId, Position};

/// What a log was at one of its positions. Kept beside whatever is made from the log, it tells
/// whether that still belongs together: a backup that was restored is noticed, even after it has
/// grown again.
///
/// A mark is JSON such as `{"log":"…","position":17,"event":"…"}` and stays readable.
///
/// ```
/// use eventide_core::store::{LogMark, MarkError, MemoryStore};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let store = MemoryStore::new();
/// let mark = LogMark::of(&store).await?;
/// mark.check(&store).await?;
///
/// let another = mark.check(&MemoryStore::new()).await;
/// assert!(matches!(another, Err(MarkError::AnotherLog { .. })));
/// # Ok::<(), MarkError>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LogMark {
    log: LogId,
    position: Position,
    event: Option<EventId>,
}

impl LogMark {
    /// The mark of `log` at `position`, where `event` is the last event at or before it; `None` if
    /// there is none. For whoever has just read that event; [`at`](Self::at) reads it.
    pub const fn new(log: LogId, position: Position, event: Option<EventId>) -> Self {
        Self {
            log,
            position,
            event,
        }
    }

    /// The mark at the present head.
    ///
    /// # Errors
    /// The store cannot do it now.
    pub async fn of(store: &dyn EventStore) -> Result<Self, StoreError> {
        let last = last_event(store, None).await?;
        let position = last.as_ref().map_or(Position::START, |last| last.position);
        let event = last.map(|last| last.id);
        Ok(Self::new(store.log_id().await?, position, event))
    }

    /// The mark at `position`, up to which the log was read.
    ///
    /// # Errors
    /// The store cannot do it now.
    pub async fn at(store: &dyn EventStore, position: Position) -> Result<Self, StoreError> {
        let last = last_event(store, Some(position)).await?;
        let event = last.map(|last| last.id);
        Ok(Self::new(store.log_id().await?, position, event))
    }

    /// Which log it is a mark of.
    pub const fn log(&self) -> LogId {
        self.log
    }

    /// Where in the log.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The last event at or before the position; `None` if there was none.
    pub const fn event(&self) -> Option<EventId> {
        self.event
    }

    /// Demands that the log of `store` is the one that was marked, and that it still holds what it
    /// held then. Reads one event, however long the log is.
    ///
    /// # Errors
    /// [`MarkError::AnotherLog`] if it is another log, [`MarkError::WentBack`] if it ends before the
    /// mark, [`MarkError::Rewritten`] if another event stands there, [`MarkError::Store`] if the
    /// store cannot do it now.
    pub async fn check(&self, store: &dyn EventStore) -> Result<(), MarkError> {
        let found = store.log_id().await?;
        if found != self.log {
            return Err(MarkError::AnotherLog {
                marked: self.log,
                found,
            });
        }
        let last = last_event(store, Some(self.position)).await?;
        let found = last.map(|last| last.id);
        if found == self.event {
            return Ok(());
        }
        let (log, marked) = (self.log, self.position);
        let head = store.head().await?;
        if head < marked {
            return Err(MarkError::WentBack { log, marked, head });
        }
        Err(MarkError::Rewritten {
            log,
            position: marked,
            marked: self.event,
            found,
        })
    }
}

/// Why a log is not the one that was marked. What was made from the marked log, such as a
/// projection, does not belong to this one: it must be made anew, or the right log be restored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MarkError {
    /// It is another log.
    #[error(
        "this is log {found}, not log {marked}, which was read before; open the right store, or \
         begin anew with this one"
    )]
    #[non_exhaustive]
    AnotherLog {
        /// The log that was marked.
        marked: LogId,
        /// The log of the store.
        found: LogId,
    },
    /// It is shorter than it was: an older copy of it was restored.
    #[error(
        "log {log} ends at position {head}, but was read up to position {marked} before: it went \
         back, as when an older backup is restored; restore a later one, or begin anew"
    )]
    #[non_exhaustive]
    WentBack {
        /// The log.
        log: LogId,
        /// How far it was read.
        marked: Position,
        /// Where it ends now.
        head: Position,
    },
    /// It was shorter than it was, and has grown otherwise.
    #[error(
        "log {log} holds {} at position {position}, where {} was read before: it went back, as when \
         an older backup is restored, and grew again; restore the log that was read, or begin anew",
        named(*.found),
        named(*.marked)
    )]
    #[non_exhaustive]
    Rewritten {
        /// The log.
        log: LogId,
        /// The position that was marked.
        position: Position,
        /// The last event at or before it, when it was marked.
        marked: Option<EventId>,
        /// The last event at or before it now.
        found: Option<EventId>,
    },
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn named(event: Option<EventId>) -> String {
    event.map_or("no event".to_owned(), |event| format!("event {event}"))
}

/// The last event at or before `position`; of the whole log, if that is `None`.
pub(super) async fn last_event(
    store: &dyn EventStore,
    position: Option<Position>,
) -> Result<Option<RecordedEvent>, StoreError> {
    let after = position.and_then(|position| position.as_raw().checked_add(1));
    let mut query = LogQuery {
        from: after.map(Position::from_raw),
        direction: Direction::Backwards,
        ..LogQuery::default()
    }
    .page(PageSize::new(1));
    loop {
        let page = store.read_log(query.clone()).await?;
        let last = page.events.into_iter().next();
        if last.is_some() || !page.more {
            return Ok(last);
        }
        query.from = Some(page.next);
    }
}
