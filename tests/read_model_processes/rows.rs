//! A projection that writes a row for each event, and has trouble with some of them at first.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "postgres")]
use eventide::postgres::{Postgres, tokio_postgres};
use eventide::prelude::*;
use eventide::sqlite::{Sqlite, rusqlite};
use fastrand::Rng;

use crate::domain::{Added, Order, Placed};

/// Nothing in the table forbids a row that is there already: it has to be seen.
const WRITE: &str = "INSERT INTO handled (key, position, event, process, failed)
    VALUES ($1, $2, $3, $4, $5)";

/// How often an event fails in each process before it succeeds: less often than until it is parked.
pub(crate) fn trouble_with(seed: u64, position: u64) -> i64 {
    let mut dice = Rng::with_seed(seed ^ position.rotate_left(32));
    match dice.u8(0..100) {
        0..6 => 1,
        6..8 => 3,
        _ => 0,
    }
}

/// What handling events comes to in one process.
#[derive(Debug)]
struct Trouble {
    seed: u64,
    /// How often each has failed.
    failed: Mutex<HashMap<u64, i64>>,
}

/// What becomes of one event, this time.
enum Fate {
    Fails,
    Panics,
    Succeeds,
}

impl Trouble {
    fn new(seed: u64) -> Self {
        let failed = Mutex::default();
        Self { seed, failed }
    }

    /// What becomes of the event this time, and how often it has failed before.
    fn draw(&self, position: u64) -> (Fate, i64) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = failed.entry(position).or_default();
        let before = *failed;
        if before >= trouble_with(self.seed, position) {
            return (Fate::Succeeds, before);
        }
        *failed += 1;
        let is_panic = (position + before.cast_unsigned()).is_multiple_of(2);
        let fate = if is_panic { Fate::Panics } else { Fate::Fails };
        (fate, before)
    }
}

impl Fate {
    fn meet(self) -> Result<(), BoxError> {
        match self {
            Self::Succeeds => Ok(()),
            Self::Fails => Err("out of luck this time".into()),
            Self::Panics => panic!("out of luck this time, and out of mind"),
        }
    }
}

/// A row: the order, where the event stands, its id, who wrote it, and how often it had failed there.
type Row = (String, i64, String, i64, i64);

fn row(recorded: &RecordedEvent, failed: i64) -> Row {
    (
        recorded.stream.aggregate_id().to_owned(),
        i64::try_from(recorded.position.as_raw()).unwrap(),
        recorded.id.to_string(),
        std::process::id().into(),
        failed,
    )
}

/// Writes to the store's file.
#[derive(Debug, Projection)]
#[projection(target = Sqlite, observes(Order), name = "rows")]
pub(crate) struct RowsInFile(Trouble);

impl RowsInFile {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Trouble::new(seed))
    }

    /// Fails only once there is something to be rolled back.
    fn write(&self, recorded: &RecordedEvent, tx: &rusqlite::Connection) -> Result<(), BoxError> {
        let (fate, failed) = self.0.draw(recorded.position.as_raw());
        tx.execute(WRITE, row(recorded, failed))?;
        fate.meet()
    }
}

#[projects]
impl RowsInFile {
    fn placed(
        &self,
        _: &Placed,
        recorded: &RecordedEvent,
        tx: &rusqlite::Connection,
    ) -> Result<(), BoxError> {
        self.write(recorded, tx)
    }

    fn added(
        &self,
        _: &Added,
        recorded: &RecordedEvent,
        tx: &rusqlite::Connection,
    ) -> Result<(), BoxError> {
        self.write(recorded, tx)
    }
}

/// Writes to the server.
#[cfg(feature = "postgres")]
#[derive(Debug, Projection)]
#[projection(target = Postgres, observes(Order), name = "rows-on-server")]
pub(crate) struct RowsOnServer(Trouble);

#[cfg(feature = "postgres")]
impl RowsOnServer {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Trouble::new(seed))
    }

    async fn write(
        &self,
        recorded: &RecordedEvent,
        tx: &tokio_postgres::Transaction<'_>,
    ) -> Result<(), BoxError> {
        let (fate, failed) = self.0.draw(recorded.position.as_raw());
        let (key, position, event, process, failed) = row(recorded, failed);
        tx.execute(WRITE, &[&key, &position, &event, &process, &failed])
            .await?;
        fate.meet()
    }
}

#[cfg(feature = "postgres")]
#[projects]
impl RowsOnServer {
    async fn placed(
        &self,
        _: &Placed,
        recorded: &RecordedEvent,
        tx: &tokio_postgres::Transaction<'_>,
    ) -> Result<(), BoxError> {
        self.write(recorded, tx).await
    }

    async fn added(
        &self,
        _: &Added,
        recorded: &RecordedEvent,
        tx: &tokio_postgres::Transaction<'_>,
    ) -> Result<(), BoxError> {
        self.write(recorded, tx).await
    }
}
