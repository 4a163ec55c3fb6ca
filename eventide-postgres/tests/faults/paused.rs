//! Somebody stands still for a while and goes on: the application, or the whole server.

use std::time::Duration;

use rustix::process::Signal;

use crate::chaos::{Chaos, SHORT, judge, options};
use crate::life::Lives;
use crate::with_seeds;

with_seeds! {
    a_paused_application_holds_up_nobody_and_loses_nothing => application;
    a_paused_server_loses_nothing => server;
}

async fn application(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let schedule: Vec<_> = (0..3).map(|_| chaos.rng.usize(10..60)).collect();
    let lives = Lives::new(&chaos, name);
    let mut paused = lives.start(1);
    let mut other = lives.start(2);
    for answers in schedule {
        lives.answered(&mut paused, answers).await;
        paused.signal(Signal::STOP);
        lives.answered(&mut other, answers).await;
        paused.signal(Signal::CONT);
    }
    lives.answered(&mut paused, 20).await;
    drop((paused, other));
    let store = options().open(&chaos.url()).await.unwrap();
    judge(name, seed, &lives.entries(), &store).await;
}

async fn server(name: &'static str, seed: u64) {
    let mut chaos = Chaos::new(name, seed).await;
    let schedule: Vec<_> = (0..3)
        .map(|_| (chaos.rng.usize(20..200), chaos.rng.u64(..1_000)))
        .collect();
    let store = options().answer_timeout(SHORT).open(&chaos.url()).await;
    let store = store.unwrap();
    let fault = async {
        for (entries, millis) in schedule {
            chaos.traffic(entries).await;
            chaos.server.pause().await.unwrap();
            // Some notice within this time, and some do not.
            tokio::time::sleep(Duration::from_millis(millis)).await;
            // All that was asked meanwhile is still in its ears.
            chaos.server.resume().unwrap();
        }
        chaos.traffic(200).await;
    };
    let stores = [store.clone()];
    chaos.run(chaos.workload(), &stores, fault).await;
    chaos.judge(&store).await;
}
