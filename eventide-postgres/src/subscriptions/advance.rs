//! One step of a partition: a transaction that begins by its lease.

use std::collections::BTreeMap;

use eventide_core::store::{Advance, StoreError, StoreErrorKind};
use eventide_core::subscription::{DeadLetter, Decision, LeaseError, LetterId};
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::ReadSide;
use super::lease::{columns, lost};
use crate::error::lost_in_transit;
use crate::sql::{Schema, Sql};
use crate::value::{Micros, signed};
use crate::view;
use crate::whole::{Param, Statement, Trouble, Whole};

pub(super) const ADVANCE: &str = "advance a subscription in";

#[derive(Debug)]
pub(super) struct Statements {
    lock: Sql,
    mark: Sql,
    route: Sql,
    park: Sql,
    decide: Sql,
    clear: Sql,
}

impl Statements {
    pub(super) fn new(schema: &Schema) -> Self {
        Self {
            // Waits for a step or a claim that is under way, and compares after it.
            lock: schema.sql(
                "UPDATE @schema@.subscription_partitions
                 SET moved_at = CASE WHEN $4 THEN clock_timestamp() ELSE moved_at END
                 WHERE subscription = $1 AND partition = $2 AND token = $3 AND owner IS NOT NULL
                 RETURNING partition",
                [Type::TEXT, Type::INT4, Type::INT8, Type::BOOL],
            ),
            mark: schema.sql(
                "UPDATE @schema@.subscription_checkpoints SET log_id = $3, position = $4, event_id = $5
                 WHERE subscription = $1 AND partition = $2 AND position < $4",
                [Type::TEXT, Type::INT4, Type::UUID, Type::INT8, Type::UUID],
            ),
            route: schema.sql(
                "INSERT INTO @schema@.subscription_routes
                    (subscription, aggregate_type, aggregate_id, key)
                 SELECT $1, * FROM unnest($2, $3, $4) ON CONFLICT DO NOTHING",
                [
                    Type::TEXT,
                    Type::TEXT_ARRAY,
                    Type::TEXT_ARRAY,
                    Type::TEXT_ARRAY,
                ],
            ),
            park: schema.sql(
                "INSERT INTO @schema@.dead_letters
                    (subscription, parked_at, key, position, event_id, error, attempts)
                 SELECT $1, clock_timestamp(), * FROM unnest($2, $3, $4, $5, $6)
                 ON CONFLICT (subscription, key, position) DO UPDATE SET
                    parked_at = excluded.parked_at, event_id = excluded.event_id,
                    error = excluded.error, attempts = excluded.attempts",
                [
                    Type::TEXT,
                    Type::TEXT_ARRAY,
                    Type::INT8_ARRAY,
                    Type::UUID_ARRAY,
                    Type::TEXT_ARRAY,
                    Type::INT8_ARRAY,
                ],
            ),
            // One whose letter is gone and that was recorded already is the same step, repeated.
            decide: schema.sql(
                "INSERT INTO @schema@.dead_letter_decisions (
                    subscription, decided_at, key, position, event_id, error, attempts, parked_at,
                    reason, decided_by
                 )
                 SELECT $1, clock_timestamp(), d.*
                 FROM unnest($2::text[], $3::int8[], $4::uuid[], $5::text[], $6::int8[],
                    $7::timestamptz[], $8::text[], $9::text[])
                    AS d (key, position, event_id, error, attempts, parked_at, reason, decided_by)
                 WHERE (
                    SELECT true FROM @schema@.dead_letters l
                    WHERE l.subscription = $1 AND l.key = d.key AND l.position = d.position
                 ) OR (
                    SELECT true FROM @schema@.dead_letter_decisions o
                    WHERE o.subscription = $1 AND o.key = d.key AND o.position = d.position
                        AND o.event_id = d.event_id AND o.parked_at = d.parked_at
                        AND o.reason = d.reason AND o.decided_by = d.decided_by
                    LIMIT 1
                 ) IS NULL",
                [
                    Type::TEXT,
                    Type::TEXT_ARRAY,
                    Type::INT8_ARRAY,
                    Type::UUID_ARRAY,
                    Type::TEXT_ARRAY,
                    Type::INT8_ARRAY,
                    Type::TIMESTAMPTZ_ARRAY,
                    Type::TEXT_ARRAY,
                    Type::TEXT_ARRAY,
                ],
            ),
            clear: schema.sql(
                "DELETE FROM @schema@.dead_letters l USING unnest($2::text[], $3::int8[]) AS g (key, position)
                 WHERE l.subscription = $1 AND l.key = g.key AND l.position = g.position",
                [Type::TEXT, Type::TEXT_ARRAY, Type::INT8_ARRAY],
            ),
        }
    }

    /// Those that go along an index, each with it.
    #[cfg(test)]
    pub(super) fn all(&self) -> Vec<(Sql, &'static str)> {
        vec![
            (self.lock.clone(), "subscription_partitions_number"),
            (self.mark.clone(), "subscription_checkpoints_slices"),
            (self.decide.clone(), "dead_letter_decisions_letter"),
            (self.clear.clone(), "dead_letters_key"),
        ]
    }
}

/// What came of one try.
enum Tried {
    Done,
    /// The lease does not count.
    Lost,
    /// Certainly nothing was written.
    Nothing(Trouble),
    /// It may have been written.
    Unknown(Trouble),
}

impl ReadSide {
    /// Repeats what certainly was not written, and nothing else: the lease tells whether the rest was.
    pub(super) async fn advance(&self, step: &Advance) -> Result<(), LeaseError> {
        let lease = &step.lease;
        let lock = self.lock(step);
        let writes = self.writes(step)?;
        let mut retry = self.link.retry(ADVANCE);
        loop {
            let session = retry.session().await?;
            let tried = match Whole::begin(session, &lock).await {
                Ok((whole, held)) => write(whole, !held.is_empty(), &writes).await,
                Err(trouble) => Tried::Nothing(trouble),
            };
            match tried {
                Tried::Done => return Ok(()),
                Tried::Lost => return Err(lost(lease)),
                Tried::Nothing(Trouble::Failed(source)) => {
                    let (table, documents) = (step.table.as_ref(), &step.documents);
                    match view::refusal(self, ADVANCE, table, documents, &source) {
                        Some(refused) => return Err(refused.with_source(source).into()),
                        None => retry.again(source).await?,
                    }
                }
                Tried::Nothing(trouble) => retry.after(trouble).await?,
                Tried::Unknown(trouble) => return Err(self.unanswered(trouble).into()),
            }
        }
    }

    pub(super) fn unanswered(&self, trouble: Trouble) -> StoreError {
        let why = "no answer came to whether it was written; renewing the lease tells";
        let unknown = self.place().error(StoreErrorKind::Unknown, ADVANCE, why);
        match trouble {
            Trouble::Failed(source) => unknown.with_source(source),
            Trouble::Silence => unknown,
        }
    }

    pub(super) fn lock<'a>(&self, step: &'a Advance) -> Statement<'a> {
        let (name, partition, token) = columns(&step.lease);
        let moves = step.to.is_some();
        Statement::new(
            self.advance.lock.clone(),
            vec![
                Box::new(name),
                Box::new(partition),
                Box::new(token),
                Box::new(moves),
            ],
        )
    }

    pub(super) fn writes<'a>(&self, step: &'a Advance) -> Result<Vec<Statement<'a>>, StoreError> {
        let Statements {
            mark,
            route,
            park,
            decide,
            clear,
            ..
        } = &self.advance;
        let (name, partition, _) = columns(&step.lease);
        let mut writes = Vec::new();
        let mut write = |sql: &Sql, mut params: Vec<Param<'a>>| {
            params.insert(0, Box::new(name));
            writes.push(Statement::new(sql.clone(), params));
        };
        if let Some(to) = step.to {
            let position = signed(to.position().as_raw());
            let event = to.event().map(|event| *event.as_uuid());
            let params: Vec<Param<'a>> = vec![
                Box::new(partition),
                Box::new(*to.log().as_uuid()),
                Box::new(position),
                Box::new(event),
            ];
            write(mark, params);
        }
        if !step.routes.is_empty() {
            self.keepable(step.routes.iter().map(|(_, key)| &**key))?;
            let mut routes: Vec<_> = step.routes.iter().collect();
            // Of two for one stream the first counts, as of one that is there.
            routes.sort_by(|a, b| {
                let of = |stream: &'a eventide_core::StreamId| {
                    (stream.aggregate_type(), stream.aggregate_id())
                };
                of(&a.0).cmp(&of(&b.0))
            });
            let params: Vec<Param<'a>> = vec![
                array(&routes, |it| it.0.aggregate_type()),
                array(&routes, |it| it.0.aggregate_id()),
                array(&routes, |it| &*it.1),
            ];
            write(route, params);
        }
        if !step.parked.is_empty() {
            self.keepable(step.parked.iter().map(|letter| &*letter.id.key))?;
            write(park, letters(&step.parked));
        }
        if !step.dropped.is_empty() {
            self.keepable(step.dropped.iter().map(|it| &*it.letter.id.key))?;
            write(decide, decisions(&step.dropped));
        }
        let dropped = step.dropped.iter().map(|it| &it.letter.id);
        let mut gone: Vec<&LetterId> = step.handled.iter().chain(dropped).collect();
        gone.retain(|id| !id.key.contains('\0'));
        if !gone.is_empty() {
            gone.sort_unstable();
            let params: Vec<Param<'a>> = vec![
                array(&gone, |id| &*id.key),
                array(&gone, |id| signed(id.position.as_raw())),
            ];
            write(clear, params);
        }
        let table = step.table.as_ref();
        writes.extend(view::statements(self, ADVANCE, table, &step.documents)?);
        Ok(writes)
    }

    /// Refuses a key that PostgreSQL cannot hold.
    fn keepable<'a>(&self, mut keys: impl Iterator<Item = &'a str>) -> Result<(), StoreError> {
        let Some(key) = keys.find(|key| key.contains('\0')) else {
            return Ok(());
        };
        let why = format!(
            "PostgreSQL keeps no NUL, which the key `{}` holds",
            key.escape_debug()
        );
        let kind = StoreErrorKind::Constraint;
        Err(self.place().error(kind, ADVANCE, &why))
    }
}

async fn write(mut whole: Whole, is_held: bool, writes: &[Statement<'_>]) -> Tried {
    if !is_held {
        whole.undo().await;
        return Tried::Lost;
    }
    if let Err(trouble) = whole.rows(writes).await {
        return Tried::Nothing(trouble);
    }
    match whole.commit().await {
        Ok(()) => Tried::Done,
        Err(Trouble::Failed(source)) if !lost_in_transit(&source) => {
            Tried::Nothing(Trouble::Failed(source))
        }
        Err(trouble) => Tried::Unknown(trouble),
    }
}

fn array<'a, T, U>(of: &[T], part: impl Fn(&T) -> U) -> Param<'a>
where
    Vec<U>: tokio_postgres::types::ToSql + Sync + Send + 'a,
{
    Box::new(of.iter().map(part).collect::<Vec<U>>())
}

/// Letters without their times. Of two of one name, the last counts.
fn letters(parked: &[DeadLetter]) -> Vec<Param<'_>> {
    let letters: BTreeMap<_, _> = parked.iter().map(|letter| (&letter.id, letter)).collect();
    let letters: Vec<&DeadLetter> = letters.into_values().collect();
    vec![
        array(&letters, |it| &*it.id.key),
        array(&letters, |it| signed(it.id.position.as_raw())),
        array(&letters, |it| *it.event.as_uuid()),
        array(&letters, |it| it.error.as_deref().map(readable)),
        array(&letters, |it| i64::from(it.attempts)),
    ]
}

fn decisions(dropped: &[Decision]) -> Vec<Param<'_>> {
    let dropped: Vec<&Decision> = dropped.iter().collect();
    vec![
        array(&dropped, |it| &*it.letter.id.key),
        array(&dropped, |it| signed(it.letter.id.position.as_raw())),
        array::<_, Uuid>(&dropped, |it| *it.letter.event.as_uuid()),
        array(&dropped, |it| it.letter.error.as_deref().map(readable)),
        array(&dropped, |it| i64::from(it.letter.attempts)),
        array(&dropped, |it| Micros::of(it.letter.parked_at)),
        array(&dropped, |it| readable(&it.reason)),
        array(&dropped, |it| readable(&it.by)),
    ]
}

/// Words for people, without the NUL that PostgreSQL does not keep.
fn readable(words: &str) -> String {
    words.replace('\0', "\u{fffd}")
}
