//! The folder of a server, removed with all that runs in it when its owner goes.

use std::env;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::processes;
use crate::programs::User;

const PREFIX: &str = "eventide-rig-";

/// A path to a socket may have about 100 bytes; ours adds up to 80 to the parent.
const LONGEST_PARENT: usize = 24;

/// A folder that a helper process removes as soon as its owner is dropped or dead: it waits at a
/// pipe whose other end is ours, and a dead process has no pipes.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    sweeper: Child,
}

impl Folder {
    pub(crate) fn create(in_memory: bool, user: Option<User>) -> Result<Self> {
        let parent = parent(in_memory)?;
        sweep_stale(&parent, user);
        let path = parent.join(name()?);
        let create = Error::io(format!("create the folder {}", path.display()));
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(create)?;
        // From here on the folder goes when `folder` is dropped.
        let folder = match sweeper(&path, Stdio::piped()) {
            Ok(sweeper) => Self { path, sweeper },
            Err(error) => {
                fs::remove_dir(&path).map_err(Error::io("remove a folder"))?;
                return Err(error);
            }
        };
        if let Some(User { uid, gid }) = user {
            let give = Error::io(format!("give {} to user {uid}", folder.path.display()));
            chown(&folder.path, Some(uid), Some(gid)).map_err(give)?;
        }
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("log")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Closing the pipe is the sign to sweep; `wait` closes it first.
        let swept = self.sweeper.wait().is_ok_and(|status| status.success());
        if !swept {
            // Someone killed the sweeper. A second one does it now, or the next server's start.
            let _ = sweeper(&self.path, Stdio::null()).and_then(|mut second| {
                second
                    .wait()
                    .map_err(Error::io("wait for the removal of a folder"))
            });
        }
    }
}

fn parent(in_memory: bool) -> Result<PathBuf> {
    let wanted = if in_memory {
        PathBuf::from("/dev/shm")
    } else {
        env::temp_dir()
    };
    // The sweeper and `/proc` compare real paths.
    let canonical = wanted
        .canonicalize()
        .map_err(Error::io(format!("find the folder {}", wanted.display())))?;
    if canonical.as_os_str().as_bytes().len() > LONGEST_PARENT {
        return Ok(PathBuf::from("/tmp"));
    }
    Ok(canonical)
}

/// Names its owner, so that anyone can see whether that one still lives: the namespace in which
/// its process id holds, the id, and when it began.
fn name() -> Result<String> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let pid = this_process();
    let began = processes::began(pid).ok_or_else(no_proc)?;
    let namespace = namespace().ok_or_else(no_proc)?;
    Ok(format!("{PREFIX}{namespace}-{pid}-{began}-{number}"))
}

fn this_process() -> i32 {
    rustix::process::getpid().as_raw_pid()
}

fn no_proc() -> Error {
    let why = io::Error::new(io::ErrorKind::Unsupported, "no such entry");
    Error::io("read this process's entry in /proc")(why)
}

fn namespace() -> Option<u64> {
    fs::metadata("/proc/self/ns/pid").ok().map(|it| it.ino())
}

fn sweeper(folder: &Path, stdin: Stdio) -> Result<Child> {
    Command::new("sh")
        .args(["-c", include_str!("sweep.sh"), "sweep"])
        .arg(folder)
        .current_dir("/")
        .process_group(0)
        .stdin(stdin)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(Error::io("run `sh`"))
}

/// Removes what is left of dead owners whose sweeper was killed with them. No error of it is an
/// error of the start: another start may be removing the same folder.
fn sweep_stale(parent: &Path, user: Option<User>) {
    let me = rustix::process::geteuid().as_raw();
    let owners = [me, user.map_or(me, |user| user.uid)];
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let mine = entry
            .metadata()
            .is_ok_and(|it| it.is_dir() && owners.contains(&it.uid()));
        if mine && entry.file_name().to_str().is_some_and(is_stale) {
            let _ = sweeper(&entry.path(), Stdio::null()).and_then(|mut sweeper| {
                sweeper
                    .wait()
                    .map_err(Error::io("wait for the removal of a folder"))
            });
        }
    }
}

fn is_stale(name: &str) -> bool {
    let owner = name.strip_prefix(PREFIX).and_then(|name| {
        let mut parts = name.split('-');
        let namespace: u64 = parts.next()?.parse().ok()?;
        let pid: i32 = parts.next()?.parse().ok()?;
        let began: u64 = parts.next()?.parse().ok()?;
        Some((namespace, pid, began))
    });
    // Of another namespace nobody here can tell.
    owner.is_some_and(|(space, pid, began)| {
        Some(space) == namespace() && processes::began(pid) != Some(began)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_dead_owner_in_this_namespace_is_stale() {
        let mine = name().unwrap();
        assert!(!is_stale(&mine));
        let space = namespace().unwrap();
        let began = processes::began(this_process()).unwrap();
        let id = this_process();
        assert!(is_stale(&format!("{PREFIX}{space}-{id}-{}-0", began + 1)));
        assert!(!is_stale(&format!(
            "{PREFIX}{}-{id}-{}-0",
            space + 1,
            began + 1
        )));
        assert!(!is_stale("eventide-rig-notes"));
    }
}
