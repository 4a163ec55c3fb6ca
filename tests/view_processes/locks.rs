//! What an append may have to wait for while a view is built anew. On a server: for nothing.

use std::time::Duration;

use eventide::prelude::*;
use eventide::read_model::{ReadModelOptions, Waited};
use eventide::store::SubscriptionStore;
use eventide_rig::Server;

use crate::appends::place_all;
use crate::domain::{Add, OrderTrail, Shop, id};
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
        for order in 0..50 {
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
