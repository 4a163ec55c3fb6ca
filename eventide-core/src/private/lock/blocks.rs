//! Finding blocks of a lock.

use eventide_lock::hash::fnv1a;

use super::Locked;
use crate::event::EventInfo;

/// Where the blocks of the event called by the name of that hash begin, and how many there are.
pub(super) const fn range(all: &[Locked], name_hash: u64) -> (usize, usize) {
    let (mut from, mut to) = (0, all.len());
    while from < to {
        let middle = from + (to - from) / 2;
        if let (_, [locked, ..]) = all.split_at(middle)
            && locked.name_hash < name_hash
        {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    let (_, mut rest) = all.split_at(from);
    let mut count = 0;
    while let [locked, more @ ..] = rest {
        if locked.name_hash != name_hash {
            break;
        }
        count += 1;
        rest = more;
    }
    (from, count)
}

/// Those blocks, from the oldest version on.
pub(super) const fn named(all: &'static [Locked], name_hash: u64) -> &'static [Locked] {
    let (from, count) = range(all, name_hash);
    let (_, blocks) = all.split_at(from);
    let (blocks, _) = blocks.split_at(count);
    blocks
}

/// The block of that version, by the name of that hash.
pub(super) const fn version(
    all: &'static [Locked],
    name_hash: u64,
    version: u32,
) -> Option<&'static Locked> {
    let mut blocks = named(all, name_hash);
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
