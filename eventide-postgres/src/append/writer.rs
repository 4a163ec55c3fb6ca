//! The writer: takes a batch, asks the server until the answer is certain, and answers each request.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use eventide_core::store::group_commit::{BatchWriter, Writing, Written};
use eventide_core::store::{AppendError, Appended, StoreError};
use eventide_core::time::Clock;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;
use tracing::{Instrument, debug_span};

use super::aftermath::Asked;
use super::call::{self, Call};
use super::item::{Item, Round};
use super::memory::{Judging, KnownHead, Memory};
use super::stats::Counters;
use super::stored;
use super::verdict::{Answered, Judged};
use crate::commands;
use crate::error::{Place, is_transient, lost_in_transit, not_unique};
use crate::link::{Answer, Link, Retry};
use crate::migrate::Payload;
use crate::sql::{Schema, Sql};
use crate::stream;
use crate::value::Micros;
use crate::wake::Wake;

/// The verdict on one request.
pub(crate) type Verdict = Result<Appended, AppendError>;

/// What the writer is asked to do.
#[derive(Debug)]
pub(crate) enum Work {
    Append(Item),
    /// The last thing ever asked.
    Close,
}

/// Appends batches.
#[derive(Debug)]
pub(crate) struct Appender {
    pub(super) link: Link,
    clock: Arc<dyn Clock>,
    append: Sql,
    pub(super) payload: Payload,
    pub(super) stored: stored::Statements,
    pub(super) commands: Sql,
    lock: Sql,
    pub(super) settle: Sql,
    pub(super) streams: stream::Statements,
    memory: Mutex<Memory>,
    pub(super) wake: Arc<Wake>,
    pub(crate) counters: Counters,
}

/// Why a whole call was not written.
enum NotWritten {
    /// For each of its items the same.
    All(StoreError),
    /// One of its items is to blame: the data of it, or a constraint.
    OneOf(Error),
}

impl Appender {
    pub(crate) fn new(
        link: Link,
        clock: Arc<dyn Clock>,
        schema: &Schema,
        payload: Payload,
        wake: Arc<Wake>,
    ) -> Self {
        Self {
            link,
            clock,
            append: call::statement(schema, payload),
            payload,
            stored: stored::Statements::new(schema),
            commands: commands::statement(schema),
            lock: schema.sql("SELECT @schema@.lock_log()", []),
            // A commit that has something to write waits for all that was committed before it,
            // on this server's disk and on its synchronous standbys.
            settle: schema.sql("SELECT pg_logical_emit_message(true, 'eventide', '')", []),
            streams: stream::Statements::new(schema),
            memory: Mutex::default(),
            wake,
            counters: Counters::default(),
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.link.place
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    pub(super) fn lock(&self) -> &Sql {
        &self.lock
    }

    /// Makes sure, once committed, of all that is visible: what was found may have been recovered
    /// after a crash, or its commit been interrupted, before a standby had it.
    pub(super) fn settle(&self) -> &Sql {
        &self.settle
    }

    pub(super) fn streams(&self) -> &stream::Statements {
        &self.streams
    }

    /// Where the log is known to have been.
    pub(super) fn known_head(&self) -> KnownHead {
        self.memory().head
    }

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Micros {
        Micros::of(self.clock.now())
    }

    pub(super) fn statement(&self) -> &Sql {
        &self.append
    }

    async fn write(&self, batch: &[Work]) -> Vec<Verdict> {
        let items = batch.iter().filter_map(|work| match work {
            Work::Append(item) => Some(item),
            Work::Close => None,
        });
        let mut verdicts: Vec<Option<Verdict>> = batch.iter().map(|_| None).collect();
        for round in Round::divide(items) {
            let answers = self.round(&round.items, None).await;
            for (place, answer) in round.places.into_iter().zip(answers) {
                if let Some(verdict) = verdicts.get_mut(place) {
                    *verdict = Some(answer);
                }
            }
        }
        verdicts.into_iter().flatten().collect()
    }

    /// Writes items none of whose streams comes twice. If they were `asked` before, they may have
    /// been written already.
    fn round<'a>(
        &'a self,
        items: &'a [&'a Item],
        asked: Option<Asked>,
    ) -> BoxFuture<'a, Vec<Verdict>> {
        async move {
            let mut retry = self.link.retry("append to");
            let mut asked = asked;
            let failed = match self.ask(items, &mut retry, &mut asked).await {
                Ok(judged) => return self.verdicts(&judged, &mut retry, asked).await,
                Err(failed) => failed,
            };
            match (failed, items) {
                (NotWritten::All(error), _) => {
                    let mut verdicts = Vec::with_capacity(items.len());
                    for item in items {
                        verdicts.push(self.failed(item, error.clone(), &mut retry, asked).await);
                    }
                    verdicts
                }
                (NotWritten::OneOf(source), [item]) => {
                    // Somebody appended around the lock; judged again, it is a plain conflict.
                    if lost_a_race(&source) && retry.rest().await {
                        return self.round(items, asked).await;
                    }
                    let error = self.place().failed("append to", source);
                    vec![self.failed(item, error, &mut retry, asked).await]
                }
                (NotWritten::OneOf(_), _) => {
                    let (one, other) = items.split_at(items.len() / 2);
                    let mut verdicts = self.round(one, asked).await;
                    verdicts.extend(self.round(other, asked).await);
                    verdicts
                }
            }
        }
        .boxed()
    }

    /// Makes the call until its answer is certain. A connection lost on the way leaves open whether
    /// it was written; asked again, the function finds what it wrote itself, and refuses it.
    async fn ask<'a>(
        &self,
        items: &[&'a Item],
        retry: &mut Retry<'_>,
        asked: &mut Option<Asked>,
    ) -> Result<Vec<Judged<'a>>, NotWritten> {
        let mut lost = None;
        // What was asked before may be there already: then every request wants its own verdict.
        let mut looking = asked.is_some();
        loop {
            let session = match retry.session().await {
                Ok(session) => session,
                Err(_) if asked.is_some() => {
                    return Err(NotWritten::All(self.place().unknown("append to", lost)));
                }
                Err(error) => return Err(NotWritten::All(error)),
            };
            let (now, head) = (self.now(), self.memory().head);
            let (call, judging) = self.call(items, now, head, looking);
            let source = match session.rows_in_time(&self.append, &call.params()).await {
                Answer::Rows(rows) => {
                    let answered = Answered::of_row(self.place(), rows.first());
                    let answered = answered.map_err(NotWritten::All)?;
                    if !answered.doubtful {
                        let judged = answered.judge(items);
                        self.remember(&judged, call.notes_shapes());
                        return Ok(judged);
                    }
                    self.memory().doubt();
                    looking = true;
                    continue;
                }
                Answer::Failed(source)
                    if judging == Judging::ByWriting && source.code().is_some_and(is_of_data) =>
                {
                    self.memory().doubt();
                    looking = true;
                    continue;
                }
                Answer::Failed(source) if is_transient(&source) => Some(source),
                Answer::Failed(source) if source.code().is_some_and(is_of_data) => {
                    return Err(NotWritten::OneOf(source));
                }
                Answer::Failed(source) => {
                    return Err(NotWritten::All(self.place().failed("append to", source)));
                }
                Answer::Silence => None,
            };
            if source.as_ref().is_none_or(lost_in_transit) {
                self.memory().forget();
                looking = true;
                if asked.is_none() {
                    self.counters.resolved.fetch_add(1, Ordering::Relaxed);
                }
                asked.get_or_insert(Asked {
                    since: now,
                    head: head.position,
                });
            }
            if !retry.rest().await {
                return Err(NotWritten::All(match source {
                    Some(source) if asked.is_none() => self.place().failed("append to", source),
                    source => self.place().unknown("append to", source),
                }));
            }
            lost = source;
        }
    }

    /// Put together under the lock on what is known.
    fn call<'a>(
        &self,
        items: &[&'a Item],
        now: Micros,
        head: KnownHead,
        looking: bool,
    ) -> (Call<'a>, Judging) {
        let mut memory = self.memory();
        let judging = if looking {
            Judging::ByLooking
        } else {
            memory.judging()
        };
        (
            Call::new(items, now, head, &memory, judging, self.payload),
            judging,
        )
    }

    /// Tells what was written from what was refused.
    async fn verdicts(
        &self,
        judged: &[Judged<'_>],
        retry: &mut Retry<'_>,
        asked: Option<Asked>,
    ) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(judged.len());
        for judged in judged {
            verdicts.push(if judged.stands {
                Ok(judged.appended())
            } else {
                self.refusal(judged, retry, asked).await
            });
        }
        verdicts
    }

    fn remember(&self, judged: &[Judged<'_>], notes_shapes: bool) {
        let mut memory = self.memory();
        let (mut appends, mut events) = (0, 0);
        for judged in judged.iter().filter(|judged| judged.stands) {
            appends += 1;
            events += judged.item.texts.len() as u64;
            memory.committed(judged, notes_shapes);
        }
        let head = memory.head.position;
        drop(memory);
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
        self.counters.appends.fetch_add(appends, Ordering::Relaxed);
        self.counters.events.fetch_add(events, Ordering::Relaxed);
        if events > 0 {
            self.wake.appended(head);
        }
    }
}

/// Whether another transaction took what this one was about to.
fn lost_a_race(source: &Error) -> bool {
    let taken = not_unique(source);
    matches!(
        taken,
        Some("events_position" | "events_version" | "commands_id")
    )
}

/// Whether the values of some row are to blame, not the server or the statement.
fn is_of_data(code: &SqlState) -> bool {
    let class = code.code().get(..2);
    matches!(class, Some("22" | "23")) || *code == SqlState::STATEMENT_TOO_COMPLEX
}

/// The writer of a store.
#[derive(Debug)]
pub(crate) struct Writer {
    appender: Arc<Appender>,
    /// Where it writes when the caller's runtime has ended.
    runtime: Handle,
    /// Batches begun and not answered.
    under_way: Arc<watch::Sender<usize>>,
}

/// A batch that has begun, for as long as it is not answered.
struct UnderWay(Arc<watch::Sender<usize>>);

impl UnderWay {
    fn begin(batches: &Arc<watch::Sender<usize>>) -> Self {
        batches.send_modify(|batches| *batches += 1);
        Self(batches.clone())
    }

    /// Waits until it is the only one.
    async fn alone(&self) {
        // It ends with an error if the sender is gone, which this holds.
        let _ = self.0.subscribe().wait_for(|batches| *batches == 1).await;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|batches| *batches -= 1);
    }
}

impl Writer {
    pub(crate) fn new(appender: Arc<Appender>) -> Self {
        Self {
            appender,
            runtime: Handle::current(),
            under_way: Arc::default(),
        }
    }
}

impl BatchWriter for Writer {
    type Work = Work;
    type Answer = Verdict;

    fn begin(&self, batch: Written<Self>) -> Writing<Self> {
        let appender = self.appender.clone();
        let span = debug_span!("write_batch", requests = batch.len());
        let under_way = UnderWay::begin(&self.under_way);
        let write = async move {
            let begun = Instant::now();
            let verdicts = appender.write(batch.work()).await;
            if matches!(batch.work().last(), Some(Work::Close)) {
                // The batch before may still be under way.
                under_way.alone().await;
            }
            drop(under_way);
            // A `Close` has no verdict: whoever asked is told by the lack of one.
            Some(batch.answer(verdicts, Some(begun.elapsed())))
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

    fn overlaps(&self) -> bool {
        // The second would wait for the log's lock, on another session.
        false
    }

    fn weight(&self, work: &Work) -> u32 {
        match work {
            Work::Append(item) => item.weight,
            Work::Close => 1,
        }
    }
}

/// A full batch is not larger than this many times 4 KiB.
pub(crate) const BATCH_WEIGHT: u64 = 4096;
