//! A server that is killed, or stopped without a checkpoint, and starts again.

use crate::chaos::Chaos;
use crate::with_seeds;

with_seeds! {
    a_server_that_is_killed_loses_nothing => killed;
    a_server_that_stops_at_once_loses_nothing => stopped;
}

async fn killed(name: &'static str, seed: u64) {
    restarted(name, seed, true).await;
}

async fn stopped(name: &'static str, seed: u64) {
    restarted(name, seed, false).await;
}

async fn restarted(name: &'static str, seed: u64, kill: bool) {
    let mut chaos = Chaos::new(name, seed).await;
    let schedule: Vec<_> = (0..2).map(|_| chaos.rng.usize(50..400)).collect();
    let stores = chaos.stores::<2>(&chaos.url()).await;
    let server = &chaos.server;
    let fault = async {
        for entries in schedule {
            chaos.traffic(entries).await;
            if kill {
                server.kill_postmaster().await.unwrap();
            } else {
                server.stop_immediate().await.unwrap();
            }
            server.restart().await.unwrap();
        }
        chaos.traffic(400).await;
    };
    chaos.run(chaos.workload(), &stores, fault).await;
    let report = chaos.judge(&stores[0]).await;
    assert!(report.tally.acknowledged > 0, "{report}");
}
