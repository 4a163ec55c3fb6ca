//! Several processes on one file, and processes that die.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail by panicking, and a child speaks to its parent by its output"
)]

mod support;

use std::collections::HashSet;
use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::thread;

use eventide_core::store::{AppendRequest, Direction, EventStore, LogQuery, PageSize};
use eventide_core::{Position, RecordedEvent, StreamId};
use eventide_sqlite::SqliteStore;
use support::{Folder, append, stream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

/// Set in the processes that these tests start: the file to append to.
const FILE: &str = "EVENTIDE_TEST_FILE";

/// Starts this program again, to run only the test `name` on `file`.
fn start(name: &str, file: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap()
}

fn first_id(request: &AppendRequest) -> String {
    let part = request.streams.first().unwrap();
    part.events.first().unwrap().id.to_string()
}

/// Appends three events at a time from eight tasks and says so, `appends` times each.
async fn append_and_tell(store: &SqliteStore, who: &str, appends: usize) {
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        let (store, who) = (store.clone(), who.to_owned());
        tasks.spawn(async move {
            for _ in 0..appends {
                let shared = append(&stream("shared"), 3);
                let own = append(&stream(&format!("{who} {task}")), 3);
                for request in [shared, own] {
                    let id = first_id(&request);
                    store.append(request).await.unwrap();
                    println!("acknowledged {id}");
                }
            }
        });
    }
    tasks.join_all().await;
}

async fn whole_log(store: &SqliteStore, direction: Direction) -> Vec<RecordedEvent> {
    let mut events = Vec::new();
    let mut query = LogQuery {
        direction,
        ..LogQuery::default()
    };
    query.page = PageSize::new(100);
    loop {
        let page = store.read_log(query.clone()).await.unwrap();
        events.extend(page.events);
        if !page.more {
            return events;
        }
        query.from = Some(page.next);
    }
}

/// Versions without holes, positions and times that never decrease, appends in one piece.
fn assert_sound(log: &[RecordedEvent]) {
    let mut versions = std::collections::HashMap::<&StreamId, u64>::new();
    let mut last = (Position::START, None);
    for event in log {
        let version = versions.entry(&event.stream).or_default();
        *version += 1;
        assert_eq!(event.version.get(), *version, "{}", event.stream);
        let this = (event.position, Some(event.recorded_at));
        assert!(
            this.0 > last.0 && this.1 >= last.1,
            "{this:?} after {last:?}"
        );
        last = this;
    }
    assert!(log.len().is_multiple_of(3));
    for (number, append) in log.chunks(3).enumerate() {
        let same = append
            .iter()
            .all(|event| Some(&event.stream) == append.first().map(|e| &e.stream));
        assert!(same, "append {number} is torn");
    }
}

#[test]
fn what_a_killed_process_acknowledged_is_kept() {
    if let Some(file) = env::var_os(FILE) {
        return runtime().block_on(async {
            let store = SqliteStore::open(file).await.unwrap();
            append_and_tell(&store, "child", usize::MAX).await;
        });
    }
    let folder = Folder::new();
    let mut acknowledged = HashSet::new();
    for enough in [1, 50, 400] {
        let mut child = start("what_a_killed_process_acknowledged_is_kept", &folder.file());
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut heard = 0;
        while let Some(Ok(line)) = said.next() {
            if let Some(id) = line.strip_prefix("acknowledged ") {
                acknowledged.insert(id.to_owned());
                heard += 1;
            }
            if heard == enough {
                child.kill().unwrap();
            }
        }
        assert!(heard >= enough, "the child ended by itself");
        child.wait().unwrap();
    }
    runtime().block_on(async {
        let store = SqliteStore::open(folder.file()).await.unwrap();
        let log = whole_log(&store, Direction::Forwards).await;
        assert_sound(&log);
        let ids: HashSet<_> = log.iter().map(|event| event.id.to_string()).collect();
        assert_eq!(ids.len(), log.len(), "an event is there twice");
        let lost: Vec<_> = acknowledged.difference(&ids).collect();
        assert_eq!(lost, [""; 0], "acknowledged, and lost");
    });
}

#[test]
fn two_processes_append_to_one_file() {
    if let Some(file) = env::var_os(FILE) {
        return runtime().block_on(async {
            let store = SqliteStore::open(file).await.unwrap();
            append_and_tell(&store, "child", 20).await;
            store.close().await.unwrap();
        });
    }
    let folder = Folder::new();
    runtime().block_on(async {
        let store = SqliteStore::open(folder.file()).await.unwrap();
        let child = start("two_processes_append_to_one_file", &folder.file());
        append_and_tell(&store, "parent", 20).await;
        let said = child.wait_with_output().unwrap();
        assert!(said.status.success());
        let log = whole_log(&store, Direction::Forwards).await;
        assert_eq!(log.len(), 2 * 8 * 20 * 2 * 3);
        assert_sound(&log);
        let mut backwards = whole_log(&store, Direction::Backwards).await;
        backwards.reverse();
        assert_eq!(backwards, log);
    });
}

#[test]
fn a_new_file_is_opened_by_many_at_once() {
    for _ in 0..10 {
        let folder = Folder::new();
        let all = Barrier::new(6);
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    all.wait();
                    runtime().block_on(async {
                        let store = SqliteStore::open(folder.file()).await.unwrap();
                        store.append(append(&stream("a"), 1)).await.unwrap();
                    });
                });
            }
        });
        let version = runtime().block_on(async {
            let store = SqliteStore::open(folder.file()).await.unwrap();
            store.stream_version(&stream("a")).await.unwrap()
        });
        assert_eq!(version.get(), 6);
    }
}
