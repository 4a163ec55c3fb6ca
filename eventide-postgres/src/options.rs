//! How a store is opened.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;
use eventide_core::store::StoreError;
use eventide_core::time::{Clock, SystemClock};

use crate::PostgresStore;
use crate::migrate::{self, Migration, Payload};

/// What an acknowledged append must survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// A crash and a power loss. A server whose settings (`fsync`, `full_page_writes`,
    /// `synchronous_commit`) break that is refused.
    #[default]
    Full,
    /// What the server's settings give. A power loss, and with `synchronous_commit = off` also a
    /// crash of the server, may take the last commits, or worse without `fsync`.
    WhatTheServerGives,
}

/// What stands between the program and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pooler {
    /// Nothing that shares a connection between sessions.
    #[default]
    None,
    /// A pooler such as `PgBouncer` in transaction mode. Statements are then sent unprepared,
    /// nothing is set on the connections, and other processes' appends are found by polling alone.
    Transaction,
}

/// How to open a [`PostgresStore`]; made by [`PostgresStore::options`]. Parameters of the address
/// stand above what is set here.
///
/// ```no_run
/// # async fn doc() -> Result<(), eventide_core::store::StoreError> {
/// use eventide_postgres::PostgresStore;
///
/// let store = PostgresStore::options()
///     .schema("shop")
///     .connections(16)
///     .open("postgres://shop@localhost/shop")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "options do nothing until `open`"]
pub struct PostgresOptions {
    pub(crate) schema: String,
    pub(crate) payload: Payload,
    pub(crate) migrate_on_open: bool,
    pub(crate) durability: Durability,
    pub(crate) pooler: Pooler,
    pub(crate) connections: usize,
    pub(crate) root_certificate: Option<PathBuf>,
    pub(crate) patience: Duration,
    pub(crate) answer_timeout: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) max_batch: usize,
    pub(crate) queue: usize,
    pub(crate) notify: bool,
    pub(crate) read_only: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "eventide".to_owned(),
            payload: Payload::default(),
            migrate_on_open: false,
            durability: Durability::default(),
            pooler: Pooler::default(),
            connections: 8,
            root_certificate: None,
            patience: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(15),
            clock: Arc::new(SystemClock),
            max_batch: 1024,
            queue: 16_384,
            notify: true,
            read_only: false,
        }
    }
}

impl PostgresOptions {
    /// The schema of the database that holds the store; several stores may share a database.
    /// `eventide` unless said otherwise. In an address: `schema=shop`.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schema = name.into();
        self
    }

    /// How payloads are kept in tables that are still to be created. [`Payload::Json`] unless said
    /// otherwise.
    pub fn payload(mut self, payload: Payload) -> Self {
        self.payload = payload;
        self
    }

    /// A switch for development: creates the tables, or brings them up to date, when the store is
    /// opened. No unless said otherwise. In an address: `migrate=on-open`.
    pub fn migrate_on_open(mut self, migrate: bool) -> Self {
        self.migrate_on_open = migrate;
        self
    }

    /// What an acknowledged append must survive. [`Durability::Full`] unless said otherwise. In an
    /// address: `durability=what-the-server-gives`.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// What stands between the program and the server. In an address: `pooler=transaction`.
    pub fn pooler(mut self, pooler: Pooler) -> Self {
        self.pooler = pooler;
        self
    }

    /// How many connections to use at most, at least 2; 8 unless said otherwise. One more may be
    /// made to find out about a transaction of the caller's that failed, and one to listen. In an
    /// address: `connections=16`.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(2);
        self
    }

    /// A file of PEM certificates to trust instead of the operating system's. Certificates are
    /// always checked. In an address: `sslrootcert=ca.pem`.
    pub fn root_certificate(mut self, file: impl Into<PathBuf>) -> Self {
        self.root_certificate = Some(file.into());
        self
    }

    /// How long a request goes on while the server is away or its log is locked, through restarts
    /// and failover; then it is an error that says which. 30 seconds unless said otherwise.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long to wait for an answer before a connection counts as lost; longer than any statement
    /// may wait for a lock. 15 seconds unless said otherwise.
    pub fn answer_timeout(mut self, timeout: Duration) -> Self {
        self.answer_timeout = timeout;
        self
    }

    /// Where the recorded time comes from. The system's clock unless said otherwise.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How many requests may share a commit; at least 1, 1024 unless said otherwise.
    pub fn max_batch(mut self, requests: usize) -> Self {
        self.max_batch = requests.max(1);
        self
    }

    /// How much may wait for the writer before callers are held back: a request counts one, and one
    /// more for each 4 KiB. At least 1, 16384 unless said otherwise.
    pub fn queue(mut self, room: usize) -> Self {
        self.queue = room.max(1);
        self
    }

    /// Whether to tell other processes of appends, outside of them and at most 50 times a second.
    /// Yes unless said otherwise.
    pub fn notify(mut self, notify: bool) -> Self {
        self.notify = notify;
        self
    }

    /// Opens the store at `address`, of the form `postgres://user@host:port/database`.
    ///
    /// # Errors
    /// By [`kind`](StoreError::kind):
    /// - `NotOurs`: the tables are not there, or are not eventide's;
    /// - `Newer`: a later eventide made them;
    /// - `NotDurable`: the server's settings break the [`durability`](Self::durability);
    /// - `Unavailable`: the server cannot be reached within the [`patience`](Self::patience);
    /// - `Other`: the address is malformed.
    pub async fn open(self, address: &str) -> Result<PostgresStore, StoreError> {
        PostgresStore::open_with(self, address).await
    }

    /// Opens the store on a pool of the caller's, who then also answers for its timeouts, and for
    /// `enable_seqscan = off` and `random_page_cost = 0.1`, without which tables may be read the long
    /// way.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub async fn open_pool(self, pool: Pool) -> Result<PostgresStore, StoreError> {
        PostgresStore::open_on(self, pool).await
    }

    /// Creates the tables at `address`, or brings them up to date. Two programs may do so at once,
    /// and doing it again is harmless.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub async fn migrate(self, address: &str) -> Result<Vec<Migration>, StoreError> {
        migrate::run(self, address).await
    }

    /// What [`migrate`](Self::migrate) would do on an empty database, as SQL to be read and applied
    /// by hand.
    pub fn migrations(&self) -> Vec<Migration> {
        migrate::all(&self.schema, self.payload)
    }

    /// SQL that makes the roles of least privilege, for an administrator to read and apply once the
    /// tables are there: `<schema>_owner`, `_writer`, `_reader` and `_projector`.
    pub fn roles(&self) -> String {
        migrate::roles(&self.schema)
    }
}
