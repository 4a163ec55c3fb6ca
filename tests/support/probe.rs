//! A store around a store: counts what it is asked, and fails when told to.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use eventide::snapshot::Snapshot;
use eventide::store::{
    AppendError, AppendRequest, Appended, EventStore, HandledCommand, LogPage, LogQuery,
    MemoryStore, SeenVersion, SnapshotStore, StoreError, StoreErrorKind, StreamPage, StreamQuery,
    VersionCount,
};
use eventide::{CommandId, LogId, Position, StreamId, Version};
use tokio::sync::Semaphore;

/// What a store can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    Append,
    ReadStream,
    StreamVersion,
    ReadLog,
    Head,
    HandledCommands,
    SeenVersions,
    CountVersions,
    LogId,
    LoadSnapshot,
    SaveSnapshot,
    DeleteSnapshot,
}

/// A handle; clones share everything.
#[derive(Debug, Clone)]
pub struct Probe<S = MemoryStore>(Arc<Inner<S>>);

#[derive(Debug)]
struct Inner<S> {
    store: Mutex<S>,
    calls: Mutex<HashMap<Call, u64>>,
    events_read: AtomicU64,
    /// What goes wrong once: an error, or a panic.
    once: Mutex<Vec<(Call, Option<StoreErrorKind>)>>,
    always: Mutex<HashMap<Call, StoreErrorKind>>,
    intruders: Mutex<Vec<AppendRequest>>,
    lost: AtomicU64,
    gates: Mutex<HashMap<Call, Arc<Gate>>>,
}

/// Where held calls wait.
#[derive(Debug)]
pub struct Gate {
    arrived: Semaphore,
    open: Semaphore,
}

impl Gate {
    /// Waits until one more has come to the gate.
    pub async fn arrived(&self) {
        super::in_time("a held call", self.arrived.acquire())
            .await
            .unwrap()
            .forget();
    }

    /// Lets all pass, those to come as well.
    pub fn open(&self) {
        self.open.close();
    }
}

impl Probe {
    pub fn new() -> Self {
        Self::around(MemoryStore::new())
    }
}

impl<S: Clone> Probe<S> {
    pub fn around(store: S) -> Self {
        Self(Arc::new(Inner {
            store: Mutex::new(store),
            calls: Mutex::default(),
            events_read: AtomicU64::new(0),
            once: Mutex::default(),
            always: Mutex::default(),
            intruders: Mutex::default(),
            lost: AtomicU64::new(0),
            gates: Mutex::default(),
        }))
    }

    /// The store underneath, not watched.
    pub fn inner(&self) -> S {
        self.0.store.lock().unwrap().clone()
    }

    /// Puts another store in its place, as another file can be put in the place of one.
    pub fn replace(&self, store: S) {
        *self.0.store.lock().unwrap() = store;
    }

    pub fn count(&self, call: Call) -> u64 {
        self.0
            .calls
            .lock()
            .unwrap()
            .get(&call)
            .copied()
            .unwrap_or(0)
    }

    /// How many events were given out by reading streams.
    pub fn events_read(&self) -> u64 {
        self.0.events_read.load(Ordering::SeqCst)
    }

    /// Counts from zero again.
    pub fn reset(&self) {
        self.0.calls.lock().unwrap().clear();
        self.0.events_read.store(0, Ordering::SeqCst);
    }

    /// Fails the next such call, which then does nothing.
    pub fn fail_next(&self, call: Call, kind: StoreErrorKind) {
        self.0.once.lock().unwrap().push((call, Some(kind)));
    }

    /// Panics at the next such call.
    pub fn panic_next(&self, call: Call) {
        self.0.once.lock().unwrap().push((call, None));
    }

    /// Fails every such call from now on.
    pub fn fail_always(&self, call: Call, kind: StoreErrorKind) {
        self.0.always.lock().unwrap().insert(call, kind);
    }

    /// Appends `request` behind everybody's back just before the next append.
    pub fn intrude(&self, request: AppendRequest) {
        self.0.intruders.lock().unwrap().insert(0, request);
    }

    /// Does the next `appends`, and reports that it is not known whether they were done.
    pub fn lose_acknowledgements(&self, appends: u64) {
        self.0.lost.store(appends, Ordering::SeqCst);
    }

    /// Holds all such calls at a gate from now on.
    pub fn hold(&self, call: Call) -> Arc<Gate> {
        let gate = Arc::new(Gate {
            arrived: Semaphore::new(0),
            open: Semaphore::new(0),
        });
        self.0.gates.lock().unwrap().insert(call, Arc::clone(&gate));
        gate
    }

    async fn pass(&self, call: Call) {
        let gate = self.0.gates.lock().unwrap().get(&call).cloned();
        if let Some(gate) = gate {
            gate.arrived.add_permits(1);
            // An error says that the gate is open.
            drop(gate.open.acquire().await);
        }
    }

    fn called(&self, call: Call) -> Result<(), StoreError> {
        *self.0.calls.lock().unwrap().entry(call).or_default() += 1;
        let mut once = self.0.once.lock().unwrap();
        let planned = once.iter().position(|(planned, _)| *planned == call);
        let planned = planned.map(|at| once.remove(at).1);
        drop(once);
        let kind = match planned {
            Some(None) => panic!("{call:?} was told to panic"),
            Some(kind) => kind,
            None => self.0.always.lock().unwrap().get(&call).copied(),
        };
        let message = format!("{call:?} was told to fail");
        kind.map_or(Ok(()), |kind| Err(StoreError::new(kind, message)))
    }
}

#[async_trait]
impl<S: EventStore + Clone> EventStore for Probe<S> {
    async fn append(&self, request: AppendRequest) -> Result<Appended, AppendError> {
        self.pass(Call::Append).await;
        self.called(Call::Append)?;
        let intruder = self.0.intruders.lock().unwrap().pop();
        if let Some(intruder) = intruder {
            self.inner().append(intruder).await?;
        }
        let appended = self.inner().append(request).await?;
        let lost = |left: u64| left.checked_sub(1);
        if self
            .0
            .lost
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, lost)
            .is_ok()
        {
            return Err(StoreError::new(StoreErrorKind::Unknown, "the connection broke").into());
        }
        Ok(appended)
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        self.called(Call::ReadStream)?;
        let page = self.inner().read_stream(stream, query).await?;
        self.0
            .events_read
            .fetch_add(page.events.len() as u64, Ordering::SeqCst);
        Ok(page)
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, StoreError> {
        self.pass(Call::StreamVersion).await;
        self.called(Call::StreamVersion)?;
        self.inner().stream_version(stream).await
    }

    async fn read_log(&self, query: LogQuery) -> Result<LogPage, StoreError> {
        self.called(Call::ReadLog)?;
        self.inner().read_log(query).await
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.called(Call::Head)?;
        self.inner().head().await
    }

    async fn handled_commands(&self, ids: &[CommandId]) -> Result<Vec<HandledCommand>, StoreError> {
        self.called(Call::HandledCommands)?;
        self.inner().handled_commands(ids).await
    }

    async fn seen_versions(&self, aggregate_type: &str) -> Result<Vec<SeenVersion>, StoreError> {
        self.called(Call::SeenVersions)?;
        self.inner().seen_versions(aggregate_type).await
    }

    async fn count_versions(&self) -> Result<Vec<VersionCount>, StoreError> {
        self.called(Call::CountVersions)?;
        self.inner().count_versions().await
    }

    async fn log_id(&self) -> Result<LogId, StoreError> {
        self.called(Call::LogId)?;
        self.inner().log_id().await
    }
}

#[async_trait]
impl<S: SnapshotStore + Clone> SnapshotStore for Probe<S> {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.called(Call::LoadSnapshot)?;
        self.inner().load_snapshot(stream).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        self.called(Call::SaveSnapshot)?;
        self.inner().save_snapshot(snapshot).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), StoreError> {
        self.called(Call::DeleteSnapshot)?;
        self.inner().delete_snapshot(stream).await
    }
}
