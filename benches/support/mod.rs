//! What every table of ratios needs: its arguments, its rounds, its rows.

mod args;
pub(crate) mod cpu;
mod rounds;
mod table;

pub(crate) use args::Args;
pub(crate) use rounds::{Results, interleaved};
pub(crate) use table::Table;
