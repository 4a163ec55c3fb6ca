//! What an append may have to wait for while a view is built anew: on a server for nothing, in a file
//! for the page that is being written.

use eventide::prelude::*;
use eventide::read_model::ReadModelOptions;
use eventide::sqlite::Durability;
use eventide::store::{AppendRequest, EventStore, ExpectedVersion, PageSize, StreamAppend};
use eventide::{NewEvent, SchemaVersion, StreamId};
use uuid::Uuid;

use crate::appends::place_all;
use crate::domain::{OrderTrail, Shop};

/// That an amount was added to an order.
fn added(order: u64) -> AppendRequest {
    let event = NewEvent {
        id: Uuid::now_v7().into(),
        event_type: "Added".into(),
        schema_version: SchemaVersion::FIRST,
        payload: br#"{"amount":1,"sick_while":null}"#.to_vec(),
        metadata: Metadata::of_command(Uuid::now_v7().into()),
        tags: Vec::new(),
    };
    AppendRequest::to(StreamAppend {
        stream: StreamId::new("Order", format!("order-{order}")).unwrap(),
        expected: ExpectedVersion::Any,
        events: vec![event],
        commands: Vec::new(),
    })
}

/// On one thread, so that nothing happens between asking how many transactions there were and
/// appending.
#[tokio::test]
async fn an_append_to_a_file_waits_for_the_page_under_way_and_no_other() {
    // One that is under way, its own, and one that ended before we were told.
    const AT_MOST: u64 = 3;
    // How many are written meanwhile.
    const PAGES: u64 = 30;
    let folder = tempfile::tempdir().unwrap();
    // Not slowed down by the disk.
    let options = SqliteStore::options().durability(Durability::MayLoseLastCommitsOnPowerLoss);
    let store = options.open(folder.path().join("shop.db")).await.unwrap();
    let app = App::<Shop>::new(store.clone());
    place_all(&app).await;
    for order in 0..120 {
        store.append(added(order)).await.unwrap();
    }
    let rebuild = app.rebuild::<OrderTrail>();
    let options = ReadModelOptions::default().page(PageSize::new(1));
    let begin = store.stats().commits;
    let rebuilding = tokio::spawn(rebuild.options(options).run());
    let appending = store.clone();
    // In a task, for tasks have their turns in the order they are woken in.
    let both = tokio::spawn(async move {
        let mut appends = 0;
        // Not until it is done, lest it never catch up.
        while appending.stats().commits < begin + appends + PAGES {
            let before = appending.stats().commits;
            appending.append(added(appends % 120)).await.unwrap();
            let waited = appending.stats().commits - before;
            assert!(
                waited <= AT_MOST,
                "there were {waited} transactions until it was there"
            );
            appends += 1;
            tokio::task::yield_now().await;
        }
        rebuilding.await.unwrap().unwrap();
    });
    both.await.unwrap();
}

#[cfg(feature = "postgres")]
mod on_a_server {
    use std::time::Duration;

    use eventide::read_model::Waited;
    use eventide::store::SubscriptionStore;
    use eventide_rig::Server;

    use super::*;
    use crate::domain::{Add, id};
    use crate::processes::until;

    /// Longer than this test takes.
    const LONG: Duration = Duration::from_mins(5);

    /// The sessions that wait for a lock in the middle of a transaction.
    const WAITING: &str = "SELECT pid, xact_start::text FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND application_name = 'eventide'";

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_append_waits_for_no_lock_that_a_rebuild_holds() {
        let server = Server::options().in_memory().start().await.unwrap();
        let database = server.create_database("shop").await.unwrap();
        // The rebuild waits for the lock for as long as we hold it.
        let options = PostgresStore::options().answer_timeout(LONG);
        let options = options.migrate_on_open(true);
        let store = options.open(&server.url(&database)).await.unwrap();
        let app = App::<Shop>::new(store.clone());
        place_all(&app).await;
        let mut views = app.run_views(ReadModelOptions::default()).await.unwrap();
        views.caught_up().await.unwrap();

        let mut ours = server.connect(&database).await.unwrap();
        let table = OrderTrail::INFO.table(2);
        store.open_view(&table).await.unwrap();
        let lock = ours.transaction().await.unwrap();
        let sql = format!("LOCK TABLE eventide.{} IN EXCLUSIVE MODE", table.sql_name());
        lock.batch_execute(&sql).await.unwrap();
        let rebuilding = tokio::spawn(app.rebuild::<OrderTrail>().run());
        let looker = server.connect(&database).await.unwrap();
        let waiting = async || {
            let found = looker.query(WAITING, &[]).await.unwrap();
            let found = found
                .iter()
                .map(|row| (row.get::<_, i32>(0), row.get::<_, String>(1)));
            found.collect::<Vec<_>>()
        };
        until("the rebuild is in the middle of a step", async || {
            !waiting().await.is_empty()
        })
        .await;

        let before = waiting().await;
        let work = async {
            for order in 0..20 {
                let add = Add {
                    order: id(order),
                    amount: 1,
                    sick_while: None,
                };
                let receipt = app.execute(add).await.unwrap();
                // Nor does what serves.
                let seen = app.wait_for::<OrderTrail, _>(&receipt, LONG).await.unwrap();
                assert_eq!(seen, Waited::Applied);
            }
        };
        let done = tokio::time::timeout(Duration::from_mins(1), work).await;
        done.expect("an append waits for the rebuild");
        assert_eq!(waiting().await, before, "it is still the same step");
        lock.rollback().await.unwrap();
        rebuilding.await.unwrap().unwrap();
        views.stop().await.unwrap();
    }
}
