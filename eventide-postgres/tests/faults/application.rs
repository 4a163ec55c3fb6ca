//! `kill -9` of the application, which begins anew on the same store.

use crate::chaos::{Chaos, judge, options};
use crate::life::Lives;
use crate::with_seeds;

with_seeds! {
    what_was_acknowledged_outlives_its_process => killed;
}

async fn killed(name: &'static str, seed: u64) {
    const LIVES: u32 = 3;
    let mut chaos = Chaos::new(name, seed).await;
    let answers: Vec<usize> = (0..=LIVES).map(|_| chaos.rng.usize(20..120)).collect();
    let lives = Lives::new(&chaos, name);
    // Two at a time; one of them is killed, and the next begins beside the other.
    let mut older = lives.start(0);
    lives.answered(&mut older, answers[0]).await;
    for life in 1..=LIVES {
        let mut younger = lives.start(life);
        lives.answered(&mut younger, answers[life as usize]).await;
        // The one before it is killed.
        older = younger;
    }
    drop(older);
    let store = options().open(&chaos.url()).await.unwrap();
    let report = judge(name, seed, &lives.entries(), &store).await;
    assert!(report.tally.acknowledged > 20, "{report}");
}
