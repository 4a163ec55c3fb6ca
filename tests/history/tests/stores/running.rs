//! Real tasks against real stores: right ones pass, wrong ones are caught.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use eventide_core::store::{MemoryStore, Store};
use eventide_history::{End, History, Mix, Report, Violation, Workload, check};

use eventide_sqlite::SqliteStore;

use crate::habitual::{Habit, Habitual};

async fn run(workload: Workload, stores: &[Arc<dyn Store>]) -> Report {
    let history = History::new();
    workload.run(stores, &history, || false).await.unwrap();
    let entries = history.entries().unwrap();
    let end = End::read(&stores[0], &entries).await.unwrap();
    check(&entries, &end)
}

async fn run_habitual(habit: Habit, every: u64, seed: u64) -> Report {
    let workload = Workload {
        seed,
        ..Workload::default()
    };
    run(workload, &[Arc::new(Habitual::new(habit, every))]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_memory_store_keeps_its_promises() {
    for seed in 0..4 {
        let workload = Workload {
            seed,
            ..Workload::default()
        };
        let report = run(workload, &[Arc::new(MemoryStore::new())]).await;
        assert!(report.is_clean(), "seed {seed}: {report}");
        assert!(report.tally.acknowledged > 500, "seed {seed}: {report}");
        assert!(report.tally.seen >= 2 * report.tally.events, "{report}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doubt_and_delay_are_no_fault() {
    for habit in [Habit::Right, Habit::Slow, Habit::Unsure] {
        for seed in 0..3 {
            let report = run_habitual(habit, 5, seed).await;
            assert!(report.is_clean(), "{habit:?}, seed {seed}: {report}");
            assert!(
                report.tally.refused > 50,
                "{habit:?}, seed {seed}: {report}"
            );
            let tally = report.tally;
            let doubt = match habit {
                Habit::Unsure => tally.unknown_stored > 50,
                // Dropped amid the wait.
                Habit::Slow => tally.unknown > 5,
                _ => true,
            };
            assert!(doubt, "{habit:?}, seed {seed}: {report}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_stores_are_caught() {
    type Expected = fn(&Violation) -> bool;
    let wrong: [(Habit, Expected); 4] = [
        (Habit::Loses, |v| matches!(v, Violation::Lost { .. })),
        (Habit::Denies, |v| {
            matches!(v, Violation::StoredThoughRefused { .. })
        }),
        (Habit::Skips, |v| matches!(v, Violation::Skipped { .. })),
        (Habit::Tears, |v| matches!(v, Violation::Torn { .. })),
    ];
    for (habit, expected) in wrong {
        for seed in 0..3 {
            let report = run_habitual(habit, 50, seed).await;
            let caught = report.violations.iter().any(expected);
            assert!(caught, "{habit:?}, seed {seed}: {report}");
        }
    }
}

#[tokio::test]
async fn a_workload_ends_when_it_is_told_to() {
    let asked = Arc::new(AtomicU32::new(0));
    let history = History::new();
    let workload = Workload {
        requests: u32::MAX,
        ..Workload::default()
    };
    let stores: [Arc<dyn Store>; 1] = [Arc::new(MemoryStore::new())];
    let stop = move || asked.fetch_add(1, Ordering::Relaxed) > 500;
    workload.run(&stores, &history, stop).await.unwrap();
    assert!(!history.is_empty());
}
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_store_keeps_its_promises() {
    for seed in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        // Two handles, as of two processes.
        let first: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
        let second: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).await.unwrap());
        let workload = Workload {
            seed,
            requests: 60,
            mix: Mix {
                dropped: 20,
                ..Mix::default()
            },
            ..Workload::default()
        };
        let report = run(workload, &[first, second]).await;
        assert!(report.is_clean(), "seed {seed}: {report}");
        assert!(report.tally.unknown > 20, "seed {seed}: {report}");
    }
}
