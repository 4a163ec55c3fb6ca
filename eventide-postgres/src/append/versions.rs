//! Which versions streams are known to have reached.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};
use std::mem;
use std::sync::OnceLock;

use eventide_core::{StreamId, Version};

/// A stream's address, hashed to 128 bits under keys of this process: two streams share one as rarely
/// as two events share an id. Short, so that looking one up does not walk through memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamKey(u64, u64);

/// It is a hash already.
impl Hash for StreamKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

/// Takes a hash as it is.
#[derive(Debug, Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

pub(crate) type KeyHasher = BuildHasherDefault<AsItIs>;

/// A set of streams.
pub(crate) type StreamKeys = HashSet<StreamKey, KeyHasher>;

type VersionMap = HashMap<StreamKey, Version, KeyHasher>;

impl StreamKey {
    pub(crate) fn of(stream: &StreamId) -> Self {
        static KEYS: OnceLock<[RandomState; 2]> = OnceLock::new();
        let [one, other] = KEYS.get_or_init(Default::default);
        Self(one.hash_one(stream), other.hash_one(stream))
    }
}

/// How many streams are remembered, twice.
const STREAMS: usize = 1 << 14;

/// The streams reached last. What was not reached for long is forgotten, a generation at a time.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    young: VersionMap,
    old: VersionMap,
}

impl Versions {
    pub(crate) fn get(&self, stream: StreamKey) -> Option<Version> {
        let young = self.young.get(&stream);
        young.or_else(|| self.old.get(&stream)).copied()
    }

    /// The stream has reached `version`; it never goes back.
    pub(crate) fn reached(&mut self, stream: StreamKey, version: Version) {
        if let Some(known) = self.young.get_mut(&stream) {
            *known = version.max(*known);
            return;
        }
        if self.young.len() >= STREAMS {
            self.old = mem::take(&mut self.young);
        }
        let known = self.old.get(&stream).copied().unwrap_or_default();
        self.young.insert(stream, version.max(known));
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn key(id: usize) -> StreamKey {
        StreamKey::of(&StreamId::new("Order", id.to_string()).unwrap())
    }

    #[test]
    fn the_streams_reached_last_are_known_and_those_of_long_ago_are_not() {
        let mut versions = Versions::default();
        for stream in 0..5 * STREAMS {
            versions.reached(key(stream), Version::new(2));
        }
        versions.reached(key(5 * STREAMS - 1), Version::new(1));
        let at = |stream| versions.get(key(stream));
        assert_eq!(at(5 * STREAMS - 1), Some(Version::new(2)));
        assert_eq!(at(4 * STREAMS), Some(Version::new(2)));
        assert_eq!(at(0), None);
        assert!(versions.young.len() + versions.old.len() <= 2 * STREAMS);
    }

    #[test]
    fn streams_are_told_apart() {
        let stream = |kind: &str, id: &str| StreamKey::of(&StreamId::new(kind, id).unwrap());
        assert_eq!(stream("a", "bc"), stream("a", "bc"));
        assert_ne!(stream("a", "bc"), stream("ab", "c"));
    }
}
