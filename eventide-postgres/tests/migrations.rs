//! How a database gets its tables, and what is said when it has others.

mod support;

use std::collections::BTreeSet;

use eventide_core::store::{EventStore, StoreErrorKind};
use eventide_postgres::{PostgresOptions, PostgresStore};
use futures_util::future::join_all;
use support::{Database, append, append_after, options, stream};
use tokio_postgres::Client;

/// All there is in a schema, one line each: tables with their columns, constraints, indexes,
/// functions with their bodies and who may call them, triggers, and the steps noted.
async fn objects(client: &Client, schema: &str) -> BTreeSet<String> {
    let query = "
        SELECT concat_ws(' ', 'column', c.relname, a.attnum, a.attname,
            format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attcollation::regcollation,
            pg_get_expr(d.adbin, d.adrelid))
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = to_regnamespace($1)::oid
        UNION ALL SELECT concat_ws(' ', 'table', relname, relkind, reloptions) FROM pg_class
        WHERE relnamespace = to_regnamespace($1)::oid
        UNION ALL SELECT concat_ws(' ', 'constraint', conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = to_regnamespace($1)::oid
        UNION ALL SELECT concat_ws(' ', 'function', proacl, pg_get_functiondef(oid))
        FROM pg_proc WHERE pronamespace = to_regnamespace($1)::oid
        UNION ALL SELECT concat_ws(' ', 'trigger', tgenabled, pg_get_triggerdef(t.oid))
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = to_regnamespace($1)::oid";
    let quoted = quoted(schema);
    let rows = client.query(query, &[&quoted]).await.unwrap();
    let mut lines: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
    if !lines.is_empty() {
        let steps = format!("SELECT concat(step, ' ', name) FROM {quoted}.migrations");
        let rows = client.query(&steps, &[]).await.unwrap();
        lines.extend(rows.iter().map(|row| row.get::<_, String>(0)));
    }
    lines
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Appends, reads, and refuses what is stale.
async fn works(store: &PostgresStore) {
    let a = stream("a");
    store.append(append_after(&a, 0, 2)).await.unwrap();
    store.append(append_after(&a, 0, 2)).await.unwrap_err();
    let read = store
        .read_log(eventide_core::store::LogQuery::default())
        .await
        .unwrap();
    assert_eq!(read.events.len(), 2);
}

fn kind<T: std::fmt::Debug>(
    opened: Result<T, eventide_core::store::StoreError>,
) -> (StoreErrorKind, String) {
    let error = opened.unwrap_err();
    (error.kind(), error.to_string())
}

#[tokio::test]
async fn printed_sql_applied_by_hand_makes_the_tables_that_migrate_makes() {
    let (by_hand, migrated) = (Database::empty().await, Database::new().await);
    for migration in options().migrations() {
        by_hand
            .connect()
            .await
            .batch_execute(&migration.sql)
            .await
            .unwrap();
    }
    let made = objects(&by_hand.connect().await, "eventide").await;
    assert_eq!(made, objects(&migrated.connect().await, "eventide").await);
    assert!(
        made.iter().any(|line| line.starts_with("trigger A")),
        "{made:#?}"
    );
    let again = options().migrate(&by_hand.url()).await.unwrap();
    assert_eq!(again, [], "nothing is missing");
    works(&by_hand.open().await).await;
}

#[tokio::test]
async fn printed_sql_runs_in_psql_statement_by_statement() {
    // psql sends one statement at a time, each in a transaction of its own.
    let database = Database::empty().await;
    let file = database
        .server
        .folder()
        .join(format!("{}.sql", database.name));
    let all: String = options()
        .migrations()
        .into_iter()
        .map(|it| it.sql)
        .collect();
    std::fs::write(&file, all).unwrap();
    let psql = std::process::Command::new("psql")
        .args(["-v", "ON_ERROR_STOP=1", "-q", "-X", "-o", "/dev/null", "-f"])
        .arg(&file)
        .arg(database.url())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&psql.stderr);
    assert!(psql.status.success(), "{said}");
    works(&database.open().await).await;
}

#[tokio::test]
async fn migrating_again_is_harmless() {
    let database = Database::empty().await;
    let first = options().migrate(&database.url()).await.unwrap();
    assert_eq!(first, options().migrations());
    works(&database.open().await).await;
    let before = objects(&database.connect().await, "eventide").await;
    assert_eq!(options().migrate(&database.url()).await.unwrap(), []);
    assert_eq!(before, objects(&database.connect().await, "eventide").await);
    assert_eq!(database.open().await.head().await.unwrap().as_raw(), 2);
}

#[tokio::test]
async fn only_what_is_missing_is_applied() {
    let database = Database::empty().await;
    let all = options().migrations();
    let (first, rest) = all.split_at(1);
    database
        .connect()
        .await
        .batch_execute(&first[0].sql)
        .await
        .unwrap();
    let (early, why) = kind(options().open(&database.url()).await);
    assert_eq!(early, StoreErrorKind::NotOurs);
    assert!(why.contains("an earlier eventide (step 1"), "{why}");
    assert_eq!(options().migrate(&database.url()).await.unwrap(), rest);
    works(&database.open().await).await;
}

#[tokio::test]
async fn programs_that_migrate_at_once_apply_each_step_once() {
    for programs in [2, 8] {
        let database = Database::empty().await;
        let url = database.url();
        let migrating = (0..programs).map(|_| options().migrate(&url));
        let applied: usize = join_all(migrating)
            .await
            .into_iter()
            .map(|applied| applied.unwrap().len())
            .sum();
        assert_eq!(applied, options().migrations().len(), "{programs} programs");
        works(&database.open().await).await;
    }
}

#[tokio::test]
async fn stores_in_one_database_do_not_see_each_other_nor_share_a_lock() {
    let database = Database::empty().await;
    let open = async |schema: &str| {
        let options = options().schema(schema).migrate_on_open(true);
        options.open(&database.url()).await.unwrap()
    };
    let (shop, bank) = (open("shop").await, open("bank").await);
    works(&shop).await;
    assert_eq!(bank.head().await.unwrap().as_raw(), 0);
    // Somebody holds up one of them, so not the other.
    let holder = database.connect().await;
    holder
        .batch_execute("BEGIN; SELECT shop.lock_log()")
        .await
        .unwrap();
    works(&bank).await;
    assert_eq!(shop.lock_holders().await.unwrap().len(), 1);
    assert_eq!(bank.lock_holders().await.unwrap(), []);
    holder.batch_execute("ROLLBACK").await.unwrap();
    shop.append(append(&stream("b"), 1)).await.unwrap();
}

#[tokio::test]
async fn a_schema_may_have_any_name() {
    let longest = format!("{}é", "x".repeat(61));
    let names = [
        "public",
        "Upper Case",
        "select",
        "a\"b",
        "it's",
        "a$$b",
        "a.b",
        "%s",
        "\\back\\slash",
        "größe; DROP TABLE x; --",
        &longest,
    ];
    let database = Database::empty().await;
    for name in names {
        let options = options().schema(name);
        let made = options.clone().migrate(&database.url()).await;
        let made = made.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(made, options.migrations(), "{name}");
        let store = options.clone().open(&database.url()).await.unwrap();
        works(&store).await;
        assert_eq!(store.lock_holders().await.unwrap(), [], "{name}");
        let client = database.connect().await;
        assert!(!objects(&client, name).await.is_empty(), "{name}");
        let roles = client.batch_execute(&options.roles()).await;
        roles.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let parameter: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let url = format!("{}?schema={parameter}", database.url());
        let by_url = support::options().open(&url).await.unwrap();
        assert_eq!(by_url.head().await.unwrap().as_raw(), 2, "{name}");
    }
}

#[tokio::test]
async fn a_name_that_postgresql_would_cut_is_refused() {
    let database = Database::empty().await;
    let mut pool = deadpool_postgres::Config::new();
    pool.url = Some(database.url());
    let pool = pool.create_pool(None, tokio_postgres::NoTls).unwrap();
    for name in ["x".repeat(64), String::new(), "a\0b".to_owned()] {
        let options = options().schema(&name).migrate_on_open(true);
        for (kind, why) in [
            kind(options.clone().migrate(&database.url()).await),
            kind(options.clone().open(&database.url()).await),
            kind(options.clone().open_pool(pool.clone()).await),
        ] {
            assert_eq!(kind, StoreErrorKind::Other);
            assert!(why.contains("the name of a schema"), "{why}");
        }
    }
}

#[tokio::test]
async fn tables_of_somebody_else_are_refused_and_left_alone() {
    let foreign = [
        "CREATE TABLE events (id int)",
        "CREATE TABLE migrations (id int)",
        "CREATE TABLE migrations (id int); CREATE TABLE events (id int)",
        "CREATE TABLE migrations (step int); CREATE TABLE events (id int); \
         INSERT INTO migrations VALUES (3)",
        "CREATE TABLE migrations (step text)",
        "CREATE TABLE commands (id int)",
        "CREATE VIEW events AS SELECT 1 AS id",
    ];
    for tables in foreign {
        let database = Database::empty().await;
        let client = database.connect().await;
        client.batch_execute(tables).await.unwrap();
        let before = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class \
                      WHERE relnamespace = 'public'::regnamespace";
        let before = async || {
            client
                .query_one(before, &[])
                .await
                .unwrap()
                .get::<_, String>(0)
        };
        let there = before().await;
        let options = options().schema("public");
        let on_open = options.clone().migrate_on_open(true);
        let refused = [
            kind(options.clone().migrate(&database.url()).await),
            kind(on_open.open(&database.url()).await),
            kind(options.open(&database.url()).await),
        ];
        for (kind, why) in refused {
            assert_eq!(kind, StoreErrorKind::NotOurs, "{tables}: {why}");
        }
        assert_eq!(there, before().await, "{tables}");
    }
}

#[tokio::test]
async fn missing_tables_are_named_with_what_to_do() {
    let database = Database::empty().await;
    let (kind, why) = kind(options().open(&database.url()).await);
    assert_eq!(kind, StoreErrorKind::NotOurs);
    let expected = format!(
        "cannot open {} (schema eventide): the tables of the store are not there; create them \
         with `PostgresOptions::migrate`, or with `migrate=on-open` while developing",
        database.url()
    );
    assert_eq!(why, expected);
}

#[tokio::test]
async fn a_later_program_s_tables_are_refused() {
    let database = Database::new().await;
    let later = "INSERT INTO eventide.migrations (step, name) VALUES (1000, '1000_later')";
    database.connect().await.batch_execute(later).await.unwrap();
    for (kind, why) in [
        kind(options().open(&database.url()).await),
        kind(options().migrate(&database.url()).await),
        kind(options().migrate_on_open(true).open(&database.url()).await),
    ] {
        assert_eq!(kind, StoreErrorKind::Newer);
        assert!(
            why.contains("a later eventide made its tables (step 1000"),
            "{why}"
        );
    }
}

#[tokio::test]
async fn opening_creates_nothing_unless_asked() {
    let database = Database::empty().await;
    let client = database.connect().await;
    let schemas = async || {
        let count = "SELECT count(*) FROM pg_namespace WHERE nspname = 'eventide'";
        client.query_one(count, &[]).await.unwrap().get::<_, i64>(0)
    };
    kind(options().open(&database.url()).await);
    assert_eq!(schemas().await, 0);
    let url = format!("{}?migrate=on-open", database.url());
    works(&options().open(&url).await.unwrap()).await;
    assert_eq!(schemas().await, 1);
    let other: PostgresOptions = options().schema("other").migrate_on_open(true);
    works(&other.open(&database.url()).await.unwrap()).await;
}
