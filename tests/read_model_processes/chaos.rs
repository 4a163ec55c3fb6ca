//! Everything at once: processes are killed, stopped for longer than their leases and started again,
//! partitions change, the database restarts, folds fail and are healed, and all the while there are
//! appends. In the end each event was folded once, in order, by one holder at a time.

use std::sync::Arc;

use eventide::prelude::*;
use eventide::read_model::ReadModelError;

use crate::appends::{Appends, Sickness, place_all};
use crate::child::Task;
use crate::domain::{CountryTrail, OrderTrail, Shop};
use crate::faults::{Chaos, FAULTS};
use crate::judge::{Trailed, judge};
use crate::parked::look_after;
use crate::place::{Place, a_file};
use crate::with_seeds;
use crate::witness::Witness;

/// How often each thing happens.
const ROUNDS: usize = 3;

with_seeds! {
    each_event_is_folded_once_and_in_order_in_a_file => everything, a_file;
    #[cfg(feature = "postgres")]
    each_event_is_folded_once_and_in_order_on_a_server => everything, crate::place::a_server;
}

async fn everything(seed: u64, place: Place) {
    let app = App::<Shop>::new(place.open().await);
    place_all(&app).await;
    let sickness = Sickness::begin(place.folder.path().to_owned());
    let names = vec![OrderTrail::subscription(), CountryTrail::subscription()];
    let witness = Witness::begin(app.store().clone(), names.clone());
    let mut appends = Appends::begin(&app, seed, Some(&sickness));
    let mut chaos = Chaos::begin((seed, place), app, Task::Views, names).await;
    // None of them: what is parked is looked after.
    let mut faults = FAULTS.map(Some).to_vec();
    faults.push(None);
    let mut faults = faults.repeat(ROUNDS);
    chaos.dice.shuffle(&mut faults);
    for fault in faults {
        chaos.go_on(&mut appends).await;
        match fault {
            Some(fault) => chaos.inflict(fault).await,
            None => heal(&mut chaos, &sickness).await,
        }
        chaos.holds().await;
    }
    let refused = appends.end().await;
    println!("{} appends were refused at first", refused.len());
    settle(&chaos, &sickness).await;
    witness.end().await;
    chaos.end().await;
}

async fn heal(chaos: &mut Chaos, sickness: &Arc<Sickness>) {
    println!("looked after");
    sickness.heal();
    let app = chaos.app.clone();
    let both = async {
        tolerate(look_after::<OrderTrail>(&app).await);
        tolerate(look_after::<CountryTrail>(&app).await);
    };
    // What is looked after may move to another partition meanwhile.
    tokio::join!(both, chaos.divide());
}

/// Heals what is sick, drops what is so for good, and compares what there is in the end. Then
/// once more, after an event of each order: nobody may go on from what was before.
async fn settle(chaos: &Chaos, sickness: &Sickness) {
    sickness.heal();
    for _ in 0..2 {
        loop {
            chaos.work_goes_on().await;
            let parked = look_after::<OrderTrail>(&chaos.app).await.unwrap()
                + look_after::<CountryTrail>(&chaos.app).await.unwrap();
            if parked == 0 {
                break;
            }
        }
        judge::<OrderTrail>(&chaos.app).await;
        judge::<CountryTrail>(&chaos.app).await;
        chaos.add_to_each().await;
    }
}

/// Work on what is parked may be interrupted by others, and be done later.
fn tolerate(looked_after: Result<usize, ReadModelError>) {
    match looked_after {
        Ok(_) | Err(ReadModelError::Lease(_)) => {}
        Err(ReadModelError::Store(error)) if error.is_retryable() => {}
        Err(error) => panic!("{error}"),
    }
}
