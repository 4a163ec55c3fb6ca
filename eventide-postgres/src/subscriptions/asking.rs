//! Who asks: on a connection of the pool, with patience; or inside a transaction, where one try is all.

use eventide_core::store::StoreError;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Transaction};

use super::ReadSide;
use crate::link::Rows;
use crate::sql::Sql;

/// The read side, as it is asked.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) kept: &'a ReadSide,
    pub(crate) inside: Option<&'a Transaction<'a>>,
}

impl ReadSide {
    /// Asked on a connection of the pool.
    pub(crate) fn asking(&self) -> Asking<'_> {
        Asking {
            kept: self,
            inside: None,
        }
    }

    /// Asked inside a transaction: it sees what that wrote.
    pub(crate) fn inside<'a>(&'a self, transaction: &'a Transaction<'a>) -> Asking<'a> {
        Asking {
            kept: self,
            inside: Some(transaction),
        }
    }
}

impl Asking<'_> {
    /// The rows of a statement that may be repeated.
    pub(crate) async fn ask(
        &self,
        attempt: &'static str,
        sql: &Sql,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        match self.inside {
            None => self.kept.ask(attempt, sql, params).await,
            Some(transaction) => {
                let (link, place) = (&self.kept.link, self.kept.place());
                match link.in_time(transaction.rows(sql, params)).await {
                    Some(rows) => rows.map_err(|source| place.failed(attempt, source)),
                    None => Err(place.silent(attempt)),
                }
            }
        }
    }

    /// The rows of a statement that may not be repeated where its answer was lost.
    pub(super) async fn ask_once(
        &self,
        attempt: &'static str,
        sql: &Sql,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        match self.inside {
            None => self.kept.ask_once(attempt, sql, params).await,
            Some(_) => self.ask(attempt, sql, params).await,
        }
    }
}
