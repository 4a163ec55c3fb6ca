//! No reader ever goes past an event that is still to become visible, whatever the writers do; and
//! nothing that will never become visible holds anybody up. Each scenario runs on this store and on
//! a deliberately naive one, which numbers events as they are inserted and reads what is above the
//! highest number seen: the scenarios are worth something only where that one loses events.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod logs;
mod scenarios;
mod stress;
#[path = "../support/mod.rs"]
mod support;

use logs::{Log, Naive, Ours};

/// Runs a scenario on both stores. Ours loses nothing; the naive one loses what is said.
macro_rules! scenarios {
    ($($name:ident: the naive loses $lost:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let ours = Ours::new().await;
            scenarios::$name(&ours).await.assert_nothing_lost();
            let naive = Naive::new().await;
            let outcome = scenarios::$name(&naive).await;
            assert_eq!(outcome.lost(), Vec::<&str>::from($lost), "by the naive store");
        }
    )*};
}

scenarios! {
    a_slow_writer_commits_late: the naive loses ["slow"];
    a_slow_writer_rolls_back: the naive loses [];
    a_savepoint_is_rolled_back_and_appended_again: the naive loses ["slow, again"];
    a_prepared_transaction_is_committed_later: the naive loses ["slow"];
    a_prepared_transaction_is_rolled_back_later: the naive loses [];
    a_session_idles_in_its_transaction_until_it_is_ended: the naive loses [];
    the_backend_of_a_slow_writer_is_ended: the naive loses [];
    a_writer_is_stopped_amid_its_transaction_and_goes_on: the naive loses ["slow"];
    a_long_transaction_in_another_database: the naive loses [];
    a_long_transaction_that_appends_nothing: the naive loses [];
}

/// Who keeps everybody from appending can be named, a prepared transaction too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_holds_the_lock_is_named() {
    let log = Ours::new().await;
    let mut client = log.database().connect().await;
    let pid: i32 = client
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let transaction = client.transaction().await.unwrap();
    log.append_in(&transaction, "slow").await;
    let waiting = log.begin_append("waits");
    log.until_waiting_or_done(&waiting).await;
    let holders = log.store.lock_holders().await.unwrap();
    assert_eq!(holders.len(), 2, "{holders:?}");
    assert!(
        holders[0].holds && holders[0].pid == Some(pid),
        "{holders:?}"
    );
    assert!(!holders[1].holds, "{holders:?}");

    transaction
        .batch_execute("PREPARE TRANSACTION 'held'")
        .await
        .unwrap();
    let holders = log.store.lock_holders().await.unwrap();
    assert_eq!(holders[0].prepared.as_deref(), Some("held"), "{holders:?}");
    assert!(holders[0].holds && holders[0].pid.is_none(), "{holders:?}");
    let other = log.database().connect().await;
    other
        .batch_execute("ROLLBACK PREPARED 'held'")
        .await
        .unwrap();
    waiting.await.unwrap();
}
