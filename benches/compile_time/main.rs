//! What the macros cost: the CPU time of compiling a domain of 200 events with eventide, as a ratio
//! to the same domain written by hand.
//!
//! Then what the lock costs: the same events with three versions each, with a lock of 600 blocks and
//! without one.
//!
//! Only the last crate is compiled anew for each sample, and incrementally only where that is
//! measured; cargo's own time is taken off. Needs Linux, which tells the CPU time of finished processes in `/proc`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark has no caller to answer to"
)]

mod by_hand;
mod crates;
mod domain;
mod lock;
#[path = "../support/mod.rs"]
mod support;
mod with_eventide;

use std::process::ExitCode;

use crates::Crate;
use support::{Args, Table, interleaved};

fn main() -> ExitCode {
    let args = Args::read();
    let ours = Crate::write("ours", &with_eventide::source());
    let twin = Crate::write("twin", &by_hand::source());
    let mut table = Table::begin("CPU seconds of rustc, 200 events");
    for (name, command) in [("cargo check", "check"), ("cargo build", "build")] {
        if args.wants(name) {
            let sample = |of: &Crate| of.compile(command);
            let rounds = args.size(5, 3);
            let results = interleaved(rounds, || sample(&ours), || sample(&twin));
            // At most one and a half times as long.
            table.row(name, 1, results, Some(1.0 / 1.5));
        }
    }
    contests_of_the_lock(&args, &mut table);
    if table.finish(&args) > 0 && args.check {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn contests_of_the_lock(args: &Args, table: &mut Table) {
    const UNRELATED: &str = "src/unrelated.rs";
    let ours = Crate::write("locked", &with_eventide::versioned(true))
        .with("eventide.lock", &lock::text())
        .with(UNRELATED, "");
    let twin = Crate::write("unlocked", &with_eventide::versioned(false)).with(UNRELATED, "");
    let rounds = args.size(7, 3);
    let name = "with a lock, against none";
    if args.wants(name) {
        let sample = |of: &Crate| of.compile("check");
        let results = interleaved(rounds, || sample(&ours), || sample(&twin)).of_the_fastest();
        // At most one second longer.
        let without = results.twin.time.as_secs_f64();
        table.row(name, 1, results, Some(without / (without + 1.0)));
    }
    let name = "with a lock, an unrelated file changed";
    if args.wants(name) {
        let sample = |of: &Crate| of.check_again(UNRELATED);
        let results = interleaved(rounds, || sample(&ours), || sample(&twin));
        table.row(name, 1, results, Some(0.85));
    }
}
