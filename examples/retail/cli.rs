//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Turns a shop's sales documents into orders and credit notes, and tells how the shop does.
#[derive(Debug, Parser)]
#[command(name = "retail")]
pub struct Args {
    /// The documents: CSV, gzipped or plain. Without it, a small sample.
    pub path: Option<PathBuf>,
    /// Where the events are kept.
    #[arg(long, value_name = "FILE", default_value = "retail.db", global = true)]
    pub store: PathBuf,
    /// Print the figures as one line of JSON at the end.
    #[arg(long)]
    pub json: bool,
    #[command(subcommand)]
    pub task: Option<Task>,
}

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Print a document's history and its state.
    Show {
        /// The document's number, such as 536365 or C536379.
        document: String,
        /// Show it as it was at this version.
        #[arg(long, value_name = "VERSION")]
        at: Option<u64>,
    },
    /// Read the whole log again and check every promise.
    Verify,
}
