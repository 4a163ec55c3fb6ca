//! Many more tasks than connections.

use eventide_history::Workload;

use crate::chaos::{Chaos, options};
use crate::with_seeds;

with_seeds! {
    a_crowd_shares_two_connections => crowd;
}

async fn crowd(name: &'static str, seed: u64) {
    let chaos = Chaos::new(name, seed).await;
    let store = options().connections(2).open(&chaos.url()).await.unwrap();
    let workload = Workload {
        clients: 300,
        readers: 4,
        streams: 20,
        ..chaos.workload()
    };
    let fault = async {
        for _ in 0..10 {
            chaos.traffic(200).await;
            // Somebody takes a connection of the store's and is in no hurry.
            let held = store.connection().await.unwrap();
            held.batch_execute("SELECT pg_sleep(0.02)").await.unwrap();
        }
    };
    let stores = [store.clone()];
    chaos.run(workload, &stores, fault).await;
    chaos.judge(&store).await;
}
