//! A log of orders whose events come in an order nobody can foresee.

use eventide::event::EventSet;
use uuid::Uuid;

use crate::samples;

/// An event of the log, as its row.
pub(crate) struct Happened {
    pub(crate) position: i64,
    pub(crate) order: String,
    pub(crate) version: i64,
    pub(crate) event_type: &'static str,
    pub(crate) payload: String,
    pub(crate) event_id: Uuid,
    pub(crate) command_id: Uuid,
}

/// When the first event was recorded, in microseconds since 1970; each next one a millisecond later.
pub(crate) const BEGAN: i64 = 1_700_000_000_000_000;

/// `events` events of `orders` orders, of each about as many.
pub(crate) fn history(events: u64, orders: u64) -> impl Iterator<Item = Happened> {
    let mut versions = vec![0; usize::try_from(orders).unwrap()];
    (1..=events).map(move |n| {
        let order = mixed(n) % orders;
        let version = &mut versions[usize::try_from(order).unwrap()];
        *version += 1;
        let event = samples::event(n);
        Happened {
            position: n.cast_signed(),
            order: order.to_string(),
            version: *version,
            event_type: event.info().name,
            payload: String::from_utf8(event.encode().unwrap()).unwrap(),
            event_id: id(n, 1),
            command_id: id(n, 2),
        }
    })
}

/// The last step of `SplitMix64`.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// A version 7 id: the time in front, so that ids come in order, and random behind.
fn id(n: u64, kind: u64) -> Uuid {
    let milliseconds = BEGAN.unsigned_abs() / 1_000 + n;
    let high = (milliseconds << 16) | 0x7000 | kind;
    Uuid::from_u64_pair(high, (mixed(n + kind) >> 2) | (1 << 63))
}
