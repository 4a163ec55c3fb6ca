//! What is appended while the processes work.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eventide::prelude::*;
use fastrand::Rng;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::domain::{Add, FOR_GOOD, Place, Shop, id};
use crate::processes::until;

pub(crate) const ORDERS: u32 = 120;
const COUNTRIES: u32 = 24;

/// The amount of what is sick for good: this one is an error, the next one a panic.
pub(crate) const DEAD: i64 = 1_000_000;

/// How many append at once.
const CLIENTS: usize = 2;

/// Places all orders.
pub(crate) async fn place_all(app: &App<Shop>) {
    for order in 0..ORDERS {
        let country = format!("country-{}", order % COUNTRIES);
        let order = id(order);
        app.execute(Place { order, country }).await.unwrap();
    }
}

/// What is sick until it is healed.
pub(crate) struct Sickness {
    folder: PathBuf,
    round: AtomicU32,
}

impl Sickness {
    pub(crate) fn begin(folder: PathBuf) -> Arc<Self> {
        let round = AtomicU32::new(0);
        let sickness = Self { folder, round };
        std::fs::write(sickness.file(), "").unwrap();
        Arc::new(sickness)
    }

    fn file(&self) -> PathBuf {
        let round = self.round.load(Ordering::Relaxed);
        self.folder.join(format!("sick-{round}"))
    }

    /// Heals all that is sick. What is appended from now on may be so anew.
    pub(crate) fn heal(&self) {
        let file = self.file();
        self.round.fetch_add(1, Ordering::Relaxed);
        std::fs::write(self.file(), "").unwrap();
        std::fs::remove_file(file).unwrap();
    }

    /// Now and then a command whose event cannot be folded.
    fn draw(&self, dice: &mut Rng, order: u32) -> Add {
        let (amount, sick_while) = match dice.u16(0..1_000) {
            0..4 => (DEAD + dice.i64(0..2), Some(FOR_GOOD.to_owned())),
            4..16 => {
                let file = self.file().display().to_string();
                (dice.i64(0..1_000), Some(file))
            }
            _ => (dice.i64(0..1_000), None),
        };
        let order = id(order);
        Add {
            order,
            amount,
            sick_while,
        }
    }
}

/// Clients that append so many events as they are told to.
pub(crate) struct Appends {
    permits: Arc<Semaphore>,
    done: Arc<AtomicU64>,
    told: u64,
    /// What the clients were refused.
    refused: Arc<Mutex<Vec<String>>>,
    clients: JoinSet<()>,
}

impl Appends {
    pub(crate) fn begin(app: &App<Shop>, seed: u64, sickness: Option<&Arc<Sickness>>) -> Self {
        let permits = Arc::new(Semaphore::new(0));
        let (done, refused) = (Arc::<AtomicU64>::default(), Arc::<Mutex<Vec<_>>>::default());
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let (app, permits, sickness) = (app.clone(), permits.clone(), sickness.cloned());
            let (done, refused) = (done.clone(), refused.clone());
            let mut dice = Rng::with_seed(seed ^ (client as u64 + 1) << 32);
            clients.spawn(async move {
                // Until there is nothing more to do.
                while let Ok(permit) = permits.acquire().await {
                    permit.forget();
                    let order = dice.u32(0..ORDERS);
                    let command = match &sickness {
                        Some(sickness) => sickness.draw(&mut dice, order),
                        None => Add {
                            order: id(order),
                            amount: dice.i64(0..1_000),
                            sick_while: None,
                        },
                    };
                    while let Err(error) = app.execute(command.clone()).await {
                        note(&refused, error.to_string());
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self {
            permits,
            done,
            told: 0,
            refused,
            clients,
        }
    }

    /// Lets the clients append `events` more.
    pub(crate) fn go_on(&mut self, events: u32) {
        self.told += u64::from(events);
        self.permits.add_permits(events as usize);
    }

    /// Waits until at most `left` of what they were told to is still to be appended.
    pub(crate) async fn until_left(&self, left: u32) {
        let wanted = self.told.saturating_sub(left.into());
        until("the clients append", async || {
            self.done.load(Ordering::Relaxed) >= wanted
        })
        .await;
    }

    /// Waits until they have appended all they were told to; what they were refused meanwhile.
    pub(crate) async fn end(mut self) -> Vec<String> {
        self.until_left(0).await;
        self.permits.close();
        while let Some(client) = self.clients.join_next().await {
            client.unwrap();
        }
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut refused)
    }
}

fn note(refused: &Mutex<Vec<String>>, error: String) {
    let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
    refused.push(error);
}
