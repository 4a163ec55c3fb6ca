//! A store in memory with one fault.

use std::sync::Arc;

use async_trait::async_trait;
use eventide_core::snapshot::Snapshot;
use eventide_core::store::conformance::Tampered;
use eventide_core::store::transfer::{ImportError, TransferStore};
use eventide_core::store::{
    AppendError, AppendRequest, AppendStep, Appended, EventStore, HandledCommand, LogPage,
    LogQuery, MemoryStore, PageSize, SeenVersion, SnapshotStore, StoreError, StreamPage,
    StreamQuery, SubscriptionStore, VersionCount,
};
use eventide_core::{CommandId, LogId, Position, RecordedEvent, StreamId, Version};
use futures_util::future::BoxFuture;

use crate::side::Side;

pub(crate) type Hook<A, B> = Box<dyn Fn(MemoryStore, A) -> BoxFuture<'static, B> + Send + Sync>;
type Change<T> = Box<dyn Fn(&mut T) + Send + Sync>;
type Handled = Result<Vec<HandledCommand>, StoreError>;
type Imported = Result<(), ImportError>;
pub(crate) type Step = Arc<dyn AppendStep>;
type Seen = Result<Vec<SeenVersion>, StoreError>;

/// What is wrong with a store: the operations it does in its own way.
pub(crate) struct Fault {
    append: Hook<AppendRequest, Result<Appended, AppendError>>,
    append_with: Hook<(AppendRequest, Step), Result<Appended, AppendError>>,
    read_stream: Hook<(StreamId, StreamQuery), Result<StreamPage, StoreError>>,
    read_log: Hook<LogQuery, Result<LogPage, StoreError>>,
    handled: Hook<Vec<CommandId>, Handled>,
    seen: Hook<String, Seen>,
    count: Change<Vec<VersionCount>>,
    save: Hook<Snapshot, Result<(), StoreError>>,
    delete: Hook<StreamId, Result<(), StoreError>>,
    event: Change<RecordedEvent>,
    snapshot: Change<Snapshot>,
    address: Change<StreamId>,
    identity: Change<LogId>,
    import: Hook<(Position, Vec<RecordedEvent>), Imported>,
    import_commands: Hook<Vec<HandledCommand>, Imported>,
    commands: Hook<(Option<CommandId>, PageSize), Handled>,
    pub(crate) side: Side,
    pub(crate) tampered: Tampered,
    pub(crate) forgetful: bool,
    pub(crate) apart: bool,
}

macro_rules! setters {
    ($($name:ident: $argument:ty => $answer:ty,)*) => {$(
        pub(crate) fn $name<F>(
            mut self,
            hook: impl Fn(MemoryStore, $argument) -> F + Send + Sync + 'static,
        ) -> Self
        where
            F: Future<Output = $answer> + Send + 'static,
        {
            self.$name = Box::new(move |inner, argument| Box::pin(hook(inner, argument)));
            self
        }
    )*};
}

macro_rules! changes {
    ($($name:ident: $changed:ty,)*) => {$(
        pub(crate) fn $name(mut self, change: impl Fn(&mut $changed) + Send + Sync + 'static) -> Self {
            self.$name = Box::new(change);
            self
        }
    )*};
}

impl Fault {
    /// Nothing is wrong.
    pub(crate) fn none() -> Self {
        Self {
            append: Box::new(|inner, request| Box::pin(async move { inner.append(request).await })),
            append_with: Box::new(|inner, (request, step)| {
                Box::pin(async move { inner.append_with(request, step).await })
            }),
            read_stream: Box::new(|inner, (stream, query)| {
                Box::pin(async move { inner.read_stream(&stream, query).await })
            }),
            read_log: Box::new(|inner, query| Box::pin(async move { inner.read_log(query).await })),
            handled: Box::new(|inner, ids| {
                Box::pin(async move { inner.handled_commands(&ids).await })
            }),
            seen: Box::new(|inner, aggregate_type| {
                Box::pin(async move { inner.seen_versions(&aggregate_type).await })
            }),
            count: Box::new(|_| ()),
            save: Box::new(|inner, snapshot| {
                Box::pin(async move { inner.save_snapshot(snapshot).await })
            }),
            delete: Box::new(|inner, stream| {
                Box::pin(async move { inner.delete_snapshot(&stream).await })
            }),
            event: Box::new(|_| ()),
            snapshot: Box::new(|_| ()),
            address: Box::new(|_| ()),
            identity: Box::new(|_| ()),
            import: Box::new(|inner, (after, events)| {
                Box::pin(async move { inner.import_events(after, events).await })
            }),
            import_commands: Box::new(|inner, commands| {
                Box::pin(async move { inner.import_commands(commands).await })
            }),
            commands: Box::new(|inner, (after, page)| {
                Box::pin(async move { inner.commands_after(after, page).await })
            }),
            side: Side::none(),
            tampered: Tampered::Refused,
            forgetful: false,
            apart: false,
        }
    }

    setters! {
        append: AppendRequest => Result<Appended, AppendError>,
        append_with: (AppendRequest, Step) => Result<Appended, AppendError>,
        read_stream: (StreamId, StreamQuery) => Result<StreamPage, StoreError>,
        read_log: LogQuery => Result<LogPage, StoreError>,
        handled: Vec<CommandId> => Handled,
        seen: String => Seen,
        save: Snapshot => Result<(), StoreError>,
        delete: StreamId => Result<(), StoreError>,
        import: (Position, Vec<RecordedEvent>) => Imported,
        import_commands: Vec<HandledCommand> => Imported,
        commands: (Option<CommandId>, PageSize) => Handled,
    }

    changes! {
        event: RecordedEvent,
        snapshot: Snapshot,
        address: StreamId,
        identity: LogId,
        count: Vec<VersionCount>,
    }

    /// The request is changed before it is appended.
    pub(crate) fn request(
        self,
        change: impl Fn(&mut AppendRequest) + Send + Sync + 'static,
    ) -> Self {
        self.append(move |inner, mut request| {
            change(&mut request);
            async move { inner.append(request).await }
        })
    }

    /// The answer to an append is changed.
    pub(crate) fn answer(
        self,
        change: impl Fn(Result<Appended, AppendError>) -> Result<Appended, AppendError>
        + Send
        + Sync
        + Copy
        + 'static,
    ) -> Self {
        self.append(move |inner, request| async move { change(inner.append(request).await) })
    }

    /// A page of a stream is read by another query, or changed.
    pub(crate) fn stream_page(
        self,
        query: fn(&mut StreamQuery),
        page: fn(&StreamQuery, &mut StreamPage),
    ) -> Self {
        self.read_stream(move |inner, (stream, asked)| async move {
            let mut other = asked;
            query(&mut other);
            let mut read = inner.read_stream(&stream, other).await?;
            page(&asked, &mut read);
            Ok(read)
        })
    }

    /// A page of the log is read by another query, or changed.
    pub(crate) fn log_page(
        self,
        query: fn(&mut LogQuery),
        page: fn(&LogQuery, &mut LogPage),
    ) -> Self {
        self.read_log(move |inner, asked| async move {
            let mut other = asked.clone();
            query(&mut other);
            let mut read = inner.read_log(other).await?;
            page(&asked, &mut read);
            Ok(read)
        })
    }

    /// What it does for subscriptions and views.
    pub(crate) fn side(mut self, side: Side) -> Self {
        self.side = side;
        self
    }

    /// What a careless colleague achieves.
    pub(crate) fn tampered(mut self, tampered: Tampered) -> Self {
        self.tampered = tampered;
        self
    }

    /// Each store keeps to itself what it holds.
    pub(crate) fn apart(mut self) -> Self {
        self.apart = true;
        self
    }

    /// Nothing is there after reopening.
    pub(crate) fn forgetful(mut self) -> Self {
        self.forgetful = true;
        self
    }
}

pub(crate) struct WrongStore {
    pub(crate) inner: MemoryStore,
    pub(crate) fault: Fault,
}

impl WrongStore {
    fn addressed(&self, stream: &StreamId) -> StreamId {
        let mut stream = stream.clone();
        (self.fault.address)(&mut stream);
        stream
    }
}

#[async_trait]
impl EventStore for WrongStore {
    async fn append(&self, mut request: AppendRequest) -> Result<Appended, AppendError> {
        let asked: Vec<_> = request
            .streams
            .iter()
            .map(|part| part.stream.clone())
            .collect();
        for part in &mut request.streams {
            (self.fault.address)(&mut part.stream);
        }
        let mut appended = (self.fault.append)(self.inner.clone(), request).await?;
        // Where it is addressed otherwise, that is the fault: the answer need not betray it.
        for (part, asked) in appended.streams.iter_mut().zip(asked) {
            if part.stream == self.addressed(&asked) {
                part.stream = asked;
            }
        }
        Ok(appended)
    }

    async fn append_with(
        &self,
        request: AppendRequest,
        step: Step,
    ) -> Result<Appended, AppendError> {
        (self.fault.append_with)(self.inner.clone(), (request, step)).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        query: StreamQuery,
    ) -> Result<StreamPage, StoreError> {
        let address = self.addressed(stream);
        let mut page = (self.fault.read_stream)(self.inner.clone(), (address, query)).await?;
        page.events.iter_mut().for_each(&self.fault.event);
        Ok(page)
    }

    async fn stream_version(&self, stream: &StreamId) -> Result<Version, StoreError> {
        self.inner.stream_version(&self.addressed(stream)).await
    }

    async fn read_log(&self, mut query: LogQuery) -> Result<LogPage, StoreError> {
        if let Some(stream) = &mut query.filter.stream {
            (self.fault.address)(stream);
        }
        let mut page = (self.fault.read_log)(self.inner.clone(), query).await?;
        page.events.iter_mut().for_each(&self.fault.event);
        Ok(page)
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.inner.head().await
    }

    async fn handled_commands(&self, ids: &[CommandId]) -> Result<Vec<HandledCommand>, StoreError> {
        (self.fault.handled)(self.inner.clone(), ids.to_vec()).await
    }

    async fn seen_versions(&self, aggregate_type: &str) -> Seen {
        (self.fault.seen)(self.inner.clone(), aggregate_type.to_owned()).await
    }

    async fn count_versions(&self) -> Result<Vec<VersionCount>, StoreError> {
        let mut counts = self.inner.count_versions().await?;
        (self.fault.count)(&mut counts);
        Ok(counts)
    }

    async fn log_id(&self) -> Result<LogId, StoreError> {
        let mut id = self.inner.log_id().await?;
        (self.fault.identity)(&mut id);
        Ok(id)
    }

    fn subscriptions(&self) -> Option<&dyn SubscriptionStore> {
        (!self.fault.side.missing).then_some(self as _)
    }
}

#[async_trait]
impl TransferStore for WrongStore {
    async fn commands_after(&self, after: Option<CommandId>, page: PageSize) -> Handled {
        (self.fault.commands)(self.inner.clone(), (after, page)).await
    }

    async fn import_events(&self, after: Position, events: Vec<RecordedEvent>) -> Imported {
        (self.fault.import)(self.inner.clone(), (after, events)).await
    }

    async fn import_commands(&self, commands: Vec<HandledCommand>) -> Imported {
        (self.fault.import_commands)(self.inner.clone(), commands).await
    }
}

#[async_trait]
impl SnapshotStore for WrongStore {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        let mut snapshot = self.inner.load_snapshot(&self.addressed(stream)).await?;
        if let Some(snapshot) = &mut snapshot {
            snapshot.stream = stream.clone();
            (self.fault.snapshot)(snapshot);
        }
        Ok(snapshot)
    }

    async fn save_snapshot(&self, mut snapshot: Snapshot) -> Result<(), StoreError> {
        (self.fault.address)(&mut snapshot.stream);
        (self.fault.save)(self.inner.clone(), snapshot).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), StoreError> {
        (self.fault.delete)(self.inner.clone(), self.addressed(stream)).await
    }
}
