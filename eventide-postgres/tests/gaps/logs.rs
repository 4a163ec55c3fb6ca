//! The two stores, as the scenarios see them.

use std::future::Future;
use std::time::Duration;

use eventide_core::Position;
use eventide_core::store::{EventStore, LogQuery, PageSize};
use eventide_postgres::PostgresStore;
use eventide_rig::Server;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Transaction};

use crate::support::{Database, append, options, stream};

/// A log of named events.
pub(crate) trait Log: Sync {
    fn database(&self) -> &Database;

    /// Appends in a transaction that goes on.
    fn append_in(
        &self,
        transaction: &Transaction<'_>,
        name: &str,
    ) -> impl Future<Output = ()> + Send;

    /// Appends in a task, which may have to wait for others.
    fn begin_append(&self, name: &str) -> JoinHandle<()>;

    /// A page of what stands after `position`, and where to read on.
    fn read(&self, position: u64, page: usize) -> impl Future<Output = (Vec<String>, u64)> + Send;

    /// Appends while nobody is in the way.
    fn append(&self, name: &str) -> impl Future<Output = ()> + Send {
        async { self.begin_append(name).await.unwrap() }
    }

    /// Waits until `append` is done, or waits for a lock.
    fn until_waiting_or_done(&self, append: &JoinHandle<()>) -> impl Future<Output = ()> + Send {
        async {
            let client = self.database().connect().await;
            let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                           WHERE NOT l.granted AND d.datname = current_database()";
            while !append.is_finished()
                && client
                    .query_one(waiting, &[])
                    .await
                    .unwrap()
                    .get::<_, i64>(0)
                    == 0
            {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
}

/// A server that knows prepared transactions, shared by the scenarios.
async fn server() -> &'static Server {
    static SERVER: OnceCell<Server> = OnceCell::const_new();
    let start = || async {
        let options = Server::options().in_memory().fast();
        let options = options.set("max_prepared_transactions", "10");
        options.set("max_connections", "200").start().await.unwrap()
    };
    SERVER.get_or_init(start).await
}

async fn database() -> Database {
    let server = server().await;
    let name = server.create_database("gaps").await.unwrap();
    Database { server, name }
}

/// This store.
pub(crate) struct Ours {
    pub(crate) store: PostgresStore,
    database: Database,
}

impl Ours {
    pub(crate) async fn new() -> Self {
        let database = database().await;
        options().migrate(&database.url()).await.unwrap();
        let store = database.open().await;
        Self { store, database }
    }
}

impl Log for Ours {
    fn database(&self) -> &Database {
        &self.database
    }

    async fn append_in(&self, transaction: &Transaction<'_>, name: &str) {
        let appended = self.store.append_in(transaction, append(&stream(name), 1));
        // Whoever runs the scenario ends the transaction, also in ways `commit` does not know.
        let _pending = appended.await.unwrap();
    }

    fn begin_append(&self, name: &str) -> JoinHandle<()> {
        let (store, request) = (self.store.clone(), append(&stream(name), 1));
        tokio::spawn(async move {
            store.append(request).await.unwrap();
        })
    }

    async fn read(&self, position: u64, page: usize) -> (Vec<String>, u64) {
        let query = LogQuery::after(Position::from_raw(position)).page(PageSize::new(page));
        let page = self.store.read_log(query).await.unwrap();
        let names = page.events.iter();
        let names = names.map(|event| event.stream.aggregate_id().to_owned());
        (names.collect(), page.next.as_raw())
    }
}

/// A store as it is often written: a position is taken when an event is inserted, and readers go on
/// from the highest one they have seen.
pub(crate) struct Naive {
    database: Database,
    reader: Client,
}

const INSERT: &str = "INSERT INTO events (name) VALUES ($1)";

impl Naive {
    pub(crate) async fn new() -> Self {
        let database = database().await;
        let reader = database.connect().await;
        let table = "CREATE TABLE events (position bigserial PRIMARY KEY, name text NOT NULL)";
        reader.batch_execute(table).await.unwrap();
        Self { database, reader }
    }
}

impl Log for Naive {
    fn database(&self) -> &Database {
        &self.database
    }

    async fn append_in(&self, transaction: &Transaction<'_>, name: &str) {
        transaction.execute(INSERT, &[&name]).await.unwrap();
    }

    fn begin_append(&self, name: &str) -> JoinHandle<()> {
        let (database, name) = (self.database.clone(), name.to_owned());
        tokio::spawn(async move {
            let client = database.connect().await;
            client.execute(INSERT, &[&name]).await.unwrap();
        })
    }

    async fn read(&self, position: u64, page: usize) -> (Vec<String>, u64) {
        let sql =
            "SELECT position, name FROM events WHERE position > $1 ORDER BY position LIMIT $2";
        let after = i64::try_from(position).unwrap();
        let page = i64::try_from(page).unwrap();
        let rows = self.reader.query(sql, &[&after, &page]).await.unwrap();
        let next = rows.last().map_or(after, |row| row.get(0));
        let names = rows.iter().map(|row| row.get(1)).collect();
        (names, next.unsigned_abs())
    }
}

/// Reads a log forwards, and keeps what it saw.
pub(crate) struct Reader<'a, L> {
    log: &'a L,
    position: u64,
    saw: Vec<String>,
}

impl<'a, L: Log> Reader<'a, L> {
    pub(crate) fn new(log: &'a L) -> Self {
        Self {
            log,
            position: 0,
            saw: Vec::new(),
        }
    }

    /// Reads on, until there is nothing more to see now.
    pub(crate) async fn poll(&mut self) -> &[String] {
        loop {
            let (names, next) = self.log.read(self.position, 1).await;
            self.position = next;
            if names.is_empty() {
                return &self.saw;
            }
            self.saw.extend(names);
        }
    }

    /// Reads to the end, and compares with what a new reader sees.
    pub(crate) async fn end(mut self) -> Outcome {
        self.poll().await;
        let mut committed = Reader::new(self.log);
        committed.poll().await;
        Outcome {
            saw: self.saw,
            committed: committed.saw,
        }
    }
}

/// What a reader saw that followed live, and what was there to see.
#[derive(Debug)]
pub(crate) struct Outcome {
    saw: Vec<String>,
    committed: Vec<String>,
}

impl Outcome {
    /// Each event once, in the order of the log.
    pub(crate) fn assert_nothing_lost(&self) {
        assert_eq!(self.saw, self.committed);
    }

    /// What was committed, and never seen.
    pub(crate) fn lost(&self) -> Vec<&str> {
        let committed = self.committed.iter();
        let lost = committed.filter(|name| !self.saw.contains(name));
        lost.map(String::as_str).collect()
    }
}
