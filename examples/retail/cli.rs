//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::schema::Against;

/// Turns a shop's sales documents into orders and credit notes, and tells how the shop does.
#[derive(Debug, Parser)]
#[command(name = "retail")]
pub struct Args {
    /// The documents: CSV, gzipped or plain. Without it, a small sample.
    pub path: Option<PathBuf>,
    /// Where the events are kept: a file, or `postgres://user@host/database`.
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "retail.db",
        global = true
    )]
    pub store: String,
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
    /// Take in events that an earlier version of this program recorded, as they were.
    History {
        /// The events, one line of JSON each. Without it, those of version 1 for the sample.
        path: Option<PathBuf>,
        /// Print the figures as one line of JSON at the end.
        #[arg(long)]
        json: bool,
    },
    /// Move the shop: copy the store's log to another address, and verify the copy.
    Copy {
        /// Where to: a new store, or one that a copy of this one was begun in.
        to: String,
        /// Print the figures as one line of JSON at the end.
        #[arg(long)]
        json: bool,
    },
    /// Name the articles that sell best, by pieces and by revenue, of confirmed orders.
    BestSellers(BestSellers),
    /// Bring the views and the best sellers up to date and say how they are doing, or look after them.
    Projections {
        /// Keep them up to date until Ctrl-C, and say how they are doing every second.
        #[arg(long)]
        watch: bool,
        #[command(subcommand)]
        task: Option<ProjectionsTask>,
    },
    /// Look after the schema lock: what is stored of every event.
    Schema {
        /// The lock; without it, the one that the program was compiled with.
        #[arg(long, value_name = "FILE", global = true)]
        lock: Option<PathBuf>,
        /// Print what there is to say as one line of JSON.
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        task: SchemaTask,
    },
}

#[derive(Debug, clap::Args)]
pub struct BestSellers {
    /// Only of orders to this country.
    #[arg(long)]
    pub country: Option<String>,
    /// Only of orders confirmed in this month, such as `2010-12`.
    #[arg(long)]
    pub month: Option<String>,
    /// How many articles to name.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub limit: u32,
    /// Print them as one line of JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum ProjectionsTask {
    /// Build a view anew beside the one that serves, and let it serve.
    Rebuild {
        /// The view's name, such as `country-sales`. A projection is built anew by another version.
        view: String,
    },
    /// Build a view anew and say in which documents it differs from the one that serves.
    Diff {
        /// The view's name.
        view: String,
    },
    /// List the keys whose events could not be handled, and why.
    Parked,
    /// Try the events of a parked key again.
    Retry {
        /// The key.
        key: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum SchemaTask {
    /// Say how the program differs from its lock, and in which order to deploy.
    Check {
        /// Another lock: `file:PATH`, or `git:REVISION` for the lock of that revision.
        #[arg(long, value_name = "LOCK")]
        against: Option<Against>,
    },
    /// Write into the lock what the program is.
    Accept {
        /// Mark all of it published: from then on it does not change.
        #[arg(long)]
        published: bool,
    },
    /// Take events out of the store into the lock's goldens.
    Sample {
        /// How many of each event version at most.
        #[arg(long, value_name = "N")]
        count: usize,
    },
    /// Say how many events of each version are stored, and which steps nobody needs any more.
    Report,
}
