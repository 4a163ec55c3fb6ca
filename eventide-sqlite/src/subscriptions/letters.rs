//! Dead letters, and the decisions on them.

use eventide_core::subscription::{DeadLetter, Decision, LetterId, ParkedKey, SubscriptionName};
use eventide_core::{EventId, Position};
use rusqlite::{Connection, Error, Row, params};
use uuid::Uuid;

use crate::row::{number_at, signed, time_at};

/// Parks a letter; one that is there already is replaced.
pub(super) fn park(
    conn: &Connection,
    name: &SubscriptionName,
    letter: &DeadLetter,
    now: i64,
) -> Result<(), Error> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO dead_letters (subscription, key, position, event_id, error, \
         attempts, parked_at, slice) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        name.as_str(),
        &*letter.id.key,
        signed(letter.id.position.as_raw()),
        letter.event.as_uuid().as_bytes(),
        letter.error,
        letter.attempts,
        now,
        letter.slice().get(),
    ])
    .map(|_| ())
}

pub(super) fn remove(
    conn: &Connection,
    name: &SubscriptionName,
    letter: &LetterId,
) -> Result<(), Error> {
    conn.prepare_cached(
        "DELETE FROM dead_letters WHERE subscription = ?1 AND key = ?2 AND position = ?3",
    )?
    .execute(letter_params(name, letter))
    .map(|_| ())
}

/// Records a decision. One that is on record is not recorded again, unless its letter was parked
/// anew since: an answer may have been lost, and the same be asked twice.
pub(super) fn decide(conn: &Connection, decision: &Decision, now: i64) -> Result<(), Error> {
    let letter = &decision.letter;
    conn.prepare_cached(
        "INSERT INTO decisions (subscription, key, position, event_id, error, attempts, \
         parked_at, reason, decided_by, decided_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 \
         WHERE EXISTS (SELECT 1 FROM dead_letters \
                       WHERE subscription = ?1 AND key = ?2 AND position = ?3) \
         OR NOT EXISTS (SELECT 1 FROM decisions \
                        WHERE subscription = ?1 AND key = ?2 AND position = ?3 \
                        AND event_id = ?4 AND reason = ?8 AND decided_by = ?9)",
    )?
    .execute(params![
        decision.subscription.as_str(),
        &*letter.id.key,
        signed(letter.id.position.as_raw()),
        letter.event.as_uuid().as_bytes(),
        letter.error,
        letter.attempts,
        letter.parked_at.as_microsecond(),
        decision.reason,
        decision.by,
        now,
    ])
    .map(|_| ())
}

/// How many keys are parked, and how many letters they have.
pub(super) fn count(conn: &Connection, name: &SubscriptionName) -> Result<(u64, u64), Error> {
    conn.prepare_cached(
        "SELECT count(DISTINCT key), count(*) FROM dead_letters WHERE subscription = ?1",
    )?
    .query_row([name.as_str()], |row| {
        Ok((number_at(row, 0)?, number_at(row, 1)?))
    })
}

/// Those of `keys` that are parked, in the order asked.
pub(super) fn parked_among(
    conn: &Connection,
    name: &SubscriptionName,
    keys: &[String],
) -> Result<Vec<String>, Error> {
    let mut select = conn.prepare_cached(
        "SELECT 1 FROM dead_letters WHERE subscription = ?1 AND key = ?2 LIMIT 1",
    )?;
    let mut parked = Vec::new();
    for key in keys {
        if select.exists([name.as_str(), key.as_str()])? {
            parked.push(key.clone());
        }
    }
    Ok(parked)
}

pub(super) fn parked_keys(
    conn: &Connection,
    name: &SubscriptionName,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<ParkedKey>, Error> {
    // The other columns are those of the row with the least position: SQLite sees to it.
    macro_rules! select {
        ($later:literal) => {
            concat!(
                "SELECT key, min(position), event_id, error, attempts, parked_at, count(*) \
                 FROM dead_letters WHERE subscription = ?1 AND key ",
                $later,
                " ?2 GROUP BY key ORDER BY key LIMIT ?3"
            )
        };
    }
    let sql = match after {
        Some(_) => select!(">"),
        None => select!(">="),
    };
    let mut select = conn.prepare_cached(sql)?;
    let after = after.unwrap_or_default();
    let rows = select.query_map(params![name.as_str(), after, limit], |row| {
        let first = letter(row)?;
        let key = first.id.key.clone();
        Ok(ParkedKey::new(key, number_at(row, 6)?, first))
    })?;
    rows.collect()
}

pub(super) fn letters(
    conn: &Connection,
    name: &SubscriptionName,
    key: &str,
    after: Position,
    limit: u32,
) -> Result<Vec<DeadLetter>, Error> {
    let mut select = conn.prepare_cached(
        "SELECT key, position, event_id, error, attempts, parked_at FROM dead_letters \
         WHERE subscription = ?1 AND key = ?2 AND position > ?3 ORDER BY position LIMIT ?4",
    )?;
    let after = signed(after.as_raw());
    let rows = select.query_map(params![name.as_str(), key, after, limit], letter)?;
    rows.collect()
}

/// The latest first.
pub(super) fn decisions(
    conn: &Connection,
    name: &SubscriptionName,
    limit: u32,
) -> Result<Vec<Decision>, Error> {
    let mut select = conn.prepare_cached(
        "SELECT key, position, event_id, error, attempts, parked_at, reason, decided_by, \
         decided_at FROM decisions WHERE subscription = ?1 ORDER BY decision DESC LIMIT ?2",
    )?;
    let rows = select.query_map(params![name.as_str(), limit], |row| {
        let (reason, by): (String, String) = (row.get(6)?, row.get(7)?);
        let mut decision = Decision::drop_letter(name.clone(), letter(row)?, reason, by);
        decision.at = time_at(row, 8)?;
        Ok(decision)
    })?;
    rows.collect()
}

fn letter(row: &Row<'_>) -> Result<DeadLetter, Error> {
    let key: String = row.get(0)?;
    let id = LetterId::new(key, Position::from_raw(number_at(row, 1)?));
    let event = EventId::from_uuid(Uuid::from_bytes(row.get(2)?));
    let mut letter = DeadLetter::waiting(id, event);
    letter.error = row.get(3)?;
    letter.attempts = row.get(4)?;
    letter.parked_at = time_at(row, 5)?;
    Ok(letter)
}

fn letter_params<'a>(name: &'a SubscriptionName, letter: &'a LetterId) -> (&'a str, &'a str, i64) {
    let position = signed(letter.position.as_raw());
    (name.as_str(), &letter.key, position)
}
