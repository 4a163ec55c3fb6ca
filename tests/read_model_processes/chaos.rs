//! Everything at once: processes are killed, stopped for longer than their leases and started again,
//! partitions change, the database restarts, folds fail and are healed, and all the while there are
//! appends. In the end each event was folded once, in order, by one holder at a time.

use std::sync::Arc;

use eventide::prelude::*;
use eventide::read_model::ReadModelError;
use eventide::store::Store;
use eventide::subscription::{PartitionCount, SubscriptionName, Token};
use fastrand::Rng;
use rustix::process::Signal;

use crate::appends::{Appends, ORDERS, Sickness, place_all};
use crate::child::Task;
use crate::domain::{Add, CountryTrail, OrderTrail, Shop, id};
use crate::judge::{Trailed, came_to, caught_up, judge};
use crate::parked::look_after;
use crate::place::{Place, a_file};
use crate::processes::{Process, until};
use crate::with_seeds;
use crate::witness::Witness;

/// The workers of each process.
const WORKERS: [u16; 3] = [3, 3, 2];

/// How often each thing happens.
const ROUNDS: usize = 3;

with_seeds! {
    each_event_is_folded_once_and_in_order_in_a_file => everything, a_file;
    #[cfg(feature = "postgres")]
    each_event_is_folded_once_and_in_order_on_a_server => everything, crate::place::a_server;
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Killed,
    KilledTogether,
    Ended,
    Stopped,
    Divided,
    LookedAfter,
    Restarted,
}

const FAULTS: [Fault; 7] = [
    Fault::Killed,
    Fault::KilledTogether,
    Fault::Ended,
    Fault::Stopped,
    Fault::Divided,
    Fault::LookedAfter,
    Fault::Restarted,
];

struct Chaos {
    place: Place,
    dice: Rng,
    store: Arc<dyn Store>,
    app: App<Shop>,
    sickness: Arc<Sickness>,
    processes: Vec<Process>,
}

async fn everything(seed: u64, place: Place) {
    let store = place.open().await;
    let app = App::<Shop>::new(store.clone());
    place_all(&app).await;
    let sickness = Sickness::begin(place.folder.path().to_owned());
    let start = |&workers| Process::start(&place, Task::Views(workers));
    let processes = WORKERS.iter().map(start).collect();
    let names = vec![OrderTrail::subscription(), CountryTrail::subscription()];
    let witness = Witness::begin(store.clone(), names);
    let mut appends = Appends::begin(&app, seed, Some(&sickness));
    let mut chaos = Chaos {
        place,
        dice: Rng::with_seed(seed),
        store,
        app,
        sickness,
        processes,
    };
    let mut faults = FAULTS.repeat(ROUNDS);
    chaos.dice.shuffle(&mut faults);
    caught_up::<OrderTrail>(&*chaos.store).await;
    for fault in faults {
        println!("{fault:?}");
        appends.go_on(chaos.dice.u32(20..80));
        appends.until_left(20).await;
        chaos.inflict(fault).await;
        for process in &mut chaos.processes {
            let log = chaos.place.log();
            assert_eq!(process.ended(), None, "{} says why", log.display());
        }
        if chaos.dice.bool() {
            chaos.work_goes_on().await;
        }
    }
    let refused = appends.end().await;
    println!("{} appends were refused at first", refused.len());
    chaos.settle().await;
    witness.end().await;
    for process in chaos.processes {
        process.end(&chaos.place).await;
    }
}

impl Chaos {
    async fn inflict(&mut self, fault: Fault) {
        let one = self.dice.usize(0..WORKERS.len());
        match fault {
            Fault::Killed => self.processes[one].replace(&self.place).kill(),
            Fault::KilledTogether => {
                let other = (one + 1) % WORKERS.len();
                let killed = [one, other].map(|it| self.processes[it].replace(&self.place));
                for one in killed {
                    one.kill();
                }
            }
            Fault::Ended => {
                let ended = self.processes[one].replace(&self.place);
                ended.end(&self.place).await;
            }
            Fault::Stopped => self.stop_for_long().await,
            Fault::Divided => self.divide().await,
            Fault::LookedAfter => {
                self.sickness.heal();
                let app = self.app.clone();
                let both = async {
                    tolerate(look_after::<OrderTrail>(&app).await);
                    tolerate(look_after::<CountryTrail>(&app).await);
                };
                // What is looked after may move to another partition meanwhile.
                tokio::join!(both, self.divide());
            }
            Fault::Restarted => self.restart().await,
        }
    }

    async fn divide(&mut self) {
        let count = PartitionCount::new(self.dice.u16(1..=16)).unwrap();
        let kept = self.store.subscriptions().unwrap();
        // In a file, one that is stopped may be in the way for a moment.
        until("the partitions are divided", async || {
            let divided = kept.divide(&OrderTrail::subscription(), count).await;
            divided.is_ok()
        })
        .await;
    }

    /// Stops a process that holds something until others have that, and lets it go on.
    async fn stop_for_long(&mut self) {
        loop {
            let mut one = 0;
            let first = self.dice.usize(0..WORKERS.len());
            until("a process holds a partition", async || {
                for holder in (first..first + WORKERS.len()).map(|it| it % WORKERS.len()) {
                    one = holder;
                    if !self.held_by(holder).await.is_empty() {
                        return true;
                    }
                }
                false
            })
            .await;
            self.processes[one].signal(Signal::STOP);
            let held = self.held_by(one).await;
            // In a file, it may have been stopped in the middle of a write: then nobody can write.
            let mut in_the_way = false;
            until("others have what a stopped process held", async || {
                let add = Add {
                    order: id(self.dice.u32(0..ORDERS)),
                    amount: 1,
                    sick_while: None,
                };
                in_the_way = self.app.execute(add).await.is_err();
                in_the_way || self.is_taken(&held).await
            })
            .await;
            self.processes[one].signal(Signal::CONT);
            if !in_the_way && !held.is_empty() {
                return;
            }
        }
    }

    /// The leases of a process that have not run out.
    async fn held_by(&self, one: usize) -> Vec<(SubscriptionName, u16, Token)> {
        let mut held = Vec::new();
        let kept = self.store.subscriptions().unwrap();
        for name in [OrderTrail::subscription(), CountryTrail::subscription()] {
            let Ok(Some(status)) = kept.subscription(&name).await else {
                continue;
            };
            for partition in status.partitions {
                let owner = partition.owner;
                if owner.is_some_and(|owner| self.processes[one].is(owner.as_str())) {
                    held.push((name.clone(), partition.partition, partition.token));
                }
            }
        }
        held
    }

    /// Whether none of these leases counts any more.
    async fn is_taken(&self, held: &[(SubscriptionName, u16, Token)]) -> bool {
        let kept = self.store.subscriptions().unwrap();
        for (name, number, token) in held {
            let Ok(Some(status)) = kept.subscription(name).await else {
                return false;
            };
            let mut partitions = status.partitions.iter();
            if partitions.any(|it| it.partition == *number && it.token == *token) {
                return false;
            }
        }
        true
    }

    /// Of a file there is no server to restart: everybody is killed instead.
    async fn restart(&mut self) {
        #[cfg(feature = "postgres")]
        if let Some((server, _)) = self.place.server() {
            match self.dice.u8(0..3) {
                0 => server.stop_fast().await.unwrap(),
                1 => server.stop_immediate().await.unwrap(),
                _ => server.kill_postmaster().await.unwrap(),
            }
            return server.restart().await.unwrap();
        }
        for process in &mut self.processes {
            process.replace(&self.place).kill();
        }
    }

    /// Waits until the views are as far as the log is now.
    async fn work_goes_on(&self) {
        until("the log can be read", async || {
            self.store.head().await.is_ok()
        })
        .await;
        caught_up::<OrderTrail>(&*self.store).await;
        caught_up::<CountryTrail>(&*self.store).await;
    }

    /// Heals what is sick, drops what is so for good, and compares what there is in the end. Then
    /// once more, after an event of each order: nobody may go on from what was before.
    async fn settle(&self) {
        self.sickness.heal();
        for _ in 0..2 {
            loop {
                self.work_goes_on().await;
                let parked = look_after::<OrderTrail>(&self.app).await.unwrap()
                    + look_after::<CountryTrail>(&self.app).await.unwrap();
                if parked == 0 {
                    break;
                }
            }
            judge::<OrderTrail>(&self.app).await;
            judge::<CountryTrail>(&self.app).await;
            for order in 0..ORDERS {
                let add = Add {
                    order: id(order),
                    amount: 1,
                    sick_while: None,
                };
                self.app.execute(add).await.unwrap();
            }
        }
        let came_to = came_to::<OrderTrail>(&*self.store).await;
        assert!(came_to.is_some());
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
