//! What may not be accepted.

use std::{collections::BTreeMap, fmt};

use crate::{Block, Golden};

/// Something that may not be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The event's stored name.
    pub event: String,
    /// The schema version.
    pub version: u32,
    /// Why.
    pub reason: RefusalReason,
}

/// Why something may not be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalReason {
    /// The shape of a published block is another.
    PublishedChanged,
    /// A published block is gone.
    PublishedRemoved,
    /// A published block is no longer marked so.
    MarkerRemoved,
    /// A golden is gone, or its payload is another.
    GoldenRemoved {
        /// The payload.
        payload: String,
    },
    /// What a golden is read as is another, though it is read as the same published versions.
    GoldenReadOtherwise {
        /// The payload.
        payload: String,
    },
}

impl RefusalReason {
    /// One word for programs, such as `published_changed`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::PublishedChanged => "published_changed",
            Self::PublishedRemoved => "published_removed",
            Self::MarkerRemoved => "marker_removed",
            Self::GoldenRemoved { .. } => "golden_removed",
            Self::GoldenReadOtherwise { .. } => "golden_read_otherwise",
        }
    }
}

/// What is refused, and what to do instead.
impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PublishedChanged => f.write_str(
                "is published and has changed: keep it as it was, and declare the change as a new version",
            ),
            Self::PublishedRemoved => f.write_str(
                "is published and is gone: keep it, such events may be stored (an event that is no longer emitted is `retired`)",
            ),
            Self::MarkerRemoved => {
                f.write_str("is no longer marked `published`: put the mark back, it is for good")
            }
            Self::GoldenRemoved { payload } => {
                write!(f, "has lost a golden: put it back, goldens are only added: {payload}")
            }
            Self::GoldenReadOtherwise { payload } => write!(
                f,
                "has a golden that is read otherwise than it was: mend the step it is read through: {payload}"
            ),
        }
    }
}

/// What is refused of a version that both locks have.
pub(super) fn of_changed(
    old: &Block,
    new: &Block,
    old_blocks: &BTreeMap<(&str, u32), &Block>,
) -> Vec<Refusal> {
    let changed = old.hash() != new.hash();
    let mut reasons = Vec::new();
    if old.published && changed {
        reasons.push(RefusalReason::PublishedChanged);
    }
    if old.published && !new.published {
        reasons.push(RefusalReason::MarkerRemoved);
    }
    // The goldens of a shape that was never published and is no more would not decode.
    let may_lose_goldens = changed && !old.published;
    for golden in &old.goldens {
        let payload = || golden.payload.clone();
        let mut kept = new
            .goldens
            .iter()
            .filter(|kept| kept.payload == golden.payload)
            .peekable();
        if kept.peek().is_none() {
            if !may_lose_goldens {
                reasons.push(RefusalReason::GoldenRemoved { payload: payload() });
            }
        } else if !kept.any(|kept| is_read_alike(golden, kept, old_blocks)) {
            reasons.push(RefusalReason::GoldenReadOtherwise { payload: payload() });
        }
    }
    reasons.into_iter().map(|reason| of(old, reason)).collect()
}

/// What is refused of a version that only the old lock has.
pub(super) fn of_removed(old: &Block) -> Option<Refusal> {
    old.published
        .then(|| of(old, RefusalReason::PublishedRemoved))
}

fn of(block: &Block, reason: RefusalReason) -> Refusal {
    Refusal {
        event: block.event.clone(),
        version: block.version,
        reason,
    }
}

/// A golden is read as another version once there is one, and as something else of a version that
/// may still change; what it is read as of a published version stays.
fn is_read_alike(old: &Golden, new: &Golden, old_blocks: &BTreeMap<(&str, u32), &Block>) -> bool {
    let (Some(old), Some(new)) = (&old.reads, &new.reads) else {
        return old.reads.is_none();
    };
    let targets_published = || {
        old.iter().all(|reading| {
            let target = old_blocks.get(&(reading.event.as_str(), reading.version));
            target.is_some_and(|block| block.published)
        })
    };
    let same_targets = || {
        let target = |reading: &crate::Reading| (reading.event.clone(), reading.version);
        old.iter().map(target).eq(new.iter().map(target))
    };
    old == new || !same_targets() || !targets_published()
}
