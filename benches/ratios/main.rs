//! How fast eventide is, as ratios to hand-written programs that do the same work.
//!
//! Absolute figures are of one machine and one moment; the ratio of two contestants that took turns
//! is worth more. A ratio above 1 means faster than the hand-written program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark has no caller to answer to"
)]

mod append;
mod by_hand;
mod counting;
mod fold;
mod load;
mod order;
mod samples;
#[path = "../support/mod.rs"]
mod support;
mod twin;
mod upcast;
mod views;

use std::process::ExitCode;

use support::{Args, Table};

fn main() -> ExitCode {
    if views::is_catching_up_alone() {
        return ExitCode::SUCCESS;
    }
    let args = Args::read();
    let mut table = Table::begin("per operation");
    fold::run(&args, &mut table);
    upcast::run(&args, &mut table);
    append::run(&args, &mut table);
    load::run(&args, &mut table);
    views::run(&args, &mut table);
    if table.finish(&args) > 0 && args.check {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
