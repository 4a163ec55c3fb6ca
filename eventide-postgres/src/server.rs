//! What is asked of a server before it is used: that the tables are ours, and that what it
//! acknowledges is durable.

use eventide_core::store::{StoreError, StoreErrorKind};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::connect::MARK;
use crate::error::{POOLER, Place};
use crate::link::{Link, Rows};
use crate::migrate::{self, CURRENT, Payload, not_ours};
use crate::options::{Durability, PostgresOptions};
use crate::sql::{Schema, Sql};

/// The oldest server whose SQL we speak.
const OLDEST: i32 = 130_000;

/// What a server said of itself.
#[derive(Debug)]
struct Server {
    version: i32,
    encoding: String,
    fsync: String,
    full_page_writes: String,
    synchronous_commit: String,
    has_events: bool,
    has_migrations: bool,
    payload: Option<String>,
    is_marked: bool,
}

impl Server {
    fn of_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            version: row.try_get(0)?,
            encoding: row.try_get(1)?,
            fsync: row.try_get(2)?,
            full_page_writes: row.try_get(3)?,
            synchronous_commit: row.try_get(4)?,
            has_events: row.try_get(5)?,
            has_migrations: row.try_get(6)?,
            payload: row.try_get(7)?,
            is_marked: row.try_get(8)?,
        })
    }
}

/// Looks at the server and its tables; how they keep payloads.
pub(crate) async fn check(
    link: &Link,
    options: &PostgresOptions,
    place: &Place,
) -> Result<Payload, StoreError> {
    let schema = Schema::new(&options.schema);
    let name = |table| schema.put_into(&format!("@schema@.{table}"));
    let (events, migrations) = (name("events"), name("migrations"));
    let server = Sql {
        text: "SELECT current_setting('server_version_num')::int4, \
               current_setting('server_encoding'), current_setting('fsync'), \
               current_setting('full_page_writes'), current_setting('synchronous_commit'), \
               to_regclass($1) IS NOT NULL, to_regclass($2) IS NOT NULL, \
               (SELECT format_type(a.atttypid, -1) FROM pg_attribute a \
                WHERE a.attrelid = to_regclass($1) AND a.attname = 'payload'), \
               current_setting($3, true) IS NOT NULL"
            .to_owned(),
        types: vec![Type::TEXT, Type::TEXT, Type::TEXT],
    };
    let noted = migrate::noted(&schema);
    let mut retry = link.retry("open");
    let (server, step) = loop {
        let session = retry.session().await?;
        let look = async {
            let rows = session
                .rows(&server, &[&events, &migrations, &MARK])
                .await?;
            let Some(row) = rows.first() else {
                return Ok(None);
            };
            let server = Server::of_row(row)?;
            if !server.has_migrations {
                return Ok(Some((server, Ok(0))));
            }
            let rows = session.rows(&noted, &[]).await?;
            Ok(Some((server, migrate::last_step(&rows)?)))
        };
        match session.in_time(look).await {
            Some(Ok(Some(found))) => break found,
            Some(Ok(None)) => {
                return Err(place.error(StoreErrorKind::Other, "open", "it says nothing"));
            }
            Some(Err(source)) if migrate::is_foreign(&source) => {
                return Err(not_ours("open", place));
            }
            Some(Err(source)) => retry.again(source).await?,
            None => {
                session.leave();
                retry.silence().await?;
            }
        }
    };
    if link.makes_sessions() && !server.is_marked {
        return Err(place.error(StoreErrorKind::Other, "open", POOLER));
    }
    let step = step.map_err(|refused| refused.error("open", place))?;
    usable(&server, options, place)?;
    ours(&server, step, place)
}

fn usable(server: &Server, options: &PostgresOptions, place: &Place) -> Result<(), StoreError> {
    if server.version < OLDEST {
        let why = format!(
            "its PostgreSQL is version {}; 13 or later is needed",
            server.version / 10_000
        );
        return Err(place.error(StoreErrorKind::Other, "open", &why));
    }
    if server.encoding != "UTF8" {
        let why = format!(
            "its database is encoded in {}; create one with `ENCODING 'UTF8'`",
            server.encoding
        );
        return Err(place.error(StoreErrorKind::Other, "open", &why));
    }
    if options.durability == Durability::WhatTheServerGives {
        return Ok(());
    }
    let settings = [
        ("fsync", &server.fsync),
        ("full_page_writes", &server.full_page_writes),
        ("synchronous_commit", &server.synchronous_commit),
    ];
    let broken: Vec<_> = settings
        .into_iter()
        .filter(|(_, value)| *value == "off")
        .map(|(name, _)| format!("`{name} = off`"))
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    let why = format!(
        "with its {} a power loss or crash takes acknowledged events; set it to `on`, or ask for \
         `durability=what-the-server-gives`",
        broken.join(" and ")
    );
    Err(place.error(StoreErrorKind::NotDurable, "open", &why))
}

fn ours(server: &Server, step: i32, place: &Place) -> Result<Payload, StoreError> {
    if !server.has_events && (!server.has_migrations || step == 0) {
        let why = "the tables of the store are not there; create them with \
                   `PostgresOptions::migrate`, or with `migrate=on-open` while developing";
        return Err(place.error(StoreErrorKind::NotOurs, "open", why));
    }
    if !server.has_migrations {
        return Err(not_ours("open", place));
    }
    if step < CURRENT {
        let why = format!(
            "its tables are of an earlier eventide (step {step}, this program needs {CURRENT}); \
             bring them up to date with `PostgresOptions::migrate`"
        );
        return Err(place.error(StoreErrorKind::NotOurs, "open", &why));
    }
    let payload = server.payload.as_deref().and_then(Payload::of_column);
    payload.ok_or_else(|| not_ours("open", place))
}
