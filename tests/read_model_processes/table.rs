//! The table that the projection writes, as whoever looks at it sees it.

use std::time::Duration;

use eventide::sqlite::rusqlite;

use crate::place::Place;

const IN_FILE: &str = "CREATE TABLE handled (number integer PRIMARY KEY AUTOINCREMENT,
    key text NOT NULL, position bigint NOT NULL, event text NOT NULL, process bigint NOT NULL,
    failed bigint NOT NULL)";

#[cfg(feature = "postgres")]
const ON_SERVER: &str =
    "CREATE TABLE handled (number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL, position bigint NOT NULL, event text NOT NULL, process bigint NOT NULL,
    failed bigint NOT NULL)";

/// In the order they were written in: of one key this is the order of their transactions, for nobody
/// begins one before the last has ended.
const READ: &str = "SELECT key, position, event, process, failed FROM handled ORDER BY number";

/// That an event was handled.
#[derive(Debug)]
pub(crate) struct Handled {
    pub(crate) key: String,
    pub(crate) position: i64,
    pub(crate) event: String,
    /// Who did it.
    pub(crate) process: i64,
    /// How often it had failed there before.
    pub(crate) failed: i64,
}

impl Place {
    pub(crate) async fn make_table(&self) {
        #[cfg(feature = "postgres")]
        if let Some((server, database)) = self.server() {
            let client = server.connect(database).await.unwrap();
            return client.batch_execute(ON_SERVER).await.unwrap();
        }
        self.in_file().execute_batch(IN_FILE).unwrap();
    }

    /// All that was handled, and by whom.
    pub(crate) async fn handled(&self) -> Vec<Handled> {
        #[cfg(feature = "postgres")]
        if let Some((server, database)) = self.server() {
            let client = server.connect(database).await.unwrap();
            let rows = client.query(READ, &[]).await.unwrap();
            let handled = rows.iter().map(|row| Handled {
                key: row.get(0),
                position: row.get(1),
                event: row.get(2),
                process: row.get(3),
                failed: row.get(4),
            });
            return handled.collect();
        }
        let conn = self.in_file();
        let mut read = conn.prepare(READ).unwrap();
        let handled = read.query_map([], |row| {
            Ok(Handled {
                key: row.get(0)?,
                position: row.get(1)?,
                event: row.get(2)?,
                process: row.get(3)?,
                failed: row.get(4)?,
            })
        });
        handled.unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn in_file(&self) -> rusqlite::Connection {
        let conn = rusqlite::Connection::open(&self.address).unwrap();
        conn.busy_timeout(Duration::from_mins(1)).unwrap();
        conn
    }
}
