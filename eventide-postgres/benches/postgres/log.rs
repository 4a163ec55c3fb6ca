//! Reading the whole log, page by page.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use eventide_core::Position;
use eventide_core::store::{EventStore, LogQuery, PageSize};
use eventide_postgres::PostgresStore;
use futures_util::TryStreamExt;
use tokio_postgres::types::{FromSql, ToSql, Type, accepts};
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use crate::fill::fill;
use crate::native::open;
use crate::server::{Bench, connect};
use crate::support::{Args, Table, interleaved};

/// How many events a page holds.
const PAGE: usize = 4_096;

pub(crate) fn run(args: &Args, bench: &Bench, table: &mut Table) {
    let events = args.size(1_000_000, 100_000);
    let name = format!("log, {events} events");
    if !args.wants(&name) {
        return;
    }
    let address = bench.database();
    fill(bench, &address, u64::from(events));
    let store = open(bench, &address);
    let twin = bench.runtime.block_on(Twin::connect(&address));
    let results = interleaved(
        args.size(7, 3),
        || bench.runtime.block_on(timed(events, read(&store))),
        || bench.runtime.block_on(timed(events, twin.read())),
    );
    table.row(&name, events, results, Some(0.8));
    bench.runtime.block_on(store.close()).unwrap();
    drop(twin);
    bench.drop(&address);
}

async fn timed(events: u32, read: impl Future<Output = u32>) -> Duration {
    let started = Instant::now();
    assert_eq!(read.await, events);
    started.elapsed()
}

async fn read(store: &PostgresStore) -> u32 {
    let (mut from, mut events) = (Position::START, 0);
    loop {
        let query = LogQuery::after(from).page(PageSize::new(PAGE));
        let page = store.read_log(query).await.unwrap();
        events += u32::try_from(black_box(&page.events).len()).unwrap();
        from = page.next;
        if !page.more {
            return events;
        }
    }
}

/// An event as the program passes it on.
#[derive(Debug)]
#[allow(dead_code, reason = "made to be passed on")]
struct Event {
    position: i64,
    version: i64,
    id: Uuid,
    name: String,
    schema_version: i64,
    payload: Vec<u8>,
    recorded_at: i64,
    correlation_id: Uuid,
    causation_id: Uuid,
    metadata: Option<String>,
    tags: Vec<String>,
    aggregate_type: String,
    aggregate_id: String,
}

struct Twin {
    client: Client,
    select: Statement,
}

impl Twin {
    async fn connect(address: &str) -> Self {
        let client = connect(address).await;
        let select = "SELECT position, version, event_id, event_type, schema_version, payload, \
                      payload_bytes, recorded_at, correlation_id, causation_id, metadata, tags, \
                      aggregate_type, aggregate_id FROM eventide.events \
                      WHERE position > $1 ORDER BY position LIMIT $2";
        let select = client.prepare(select).await.unwrap();
        Self { client, select }
    }

    async fn read(&self) -> u32 {
        let (mut after, mut events) = (0, 0);
        loop {
            let page = self.page(after).await;
            events += u32::try_from(black_box(&page).len()).unwrap();
            match page.last() {
                Some(last) if page.len() == PAGE => after = last.position,
                _ => return events,
            }
        }
    }

    async fn page(&self, after: i64) -> Vec<Event> {
        let limit = i64::try_from(PAGE).unwrap();
        let params: [&(dyn ToSql + Sync); 2] = [&after, &limit];
        let rows = self.client.query_raw(&self.select, params);
        let mut rows = std::pin::pin!(rows.await.unwrap());
        let mut page = Vec::with_capacity(PAGE);
        while let Some(row) = rows.try_next().await.unwrap() {
            page.push(event(&row));
        }
        page
    }
}

fn event(row: &Row) -> Event {
    let payload: Option<Bytes<'_>> = row.get(5);
    let payload = payload.unwrap_or_else(|| row.get(6));
    let metadata: Option<Bytes<'_>> = row.get(10);
    Event {
        position: row.get(0),
        version: row.get(1),
        id: row.get(2),
        name: row.get(3),
        schema_version: row.get(4),
        payload: payload.0.to_vec(),
        recorded_at: row.get::<_, Micros>(7).0,
        correlation_id: row.get(8),
        causation_id: row.get(9),
        metadata: metadata.map(|json| String::from_utf8(json.0.to_vec()).unwrap()),
        tags: row.get::<_, Option<Vec<String>>>(11).unwrap_or_default(),
        aggregate_type: row.get(12),
        aggregate_id: row.get(13),
    }
}

/// Bytes as they are, whatever the column calls them.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> FromSql<'a> for Bytes<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self(raw))
    }

    accepts!(JSON, BYTEA);
}

/// Microseconds since 2000-01-01.
struct Micros(i64);

impl FromSql<'_> for Micros {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self(i64::from_be_bytes(raw.try_into()?)))
    }

    accepts!(TIMESTAMPTZ);
}
