//! What a process knows of a store without asking: what it was acknowledged. What it reads is left
//! out: after a log went back and grew again, that would hide the loss.

use eventide_core::store::ExpectedVersion;
use eventide_core::{EventId, Position, Version};

use super::verdict::Judged;
use super::versions::{StreamKey, Versions};
use crate::schema_versions::Known;

/// So many calls look at everything after one in which a constraint objected: where somebody else
/// appends to the same streams, or commands are repeated, a look costs less than a call in vain.
const LOOKS: u32 = 32;

/// A place the log is known to have reached, and the event there.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KnownHead {
    pub(crate) position: Position,
    pub(crate) event: Option<EventId>,
}

/// How requests are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judging {
    /// By the constraints and types of the tables, while they are written: if one does not stand,
    /// nothing of the call is written. Most requests stand, and most looks would be in vain.
    ByWriting,
    /// By a look at each stream, command and payload first: each gets its own verdict.
    ByLooking,
}

/// What is known to be committed.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) shapes: Known,
    pub(crate) head: KnownHead,
    versions: Versions,
    looks: u32,
}

impl Memory {
    /// How the next call is to judge.
    pub(crate) fn judging(&mut self) -> Judging {
        if self.looks == 0 {
            return Judging::ByWriting;
        }
        self.looks -= 1;
        Judging::ByLooking
    }

    /// A request did not stand, and that took a call in vain.
    pub(crate) fn doubt(&mut self) {
        self.looks = LOOKS;
    }

    /// Whether `stream` is known to have been at the version that is expected of it.
    pub(crate) fn has_reached(&self, stream: StreamKey, expected: ExpectedVersion) -> bool {
        match expected {
            ExpectedVersion::Any => false,
            ExpectedVersion::Exact(Version::ZERO) => true,
            ExpectedVersion::Exact(version) => {
                self.versions.get(stream).is_some_and(|at| at >= version)
            }
        }
    }

    /// This was committed, and with it the shapes that were not known to be noted, if it has any.
    pub(crate) fn committed(&mut self, judged: &Judged<'_>, notes_shapes: bool) {
        let keys = judged.item.keys.iter();
        for ((part, version), key) in judged.versions().zip(keys) {
            if notes_shapes {
                for event in &part.events {
                    self.shapes.add(&part.stream, event);
                }
            }
            self.versions.reached(*key, version);
        }
        if let Some(head) = judged.known_head() {
            self.raise(head);
        }
    }

    /// The log has reached `head`.
    pub(crate) fn raise(&mut self, head: KnownHead) {
        if head.position > self.head.position {
            self.head = head;
        }
    }

    /// The server may have been replaced by one that knows less.
    pub(crate) fn forget(&mut self) {
        self.shapes.forget();
        self.versions.clear();
    }
}
