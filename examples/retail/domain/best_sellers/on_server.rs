//! The tables in the store's own schema on its server.

use eventide::postgres::Postgres;
use eventide::postgres::tokio_postgres::types::{ToSql, Type};
use eventide::postgres::tokio_postgres::{Error, Row, Transaction};
use eventide::prelude::*;
use eventide::projection::Occurred;

use super::super::order::{LineAdded, OrderConfirmed, OrderPlaced};
use super::super::{Money, Order};
use super::sql::{Sql, parameters};
use super::{Asked, BestSeller, By, rows};

/// What sells best, in tables on the store's server.
#[derive(Debug, Projection)]
#[projection(target = Postgres, observes(Order), name = "best-sellers-on-server")]
pub struct BestSellersOnServer {
    sql: Sql,
    store: PostgresStore,
}

#[projects]
impl BestSellersOnServer {
    async fn placed(
        &self,
        event: &OrderPlaced,
        recorded: &RecordedEvent,
        tx: &Transaction<'_>,
    ) -> Result<(), Error> {
        let number = rows::number(recorded);
        let row = [text(&number), text(&event.destination.country)];
        tx.execute_typed(&self.sql.placed, &row).await?;
        Ok(())
    }

    /// All of them in two round trips.
    async fn lines_added(
        &self,
        events: &[Occurred<'_, LineAdded>],
        tx: &Transaction<'_>,
    ) -> Result<(), BoxError> {
        let rows = rows::lines(events)?;
        let orders: Vec<_> = rows.iter().map(|it| it.number).collect();
        let lines: Vec<_> = rows.iter().map(|it| it.version).collect();
        let articles: Vec<_> = rows.iter().map(|it| it.article).collect();
        let quantities: Vec<_> = rows.iter().map(|it| it.quantity).collect();
        let amounts: Vec<_> = rows.iter().map(|it| it.amount).collect();
        let columns = [
            texts(&orders),
            numbers(&lines),
            texts(&articles),
            numbers(&quantities),
            numbers(&amounts),
        ];
        tx.execute_typed(&self.sql.lines, &columns).await?;

        let rows = rows::called(events);
        let articles: Vec<_> = rows.iter().map(|it| it.article).collect();
        let descriptions: Vec<_> = rows.iter().map(|it| &it.description).collect();
        let said_at: Vec<_> = rows.iter().map(|it| it.said_at).collect();
        let said_in: Vec<_> = rows.iter().map(|it| it.said_in).collect();
        let columns = [
            texts(&articles),
            texts(&descriptions),
            numbers(&said_at),
            texts(&said_in),
        ];
        tx.execute_typed(&self.sql.called, &columns).await?;
        Ok(())
    }

    async fn confirmed(
        &self,
        _: &OrderConfirmed,
        recorded: &RecordedEvent,
        tx: &Transaction<'_>,
    ) -> Result<(), BoxError> {
        let (number, month) = (rows::number(recorded), rows::month(recorded));
        let row = [text(&number), text(&month)];
        let updated = tx.execute_typed(&self.sql.confirmed, &row).await?;
        Ok(rows::written(updated, number)?)
    }
}

impl BestSellersOnServer {
    /// Makes the tables in the store's schema, if they are not there: stores that share a database
    /// have their own.
    pub async fn open(store: &PostgresStore) -> anyhow::Result<Self> {
        let schema = format!("\"{}\".", store.schema().replace('"', "\"\""));
        let given = |columns| format!("SELECT * FROM unnest({})", parameters(columns));
        let sql = Sql::new(&Self::INFO, (&schema, "text COLLATE \"C\"", "$"), given);
        let mut connection = store.connection().await?;
        let transaction = connection.transaction().await?;
        // Two programs that make a table at once would be in each other's way, though it may exist.
        let alone = "SELECT pg_advisory_xact_lock(hashtext('retail best sellers'))";
        transaction.batch_execute(alone).await?;
        transaction.batch_execute(&sql.tables).await?;
        transaction.commit().await?;
        let store = store.clone();
        Ok(Self { sql, store })
    }

    /// The best of what is in the tables.
    pub async fn best(&self, by: By, asked: &Asked) -> anyhow::Result<Vec<BestSeller>> {
        let connection = self.store.connection().await?;
        let limit = i64::from(asked.limit);
        let asked = [
            text(&asked.country),
            text(&asked.month),
            (&limit, Type::INT8),
        ];
        let rows = connection.query_typed(&self.sql.best(by), &asked).await?;
        Ok(rows.iter().map(best_seller).collect::<Result<_, _>>()?)
    }
}

/// A parameter with its type, so that its statement is prepared and executed in one round trip.
type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

fn text<T: ToSql + Sync>(value: &T) -> Parameter<'_> {
    (value, Type::TEXT)
}

fn texts<T: ToSql + Sync>(column: &Vec<T>) -> Parameter<'_> {
    (column, Type::TEXT_ARRAY)
}

fn numbers(column: &Vec<i64>) -> Parameter<'_> {
    (column, Type::INT8_ARRAY)
}

fn best_seller(row: &Row) -> Result<BestSeller, Error> {
    Ok(BestSeller {
        article: row.try_get(0)?,
        description: row.try_get(1)?,
        quantity: row.try_get(2)?,
        orders: row.try_get(3)?,
        revenue: Money::of_parts(row.try_get(4)?),
    })
}
