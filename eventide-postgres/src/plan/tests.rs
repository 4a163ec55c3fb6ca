//! How PostgreSQL goes about the store's statements, on connections like the store's, whatever it
//! knows or does not know of the tables.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

use eventide_core::store::{
    AppendRequest, CommandMark, Direction, ExpectedVersion, LogFilter, LogQuery, StreamAppend,
};
use eventide_core::{CommandId, Metadata, NewEvent, SchemaVersion, StreamId, Tag, Version};
use eventide_rig::Server;
use tokio_postgres::{Client, SimpleQueryMessage};
use uuid::Uuid;

use super::filtered;
use crate::append::{Answered, Call, Item, Judging, KnownHead, Memory, call, stored};
use crate::error::Place;
use crate::migrate::Payload;
use crate::sql::{Schema, Sql};
use crate::value::Micros;
use crate::{
    Durability, PostgresStore, commands, connect, log, schema_versions, snapshot, stream,
    subscriptions,
};

/// What the server knows of the tables.
#[derive(Debug, Clone, Copy)]
enum Tables {
    /// Nothing, and there is nothing.
    Empty,
    /// Nothing, but there is something.
    Small,
    /// That they are large.
    Analyzed,
}

const ALL: [Tables; 3] = [Tables::Empty, Tables::Small, Tables::Analyzed];

/// A pooled connection of a store with such tables; plans are made without a look at parameters.
async fn connection(tables: Tables) -> deadpool_postgres::Client {
    let server = Server::shared().await.unwrap();
    let database = server.create_database("plans").await.unwrap();
    let options = PostgresStore::options().durability(Durability::WhatTheServerGives);
    let url = server.url(&database);
    options.clone().migrate(&url).await.unwrap();
    let admin = server.connect(&database).await.unwrap();
    let rows = match tables {
        Tables::Empty => 0,
        Tables::Small => 100,
        Tables::Analyzed => 200_000,
    };
    admin
        .batch_execute(&format!(
            "ALTER TABLE eventide.events SET (autovacuum_enabled = off);
             INSERT INTO eventide.events SELECT n, (n - 1) / 1000 + 1, 'epoch', 1,
                 gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'Order',
                 'o' || (n - 1) % 1000, 'Type' || n % 20, '{{}}', NULL, NULL, '{{a:1,b:2}}'
             FROM generate_series(1, {rows}) n;
             INSERT INTO eventide.event_tags SELECT t, position FROM eventide.events, unnest(tags) t;
             INSERT INTO eventide.commands (command_id, after_version, events, position,
                 recorded_at, aggregate_type, aggregate_id)
             SELECT event_id, version - 1, 1, position, recorded_at, aggregate_type, aggregate_id
             FROM eventide.events;
             INSERT INTO eventide.dead_letters
             SELECT 'sales', aggregate_id, position, event_id, 1, recorded_at FROM eventide.events
             WHERE position <= 20000;
             INSERT INTO eventide.subscription_routes
             SELECT 'sales', 'Order', event_id::text, aggregate_id FROM eventide.events
             WHERE position <= 20000"
        ))
        .await
        .unwrap();
    if matches!(tables, Tables::Analyzed) {
        admin.batch_execute("ANALYZE").await.unwrap();
    }
    let address = crate::address::Address::parse(&url, options).unwrap();
    let ([pool, _], _) = connect::pools(&address).unwrap();
    let client = pool.get().await.unwrap();
    client
        .batch_execute("SET plan_cache_mode = force_generic_plan")
        .await
        .unwrap();
    client
}

async fn plan(client: &Client, sql: &Sql) -> Vec<String> {
    let types: Vec<_> = sql
        .types
        .iter()
        .map(tokio_postgres::types::Type::name)
        .collect();
    let nulls = vec!["NULL"; types.len()].join(", ");
    let (types, nulls) = match types.len() {
        0 => (String::new(), String::new()),
        _ => (format!("({})", types.join(", ")), format!("({nulls})")),
    };
    let explain = format!(
        "DEALLOCATE ALL; PREPARE shape {types} AS {}; EXPLAIN EXECUTE shape {nulls}",
        sql.text
    );
    let messages = client.simple_query(&explain).await;
    let messages = messages.unwrap_or_else(|error| panic!("{}: {error:?}", sql.text));
    let lines = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    lines.map(str::to_owned).collect()
}

/// It may sort nothing, read no table from end to end, and collect no index before its first row.
async fn assert_plan(client: &Client, tables: Tables, sql: &Sql, index: &str) {
    let plan = plan(client, sql).await;
    let shown = plan.join("\n");
    assert!(shown.contains(index), "{tables:?}: {}\n{shown}", sql.text);
    for line in &plan {
        let step = line.trim_start_matches([' ', '-', '>']);
        let fine = !step.starts_with("Sort  (")
            && !step.starts_with("Incremental Sort")
            && !step.starts_with("Seq Scan")
            && !step.starts_with("Bitmap");
        assert!(fine, "{tables:?}: {}\n{shown}", sql.text);
    }
}

fn schema() -> Schema {
    Schema::new("eventide")
}

/// Filters of each shape, and the index that leads to what they want.
fn filters() -> Vec<(LogFilter, &'static str)> {
    let tags = ["a:1", "b:2"].map(|tag| Tag::parse(tag).unwrap());
    let types = |n: usize| (0..n).map(|n| format!("Type{n}")).collect::<Vec<_>>();
    let mut filters = Vec::new();
    for (n, index) in [
        (0, "events_position"),
        (1, "events_by_type"),
        (2, "events_by_type"),
        (16, "events_by_type"),
        (17, "events_position"),
    ] {
        for aggregate_type in [None, Some("Order".to_owned())] {
            let by_types = LogFilter {
                event_types: types(n),
                aggregate_type,
                ..LogFilter::default()
            };
            for count in 0..=2 {
                let tagged = LogFilter {
                    tags: tags[..count].to_vec(),
                    ..by_types.clone()
                };
                let of_stream = LogFilter {
                    stream: Some(StreamId::new("Order", "o1").unwrap()),
                    ..tagged.clone()
                };
                filters.push((of_stream, "events_version"));
                filters.push((tagged, if count == 0 { index } else { "event_tags_tag" }));
            }
        }
    }
    filters
}

#[tokio::test]
async fn every_filter_goes_along_an_index_in_order() {
    for tables in ALL {
        let client = connection(tables).await;
        for (filter, index) in filters() {
            for direction in [Direction::Forwards, Direction::Backwards] {
                let query = LogQuery {
                    direction,
                    ..LogQuery::default().filter(filter.clone())
                };
                let plan = filtered(&schema(), &query);
                assert_plan(&client, tables, &plan.sql, index).await;
            }
        }
    }
}

#[tokio::test]
async fn everything_else_that_is_read_goes_along_an_index_in_order() {
    for tables in ALL {
        let client = connection(tables).await;
        let statements = [
            log::Statements::new(&schema()).all(),
            stream::Statements::new(&schema()).all(),
            snapshot::Statements::new(&schema()).all(),
            schema_versions::Statements::new(&schema()).all(),
            stored::Statements::new(&schema()).all(),
            vec![(commands::statement(&schema()), "commands_id")],
            subscriptions::indexed(&schema()),
        ];
        for (sql, index) in statements.into_iter().flatten() {
            assert_plan(&client, tables, &sql, index).await;
        }
    }
}

fn item(expected: ExpectedVersion, id: &str) -> Item {
    let event = || NewEvent {
        id: Uuid::now_v7().into(),
        event_type: "Type1".into(),
        schema_version: SchemaVersion::FIRST,
        payload: b"{}".to_vec(),
        metadata: Metadata::of_command(CommandId::from_uuid(Uuid::now_v7())),
        tags: vec![Tag::parse("a:1").unwrap()],
    };
    let request = AppendRequest::to(StreamAppend {
        stream: StreamId::new("Order", id).unwrap(),
        expected,
        events: vec![event(), event()],
        commands: vec![CommandMark {
            id: CommandId::from_uuid(Uuid::now_v7()),
            events: 2,
        }],
    });
    let place = Place::new(String::new(), String::new());
    Item::new(request, &place).unwrap()
}

/// What was read from end to end in the present transaction.
async fn read_whole(client: &Client) -> Vec<String> {
    let query = "SELECT relname::text || ' ' || seq_scan FROM pg_stat_xact_user_tables \
                 WHERE schemaname = 'eventide' AND seq_scan > 0";
    let rows = client.query(query, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn the_functions_read_no_table_from_end_to_end() {
    for tables in ALL {
        let mut client = connection(tables).await;
        let transaction = client.transaction().await.unwrap();
        // One that stands and one that does not, each on a stream that is there and on a new one.
        let exact = |version| ExpectedVersion::Exact(Version::new(version));
        let items = [
            item(ExpectedVersion::Any, "o1"),
            item(exact(7_777), "o2"),
            item(exact(0), "new"),
            item(exact(7_777), "newer"),
        ];
        let items: Vec<&Item> = items.iter().collect();
        let call = |items: &[_], judging| {
            let head = KnownHead::default();
            Call::new(
                items,
                Micros(0),
                head,
                &Memory::default(),
                judging,
                Payload::Json,
            )
        };
        let append = call::statement(&schema(), Payload::Json);
        let trusting = call(&items[..1], Judging::ByWriting);
        let looking = call(&items[1..], Judging::ByLooking);
        let place = Place::new(String::new(), String::new());
        for (call, items, stands) in [
            (trusting, &items[..1], [true].as_slice()),
            (looking, &items[1..], &[false, true, false]),
        ] {
            let rows = transaction.query(&append.text, &call.params()).await;
            let answered = Answered::of_row(&place, rows.unwrap().first()).unwrap();
            let judged = answered.judge(items);
            let found: Vec<_> = judged.iter().map(|judged| judged.stands).collect();
            assert_eq!(found, stands, "{tables:?}");
        }
        for (filter, _) in filters() {
            let recorded = Some(jiff::Timestamp::UNIX_EPOCH);
            let filter = LogFilter {
                recorded_from: recorded,
                recorded_before: recorded,
                ..filter
            };
            let plan = filtered(&schema(), &LogQuery::default().filter(filter));
            transaction
                .query(&plan.sql.text, &plan.params())
                .await
                .unwrap();
        }
        let whole = read_whole(transaction.client()).await;
        assert_eq!(whole, [""; 0], "{tables:?}");
    }
}
