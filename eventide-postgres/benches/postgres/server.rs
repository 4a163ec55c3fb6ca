//! The server all contestants share, and a database for each.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use eventide_postgres::PostgresStore;
use eventide_rig::Server;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

use crate::support::Args;

/// What decides how fast a server writes and reads.
const SETTINGS: [&str; 14] = [
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "wal_level",
    "wal_compression",
    "wal_buffers",
    "max_wal_size",
    "checkpoint_timeout",
    "commit_delay",
    "shared_buffers",
    "work_mem",
    "synchronous_standby_names",
];

/// A server and the runtime of the clients.
pub(crate) struct Bench {
    pub(crate) runtime: Runtime,
    /// Without a database.
    url: String,
    databases: AtomicU32,
    /// Stopped and removed at the end, unless it is somebody else's.
    _private: Option<Server>,
}

impl Bench {
    /// Starts a durable server on disk, unless there is one to use. It has the memory that the manual
    /// of PostgreSQL advises for a dedicated server, a quarter of the machine's, and the
    /// correspondingly larger `max_wal_size`; the rest is as it comes
    /// (<https://www.postgresql.org/docs/15/runtime-config-resource.html#GUC-SHARED-BUFFERS>).
    pub(crate) fn start(args: &Args) -> Self {
        let runtime = Runtime::new().unwrap();
        let (url, private) = if let Some(url) = &args.url {
            (url.trim_end_matches('/').to_owned(), None)
        } else {
            let options = Server::options()
                .set("shared_buffers", format!("{}MB", quarter_of_memory()))
                .set("max_wal_size", "16GB");
            let server = runtime.block_on(options.start()).unwrap();
            let url = server.url("");
            (url.trim_end_matches('/').to_owned(), Some(server))
        };
        Self {
            runtime,
            url,
            databases: AtomicU32::new(0),
            _private: private,
        }
    }

    /// Prints the server's version and settings, and gives them as JSON.
    pub(crate) fn describe(&self) -> Value {
        self.runtime.block_on(async {
            let admin = connect(&self.address("postgres")).await;
            let mut about = Map::new();
            for name in SETTINGS {
                let show = "SELECT current_setting($1)";
                let value: String = admin.query_one(show, &[&name]).await.unwrap().get(0);
                println!("{name} = {value}");
                about.insert(name.to_owned(), value.into());
            }
            let cpus = thread::available_parallelism().map_or(0, usize::from);
            println!("CPUs, of clients and server together: {cpus}\n");
            about.insert("cpus".to_owned(), cpus.into());
            Value::Object(about)
        })
    }

    /// A database of its own, with the tables of a store and nothing in them.
    pub(crate) fn database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("eventide_bench_{}_{number}", std::process::id());
        let address = self.address(&name);
        self.runtime.block_on(async {
            let admin = connect(&self.address("postgres")).await;
            let create = format!("CREATE DATABASE {name}");
            admin.batch_execute(&create).await.unwrap();
            PostgresStore::options().migrate(&address).await.unwrap();
        });
        address
    }

    /// Drops a database, whoever is connected.
    pub(crate) fn drop(&self, address: &str) {
        let name = address.rsplit('/').next().unwrap();
        self.runtime.block_on(async {
            let admin = connect(&self.address("postgres")).await;
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            admin.batch_execute(&drop).await.unwrap();
        });
    }

    /// The CPU time of the server's processes that serve a database; zero if the server is not on
    /// this machine.
    pub(crate) fn cpu(&self, address: &str) -> Duration {
        let name = address.rsplit('/').next().unwrap();
        let pids = "SELECT pid FROM pg_stat_activity WHERE datname = $1";
        let pids = self.runtime.block_on(async {
            let admin = connect(&self.address("postgres")).await;
            admin.query(pids, &[&name]).await.unwrap()
        });
        let each = pids
            .iter()
            .map(|row| on_cpu(&format!("/proc/{}", row.get::<_, i32>(0))));
        each.sum()
    }

    fn address(&self, database: &str) -> String {
        format!("{}/{database}", self.url)
    }
}

/// Of the machine, in MiB; what a server has by itself, if that is not known.
fn quarter_of_memory() -> u64 {
    let known = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = known
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|total| total.split_whitespace().next()?.parse::<u64>().ok());
    kib.map_or(128, |kib| kib / 1024 / 4)
}

/// The CPU time of this process, in all its threads that run.
pub(crate) fn own_cpu() -> Duration {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten();
    let each = threads
        .flatten()
        .map(|thread| on_cpu(&thread.path().to_string_lossy()));
    each.sum()
}

/// The first figure of `schedstat`, in nanoseconds: see Documentation/scheduler of Linux.
fn on_cpu(folder: &str) -> Duration {
    let text = fs::read_to_string(format!("{folder}/schedstat")).unwrap_or_default();
    let spent = text.split_whitespace().next();
    Duration::from_nanos(
        spent
            .and_then(|spent| spent.parse().ok())
            .unwrap_or_default(),
    )
}

/// A client; its connection is a task of the current runtime.
pub(crate) async fn connect(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
    tokio::spawn(async move {
        // Its error is the answer of every call of the client after it.
        drop(connection.await);
    });
    client
}
