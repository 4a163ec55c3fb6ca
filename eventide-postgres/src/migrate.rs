//! The tables, and how a database gets them: one SQL file per step. A file that was released never
//! changes.

use eventide_core::store::{StoreError, StoreErrorKind};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use crate::address::Address;
use crate::connect;
use crate::error::Place;
use crate::link::Link;
use crate::options::PostgresOptions;
use crate::sql::{Schema, Sql};

const STEPS: &[(&str, &str)] = &[
    ("0001_log", include_str!("schema/0001_log.sql")),
    ("0002_append", include_str!("schema/0002_append.sql")),
    ("0003_read", include_str!("schema/0003_read.sql")),
    ("0004_import", include_str!("schema/0004_import.sql")),
    (
        "0005_subscriptions",
        include_str!("schema/0005_subscriptions.sql"),
    ),
];

/// The step this program reads and writes.
pub(crate) const CURRENT: i32 = 5;
const _: () = assert!(STEPS.len() == CURRENT as usize, "every step counts");

/// How payloads are kept. Decided when the tables are created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Payload {
    /// As `json`: byte for byte as it was written, and open to SQL (`payload ->> 'sku'`). What is
    /// not JSON is kept as bytes beside it.
    #[default]
    Json,
    /// As `jsonb`: faster to search, but only the value is kept, not its notation: spaces, the
    /// order of fields, repeated fields and the sign of a negative zero are lost.
    Jsonb,
    /// As `bytea`: byte for byte, closed to SQL. For payloads that are not JSON.
    Bytes,
}

impl Payload {
    fn column(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Jsonb => "jsonb",
            Self::Bytes => "bytea",
        }
    }

    /// The kind of a column of this type.
    pub(crate) fn of_column(name: &str) -> Option<Self> {
        let all = [Self::Json, Self::Jsonb, Self::Bytes];
        all.into_iter().find(|kind| kind.column() == name)
    }

    /// Whether only JSON fits.
    pub(crate) fn is_json(self) -> bool {
        self != Self::Bytes
    }

    pub(crate) fn array_type(self) -> Type {
        match self {
            Self::Json => Type::JSON_ARRAY,
            Self::Jsonb => Type::JSONB_ARRAY,
            Self::Bytes => Type::BYTEA_ARRAY,
        }
    }
}

/// One step from an empty database to the present tables.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// Its name; the order of the names is the order of the steps.
    pub name: &'static str,
    /// Its SQL.
    pub sql: String,
}

/// Keeps other programs from migrating until the end of the transaction.
const LOCK: &str = "\
-- '_evt', and a number made of the schema's name.
SELECT pg_advisory_xact_lock(1600484980, hashtext('@schema@'));
";

/// Creates what the steps are noted in. Whoever may not create a schema can be given one.
const BEGIN: &str = "\
DO $$ BEGIN
    IF to_regnamespace('@schema@') IS NULL THEN CREATE SCHEMA @schema@; END IF;
END $$;
CREATE TABLE IF NOT EXISTS @schema@.migrations (
    step       integer     NOT NULL CONSTRAINT migrations_step PRIMARY KEY,
    name       text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    applied_by text        NOT NULL DEFAULT current_user
);
";

pub(crate) fn all(schema: &str, payload: Payload) -> Vec<Migration> {
    let schema = Schema::new(schema);
    let mut step = 0;
    let mut all = Vec::new();
    for (name, sql) in STEPS {
        step += 1;
        let sql = sql.replace("@payload@", payload.column());
        let noted =
            format!("\nINSERT INTO @schema@.migrations (step, name) VALUES ({step}, '{name}');\n");
        let begin = if step == 1 { BEGIN } else { "" };
        let sql = format!("{LOCK}{begin}{sql}{noted}");
        let sql = schema.put_into(&bodies(&sql));
        all.push(Migration { name, sql });
    }
    all
}

/// The name of a schema may end a body that `$$` begins.
fn bodies(sql: &str) -> String {
    sql.replace("$$", "$eventide$")
}

pub(crate) fn roles(schema: &str) -> String {
    let script = Schema::new(schema).put_into(&bodies(include_str!("schema/roles.sql")));
    ["owner", "writer", "reader", "projector"]
        .into_iter()
        .fold(script, |script, suffix| {
            let role = Schema::new(&role(schema, suffix));
            role.put_for(&format!("@{suffix}@"), &script)
        })
}

/// The name of a role. PostgreSQL would cut a long one, and make one role of all four.
pub(crate) fn role(schema: &str, suffix: &str) -> String {
    const LONGEST: usize = 63 - "_projector".len();
    if schema.len() <= LONGEST {
        return format!("{schema}_{suffix}");
    }
    // FNV-1a: long names that begin alike have roles of their own.
    let hash = schema.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let cut = schema.floor_char_boundary(LONGEST - 9);
    let begin = schema.get(..cut).unwrap_or_default();
    format!("{begin}_{hash:08x}_{suffix}")
}

/// Applies what is missing; what that was.
pub(crate) async fn run(
    options: PostgresOptions,
    address: &str,
) -> Result<Vec<Migration>, StoreError> {
    let address = Address::parse(address, options)?;
    let (pools, _) = connect::pools(&address)?;
    let link = Link::new(pools, None, &address.options, &address.place);
    apply(&link, &address.options, &address.place).await
}

pub(crate) async fn apply(
    link: &Link,
    options: &PostgresOptions,
    place: &Place,
) -> Result<Vec<Migration>, StoreError> {
    let schema = Schema::new(&options.schema);
    let mut retry = link.retry("migrate");
    loop {
        let mut session = retry.session().await?;
        match apply_on(&mut session.client, &schema, options).await {
            Ok(Ok(applied)) => return Ok(applied),
            Ok(Err(refused)) => return Err(refused.error("migrate", place)),
            Err(source) if is_foreign(&source) => return Err(not_ours("migrate", place)),
            Err(source) => retry.again(source).await?,
        }
    }
}

async fn apply_on(
    client: &mut deadpool_postgres::Client,
    schema: &Schema,
    options: &PostgresOptions,
) -> Result<Result<Vec<Migration>, Refused>, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    // Patience with another program that is at it is the lock's.
    transaction
        .batch_execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
        .await?;
    transaction.batch_execute(&schema.put_into(LOCK)).await?;
    let there = "SELECT to_regclass($1) IS NOT NULL, to_regclass($2) IS NOT NULL";
    let names = ["@schema@.events", "@schema@.migrations"].map(|name| schema.put_into(name));
    let names = names
        .each_ref()
        .map(|name| (name as &(dyn ToSql + Sync), Type::TEXT));
    let there = transaction.query_typed(there, &names).await?;
    let (events, migrations) = match there.first() {
        Some(row) => (row.try_get(0)?, row.try_get(1)?),
        None => (false, false),
    };
    let last = match (events, migrations) {
        (true, false) => return Ok(Err(Refused::Foreign)),
        (false, false) => {
            let begin = schema.put_into(&bodies(BEGIN));
            transaction.batch_execute(&begin).await?;
            0
        }
        (_, true) => {
            let rows = transaction.query_typed(&noted(schema).text, &[]).await?;
            match last_step(&rows)? {
                Ok(last) => last,
                Err(refused) => return Ok(Err(refused)),
            }
        }
    };
    let last = usize::try_from(last).unwrap_or_default();
    let missing: Vec<_> = all(&options.schema, options.payload)
        .into_iter()
        .skip(last)
        .collect();
    for migration in &missing {
        transaction.batch_execute(&migration.sql).await?;
    }
    transaction.commit().await?;
    Ok(Ok(missing))
}

/// Why a schema is not ours to migrate or use.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It has tables of somebody else.
    Foreign,
    /// A later eventide made this step of it.
    Newer(i32),
}

impl Refused {
    pub(crate) fn error(self, attempt: &str, place: &Place) -> StoreError {
        let Self::Newer(step) = self else {
            return not_ours(attempt, place);
        };
        let why = format!(
            "a later eventide made its tables (step {step}, this program knows {CURRENT}); use that \
             one"
        );
        place.error(StoreErrorKind::Newer, attempt, &why)
    }
}

/// The steps that were applied, in order.
pub(crate) fn noted(schema: &Schema) -> Sql {
    schema.sql(
        "SELECT step, name FROM @schema@.migrations ORDER BY step",
        [],
    )
}

/// The last of the steps that were applied, by the rows of [`noted`]; zero if there are none.
pub(crate) fn last_step(rows: &[Row]) -> Result<Result<i32, Refused>, tokio_postgres::Error> {
    let mut last = 0;
    for row in rows {
        let (step, name): (i32, &str) = (row.try_get(0)?, row.try_get(1)?);
        let ours = usize::try_from(step - 1).ok().and_then(|at| STEPS.get(at));
        match ours {
            None if step > CURRENT => return Ok(Err(Refused::Newer(step))),
            Some((ours, _)) if *ours == name => last = step,
            _ => return Ok(Err(Refused::Foreign)),
        }
    }
    Ok(Ok(last))
}

/// Whether a statement failed because tables of the same names are somebody else's.
pub(crate) fn is_foreign(source: &tokio_postgres::Error) -> bool {
    let foreign = [
        &SqlState::UNDEFINED_COLUMN,
        &SqlState::DATATYPE_MISMATCH,
        &SqlState::DUPLICATE_TABLE,
        &SqlState::DUPLICATE_FUNCTION,
        &SqlState::WRONG_OBJECT_TYPE,
    ];
    source.code().is_some_and(|code| foreign.contains(&code))
}

pub(crate) fn not_ours(attempt: &str, place: &Place) -> StoreError {
    let why = "the schema has tables that are not eventide's; choose another with `schema=`";
    place.error(StoreErrorKind::NotOurs, attempt, why)
}
