//! What every table of ratios needs: its arguments, its rounds, its rows.
#![allow(
    dead_code,
    unused_imports,
    reason = "each table uses its share of this"
)]

pub(crate) mod alone;
mod args;
pub(crate) mod cpu;
mod latency;
mod rounds;
mod table;

pub(crate) use args::Args;
pub(crate) use latency::{Latencies, Percentiles};
pub(crate) use rounds::{Results, interleaved};
pub(crate) use table::{Cpu, Table};
