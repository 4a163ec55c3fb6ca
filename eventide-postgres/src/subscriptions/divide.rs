//! Dividing a subscription anew, and forgetting it: what ends all its leases.

use eventide_core::store::StoreError;
use eventide_core::subscription::{Checkpoint, PartitionCount, SubscriptionName};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::desk::{Ranges, checkpoint};
use super::{ReadSide, damaged};
use crate::link::Session;
use crate::sql::{Schema, Sql};
use crate::value::Wrong;
use crate::whole::{Statement, Trouble, Whole};

pub(super) const DIVIDE: &str = "divide a subscription in";
pub(super) const FORGET: &str = "forget a subscription in";

#[derive(Debug)]
pub(super) struct Statements {
    /// Keeps others from dividing or forgetting it meanwhile.
    lock: Sql,
    /// Waits for steps that are under way.
    tokens: Sql,
    checkpoints: Sql,
    set_count: Sql,
    make_partitions: Sql,
    make_checkpoints: Sql,
    /// Of the partitions and the checkpoints, and of all the rest.
    clear: [Sql; 2],
    forget: [Sql; 5],
}

impl Statements {
    pub(super) fn new(schema: &Schema) -> Self {
        let of_one = |text: &str| schema.sql(text, [Type::TEXT]);
        let delete = |table| {
            of_one(&format!(
                "DELETE FROM @schema@.{table} WHERE subscription = $1"
            ))
        };
        Self {
            lock: of_one("SELECT partitions FROM @schema@.subscriptions WHERE name = $1 FOR UPDATE"),
            tokens: of_one(
                "SELECT token FROM @schema@.subscription_partitions
                 WHERE subscription = $1 ORDER BY partition FOR UPDATE",
            ),
            checkpoints: of_one(
                "SELECT first_slice, last_slice, log_id, position, event_id
                 FROM @schema@.subscription_checkpoints
                 WHERE subscription = $1 ORDER BY first_slice",
            ),
            set_count: schema.sql(
                "UPDATE @schema@.subscriptions SET partitions = $2 WHERE name = $1",
                [Type::TEXT, Type::INT4],
            ),
            make_partitions: schema.sql(
                "INSERT INTO @schema@.subscription_partitions (subscription, partition, token, moved_at)
                 SELECT $1, n, $3, clock_timestamp() FROM generate_series(0, $2 - 1) AS n",
                [Type::TEXT, Type::INT4, Type::INT8],
            ),
            make_checkpoints: schema.sql(
                "INSERT INTO @schema@.subscription_checkpoints
                    (subscription, partition, first_slice, last_slice, log_id, position, event_id)
                 SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7)",
                [
                    Type::TEXT,
                    Type::INT4_ARRAY,
                    Type::INT4_ARRAY,
                    Type::INT4_ARRAY,
                    Type::UUID_ARRAY,
                    Type::INT8_ARRAY,
                    Type::UUID_ARRAY,
                ],
            ),
            clear: ["subscription_partitions", "subscription_checkpoints"].map(delete),
            forget: [
                of_one(
                    "WITH gone AS (
                        DELETE FROM @schema@.subscription_partitions WHERE subscription = $1
                        RETURNING token
                     )
                     INSERT INTO @schema@.forgotten_subscriptions (name, token)
                     SELECT $1, max(token) FROM gone HAVING max(token) IS NOT NULL
                     ON CONFLICT (name) DO UPDATE SET token = excluded.token",
                ),
                delete("subscription_checkpoints"),
                delete("dead_letters"),
                delete("subscription_routes"),
                of_one("DELETE FROM @schema@.subscriptions WHERE name = $1"),
            ],
        }
    }
}

impl ReadSide {
    pub(super) async fn divide(
        &self,
        name: &SubscriptionName,
        count: PartitionCount,
    ) -> Result<(), StoreError> {
        let mut retry = self.link.retry(DIVIDE);
        loop {
            let session = retry.session().await?;
            match self.try_divide(session, name, count).await {
                Ok(done) => return done,
                Err(trouble) => retry.after(trouble).await?,
            }
        }
    }

    async fn try_divide(
        &self,
        session: Session,
        name: &SubscriptionName,
        count: PartitionCount,
    ) -> Result<Result<(), StoreError>, Trouble> {
        let of_one = |sql: &Sql| Statement::new(sql.clone(), vec![Box::new(name.as_str())]);
        let statements = &self.divide;
        let (mut whole, found) = Whole::begin(session, &of_one(&statements.lock)).await?;
        let Some(row) = found.first() else {
            whole.undo().await;
            return Ok(Err(self.unknown(DIVIDE, name)));
        };
        let number = i32::from(count.get());
        if row.try_get::<_, i32>(0).is_ok_and(|found| found == number) {
            whole.undo().await;
            return Ok(Ok(()));
        }
        let found = [of_one(&statements.tokens), of_one(&statements.checkpoints)];
        let found = whole.rows(&found).await?;
        let (token, old) = match state(&found) {
            Ok(state) => state,
            Err(wrong) => {
                whole.undo().await;
                return Ok(Err(damaged(self.place(), name)(wrong)));
            }
        };
        let ranges = Ranges::of(&Checkpoint::divide(&old, count));
        let [partitions, checkpoints] = &statements.clear;
        // Tokens go on from the highest there was: a lease from before must not count any more.
        let work = [
            of_one(partitions),
            of_one(checkpoints),
            Statement::new(
                statements.make_partitions.clone(),
                vec![
                    Box::new(name.as_str()),
                    Box::new(number),
                    Box::new(token + 1),
                ],
            ),
            Statement::new(
                statements.make_checkpoints.clone(),
                vec![
                    Box::new(name.as_str()),
                    Box::new(ranges.partition),
                    Box::new(ranges.first),
                    Box::new(ranges.last),
                    Box::new(ranges.log),
                    Box::new(ranges.position),
                    Box::new(ranges.event),
                ],
            ),
            Statement::new(
                statements.set_count.clone(),
                vec![Box::new(name.as_str()), Box::new(number)],
            ),
        ];
        whole.rows(&work).await?;
        whole.commit().await?;
        Ok(Ok(()))
    }

    pub(super) async fn forget(&self, name: &SubscriptionName) -> Result<(), StoreError> {
        let mut retry = self.link.retry(FORGET);
        loop {
            let session = retry.session().await?;
            match self.try_forget(session, name).await {
                Ok(()) => return Ok(()),
                Err(trouble) => retry.after(trouble).await?,
            }
        }
    }

    async fn try_forget(&self, session: Session, name: &SubscriptionName) -> Result<(), Trouble> {
        let of_one = |sql: &Sql| Statement::new(sql.clone(), vec![Box::new(name.as_str())]);
        let Statements { lock, forget, .. } = &self.divide;
        let (mut whole, _) = Whole::begin(session, &of_one(lock)).await?;
        // The partitions first: that waits for steps that are under way, and what they write goes too.
        let work: Vec<_> = forget.iter().map(of_one).collect();
        whole.rows(&work).await?;
        whole.commit().await
    }
}

/// The highest token, and the checkpoints.
fn state(found: &[Vec<Row>]) -> Result<(i64, Vec<Checkpoint>), Wrong> {
    let [tokens, checkpoints] = found else {
        return Err("two statements have two answers".into());
    };
    let mut highest = 0;
    for row in tokens {
        highest = highest.max(row.try_get(0)?);
    }
    let checkpoints = checkpoints.iter().map(|row| checkpoint(row, 0));
    Ok((highest, checkpoints.collect::<Result<_, _>>()?))
}
