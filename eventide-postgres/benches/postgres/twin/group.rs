//! Group commit: what waits goes into one transaction. The batch gathers by yielding until the
//! tasks that were just answered have asked again; sending at once would make tiny batches.

use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;

use super::row::Row;
use super::writer::Writer;
use crate::clients::Contestant;
use crate::native::{EVENT_TYPE, PAYLOAD, place};

const MAX_BATCH: usize = 1024;

/// A turn of the runtime wakes the client, the next takes its row; one more to be sure.
const QUIET_YIELDS: u32 = 3;

/// Shares transactions.
#[derive(Clone)]
pub(crate) struct Grouped(mpsc::UnboundedSender<(Row, oneshot::Sender<()>)>);

impl Grouped {
    pub(crate) async fn connect(address: &str) -> Self {
        let writer = Writer::connect(address).await;
        let (rows, mut inbox) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(batch) = gather(&mut inbox).await {
                let (rows, replies): (Vec<Row>, Vec<oneshot::Sender<()>>) =
                    batch.into_iter().unzip();
                writer.commit(&rows).await;
                for reply in replies {
                    reply.send(()).unwrap();
                }
            }
        });
        Self(rows)
    }

    pub(super) async fn store(&self, row: Row) {
        let (reply, stored) = oneshot::channel();
        self.0.send((row, reply)).unwrap();
        stored.await.unwrap();
    }
}

impl Contestant for Grouped {
    async fn ask(&self, client: u64, turn: u64) {
        let (id, before) = place(client, turn);
        let version = before.cast_signed() + 1;
        let row = Row::new(id, version, EVENT_TYPE, PAYLOAD.to_vec());
        self.store(row).await;
    }
}

/// All that waits, once nothing more comes; `None` when nobody is left.
pub(super) async fn gather<T>(inbox: &mut mpsc::UnboundedReceiver<T>) -> Option<Vec<T>> {
    let mut batch = vec![inbox.recv().await?];
    let mut quiet = 0;
    while quiet < QUIET_YIELDS && batch.len() < MAX_BATCH {
        let before = batch.len();
        while batch.len() < MAX_BATCH
            && let Ok(next) = inbox.try_recv()
        {
            batch.push(next);
        }
        quiet = if batch.len() > before { 0 } else { quiet + 1 };
        yield_now().await;
    }
    Some(batch)
}
