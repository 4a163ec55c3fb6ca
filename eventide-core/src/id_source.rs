//! Where fresh ids come from.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// A source of fresh ids. Everything in eventide that names something new asks one.
pub trait IdSource: fmt::Debug + Send + Sync {
    /// An id never given before: a UUID v7.
    fn next_uuid(&self) -> Uuid;
}

/// Real UUIDs v7 (RFC 9562): time-ordered, so that indexes over them grow at one end.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn next_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// Ids that count up from one: for tests. They are well-formed UUIDs v7 of the year 1970.
///
/// ```
/// use eventide_core::id_source::{CountingIds, IdSource};
///
/// let ids = CountingIds::default();
/// assert_eq!(ids.next_uuid().to_string(), "00000000-0000-7000-8000-000000000001");
/// assert_eq!(ids.next_uuid().to_string(), "00000000-0000-7000-8000-000000000002");
/// ```
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn next_uuid(&self) -> Uuid {
        let n = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u128((0x7 << 76) | (0x8 << 60) | u128::from(n & ((1 << 60) - 1)))
    }
}
