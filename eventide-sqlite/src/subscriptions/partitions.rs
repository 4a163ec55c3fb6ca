//! Subscriptions and their partitions: how far they came, and who works on them.

use std::time::Duration;

use eventide_core::store::{LogMark, NewSubscription, StoreErrorKind};
use eventide_core::subscription::{
    Checkpoint, Claimed, Lease, LeaseError, PartitionCount, PartitionStatus, Slice, Slices,
    SubscriptionName, SubscriptionStatus, Token, WorkerId,
};
use eventide_core::{EventId, LogId, Position};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Row, params};
use uuid::Uuid;

use super::clock::{now, until};
use super::letters;
use crate::change::Undone;
use crate::error::Place;
use crate::row::{number_at, signed, time_at};

/// Demands that there is a subscription of that name.
pub(super) fn known(
    conn: &Connection,
    place: &Place,
    name: &SubscriptionName,
) -> Result<(), Undone> {
    let mut select = conn.prepare_cached("SELECT 1 FROM subscriptions WHERE name = ?1")?;
    if select.exists([name.as_str()])? {
        return Ok(());
    }
    let why = format!("there is no subscription `{name}`; open it first");
    Err(place.error(StoreErrorKind::Other, "use", &why).into())
}

pub(super) fn open(conn: &Connection, new: &NewSubscription) -> Result<SubscriptionStatus, Undone> {
    if let Some(status) = status(conn, &new.name)? {
        return Ok(status);
    }
    conn.prepare_cached(
        "INSERT INTO subscriptions (name, partitions, fingerprint) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![
        new.name.as_str(),
        new.count.get(),
        new.fingerprint.cast_signed()
    ])?;
    let begin = [Checkpoint::new(Slices::ALL, new.begin)];
    let last = conn
        .prepare_cached("SELECT token FROM forgotten_subscriptions WHERE name = ?1")?
        .query_row([new.name.as_str()], |row| row.get(0))
        .optional()?;
    cut(conn, &new.name, &begin, new.count, last.unwrap_or(0))?;
    let made = status(conn, &new.name)?;
    made.ok_or_else(|| Error::QueryReturnedNoRows.into())
}

/// Makes the partitions of a subscription, which has none.
fn cut(
    conn: &Connection,
    name: &SubscriptionName,
    old: &[Checkpoint],
    count: PartitionCount,
    token: i64,
) -> Result<(), Error> {
    let now = now(conn)?;
    let mut partition = conn.prepare_cached(
        "INSERT INTO subscription_partitions (subscription, partition, token, moved_at) \
         VALUES (?1, ?2, ?3, ?4)",
    )?;
    for number in 0..count.get() {
        partition.execute(params![name.as_str(), number, token, now])?;
    }
    let mut checkpoint = conn.prepare_cached(
        "INSERT INTO checkpoints (subscription, partition, first_slice, last_slice, log_id, \
         position, event_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (number, Checkpoint { slices, mark, .. }) in Checkpoint::divide(old, count) {
        checkpoint.execute(params![
            name.as_str(),
            number,
            slices.first().get(),
            slices.last().get(),
            mark.log().as_uuid().as_bytes(),
            signed(mark.position().as_raw()),
            mark.event().map(|id| id.as_uuid().into_bytes()),
        ])?;
    }
    Ok(())
}

pub(super) fn divide(
    conn: &Connection,
    place: &Place,
    name: &SubscriptionName,
    count: PartitionCount,
) -> Result<(), Undone> {
    known(conn, place, name)?;
    let changed = conn
        .prepare_cached(
            "UPDATE subscriptions SET partitions = ?2 WHERE name = ?1 AND partitions <> ?2",
        )?
        .execute(params![name.as_str(), count.get()])?;
    if changed == 0 {
        return Ok(());
    }
    let old = conn
        .prepare_cached(
            "SELECT first_slice, last_slice, log_id, position, event_id FROM checkpoints \
             WHERE subscription = ?1 ORDER BY partition, first_slice",
        )?
        .query_map([name.as_str()], checkpoint)?
        .collect::<Result<Vec<_>, _>>()?;
    // Tokens go on from the highest there was: nobody holds it any more, and the next is higher.
    let token = conn
        .prepare_cached(
            "SELECT coalesce(max(token), 0) FROM subscription_partitions \
             WHERE subscription = ?1",
        )?
        .query_row([name.as_str()], |row| row.get(0))?;
    for sql in [
        "DELETE FROM subscription_partitions WHERE subscription = ?1",
        "DELETE FROM checkpoints WHERE subscription = ?1",
    ] {
        conn.prepare_cached(sql)?.execute([name.as_str()])?;
    }
    Ok(cut(conn, name, &old, count, token)?)
}

pub(super) fn forget(conn: &Connection, name: &SubscriptionName) -> Result<(), Undone> {
    for sql in [
        "INSERT INTO forgotten_subscriptions (name, token) \
         SELECT ?1, max(token) FROM subscription_partitions WHERE subscription = ?1 \
         HAVING max(token) IS NOT NULL ON CONFLICT (name) DO UPDATE SET token = excluded.token",
        "DELETE FROM subscriptions WHERE name = ?1",
        "DELETE FROM subscription_partitions WHERE subscription = ?1",
        "DELETE FROM checkpoints WHERE subscription = ?1",
        "DELETE FROM subscription_routes WHERE subscription = ?1",
        "DELETE FROM dead_letters WHERE subscription = ?1",
    ] {
        conn.prepare_cached(sql)?.execute([name.as_str()])?;
    }
    Ok(())
}

pub(super) fn set_fingerprint(
    conn: &Connection,
    place: &Place,
    name: &SubscriptionName,
    fingerprint: u64,
) -> Result<(), Undone> {
    known(conn, place, name)?;
    conn.prepare_cached("UPDATE subscriptions SET fingerprint = ?2 WHERE name = ?1")?
        .execute(params![name.as_str(), fingerprint.cast_signed()])?;
    Ok(())
}

/// Claims that partition, or of those that are free the one that came least far.
pub(super) fn claim(
    conn: &Connection,
    place: &Place,
    name: &SubscriptionName,
    wanted: Option<u16>,
    worker: &WorkerId,
    ttl: Duration,
) -> Result<Option<Claimed>, Undone> {
    known(conn, place, name)?;
    let partition = match wanted {
        Some(wanted) => wanted,
        None => match free(conn, name)? {
            Some(free) => free,
            None => return Ok(None),
        },
    };
    let token = conn
        .prepare_cached(
            "UPDATE subscription_partitions SET token = token + 1, owner = ?3, expires_at = ?4 \
             WHERE subscription = ?1 AND partition = ?2 RETURNING token",
        )?
        .query_row(
            params![name.as_str(), partition, worker.as_str(), until(conn, ttl)?],
            |row| number_at(row, 0),
        )
        .optional()?;
    let Some(token) = token else {
        return Ok(None);
    };
    let lease = Lease::new(name.clone(), partition, Token::from_raw(token));
    Ok(Some(Claimed::new(
        lease,
        checkpoints(conn, name, partition)?,
    )))
}

fn free(conn: &Connection, name: &SubscriptionName) -> Result<Option<u16>, Error> {
    conn.prepare_cached(
        "SELECT partition FROM subscription_partitions AS of \
         WHERE subscription = ?1 AND (owner IS NULL OR expires_at <= ?2) \
         ORDER BY (SELECT min(position) FROM checkpoints AS at \
                   WHERE at.subscription = ?1 AND at.partition = of.partition), partition LIMIT 1",
    )?
    .query_row(params![name.as_str(), now(conn)?], |row| row.get(0))
    .optional()
}

/// Demands that nobody took the lease, and that it was not given back.
pub(super) fn hold(conn: &Connection, lease: &Lease) -> Result<(), Undone> {
    let held = conn
        .prepare_cached(
            "SELECT owner IS NOT NULL FROM subscription_partitions \
             WHERE subscription = ?1 AND partition = ?2 AND token = ?3",
        )?
        .query_row(lease_params(lease), |row| row.get(0))
        .optional()?;
    if held == Some(true) {
        return Ok(());
    }
    let lease = lease.clone();
    Err(LeaseError::Lost { lease }.into())
}

pub(super) fn renew(
    conn: &Connection,
    lease: &Lease,
    ttl: Duration,
) -> Result<Vec<Checkpoint>, Undone> {
    hold(conn, lease)?;
    conn.prepare_cached(
        "UPDATE subscription_partitions SET expires_at = ?3 \
         WHERE subscription = ?1 AND partition = ?2",
    )?
    .execute(params![
        lease.subscription.as_str(),
        lease.partition,
        until(conn, ttl)?
    ])?;
    Ok(checkpoints(conn, &lease.subscription, lease.partition)?)
}

pub(super) fn release(conn: &Connection, lease: &Lease) -> Result<(), Undone> {
    conn.prepare_cached(
        "UPDATE subscription_partitions SET owner = NULL, expires_at = NULL \
         WHERE subscription = ?1 AND partition = ?2 AND token = ?3",
    )?
    .execute(lease_params(lease))?;
    Ok(())
}

/// Moves those ranges of the partition that are not as far.
pub(super) fn move_to(conn: &Connection, lease: &Lease, to: &LogMark) -> Result<(), Error> {
    let (name, partition) = (lease.subscription.as_str(), lease.partition);
    conn.prepare_cached(
        "UPDATE checkpoints SET log_id = ?3, position = ?4, event_id = ?5 \
         WHERE subscription = ?1 AND partition = ?2 AND position < ?4",
    )?
    .execute(params![
        name,
        partition,
        to.log().as_uuid().as_bytes(),
        signed(to.position().as_raw()),
        to.event().map(|id| id.as_uuid().into_bytes()),
    ])?;
    conn.prepare_cached(
        "UPDATE subscription_partitions SET moved_at = ?3 \
         WHERE subscription = ?1 AND partition = ?2",
    )?
    .execute(params![name, partition, now(conn)?])?;
    Ok(())
}

pub(super) fn names(conn: &Connection) -> Result<Vec<SubscriptionName>, Undone> {
    let mut select = conn.prepare_cached("SELECT name FROM subscriptions ORDER BY name")?;
    let names = select.query_map([], |row| row.get::<_, String>(0))?;
    let name = |text: Result<String, Error>| {
        SubscriptionName::new(text?)
            .map_err(|wrong| Error::FromSqlConversionFailure(0, Type::Text, Box::new(wrong)))
    };
    Ok(names.map(name).collect::<Result<_, _>>()?)
}

pub(super) fn status(
    conn: &Connection,
    name: &SubscriptionName,
) -> Result<Option<SubscriptionStatus>, Undone> {
    let kept = conn
        .prepare_cached("SELECT partitions, fingerprint FROM subscriptions WHERE name = ?1")?
        .query_row([name.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((count, fingerprint)): Option<(u16, i64)> = kept else {
        return Ok(None);
    };
    let count =
        PartitionCount::new(count).ok_or(Error::IntegralValueOutOfRange(0, i64::from(count)))?;
    let now = now(conn)?;
    let mut select = conn.prepare_cached(
        "SELECT partition, token, moved_at, iif(expires_at > ?2, owner, NULL) \
         FROM subscription_partitions WHERE subscription = ?1 ORDER BY partition",
    )?;
    let partitions = select.query_map(params![name.as_str(), now], |row| {
        let number = row.get(0)?;
        let token = Token::from_raw(number_at(row, 1)?);
        let checkpoints = checkpoints(conn, name, number)?;
        let mut status = PartitionStatus::new(number, checkpoints, token, time_at(row, 2)?);
        status.owner = row.get_ref(3)?.as_str_or_null()?.map(WorkerId::from);
        Ok(status)
    })?;
    let partitions = partitions.collect::<Result<_, _>>()?;
    let mut status =
        SubscriptionStatus::new(name.clone(), count, fingerprint.cast_unsigned(), partitions);
    (status.parked_keys, status.letters) = letters::count(conn, name)?;
    Ok(Some(status))
}

/// How far the ranges of a partition came, in their order.
fn checkpoints(
    conn: &Connection,
    name: &SubscriptionName,
    partition: u16,
) -> Result<Vec<Checkpoint>, Error> {
    let mut select = conn.prepare_cached(
        "SELECT first_slice, last_slice, log_id, position, event_id FROM checkpoints \
         WHERE subscription = ?1 AND partition = ?2 ORDER BY first_slice",
    )?;
    let rows = select.query_map(params![name.as_str(), partition], checkpoint)?;
    rows.collect()
}

fn checkpoint(row: &Row<'_>) -> Result<Checkpoint, Error> {
    let slice = |column| {
        let number: u16 = row.get(column)?;
        Slice::new(number).ok_or(Error::IntegralValueOutOfRange(column, i64::from(number)))
    };
    let (first, last) = (slice(0)?, slice(1)?);
    let slices = Slices::new(first, last)
        .ok_or_else(|| Error::IntegralValueOutOfRange(1, i64::from(last.get())))?;
    let log = LogId::from_uuid(Uuid::from_bytes(row.get(2)?));
    let event = row.get::<_, Option<[u8; 16]>>(4)?;
    let event = event.map(|id| EventId::from_uuid(Uuid::from_bytes(id)));
    let position = Position::from_raw(number_at(row, 3)?);
    Ok(Checkpoint::new(slices, LogMark::new(log, position, event)))
}

fn lease_params(lease: &Lease) -> (&str, u16, i64) {
    let token = signed(lease.token.as_raw());
    (lease.subscription.as_str(), lease.partition, token)
}
