//! The writer: one thread with the one connection that writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::{io, thread};

use eventide_core::store::group_commit::{AnsweredBy, BatchWriter, Writing, Written};
use eventide_core::store::{StoreError, StoreErrorKind};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::bell::Bell;
use crate::connect;
use crate::error::Place;
use crate::options::SqliteOptions;
use crate::transaction::Transactions;
use crate::work::{Answer, Done, Work};

/// What a store's writer has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct WriterStats {
    /// Transactions committed.
    pub commits: u64,
    /// Appends that were written; refused ones do not count.
    pub appends: u64,
    /// Events written.
    pub events: u64,
}

/// The counters behind [`WriterStats`], and the bell that rings with them.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) appends: AtomicU64,
    pub(crate) events: AtomicU64,
    pub(crate) bell: Bell,
}

impl Counters {
    pub(crate) fn read(&self) -> WriterStats {
        WriterStats {
            commits: self.commits.load(Ordering::Relaxed),
            appends: self.appends.load(Ordering::Relaxed),
            events: self.events.load(Ordering::Relaxed),
        }
    }
}

/// What goes to the writer's thread: a batch, and where its answers go.
type Job = (Written<Writer>, oneshot::Sender<AnsweredBy<Writer>>);

/// The way to the writer's thread.
#[derive(Debug)]
pub(crate) struct Writer {
    place: Place,
    jobs: Sender<Job>,
}

impl Writer {
    pub(crate) fn ended(&self, attempt: &str, kind: StoreErrorKind) -> StoreError {
        self.place
            .error(kind, attempt, "its writer has ended; open the store anew")
    }
}

impl BatchWriter for Writer {
    type Work = Work;
    type Answer = Answer;

    fn begin(&self, batch: Written<Self>) -> Writing<Self> {
        let (done, answered) = oneshot::channel();
        if let Err(unsent) = self.jobs.send((batch, done)) {
            let (batch, _) = unsent.0;
            let ended = || self.ended("write to", StoreErrorKind::Closed);
            drop(batch.answer_each(|_| Err(ended().into())));
        }
        Box::pin(async { answered.await.ok() })
    }

    /// The thread goes on by itself.
    fn finish(&self, writing: Writing<Self>) {
        drop(writing);
    }

    fn has_own_thread(&self) -> bool {
        true
    }
}

/// Opens the file and starts its writer.
pub(crate) async fn start(
    place: &Place,
    options: SqliteOptions,
    counters: Arc<Counters>,
) -> Result<Writer, StoreError> {
    let (jobs, inbox) = mpsc::channel();
    let (opened, ready) = oneshot::channel();
    let own_place = place.clone();
    thread::Builder::new()
        .name("eventide-sqlite".to_owned())
        .spawn(move || {
            let conn = connect::check_path(&own_place, &options)
                .and_then(|()| connect::writer(&own_place, &options));
            match conn {
                Ok(conn) => serve(conn, &own_place, &options, counters, &inbox, opened),
                Err(error) => drop(opened.send(Err(error))),
            }
        })
        .map_err(|source| no_thread(place, source))?;
    match ready.await {
        Ok(Ok(())) => Ok(Writer {
            place: place.clone(),
            jobs,
        }),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(place.error(StoreErrorKind::Other, "open", "its writer has ended")),
    }
}

fn no_thread(place: &Place, source: io::Error) -> StoreError {
    place
        .error(
            StoreErrorKind::Unavailable,
            "open",
            "the operating system gives no thread to write it; try again",
        )
        .with_source(source)
}

/// Writes until it is asked to close, or nobody is left to ask.
fn serve(
    conn: Connection,
    place: &Place,
    options: &SqliteOptions,
    counters: Arc<Counters>,
    inbox: &Receiver<Job>,
    opened: oneshot::Sender<Result<(), StoreError>>,
) {
    let closing = match Transactions::new(&conn, place, options.clock.clone(), counters) {
        Err(error) => {
            drop(opened.send(Err(error)));
            return;
        }
        Ok(mut transactions) => {
            drop(opened.send(Ok(())));
            write_all(&mut transactions, inbox)
        }
    };
    let Some(closing) = closing else {
        return;
    };
    // Another process that still reads keeps part of the write-ahead log; the last one to close
    // takes it in.
    let checkpoint = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    let closed = checkpoint.and_then(|()| conn.close().map_err(|(_, source)| source));
    let answer = match closed {
        Ok(()) => Ok(Done::Kept),
        Err(source) => Err(place.failed("close", source).into()),
    };
    drop(closing.answer(vec![answer], None));
}

/// Whoever asked to close, if somebody did.
fn write_all(
    transactions: &mut Transactions<'_>,
    inbox: &Receiver<Job>,
) -> Option<Written<Writer>> {
    while let Ok((mut batch, done)) = inbox.recv() {
        let closing = batch.split_last(|work| matches!(work, Work::Close));
        if !batch.is_empty() {
            let (answers, commit) = transactions.write(batch.work());
            // If nobody waits for them any more, this delivers the answers from here.
            drop(done.send(batch.answer(answers, commit)));
        }
        if closing.is_some() {
            return closing;
        }
    }
    None
}
