//! Reading the log for the partitions of a read model: once for all of them, as long as they go the same
//! way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use super::duty::{Duty, Work};
use super::options::ReadModelOptions;
use crate::ids::Position;
use crate::store::{LogFilter, LogPage, LogQuery, PageSize, Store, StoreError};

/// No more pages are read together than have about so many bytes of payload.
const MOST_BYTES: usize = 4 << 20;

/// So many stretches are kept for partitions that come after.
const STRETCHES: usize = 3;

type Read = Shared<BoxFuture<'static, Result<Arc<LogPage>, StoreError>>>;

/// Reads stretches of the log: as many pages at once as are handled together. Clones share what they
/// read.
#[derive(Clone)]
pub(super) struct Reading {
    store: Arc<dyn Store>,
    page: PageSize,
    at_once: usize,
    kept: Arc<Mutex<Kept>>,
    /// One more than there are partitions that read.
    readers: Arc<()>,
}

type Kept = VecDeque<(LogFilter, Position, Read)>;

impl Reading {
    pub(super) fn of<D: Duty>(store: Arc<dyn Store>, options: &ReadModelOptions) -> Self {
        let ReadModelOptions { page, at_once, .. } = *options;
        let gathers = <D::Work as Work>::GATHERS;
        Self {
            store,
            page,
            at_once: if gathers { at_once } else { page.get() },
            kept: Arc::default(),
            readers: Arc::default(),
        }
    }

    /// The stretch after a position, up to `until` if there is an end.
    pub(super) fn after(
        &self,
        from: Position,
        filter: &LogFilter,
        until: Option<Position>,
    ) -> BoxFuture<'static, Result<Arc<LogPage>, StoreError>> {
        if until.is_some() || Arc::strong_count(&self.readers) <= 2 {
            return self.read(from, filter, until);
        }
        let mut kept = lock(&self.kept);
        let mut all = kept.iter();
        let known = all.find(|(of, at, _)| *at == from && of == filter);
        let known = known.map(|(.., read)| read.clone());
        let read = known.unwrap_or_else(|| {
            let read = self.read(from, filter, until).shared();
            if kept.len() == STRETCHES {
                kept.pop_front();
            }
            kept.push_back((filter.clone(), from, read.clone()));
            read
        });
        drop(kept);
        let kept = self.kept.clone();
        async move {
            let page = read.await;
            // At the end of the log there is more the next time, and so there may be after an error. Who
            // came that far needs nothing of what was before.
            if !page.as_ref().is_ok_and(|page| page.more) {
                lock(&kept).clear();
            }
            page
        }
        .boxed()
    }

    fn read(
        &self,
        from: Position,
        filter: &LogFilter,
        until: Option<Position>,
    ) -> BoxFuture<'static, Result<Arc<LogPage>, StoreError>> {
        let at_once = self.at_once;
        let mut query = LogQuery::after(from).filter(filter.clone()).page(self.page);
        let store = self.store.clone();
        async move {
            let mut page = store.read_log(query.clone()).await?;
            let mut bytes = bytes_of(&page);
            if page.more && page.events.len() < at_once {
                page.events.reserve_exact(at_once - page.events.len());
            }
            while page.more
                && page.events.len() < at_once
                && bytes < MOST_BYTES
                && until.is_none_or(|until| page.next < until)
            {
                query.from = Some(page.next);
                // What was read already can be handled.
                let Ok(next) = store.read_log(query.clone()).await else {
                    break;
                };
                bytes = bytes.saturating_add(bytes_of(&next));
                page.events.extend(next.events);
                (page.next, page.more) = (next.next, next.more);
            }
            if let Some(until) = until {
                cut(&mut page, until);
            }
            Ok(Arc::new(page))
        }
        .boxed()
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bytes_of(page: &LogPage) -> usize {
    page.events.iter().map(|event| event.payload.len()).sum()
}

/// Leaves out what lies beyond the end of the work.
fn cut(page: &mut LogPage, until: Position) {
    if page.next > until {
        page.events.retain(|event| event.position <= until);
        page.next = until;
        page.more = false;
    }
}
