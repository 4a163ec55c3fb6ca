//! Bugs that other event stores on PostgreSQL have, or had, each as a test of its own.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use eventide_core::store::{
    AppendError, AppendRequest, EventStore, LogQuery, PageSize, StoreErrorKind, StreamQuery,
};
use eventide_core::time::Clock;
use eventide_core::{Position, Tag, Version};
use eventide_history::{Client, End, Follower, History, check};
use eventide_postgres::PostgresStore;
use eventide_rig::{Direction, Proxy};
use jiff::{SignedDuration, Timestamp};
use support::{Database, append, append_after, append_of, event, options, stream};
use tokio::task::JoinSet;

/// The log after `position`, and where it ends.
async fn read(store: &PostgresStore, position: Position) -> (Vec<String>, Position) {
    let page = store.read_log(LogQuery::after(position)).await.unwrap();
    let events = page.events.iter();
    let names = events.map(|event| event.stream.aggregate_id().to_owned());
    (names.collect(), page.next)
}

/// Waits until somebody waits for the log's lock.
async fn somebody_waits(store: &PostgresStore) {
    while store
        .lock_holders()
        .await
        .unwrap()
        .iter()
        .all(|it| it.holds)
    {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A reader that goes on from the highest number of a sequence never sees what commits late.
/// (evented: `seq_no >= cursor`; eventsourced-postgres; commanded, prooph, Eventuous, zitadel.)
#[tokio::test(flavor = "multi_thread")]
async fn a_late_commit_is_not_skipped() {
    let database = Database::new().await;
    let store = database.open().await;
    let mut connection = store.connection().await.unwrap();
    let transaction = connection.transaction().await.unwrap();
    let late = store.append_in(&transaction, append(&stream("late"), 1));
    let late = late.await.unwrap();
    let early = tokio::spawn({
        let store = store.clone();
        async move { store.append(append(&stream("early"), 1)).await.unwrap() }
    });
    somebody_waits(&store).await;
    let (names, position) = read(&store, Position::START).await;
    assert!(names.is_empty(), "{names:?}");
    store.commit(transaction, &[late]).await.unwrap();
    early.await.unwrap();
    let (names, _) = read(&store, position).await;
    assert_eq!(names, ["late", "early"]);
}

/// Ids that are ordered by the time they were made are not ordered by commits: a reader whose
/// cursor is an id misses what was made early and committed late. (eventcore-postgres' UUIDv7.)
#[tokio::test(flavor = "multi_thread")]
async fn an_event_made_early_and_committed_late_is_not_skipped() {
    let database = Database::new().await;
    let store = database.open().await;
    let made_early = append(&stream("made early"), 1);
    let made_late = append(&stream("made late"), 1);
    let id = |request: &AppendRequest| request.streams[0].events[0].id;
    assert!(id(&made_early) < id(&made_late));
    store.append(made_late).await.unwrap();
    let (names, position) = read(&store, Position::START).await;
    assert_eq!(names, ["made late"]);
    store.append(made_early).await.unwrap();
    assert_eq!(read(&store, position).await.0, ["made early"]);
}

/// A row that cannot be decoded is not left out as if it were not there: who reads is told which
/// it is. (eventcore-postgres: `filter_map(.. .ok())`.)
#[tokio::test(flavor = "multi_thread")]
async fn an_undecodable_event_is_not_dropped_silently() {
    let database = Database::new().await;
    let store = database.open().await;
    for _ in 0..3 {
        store.append(append(&stream("1"), 1)).await.unwrap();
        let client = database.connect().await;
        // As only somebody who owns the tables can.
        let sql = "INSERT INTO eventide.events (position, version, recorded_at, schema_version, \
                   event_id, correlation_id, causation_id, aggregate_type, aggregate_id, \
                   event_type, payload) SELECT position + 1, version + 1, recorded_at, -7, \
                   gen_random_uuid(), correlation_id, causation_id, aggregate_type, aggregate_id, \
                   event_type, payload FROM eventide.events WHERE position = 1 \
                   AND (SELECT count(*) FROM eventide.events) = 1";
        client.batch_execute(sql).await.unwrap();
    }
    let everything = LogQuery::default();
    let some = LogQuery::default().page(PageSize::new(3));
    for query in [everything, some, LogQuery::backwards()] {
        let error = store.read_log(query).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains("position 2"), "{error}");
    }
    let error = store
        .read_stream(&stream("1"), StreamQuery::default())
        .await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
    // What is sound is still read.
    let (names, _) = read(&store, Position::from_raw(2)).await;
    assert_eq!(names.len(), 2);
}

/// A position that is computed from the last one, without a lock, is given twice.
/// (eventually-postgres: `append_to_store`.)
#[tokio::test(flavor = "multi_thread")]
async fn no_position_is_given_twice() {
    let database = Database::new().await;
    let mut writers = JoinSet::new();
    for writer in 0..6 {
        let store = database.open().await;
        writers.spawn(async move {
            let mut positions = Vec::new();
            for _ in 0..20 {
                let appended = store.append(append(&stream(&format!("{writer}")), 2)).await;
                positions.extend(appended.unwrap().streams[0].positions.clone());
            }
            positions
        });
    }
    let mut given = Vec::new();
    while let Some(positions) = writers.join_next().await {
        given.extend(positions.unwrap());
    }
    let unique: BTreeSet<_> = given.iter().map(|position| position.as_raw()).collect();
    assert_eq!(given.len(), 240);
    assert!(unique.into_iter().eq(1..=240));
}

/// A reader that leaves a margin of time for slow writers is late by the margin, and wrong beyond
/// it; clocks that differ make it worse. (evento-sql: one second.)
#[tokio::test(flavor = "multi_thread")]
async fn no_clock_decides_what_is_seen() {
    #[derive(Debug)]
    struct Off(SignedDuration);
    impl Clock for Off {
        fn now(&self) -> Timestamp {
            Timestamp::now() + self.0
        }
    }
    let database = Database::new().await;
    let mut position = Position::START;
    for (name, hours) in [("ahead", 5), ("behind", -5), ("ahead", 7), ("behind", -7)] {
        let clock = Arc::new(Off(SignedDuration::from_hours(hours)));
        let store = options().clock(clock).open(&database.url()).await.unwrap();
        store.append(append(&stream(name), 1)).await.unwrap();
        // At once, and by whoever asks.
        let (names, next) = read(&database.open().await, position).await;
        assert_eq!(names, [name]);
        position = next;
    }
    let store = database.open().await;
    let page = store.read_log(LogQuery::default()).await.unwrap();
    assert!(page.events.is_sorted_by_key(|event| event.recorded_at));
}

/// Polls `future` at most so many times, and drops it then: at once, or when it wants to go on.
async fn dropped_after<F: Future>(future: F, polls: usize, at_once: bool) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut polled = 0;
    poll_fn(|context| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polled == polls && at_once => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// What is published after the commit by whoever appended is lost when that one goes away. Here
/// nothing is left to do after the commit: a caller may drop its future at any moment, and the
/// event is there for all readers, or for none. (cqrs-es, esrs, nanlong.)
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_at_any_moment_leaves_nothing_unseen_and_loses_nothing() {
    let database = Database::new().await;
    let store = database.open().await;
    let (history, mut number) = (History::new(), 0);
    let mut follower = Follower::new(store.clone(), &history, 1);
    for round in 0..20 {
        let mut polls = 0;
        loop {
            number += 1;
            let client = Client::new(store.clone(), &history, number);
            let request = append(&stream(&format!("{}", round % 3)), 1 + polls % 2);
            let append = client.append(request.clone());
            let answered = dropped_after(append, polls, round % 2 == 0).await;
            follower.poll().await.unwrap();
            if answered.is_some() {
                answered.unwrap().unwrap();
                break;
            }
            if polls > 0 && round % 4 == 0 {
                // It is told what became of it: stored by one of the two, once.
                match client.append(request).await {
                    Ok(_) | Err(AppendError::AlreadyHandled(_)) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
            polls += 1;
        }
        assert!(polls > 0, "it was never dropped");
    }
    // All that was handed over is written before this one is.
    store.append(append(&stream("last"), 0)).await.unwrap();
    while follower.poll().await.unwrap() {}
    let entries = history.entries().unwrap();
    let report = check(&entries, &End::read(&store, &entries).await.unwrap());
    assert!(report.is_clean(), "{report}");
    assert!(report.tally.unknown >= 20, "{report}");
}

/// The same of transactions: whatever moment their caller goes away at, the events are there
/// exactly if its own rows are, and nobody is held up.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_dropped_at_any_moment_is_whole_or_not_at_all() {
    let database = Database::new().await;
    let store = database.open().await;
    let client = database.connect().await;
    let table = "CREATE TABLE parcels (id int PRIMARY KEY)";
    client.batch_execute(table).await.unwrap();
    let parcels = async || -> i64 {
        let counted = client.query_one("SELECT count(*) FROM parcels", &[]).await;
        counted.unwrap().get(0)
    };
    let (mut number, mut dropped, mut committed) = (0, 0, 0);
    for at_once in [true, false] {
        for commits in [false, true] {
            for polls in 0.. {
                number += 1;
                let order = stream(&format!("{number}"));
                let mut connection = store.connection().await.unwrap();
                let transaction = connection.transaction().await.unwrap();
                let row = "INSERT INTO parcels VALUES ($1)";
                transaction.execute(row, &[&number]).await.unwrap();
                let append = store.append_in(&transaction, append(&order, 2));
                let done = if commits {
                    let pending = append.await.unwrap();
                    let commit = store.commit(transaction, std::slice::from_ref(&pending));
                    dropped_after(commit, polls, at_once)
                        .await
                        .map(Result::unwrap)
                } else {
                    let pending = dropped_after(append, polls, at_once).await;
                    drop(transaction);
                    pending.map(|pending| drop(pending.unwrap()))
                };
                drop(connection);
                // It has ended once somebody else has had the lock.
                let before = parcels().await;
                store
                    .append(support::append(&stream("other"), 1))
                    .await
                    .unwrap();
                let row = "SELECT count(*) FROM parcels WHERE id = $1";
                let row: i64 = client.query_one(row, &[&number]).await.unwrap().get(0);
                let version = store.stream_version(&order).await.unwrap();
                assert_eq!(
                    version,
                    Version::new(2 * row.unsigned_abs()),
                    "{polls} polls"
                );
                assert!(row == 0 || commits);
                assert!(before <= parcels().await);
                committed += row;
                if done.is_some() {
                    assert_eq!(row == 1, commits);
                    break;
                }
                dropped += 1;
            }
        }
    }
    assert!(
        dropped > 4 && committed >= 2,
        "{dropped} dropped, {committed} committed"
    );
}

/// A statement of the caller's failed, and the caller went on to the commit: PostgreSQL answers a
/// COMMIT of such a transaction without an error, by rolling it back.
#[tokio::test(flavor = "multi_thread")]
async fn a_spoilt_transaction_is_no_success() {
    let database = Database::new().await;
    let store = database.open().await;
    let order = stream("1");
    let mut connection = store.connection().await.unwrap();
    let transaction = connection.transaction().await.unwrap();
    let pending = store.append_in(&transaction, append(&order, 1)).await;
    transaction.batch_execute("SELECT 1 / 0").await.unwrap_err();
    let refused = store.commit(transaction, &[pending.unwrap()]).await;
    assert!(matches!(refused, Err(AppendError::Store(_))), "{refused:?}");
    assert_eq!(store.stream_version(&order).await.unwrap(), Version::ZERO);
}

/// One that holds only commands which caused nothing leaves no event to find it by.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_commands_alone_is_found_out() {
    let database = Database::new().await;
    let proxy = Proxy::to(database.server.addr()).await.unwrap();
    let url = database.server.url_through(&proxy, &database.name);
    let store = options().open(&url).await.unwrap();
    let mut found = 0;
    for bytes in (0..60).step_by(4) {
        let request = append(&stream("1"), 0);
        let id = request.streams[0].commands[0].id;
        let mut connection = store.connection().await.unwrap();
        let transaction = connection.transaction().await.unwrap();
        let pending = store.append_in(&transaction, request).await.unwrap();
        proxy.cut_after(Direction::ToClient, bytes);
        let committed = store.commit(transaction, &[pending]).await.is_ok();
        proxy.restore().await.unwrap();
        let handled = !store.handled_commands(&[id]).await.unwrap().is_empty();
        assert_eq!(handled, committed, "after {bytes} bytes");
        found += usize::from(committed);
    }
    assert!(0 < found && found < 15, "{found}");
}

/// The first attempt is stored and its answer lost; the second is refused, for want of space, say.
/// That refusal must not be taken for what became of the append.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_after_a_lost_answer_is_not_the_truth() {
    let database = Database::new().await;
    let proxy = Proxy::to(database.server.addr()).await.unwrap();
    let url = database.server.url_through(&proxy, &database.name);
    let store = options().open(&url).await.unwrap();
    let client = database.connect().await;
    let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                IF EXISTS (SELECT FROM eventide.events) THEN \
                RAISE EXCEPTION 'no space' USING ERRCODE = 'disk_full'; END IF; RETURN NULL; END $$; \
                CREATE TRIGGER full_disk BEFORE INSERT ON eventide.events \
                FOR EACH STATEMENT EXECUTE FUNCTION full_disk()";
    client.batch_execute(full).await.unwrap();
    // The statement is prepared; nothing of it is stored.
    let early = store.append(append(&stream("1"), 0)).await;
    early.unwrap();
    proxy.cut_after(Direction::ToClient, 0);
    let stored = store.append(append(&stream("1"), 1)).await.unwrap();
    assert_eq!(stored.streams[0].version, Version::new(1));
    let refused = store.append(append(&stream("1"), 1)).await.unwrap_err();
    assert!(
        matches!(&refused, AppendError::Store(error) if error.kind() == StoreErrorKind::Full),
        "{refused:?}"
    );
}

/// Makes each statement of an append fail once with `code`: `table` is the one it writes to.
async fn fail_once(database: &Database, table: &str, code: &str, constraint: &str, when: &str) {
    let client = database.connect().await;
    let sql = format!(
        "DROP TRIGGER IF EXISTS fails ON eventide.{table}; \
         DROP SEQUENCE IF EXISTS fails_once; CREATE SEQUENCE fails_once; \
         CREATE OR REPLACE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF nextval('public.fails_once') = 1 THEN RAISE EXCEPTION 'made up' \
         USING ERRCODE = '{code}', CONSTRAINT = '{constraint}'; END IF; RETURN NULL; END $$; \
         CREATE {when} ON eventide.{table} {} EXECUTE FUNCTION fails()",
        if when.starts_with("CONSTRAINT") {
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        } else {
            "FOR EACH STATEMENT"
        }
    );
    client.batch_execute(&sql).await.unwrap();
}

/// A serialisation failure, a deadlock or a unique violation is a conflict, whichever statement
/// meets it, and at the commit too. (disintegrate: only at COMMIT; eventually-postgres, sourcerer:
/// an internal error.) Where the store itself can try again it does, and nobody hears of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_race_is_a_conflict_from_every_statement_and_at_commit() {
    let database = Database::new().await;
    let store = database.open().await;
    let lost = [
        ("40001", ""),
        ("40P01", ""),
        ("23505", "events_position"),
        ("23505", "events_version"),
        ("23505", "commands_id"),
    ];
    let at_once = "TRIGGER fails AFTER INSERT";
    let at_commit = "CONSTRAINT TRIGGER fails AFTER INSERT";
    let mut stored = 0;
    for table in ["events", "commands", "event_tags", "schema_versions"] {
        for (code, constraint) in lost {
            for when in [at_once, at_commit] {
                let case = format!("{code} {constraint} of {table}, {when}");
                // Of a type that is new, so that all tables are written to.
                let request = |name: &str| {
                    let mut request = append_after(&stream(&case), 0, 1);
                    let event = &mut request.streams[0].events[0];
                    event.event_type = format!("{name} {case}").into();
                    event.tags = vec![Tag::parse("sku:1").unwrap()];
                    request
                };
                fail_once(&database, table, code, constraint, when).await;
                let mut connection = store.connection().await.unwrap();
                let transaction = connection.transaction().await.unwrap();
                let refused = match store.append_in(&transaction, request("in")).await {
                    Err(refused) => {
                        transaction.rollback().await.unwrap();
                        refused
                    }
                    Ok(pending) => store.commit(transaction, &[pending]).await.unwrap_err(),
                };
                assert!(
                    matches!(&refused, AppendError::Conflict { actual, .. } if *actual == Version::ZERO),
                    "{case}: {refused:?}"
                );
                drop(connection);
                fail_once(&database, table, code, constraint, when).await;
                let appended = store.append(request("by itself")).await;
                let appended = appended.unwrap_or_else(|error| panic!("{case}: {error:?}"));
                assert_eq!(appended.streams[0].version, Version::new(1), "{case}");
                stored += 1;
                assert_eq!(
                    store.head().await.unwrap(),
                    Position::from_raw(stored),
                    "{case}"
                );
                // Else the next table's would be met first.
                let client = database.connect().await;
                let end = format!("DROP TRIGGER fails ON eventide.{table}");
                client.batch_execute(&end).await.unwrap();
            }
        }
    }
}

/// Whoever holds a connection and needs another waits for ever where all do. (esrs: `lock` and
/// `persist`.) Here an append by the store is an error that says what to do.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_all_taken_are_an_error_and_no_deadlock() {
    let database = Database::new().await;
    let options = options()
        .connections(2)
        .patience(Duration::from_millis(300));
    let store = options.open(&database.url()).await.unwrap();
    // Nobody else has one: not the task that tells others either.
    let held = [
        store.connection().await.unwrap(),
        store.connection().await.unwrap(),
    ];
    let refused = store.append(append(&stream("1"), 1)).await.unwrap_err();
    let AppendError::Store(error) = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("`connections`"), "{error}");
    drop(held);
    store.append(append(&stream("1"), 1)).await.unwrap();
}

/// As many transactions as connections, and more that wait for one: each appends on the connection
/// it has.
#[tokio::test(flavor = "multi_thread")]
async fn transactions_need_no_second_connection() {
    let database = Database::new().await;
    let store = options()
        .connections(2)
        .open(&database.url())
        .await
        .unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..12 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut connection = store.connection().await.unwrap();
            let transaction = connection.transaction().await.unwrap();
            let request = append(&stream(&format!("{task}")), 1);
            let pending = store.append_in(&transaction, request).await.unwrap();
            store.commit(transaction, &[pending]).await.unwrap();
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    assert_eq!(store.head().await.unwrap(), Position::from_raw(12));
}

/// Not even to say what they conflict with, when all lose a race at once.
#[tokio::test(flavor = "multi_thread")]
async fn conflicts_need_no_second_connection() {
    let database = Database::new().await;
    let patience = Duration::from_secs(2);
    let store = options().connections(2).patience(patience);
    let store = store.open(&database.url()).await.unwrap();
    let mut connections = [
        store.connection().await.unwrap(),
        store.connection().await.unwrap(),
    ];
    let mut transactions = Vec::new();
    for connection in &mut connections {
        let transaction = connection.transaction().await.unwrap();
        let snapshot = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1";
        transaction.batch_execute(snapshot).await.unwrap();
        transactions.push(transaction);
    }
    let other = database.open().await;
    other.append(append(&stream("1"), 1)).await.unwrap();
    for transaction in &transactions {
        let stale = append_after(&stream("1"), 0, 1);
        let refused = store.append_in(transaction, stale).await.unwrap_err();
        assert!(
            matches!(&refused, AppendError::Conflict { actual, .. } if *actual == Version::new(1)),
            "{refused:?}"
        );
    }
}

/// A lock whose key is a part of an id is shared by ids that begin alike, and one whose key is
/// small by whoever else locks. (esrs: the upper half of a UUIDv7; disintegrate: classes 1 and 2.)
/// Ours is of one log, and of nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn the_lock_reaches_no_other_log_and_no_other_program() {
    let database = Database::new().await;
    options()
        .schema("second")
        .migrate(&database.url())
        .await
        .unwrap();
    let first = database.open().await;
    let second = options()
        .schema("second")
        .open(&database.url())
        .await
        .unwrap();
    let other = database.connect().await;
    let locks = "SELECT pg_advisory_lock(1), pg_advisory_lock(2), pg_advisory_lock(1702261860), \
                 pg_advisory_lock(1702261860, 0), pg_advisory_lock(1, 1)";
    other.batch_execute(locks).await.unwrap();
    let mut connection = first.connection().await.unwrap();
    let transaction = connection.transaction().await.unwrap();
    // Made within one millisecond.
    let event = append_of(&stream("1"), vec![event("Noted")]);
    let pending = first.append_in(&transaction, event).await.unwrap();
    second.append(append(&stream("1"), 1)).await.unwrap();
    first.commit(transaction, &[pending]).await.unwrap();
    assert_eq!(first.head().await.unwrap(), second.head().await.unwrap());
}
