//! Readers that follow the log while writers append.

use std::slice;

use super::following::{WRITTEN, follows, while_writing};
use super::reading::log;
use super::samples::stream;
use super::trial::Trial;
use super::unmet::{Met, ensure, same};
use crate::ids::{Position, Version};
use crate::store::{LogFilter, StreamQuery};

pub(super) async fn a_live_reader_sees_every_event_once(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    follows(slice::from_ref(&store), LogFilter::default()).await?;
    let count = log(&store).await?.len();
    same("events in the log", count, WRITTEN)
}

pub(super) async fn a_live_reader_of_a_filter_misses_nothing(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let event_types = vec!["Rare".to_owned()];
    follows(
        slice::from_ref(&store),
        LogFilter {
            event_types,
            ..LogFilter::default()
        },
    )
    .await
}

pub(super) async fn nothing_appears_before_a_head_once_seen(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let seen = while_writing(
        slice::from_ref(&store),
        |store, mut seen: Vec<(Position, usize)>| {
            Box::pin(async move {
                let head = store.head().await?;
                let mut log = log(&store).await?;
                log.retain(|event| event.position <= head);
                seen.push((head, log.len()));
                Ok(seen)
            })
        },
    )
    .await?;
    let log = log(&store).await?;
    for (head, count) in seen {
        let now = log.iter().filter(|event| event.position <= head).count();
        same(
            format!("events up to {head}, a head seen before"),
            count,
            now,
        )?;
    }
    Ok(())
}

pub(super) async fn a_live_stream_page_is_one_instant(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let shared = stream("shared")?;
    let pages = while_writing(slice::from_ref(&store), move |store, mut pages: Vec<_>| {
        let shared = shared.clone();
        Box::pin(async move {
            let page = store.read_stream(&shared, StreamQuery::default()).await?;
            let read = page
                .events
                .iter()
                .map(|event| event.version.get())
                .collect();
            pages.push((page.version, page.more, read));
            Ok(pages)
        })
    })
    .await?;
    let mut last = Version::ZERO;
    for (version, more, read) in pages {
        let read: Vec<u64> = read;
        let whole: Vec<_> = (1..=version.get()).collect();
        ensure(more || read == whole, || {
            format!("a page with the versions {read:?} and no more says version {version}")
        })?;
        ensure(version >= last, || {
            format!("version {version} was read after version {last}")
        })?;
        last = version;
    }
    Ok(())
}
