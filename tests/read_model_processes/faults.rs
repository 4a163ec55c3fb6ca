//! What is done to processes that share the work, and to the database under them.

use std::sync::Arc;

use eventide::prelude::*;
use eventide::store::Store;
use eventide::subscription::{PartitionCount, SubscriptionName, Token};
use fastrand::Rng;
use rustix::process::Signal;

use crate::appends::{Appends, ORDERS};
use crate::child::Task;
use crate::domain::{Add, Shop, id};
use crate::place::Place;
use crate::processes::{Process, until};

/// The workers of each process.
const WORKERS: [u16; 3] = [3, 3, 2];

#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    Killed,
    KilledTogether,
    Ended,
    Stopped,
    Divided,
    Restarted,
}

pub(crate) const FAULTS: [Fault; 6] = [
    Fault::Killed,
    Fault::KilledTogether,
    Fault::Ended,
    Fault::Stopped,
    Fault::Divided,
    Fault::Restarted,
];

/// Processes that keep some read models up to date.
pub(crate) struct Chaos {
    pub(crate) place: Place,
    pub(crate) dice: Rng,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) app: App<Shop>,
    processes: Vec<Process>,
    /// The subscriptions that they share. The first one is divided anew.
    names: Vec<SubscriptionName>,
}

impl Chaos {
    /// Starts the processes, and waits until they have come to the end of the log.
    pub(crate) async fn begin(
        (seed, place): (u64, Place),
        app: App<Shop>,
        task: impl Fn(u16) -> Task,
        names: Vec<SubscriptionName>,
    ) -> Self {
        let start = |&workers| Process::start(&place, task(workers));
        let processes = WORKERS.iter().map(start).collect();
        let chaos = Self {
            dice: Rng::with_seed(seed),
            store: app.store().clone(),
            app,
            processes,
            names,
            place,
        };
        chaos.work_goes_on().await;
        chaos
    }

    /// Lets some more be appended, but not all of it before the next thing happens.
    pub(crate) async fn go_on(&mut self, appends: &mut Appends) {
        appends.go_on(self.dice.u32(20..80));
        appends.until_left(20).await;
    }

    /// Nobody may have ended by itself.
    pub(crate) async fn holds(&mut self) {
        for process in &mut self.processes {
            let log = self.place.log();
            assert_eq!(process.ended(), None, "{} says why", log.display());
        }
        if self.dice.bool() {
            self.work_goes_on().await;
        }
    }

    pub(crate) async fn inflict(&mut self, fault: Fault) {
        println!("{fault:?}");
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
            Fault::Restarted => self.restart().await,
        }
    }

    pub(crate) async fn divide(&mut self) {
        let count = PartitionCount::new(self.dice.u16(1..=16)).unwrap();
        let kept = self.store.subscriptions().unwrap();
        // In a file, one that is stopped may be in the way for a moment.
        until("the partitions are divided", async || {
            let divided = kept.divide(&self.names[0], count).await;
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
            // It may have been stopped in the middle of a write: in a file nobody can write then, on a
            // server nobody can take what it writes to.
            let mut in_the_way = false;
            until("others have what a stopped process held", async || {
                let add = Add {
                    order: id(self.dice.u32(0..ORDERS)),
                    amount: 1,
                    sick_while: None,
                };
                in_the_way = self.app.execute(add).await.is_err();
                in_the_way |= self.place.has_one_stopped_in_the_middle().await;
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
        for name in &self.names {
            let Ok(Some(status)) = kept.subscription(name).await else {
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

    /// Waits until all is as far as the log is now.
    pub(crate) async fn work_goes_on(&self) {
        let mut head = None;
        until("the log can be read", async || {
            head = self.store.head().await.ok();
            head.is_some()
        })
        .await;
        for name in &self.names {
            until("all is as far as the log", async || {
                self.came_to(name).await >= head
            })
            .await;
        }
    }

    /// Up to where all partitions have come.
    async fn came_to(&self, name: &SubscriptionName) -> Option<eventide::Position> {
        let kept = self.store.subscriptions()?;
        let status = kept.subscription(name).await.ok()??;
        let checkpoints = status.partitions.iter().flat_map(|it| &it.checkpoints);
        checkpoints.map(|it| it.mark.position()).min()
    }

    /// Appends one more event of each order.
    pub(crate) async fn add_to_each(&self) {
        for order in 0..ORDERS {
            let add = Add {
                order: id(order),
                amount: 1,
                sick_while: None,
            };
            self.app.execute(add).await.unwrap();
        }
    }

    /// Ends the processes, each in order.
    pub(crate) async fn end(self) {
        for process in self.processes {
            process.end(&self.place).await;
        }
    }
}
