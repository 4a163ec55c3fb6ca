//! Keeping a document for each order by hand: pages of the log, folded in memory, written together
//! with how far they reach. It holds all documents in memory, and works alone.

use std::collections::HashMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use futures_util::future::{join, join4};
use tokio::sync::mpsc;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row, Statement};

use super::row::Json;
use crate::log::Bytes;
use crate::server::{Bench, connect};
use crate::totals_by_hand::Totals;

/// How many events are read, folded and written together.
const PAGE: usize = 32_768;

/// The columns and indexes of a view's table.
const TABLES: &str = "\
CREATE TABLE eventide.twin (
    key text COLLATE \"C\" NOT NULL PRIMARY KEY, document json NOT NULL, changed_by bigint NOT NULL,
    country text COLLATE \"C\", total bigint
);
CREATE INDEX twin_country ON eventide.twin (country NULLS FIRST, key);
CREATE INDEX twin_total ON eventide.twin (total NULLS FIRST, key);
CREATE TABLE eventide.twin_checkpoint (position bigint NOT NULL);
INSERT INTO eventide.twin_checkpoint VALUES (0);";

const DROP: &str = "DROP TABLE IF EXISTS eventide.twin, eventide.twin_checkpoint";

pub(crate) struct Projector {
    reader: Client,
    writer: Client,
}

impl Projector {
    pub(crate) fn connect(bench: &Bench, address: &str) -> Self {
        bench.runtime.block_on(async {
            Self {
                reader: connect(address).await,
                writer: connect(address).await,
            }
        })
    }

    /// Begins anew.
    pub(crate) async fn reset(&self) {
        self.writer.batch_execute(DROP).await.unwrap();
        self.writer.batch_execute(TABLES).await.unwrap();
    }

    /// Does the whole log.
    pub(crate) async fn catch_up(&self) -> Duration {
        let started = Instant::now();
        let (ahead, mut pages) = mpsc::channel(1);
        let read = self.read(ahead);
        let work = async {
            let upsert = self.upsert().await;
            let move_on = "UPDATE eventide.twin_checkpoint SET position = $1";
            let move_on = self.writer.prepare(move_on).await.unwrap();
            let mut documents: HashMap<String, Totals> = HashMap::new();
            while let Some(page) = pages.recv().await {
                self.take(&page, &mut documents, (&upsert, &move_on)).await;
            }
        };
        join(read, work).await;
        started.elapsed()
    }

    /// Reads on while what was read before is worked on.
    async fn read(&self, ahead: mpsc::Sender<Vec<Row>>) {
        let select = "SELECT position, aggregate_id, event_type, payload FROM eventide.events \
                      WHERE position > $1 ORDER BY position LIMIT $2";
        let select = self.reader.prepare(select).await.unwrap();
        let (mut after, limit) = (0_i64, i64::try_from(PAGE).unwrap());
        loop {
            let params: [&(dyn ToSql + Sync); 2] = [&after, &limit];
            let mut rows = pin!(self.reader.query_raw(&select, params).await.unwrap());
            let mut page = Vec::with_capacity(PAGE);
            while let Some(row) = rows.try_next().await.unwrap() {
                page.push(row);
            }
            let Some(last) = page.last() else {
                return;
            };
            after = last.get(0);
            let is_last = page.len() < PAGE;
            ahead.send(page).await.unwrap();
            if is_last {
                return;
            }
        }
    }

    async fn upsert(&self) -> Statement {
        let upsert = "INSERT INTO eventide.twin (key, document, changed_by, country, total) \
                      SELECT * FROM unnest($1, $2, $3, $4, $5) ON CONFLICT (key) DO UPDATE SET \
                      document = excluded.document, changed_by = excluded.changed_by, \
                      country = excluded.country, total = excluded.total";
        let types = [
            Type::TEXT_ARRAY,
            Type::JSON_ARRAY,
            Type::INT8_ARRAY,
            Type::TEXT_ARRAY,
            Type::INT8_ARRAY,
        ];
        self.writer.prepare_typed(upsert, &types).await.unwrap()
    }

    async fn take(
        &self,
        page: &[Row],
        documents: &mut HashMap<String, Totals>,
        (upsert, move_on): (&Statement, &Statement),
    ) {
        let mut changed: HashMap<&str, i64> = HashMap::with_capacity(page.len());
        for row in page {
            let (key, payload): (&str, Bytes<'_>) = (row.get(1), row.get(3));
            if !documents.contains_key(key) {
                documents.insert(key.to_owned(), Totals::default());
            }
            let document = documents.get_mut(key).unwrap();
            document.apply_json(row.get(2), payload.0).unwrap();
            changed.insert(key, row.get(0));
        }
        let (mut keys, mut jsons) = (Vec::new(), Vec::new());
        let (mut by, mut countries, mut totals) = (Vec::new(), Vec::new(), Vec::new());
        // In the order of the table, whose pages are then looked for once.
        let mut changed: Vec<(&str, i64)> = changed.into_iter().collect();
        changed.sort_unstable();
        for (key, position) in changed {
            let document = &documents[key];
            keys.push(key);
            jsons.push(Json(serde_json::to_vec(document).unwrap()));
            by.push(position);
            countries.push(&*document.country);
            totals.push(document.total);
        }
        let upserted: [&(dyn ToSql + Sync); 5] = [&keys, &jsons, &by, &countries, &totals];
        let last: i64 = page.last().unwrap().get(0);
        let moved: [&(dyn ToSql + Sync); 1] = [&last];
        // All in one round trip.
        let done = join4(
            self.writer.batch_execute("BEGIN"),
            self.writer.execute(upsert, &upserted),
            self.writer.execute(move_on, &moved),
            self.writer.batch_execute("COMMIT"),
        );
        let (begun, upserted, moved, committed) = done.await;
        begun.unwrap();
        assert_eq!(upserted.unwrap(), u64::try_from(keys.len()).unwrap());
        assert_eq!(moved.unwrap(), 1);
        committed.unwrap();
    }
}
