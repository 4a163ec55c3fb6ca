//! Subscriptions as a whole: made, looked at.

use eventide_core::store::{LogMark, NewSubscription, StoreError};
use eventide_core::subscription::{
    Checkpoint, PartitionCount, PartitionStatus, Slice, Slices, SubscriptionName,
    SubscriptionStatus, Token, WorkerId,
};
use eventide_core::{EventId, LogId, Position};
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::{ReadSide, damaged};
use crate::sql::{Schema, Sql};
use crate::value::{Micros, Wrong, signed, unsigned};

pub(super) const OPEN: &str = "open a subscription in";
pub(super) const CHANGE: &str = "change a subscription in";

#[derive(Debug)]
pub(super) struct Statements {
    make: Sql,
    status: Sql,
    names: Sql,
    set_fingerprint: Sql,
}

impl Statements {
    pub(super) fn new(schema: &Schema) -> Self {
        Self {
            make: schema.sql(
                "WITH made AS (
                    INSERT INTO @schema@.subscriptions (name, partitions, fingerprint)
                    VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING RETURNING name
                 ), partitions AS (
                    INSERT INTO @schema@.subscription_partitions (subscription, partition, token, moved_at)
                    SELECT made.name, n, coalesce(f.token, 0), clock_timestamp()
                    FROM made CROSS JOIN generate_series(0, $2 - 1) AS n
                    LEFT JOIN @schema@.forgotten_subscriptions f ON f.name = made.name
                 )
                 INSERT INTO @schema@.subscription_checkpoints
                    (subscription, partition, first_slice, last_slice, log_id, position, event_id)
                 SELECT name, c.partition, c.first_slice, c.last_slice, $7, $8, $9
                 FROM made, unnest($4, $5, $6) AS c (partition, first_slice, last_slice)",
                [
                    Type::TEXT,
                    Type::INT4,
                    Type::INT8,
                    Type::INT4_ARRAY,
                    Type::INT4_ARRAY,
                    Type::INT4_ARRAY,
                    Type::UUID,
                    Type::INT8,
                    Type::UUID,
                ],
            ),
            status: schema.sql(
                "SELECT s.partitions, s.fingerprint, l.keys, l.letters, p.partition, p.token,
                    CASE WHEN p.expires_at > clock_timestamp() THEN p.owner END, p.moved_at,
                    c.first_slice, c.last_slice, c.log_id, c.position, c.event_id
                 FROM @schema@.subscriptions s
                 JOIN @schema@.subscription_partitions p ON p.subscription = s.name
                 JOIN @schema@.subscription_checkpoints c
                    ON c.subscription = p.subscription AND c.partition = p.partition
                 CROSS JOIN (
                    SELECT count(DISTINCT d.key) AS keys, count(*) AS letters
                    FROM @schema@.dead_letters d WHERE d.subscription = $1
                 ) l
                 WHERE s.name = $1 ORDER BY p.partition, c.first_slice",
                [Type::TEXT],
            ),
            names: schema.sql("SELECT name FROM @schema@.subscriptions ORDER BY name", []),
            set_fingerprint: schema.sql(
                "UPDATE @schema@.subscriptions SET fingerprint = $2 WHERE name = $1 RETURNING name",
                [Type::TEXT, Type::INT8],
            ),
        }
    }
}

impl ReadSide {
    /// Makes it, unless one of its name is there.
    pub(super) async fn make(&self, new: &NewSubscription) -> Result<(), StoreError> {
        let all = Checkpoint::new(Slices::ALL, new.begin);
        let ranges = Ranges::of(&Checkpoint::divide(&[all], new.count));
        let made = self
            .ask(
                OPEN,
                &self.desk.make,
                &[
                    &new.name.as_str(),
                    &i32::from(new.count.get()),
                    &new.fingerprint.cast_signed(),
                    &ranges.partition,
                    &ranges.first,
                    &ranges.last,
                    new.begin.log().as_uuid(),
                    &signed(new.begin.position().as_raw()),
                    &new.begin.event().map(|event| *event.as_uuid()),
                ],
            )
            .await;
        made.map(|_| ())
    }

    pub(super) async fn status(
        &self,
        name: &SubscriptionName,
    ) -> Result<Option<SubscriptionStatus>, StoreError> {
        let sql = &self.desk.status;
        let rows = self.ask("read", sql, &[&name.as_str()]).await?;
        status(name, &rows).map_err(damaged(self.place(), name))
    }

    pub(super) async fn names(&self) -> Result<Vec<SubscriptionName>, StoreError> {
        let rows = self.ask("read", &self.desk.names, &[]).await?;
        let name = |row: &Row| Ok(SubscriptionName::new(row.try_get::<_, &str>(0)?)?);
        let names = rows.iter().map(name).collect::<Result<_, Wrong>>();
        names.map_err(|source| {
            let reason = "a column has the wrong form";
            let damaged = self.place().damaged("the name of a subscription", reason);
            damaged.with_source(source)
        })
    }

    pub(super) async fn set_fingerprint(
        &self,
        name: &SubscriptionName,
        fingerprint: u64,
    ) -> Result<(), StoreError> {
        let sql = &self.desk.set_fingerprint;
        let params = (name.as_str(), fingerprint.cast_signed());
        let changed = self.ask(CHANGE, sql, &[&params.0, &params.1]).await?;
        match changed.first() {
            Some(_) => Ok(()),
            None => Err(self.unknown(CHANGE, name)),
        }
    }
}

fn status(name: &SubscriptionName, rows: &[Row]) -> Result<Option<SubscriptionStatus>, Wrong> {
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let count = u16::try_from(first.try_get::<_, i32>(0)?)?;
    let count = PartitionCount::new(count).ok_or("so many partitions there cannot be")?;
    let mut partitions: Vec<PartitionStatus> = Vec::new();
    for row in rows {
        let number = u16::try_from(row.try_get::<_, i32>(4)?)?;
        let checkpoint = checkpoint(row, 8)?;
        match partitions.last_mut() {
            Some(last) if last.partition == number => last.checkpoints.push(checkpoint),
            _ => {
                let token = Token::from_raw(unsigned(row.try_get(5)?)?);
                let moved_at = row.try_get::<_, Micros>(7)?.timestamp()?;
                let mut partition = PartitionStatus::new(number, vec![checkpoint], token, moved_at);
                partition.owner = row.try_get::<_, Option<&str>>(6)?.map(WorkerId::from);
                partitions.push(partition);
            }
        }
    }
    let fingerprint = first.try_get::<_, i64>(1)?.cast_unsigned();
    let mut status = SubscriptionStatus::new(name.clone(), count, fingerprint, partitions);
    status.parked_keys = unsigned(first.try_get(2)?)?;
    status.letters = unsigned(first.try_get(3)?)?;
    Ok(Some(status))
}

/// The checkpoint in the columns from `at` on: first and last slice, log, position, event.
pub(super) fn checkpoint(row: &Row, at: usize) -> Result<Checkpoint, Wrong> {
    let slice = |at| -> Result<Slice, Wrong> {
        let number = u16::try_from(row.try_get::<_, i32>(at)?)?;
        Ok(Slice::new(number).ok_or("so many slices there are not")?)
    };
    let slices = Slices::new(slice(at)?, slice(at + 1)?).ok_or("a range ends before it begins")?;
    let log = LogId::from_uuid(row.try_get(at + 2)?);
    let position = Position::from_raw(unsigned(row.try_get(at + 3)?)?);
    let event: Option<Uuid> = row.try_get(at + 4)?;
    let mark = LogMark::new(log, position, event.map(EventId::from_uuid));
    Ok(Checkpoint::new(slices, mark))
}

/// Checkpoints as parallel arrays.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    pub(super) partition: Vec<i32>,
    pub(super) first: Vec<i32>,
    pub(super) last: Vec<i32>,
    pub(super) log: Vec<Uuid>,
    pub(super) position: Vec<i64>,
    pub(super) event: Vec<Option<Uuid>>,
}

impl Ranges {
    pub(super) fn of(checkpoints: &[(u16, Checkpoint)]) -> Self {
        let mut ranges = Self::default();
        for (partition, checkpoint) in checkpoints {
            let Checkpoint { slices, mark, .. } = checkpoint;
            ranges.partition.push((*partition).into());
            ranges.first.push(slices.first().get().into());
            ranges.last.push(slices.last().get().into());
            ranges.log.push(*mark.log().as_uuid());
            ranges.position.push(signed(mark.position().as_raw()));
            let event = mark.event().map(|event| *event.as_uuid());
            ranges.event.push(event);
        }
        ranges
    }
}
