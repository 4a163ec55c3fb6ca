//! Reading while others write.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::reading::log_by;
use super::samples::{append, event, exactly, part, put, stream};
use super::trial::together;
use super::unmet::{Met, Unmet, ensure, same_events};
use crate::envelope::RecordedEvent;
use crate::ids::Position;
use crate::store::{ExpectedVersion, LogFilter, LogQuery, PageSize, Store};

const WRITERS: usize = 6;
const APPENDS: usize = 20;
/// How many events the writers append altogether.
pub(super) const WRITTEN: usize = WRITERS * APPENDS * 2;

/// A reader of `filter` must have seen, in the end, what a later full read of each store shows.
pub(super) async fn follows(stores: &[Arc<dyn Store>], filter: LogFilter) -> Met {
    let wanted = filter.clone();
    let (_, seen): Followed = while_writing(stores, move |store, state| {
        let query = LogQuery::default()
            .filter(wanted.clone())
            .page(PageSize::new(7));
        Box::pin(read_on(store, query, state))
    })
    .await?;
    for store in stores {
        let mut later = log_by(store, LogQuery::default()).await?;
        later.retain(|event| filter.matches(event));
        same_events("what a live reader saw", &seen, &later)?;
    }
    Ok(())
}

type Followed = (Option<Position>, Vec<RecordedEvent>);

async fn read_on(
    store: Arc<dyn Store>,
    mut query: LogQuery,
    (mut from, mut seen): Followed,
) -> Result<Followed, Unmet> {
    loop {
        query.from = from;
        let page = store.read_log(query.clone()).await?;
        ensure(Some(page.next) >= from, || {
            format!("reading on from {from:?} leads back to {}", page.next)
        })?;
        let stuck = page.more && Some(page.next) == from;
        ensure(!stuck, || {
            format!("a page claims more to come at {}", page.next)
        })?;
        from = Some(page.next);
        seen.extend(page.events);
        if !page.more {
            return Ok((from, seen));
        }
    }
}

/// Calls `read` on the first of `stores` again and again while writers append to them all, and once
/// more after they are done.
pub(super) async fn while_writing<T, F>(stores: &[Arc<dyn Store>], read: F) -> Result<T, Unmet>
where
    T: Default + Send + 'static,
    F: Fn(Arc<dyn Store>, T) -> BoxFuture<'static, Result<T, Unmet>> + Send + 'static,
{
    let first = stores.first().cloned();
    let first = first.ok_or_else(|| Unmet::violated("there is no store to read"))?;
    let mut tasks = Vec::new();
    let writing = Arc::new(());
    for (writer, store) in (0..WRITERS).zip(stores.iter().cycle().cloned()) {
        // Given back by a writer that panics as well.
        let writing = writing.clone();
        tasks.push(async move {
            let written = write(&store, writer).await;
            drop(writing);
            written
        });
    }
    let store = first.clone();
    let reader = tokio::spawn(async move {
        let mut state = T::default();
        while Arc::strong_count(&writing) > 1 {
            state = read(store.clone(), state).await?;
            tokio::task::yield_now().await;
        }
        Ok::<_, Unmet>((state, read))
    });
    for written in together(tasks).await? {
        written?;
    }
    let (state, read) = reader.await??;
    read(first, state).await
}

/// Appends to a stream of its own and to one that all share, some of it rare, with appends in
/// between that fail.
async fn write(store: &Arc<dyn Store>, writer: usize) -> Met {
    let (own, shared) = (stream(&format!("order {writer}"))?, stream("shared")?);
    for round in 0..APPENDS {
        let rare = round % 10 == writer;
        let events = [&own, &shared].map(|_| event(if rare { "Rare" } else { "LineAdded" }));
        let [to_own, to_shared] = events.map(|event| vec![event]);
        if round % 3 == 0 {
            let parts = [
                part(&own, exactly(round as u64), to_own),
                part(&shared, ExpectedVersion::Any, to_shared),
            ];
            append(store, parts).await?;
        } else {
            put(store, &shared, to_shared).await?;
            let outdated = [part(&own, exactly(u64::MAX), vec![event("LineAdded")])];
            let refused = append(store, outdated).await;
            ensure(
                refused.is_err(),
                || "an append at a version never reached went through",
            )?;
            append(store, [part(&own, exactly(round as u64), to_own)]).await?;
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}
