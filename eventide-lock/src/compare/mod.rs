//! What differs between two locks, and what that means for running programs and stored events.

mod change;
mod fit;
mod order;
mod refusal;
mod scalar;
mod shape;
mod tree;

use std::collections::BTreeMap;

pub use change::{Change, ChangeKind};
pub use order::{Compatibility, Order};
pub use refusal::{Refusal, RefusalReason};

use crate::{Block, Lock};

/// What differs between two locks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparison {
    /// The event versions that differ, sorted by event and version.
    pub differences: Vec<Difference>,
    refused: Vec<Refusal>,
}

/// One event version that is not in both locks, or not the same in both.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The event's stored name.
    pub event: String,
    /// The schema version.
    pub version: u32,
    /// What differs.
    pub kind: DifferenceKind,
}

/// What differs of one event version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// The old lock has no version of this event.
    NewEvent,
    /// The old lock has only lower versions of this event.
    NewVersion,
    /// The old lock has a higher version of this event, and not this one.
    OlderVersion,
    /// The new lock has other versions of this event, and not this one.
    VersionRemoved,
    /// The new lock has no version of this event.
    EventRemoved,
    /// The shape is not the same; sorted by path.
    Changed(Vec<Change>),
}

/// Compares two locks of one domain.
///
/// *Old data* are the payloads that a program of the old lock wrote, *old programs* those that were
/// built with it. Markers, goldens and the domain's name count only in [`Comparison::refused`].
///
/// ```
/// use eventide_lock::{Lock, Order, compare};
///
/// let head = "format 1\ndomain shop\nevent OrderPlaced 1\n  customer: uuid\n";
/// let old = Lock::parse(head)?;
/// let new = Lock::parse(&format!("{head}\nevent OrderPlaced 2\n  client: uuid\n"))?;
/// let comparison = compare(&old, &new);
/// assert_eq!(comparison.order(), Order::ReadersFirst);
/// assert!(comparison.refused().is_empty());
/// # Ok::<(), eventide_lock::ParseError>(())
/// ```
pub fn compare(old: &Lock, new: &Lock) -> Comparison {
    let (old, new) = (by_version(old), by_version(new));
    let mut comparison = Comparison::default();
    let mut keys: Vec<_> = old.keys().chain(new.keys()).copied().collect();
    keys.sort_unstable();
    keys.dedup();
    for (event, version) in keys {
        let key = (event, version);
        let others = |blocks: &BTreeMap<(&str, u32), &Block>, above: u32| {
            blocks
                .range((event, above)..=(event, u32::MAX))
                .next()
                .is_some()
        };
        let kind = match (old.get(&key), new.get(&key)) {
            (Some(old_block), Some(new_block)) => {
                let refused = refusal::of_changed(old_block, new_block, &old);
                comparison.refused.extend(refused);
                let changes = shape::changes(old_block, new_block);
                if changes.is_empty() {
                    continue;
                }
                DifferenceKind::Changed(changes)
            }
            (Some(old_block), None) => {
                comparison.refused.extend(refusal::of_removed(old_block));
                if others(&new, 0) {
                    DifferenceKind::VersionRemoved
                } else {
                    DifferenceKind::EventRemoved
                }
            }
            _ if !others(&old, 0) => DifferenceKind::NewEvent,
            _ if others(&old, version) => DifferenceKind::OlderVersion,
            _ => DifferenceKind::NewVersion,
        };
        comparison.differences.push(Difference {
            event: event.to_owned(),
            version,
            kind,
        });
    }
    comparison
}

fn by_version(lock: &Lock) -> BTreeMap<(&str, u32), &Block> {
    let blocks = lock.blocks.iter();
    blocks
        .map(|block| ((block.event.as_str(), block.version), block))
        .collect()
}

impl Comparison {
    /// What may not be accepted, whatever the order of deployment.
    pub fn refused(&self) -> &[Refusal] {
        &self.refused
    }

    /// What all differences together mean.
    pub fn compatibility(&self) -> Compatibility {
        self.differences
            .iter()
            .map(Difference::compatibility)
            .fold(Compatibility::BOTH, Compatibility::and)
    }

    /// The order in which to deploy the programs of the new lock.
    pub fn order(&self) -> Order {
        self.compatibility().order()
    }
}

impl Difference {
    /// What the difference means.
    pub fn compatibility(&self) -> Compatibility {
        match &self.kind {
            DifferenceKind::OlderVersion => Compatibility::BOTH,
            DifferenceKind::NewEvent | DifferenceKind::NewVersion => Compatibility::READS_OLD_DATA,
            DifferenceKind::VersionRemoved | DifferenceKind::EventRemoved => {
                Compatibility::READABLE_BY_OLD_PROGRAMS
            }
            DifferenceKind::Changed(changes) => changes
                .iter()
                .map(|change| change.compatibility)
                .fold(Compatibility::BOTH, Compatibility::and),
        }
    }

    /// Why it means that, in one short sentence; of a changed shape each [`Change`] says why.
    pub fn reason(&self) -> &'static str {
        match &self.kind {
            DifferenceKind::NewEvent => "old programs do not know the event and hold on it",
            DifferenceKind::NewVersion => {
                "old data are read through the upcaster; old programs hold on the new version"
            }
            DifferenceKind::OlderVersion => "more old data can be read; nothing new is written",
            DifferenceKind::VersionRemoved => "events of this version can no longer be read",
            DifferenceKind::EventRemoved => "no event of this name can be read any more",
            DifferenceKind::Changed(_) => "the shape is not the same",
        }
    }
}
