//! For writers of stores: from rows to pages of events.

use std::sync::Arc;

use crate::envelope::RecordedEvent;
use crate::stream::{InvalidStreamId, StreamId};

/// A page ends early rather than hold more payload than this.
const MAX_BYTES: usize = 8 << 20;

/// A page with more events than this will mostly be full: it grows to its size at once.
const FEW: usize = 256;

/// Events being collected into a page, bounded in number and in bytes.
#[derive(Debug)]
pub struct PageBuilder {
    events: Vec<RecordedEvent>,
    limit: usize,
    bytes: usize,
}

impl PageBuilder {
    /// For at most `limit` events.
    pub fn new(limit: usize) -> Self {
        Self {
            events: Vec::new(),
            limit,
            bytes: 0,
        }
    }

    /// Whether no further event fits. An empty page has room, however large the event.
    pub fn is_full(&self) -> bool {
        self.events.len() >= self.limit || self.bytes >= MAX_BYTES
    }

    /// Adds an event.
    pub fn push(&mut self, event: RecordedEvent) {
        self.bytes = self.bytes.saturating_add(event.payload.len());
        if self.events.len() == FEW {
            self.events.reserve_exact(self.limit.saturating_sub(FEW));
        }
        self.events.push(event);
    }

    /// The event added last.
    pub fn last(&self) -> Option<&RecordedEvent> {
        self.events.last()
    }

    /// The events, in the order they were added.
    pub fn into_events(self) -> Vec<RecordedEvent> {
        self.events
    }
}

/// Names kept; a log rarely has more in one page.
const NAMES: usize = 32;

/// The names in neighbouring rows, each kept once: neighbours share them.
#[derive(Debug, Default)]
pub struct Names {
    event_types: Vec<Arc<str>>,
    aggregate_type: Option<Arc<str>>,
    stream: Option<StreamId>,
}

impl Names {
    /// For rows of one stream.
    pub fn of_stream(stream: &StreamId) -> Self {
        Self {
            stream: Some(stream.clone()),
            ..Self::default()
        }
    }

    /// The event type of this name.
    pub fn event_type(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.event_types.iter().find(|known| ***known == *name) {
            return known.clone();
        }
        let name: Arc<str> = name.into();
        if self.event_types.len() < NAMES {
            self.event_types.push(name.clone());
        }
        name
    }

    /// The stream at this address.
    ///
    /// # Errors
    /// It is no address of a stream.
    pub fn stream(
        &mut self,
        aggregate_type: &str,
        aggregate_id: &str,
    ) -> Result<StreamId, InvalidStreamId> {
        match &self.stream {
            Some(last)
                if last.aggregate_id() == aggregate_id
                    && last.aggregate_type() == aggregate_type =>
            {
                Ok(last.clone())
            }
            _ => {
                let known = self.aggregate_type.take();
                let known = known.filter(|known| **known == *aggregate_type);
                let aggregate_type = known.unwrap_or_else(|| aggregate_type.into());
                self.aggregate_type = Some(aggregate_type.clone());
                let stream = StreamId::new(aggregate_type, aggregate_id)?;
                self.stream = Some(stream.clone());
                Ok(stream)
            }
        }
    }
}
