//! Whoever waits for appends is woken: in the process at once, across processes by the server.

mod support;

use std::time::{Duration, Instant};

use eventide_core::Position;
use eventide_core::store::EventStore;
use eventide_postgres::{PostgresStore, Wakeups};
use support::{Database, append, options, stream};
use tokio::time::timeout;
use tokio_postgres::Client;

/// So long nobody waits who is woken, and so long somebody who is not.
const LONG: Duration = Duration::from_mins(2);
const ENDLESS: Duration = Duration::from_hours(1);

/// Waits for a wake-up that must come.
async fn woken(wakeups: &mut Wakeups) {
    let rung = timeout(LONG, wakeups.wait(ENDLESS)).await;
    rung.expect("somebody rings");
}

/// The sessions that listen in this database.
async fn listeners(client: &Client) -> Vec<i32> {
    let query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
                 AND query LIKE 'LISTEN%' AND state = 'idle'";
    let rows = client.query(query, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn until_one_listens(client: &Client, not: Option<i32>) -> i32 {
    loop {
        if let [pid] = listeners(client).await[..]
            && Some(pid) != not
        {
            return pid;
        }
        tokio::task::yield_now().await;
    }
}

async fn put(store: &PostgresStore) {
    store.append(append(&stream("a"), 1)).await.unwrap();
}

#[tokio::test]
async fn an_append_wakes_its_own_process_without_the_server() {
    let database = Database::new().await;
    // Nothing is sent, so nothing can be heard of the server.
    let options = options().notify(false);
    let store = options.open(&database.url()).await.unwrap();
    let mut wakeups = [store.wakeups(), store.wakeups()];
    put(&store).await;
    // It had rung before anybody waited: that is not forgotten.
    for wakeups in &mut wakeups {
        woken(wakeups).await;
    }
    assert_eq!(listeners(&database.connect().await).await, [0; 0]);
    // And nobody is rung twice for one append.
    let [first, _] = &mut wakeups;
    let rung = timeout(Duration::from_millis(100), first.wait(ENDLESS)).await;
    assert!(rung.is_err(), "rung twice");
    // One that waits already is woken as well.
    let waiting = tokio::spawn({
        let mut wakeups = wakeups[0].clone();
        async move { woken(&mut wakeups).await }
    });
    put(&store).await;
    waiting.await.unwrap();
}

#[tokio::test]
async fn another_process_s_append_is_heard_of() {
    let database = Database::new().await;
    let client = database.connect().await;
    let (reader, writer) = (database.open().await, database.open().await);
    let mut wakeups = reader.wakeups();
    until_one_listens(&client, None).await;
    woken(&mut wakeups).await;
    for position in 1..=3 {
        put(&writer).await;
        woken(&mut wakeups).await;
        assert_eq!(reader.head().await.unwrap().as_raw(), position);
    }
}

#[tokio::test]
async fn another_store_of_the_same_database_is_not_woken() {
    let database = Database::new().await;
    let client = database.connect().await;
    let other = options().schema("other").migrate_on_open(true);
    let other = other.open(&database.url()).await.unwrap();
    let (reader, writer) = (database.open().await, database.open().await);
    let mut wakeups = reader.wakeups();
    until_one_listens(&client, None).await;
    woken(&mut wakeups).await;
    let mut of_other = other.wakeups();
    while listeners(&client).await.len() < 2 {
        tokio::task::yield_now().await;
    }
    woken(&mut of_other).await;
    put(&writer).await;
    woken(&mut wakeups).await;
    let since = Instant::now();
    of_other.wait(Duration::from_millis(200)).await;
    assert!(
        since.elapsed() >= Duration::from_millis(200),
        "woken for another log"
    );
}

#[tokio::test]
async fn a_schema_of_any_name_is_heard_of() {
    let database = Database::empty().await;
    let client = database.connect().await;
    // With `eventide:` before it, the longest name is longer than a channel's.
    for name in ["it's \"odd\"", &"x".repeat(63)] {
        let open = async || {
            let options = options().schema(name).migrate_on_open(true);
            options.open(&database.url()).await.unwrap()
        };
        let (reader, writer) = (open().await, open().await);
        let mut wakeups = reader.wakeups();
        until_one_listens(&client, None).await;
        woken(&mut wakeups).await;
        put(&writer).await;
        woken(&mut wakeups).await;
        reader.close().await.unwrap();
        while !listeners(&client).await.is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_listener_that_was_cut_off_comes_back_and_wakes() {
    let database = Database::new().await;
    let client = database.connect().await;
    let (reader, writer) = (database.open().await, database.open().await);
    let mut wakeups = reader.wakeups();
    let first = until_one_listens(&client, None).await;
    woken(&mut wakeups).await;
    client
        .execute("SELECT pg_terminate_backend($1)", &[&first])
        .await
        .unwrap();
    // What is appended meanwhile is not missed: it rings when it listens again.
    put(&writer).await;
    woken(&mut wakeups).await;
    until_one_listens(&client, Some(first)).await;
    put(&writer).await;
    woken(&mut wakeups).await;
}

#[tokio::test]
async fn one_connection_listens_for_all_and_ends_with_the_store() {
    let database = Database::new().await;
    let client = database.connect().await;
    let store = database.open().await;
    let many: Vec<_> = (0..50).map(|_| store.clone().wakeups()).collect();
    until_one_listens(&client, None).await;
    for mut wakeups in many {
        woken(&mut wakeups).await;
    }
    put(&store).await;
    store.head().await.unwrap();
    assert_eq!(listeners(&client).await.len(), 1);
    store.close().await.unwrap();
    while !listeners(&client).await.is_empty() {
        tokio::task::yield_now().await;
    }
    // So it does when the last handle is dropped.
    let store = database.open().await;
    let wakeups = store.wakeups();
    until_one_listens(&client, None).await;
    drop((store, wakeups));
    while !listeners(&client).await.is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_flood_of_appends_is_told_of_a_few_times() {
    let database = Database::new().await;
    let (reader, writer) = (database.open().await, database.open().await);
    let client = database.connect().await;
    let mut wakeups = reader.wakeups();
    until_one_listens(&client, None).await;
    woken(&mut wakeups).await;
    let flood = async {
        for _ in 0..200 {
            put(&writer).await;
        }
    };
    let since = Instant::now();
    let count = async {
        let mut rung = 0_u32;
        while reader.head().await.unwrap().as_raw() < 200 {
            woken(&mut wakeups).await;
            rung += 1;
        }
        rung
    };
    let ((), rung) = tokio::join!(flood, count);
    // One in 20 ms at most, and the last one.
    let most = since.elapsed().as_millis() / 20 + 2;
    assert!(u128::from(rung) <= most, "{rung} times, not {most}");
}

/// Waits for an append that must be heard of.
async fn told(store: &PostgresStore, head: u64) {
    let wait = store.wait_for_append(Position::from_raw(head), ENDLESS);
    timeout(LONG, wait).await.expect("somebody tells");
}

#[tokio::test]
async fn whoever_waits_for_an_append_is_told_even_of_one_before_it_waited() {
    let database = Database::new().await;
    let client = database.connect().await;
    let (reader, writer) = (database.open().await, database.open().await);
    // Until somebody listens, it is looked at often.
    told(&reader, 0).await;
    until_one_listens(&client, None).await;
    for position in 1..=3 {
        put(&writer).await;
        // However many look, and however late.
        for _ in 0..3 {
            told(&reader, position - 1).await;
        }
        assert_eq!(reader.head().await.unwrap().as_raw(), position);
    }
    // Who read further waits as long as it said.
    let (since, at_most) = (Instant::now(), Duration::from_millis(200));
    while reader_hears(&reader, 3).await < at_most {
        assert!(
            since.elapsed() < LONG,
            "told again and again of what was read"
        );
    }
    // Its own appends need no server.
    let waiting = tokio::spawn({
        let reader = reader.clone();
        async move { told(&reader, 3).await }
    });
    put(&reader).await;
    waiting.await.unwrap();
    told(&reader, 3).await;
}

/// How long it waited for what comes after `head`, at most 200 milliseconds.
async fn reader_hears(store: &PostgresStore, head: u64) -> Duration {
    let since = Instant::now();
    let at_most = Duration::from_millis(200);
    store
        .wait_for_append(Position::from_raw(head), at_most)
        .await;
    since.elapsed()
}

/// Anybody may send a notification: a position that is never reached keeps nobody awake.
#[tokio::test]
async fn what_others_tell_is_not_believed_unseen() {
    let database = Database::new().await;
    let client = database.connect().await;
    let (reader, writer) = (database.open().await, database.open().await);
    let mut wakeups = reader.wakeups();
    until_one_listens(&client, None).await;
    woken(&mut wakeups).await;
    put(&writer).await;
    told(&reader, 0).await;
    for payload in ["99", "x", "", "-1"] {
        let notify = format!("SELECT pg_notify('eventide:eventide', '{payload}')");
        client.batch_execute(&notify).await.unwrap();
        // It is a hint to look, as from a program that says no position.
        woken(&mut wakeups).await;
        while reader_hears(&reader, 1).await < Duration::from_millis(200) {
            tokio::task::yield_now().await;
        }
    }
    put(&writer).await;
    told(&reader, 1).await;
}
