//! What a process knows of a store without asking: what it was acknowledged. What it reads is left
//! out: after a log went back and grew again, that would hide the loss.

use std::num::NonZeroUsize;

use eventide_core::store::ExpectedVersion;
use eventide_core::{EventId, Position, StreamId, Version};
use lru::LruCache;

use super::verdict::Judged;
use crate::schema_versions::Known;

/// How many streams' versions are remembered.
const STREAMS: NonZeroUsize = match NonZeroUsize::new(1 << 14) {
    Some(streams) => streams,
    None => NonZeroUsize::MIN,
};

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
    /// By the constraints of the tables, while they are written: if one does not stand, nothing of
    /// the call is written. Most requests stand, and most looks would be in vain.
    ByWriting,
    /// By a look at each stream and command first: each gets its own verdict.
    ByLooking,
}

/// What is known to be committed.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) shapes: Known,
    pub(crate) head: KnownHead,
    versions: LruCache<StreamId, Version>,
    looks: u32,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            shapes: Known::default(),
            head: KnownHead::default(),
            versions: LruCache::new(STREAMS),
            looks: 0,
        }
    }
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
    pub(crate) fn has_reached(&self, stream: &StreamId, expected: ExpectedVersion) -> bool {
        match expected {
            ExpectedVersion::Any => false,
            ExpectedVersion::Exact(Version::ZERO) => true,
            ExpectedVersion::Exact(version) => {
                self.versions.peek(stream).is_some_and(|at| *at >= version)
            }
        }
    }

    /// This was committed, and with it the shapes that were not known to be noted, if it has any.
    pub(crate) fn committed(&mut self, judged: &Judged<'_>, notes_shapes: bool) {
        for (part, version) in judged.versions() {
            if notes_shapes {
                for event in &part.events {
                    self.shapes.add(&part.stream, event);
                }
            }
            self.reached(&part.stream, version);
        }
        if let Some(head) = judged.known_head() {
            self.raise(head);
        }
    }

    fn reached(&mut self, stream: &StreamId, version: Version) {
        match self.versions.get_mut(stream) {
            Some(at) => *at = version.max(*at),
            None => {
                self.versions.put(stream.clone(), version);
            }
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
