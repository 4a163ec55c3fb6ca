//! The processes of a server, found by the folder they work in.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

use crate::error::{Error, Result};

/// All that work in `data`. A process group does not say it: each backend makes its own. Nor does
/// the parent: a backend outlives its postmaster for a while.
pub(crate) fn working_in(data: &Path) -> Result<Vec<i32>> {
    let entries = fs::read_dir("/proc").map_err(Error::io("list the processes in /proc"))?;
    Ok(entries
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let folder = fs::read_link(entry.path().join("cwd")).ok()?;
            (folder == data).then_some(pid)
        })
        .collect())
}

/// Sends `signal`; a process that has ended meanwhile is no error.
pub(crate) fn send(pid: i32, signal: Signal) -> Result<()> {
    let target = Pid::from_raw(pid).ok_or(Error::NoSuchBackend { pid })?;
    match kill_process(target, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(source) => Err(Error::io(format!("signal process {pid}"))(source.into())),
    }
}

/// What process `pid` does, as in `ps`: `T` is stopped.
pub(crate) fn state(pid: i32) -> Option<char> {
    field(pid, 0)?.chars().next()
}

/// When process `pid` began, in ticks since boot: with it, a process id names one process for ever.
pub(crate) fn began(pid: i32) -> Option<u64> {
    field(pid, 19)?.parse().ok()
}

/// A field of `/proc/<pid>/stat`, counted from the one after the name: that one stands in
/// parentheses and may hold anything.
fn field(pid: i32, index: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(index).map(str::to_owned)
}
