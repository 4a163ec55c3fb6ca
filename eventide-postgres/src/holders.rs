//! Who holds the log's lock.

use std::time::Duration;

use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use crate::sql::{Schema, Sql};

/// A session that holds the log's lock, or waits for it. Who holds it for long keeps everybody from
/// appending; reading goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockHolder {
    /// The server's process; `None` if it is a prepared transaction, which belongs to no session.
    pub pid: Option<i32>,
    /// The name of the prepared transaction, if it is one: `COMMIT PREPARED` or `ROLLBACK PREPARED`
    /// ends it.
    pub prepared: Option<String>,
    /// Whether it holds the lock, or waits for it.
    pub holds: bool,
    /// What it calls itself.
    pub application: Option<String>,
    /// What it does: `active`, `idle in transaction`, and so on.
    pub state: Option<String>,
    /// How long its transaction has been open.
    pub age: Duration,
    /// Its last statement.
    pub query: Option<String>,
}

pub(crate) fn statement(schema: &Schema) -> Sql {
    let types: [Type; 0] = [];
    schema.sql(
        "SELECT a.pid, p.gid, l.granted, a.application_name, a.state, \
         extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared))::float8, a.query \
         FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid \
         LEFT JOIN LATERAL (SELECT p.gid, p.prepared FROM pg_locks x \
         JOIN pg_prepared_xacts p ON p.transaction = x.transactionid \
         WHERE l.pid IS NULL AND x.pid IS NULL AND x.locktype = 'transactionid' \
         AND x.virtualtransaction = l.virtualtransaction LIMIT 1) p ON true \
         WHERE l.locktype = 'advisory' AND l.classid = 1702261860::oid \
         AND l.objid = '@schema@.events'::regclass::oid AND l.objsubid = 2 \
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         ORDER BY l.granted DESC, 6 DESC",
        types,
    )
}

pub(crate) fn of_row(row: &Row) -> Result<LockHolder, Error> {
    let seconds: Option<f64> = row.try_get(5)?;
    let age = Duration::try_from_secs_f64(seconds.unwrap_or_default());
    Ok(LockHolder {
        pid: row.try_get(0)?,
        prepared: row.try_get(1)?,
        holds: row.try_get(2)?,
        application: row.try_get(3)?,
        state: row.try_get(4)?,
        age: age.unwrap_or_default(),
        query: row.try_get(6)?,
    })
}
