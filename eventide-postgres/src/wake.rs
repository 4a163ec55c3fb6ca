//! Waking whoever waits for appends. Only ever a hint: the log itself is the truth, and whoever
//! waits reads it again after a while, woken or not.
//!
//! In this process a wake-up is direct. Other processes are told by `NOTIFY`, sent on its own after
//! the append (inside it, all commits of the server would queue on one lock), at most once in a
//! while, and not waited for by the disk. It says how far the log reaches: so nobody who read
//! further waits for nothing, and nobody who read less misses it.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use eventide_core::Position;
use futures_util::StreamExt;
use futures_util::future::select;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Row};

use crate::link::{Answer, Link};
use crate::sql::Sql;

/// Other processes are told this often at most.
const NOTIFY_EVERY: Duration = Duration::from_millis(20);

/// A listener that was cut off tries again after this long.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// The log is looked at so often while nobody would tell of other processes' appends.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What appends ring, and waiters hear.
#[derive(Debug)]
pub(crate) struct Wake {
    /// How far the log is known to reach.
    rung: watch::Sender<Position>,
    /// Rung for the task that tells other processes.
    tell: Option<Arc<Notify>>,
    listening: AtomicBool,
    /// Whether other processes are heard just now.
    hearing: AtomicBool,
}

impl Wake {
    pub(crate) fn new(notify: bool) -> Self {
        Self {
            rung: watch::Sender::new(Position::START),
            tell: notify.then(Arc::default),
            listening: AtomicBool::new(false),
            hearing: AtomicBool::new(false),
        }
    }

    /// Something was appended; the log now reaches `head`, or further.
    pub(crate) fn appended(&self, head: Position) {
        self.ring(head);
        if let Some(tell) = &self.tell {
            tell.notify_one();
        }
    }

    pub(crate) fn wakeups(&self) -> Wakeups {
        Wakeups(self.rung.subscribe())
    }

    /// Whether the caller is the first to listen, and has to.
    pub(crate) fn begins_to_listen(&self) -> bool {
        self.tell.is_some() && !self.listening.swap(true, Ordering::Relaxed)
    }

    /// Waits until the log reaches further than `head`, or until it is time to look all the same.
    pub(crate) async fn wait(&self, head: Position, at_most: Duration) {
        let at_most = if self.hearing.load(Ordering::Relaxed) {
            at_most
        } else {
            at_most.min(LOOK_EVERY)
        };
        let mut rung = self.rung.subscribe();
        // However it ended, the caller looks.
        let _ = timeout(at_most, rung.wait_for(|rung| *rung > head)).await;
    }

    fn known(&self) -> Position {
        *self.rung.borrow()
    }

    /// The log reaches `head`, or further. Others may have told of more already.
    fn ring(&self, head: Position) {
        self.rung.send_modify(|rung| *rung = head.max(*rung));
    }

    /// Whoever looked just now found that the log reaches `head`; before, `known` was thought. It is
    /// less where the log went back, and then nobody is to be woken for what is gone.
    fn found(&self, known: Position, head: Position) {
        self.rung.send_modify(|rung| {
            *rung = if *rung == known {
                head
            } else {
                head.max(*rung)
            };
        });
    }
}

/// Looks how far the log reaches, and rings. What others tell is not believed unseen: a position
/// that is never reached would keep everybody awake.
async fn look(wake: &Weak<Wake>, link: &Link, head: &Sql) {
    let Some(known) = wake.upgrade().map(|wake| wake.known()) else {
        return;
    };
    let found = match link.retry("read").session().await {
        Ok(session) => match session.rows_in_time(head, &[]).await {
            Answer::Rows(rows) => end_of(&rows),
            Answer::Failed(_) | Answer::Silence => None,
        },
        Err(_) => None,
    };
    if let Some(wake) = wake.upgrade() {
        // Where that failed, whoever waits finds out by looking.
        wake.found(known, found.unwrap_or(known));
    }
}

fn end_of(rows: &[Row]) -> Option<Position> {
    let Some(row) = rows.first() else {
        return Some(Position::START);
    };
    let head: i64 = row.try_get(0).ok()?;
    Some(Position::from_raw(head.unsigned_abs()))
}

/// The channel of a log's notifications.
pub(crate) fn channel(schema: &str) -> String {
    format!("eventide:{schema}")
}

fn quoted(channel: &str) -> String {
    format!("\"{}\"", channel.replace('"', "\"\""))
}

/// Tells other processes of appends, until the store is gone.
pub(crate) fn tell_others(wake: &Arc<Wake>, link: &Link, channel: &str) {
    let Some(tell) = wake.tell.clone() else {
        return;
    };
    let (wake, link) = (Arc::downgrade(wake), link.clone());
    let channel = quoted(channel);
    tokio::spawn(async move {
        loop {
            // Ends with the store, though nothing is appended any more.
            let rung = timeout(LISTEN_AGAIN, tell.notified()).await.is_ok();
            let Some(head) = wake.upgrade().map(|wake| wake.known()) else {
                return;
            };
            if link.is_closed() {
                return;
            }
            if rung {
                // It holds up nothing, so the disk need not be waited for.
                let sql = format!(
                    "BEGIN; SET LOCAL synchronous_commit = off; NOTIFY {channel}, '{}'; COMMIT",
                    head.as_raw()
                );
                if let Ok(session) = link.retry("notify from").session().await {
                    // If nobody is told, everybody polls.
                    let told = session.client.batch_execute(&sql);
                    if session.in_time(told).await.is_none() {
                        session.leave();
                    }
                }
                sleep(NOTIFY_EVERY).await;
            }
        }
    });
}

/// Hears of other processes' appends on a connection of its own, until the store is gone. `head`
/// tells where the log ends.
pub(crate) fn listen(wake: &Arc<Wake>, link: &Link, channel: &str, head: Sql) {
    let (wake, link) = (Arc::downgrade(wake), link.clone());
    let sql = format!("LISTEN {}", quoted(channel));
    tokio::spawn(async move {
        loop {
            let (client, mut messages) = match link.listener().await {
                Some(Ok(listener)) => listener,
                // A pool of the caller's: whoever waits polls.
                None => return,
                Some(Err(_)) => {
                    if wake.upgrade().is_none() || link.is_closed() {
                        return;
                    }
                    sleep(LISTEN_AGAIN).await;
                    continue;
                }
            };
            let listens = wake.clone();
            let listening = async {
                if client.batch_execute(&sql).await.is_ok()
                    && let Some(wake) = listens.upgrade()
                {
                    wake.hearing.store(true, Ordering::Relaxed);
                    drop(wake);
                    // Something may have happened before it listened.
                    look(&listens, &link, &head).await;
                }
                std::future::pending::<()>().await;
            };
            let hearing = async {
                loop {
                    match timeout(LISTEN_AGAIN, messages.next()).await {
                        Ok(Some(Ok(AsyncMessage::Notification(told)))) => {
                            let Some(known) = wake.upgrade().map(|wake| wake.known()) else {
                                return;
                            };
                            // Of this process itself, mostly. A program may not say how far.
                            let reaches = told.payload().parse().map(Position::from_raw);
                            if reaches.map_or(true, |reaches| reaches > known) {
                                look(&wake, &link, &head).await;
                            }
                        }
                        Ok(Some(Err(_)) | None) => return,
                        Err(_) if wake.upgrade().is_none() || link.is_closed() => return,
                        Ok(Some(Ok(_))) | Err(_) => {}
                    }
                }
            };
            select(pin!(hearing), pin!(listening)).await;
            match wake.upgrade() {
                Some(wake) => wake.hearing.store(false, Ordering::Relaxed),
                None => return,
            }
            if link.is_closed() {
                return;
            }
            sleep(LISTEN_AGAIN).await;
        }
    });
}

/// Hears that something may have been appended; made by
/// [`PostgresStore::wakeups`](crate::PostgresStore::wakeups).
///
/// Only a hint: a wake-up may come for nothing, come late, or not come at all. Whoever waits reads
/// the log after each wait, however it ended.
#[derive(Debug, Clone)]
pub struct Wakeups(watch::Receiver<Position>);

impl Wakeups {
    /// Waits until something may have been appended since the last call, but no longer than
    /// `at_most`, after which to look all the same.
    pub async fn wait(&mut self, at_most: Duration) {
        if let Ok(Err(_)) = timeout(at_most, self.0.changed()).await {
            // The store is gone; its reader will be told when it looks.
            sleep(at_most).await;
        }
    }
}
