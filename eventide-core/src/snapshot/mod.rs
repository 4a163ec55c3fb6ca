//! Snapshots: a cache of folded state. Never the truth: one that is missing, stale, corrupt or of
//! another shape changes how fast a load is, not what it gives.

mod fingerprint;
pub(crate) mod probe;

use std::num::NonZeroU64;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use fingerprint::Fingerprint;

use crate::ids::Version;
use crate::stream::StreamId;

/// How an aggregate's state is kept as a snapshot: `#[aggregate(snapshot(every = 200))]`.
#[derive(Debug)]
pub struct SnapshotSpec<A> {
    every: NonZeroU64,
    declared: u64,
    fingerprint: fn(u64) -> Fingerprint,
    encode: fn(&A) -> Result<Vec<u8>, serde_json::Error>,
    decode: fn(&[u8]) -> Result<A, serde_json::Error>,
}

impl<A: Serialize + DeserializeOwned> SnapshotSpec<A> {
    /// A snapshot is due once `every` events were recorded since the last. `declared` is a hash of
    /// what the macro saw of the state and its events; it is one part of the fingerprint.
    pub const fn json(every: NonZeroU64, declared: u64) -> Self {
        Self {
            every,
            declared,
            fingerprint: Fingerprint::of::<A>,
            encode: |state| serde_json::to_vec(state),
            decode: |payload| serde_json::from_slice(payload),
        }
    }
}

impl<A> SnapshotSpec<A> {
    /// How many events after the last snapshot the next one is due.
    pub const fn every(&self) -> u64 {
        self.every.get()
    }

    /// The fingerprint of the state's shape as this program has it. Traces the type: ask once and
    /// keep the answer.
    pub fn fingerprint(&self) -> Fingerprint {
        (self.fingerprint)(self.declared)
    }

    /// Puts `state` into a snapshot.
    ///
    /// # Errors
    /// The state's `Serialize` failed.
    pub fn take(
        &self,
        fingerprint: Fingerprint,
        stream: StreamId,
        version: Version,
        recorded_at: Timestamp,
        state: &A,
    ) -> Result<Snapshot, serde_json::Error> {
        let payload = (self.encode)(state)?;
        Ok(Snapshot::new(
            stream,
            version,
            recorded_at,
            fingerprint,
            payload,
        ))
    }

    /// The state in `snapshot`, or why it is of no use.
    ///
    /// # Errors
    /// Its fingerprint is another, its checksum is wrong, or it does not decode.
    pub fn open(
        &self,
        fingerprint: Fingerprint,
        snapshot: &Snapshot,
    ) -> Result<A, UselessSnapshot> {
        if snapshot.fingerprint != fingerprint {
            return Err(UselessSnapshot::OtherShape);
        }
        if snapshot.checksum != snapshot.computed_checksum() {
            return Err(UselessSnapshot::Corrupt);
        }
        (self.decode)(&snapshot.payload).map_err(|_| UselessSnapshot::Undecodable)
    }
}

/// Why a snapshot is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UselessSnapshot {
    /// The state's shape was another when it was taken.
    #[error("its state has another shape")]
    OtherShape,
    /// Its bytes are not those that were written.
    #[error("its checksum is wrong")]
    Corrupt,
    /// Its bytes are not such a state.
    #[error("its payload does not decode")]
    Undecodable,
    /// It is of a version its stream has not reached.
    #[error("it is ahead of its stream")]
    AheadOfStream,
}

/// A folded state as it is stored: one at most per stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The stream it was folded from.
    pub stream: StreamId,
    /// The version of the last event in it.
    pub version: Version,
    /// When that event was recorded.
    pub recorded_at: Timestamp,
    /// The shape of the state.
    pub fingerprint: Fingerprint,
    /// The state.
    pub payload: Vec<u8>,
    /// CRC-32 of all of the above.
    pub checksum: u32,
}

impl Snapshot {
    /// A snapshot with its checksum.
    pub fn new(
        stream: StreamId,
        version: Version,
        recorded_at: Timestamp,
        fingerprint: Fingerprint,
        payload: Vec<u8>,
    ) -> Self {
        let mut snapshot = Self {
            stream,
            version,
            recorded_at,
            fingerprint,
            payload,
            checksum: 0,
        };
        snapshot.checksum = snapshot.computed_checksum();
        snapshot
    }

    /// The checksum its content should have.
    pub fn computed_checksum(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(self.stream.aggregate_type().as_bytes());
        hasher.update(&[0]);
        hasher.update(self.stream.aggregate_id().as_bytes());
        hasher.update(&self.version.get().to_le_bytes());
        hasher.update(&self.recorded_at.as_microsecond().to_le_bytes());
        hasher.update(&self.fingerprint.as_u64().to_le_bytes());
        hasher.update(&self.payload);
        hasher.finalize()
    }
}
