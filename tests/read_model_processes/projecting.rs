//! The same chaos for a projection that writes to tables of its own, and whose handlers fail and panic
//! now and then: in the end its table is the log, each event once, in order, and nothing is parked.

use std::collections::{BTreeMap, BTreeSet};

use eventide::prelude::*;
use eventide::store::{LogQuery, Store};
use eventide::subscription::SubscriptionName;

use crate::appends::{Appends, place_all};
use crate::child::Task;
use crate::domain::Shop;
use crate::faults::{Chaos, FAULTS};
use crate::place::{Place, a_file};
use crate::rows::trouble_with;
use crate::with_seeds;
use crate::witness::Witness;

/// How often each thing happens.
const ROUNDS: usize = 3;

with_seeds! {
    each_event_is_handled_once_and_in_order_in_a_file => everything, a_file;
    #[cfg(feature = "postgres")]
    each_event_is_handled_once_and_in_order_on_a_server => everything, crate::place::a_server;
}

async fn everything(seed: u64, place: Place) {
    let app = App::<Shop>::new(place.open().await);
    place_all(&app).await;
    place.make_table().await;
    let name = SubscriptionName::new(format!("{}.v1", place.projection())).unwrap();
    let witness = Witness::begin(app.store().clone(), vec![name.clone()]);
    let mut appends = Appends::begin(&app, seed, None);
    let task = |workers| Task::Rows { workers, seed };
    let mut chaos = Chaos::begin((seed, place), app, task, vec![name.clone()]).await;
    let mut faults = FAULTS.repeat(ROUNDS);
    chaos.dice.shuffle(&mut faults);
    for fault in faults {
        chaos.go_on(&mut appends).await;
        chaos.inflict(fault).await;
        chaos.holds().await;
    }
    let refused = appends.end().await;
    println!("{} appends were refused at first", refused.len());
    // Once more after an event of each order: nobody may go on from what was before.
    for _ in 0..2 {
        chaos.work_goes_on().await;
        judge(seed, &chaos, &name).await;
        chaos.add_to_each().await;
    }
    witness.end().await;
    chaos.end().await;
}

/// Of each order, where its events stand in the log and which they are.
type ByOrder = BTreeMap<String, Vec<(i64, String)>>;

async fn by_the_log(store: &dyn Store) -> ByOrder {
    let mut by_order = ByOrder::new();
    let mut query = LogQuery::default();
    loop {
        let page = store.read_log(query.clone()).await.unwrap();
        for event in &page.events {
            let position = i64::try_from(event.position.as_raw()).unwrap();
            let order = by_order.entry(event.stream.aggregate_id().to_owned());
            order.or_default().push((position, event.id.to_string()));
        }
        query.from = Some(page.next);
        if !page.more {
            return by_order;
        }
    }
}

/// Whether the table is the log, and what was in trouble failed as often as it had to.
async fn judge(seed: u64, chaos: &Chaos, name: &SubscriptionName) {
    let expected = by_the_log(&*chaos.store).await;
    let handled = chaos.place.handled().await;
    let processes: BTreeSet<_> = handled.iter().map(|it| it.process).collect();
    assert!(processes.len() >= 3, "{processes:?} did it all");
    let mut failed = 0;
    let mut found = ByOrder::new();
    for it in handled {
        let position = it.position.cast_unsigned();
        assert_eq!(it.failed, trouble_with(seed, position), "{it:?}");
        failed += it.failed;
        let order = found.entry(it.key).or_default();
        order.push((it.position, it.event));
    }
    for (order, events) in &expected {
        assert_eq!(found.get(order), Some(events), "`{order}`");
    }
    assert_eq!(found.len(), expected.len());
    assert!(failed > 0, "no event was in trouble");
    let kept = chaos.store.subscriptions().unwrap();
    let status = kept.subscription(name).await.unwrap().unwrap();
    assert_eq!((status.parked_keys, status.letters), (0, 0));
    assert_eq!(kept.decisions(name, 1).await.unwrap(), []);
    println!(
        "{failed} failures were made up for by {} processes",
        processes.len()
    );
}
