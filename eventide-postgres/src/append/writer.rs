//! The writer: takes batches, two at a time, and has them appended.

use std::sync::{Arc, Mutex, PoisonError};

use eventide_core::store::group_commit::{BatchWriter, Writing, Written};
use eventide_core::store::{AppendError, Appended};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::{Instrument, debug_span};

use super::appender::Appender;
use super::item::Item;
use super::versions::StreamKeys;

/// The verdict on one request.
pub(crate) type Verdict = Result<Appended, AppendError>;

/// What the writer is asked to do.
#[derive(Debug)]
pub(crate) enum Work {
    Append(Item),
    /// The last thing ever asked.
    Close,
}

/// The writer of a store.
#[derive(Debug)]
pub(crate) struct Writer {
    appender: Arc<Appender>,
    /// Where it writes when the caller's runtime has ended.
    runtime: Handle,
    /// Room for the batches under way.
    room: Arc<Semaphore>,
    /// Of the batch that was begun last.
    streams: Mutex<StreamKeys>,
}

/// So many batches are under way at a time: while the server writes the first, it takes the second one
/// apart, which then waits at the log's lock.
const UNDER_WAY: u32 = 2;

/// How a batch is written.
struct Place {
    /// Of the room; all of it, to be the only one under way.
    room: u32,
    /// To use a second connection.
    _turn: Option<OwnedSemaphorePermit>,
}

impl Writer {
    pub(crate) fn new(appender: Arc<Appender>) -> Self {
        Self {
            appender,
            runtime: Handle::current(),
            room: Arc::new(Semaphore::new(UNDER_WAY as usize)),
            streams: Mutex::default(),
        }
    }

    /// Where a batch of these streams is written: beside the one before, if there is a connection for
    /// it, and if they share no stream. Nobody overtakes an append to the same stream.
    fn place(&self, streams: StreamKeys, apart: bool) -> Place {
        let mut before = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.room.available_permits();
        let first = free == UNDER_WAY as usize && !apart;
        let turn = if !first && !apart && free > 0 && before.is_disjoint(&streams) {
            self.appender.link().turn_now()
        } else {
            None
        };
        *before = streams;
        Place {
            room: if first || turn.is_some() {
                1
            } else {
                UNDER_WAY
            },
            _turn: turn,
        }
    }
}

impl BatchWriter for Writer {
    type Work = Work;
    type Answer = Verdict;

    fn begin(&self, batch: Written<Self>) -> Writing<Self> {
        let appender = self.appender.clone();
        let span = debug_span!("write_batch", requests = batch.len());
        let keys = items(batch.work()).flat_map(|item| &item.keys).copied();
        let named = items(batch.work()).map(|item| item.keys.len()).sum();
        let streams: StreamKeys = keys.collect();
        let recurs = streams.len() < named;
        let measure = appender.pace().is_due(batch.len());
        let closes = matches!(batch.work().last(), Some(Work::Close));
        let place = self.place(streams, measure || closes);
        let room = self.room.clone().acquire_many_owned(place.room);
        let write = async move {
            // It is never closed.
            let _room = room.await;
            let items: Vec<&Item> = items(batch.work()).collect();
            let verdicts = if measure {
                appender.write_and_measure(&items, recurs).await
            } else {
                appender.write(&items, recurs).await
            };
            drop(place);
            // A `Close` has no verdict: whoever asked is told by the lack of one.
            Some(batch.answer(verdicts, appender.pace().commit()))
        };
        Box::pin(write.instrument(span))
    }

    fn finish(&self, writing: Writing<Self>) {
        let runtime = Handle::try_current().unwrap_or_else(|_| self.runtime.clone());
        runtime.spawn(writing);
    }

    fn has_own_thread(&self) -> bool {
        false
    }

    fn weight(&self, work: &Work) -> u32 {
        match work {
            Work::Append(item) => item.weight,
            Work::Close => 1,
        }
    }
}

/// What is to be appended.
fn items(work: &[Work]) -> impl Iterator<Item = &Item> {
    work.iter().filter_map(|work| match work {
        Work::Append(item) => Some(item),
        Work::Close => None,
    })
}

/// A full batch is not larger than this many times 4 KiB.
pub(crate) const BATCH_WEIGHT: u64 = 4096;
