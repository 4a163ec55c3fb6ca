//! Finding blocks of a lock.

use eventide_lock::hash::fnv1a;

use super::{LockFile, Locked};
use crate::event::EventInfo;

/// Where the blocks of the event called by the name of that hash begin, and how many there are.
pub(super) const fn range(lock: &LockFile, name_hash: u64) -> (usize, usize) {
    let Some(mut from) = lock.first(name_hash.to_be_bytes()) else {
        return (0, 0);
    };
    let (_, mut rest) = lock.events.split_at(from);
    let mut count = 0;
    while let [locked, more @ ..] = rest {
        if locked.name_hash > name_hash {
            break;
        }
        if locked.name_hash < name_hash {
            from += 1;
        } else {
            count += 1;
        }
        rest = more;
    }
    (from, count)
}

/// Those blocks, from the oldest version on.
pub(super) const fn named(lock: &LockFile, name_hash: u64) -> &'static [Locked] {
    let (from, count) = range(lock, name_hash);
    let (_, blocks) = lock.events.split_at(from);
    let (blocks, _) = blocks.split_at(count);
    blocks
}

/// The block of that version, by the name of that hash.
pub(super) const fn version(
    lock: &LockFile,
    name_hash: u64,
    version: u32,
) -> Option<&'static Locked> {
    let mut blocks = named(lock, name_hash);
    while let [locked, rest @ ..] = blocks {
        if locked.version == version {
            return Some(locked);
        }
        blocks = rest;
    }
    None
}

/// An event's names on their way through a check: the present one, then those before.
pub(super) struct Names {
    next: Option<u64>,
    was: &'static [&'static str],
}

impl Names {
    pub(super) const fn of(info: &EventInfo) -> Self {
        Self {
            next: Some(info.name_hash),
            was: info.was,
        }
    }

    /// The hash of the next name.
    pub(super) const fn next(&mut self) -> Option<u64> {
        let next = self.next.take();
        if let [name, rest @ ..] = self.was {
            self.next = Some(fnv1a(name.as_bytes()));
            self.was = rest;
        }
        next
    }
}
