//! Where a scenario takes place: a file that several processes open, or a server of its own.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eventide::prelude::*;
use eventide::store::{Store, StoreError};
use tempfile::TempDir;

#[cfg(feature = "postgres")]
use crate::child::LEASE;

/// How long a store waits for one that is stopped and holds what it needs: nobody has to be waited
/// for much longer than a lease.
const SHORT: Duration = Duration::from_secs(1);

/// A store that several processes open, and a folder that they all see.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) address: String,
    pub(crate) folder: TempDir,
    #[cfg(feature = "postgres")]
    server: Option<(eventide_rig::Server, String)>,
}

/// The seeds to run with.
pub(crate) fn seeds() -> Vec<u64> {
    let number = |name| env::var(name).ok().map(|it| it.parse().unwrap());
    match number("EVENTIDE_SEED") {
        Some(seed) => vec![seed],
        None => (1..=number("EVENTIDE_SEEDS").unwrap_or(1)).collect(),
    }
}

pub(crate) async fn a_file(name: &'static str, _: u64) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let address = folder.path().join("shop.db").display().to_string();
    Place {
        name,
        address,
        folder,
        #[cfg(feature = "postgres")]
        server: None,
    }
}

/// A server that keeps what it acknowledged when it is killed.
#[cfg(feature = "postgres")]
pub(crate) async fn a_server(name: &'static str, _: u64) -> Place {
    let server = eventide_rig::Server::options().in_memory();
    let server = server.start().await.unwrap();
    let database = server.create_database("shop").await.unwrap();
    let address = server.url(&database);
    PostgresStore::options().migrate(&address).await.unwrap();
    Place {
        name,
        address,
        folder: tempfile::tempdir().unwrap(),
        server: Some((server, database)),
    }
}

impl Place {
    pub(crate) async fn open(&self) -> Arc<dyn Store> {
        open(&self.address).await.unwrap().store()
    }

    /// The name of the projection that writes there.
    pub(crate) fn projection(&self) -> &'static str {
        #[cfg(feature = "postgres")]
        if self.server.is_some() {
            return crate::rows::RowsOnServer::INFO.name;
        }
        crate::rows::RowsInFile::INFO.name
    }

    /// Whether somebody has begun a transaction on the server, and does nothing in it for as long as a
    /// lease: it holds locks that others wait for.
    #[cfg(feature = "postgres")]
    pub(crate) async fn has_one_stopped_in_the_middle(&self) -> bool {
        const IDLE: &str = "SELECT FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'
            AND clock_timestamp() - state_change > make_interval(secs => $1)";
        let Some((server, database)) = &self.server else {
            return false;
        };
        let client = server.connect(database).await.unwrap();
        let idle = client.query(IDLE, &[&LEASE.as_secs_f64()]).await.unwrap();
        !idle.is_empty()
    }

    #[cfg(not(feature = "postgres"))]
    pub(crate) async fn has_one_stopped_in_the_middle(&self) -> bool {
        false
    }

    /// Where the processes write what they have to say.
    pub(crate) fn log(&self) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        folder.join(format!("{}.log", self.name))
    }

    /// The server, and the database on it.
    #[cfg(feature = "postgres")]
    pub(crate) fn server(&self) -> Option<(&eventide_rig::Server, &str)> {
        let (server, database) = self.server.as_ref()?;
        Some((server, database))
    }
}

/// A store, opened as one of several processes does.
pub(crate) enum Opened {
    File(SqliteStore),
    #[cfg(feature = "postgres")]
    Server(PostgresStore),
}

impl Opened {
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::File(store) => Arc::new(store.clone()),
            #[cfg(feature = "postgres")]
            Self::Server(store) => Arc::new(store.clone()),
        }
    }
}

pub(crate) async fn open(address: &str) -> Result<Opened, StoreError> {
    #[cfg(feature = "postgres")]
    if address.starts_with("postgres") {
        let options = PostgresStore::options().connections(6);
        let store = options.answer_timeout(SHORT).open(address).await?;
        return Ok(Opened::Server(store));
    }
    let options = SqliteStore::options().busy_timeout(SHORT);
    Ok(Opened::File(options.open(address).await?))
}
