//! Slices of the keys, and how far each has come.

use std::fmt;
use std::num::NonZeroU16;

use eventide_lock::hash::fnv1a;

use crate::store::LogMark;

/// One 1024th of all keys. A key's slice never changes, so that a subscription can be divided
/// otherwise later without losing what it has done (after the slices of Akka Persistence).
///
/// ```
/// use eventide_core::subscription::Slice;
///
/// assert_eq!(Slice::of("order-1"), Slice::of("order-1"));
/// assert!(Slice::of("order-1").get() < Slice::COUNT);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slice(u16);

impl Slice {
    /// How many there are.
    pub const COUNT: u16 = 1024;

    /// The slice of a key.
    pub fn of(key: &str) -> Self {
        // The low bits of FNV-1a alone depend too little on the first characters.
        let hash = fnv1a(key.as_bytes());
        let folded = (hash ^ (hash >> 32)) % u64::from(Self::COUNT);
        Self(u16::try_from(folded).unwrap_or_default())
    }

    /// The slice of that number, if it is below [`COUNT`](Self::COUNT).
    pub const fn new(number: u16) -> Option<Self> {
        if number < Self::COUNT {
            Some(Self(number))
        } else {
            None
        }
    }

    /// Its number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// A range of slices, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slices {
    first: Slice,
    last: Slice,
}

impl Slices {
    /// All of them.
    pub const ALL: Self = Self {
        first: Slice(0),
        last: Slice(Slice::COUNT - 1),
    };

    /// From one to another; `None` if the last comes before the first.
    pub const fn new(first: Slice, last: Slice) -> Option<Self> {
        if first.0 <= last.0 {
            Some(Self { first, last })
        } else {
            None
        }
    }

    /// The first.
    pub const fn first(self) -> Slice {
        self.first
    }

    /// The last.
    pub const fn last(self) -> Slice {
        self.last
    }

    /// Whether the slice is one of them.
    pub const fn contains(self, slice: Slice) -> bool {
        self.first.0 <= slice.0 && slice.0 <= self.last.0
    }
}

impl fmt::Display for Slices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..={}", self.first.0, self.last.0)
    }
}

/// Into how many partitions a subscription is divided: from 1 to 256.
///
/// ```
/// use eventide_core::subscription::{PartitionCount, Slices};
///
/// let halves = PartitionCount::new(2).unwrap().ranges();
/// assert_eq!(halves.len(), 2);
/// assert_eq!(PartitionCount::ONE.ranges(), [Slices::ALL]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionCount(NonZeroU16);

impl PartitionCount {
    /// Not divided.
    pub const ONE: Self = Self(NonZeroU16::MIN);
    /// The most there can be.
    pub const MAX: u16 = 256;

    /// That many; `None` for 0 and above [`MAX`](Self::MAX).
    pub const fn new(count: u16) -> Option<Self> {
        match NonZeroU16::new(count) {
            Some(some) if count <= Self::MAX => Some(Self(some)),
            _ => None,
        }
    }

    /// How many.
    pub const fn get(self) -> u16 {
        self.0.get()
    }

    /// The slices of each partition, in order: as many in each, but for one more or less.
    pub fn ranges(self) -> Vec<Slices> {
        let count = u32::from(self.get());
        let all = u32::from(Slice::COUNT);
        let bound = |n: u32| u16::try_from(n * all / count).unwrap_or(Slice::COUNT);
        (0..count)
            .map(|n| Slices {
                first: Slice(bound(n)),
                last: Slice(bound(n + 1) - 1),
            })
            .collect()
    }
}

/// How far a range of slices has come: everything up to the mark is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// Which slices.
    pub slices: Slices,
    /// Up to where, and what stands there, so that a log that went back is noticed.
    pub mark: LogMark,
}

impl Checkpoint {
    /// That range at that mark.
    pub const fn new(slices: Slices, mark: LogMark) -> Self {
        Self { slices, mark }
    }

    /// The checkpoints of `old` divided anew, each range with the partition it belongs to. Ranges
    /// that came to different places stay apart, so that nothing is done twice or left out.
    pub fn divide(old: &[Self], count: PartitionCount) -> Vec<(u16, Self)> {
        let mut divided = Vec::new();
        for (partition, range) in (0..).zip(count.ranges()) {
            for checkpoint in old {
                let first = checkpoint.slices.first.max(range.first);
                let last = checkpoint.slices.last.min(range.last);
                let Some(slices) = Slices::new(first, last) else {
                    continue;
                };
                match divided.last_mut() {
                    Some((
                        of,
                        Self {
                            slices: before,
                            mark,
                        },
                    )) if *of == partition
                        && *mark == checkpoint.mark
                        && before.last.0 + 1 == first.0 =>
                    {
                        before.last = last;
                    }
                    _ => divided.push((partition, Self::new(slices, checkpoint.mark))),
                }
            }
        }
        divided
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::ids::{LogId, Position};

    fn mark(position: u64) -> LogMark {
        let log = LogId::from_uuid(Uuid::nil());
        LogMark::new(log, Position::from_raw(position), None)
    }

    fn place(checkpoints: &[(u16, Checkpoint)], slice: Slice) -> Vec<(u16, LogMark)> {
        let of = checkpoints.iter();
        of.filter(|(_, at)| at.slices.contains(slice))
            .map(|(partition, at)| (*partition, at.mark))
            .collect()
    }

    proptest! {
        #[test]
        fn every_slice_is_in_one_partition(count in 1..=PartitionCount::MAX) {
            let ranges = PartitionCount::new(count).unwrap().ranges();
            prop_assert_eq!(ranges.len(), usize::from(count));
            for slice in (0..Slice::COUNT).map(|n| Slice::new(n).unwrap()) {
                let of = ranges.iter().filter(|range| range.contains(slice)).count();
                prop_assert_eq!(of, 1);
            }
        }

        #[test]
        fn dividing_anew_moves_no_slice(counts in prop::collection::vec(1..40_u16, 1..5)) {
            let mut now = vec![(0, Checkpoint::new(Slices::ALL, mark(0)))];
            for (step, count) in counts.into_iter().enumerate() {
                let old: Vec<_> = now.iter().map(|(_, at)| *at).collect();
                let before = now.clone();
                let count = PartitionCount::new(count).unwrap();
                now = Checkpoint::divide(&old, count);
                let ranges = count.ranges();
                for slice in (0..Slice::COUNT).step_by(7).map(|n| Slice::new(n).unwrap()) {
                    let (was, is) = (place(&before, slice), place(&now, slice));
                    prop_assert_eq!(is.len(), 1);
                    prop_assert_eq!(is[0].1, was[0].1);
                    prop_assert!(ranges[usize::from(is[0].0)].contains(slice));
                }
                // Some partition goes on.
                let on = step as u64 + 1;
                for (partition, at) in &mut now {
                    if u64::from(*partition) % 2 == on % 2 {
                        at.mark = mark(on);
                    }
                }
            }
        }
    }

    #[test]
    fn what_came_equally_far_is_put_together_again() {
        let four = PartitionCount::new(4).unwrap();
        let all = [Checkpoint::new(Slices::ALL, mark(3))];
        let apart: Vec<_> = Checkpoint::divide(&all, four)
            .into_iter()
            .map(|it| it.1)
            .collect();
        assert_eq!(apart.len(), 4);
        assert_eq!(
            Checkpoint::divide(&apart, PartitionCount::ONE),
            [(0, all[0])]
        );
    }
}
