//! A pooler in transaction mode between the store and its server: it works when it is spoken of, and
//! is noticed when it is not.
//!
//! Needs `PgBouncer`: `apt-get install pgbouncer`.

mod support;

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use eventide_core::Position;
use eventide_core::store::{
    Advance, AppendError, EventStore, LogMark, NewSubscription, StoreError, StoreErrorKind,
    SubscriptionStore,
};
use eventide_core::subscription::{PartitionCount, SubscriptionName, WorkerId};
use eventide_core::view::{
    Column, ColumnKind, ColumnValue, DocumentQuery, DocumentWrite, ViewTable,
};
use eventide_postgres::{Pooler, PostgresOptions, PostgresStore};
use eventide_rig::Server;
use futures_util::future::join_all;
use support::harness::Databases;
use support::{Database, append, append_after, options, stream};
use tokio::sync::OnceCell;
use tokio_postgres::NoTls;

/// `PgBouncer` before the server the tests share. Its folder is in that of the server, with which
/// it ends.
struct Bouncer {
    port: u16,
    process: Child,
}

impl Bouncer {
    /// `settings` are lines of its configuration.
    async fn start(name: &str, settings: &str) -> Self {
        let server = Server::shared().await.unwrap();
        for _ in 0..8 {
            if let Some(bouncer) = Self::try_start(server, name, settings).await {
                return bouncer;
            }
        }
        panic!("no free port for PgBouncer");
    }

    /// `None` if its port was taken meanwhile.
    async fn try_start(server: &Server, name: &str, settings: &str) -> Option<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let folder = server.folder();
        let (ini, users) = (folder.join(format!("{name}.ini")), folder.join("users.txt"));
        let log = folder.join(format!("{name}.log"));
        let configuration = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {}\npool_mode = transaction\n\
             default_pool_size = 3\nmax_client_conn = 1000\nserver_idle_timeout = 5\n\
             logfile = {}\n{settings}\n",
            server.port(),
            users.display(),
            log.display(),
        );
        let owner = fs::metadata(folder).unwrap();
        for (file, text) in [(&ini, &*configuration), (&users, "\"postgres\" \"\"\n")] {
            fs::write(file, text).unwrap();
            chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let mut command = Command::new("pgbouncer");
        command
            .arg(&ini)
            .current_dir(folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            // It refuses to run as root.
            command.uid(owner.uid()).gid(owner.gid());
        }
        let spawned = command.spawn();
        let process = spawned.expect("PgBouncer is needed: install the package `pgbouncer`");
        let mut bouncer = Self { port, process };
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(port);
        config.user("postgres").dbname("postgres");
        loop {
            if config.connect(NoTls).await.is_ok() {
                return Some(bouncer);
            }
            if bouncer.process.try_wait().unwrap().is_some() {
                let said = fs::read_to_string(&log).unwrap_or_default();
                assert!(said.contains("Address already in use"), "{said}");
                return None;
            }
            tokio::task::yield_now().await;
        }
    }

    fn url(&self, database: &Database) -> String {
        let direct = format!(":{}/", database.server.port());
        database.url().replace(&direct, &format!(":{}/", self.port))
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// With so much patience that a test which waits for its end is noticed.
fn patient() -> PostgresOptions {
    options().patience(Duration::from_mins(5))
}

mod conformance {
    use super::{Bouncer, Databases, OnceCell};

    /// One for all laws; it ends with the folder of the server.
    async fn port() -> u16 {
        static SHARED: OnceCell<Bouncer> = OnceCell::const_new();
        let bouncer = SHARED.get_or_init(|| Bouncer::start("shared", ""));
        bouncer.await.port
    }

    eventide_core::conformance_tests!(Databases {
        by_way_of: Some((port().await, "?pooler=transaction")),
        ..Databases::default()
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn several_stores_behind_a_pooler_write_at_once() {
    let bouncer = Bouncer::start("several", "").await;
    let database = Database::empty().await;
    let open = async || {
        let options = options().pooler(Pooler::Transaction).migrate_on_open(true);
        options.open(&bouncer.url(&database)).await.unwrap()
    };
    let stores = [open().await, open().await, open().await];
    let writers = stores.iter().flat_map(|store| {
        (0..20).map(move |n| {
            let store = store.clone();
            tokio::spawn(async move {
                let own = stream(&format!("s{n}"));
                let mut won = 0_u64;
                while won < 10 {
                    let version = store.stream_version(&own).await.unwrap().get();
                    match store.append(append_after(&own, version, 1)).await {
                        Ok(_) => won += 1,
                        Err(AppendError::Conflict { .. }) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
            })
        })
    });
    for written in join_all(writers).await {
        written.unwrap();
    }
    for store in &stores {
        assert_eq!(store.head().await.unwrap().as_raw(), 600);
    }
}

#[tokio::test]
async fn nothing_is_left_on_the_connections_that_others_get() {
    // One connection for all: whoever comes next gets what was left on it.
    let bouncer = Bouncer::start("left", "default_pool_size = 1").await;
    let database = Database::new().await;
    let url = format!("{}?pooler=transaction", bouncer.url(&database));
    let store = options().open(&url).await.unwrap();
    store.append(append(&stream("a"), 1)).await.unwrap();
    store.head().await.unwrap();
    let config: tokio_postgres::Config = bouncer.url(&database).parse().unwrap();
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let left = "SELECT (SELECT count(*) FROM pg_prepared_statements) || ' prepared, seqscan ' \
                || current_setting('enable_seqscan') || ', locks ' \
                || (SELECT count(*) FROM pg_locks JOIN pg_database ON database = pg_database.oid \
                    WHERE locktype = 'advisory' AND datname = current_database())";
    let messages = client.simple_query(left).await.unwrap();
    let row = messages.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    assert_eq!(row, Some("0 prepared, seqscan on, locks 0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_worked_on_behind_a_pooler() {
    let bouncer = Bouncer::start("subscriptions", "").await;
    let database = Database::new().await;
    let url = format!("{}?pooler=transaction", bouncer.url(&database));
    let stores = [
        patient().open(&url).await.unwrap(),
        patient().open(&url).await.unwrap(),
    ];
    let name = SubscriptionName::new("sales").unwrap();
    let begin = LogMark::of(&stores[0]).await.unwrap();
    let mut new = NewSubscription::new(name.clone(), begin);
    new.count = PartitionCount::new(6).unwrap();
    let view = ViewTable::new("sales", 1, vec![Column::unique("at", ColumnKind::Integer)]);
    for store in &stores {
        store.open_subscription(&new).await.unwrap();
        store.open_view(&view).await.unwrap();
    }
    let long = Duration::from_mins(10);
    // More workers than the pooler has connections to the server.
    let workers = (0..6_u16).map(|n| {
        let (store, name, view) = (
            stores[usize::from(n) % 2].clone(),
            name.clone(),
            view.clone(),
        );
        tokio::spawn(async move {
            let worker = WorkerId::from(&*format!("w{n}"));
            let claimed = loop {
                match store.claim(&name, &worker, long).await.unwrap() {
                    Some(claimed) => break claimed,
                    None => tokio::task::yield_now().await,
                }
            };
            let lease = claimed.lease;
            for step in 1..=20_u64 {
                let to = LogMark::new(begin.log(), Position::from_raw(step), None);
                let mut advance = Advance::new(lease.clone(), Some(to));
                let document = |key: i64| {
                    let by = Position::from_raw(step);
                    let at = vec![ColumnValue::Integer(i64::from(n) * 10 + key)];
                    DocumentWrite::put(format!("{n}-{key}"), b"{}".to_vec(), at, by)
                };
                advance.table = Some(view.clone());
                advance.documents = (0..10).map(document).collect();
                store.advance(&advance).await.unwrap();
            }
            store.renew(&lease, long).await.unwrap()
        })
    });
    for worked in join_all(workers).await {
        let position = worked.unwrap()[0].mark.position();
        assert_eq!(position.as_raw(), 20);
    }
    let mut query = DocumentQuery::default();
    query.order = Some("at");
    let found = stores[0].find_documents(&view, &query).await.unwrap();
    assert_eq!(found.documents.len(), 60);
    stores[0].divide(&name, PartitionCount::ONE).await.unwrap();
    let status = stores[1].subscription(&name).await.unwrap().unwrap();
    assert_eq!(status.partitions.len(), 1);
    // Nobody tells of other processes' appends here: they are found by looking often.
    let head = stores[0].head().await.unwrap();
    let append = stores[1].append(append(&stream("a"), 1)).await;
    append.unwrap();
    stores[0].wait_for_append(head, long).await;
    stores[0].forget_subscription(&name).await.unwrap();
    stores[0].drop_view(&view).await.unwrap();
}

fn assert_advice(refused: &StoreError) {
    assert_eq!(refused.kind(), StoreErrorKind::Other);
    assert!(!refused.is_retryable());
    let why = refused.to_string();
    assert!(why.contains("a pooler shares its connections"), "{why}");
    assert!(why.contains("`pooler=transaction`"), "{why}");
}

#[tokio::test]
async fn a_pooler_nobody_spoke_of_is_refused_at_once() {
    let database = Database::new().await;
    let strict = Bouncer::start("strict", "").await;
    let url = strict.url(&database);
    assert_advice(&patient().open(&url).await.unwrap_err());
    assert_advice(&patient().migrate(&url).await.unwrap_err());
}

#[tokio::test]
async fn a_pooler_that_swallows_settings_is_noticed_before_anything_is_read() {
    let database = Database::new().await;
    let lax = Bouncer::start("lax", "ignore_startup_parameters = options").await;
    for _ in 0..10 {
        assert_advice(&patient().open(&lax.url(&database)).await.unwrap_err());
    }
    let store =
        PostgresStore::options().durability(eventide_postgres::Durability::WhatTheServerGives);
    let url = format!("{}?pooler=transaction", lax.url(&database));
    let store = store.open(&url).await.unwrap();
    store.append(append(&stream("a"), 1)).await.unwrap();
}
