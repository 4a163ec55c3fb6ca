//! Processes that are killed amid their appends, on one file and one history.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use eventide_core::store::Store;
use eventide_history::record::read;
use eventide_history::{End, Entry, History, Mix, Workload, check};
use eventide_sqlite::SqliteStore;

const FOLDER: &str = "EVENTIDE_HISTORY_FOLDER";
const LIFE: &str = "EVENTIDE_HISTORY_LIFE";

fn files(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("history.db"), folder.join("history.jsonl"))
}

/// What the other test starts as a process, and kills. By itself it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_life() {
    let Ok(folder) = env::var(FOLDER) else { return };
    let life: u32 = env::var(LIFE).unwrap().parse().unwrap();
    let (database, history) = files(Path::new(&folder));
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&database).await.unwrap());
    let workload = Workload {
        seed: u64::from(life),
        first: life * 100,
        clients: 4,
        requests: 20_000,
        mix: Mix {
            repeats: 10,
            ..Mix::default()
        },
        ..Workload::default()
    };
    let history = History::to_file(&history).unwrap();
    workload.run(&[store], &history, || false).await.unwrap();
}

/// A process that does not outlive the test, whatever becomes of that.
struct Life(Child);

impl Drop for Life {
    fn drop(&mut self) {
        // If it is dead already, all is well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(folder: &Path, life: u32) -> Life {
    let process = Command::new(env::current_exe().unwrap())
        .args(["--exact", "killed::a_life"])
        .env(FOLDER, folder)
        .env(LIFE, life.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    Life(process)
}

fn answers(history: &Path) -> usize {
    let entries = read(history).unwrap_or_default();
    let answers = entries
        .iter()
        .filter(|entry| matches!(entry, Entry::Answered { .. }));
    answers.count()
}

#[tokio::test]
async fn what_was_acknowledged_outlives_its_process() {
    const LIVES: u32 = 6;
    let folder = tempfile::tempdir().unwrap();
    let (database, history) = files(folder.path());
    // Two lives at a time; one of them is killed, and the next begins beside the other.
    let mut living = start(folder.path(), 0);
    for life in 1..LIVES {
        let next = start(folder.path(), life);
        let until = answers(&history) + 150;
        while answers(&history) < until {
            assert!(
                living.0.try_wait().unwrap().is_none(),
                "life {life} ended by itself"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The one before it is killed.
        living = next;
    }
    drop(living);

    let entries = read(&history).unwrap();
    let store = SqliteStore::open(&database).await.unwrap();
    let end = End::read(&store, &entries).await.unwrap();
    let report = check(&entries, &end);
    assert!(report.is_clean(), "{report}");
    assert!(report.tally.acknowledged > 200, "{report}");
}
