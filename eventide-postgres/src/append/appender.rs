//! Asks the server to append, until the answer is certain, and tells what became of each request.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use eventide_core::store::StoreError;
use eventide_core::time::Clock;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::aftermath::Asked;
use super::call::{self, Call};
use super::item::{Item, Round};
use super::memory::{Judging, KnownHead, Memory};
use super::pace::Pace;
use super::stats::Counters;
use super::stored;
use super::verdict::{Answered, Judged};
use super::writer::Verdict;
use crate::commands;
use crate::error::{Place, is_transient, lost_in_transit, not_unique};
use crate::link::{Answer, Link, Retry};
use crate::migrate::Payload;
use crate::sql::{Schema, Sql};
use crate::stream;
use crate::value::Micros;
use crate::wake::Wake;

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
    pace: Mutex<Pace>,
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
            pace: Mutex::default(),
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

    /// What a call takes by itself.
    pub(super) fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Micros {
        Micros::of(self.clock.now())
    }

    pub(super) fn statement(&self) -> &Sql {
        &self.append
    }

    /// Writes items; `recurs` says whether some stream comes more than once among them.
    pub(super) async fn write(&self, items: &[&Item], recurs: bool) -> Vec<Verdict> {
        if !recurs {
            return self.round(items, None).await;
        }
        let mut verdicts: Vec<Option<Verdict>> = items.iter().map(|_| None).collect();
        for round in Round::divide(items) {
            let own = self.round(&round.items, None).await;
            for (place, answer) in round.places.into_iter().zip(own) {
                if let Some(verdict) = verdicts.get_mut(place) {
                    *verdict = Some(answer);
                }
            }
        }
        verdicts.into_iter().flatten().collect()
    }

    /// The same, and measures what a call takes by itself, with the first item in a call of its own.
    /// Nothing else of this process should be under way.
    pub(super) async fn write_and_measure(&self, items: &[&Item], recurs: bool) -> Vec<Verdict> {
        let (first, rest) = items.split_at(items.len().min(1));
        let begun = Instant::now();
        let mut verdicts = self.write(first, false).await;
        if let [Ok(_)] = *verdicts {
            self.pace().saw(begun.elapsed());
        }
        verdicts.extend(self.write(rest, recurs).await);
        verdicts
    }

    /// Writes items none of whose streams recurs. If they were `asked` before, they may have
    /// been written already.
    fn round<'a>(
        &'a self,
        items: &'a [&'a Item],
        asked: Option<Asked>,
    ) -> BoxFuture<'a, Vec<Verdict>> {
        async move {
            if items.is_empty() {
                return Vec::new();
            }
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
