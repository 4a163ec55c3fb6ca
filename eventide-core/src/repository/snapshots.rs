//! Finding and taking snapshots. Whatever goes wrong with one costs time, never a result.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tracing::{Instrument, debug, debug_span, warn};

use super::Inner;
use super::slot::Folded;
use crate::aggregate::Aggregate;
use crate::snapshot::UselessSnapshot;
use crate::stream::StreamId;

/// State from the stream's snapshot, if there is one of use.
pub(super) async fn find<A: Aggregate>(inner: &Inner<A>, stream: &StreamId) -> Option<Folded<A>> {
    let (spec, fingerprint) = inner.snapshots()?;
    let snapshot = match inner.store.load_snapshot(stream).await {
        Ok(snapshot) => snapshot?,
        Err(error) => {
            warn!(%stream, %error, "snapshot not read; the whole stream is");
            return None;
        }
    };
    match spec.open(fingerprint, &snapshot) {
        Ok(state) => Some(Folded {
            state: Arc::new(state),
            version: snapshot.version,
            recorded_at: snapshot.recorded_at,
            snapshot: snapshot.version,
        }),
        Err(reason) => {
            discard(inner, stream, reason).await;
            None
        }
    }
}

/// Forgets a snapshot that is of no use, so that a better one can take its place.
pub(super) async fn discard<A: Aggregate>(
    inner: &Inner<A>,
    stream: &StreamId,
    reason: UselessSnapshot,
) {
    debug!(%stream, %reason, "snapshot not used");
    // A store opened for reading keeps the useless snapshot; it is passed over each time.
    if let Err(error) = inner.store.delete_snapshot(stream).await {
        debug!(%stream, %error, "useless snapshot not deleted");
    }
}

/// Takes a snapshot if enough events were recorded since the last: off the caller's path, in a task
/// of its own.
pub(super) fn take_if_due<A: Aggregate>(
    inner: &Inner<A>,
    stream: &StreamId,
    mut folded: Folded<A>,
) -> Folded<A> {
    let Some((spec, fingerprint)) = inner.snapshots() else {
        return folded;
    };
    if folded.version.since(folded.snapshot) < spec.every() {
        return folded;
    }
    folded.snapshot = folded.version;
    let (state, version, recorded_at) = (
        Arc::clone(&folded.state),
        folded.version,
        folded.recorded_at,
    );
    let (store, counters) = (Arc::clone(&inner.store), Arc::clone(&inner.counters));
    let span = debug_span!("snapshot", %stream, %version);
    let stream = stream.clone();
    let save = async move {
        let saved = match spec.take(fingerprint, stream, version, recorded_at, &state) {
            Ok(snapshot) => {
                drop(state);
                store
                    .save_snapshot(snapshot)
                    .await
                    .map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        match saved {
            Ok(()) => counters.snapshots_taken.fetch_add(1, Ordering::Relaxed),
            Err(error) => {
                warn!(%error, "snapshot not saved; loads take longer until one is");
                counters.snapshots_failed.fetch_add(1, Ordering::Relaxed)
            }
        };
    };
    tokio::spawn(save.instrument(span));
    folded
}
