//! The tables, and how a database gets them: one SQL file per step. A file that was released never
//! changes.

use eventide_core::store::{StoreError, StoreErrorKind};
use tokio_postgres::types::Type;

use crate::address::Address;
use crate::connect;
use crate::error::Place;
use crate::link::Link;
use crate::options::PostgresOptions;
use crate::sql::Schema;

const STEPS: &[(&str, &str)] = &[
    ("0001_log", include_str!("schema/0001_log.sql")),
    ("0002_append", include_str!("schema/0002_append.sql")),
    ("0003_read", include_str!("schema/0003_read.sql")),
];

/// The step this program reads and writes.
pub(crate) const CURRENT: i32 = 3;
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

/// Creates what the steps are noted in, and keeps other programs from migrating until the end of
/// the transaction.
const BEGIN: &str = "\
-- '_evt', and a number made of the schema's name.
SELECT pg_advisory_xact_lock(1600484980, hashtext('@schema@'));
CREATE SCHEMA IF NOT EXISTS @schema@;
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
        all.push(Migration {
            name,
            sql: schema.put_into(&format!("{begin}{sql}{noted}")),
        });
    }
    all
}

pub(crate) fn roles(schema: &str) -> String {
    let role = |suffix| Schema::new(&format!("{schema}_{suffix}")).put_into("@schema@");
    let script = include_str!("schema/roles.sql");
    let script = ["owner", "writer", "reader", "projector"]
        .into_iter()
        .fold(script.to_owned(), |script, suffix| {
            script.replace(&format!("@{suffix}@"), &role(suffix))
        });
    Schema::new(schema).put_into(&script)
}

/// Applies what is missing; what that was.
pub(crate) async fn run(
    options: PostgresOptions,
    address: &str,
) -> Result<Vec<Migration>, StoreError> {
    let address = Address::parse(address, options)?;
    let (pool, _) = connect::pool(&address)?;
    let link = Link::new(pool, None, &address.options, &address.place);
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
            Ok(Err(Foreign)) => return Err(not_ours(place)),
            Err(source) => retry.again(source).await?,
        }
    }
}

/// The schema is somebody else's.
struct Foreign;

async fn apply_on(
    client: &mut deadpool_postgres::Client,
    schema: &Schema,
    options: &PostgresOptions,
) -> Result<Result<Vec<Migration>, Foreign>, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    // Patience with another program that is at it is the lock's.
    transaction
        .batch_execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
        .await?;
    let there = "SELECT to_regclass($1) IS NOT NULL, to_regclass($2) IS NOT NULL";
    let names = ["@schema@.events", "@schema@.migrations"].map(|name| schema.put_into(name));
    let [events, migrations] = &names;
    let parameters = [
        (
            events as &(dyn tokio_postgres::types::ToSql + Sync),
            Type::TEXT,
        ),
        (migrations, Type::TEXT),
    ];
    let there = transaction.query_typed(there, &parameters).await?;
    let foreign = there.first().is_some_and(|row| {
        let has = |column| row.try_get::<_, bool>(column).unwrap_or(false);
        has(0) && !has(1)
    });
    if foreign {
        return Ok(Err(Foreign));
    }
    transaction.batch_execute(&schema.put_into(BEGIN)).await?;
    let last = schema.put_into("SELECT coalesce(max(step), 0) FROM @schema@.migrations");
    let rows = transaction.query_typed(&last, &[]).await?;
    let last: i32 = match rows.first() {
        Some(row) => row.try_get(0)?,
        None => 0,
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

pub(crate) fn not_ours(place: &Place) -> StoreError {
    let why = "the schema has tables that are not eventide's; choose another with `schema=`";
    place.error(StoreErrorKind::NotOurs, "open", why)
}
