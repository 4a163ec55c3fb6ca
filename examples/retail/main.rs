//! A shop's year on eventide: real sales documents become commands, events, state and figures.
//!
//! `cargo run --release --example retail -- [PATH] [--store FILE] [--json]` imports a file of the UCI
//! *Online Retail* data set (Chen 2015, doi 10.24432/C5BW33, CC BY 4.0), gzipped or plain; without a
//! path, a small sample with the same oddities. It can be killed at any moment and started again.

#![allow(
    unreachable_pub,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program, not a library: it talks to people, and its modules to each other"
)]

mod cli;
mod commands;
mod domain;
mod figures;
mod import;
mod input;
mod plan;
mod progress;
mod report;
mod show;
mod verify;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use eventide::prelude::*;

use cli::{Args, Task};
use domain::Retail;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let store = match args.task {
        None => SqliteStore::open(&args.store).await,
        Some(_) => SqliteStore::open_read_only(&args.store).await,
    };
    let store = store.with_context(|| format!("store {}", args.store.display()))?;
    let app = App::<Retail>::new(store.clone());
    let code = match args.task {
        None => {
            let source = input::Source::new(args.path);
            report::print(&import::run(&app, &source).await?, args.json)?;
            ExitCode::SUCCESS
        }
        Some(Task::Show { document, at }) => show::print(&app, &document, at).await?,
        Some(Task::Verify) => verify::run(&app).await?,
    };
    store.close().await?;
    Ok(code)
}
