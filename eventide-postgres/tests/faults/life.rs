//! Processes that work on a store, which can be killed and stopped.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use eventide_core::store::Store;
use eventide_history::record::read;
use eventide_history::{Entry, History, Mix, Workload};
use rustix::process::{Pid, Signal, kill_process};

use crate::chaos::{Chaos, options, until_it};

const URL: &str = "EVENTIDE_FAULTS_URL";
const HISTORY: &str = "EVENTIDE_FAULTS_HISTORY";
const SEED: &str = "EVENTIDE_FAULTS_SEED";
const LIFE: &str = "EVENTIDE_FAULTS_LIFE";

/// The clients of a life have numbers of their own.
const CLIENTS: u32 = 100;

/// What the other tests start as a process. By itself it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_life() {
    let Ok(url) = env::var(URL) else { return };
    let number = |name| env::var(name).unwrap().parse::<u32>().unwrap();
    let life = number(LIFE);
    let store: Arc<dyn Store> = Arc::new(options().open(&url).await.unwrap());
    let workload = Workload {
        seed: u64::from(number(SEED) * CLIENTS + life),
        first: life * CLIENTS,
        clients: 4,
        requests: u32::MAX,
        mix: Mix {
            repeats: 10,
            ..Mix::default()
        },
        ..Workload::default()
    };
    let history = History::to_file(Path::new(&env::var(HISTORY).unwrap())).unwrap();
    workload.run(&[store], &history, || false).await.unwrap();
}

/// The history that the lives of a test share.
pub(crate) struct Lives<'a> {
    chaos: &'a Chaos,
    file: PathBuf,
}

impl<'a> Lives<'a> {
    pub(crate) fn new(chaos: &'a Chaos, name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let file = folder.join(format!("{name}-{}-lives.jsonl", chaos.seed));
        // What an earlier run left.
        let _ = std::fs::remove_file(&file);
        Self { chaos, file }
    }

    pub(crate) fn start(&self, life: u32) -> Life {
        let process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "life::a_life"])
            .env(URL, self.chaos.url())
            .env(HISTORY, &self.file)
            .env(SEED, self.chaos.seed.to_string())
            .env(LIFE, life.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Life { process, life }
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        read(&self.file).unwrap_or_default()
    }

    /// Waits until `life` has got `answers` further.
    pub(crate) async fn answered(&self, life: &mut Life, answers: usize) {
        let until = self.answers(life.life) + answers;
        until_it("a process gets answers", async || {
            let ended = life.process.try_wait().unwrap();
            assert!(ended.is_none(), "life {} ended by itself", life.life);
            self.answers(life.life) >= until
        })
        .await;
    }

    fn answers(&self, life: u32) -> usize {
        let of_life = |entry: &&Entry| matches!(entry, Entry::Answered { op, .. } if op.client / CLIENTS == life);
        self.entries().iter().filter(of_life).count()
    }
}

/// A process that does not outlive the test, whatever becomes of that.
pub(crate) struct Life {
    process: Child,
    life: u32,
}

impl Life {
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.process);
        kill_process(pid, signal).unwrap();
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // If it is dead already, all is well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
