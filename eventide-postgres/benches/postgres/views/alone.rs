//! Catching up in a process of its own, whose memory is nobody else's.

use std::env;
use std::process::Command;

use serde_json::json;
use tokio::runtime::Runtime;

use super::ours::Ours;
use crate::memory::peak;
use crate::support::Table;

/// Where that process finds the log.
const URL: &str = "EVENTIDE_BENCH_VIEW_URL";

/// In MiB.
const AT_MOST: u32 = 200;

/// If this is such a process: does it, and prints the most memory it had.
pub(crate) fn is_catching_up_alone() -> bool {
    let Ok(url) = env::var(URL) else {
        return false;
    };
    Runtime::new().unwrap().block_on(async {
        let ours = Ours::open(&url, 1).await;
        ours.reset().await;
        ours.catch_up().await;
        ours.close().await;
    });
    println!("{}", peak());
    true
}

pub(crate) fn memory(table: &mut Table, name: &str, address: &str) {
    let this = env::current_exe().unwrap();
    let output = Command::new(this).env(URL, address).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let peak: u32 = text.trim().parse().expect("it prints a number");
    let text = format!("{peak} MiB at most");
    table.at_most(
        name,
        &text,
        (f64::from(peak), f64::from(AT_MOST)),
        json!({ "peak_mib": peak }),
    );
}
