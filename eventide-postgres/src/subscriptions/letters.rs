//! What is parked, what was decided of it, and the keys of streams: looked up.

use std::collections::HashSet;

use eventide_core::store::StoreError;
use eventide_core::subscription::{DeadLetter, Decision, LetterId, ParkedKey, SubscriptionName};
use eventide_core::{EventId, Position, StreamId};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::asking::Asking;
use super::{ReadSide, damaged};
use crate::sql::{Schema, Sql};
use crate::value::{Micros, Wrong, signed, unsigned};

#[derive(Debug)]
pub(super) struct Statements {
    among: Sql,
    keys: Sql,
    letters: Sql,
    decisions: Sql,
    routes: Sql,
}

impl Statements {
    pub(super) fn new(schema: &Schema) -> Self {
        Self {
            among: schema.sql(
                // A look at the first letter of each, however many there are.
                "SELECT k FROM unnest($2::text[]) AS k WHERE (
                    SELECT true FROM @schema@.dead_letters d
                    WHERE d.subscription = $1 AND d.key = k LIMIT 1
                 )",
                [Type::TEXT, Type::TEXT_ARRAY],
            ),
            keys: schema.sql(
                "SELECT d.key, d.position, d.event_id, d.error, d.attempts, d.parked_at, k.letters
                 FROM (
                    SELECT d.key, min(d.position) AS position, count(*) AS letters
                    FROM @schema@.dead_letters d
                    WHERE d.subscription = $1 AND d.key >= coalesce($2, '') AND ($2 IS NULL OR d.key > $2)
                    GROUP BY d.key ORDER BY d.key LIMIT $3
                 ) k
                 JOIN @schema@.dead_letters d
                    ON d.subscription = $1 AND d.key = k.key AND d.position = k.position
                 ORDER BY d.key",
                [Type::TEXT, Type::TEXT, Type::INT8],
            ),
            letters: schema.sql(
                "SELECT key, position, event_id, error, attempts, parked_at
                 FROM @schema@.dead_letters
                 WHERE subscription = $1 AND key = $2 AND position > $3 ORDER BY position LIMIT $4",
                [Type::TEXT, Type::TEXT, Type::INT8, Type::INT8],
            ),
            decisions: schema.sql(
                "SELECT key, position, event_id, error, attempts, parked_at, reason, decided_by, decided_at
                 FROM @schema@.dead_letter_decisions
                 WHERE subscription = $1 ORDER BY decision DESC LIMIT $2",
                [Type::TEXT, Type::INT8],
            ),
            routes: schema.sql(
                "SELECT (
                    SELECT r.key FROM @schema@.subscription_routes r
                    WHERE r.subscription = $1 AND r.aggregate_type = s.aggregate_type
                        AND r.aggregate_id = s.aggregate_id
                 )
                 FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS s (aggregate_type, aggregate_id, n)
                 ORDER BY s.n",
                [Type::TEXT, Type::TEXT_ARRAY, Type::TEXT_ARRAY],
            ),
        }
    }

    /// Those that go along an index, each with it.
    #[cfg(test)]
    pub(super) fn all(&self) -> Vec<(Sql, &'static str)> {
        vec![
            (self.among.clone(), "dead_letters_key"),
            (self.keys.clone(), "dead_letters_key"),
            (self.letters.clone(), "dead_letters_key"),
            (self.decisions.clone(), "dead_letter_decisions_order"),
            (self.routes.clone(), "subscription_routes_stream"),
        ]
    }
}

impl ReadSide {
    pub(super) async fn parked_keys(
        &self,
        name: &SubscriptionName,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<ParkedKey>, StoreError> {
        let limit = i64::from(limit);
        let rows = self
            .ask(
                "read",
                &self.letters.keys,
                &[&name.as_str(), &after, &limit],
            )
            .await?;
        let parked = |row: &Row| {
            let first = letter(row)?;
            let letters = unsigned(row.try_get(6)?)?;
            Ok(ParkedKey::new(first.id.key.clone(), letters, first))
        };
        let parked = rows.iter().map(parked).collect::<Result<_, _>>();
        parked.map_err(damaged(self.place(), name))
    }

    pub(super) async fn letters_of(
        &self,
        name: &SubscriptionName,
        key: &str,
        after: Position,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        if !can_be_kept(&key) {
            return Ok(Vec::new());
        }
        let (after, limit) = (signed(after.as_raw()), i64::from(limit));
        let params: [&(dyn tokio_postgres::types::ToSql + Sync); _] =
            [&name.as_str(), &key, &after, &limit];
        let rows = self.ask("read", &self.letters.letters, &params).await?;
        let letters = rows.iter().map(letter).collect::<Result<_, _>>();
        letters.map_err(damaged(self.place(), name))
    }

    pub(super) async fn decisions(
        &self,
        name: &SubscriptionName,
        limit: u32,
    ) -> Result<Vec<Decision>, StoreError> {
        let limit = i64::from(limit);
        let rows = self
            .ask("read", &self.letters.decisions, &[&name.as_str(), &limit])
            .await?;
        let decision = |row: &Row| {
            let (reason, by): (&str, &str) = (row.try_get(6)?, row.try_get(7)?);
            let mut decision = Decision::drop_letter(name.clone(), letter(row)?, reason, by);
            decision.at = row.try_get::<_, Micros>(8)?.timestamp()?;
            Ok(decision)
        };
        let decisions = rows.iter().map(decision).collect::<Result<_, _>>();
        decisions.map_err(damaged(self.place(), name))
    }
}

impl Asking<'_> {
    pub(super) async fn parked_among(
        &self,
        name: &SubscriptionName,
        keys: &[String],
    ) -> Result<Vec<String>, StoreError> {
        let asked: Vec<&str> = keys
            .iter()
            .map(String::as_str)
            .filter(can_be_kept)
            .collect();
        let rows = self
            .ask("read", &self.kept.letters.among, &[&name.as_str(), &asked])
            .await?;
        let parked = rows.iter().map(|row| Ok(row.try_get::<_, &str>(0)?));
        let parked = parked.collect::<Result<HashSet<_>, Wrong>>();
        let parked = parked.map_err(damaged(self.kept.place(), name))?;
        let is_parked = |key: &&String| parked.contains(key.as_str());
        Ok(keys.iter().filter(is_parked).cloned().collect())
    }

    pub(super) async fn routes(
        &self,
        name: &SubscriptionName,
        streams: &[StreamId],
    ) -> Result<Vec<Option<String>>, StoreError> {
        if streams.is_empty() {
            return Ok(Vec::new());
        }
        let types: Vec<&str> = streams.iter().map(StreamId::aggregate_type).collect();
        let ids: Vec<&str> = streams.iter().map(StreamId::aggregate_id).collect();
        let rows = self
            .ask(
                "read",
                &self.kept.letters.routes,
                &[&name.as_str(), &types, &ids],
            )
            .await?;
        let keys = rows.iter().map(|row| Ok(row.try_get(0)?));
        keys.collect::<Result<_, _>>()
            .map_err(damaged(self.kept.place(), name))
    }
}

/// Whether PostgreSQL could hold such a text at all.
pub(crate) fn can_be_kept(text: &&str) -> bool {
    !text.contains('\0')
}

/// The letter in a row that begins with key, position, event, error, attempts and time.
fn letter(row: &Row) -> Result<DeadLetter, Wrong> {
    let key: &str = row.try_get(0)?;
    let position = Position::from_raw(unsigned(row.try_get(1)?)?);
    let id = LetterId::new(key, position);
    let mut letter = DeadLetter::waiting(id, EventId::from_uuid(row.try_get(2)?));
    letter.error = row.try_get(3)?;
    letter.attempts = row.try_get::<_, i64>(4)?.try_into()?;
    letter.parked_at = row.try_get::<_, Micros>(5)?.timestamp()?;
    Ok(letter)
}
