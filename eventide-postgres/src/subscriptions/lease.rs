//! Leases: claimed, held, given back. By the server's clock alone.

use std::time::Duration;

use eventide_core::store::StoreError;
use eventide_core::subscription::{
    Checkpoint, Claimed, Lease, LeaseError, SubscriptionName, Token, WorkerId,
};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::asking::Asking;
use super::desk::checkpoint;
use super::{ReadSide, damaged};
use crate::error::lost_in_transit;
use crate::link::Answer;
use crate::sql::{Schema, Sql};
use crate::value::{Wrong, signed, unsigned};

pub(super) const CLAIM: &str = "claim a partition of a subscription in";
pub(super) const HOLD: &str = "hold a partition of a subscription in";

/// A lease for longer would be one for ever.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

#[derive(Debug)]
pub(super) struct Statements {
    claim: Sql,
    take_over: Sql,
    renew: Sql,
    release: Sql,
    checkpoints: Sql,
}

/// Takes the partitions that `wanted` finds for `$2`, for `$3` microseconds; one row that tells
/// which, or nulls, and none if there is no such subscription.
///
/// A token is a time: so it is higher than all before even where the subscription was forgotten and
/// made anew meanwhile.
macro_rules! take {
    ($wanted:literal) => {
        concat!(
            "WITH wanted AS MATERIALIZED (",
            $wanted,
            "), taken AS (
                UPDATE @schema@.subscription_partitions p SET
                    token = greatest(p.token + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::int8),
                    owner = $2, expires_at = clock_timestamp() + $3 * interval '1 microsecond'
                FROM wanted w WHERE p.subscription = $1 AND p.partition = w.partition
                RETURNING p.partition, p.token
             )
             SELECT t.partition, t.token FROM @schema@.subscriptions s LEFT JOIN taken t ON true
             WHERE s.name = $1"
        )
    };
}

impl Statements {
    pub(super) fn new(schema: &Schema) -> Self {
        let held = [Type::TEXT, Type::INT4, Type::INT8];
        Self {
            claim: schema.sql(
                // Who claims at the same time takes another one.
                take!(
                    "SELECT p.partition FROM @schema@.subscription_partitions p
                     WHERE p.subscription = $1
                        AND (p.expires_at IS NULL OR p.expires_at <= clock_timestamp())
                     ORDER BY (
                        SELECT min(c.position) FROM @schema@.subscription_checkpoints c
                        WHERE c.subscription = p.subscription AND c.partition = p.partition
                     ), p.partition
                     LIMIT 1 FOR UPDATE OF p SKIP LOCKED"
                ),
                [Type::TEXT, Type::TEXT, Type::INT8],
            ),
            take_over: schema.sql(
                take!(
                    "SELECT p.partition FROM @schema@.subscription_partitions p
                     WHERE p.subscription = $1 AND p.partition = $4 FOR UPDATE OF p"
                ),
                [Type::TEXT, Type::TEXT, Type::INT8, Type::INT4],
            ),
            renew: schema.sql(
                "UPDATE @schema@.subscription_partitions
                 SET expires_at = clock_timestamp() + $4 * interval '1 microsecond'
                 WHERE subscription = $1 AND partition = $2 AND token = $3 AND owner IS NOT NULL
                 RETURNING partition",
                [Type::TEXT, Type::INT4, Type::INT8, Type::INT8],
            ),
            release: schema.sql(
                "UPDATE @schema@.subscription_partitions SET owner = NULL, expires_at = NULL
                 WHERE subscription = $1 AND partition = $2 AND token = $3",
                held,
            ),
            checkpoints: schema.sql(
                "SELECT first_slice, last_slice, log_id, position, event_id
                 FROM @schema@.subscription_checkpoints
                 WHERE subscription = $1 AND partition = $2 ORDER BY first_slice",
                [Type::TEXT, Type::INT4],
            ),
        }
    }

    /// Those that go along an index, each with it.
    #[cfg(test)]
    pub(super) fn all(&self) -> Vec<(Sql, &'static str)> {
        vec![
            (self.renew.clone(), "subscription_partitions_number"),
            (self.release.clone(), "subscription_partitions_number"),
            (self.checkpoints.clone(), "subscription_checkpoints_slices"),
        ]
    }
}

impl ReadSide {
    pub(super) async fn renew(
        &self,
        lease: &Lease,
        ttl: Duration,
    ) -> Result<Vec<Checkpoint>, LeaseError> {
        let (subscription, partition, token) = columns(lease);
        let params: [&(dyn ToSql + Sync); _] = [&subscription, &partition, &token, &micros(ttl)];
        // It waits for a step that is under way.
        let held = self.ask(HOLD, &self.lease.renew, &params).await?;
        if held.is_empty() {
            return Err(lost(lease));
        }
        Ok(self.asking().checkpoints(lease).await?)
    }

    pub(super) async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let (subscription, partition, token) = columns(lease);
        let params: [&(dyn ToSql + Sync); _] = [&subscription, &partition, &token];
        let released = self.ask(HOLD, &self.lease.release, &params).await;
        released.map(|_| ())
    }

    /// The rows of a statement that may not be repeated where its answer was lost.
    pub(super) async fn ask_once(
        &self,
        attempt: &'static str,
        sql: &Sql,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let mut retry = self.link.retry(attempt);
        loop {
            let session = retry.session().await?;
            match session.rows_in_time(sql, params).await {
                Answer::Rows(rows) => return Ok(rows),
                Answer::Failed(source) if lost_in_transit(&source) => {
                    return Err(self.place().unknown(attempt, Some(source)));
                }
                Answer::Failed(source) => retry.again(source).await?,
                Answer::Silence => return Err(self.place().unknown(attempt, None)),
            }
        }
    }
}

impl Asking<'_> {
    /// Claims that partition, or one that is free. Not asked again after a lost answer: what was
    /// claimed runs out.
    pub(super) async fn claim(
        &self,
        name: &SubscriptionName,
        wanted: Option<u16>,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Claimed>, StoreError> {
        let (subscription, worker, ttl) = (name.as_str(), worker.as_str(), micros(ttl));
        let rows = match wanted.map(i32::from) {
            None => {
                let params: [&(dyn ToSql + Sync); _] = [&subscription, &worker, &ttl];
                self.ask_once(CLAIM, &self.kept.lease.claim, &params)
                    .await?
            }
            Some(wanted) => {
                let params: [&(dyn ToSql + Sync); _] = [&subscription, &worker, &ttl, &wanted];
                self.ask_once(CLAIM, &self.kept.lease.take_over, &params)
                    .await?
            }
        };
        let Some(row) = rows.first() else {
            return Err(self.kept.unknown(CLAIM, name));
        };
        let Some((partition, token)) = taken(row).map_err(damaged(self.kept.place(), name))? else {
            return Ok(None);
        };
        let lease = Lease::new(name.clone(), partition, token);
        // In a statement of its own: this one sees all that was written by lower tokens.
        let checkpoints = self.checkpoints(&lease).await?;
        Ok(Some(Claimed::new(lease, checkpoints)))
    }

    pub(super) async fn checkpoints(&self, lease: &Lease) -> Result<Vec<Checkpoint>, StoreError> {
        let (subscription, partition, _) = columns(lease);
        let params: [&(dyn ToSql + Sync); _] = [&subscription, &partition];
        let rows = self
            .ask("read", &self.kept.lease.checkpoints, &params)
            .await?;
        let checkpoints = rows.iter().map(|row| checkpoint(row, 0));
        let checkpoints = checkpoints.collect::<Result<_, _>>();
        checkpoints.map_err(damaged(self.kept.place(), &lease.subscription))
    }
}

/// Says that a lease does not count any more.
pub(crate) fn lost(lease: &Lease) -> LeaseError {
    LeaseError::Lost {
        lease: lease.clone(),
    }
}

/// Subscription, partition and token.
pub(crate) fn columns(lease: &Lease) -> (&str, i32, i64) {
    let name = lease.subscription.as_str();
    (name, lease.partition.into(), signed(lease.token.as_raw()))
}

fn taken(row: &Row) -> Result<Option<(u16, Token)>, Wrong> {
    let Some(partition) = row.try_get::<_, Option<i32>>(0)? else {
        return Ok(None);
    };
    let token = Token::from_raw(unsigned(row.try_get(1)?)?);
    Ok(Some((partition.try_into()?, token)))
}

fn micros(ttl: Duration) -> i64 {
    i64::try_from(ttl.min(LONGEST).as_micros()).unwrap_or(i64::MAX)
}
