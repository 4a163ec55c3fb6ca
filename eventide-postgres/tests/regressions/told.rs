//! What a caller is told when an answer is lost, or a failure overlooked.

use eventide_core::Version;
use eventide_core::store::{AppendError, EventStore, StoreErrorKind};
use eventide_rig::{Direction, Proxy};

use crate::support::{Database, append, options, stream};

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

/// A log that lost what it acknowledged is noticed, also where it was no plain append: a commit of
/// the caller's, or an append whose answer had to be found out.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_lost_what_was_acknowledged_is_not_appended_to() {
    for by_commit in [true, false] {
        let database = Database::new().await;
        let proxy = Proxy::to(database.server.addr()).await.unwrap();
        let url = database.server.url_through(&proxy, &database.name);
        let store = options().open(&url).await.unwrap();
        if by_commit {
            let mut connection = store.connection().await.unwrap();
            let transaction = connection.transaction().await.unwrap();
            let pending = store.append_in(&transaction, append(&stream("1"), 1));
            let pending = pending.await.unwrap();
            store.commit(transaction, &[pending]).await.unwrap();
        } else {
            store.append(append(&stream("1"), 0)).await.unwrap();
            proxy.cut_after(Direction::ToClient, 0);
            store.append(append(&stream("1"), 1)).await.unwrap();
            assert!(store.stats().resolved > 0);
        }
        // As when an older backup is restored.
        let lose = "ALTER TABLE eventide.events DISABLE TRIGGER append_only; \
                    DELETE FROM eventide.events; \
                    ALTER TABLE eventide.events ENABLE ALWAYS TRIGGER append_only";
        database.connect().await.batch_execute(lose).await.unwrap();
        let refused = store.append(append(&stream("2"), 1)).await.unwrap_err();
        assert!(
            matches!(&refused, AppendError::Store(error) if error.kind() == StoreErrorKind::WentBack),
            "{by_commit}: {refused:?}"
        );
    }
}
