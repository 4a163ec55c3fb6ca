//! Pages: bounded in events and in bytes.

use eventide_core::RecordedEvent;

/// A page ends early rather than hold more payload than this.
const MAX_BYTES: usize = 8 << 20;

/// Events being collected.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) events: Vec<RecordedEvent>,
    limit: usize,
    bytes: usize,
}

impl Page {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            events: Vec::new(),
            limit,
            bytes: 0,
        }
    }

    /// Whether no further event fits. An empty page has room, however large the event.
    pub(crate) fn is_full(&self) -> bool {
        self.events.len() >= self.limit || self.bytes >= MAX_BYTES
    }

    pub(crate) fn push(&mut self, event: RecordedEvent) {
        self.bytes = self.bytes.saturating_add(event.payload.len());
        self.events.push(event);
    }
}
