//! What becomes of a server whose program does not end as it should.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A program that owns a server.
fn owner() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eventide-rig"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Its server's folder, once it runs.
fn folder(owner: &mut Child) -> PathBuf {
    let mut line = String::new();
    let printed = owner.stdout.take().unwrap();
    BufReader::new(printed).read_line(&mut line).unwrap();
    let (_, folder) = line.trim().split_once(' ').unwrap();
    folder.into()
}

fn wait_gone(path: &Path) {
    let since = Instant::now();
    while path.exists() {
        let waited = since.elapsed();
        assert!(waited < Duration::from_secs(30), "{}", path.display());
        thread::sleep(Duration::from_millis(5));
    }
}

fn postmaster(folder: &Path) -> PathBuf {
    let file = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    Path::new("/proc").join(file.lines().next().unwrap())
}

#[test]
fn a_server_goes_when_its_program_is_killed() {
    let mut owner = owner().spawn().unwrap();
    let folder = folder(&mut owner);
    let postmaster = postmaster(&folder);
    assert!(postmaster.join("cwd").canonicalize().is_ok());
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_gone(&folder);
    assert!(postmaster.join("cwd").canonicalize().is_err());
}

#[test]
fn the_next_start_removes_what_a_killed_helper_left() {
    let mut first = owner().spawn().unwrap();
    let left = folder(&mut first);
    let postmaster = postmaster(&left);
    for helper in children(first.id()) {
        let comm = std::fs::read_to_string(format!("/proc/{helper}/comm")).unwrap();
        if comm.trim() == "sh" {
            let killed = Command::new("kill").args(["-KILL", &helper]).status();
            assert!(killed.unwrap().success());
        }
    }
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(left.exists() && postmaster.exists());

    let mut second = owner().spawn().unwrap();
    let own = folder(&mut second);
    assert!(!left.exists());
    assert!(own.exists());
    assert!(postmaster.join("cwd").canonicalize().is_err());
    drop(second.stdin.take());
    assert!(second.wait().unwrap().success());
    assert!(!own.exists());
}

#[test]
fn without_postgresql_the_error_says_what_to_do() {
    let output = owner()
        .env("EVENTIDE_PG_BIN", "/nowhere")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    let wanted = "cannot find PostgreSQL's `initdb` in /nowhere (EVENTIDE_PG_BIN); install it \
                  (`apt-get install postgresql`), or name the folder of its programs in \
                  EVENTIDE_PG_BIN\n";
    assert_eq!(error, wanted);
}

fn children(parent: u32) -> Vec<String> {
    let status = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/status"));
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|pid| {
            status(pid).is_ok_and(|it| it.lines().any(|line| line == format!("PPid:\t{parent}")))
        })
        .collect()
}
