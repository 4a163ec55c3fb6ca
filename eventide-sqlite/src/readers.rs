//! Readers: a few connections that only read, so that reading waits for no writer.

use std::sync::{Arc, Mutex, PoisonError};

use eventide_core::store::{StoreError, StoreErrorKind};
use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::connect;
use crate::error::Place;

/// A pool of reading connections, opened as they are needed.
#[derive(Debug, Clone)]
pub(crate) struct Readers {
    place: Place,
    idle: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
    count: u32,
}

impl Readers {
    pub(crate) fn new(place: Place, count: usize) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            place,
            idle: Arc::default(),
            turns: Arc::new(Semaphore::new(count as usize)),
            count,
        }
    }

    /// Runs `read` on a connection, off the runtime's own threads. All it reads is of one instant.
    pub(crate) async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Place) -> Result<T, StoreError> + Send + 'static,
    {
        let Ok(turn) = self.turns.clone().acquire_owned().await else {
            return Err(self.place.closed("read"));
        };
        let (place, idle) = (self.place.clone(), self.idle.clone());
        off_the_runtime(&self.place, move || {
            let conn = match pop(&idle) {
                Some(conn) => conn,
                None => connect::reader(&place).map_err(|source| place.failed("read", source))?,
            };
            let result = in_one_instant(&conn, &place, read);
            if conn.is_autocommit() {
                push(&idle, conn);
            }
            drop(turn);
            result
        })
        .await
    }

    /// Opens the first connection of a store that has no writer, and so nobody who has looked at
    /// the file.
    pub(crate) async fn open_first(&self) -> Result<(), StoreError> {
        let (place, idle) = (self.place.clone(), self.idle.clone());
        off_the_runtime(&self.place, move || {
            push(&idle, connect::first_reader(&place)?);
            Ok(())
        })
        .await
    }

    /// Waits for the reads under way, and lets no more begin.
    pub(crate) async fn close(&self) {
        if let Ok(all) = self.turns.acquire_many(self.count).await {
            self.turns.close();
            drop(all);
        }
        while pop(&self.idle).is_some() {}
    }
}

/// Runs what may block on a thread that may.
async fn off_the_runtime<T: Send + 'static>(
    place: &Place,
    blocking: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let runtime = Handle::try_current().map_err(|source| {
        let why = "reading needs a Tokio runtime; call it from a task";
        place
            .error(StoreErrorKind::Other, "read", why)
            .with_source(source)
    })?;
    let done = runtime.spawn_blocking(blocking).await;
    done.unwrap_or_else(|source| {
        let why = "the runtime stopped the read; try again";
        Err(place
            .error(StoreErrorKind::Unavailable, "read", why)
            .with_source(source))
    })
}

fn in_one_instant<T>(
    conn: &Connection,
    place: &Place,
    read: impl FnOnce(&Connection, &Place) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let failed = |source| place.failed("read", source);
    let run = |sql| conn.prepare_cached(sql)?.execute([]);
    run("BEGIN").map_err(failed)?;
    let value = read(conn, place);
    // A connection that cannot end its transaction does not go back to the pool.
    run("COMMIT").map_err(failed)?;
    value
}

fn pop(idle: &Mutex<Vec<Connection>>) -> Option<Connection> {
    idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn push(idle: &Mutex<Vec<Connection>>, conn: Connection) {
    idle.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(conn);
}
