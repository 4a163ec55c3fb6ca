//! Copying from and to a database.

use async_trait::async_trait;
use eventide_core::store::transfer::{ImportError, TransferStore, check_import};
use eventide_core::store::{HandledCommand, PageSize, StoreError, StoreErrorKind};
use eventide_core::{CommandId, Position, RecordedEvent, Version};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};
use uuid::Uuid;

use crate::append::{Texts, fits, trim};
use crate::error::{Place, lost_in_transit};
use crate::link::{Rows, patiently};
use crate::migrate::Payload;
use crate::sql::{Schema, Sql};
use crate::value::{Micros, Raw, signed};
use crate::{PostgresStore, commands};

/// For messages: what was attempted.
const ATTEMPT: &str = "import into";

#[derive(Debug)]
pub(crate) struct Statements {
    events: Sql,
    commands: Sql,
    page: Sql,
}

impl Statements {
    pub(crate) fn new(schema: &Schema, payload: Payload) -> Self {
        Self {
            events: schema.sql(
                "SELECT head, recorded_at, versions FROM @schema@.import_events($1, $2, $3, $4, $5, \
                 $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
                [
                    Type::INT8,
                    Type::TEXT_ARRAY,
                    Type::TEXT_ARRAY,
                    Type::INT8_ARRAY,
                    Type::INT8_ARRAY,
                    Type::INT8_ARRAY,
                    Type::TIMESTAMPTZ_ARRAY,
                    Type::UUID_ARRAY,
                    Type::TEXT_ARRAY,
                    Type::TEXT_ARRAY,
                    Type::TEXT_ARRAY,
                    Type::INT8_ARRAY,
                    payload.array_type(),
                    Type::BYTEA_ARRAY,
                    Type::UUID_ARRAY,
                    Type::UUID_ARRAY,
                    Type::JSON_ARRAY,
                    Type::TEXT_ARRAY,
                    Type::INT8_ARRAY,
                    Type::TEXT_ARRAY,
                ],
            ),
            commands: schema.sql(
                "SELECT command_id, aggregate_type, aggregate_id, after_version, events, position \
                 FROM @schema@.import_commands($1, $2, $3, $4, $5, $6)",
                [
                    Type::UUID_ARRAY,
                    Type::INT8_ARRAY,
                    Type::INT8_ARRAY,
                    Type::INT8_ARRAY,
                    Type::TEXT_ARRAY,
                    Type::TEXT_ARRAY,
                ],
            ),
            page: schema.sql(
                "SELECT command_id, aggregate_type, aggregate_id, after_version, events, position \
                 FROM @schema@.commands WHERE $1::uuid IS NULL OR command_id > $1 \
                 ORDER BY command_id LIMIT $2",
                [Type::UUID, Type::INT8],
            ),
        }
    }
}

#[async_trait]
impl TransferStore for PostgresStore {
    async fn commands_after(
        &self,
        after: Option<CommandId>,
        page: PageSize,
    ) -> Result<Vec<HandledCommand>, StoreError> {
        let shared = self.shared();
        let after: Option<Uuid> = after.map(|id| *id.as_uuid());
        let limit = signed(page.get() as u64);
        let rows: Vec<Row> = patiently!(&mut shared.link.retry("read"), |session| async {
            session.rows(&shared.transfer.page, &[&after, &limit]).await
        })?;
        let found = rows.iter().map(|row| commands::of_row(&shared.place, row));
        found.collect()
    }

    async fn import_events(
        &self,
        after: Position,
        events: Vec<RecordedEvent>,
    ) -> Result<(), ImportError> {
        self.may_write(ATTEMPT)?;
        let shared = self.shared();
        let firsts = check_import(after, &events)?;
        let texts = texts(&events, &shared.place)?;
        let page = Page::new(after, &firsts, shared.payload, events.iter().zip(&texts));
        let rows = self.import(&shared.transfer.events, &page.params()).await?;
        let found = rows.first().map(Found::of_row);
        let Some(Ok(found)) = found else {
            let reason = "it is not this program's; bring the tables up to date";
            return Err(shared.place.damaged("the import function", reason).into());
        };
        found.verdict(after, &firsts, events.first())
    }

    async fn import_commands(&self, commands: Vec<HandledCommand>) -> Result<(), ImportError> {
        self.may_write(ATTEMPT)?;
        let shared = self.shared();
        let columns = Commands::new(&commands);
        let rows = self
            .import(&shared.transfer.commands, &columns.params())
            .await?;
        // Those that are known with another result; nothing was written then.
        let Some(row) = rows.first() else {
            return Ok(());
        };
        let known = commands::of_row(&shared.place, row)?;
        match commands.into_iter().find(|given| given.id == known.id) {
            Some(given) => Err(ImportError::another_result(known, given)),
            None => Ok(()),
        }
    }
}

impl PostgresStore {
    /// Makes a call of an import. One whose connection is lost is not asked again: the head tells
    /// whether it was done.
    async fn import(
        &self,
        sql: &Sql,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let place = &self.shared().place;
        let mut retry = self.shared().link.retry(ATTEMPT);
        let session = retry.session().await?;
        session.rows(sql, params).await.map_err(|source| {
            if lost_in_transit(&source) {
                place.unknown(ATTEMPT, Some(source))
            } else {
                place.failed(ATTEMPT, source)
            }
        })
    }
}

fn texts(events: &[RecordedEvent], place: &Place) -> Result<Vec<Texts>, ImportError> {
    let text = |event: &RecordedEvent| {
        if event.event_type.contains('\0') {
            let why = "PostgreSQL keeps no NUL, which its event type holds";
            return Err(ImportError::invalid(event.position, why));
        }
        if i64::try_from(event.position.as_raw()).is_err() {
            let why = "PostgreSQL has no number as high as its position";
            return Err(ImportError::invalid(event.position, why));
        }
        let texts = Texts::of(&event.metadata, &event.tags);
        texts.map_err(|source| {
            let why = "an event's metadata does not become JSON";
            let error = place.error(StoreErrorKind::Other, ATTEMPT, why);
            error.with_source(source).into()
        })
    };
    events.iter().map(text).collect()
}

/// What the import of a page found.
struct Found {
    head: i64,
    recorded_at: Option<Micros>,
    versions: Vec<i64>,
}

impl Found {
    fn of_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            head: row.try_get(0)?,
            recorded_at: row.try_get(1)?,
            versions: row.try_get::<_, Option<Vec<i64>>>(2)?.unwrap_or_default(),
        })
    }

    /// Why nothing was written, if so.
    fn verdict(
        &self,
        after: Position,
        firsts: &[&RecordedEvent],
        first: Option<&RecordedEvent>,
    ) -> Result<(), ImportError> {
        let head = Position::from_raw(self.head.unsigned_abs());
        if head != after {
            return Err(ImportError::not_at_end(after, head));
        }
        let last = self.recorded_at.and_then(|at| at.timestamp().ok());
        if let (Some(last), Some(first)) = (last, first)
            && first.recorded_at < last
        {
            return Err(ImportError::recorded_before(first, last));
        }
        for (first, version) in firsts.iter().zip(&self.versions) {
            let expected = Version::new(version.unsigned_abs()).next();
            if first.version != expected {
                let stream = first.stream.clone();
                return Err(ImportError::hole(
                    first.position,
                    stream,
                    first.version,
                    expected,
                ));
            }
        }
        Ok(())
    }
}

/// A page of events, as the parallel arrays of the function; see there what each is.
#[derive(Default)]
struct Page<'a> {
    after: i64,
    first_type: Vec<&'a str>,
    first_id: Vec<&'a str>,
    first_version: Vec<i64>,
    position: Vec<i64>,
    version: Vec<i64>,
    recorded_at: Vec<Micros>,
    id: Vec<Uuid>,
    aggregate_type: Vec<&'a str>,
    aggregate_id: Vec<&'a str>,
    event_type: Vec<&'a str>,
    schema_version: Vec<i64>,
    payload: Vec<Option<Raw<'a>>>,
    payload_bytes: Vec<Option<Raw<'a>>>,
    correlation_id: Vec<Uuid>,
    causation_id: Vec<Uuid>,
    metadata: Vec<Option<Raw<'a>>>,
    tags: Vec<Option<&'a str>>,
    tag_position: Vec<i64>,
    tag: Vec<&'a str>,
}

impl<'a> Page<'a> {
    fn new(
        after: Position,
        firsts: &[&'a RecordedEvent],
        column: Payload,
        events: impl Iterator<Item = (&'a RecordedEvent, &'a Texts)>,
    ) -> Self {
        let mut page = Self {
            after: signed(after.as_raw()),
            ..Self::default()
        };
        for first in firsts {
            page.first_type.push(first.stream.aggregate_type());
            page.first_id.push(first.stream.aggregate_id());
            let before = first.version.get().saturating_sub(1);
            page.first_version.push(signed(before));
        }
        for (event, texts) in events {
            page.push(event, texts, fits(column, &event.payload));
        }
        trim(&mut page.payload_bytes);
        trim(&mut page.metadata);
        trim(&mut page.tags);
        page
    }

    fn push(&mut self, event: &'a RecordedEvent, texts: &'a Texts, fits: bool) {
        let position = signed(event.position.as_raw());
        self.position.push(position);
        self.version.push(signed(event.version.get()));
        self.recorded_at.push(Micros::of(event.recorded_at));
        self.id.push(*event.id.as_uuid());
        self.aggregate_type.push(event.stream.aggregate_type());
        self.aggregate_id.push(event.stream.aggregate_id());
        self.event_type.push(&event.event_type);
        let schema_version = event.schema_version.get();
        self.schema_version.push(i64::from(schema_version));
        let payload = Raw(&event.payload);
        self.payload.push(fits.then_some(payload));
        self.payload_bytes.push((!fits).then_some(payload));
        let metadata = &event.metadata;
        self.correlation_id.push(*metadata.correlation_id.as_uuid());
        self.causation_id.push(*metadata.causation_id.as_uuid());
        let rest = texts.metadata.as_ref();
        self.metadata.push(rest.map(|rest| Raw(rest.as_bytes())));
        self.tags.push(texts.tags.as_deref());
        for tag in &event.tags {
            self.tag_position.push(position);
            self.tag.push(tag.as_str());
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 20] {
        [
            &self.after,
            &self.first_type,
            &self.first_id,
            &self.first_version,
            &self.position,
            &self.version,
            &self.recorded_at,
            &self.id,
            &self.aggregate_type,
            &self.aggregate_id,
            &self.event_type,
            &self.schema_version,
            &self.payload,
            &self.payload_bytes,
            &self.correlation_id,
            &self.causation_id,
            &self.metadata,
            &self.tags,
            &self.tag_position,
            &self.tag,
        ]
    }
}

/// Commands, as the parallel arrays of the function.
#[derive(Default)]
struct Commands<'a> {
    id: Vec<Uuid>,
    after: Vec<i64>,
    events: Vec<i64>,
    position: Vec<Option<i64>>,
    aggregate_type: Vec<&'a str>,
    aggregate_id: Vec<&'a str>,
}

impl<'a> Commands<'a> {
    fn new(commands: &'a [HandledCommand]) -> Self {
        let mut columns = Self::default();
        for command in commands {
            columns.id.push(*command.id.as_uuid());
            columns.after.push(signed(command.after.get()));
            columns.events.push(signed(command.events));
            let position = command.position.map(|position| signed(position.as_raw()));
            columns.position.push(position);
            columns.aggregate_type.push(command.stream.aggregate_type());
            columns.aggregate_id.push(command.stream.aggregate_id());
        }
        columns
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 6] {
        [
            &self.id,
            &self.after,
            &self.events,
            &self.position,
            &self.aggregate_type,
            &self.aggregate_id,
        ]
    }
}
