//! The tables in the store's own file.

use std::path::{Path, PathBuf};

use eventide::prelude::*;
use eventide::projection::Occurred;
use eventide::sqlite::Sqlite;
use eventide::sqlite::rusqlite::{Connection, Error, OpenFlags, Row};
use tokio::task::spawn_blocking;

use super::super::order::{LineAdded, OrderConfirmed, OrderPlaced};
use super::super::{Money, Order};
use super::sql::{Sql, parameters};
use super::{Asked, BestSeller, By, rows};

/// What sells best, in tables in the store's file.
#[derive(Debug, Projection)]
#[projection(target = Sqlite, observes(Order), name = "best-sellers")]
pub struct BestSellersInFile {
    sql: Sql,
    file: PathBuf,
}

#[projects]
impl BestSellersInFile {
    fn placed(
        &self,
        event: &OrderPlaced,
        recorded: &RecordedEvent,
        tx: &Connection,
    ) -> Result<(), Error> {
        let mut insert = tx.prepare_cached(&self.sql.placed)?;
        insert.execute((rows::number(recorded), &event.destination.country))?;
        Ok(())
    }

    fn lines_added(
        &self,
        events: &[Occurred<'_, LineAdded>],
        tx: &Connection,
    ) -> Result<(), BoxError> {
        let mut insert = tx.prepare_cached(&self.sql.lines)?;
        for it in rows::lines(events)? {
            insert.execute((it.number, it.version, it.article, it.quantity, it.amount))?;
        }
        let mut upsert = tx.prepare_cached(&self.sql.called)?;
        for it in rows::called(events) {
            upsert.execute((it.article, it.description, it.said_at, it.said_in))?;
        }
        Ok(())
    }

    fn confirmed(
        &self,
        _: &OrderConfirmed,
        recorded: &RecordedEvent,
        tx: &Connection,
    ) -> Result<(), BoxError> {
        let number = rows::number(recorded);
        let mut update = tx.prepare_cached(&self.sql.confirmed)?;
        let updated = update.execute((number, rows::month(recorded)))?;
        Ok(rows::written(updated, number)?)
    }
}

impl BestSellersInFile {
    /// Makes the tables in the store's file, if they are not there.
    pub async fn open(store: &SqliteStore) -> anyhow::Result<Self> {
        let given = |columns| format!("VALUES ({})", parameters(columns));
        // To SQLite, `$1` is a name, and its number is that of its place.
        let sql = Sql::new(&Self::INFO, ("", "text", "?"), given);
        let it = Self {
            sql,
            file: store.path().to_owned(),
        };
        let (file, tables) = (it.file.clone(), it.sql.tables.clone());
        spawn_blocking(move || connect(&file)?.execute_batch(&tables)).await??;
        Ok(it)
    }

    /// The best of what is in the tables.
    pub async fn best(&self, by: By, asked: &Asked) -> anyhow::Result<Vec<BestSeller>> {
        let (file, sql, asked) = (self.file.clone(), self.sql.best(by), asked.clone());
        let best = spawn_blocking(move || {
            let conn = connect(&file)?;
            let mut select = conn.prepare(&sql)?;
            let asked = (asked.country, asked.month, asked.limit);
            select
                .query_map(asked, best_seller)?
                .collect::<Result<_, Error>>()
        });
        Ok(best.await??)
    }
}

/// A connection beside the store's own.
fn connect(file: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(file, flags)
}

fn best_seller(row: &Row<'_>) -> Result<BestSeller, Error> {
    Ok(BestSeller {
        article: row.get(0)?,
        description: row.get(1)?,
        quantity: row.get(2)?,
        orders: row.get(3)?,
        revenue: Money::of_parts(row.get(4)?),
    })
}
