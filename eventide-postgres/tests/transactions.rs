//! Appending inside a transaction of the caller's.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use eventide_core::Version;
use eventide_core::store::{AppendError, EventStore, ExpectedVersion, LogQuery, StoreErrorKind};
use eventide_rig::{Direction, Proxy};
use support::{Database, append, append_after, append_of, event, options, stream};

async fn with_parcels() -> Database {
    let database = Database::new().await;
    let client = database.connect().await;
    let sql = "CREATE TABLE parcels (id int PRIMARY KEY)";
    client.batch_execute(sql).await.unwrap();
    database
}

async fn parcels(database: &Database) -> i64 {
    let client = database.connect().await;
    let row = client.query_one("SELECT count(*) FROM parcels", &[]).await;
    row.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_committed_with_the_callers_rows_or_not_at_all() {
    let database = with_parcels().await;
    let store = database.open().await;
    let order = stream("1");
    let mut connection = store.connection().await.unwrap();

    let transaction = connection.transaction().await.unwrap();
    let parcel = "INSERT INTO parcels VALUES (1)";
    transaction.execute(parcel, &[]).await.unwrap();
    let pending = store
        .append_in(&transaction, append(&order, 2))
        .await
        .unwrap();
    assert_eq!(pending.appended().streams[0].version, Version::new(2));
    assert_eq!(store.stream_version(&order).await.unwrap(), Version::ZERO);
    transaction.rollback().await.unwrap();
    assert_eq!(parcels(&database).await, 0);

    let transaction = connection.transaction().await.unwrap();
    transaction.execute(parcel, &[]).await.unwrap();
    let first = store
        .append_in(&transaction, append(&order, 2))
        .await
        .unwrap();
    let second = store
        .append_in(&transaction, append_after(&order, 2, 1))
        .await
        .unwrap();
    let mut wakeups = store.wakeups();
    let expected = second.appended().streams[0].positions.clone();
    store.commit(transaction, &[first, second]).await.unwrap();
    wakeups.wait(std::time::Duration::from_mins(1)).await;
    assert_eq!(parcels(&database).await, 1);
    let page = store.read_log(LogQuery::default()).await.unwrap();
    let positions: Vec<_> = page.events.iter().map(|event| event.position).collect();
    assert_eq!(positions.len(), 3, "a rolled back append takes no position");
    assert_eq!(positions[2..], expected);
    assert_eq!(positions[0].as_raw(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_judged_in_a_transaction_as_anywhere() {
    let database = with_parcels().await;
    let store = database.open().await;
    let order = stream("1");
    let request = append_after(&order, 0, 1);
    store.append(request.clone()).await.unwrap();
    let mut connection = store.connection().await.unwrap();
    let transaction = connection.transaction().await.unwrap();

    let refused = store
        .append_in(&transaction, append_after(&order, 0, 1))
        .await;
    let conflict = refused.unwrap_err();
    assert!(
        matches!(&conflict, AppendError::Conflict { expected, actual, .. }
            if *expected == ExpectedVersion::NO_STREAM && *actual == Version::new(1)),
        "{conflict:?}"
    );
    let refused = store.append_in(&transaction, request).await.unwrap_err();
    assert!(matches!(refused, AppendError::AlreadyHandled(known) if known.len() == 1));
    // The transaction is as it was: a refusal is an answer.
    let pending = store
        .append_in(&transaction, append_after(&order, 1, 1))
        .await
        .unwrap();
    store.commit(transaction, &[pending]).await.unwrap();
    assert_eq!(store.stream_version(&order).await.unwrap(), Version::new(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_that_is_lost_is_a_conflict_at_every_isolation() {
    let database = with_parcels().await;
    let store = database.open().await;
    let order = stream("1");
    store.append(append(&order, 1)).await.unwrap();
    for isolation in ["REPEATABLE READ", "SERIALIZABLE"] {
        let before = store.stream_version(&order).await.unwrap();
        let mut connection = store.connection().await.unwrap();
        let transaction = connection.transaction().await.unwrap();
        let begin = format!("SET TRANSACTION ISOLATION LEVEL {isolation}");
        transaction.batch_execute(&begin).await.unwrap();
        transaction
            .query("SELECT * FROM parcels", &[])
            .await
            .unwrap();
        store
            .append(append_after(&order, before.get(), 1))
            .await
            .unwrap();

        let stale = append_after(&order, before.get(), 1);
        let refused = store.append_in(&transaction, stale).await.unwrap_err();
        assert!(
            matches!(&refused, AppendError::Conflict { actual, .. } if *actual == before.next()),
            "{isolation}: {refused:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serialisation_failure_at_commit_is_a_conflict() {
    let database = with_parcels().await;
    let store = database.open().await;
    let order = stream("1");
    // Each reads what the other writes: one of the two must give way, and is told at its commit.
    let mut one = store.connection().await.unwrap();
    let mut other = database.connect().await;
    let begin = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE";
    let (one, other) = (
        one.transaction().await.unwrap(),
        other.transaction().await.unwrap(),
    );
    for transaction in [&one, &other] {
        transaction.batch_execute(begin).await.unwrap();
        transaction
            .query("SELECT * FROM parcels", &[])
            .await
            .unwrap();
    }
    one.execute("INSERT INTO parcels VALUES (1)", &[])
        .await
        .unwrap();
    let pending = store
        .append_in(&one, append_after(&order, 0, 1))
        .await
        .unwrap();
    other
        .execute("INSERT INTO parcels VALUES (2)", &[])
        .await
        .unwrap();
    other.commit().await.unwrap();
    let refused = store.commit(one, &[pending]).await.unwrap_err();
    assert!(
        matches!(&refused, AppendError::Conflict { actual, .. } if *actual == Version::ZERO),
        "{refused:?}"
    );
    assert_eq!(store.stream_version(&order).await.unwrap(), Version::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_a_conflict() {
    let database = with_parcels().await;
    let client = database.connect().await;
    client
        .batch_execute("INSERT INTO parcels VALUES (1)")
        .await
        .unwrap();
    let store = database.open().await;
    let order = stream("1");
    let mut ours = store.connection().await.unwrap();
    let mut theirs = store.connection().await.unwrap();
    let ours = ours.transaction().await.unwrap();
    let theirs = theirs.transaction().await.unwrap();
    // Ours must be the one that notices: theirs looks for deadlocks later than ours.
    ours.batch_execute("SET LOCAL deadlock_timeout = '10ms'")
        .await
        .unwrap();
    theirs
        .batch_execute("SET LOCAL deadlock_timeout = '60s'; SET LOCAL lock_timeout = 0")
        .await
        .unwrap();
    ours.execute("UPDATE parcels SET id = 1", &[])
        .await
        .unwrap();
    let pending = store
        .append_in(&theirs, append(&stream("2"), 1))
        .await
        .unwrap();
    let waiting = async {
        theirs
            .execute("UPDATE parcels SET id = 1", &[])
            .await
            .unwrap()
    };
    let appending = async {
        // Theirs must be waiting for the row first.
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        while client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            tokio::task::yield_now().await;
        }
        let refused = store
            .append_in(&ours, append_after(&order, 0, 1))
            .await
            .unwrap_err();
        ours.rollback().await.unwrap();
        refused
    };
    let (_, refused) = tokio::join!(waiting, appending);
    assert!(
        matches!(refused, AppendError::Conflict { .. }),
        "{refused:?}"
    );
    store.commit(theirs, &[pending]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_found_out() {
    let database = with_parcels().await;
    let proxy = Proxy::to(database.server.addr()).await.unwrap();
    let url = database.server.url_through(&proxy, &database.name);
    let store = options().open(&url).await.unwrap();
    let order = stream("1");
    // Before the answer that the transaction is sound, amid it, and amid that to the COMMIT.
    let mut committed = 0;
    for (number, bytes) in (0..).zip((0..60).step_by(4)) {
        let mut connection = store.connection().await.unwrap();
        let transaction = connection.transaction().await.unwrap();
        transaction
            .execute("INSERT INTO parcels VALUES ($1)", &[&number])
            .await
            .unwrap();
        let pending = store
            .append_in(&transaction, append(&order, 2))
            .await
            .unwrap();
        proxy.cut_after(Direction::ToClient, bytes);
        match store.commit(transaction, &[pending]).await {
            Ok(()) => committed += 1,
            Err(AppendError::Store(error)) if error.kind() == StoreErrorKind::Unavailable => {}
            Err(other) => panic!("after {bytes} bytes: {other:?}"),
        }
        proxy.restore().await.unwrap();
        assert_eq!(parcels(&database).await, committed, "after {bytes} bytes");
        let version = Version::new(2 * committed.unsigned_abs());
        assert_eq!(store.stream_version(&order).await.unwrap(), version);
    }
    assert!(0 < committed && committed < 15, "{committed}");

    // And one whose COMMIT never arrived is known not to have been kept.
    let mut connection = store.connection().await.unwrap();
    let transaction = connection.transaction().await.unwrap();
    transaction
        .execute("INSERT INTO parcels VALUES (-1)", &[])
        .await
        .unwrap();
    let pending = store
        .append_in(&transaction, append(&order, 2))
        .await
        .unwrap();
    proxy.cut_after(Direction::ToServer, 0);
    let refused = store.commit(transaction, &[pending]).await.unwrap_err();
    assert!(
        matches!(&refused, AppendError::Store(error) if error.kind() == StoreErrorKind::Unavailable),
        "{refused:?}"
    );
    assert_eq!(parcels(&database).await, committed);
    let version = Version::new(2 * committed.unsigned_abs());
    assert_eq!(store.stream_version(&order).await.unwrap(), version);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_answer_is_lost_is_found_out() {
    let database = Database::new().await;
    let proxy = Proxy::to(database.server.addr()).await.unwrap();
    let url = database.server.url_through(&proxy, &database.name);
    let store = options().open(&url).await.unwrap();
    let order = stream("1");
    store.append(append(&order, 1)).await.unwrap();
    let mut version = 1;
    for lost in 0..30 {
        // With a command, at a version, and with neither.
        let request = match lost % 3 {
            0 => append(&order, 2),
            1 => append_after(&order, version, 2),
            _ => append_of(&order, vec![event("LineAdded"), event("LineAdded")]),
        };
        let direction = [Direction::ToClient, Direction::ToServer][lost % 2];
        proxy.cut_after(direction, u64::try_from(lost).unwrap() * 7 / 2);
        let appended = store.append(request).await.unwrap();
        version += 2;
        assert_eq!(appended.streams[0].version, Version::new(version), "{lost}");
        let page = store.read_log(LogQuery::backwards()).await.unwrap();
        let last = appended.streams[0].positions.last().copied();
        assert_eq!(
            page.events.first().map(|event| event.position),
            last,
            "{lost}"
        );
        assert_eq!(page.events.len() as u64, version, "{lost}");
    }
    assert!(store.stats().resolved > 0, "{:?}", store.stats());
}
