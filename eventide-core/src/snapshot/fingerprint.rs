//! What tells one shape of an aggregate's state from another.

use std::fmt;

use serde::de::DeserializeOwned;

/// A hash of a state's shape. Two programs whose states could misread each other's snapshots have
/// different ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Takes a stored number as a fingerprint.
    pub const fn from_u64(hash: u64) -> Self {
        Self(hash)
    }

    /// The number to store.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The fingerprint of `T`.
    pub(super) fn of<T: DeserializeOwned>(declared: u64) -> Self {
        Self(declared)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({:016x})", self.0)
    }
}
