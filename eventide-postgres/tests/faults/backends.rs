//! Backends that are ended one by one, and one that is killed so that all must end.

use crate::chaos::Chaos;
use crate::with_seeds;

with_seeds! {
    sessions_that_are_ended_lose_nothing => ended;
    a_backend_that_is_killed_loses_nothing => killed;
}

async fn ended(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let schedule: Vec<_> = (0..12)
        .map(|_| (chaos.rng.usize(10..150), chaos.rng.u8(1..=100)))
        .collect();
    let stores = chaos.stores::<2>(&chaos.url()).await;
    let client = chaos.server.connect(&chaos.database).await.unwrap();
    let mut ended = 0;
    let fault = async {
        for (entries, percent) in schedule {
            chaos.traffic(entries).await;
            let sql = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE application_name = 'eventide' AND random() * 100 < {percent}"
            );
            ended += client.query(&sql, &[]).await.unwrap().len();
        }
        chaos.traffic(200).await;
    };
    chaos.run(chaos.workload(), &stores, fault).await;
    chaos.judge(&stores[0]).await;
    assert!(ended > 0);
}

async fn killed(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let schedule: Vec<_> = (0..2)
        .map(|_| (chaos.rng.usize(50..300), chaos.rng.usize(..)))
        .collect();
    let stores = chaos.stores::<2>(&chaos.url()).await;
    let fault = async {
        for (entries, which) in schedule {
            chaos.traffic(entries).await;
            let client = chaos.server.connect("postgres").await.unwrap();
            let sql = "SELECT pid FROM pg_stat_activity WHERE application_name = 'eventide'";
            let backends = client.query(sql, &[]).await.unwrap();
            let pid = backends[which % backends.len()].get(0);
            chaos.server.kill_backend(pid).await.unwrap();
            chaos.server.wait_ready().await.unwrap();
        }
        chaos.traffic(200).await;
    };
    chaos.run(chaos.workload(), &stores, fault).await;
    chaos.judge(&stores[0]).await;
}
