//! Those who keep subscriptions and views, and those who read them.

use std::time::Duration;

use eventide_core::Position;
use eventide_core::store::{Advance, EventStore, LogMark, NewSubscription, SubscriptionStore};
use eventide_core::subscription::{
    DeadLetter, Decision, LeaseError, LetterId, PartitionCount, SubscriptionName, WorkerId,
};
use eventide_core::view::{
    Column, ColumnKind, ColumnValue, DocumentQuery, DocumentWrite, ViewTable,
};
use eventide_postgres::PostgresStore;

use crate::support::{Database, append, options, stream};
use crate::{Shop, assert_advice};

fn sales() -> ViewTable {
    let columns = vec![Column::indexed("orders", ColumnKind::Integer)];
    ViewTable::new("sales", 1, columns)
}

/// Does all there is to do with a subscription and a view, for a worker of that name.
async fn projects(store: &PostgresStore, who: &str) {
    let name = SubscriptionName::new("sales").unwrap();
    let begin = LogMark::at(store, Position::START).await.unwrap();
    let new = NewSubscription::new(name.clone(), begin);
    store.open_subscription(&new).await.unwrap();
    store.open_view(&sales()).await.unwrap();
    let (who, long) = (WorkerId::from(who), Duration::from_mins(10));
    let claimed = store.take_over(&name, 0, &who, long).await.unwrap();
    let lease = claimed.unwrap().lease;
    let id = LetterId::new("k", Position::from_raw(1));
    let letter = DeadLetter::waiting(id, crate::support::event("LineAdded").id);
    let mut step = Advance::new(lease.clone(), Some(LogMark::of(store).await.unwrap()));
    let values = vec![ColumnValue::Integer(1)];
    let by = Position::from_raw(1);
    step.table = Some(sales());
    step.documents = vec![
        DocumentWrite::put("a".to_owned(), b"{}".to_vec(), values, by),
        DocumentWrite::delete("b".to_owned(), by),
    ];
    step.routes = vec![(stream("a"), "a".to_owned())];
    step.parked = vec![letter.clone()];
    store.advance(&step).await.unwrap();
    store.advance(&step).await.unwrap();
    let mut step = Advance::new(lease.clone(), None);
    step.dropped = vec![Decision::drop_letter(name.clone(), letter, "a test", "ann")];
    store.advance(&step).await.unwrap();
    store.renew(&lease, long).await.unwrap();
    store.release(&lease).await.unwrap();
    store.set_fingerprint(&name, 7).await.unwrap();
    let count = PartitionCount::new(2).unwrap();
    store.divide(&name, count).await.unwrap();
    store.divide(&name, PartitionCount::ONE).await.unwrap();
    looks_up(store).await;
}

/// Reads what there is of subscriptions and views.
async fn looks_up(store: &PostgresStore) {
    let name = SubscriptionName::new("sales").unwrap();
    let begin = LogMark::at(store, Position::START).await.unwrap();
    let new = NewSubscription::new(name.clone(), begin);
    store.open_subscription(&new).await.unwrap();
    store.open_view(&sales()).await.unwrap();
    store.parked_keys(&name, None, 9).await.unwrap();
    let start = Position::START;
    store.letters(&name, "k", start, 9).await.unwrap();
    store.decisions(&name, 9).await.unwrap();
    store.routes(&name, &[stream("a")]).await.unwrap();
    let all = DocumentQuery::default();
    let found = store.find_documents(&sales(), &all).await.unwrap();
    assert_eq!(found.documents.len(), 1);
}

#[tokio::test]
async fn projectors_keep_subscriptions_and_views_together_and_others_read_them() {
    let shop = Shop::new("of_views").await;
    let writer = shop.open("writer").await;
    writer.append(append(&stream("a"), 2)).await.unwrap();
    let administrator = shop.database.connect().await;
    administrator
        .batch_execute(
            "CREATE ROLE of_views_login_second LOGIN; \
             GRANT of_views_projector TO of_views_login_second",
        )
        .await
        .unwrap();
    projects(&shop.open("projector").await, "first").await;
    let reader = shop.open("reader").await;
    looks_up(&reader).await;
    looks_up(&writer).await;
    // What one projector made, another goes on with, and drops.
    let second = shop.open("second").await;
    projects(&second, "second").await;
    for role in ["reader", "writer"] {
        let deeds = [
            "DELETE FROM @.view_sales_v1_g1",
            "UPDATE @.view_sales_v1_g1 SET orders = 0",
            "DROP TABLE @.view_sales_v1_g1",
        ];
        shop.assert_denied(role, &deeds).await;
    }
    let undone = [
        "DELETE FROM @.dead_letter_decisions",
        "UPDATE @.dead_letter_decisions SET reason = ''",
    ];
    shop.assert_denied("projector", &undone).await;
    // Whoever may not is told what it lacks.
    let name = SubscriptionName::new("sales").unwrap();
    let (who, long) = (WorkerId::new(), Duration::from_mins(10));
    for store in [&reader, &writer] {
        let claimed = store.claim(&name, &who, long).await;
        assert_advice(&claimed.unwrap_err(), "projector");
        let other = ViewTable::new("other", 1, vec![]);
        assert_advice(&store.open_view(&other).await.unwrap_err(), "projector");
    }
    let claimed = second.claim(&name, &who, long).await.unwrap();
    let lease = claimed.unwrap().lease;
    let step = Advance::new(lease, None);
    match reader.advance(&step).await.unwrap_err() {
        LeaseError::Store(error) => assert_advice(&error, "projector"),
        other => panic!("{other:?}"),
    }
    second.drop_view(&sales()).await.unwrap();
    second.forget_subscription(&name).await.unwrap();
}

#[tokio::test]
async fn views_from_before_there_were_roles_are_handed_over_by_the_script() {
    let database = Database::empty().await;
    let options = options().schema("of_before");
    options.clone().migrate(&database.url()).await.unwrap();
    let store = options.clone().open(&database.url()).await.unwrap();
    projects(&store, "first").await;
    let administrator = database.connect().await;
    administrator.batch_execute(&options.roles()).await.unwrap();
    administrator
        .batch_execute(
            "CREATE ROLE of_before_login_projector LOGIN; \
             GRANT of_before_projector TO of_before_login_projector; \
             CREATE ROLE of_before_login_reader LOGIN; \
             GRANT of_before_reader TO of_before_login_reader",
        )
        .await
        .unwrap();
    let shop = Shop {
        database,
        schema: "of_before".to_owned(),
    };
    looks_up(&shop.open("reader").await).await;
    let projector = shop.open("projector").await;
    projects(&projector, "second").await;
    projector.drop_view(&sales()).await.unwrap();
    // And whoever made the tables may go on as well.
    projects(&store, "third").await;
    projects(&projector, "fourth").await;
}
