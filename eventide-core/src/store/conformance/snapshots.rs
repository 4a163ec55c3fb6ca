//! One snapshot per stream, kept as it was saved.

use std::sync::Arc;

use jiff::Timestamp;

use super::reading::View;
use super::samples::{events, put, stream};
use super::trial::{Trial, start};
use super::unmet::{Met, Unmet, same};
use crate::ids::Version;
use crate::snapshot::{Fingerprint, Snapshot};
use crate::store::Store;
use crate::stream::StreamId;

pub(super) async fn a_snapshot_is_given_back_as_saved(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let recorded_at = Timestamp::from_microsecond(start().as_microsecond())?;
    let bytes: Vec<u8> = (0..=255).collect();
    let shapes = [0, 1, 1 << 63, u64::MAX];
    let payloads = [
        Vec::new(),
        b"{ \"total\": 1.0 }".to_vec(),
        bytes,
        vec![b'x'; 1 << 20],
    ];
    for (n, (payload, shape)) in payloads.into_iter().zip(shapes).enumerate() {
        let order = StreamId::new("Order/'\"%", format!("{n} é🚚"))?;
        let shape = Fingerprint::from_u64(shape);
        let version = Version::new(n as u64 + 1);
        let mut saved = Snapshot::new(order, version, recorded_at, shape, payload);
        saves(&store, &saved, Some(&saved)).await?;
        saved.checksum = !saved.checksum;
        saves(&store, &saved, Some(&saved)).await?;
    }
    Ok(())
}

pub(super) async fn a_newer_snapshot_replaces_an_older(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    let [first, old, new] = [5, 9, 10].map(|version| snapshot(&order, version, 1));
    saves(&store, &old, Some(&old)).await?;
    saves(&store, &new, Some(&new)).await?;
    saves(&store, &old, Some(&new)).await?;
    saves(&store, &first, Some(&new)).await
}

pub(super) async fn a_snapshot_of_another_shape_replaces(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    for (version, shape) in [(10, 1), (3, 2), (3, u64::MAX), (12, 2), (11, 1)] {
        let other = snapshot(&order, version, shape);
        saves(&store, &other, Some(&other)).await?;
    }
    Ok(())
}

pub(super) async fn a_deleted_snapshot_is_gone(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    store.delete_snapshot(&order).await?;
    let (new, old) = (snapshot(&order, 10, 1), snapshot(&order, 2, 1));
    saves(&store, &new, Some(&new)).await?;
    store.delete_snapshot(&order).await?;
    same("deleted snapshot", store.load_snapshot(&order).await?, None)?;
    saves(&store, &old, Some(&old)).await
}

pub(super) async fn snapshots_are_kept_per_stream(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let addresses = [
        ("a/b", "c"),
        ("a", "b/c"),
        ("A", "b/c"),
        ("a", "B/c"),
        ("a", "b/c "),
    ];
    let mut saved = Vec::new();
    for (n, (aggregate_type, aggregate_id)) in addresses.into_iter().enumerate() {
        let order = StreamId::new(aggregate_type, aggregate_id)?;
        let snapshot = snapshot(&order, n as u64 + 1, 1);
        saves(&store, &snapshot, Some(&snapshot)).await?;
        saved.push(snapshot);
    }
    let gone = stream("536365")?;
    let other = snapshot(&gone, 1, 1);
    saves(&store, &other, Some(&other)).await?;
    store.delete_snapshot(&gone).await?;
    for snapshot in &saved {
        let kept = store.load_snapshot(&snapshot.stream).await?;
        same(
            format!("snapshot of {:?}", snapshot.stream),
            kept.as_ref(),
            Some(snapshot),
        )?;
    }
    Ok(())
}

pub(super) async fn snapshots_leave_the_events_alone(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    put(&store, &order, events(3)).await?;
    let before = View::of(&store, &[&order]).await?;
    store.save_snapshot(snapshot(&order, 2, 1)).await?;
    before
        .is_unchanged(&store, &[&order], "saving a snapshot")
        .await?;
    store.delete_snapshot(&order).await?;
    before
        .is_unchanged(&store, &[&order], "deleting a snapshot")
        .await
}

/// Saves `snapshot`; afterwards `kept` must be the one that is there.
async fn saves(
    store: &Arc<dyn Store>,
    snapshot: &Snapshot,
    kept: Option<&Snapshot>,
) -> Result<(), Unmet> {
    store.save_snapshot(snapshot.clone()).await?;
    let loaded = store.load_snapshot(&snapshot.stream).await?;
    let saved = (snapshot.version, snapshot.fingerprint);
    same(
        format!("snapshot kept after one of {saved:?} was saved"),
        loaded.as_ref(),
        kept,
    )
}

fn snapshot(stream: &StreamId, version: u64, shape: u64) -> Snapshot {
    Snapshot::new(
        stream.clone(),
        Version::new(version),
        Timestamp::UNIX_EPOCH,
        Fingerprint::from_u64(shape),
        format!(r#"{{"version":{version}}}"#).into_bytes(),
    )
}
