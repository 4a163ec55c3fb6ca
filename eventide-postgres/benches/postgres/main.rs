//! How fast the store is on PostgreSQL, as ratios to hand-written programs that do the same inserts
//! in the same tables of the same server, with the same constraints and durability.
//!
//! Absolute figures are of one machine and one moment; the ratio of two contestants that took turns
//! is worth more. A ratio above 1 means faster than the hand-written program.
//!
//! `cargo bench -p eventide-postgres --bench postgres -- [names] [--quick] [--full] [--json FILE]`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark has no caller to answer to"
)]

mod append;
#[path = "../../../benches/ratios/by_hand.rs"]
#[allow(dead_code, reason = "another table uses the rest")]
mod by_hand;
mod clients;
mod fill;
mod growth;
#[path = "../../../benches/ratios/views/history.rs"]
mod history;
mod load;
mod log;
mod memory;
mod native;
#[path = "../../../benches/ratios/order.rs"]
mod order;
#[path = "../../../benches/ratios/samples.rs"]
mod samples;
mod server;
#[path = "../../../benches/support/mod.rs"]
mod support;
#[path = "../../../benches/ratios/views/totals.rs"]
mod totals;
#[path = "../../../benches/ratios/views/by_hand.rs"]
mod totals_by_hand;
mod twin;
mod views;

use std::process::ExitCode;

use server::Bench;
use support::{Args, Table};

fn main() -> ExitCode {
    if views::is_catching_up_alone() {
        return ExitCode::SUCCESS;
    }
    let args = Args::read();
    let bench = Bench::start(&args);
    let about = bench.describe();
    let mut table = Table::begin("per operation");
    table.about("server", about);
    append::run(&args, &bench, &mut table);
    load::run(&args, &bench, &mut table);
    log::run(&args, &bench, &mut table);
    growth::run(&args, &bench, &mut table);
    memory::run(&args, &bench, &mut table);
    views::run(&args, &bench, &mut table);
    if table.finish(&args) > 0 && args.check {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
