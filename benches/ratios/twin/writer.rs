//! The thread that writes, so that tasks never block.

use std::path::Path;
use std::sync::mpsc;
use std::thread;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::many::Sink;
use super::row::{Inserts, Row};

/// A way to the thread. It ends when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Writer(mpsc::Sender<(Vec<Row>, oneshot::Sender<()>)>);

impl Writer {
    pub(crate) fn start(file: &Path) -> Self {
        let conn = Connection::open(file).unwrap();
        let (batches, inbox) = mpsc::channel::<(Vec<Row>, oneshot::Sender<()>)>();
        thread::spawn(move || {
            let mut inserts = Inserts::new(&conn);
            while let Ok((rows, done)) = inbox.recv() {
                inserts.commit(&rows);
                done.send(()).unwrap();
            }
        });
        Self(batches)
    }

    /// Writes `rows` in one transaction.
    pub(crate) async fn commit(&self, rows: Vec<Row>) {
        let (done, written) = oneshot::channel();
        self.0.send((rows, done)).unwrap();
        written.await.unwrap();
    }
}

/// One commit per command.
impl Sink for Writer {
    async fn store(&self, row: Row) {
        self.commit(vec![row]).await;
    }
}
