//! Waking whoever waits for appends. Only ever a hint: the log itself is the truth, and whoever
//! waits reads it again after a while, woken or not.
//!
//! In this process a wake-up is direct. Other processes are told by `NOTIFY`, sent on its own after
//! the append (inside it, all commits of the server would queue on one lock), at most once in a
//! while, and not waited for by the disk.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventide_core::Position;
use futures_util::StreamExt;
use futures_util::future::select;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_postgres::AsyncMessage;

use crate::link::Link;

/// Other processes are told this often at most.
const NOTIFY_EVERY: Duration = Duration::from_millis(20);

/// A listener that was cut off tries again after this long.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// What appends ring, and waiters hear.
#[derive(Debug)]
pub(crate) struct Wake {
    rung: watch::Sender<Position>,
    /// Rung for the task that tells other processes.
    tell: Option<Arc<Notify>>,
    listening: AtomicBool,
}

impl Wake {
    pub(crate) fn new(notify: bool) -> Self {
        Self {
            rung: watch::Sender::new(Position::START),
            tell: notify.then(Arc::default),
            listening: AtomicBool::new(false),
        }
    }

    /// Something was appended; the log now reaches `head`, or further.
    pub(crate) fn appended(&self, head: Position) {
        self.rung.send_replace(head);
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

    /// Something may have been appended by another process.
    fn ring(&self) {
        self.rung.send_modify(|_| ());
    }
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
    // It holds up nothing, so the disk need not be waited for.
    let sql = format!(
        "BEGIN; SET LOCAL synchronous_commit = off; NOTIFY {}; COMMIT",
        quoted(channel)
    );
    tokio::spawn(async move {
        loop {
            // Ends with the store, though nothing is appended any more.
            let rung = timeout(LISTEN_AGAIN, tell.notified()).await.is_ok();
            if wake.upgrade().is_none() || link.is_closed() {
                return;
            }
            if rung {
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

/// Hears of other processes' appends on a connection of its own, until the store is gone.
pub(crate) fn listen(wake: &Arc<Wake>, link: &Link, channel: &str) {
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
            let listening = async {
                if client.batch_execute(&sql).await.is_ok()
                    && let Some(wake) = wake.upgrade()
                {
                    // Something may have happened before it listened.
                    wake.ring();
                }
                std::future::pending::<()>().await;
            };
            let hearing = async {
                loop {
                    match timeout(LISTEN_AGAIN, messages.next()).await {
                        Ok(Some(Ok(AsyncMessage::Notification(_)))) => match wake.upgrade() {
                            Some(wake) => wake.ring(),
                            None => return,
                        },
                        Ok(Some(Err(_)) | None) => return,
                        Err(_) if wake.upgrade().is_none() || link.is_closed() => return,
                        Ok(Some(Ok(_))) | Err(_) => {}
                    }
                }
            };
            select(pin!(hearing), pin!(listening)).await;
            if wake.upgrade().is_none() || link.is_closed() {
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
