//! Work in a process of its own, whose memory is nobody else's.

use std::process::Command;
use std::{env, fs};

use serde_json::json;

use super::Table;

/// What such a process works on.
const WORK: &str = "EVENTIDE_BENCH_ALONE";

/// What this process is to work on and nothing else, if it is such a one. In the end it
/// [tells](tell) the most memory it had.
pub(crate) fn asked() -> Option<String> {
    env::var(WORK).ok()
}

pub(crate) fn tell() {
    println!("{}", peak());
}

/// A row for the most memory that the work took: not more than so many MiB.
pub(crate) fn memory(table: &mut Table, name: &str, work: &str, at_most: u32) {
    let this = env::current_exe().unwrap();
    let output = Command::new(this).env(WORK, work).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let peak: u32 = text.trim().parse().expect("it prints a number");
    let text = format!("{peak} MiB at most");
    table.at_most(
        name,
        &text,
        (f64::from(peak), f64::from(at_most)),
        json!({ "peak_mib": peak }),
    );
}

/// The most memory this process has had, in MiB.
pub(crate) fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}
