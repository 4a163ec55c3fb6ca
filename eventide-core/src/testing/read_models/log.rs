//! A log that is written event by event.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::aggregate::{Aggregate, BoxError};
use crate::envelope::NewEvent;
use crate::event::{Event, EventSet};
use crate::id_source::{CountingIds, IdSource};
use crate::ids::{CommandId, EventId};
use crate::metadata::Metadata;
use crate::schema::encode;
use crate::store::{AppendRequest, EventStore, ExpectedVersion, MemoryStore, Store, StreamAppend};
use crate::stream::StreamId;
use crate::testing::block_on::block_on;
use crate::testing::decide::standing_clock;
use crate::time::FixedClock;

type Change = Box<dyn Fn(&mut Metadata)>;

/// A log in memory, with a clock that is moved by hand.
pub(super) struct Log {
    store: MemoryStore,
    clock: Arc<FixedClock>,
    ids: CountingIds,
    appends: u32,
    changes: Vec<Change>,
}

impl Log {
    pub(super) fn new() -> Self {
        let clock = Arc::new(standing_clock());
        Self {
            store: MemoryStore::with_clock(clock.clone()),
            clock,
            ids: CountingIds::default(),
            appends: 0,
            changes: Vec::new(),
        }
    }

    pub(super) fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.store.clone())
    }

    pub(super) fn set_clock(&self, time: Timestamp) {
        self.clock.set(time);
    }

    pub(super) fn later(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(super) fn change(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Appends events that belong together.
    pub(super) fn append<A: Aggregate>(
        &mut self,
        stream: StreamId,
        events: &[A::Event],
    ) -> Result<(), BoxError> {
        let metadata = self.metadata();
        let mut new = Vec::with_capacity(events.len());
        for event in events {
            let info = event.info();
            new.push(NewEvent {
                id: EventId::from_uuid(self.ids.next_uuid()),
                event_type: Arc::from(info.name),
                schema_version: info.schema_version,
                payload: event.encode()?,
                metadata: metadata.clone(),
                tags: event.tags()?,
            });
        }
        self.append_new(stream, new)
    }

    /// Appends an event as some program wrote it.
    pub(super) fn append_stored<E: Event>(
        &mut self,
        stream: StreamId,
        event: &E,
    ) -> Result<(), BoxError> {
        let new = NewEvent {
            id: EventId::from_uuid(self.ids.next_uuid()),
            event_type: Arc::from(E::INFO.name),
            schema_version: E::INFO.schema_version,
            payload: encode(event)?,
            metadata: self.metadata(),
            tags: Vec::new(),
        };
        self.append_new(stream, vec![new])
    }

    fn metadata(&mut self) -> Metadata {
        self.appends += 1;
        let command_id = CommandId::derived("given, then", "events").nth(self.appends);
        let mut metadata = Metadata::of_command(command_id);
        for change in &self.changes {
            change(&mut metadata);
        }
        metadata
    }

    fn append_new(&self, stream: StreamId, events: Vec<NewEvent>) -> Result<(), BoxError> {
        if events.is_empty() {
            return Ok(());
        }
        let append = StreamAppend {
            stream,
            expected: ExpectedVersion::Any,
            events,
            commands: Vec::new(),
        };
        block_on(self.store.append(AppendRequest::to(append)))?;
        Ok(())
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
