//! Folding a stream into state: from a snapshot if there is a good one, page by page.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;
use tracing::{Instrument, debug_span};

use super::error::LoadError;
use super::panics::message_of;
use super::slot::Folded;
use super::{Inner, snapshots};
use crate::aggregate::Aggregate;
use crate::envelope::RecordedEvent;
use crate::ids::Version;
use crate::schema::{DecodeError, Lookups};
use crate::snapshot::UselessSnapshot;
use crate::store::{StoreError, StoreErrorKind, StreamQuery};
use crate::stream::StreamId;

/// Up to where to fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AsOf {
    /// Up to and including the event of this version.
    Version(Version),
    /// Up to and including what was recorded at this time.
    Time(Timestamp),
}

impl From<Version> for AsOf {
    fn from(version: Version) -> Self {
        Self::Version(version)
    }
}

impl From<Timestamp> for AsOf {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}

impl AsOf {
    fn includes(self, version: Version, recorded_at: Timestamp) -> bool {
        match self {
            Self::Version(last) => version <= last,
            Self::Time(last) => recorded_at <= last,
        }
    }
}

impl<A: Aggregate> Inner<A> {
    /// The present state, with the help of what is in memory, where it is kept.
    pub(super) async fn load_kept(&self, stream: &StreamId) -> Result<Folded<A>, LoadError> {
        let slot = self.cache.slot(stream);
        // Nothing is held while the store is asked: whoever loads may look away meanwhile, and commands
        // go on.
        let known = slot.folded.lock().await.clone();
        let known_version = known.as_ref().map(|known| known.version);
        let folded = self.refresh(stream, known).await?;
        if self.cache.keeps_state() {
            let mut kept = slot.folded.lock().await;
            let kept_version = kept.as_ref().map(|kept| kept.version);
            if kept_version == known_version || kept_version < Some(folded.version) {
                *kept = (folded.version > Version::ZERO).then(|| folded.clone());
            }
        }
        Ok(folded)
    }

    /// Brings state from memory up to date, or loads it.
    async fn refresh(
        &self,
        stream: &StreamId,
        folded: Option<Folded<A>>,
    ) -> Result<Folded<A>, LoadError> {
        if let Some(folded) = folded {
            let version = self.store.stream_version(stream).await?;
            if version == folded.version {
                return Ok(folded);
            }
            if version > folded.version {
                return Ok(self.fold_tail(stream, folded, None).await?.0);
            }
            // The stream is shorter than what was folded: another file was put in its place.
        }
        self.load_present(stream).await
    }

    /// The present state, with the help of a snapshot.
    pub(super) async fn load_present(&self, stream: &StreamId) -> Result<Folded<A>, LoadError> {
        let span = debug_span!("load", %stream, from = "store");
        let folded = self.load_until(stream, None).instrument(span).await?;
        Ok(snapshots::take_if_due(self, stream, folded))
    }

    /// The state as of `until`. Not cached: the past is asked for rarely.
    pub(super) async fn load_until(
        &self,
        stream: &StreamId,
        until: Option<AsOf>,
    ) -> Result<Folded<A>, LoadError> {
        if let Some(folded) = snapshots::find(self, stream).await {
            let wanted = until.is_none_or(|u| u.includes(folded.version, folded.recorded_at));
            if wanted {
                let base = folded.version;
                let (folded, head) = self.fold_tail(stream, folded, until).await?;
                if head >= base {
                    return Ok(folded);
                }
                snapshots::discard(self, stream, UselessSnapshot::AheadOfStream).await;
            }
        }
        Ok(self.fold_tail(stream, Folded::empty(), until).await?.0)
    }

    /// Folds what follows `folded`. Also gives the version the stream is at.
    pub(super) async fn fold_tail(
        &self,
        stream: &StreamId,
        mut folded: Folded<A>,
        until: Option<AsOf>,
    ) -> Result<(Folded<A>, Version), LoadError> {
        loop {
            let query = StreamQuery {
                after: folded.version,
                until: match until {
                    Some(AsOf::Version(version)) => Some(version),
                    Some(AsOf::Time(_)) | None => None,
                },
                page: self.page,
                ..StreamQuery::default()
            };
            let page = self.store.read_stream(stream, query).await?;
            let wanted = |recorded: &RecordedEvent| {
                until.is_none_or(|u| u.includes(recorded.version, recorded.recorded_at))
            };
            let count = page.events.iter().take_while(|event| wanted(event)).count();
            let (events, beyond) = page.events.split_at(count);
            let fold = |recorded, lookups: &mut _| fold_one(&mut folded, recorded, lookups);
            self.each(events, fold).await?;
            if !beyond.is_empty() {
                return Ok((folded, page.version));
            }
            if !page.more {
                return Ok((folded, page.version));
            }
            if page.events.is_empty() {
                return Err(damaged(
                    stream,
                    folded.version,
                    "the store promises more and gives none",
                ));
            }
        }
    }
}

fn fold_one<A: Aggregate>(
    folded: &mut Folded<A>,
    recorded: &RecordedEvent,
    lookups: &mut Lookups,
) -> Result<Result<(), DecodeError>, LoadError> {
    if recorded.version != folded.version.next() {
        let found = format!("version {} follows", recorded.version);
        return Err(damaged(&recorded.stream, folded.version, &found));
    }
    let state = Arc::make_mut(&mut folded.state);
    let applied = catch_unwind(AssertUnwindSafe(|| state.apply_recorded(recorded, lookups)))
        .map_err(|panic| LoadError::Panicked {
            stream: recorded.stream.clone(),
            version: recorded.version,
            message: message_of(&*panic),
        })?;
    if applied.is_ok() {
        folded.version = recorded.version;
        folded.recorded_at = recorded.recorded_at;
    }
    Ok(applied)
}

fn damaged(stream: &StreamId, after: Version, found: &str) -> LoadError {
    LoadError::Store(StoreError::new(
        StoreErrorKind::Corrupt,
        format_args!("stream {stream} is damaged after version {after}: {found}"),
    ))
}
