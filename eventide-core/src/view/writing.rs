//! A step that is being written, while the events behind it are folded.

use std::sync::Arc;

use tokio::spawn;
use tokio::task::JoinHandle;

use super::View;
use super::folder::{Folded, Folder};
use crate::ids::{LogId, Position};
use crate::read_model::run::{Ended, Holder};
use crate::schema::DecodeError;
use crate::store::{Advance, LogPage, Store, StoreError, StoreErrorKind};
use crate::subscription::LeaseError;

/// A larger step is waited for: what comes of several is in memory at once.
const MOST_BYTES: usize = 8 << 20;

/// A step on its way to the store.
pub(super) struct Writing {
    /// What it came of, should it have to be done anew.
    pub(super) page: Arc<LogPage>,
    pub(super) log: LogId,
    pub(super) from: Position,
    /// How many of the events are the partition's own.
    pub(super) own: usize,
    /// Its number.
    pub(super) step: u64,
    pub(super) advance: Arc<Advance>,
    pub(super) written: JoinHandle<Result<(), LeaseError>>,
}

/// What became of the step before.
pub(super) enum Settled {
    /// It is written, or there was none.
    Well,
    /// The database refused it. It was done anew, event by event, and what was folded since is void. It may
    /// hold before one of its events.
    Anew(Option<DecodeError>),
}

/// Begins to write a step.
pub(super) fn begin(
    store: Arc<dyn Store>,
    step: &Arc<Advance>,
) -> JoinHandle<Result<(), LeaseError>> {
    let step = step.clone();
    spawn(async move {
        let Some(kept) = store.subscriptions() else {
            let why = "the store keeps nothing for views any more";
            return Err(StoreError::new(StoreErrorKind::Other, why).into());
        };
        kept.advance(&step).await
    })
}

impl Folded {
    /// Whether it may be written while the next is folded: it parks nothing, which the next had to know,
    /// and is not large.
    pub(super) fn may_wait(&self) -> bool {
        let contents = self.documents.iter().filter_map(|it| it.content.as_ref());
        let bytes: usize = contents.map(|(json, _)| json.len()).sum();
        self.parked.is_empty() && self.held.is_none() && bytes <= MOST_BYTES
    }
}

impl<V: View, S: Send + Sync + 'static> Folder<V, S> {
    /// Whether the step that is being written has events of the page.
    pub(super) fn may_repeat(&self, page: &LogPage) -> bool {
        let writing = self.writing.as_ref().and_then(|it| it.advance.to);
        let first = page.events.first();
        let both = writing.zip(first);
        both.is_some_and(|(to, first)| first.position <= to.position())
    }

    /// Waits until the step before is written.
    pub(super) async fn settled(&mut self, holder: &mut Holder) -> Result<Settled, Ended> {
        let Some(writing) = self.writing.take() else {
            return Ok(Settled::Well);
        };
        let Writing {
            page,
            log,
            from,
            own,
            step,
            advance,
            written,
        } = writing;
        let tried = written.await.unwrap_or_else(|ended| {
            let why = format_args!("the writing of a step ended: {ended}");
            Err(StoreError::new(StoreErrorKind::Unknown, why).into())
        });
        let refused = holder.advance_after(from, &advance, tried).await?;
        if refused.is_none() {
            self.written(step);
            holder.done(own, 0);
            return Ok(Settled::Well);
        }
        self.forget();
        let held = self.divide(holder, log, &page.events, from).await?;
        Ok(Settled::Anew(held))
    }
}
