//! A network that cuts connections amid what they say, delays it, or swallows it.

use std::time::Duration;

use eventide_postgres::PostgresStore;
use eventide_rig::{Direction, Proxy};

use crate::chaos::{Chaos, SHORT, options};
use crate::with_seeds;

with_seeds! {
    connections_that_are_cut_lose_nothing => cut;
    a_network_that_is_away_and_comes_back_loses_nothing => away;
    a_network_that_delays_loses_nothing => delayed;
    connections_that_swallow_what_is_said_lose_nothing => half_open;
}

const BOTH: [Direction; 2] = [Direction::ToServer, Direction::ToClient];

async fn through(chaos: &Chaos) -> (Proxy, String) {
    let proxy = Proxy::to(chaos.server.addr()).await.unwrap();
    let url = chaos.server.url_through(&proxy, &chaos.database);
    (proxy, url)
}

async fn cut(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let (proxy, url) = through(&chaos).await;
    let schedule: Vec<_> = (0..40)
        .map(|_| {
            let direction = BOTH[chaos.rng.usize(..2)];
            // Often amid a message, or just before it.
            let bits = chaos.rng.u32(0..14);
            let bytes = chaos.rng.u64(..1 << bits);
            (direction, bytes, chaos.rng.usize(5..40))
        })
        .collect();
    let stores = chaos.stores::<2>(&url).await;
    let fault = async {
        for (direction, bytes, entries) in schedule {
            proxy.cut_after(direction, bytes);
            chaos.traffic(entries).await;
        }
        proxy.restore().await.unwrap();
        chaos.traffic(200).await;
    };
    chaos.run(chaos.workload(), &stores, fault).await;
    chaos.judge(&stores[0]).await;
    assert!(proxy.accepted() > 10, "nothing was cut");
}

async fn away(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let (proxy, url) = through(&chaos).await;
    let schedule: Vec<_> = (0..4)
        .map(|_| (chaos.rng.usize(20..200), chaos.rng.u64(..150)))
        .collect();
    let stores = chaos.stores::<2>(&url).await;
    let fault = async {
        for (entries, millis) in schedule {
            chaos.traffic(entries).await;
            proxy.cut().await;
            tokio::time::sleep(Duration::from_millis(millis)).await;
            proxy.restore().await.unwrap();
        }
        chaos.traffic(200).await;
    };
    chaos.run(chaos.workload(), &stores, fault).await;
    chaos.judge(&stores[0]).await;
}

async fn delayed(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let (proxy, url) = through(&chaos).await;
    let schedule: Vec<_> = (0..6)
        .map(|_| (chaos.rng.u64(..60), chaos.rng.usize(20..80)))
        .collect();
    let stores = chaos.stores::<2>(&url).await;
    let fault = async {
        for (millis, entries) in schedule {
            proxy.delay(Duration::from_millis(millis));
            chaos.traffic(entries).await;
        }
        proxy.restore().await.unwrap();
        chaos.traffic(200).await;
    };
    chaos.run(chaos.workload(), &stores, fault).await;
    chaos.judge(&stores[0]).await;
}

/// Whatever is under way is never answered, though the connection looks open.
async fn half_open(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let (proxy, url) = through(&chaos).await;
    let schedule: Vec<_> = (0..4)
        .map(|_| {
            let rng = &mut chaos.rng;
            (rng.usize(20..150), rng.usize(..3), rng.u64(..1_000))
        })
        .collect();
    let store: PostgresStore = options().answer_timeout(SHORT).open(&url).await.unwrap();
    let fault = async {
        for (entries, which, millis) in schedule {
            chaos.traffic(entries).await;
            for (n, direction) in BOTH.into_iter().enumerate() {
                if which == 2 || which == n {
                    proxy.drop_silently(direction);
                }
            }
            // Some notice within this time, and some do not.
            tokio::time::sleep(Duration::from_millis(millis)).await;
            proxy.restore().await.unwrap();
        }
        chaos.traffic(200).await;
    };
    let stores = [store.clone()];
    chaos.run(chaos.workload(), &stores, fault).await;
    chaos.judge(&store).await;
}
