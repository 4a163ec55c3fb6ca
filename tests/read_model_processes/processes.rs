//! The processes of a scenario, which can be killed, stopped and ended.

use std::env;
use std::fs::OpenOptions;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::child::{ADDRESS, TASK, Task};
use crate::place::Place;

/// Nothing that is waited for takes longer, even on a machine with much else to do.
const ENDLESS: Duration = Duration::from_mins(2);

/// Waits until `holds`.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(ENDLESS, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(waited.await.is_ok(), "waited in vain until {what}");
}

/// A process that does not outlive the test, whatever becomes of that.
pub(crate) struct Process {
    child: Child,
    task: Task,
}

impl Process {
    /// Starts this program again, to do `task` on the store of `place`.
    pub(crate) fn start(place: &Place, task: Task) -> Self {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(place.log())
            .unwrap();
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "child::what_a_process_does", "--nocapture"])
            .env(ADDRESS, &place.address)
            .env(TASK, task.to_string())
            // When this ends, so does the process.
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, task }
    }

    /// Starts another one in its place, and gives this one.
    pub(crate) fn replace(&mut self, place: &Place) -> Self {
        std::mem::replace(self, Self::start(place, self.task))
    }

    /// Whether the worker of that name is a task of this process.
    pub(crate) fn is(&self, worker: &str) -> bool {
        let (pid, _) = worker.split_once('-').unwrap();
        pid == self.child.id().to_string()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// How it ended by itself, if it has: well, or not.
    pub(crate) fn ended(&mut self) -> Option<bool> {
        let status = self.child.try_wait().unwrap()?;
        Some(status.success())
    }

    /// Asks it to end in order, and waits until it has.
    pub(crate) async fn end(mut self, place: &Place) {
        drop(self.child.stdin.take());
        self.done(place).await;
    }

    /// Waits until it has ended well.
    pub(crate) async fn done(&mut self, place: &Place) {
        let mut well = None;
        until("a process ends", async || {
            well = self.ended();
            well.is_some()
        })
        .await;
        let log = place.log();
        assert_eq!(well, Some(true), "{} says why", log.display());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // If it is dead already, all is well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
