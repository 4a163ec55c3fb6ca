//! Which blocks the new lock has.

use std::collections::BTreeMap;

use eventide_lock::{Block, Lock};

use crate::schema::lock::describe::lines;
use crate::schema::lock::program::{Program, WayKind};

/// The blocks of the new lock, and those that are not in it any more.
pub(super) struct Drafts {
    pub(super) drafts: Vec<Draft>,
    pub(super) lost: Vec<Lost>,
}

/// A block of the new lock, with the goldens of the old one.
pub(super) struct Draft {
    pub(super) block: Block,
    /// Its shape is not that of the old lock.
    pub(super) is_reshaped: bool,
}

/// A block of the old lock that the program does not read.
pub(super) struct Lost {
    pub(super) block: Block,
    pub(super) why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// No event is stored by its name.
    EventRemoved,
    /// The version is above the program's.
    Newer,
    /// The event's chain begins above it.
    NoStep,
}

impl Drafts {
    pub(super) fn of<S: Send + Sync + 'static>(
        old: &Lock,
        described: Lock,
        program: &Program<S>,
    ) -> Self {
        let fresh = described.blocks.into_iter().map(|block| {
            let key = (block.event.clone(), block.version);
            let is_reshaped = false;
            (key, Draft { block, is_reshaped })
        });
        let mut drafts: BTreeMap<(String, u32), Draft> = fresh.collect();
        let mut lost = Vec::new();
        for old in &old.blocks {
            let key = (old.event.clone(), old.version);
            let lines = if let Some(draft) = drafts.remove(&key) {
                draft.block.lines
            } else {
                match program.way(&old.event, old.version).map(|way| way.kind) {
                    Some(WayKind::Typed(info)) => lines(info),
                    Some(WayKind::Raw) => old.lines.clone(),
                    Some(WayKind::Newer) => {
                        lost.push(Lost::new(old, Why::Newer));
                        continue;
                    }
                    Some(WayKind::Below) => {
                        lost.push(Lost::new(old, Why::NoStep));
                        continue;
                    }
                    None => {
                        lost.push(Lost::new(old, Why::EventRemoved));
                        continue;
                    }
                }
            };
            let block = Block {
                lines,
                ..old.clone()
            };
            let is_reshaped = block.hash() != old.hash();
            drafts.insert(key, Draft { block, is_reshaped });
        }
        Self {
            drafts: drafts.into_values().collect(),
            lost,
        }
    }
}

impl Lost {
    fn new(block: &Block, why: Why) -> Self {
        Self {
            block: block.clone(),
            why,
        }
    }

    /// A version that was never published may go; a whole event does not without a word.
    pub(super) fn may_be_dropped(&self) -> bool {
        !self.block.published && self.why != Why::EventRemoved
    }
}

/// The lock of these blocks.
pub(super) fn lock(domain: &str, drafts: &[Draft]) -> Lock {
    Lock {
        domain: domain.to_owned(),
        blocks: drafts.iter().map(|draft| draft.block.clone()).collect(),
    }
}

/// The program's lock, with everything of `old` that the program still reads.
pub(in crate::schema::lock) fn kept<S: Send + Sync + 'static>(
    old: &Lock,
    described: Lock,
    program: &Program<S>,
) -> Lock {
    let domain = described.domain.clone();
    lock(&domain, &Drafts::of(old, described, program).drafts)
}
