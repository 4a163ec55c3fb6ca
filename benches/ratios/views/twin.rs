//! Keeping a document for each order by hand: the log, folded in memory as it is read, written
//! together with how far it was read. It holds all documents in memory, and works alone.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::by_hand::Totals;

/// How many events are read, folded and written together.
const PAGE: u32 = 32_768;

/// The columns and indexes of a view's table.
const TABLES: &str = "\
DROP TABLE IF EXISTS twin;
DROP TABLE IF EXISTS twin_checkpoint;
CREATE TABLE twin (
    key TEXT NOT NULL PRIMARY KEY, document ANY NOT NULL, changed_by INTEGER NOT NULL,
    country TEXT, total INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX twin_country ON twin (country);
CREATE INDEX twin_total ON twin (total);
CREATE TABLE twin_checkpoint (position INTEGER NOT NULL) STRICT;
INSERT INTO twin_checkpoint VALUES (0);";

pub(crate) struct Projector {
    reader: Connection,
    writer: Connection,
}

impl Projector {
    pub(crate) fn open(file: &Path) -> Self {
        // As eventide sets them.
        let reader = Connection::open(file).unwrap();
        reader
            .execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8192;")
            .unwrap();
        let writer = Connection::open(file).unwrap();
        writer
            .execute_batch(
                "PRAGMA synchronous = FULL;
                 PRAGMA wal_autocheckpoint = 4000;
                 PRAGMA journal_size_limit = 67108864;
                 PRAGMA cache_size = -32768;",
            )
            .unwrap();
        Self { reader, writer }
    }

    /// Begins anew.
    pub(crate) fn reset(&mut self) {
        self.writer.execute_batch(TABLES).unwrap();
    }

    /// Does the whole log.
    pub(crate) fn catch_up(&mut self) -> Duration {
        let started = Instant::now();
        let select = "SELECT position, aggregate_id, event_type, payload FROM events \
                      WHERE position > ?1 ORDER BY position LIMIT ?2";
        let mut select = self.reader.prepare(select).unwrap();
        let mut documents: HashMap<String, Totals> = HashMap::new();
        let mut after = 0;
        loop {
            let mut changed: HashMap<String, i64> = HashMap::new();
            let mut read = 0;
            let mut rows = select.query(params![after, PAGE]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let text = |column| row.get_ref(column).unwrap().as_str().unwrap();
                let (key, payload) = (text(1), text(3).as_bytes());
                after = row.get(0).unwrap();
                if !documents.contains_key(key) {
                    documents.insert(key.to_owned(), Totals::default());
                }
                let document = documents.get_mut(key).unwrap();
                document.apply_json(text(2), payload).unwrap();
                match changed.get_mut(key) {
                    Some(by) => *by = after,
                    None => drop(changed.insert(key.to_owned(), after)),
                }
                read += 1;
            }
            drop(rows);
            if read > 0 {
                write(&mut self.writer, &documents, &changed, after);
            }
            if read < PAGE {
                return started.elapsed();
            }
        }
    }

    /// Compares its documents with those of the view in another file.
    pub(crate) fn assert_same(&self, ours: &Path) {
        let attach = "ATTACH DATABASE ?1 AS ours";
        let ours = ours.to_str().unwrap();
        self.writer.execute(attach, [ours]).unwrap();
        let different = "SELECT count(*) FROM twin FULL JOIN ours.view_order_totals_v1_g1 AS view \
                         ON twin.key = view.key WHERE (twin.document, twin.changed_by, \
                         twin.country, twin.total) IS NOT (view.document, view.changed_by, \
                         view.country, view.total)";
        let different: i64 = self
            .writer
            .query_row(different, [], |row| row.get(0))
            .unwrap();
        assert_eq!(different, 0, "documents differ");
        self.writer.execute_batch("DETACH DATABASE ours").unwrap();
    }
}

fn write(
    writer: &mut Connection,
    documents: &HashMap<String, Totals>,
    changed: &HashMap<String, i64>,
    last: i64,
) {
    let transaction = writer.transaction().unwrap();
    let upsert = "INSERT INTO twin (key, document, changed_by, country, total) \
                  VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET \
                  document = excluded.document, changed_by = excluded.changed_by, \
                  country = excluded.country, total = excluded.total";
    let mut upsert = transaction.prepare_cached(upsert).unwrap();
    // In the order of the table, whose pages are then looked for once.
    let mut changed: Vec<(&String, &i64)> = changed.iter().collect();
    changed.sort_unstable();
    for (key, by) in changed {
        let document = &documents[key];
        let json = serde_json::to_string(document).unwrap();
        upsert
            .execute(params![key, json, by, document.country, document.total])
            .unwrap();
    }
    drop(upsert);
    let move_on = "UPDATE twin_checkpoint SET position = ?1";
    transaction
        .prepare_cached(move_on)
        .unwrap()
        .execute([last])
        .unwrap();
    transaction.commit().unwrap();
}
