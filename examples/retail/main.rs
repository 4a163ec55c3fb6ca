//! A shop's year on eventide: real sales documents become commands, events, state and figures.
//!
//! `cargo run --release --example retail -- [PATH] [--store ADDRESS] [--json]` imports a file of the UCI
//! *Online Retail* data set (Chen 2015, doi 10.24432/C5BW33, CC BY 4.0), gzipped or plain; without a
//! path, a small sample with the same oddities. It can be killed at any moment and started again. The
//! store is a file, or with `--features postgres` an address, `postgres://…?migrate=on-open`.
//!
//! What is asked of the shop is kept in views, and in tables of its own for `retail best-sellers`.
//! `retail projections` brings them up to date and says how they are doing, `retail projections
//! --watch` goes on with it.
//!
//! Its events changed since version 1. `retail history` takes in what version 1 recorded, and
//! `retail schema` looks after `eventide.lock`, which says what is stored of every event.

#![allow(
    unreachable_pub,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program, not a library: it talks to people, and its modules to each other"
)]

mod best_sellers;
mod cli;
mod commands;
mod copy;
mod domain;
mod figures;
mod history;
mod import;
mod input;
mod opened;
mod plan;
mod progress;
mod projections;
mod report;
mod schema;
mod show;
mod verify;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use eventide::prelude::*;

use cli::{Args, Task};
use domain::{PriceList, Retail};
use opened::Opened;

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
    let store = args.store;
    let prices = PriceList::bundled().context("the price list")?;
    if let Some(Task::Schema { lock, json, task }) = args.task {
        return schema::run(task, lock, &store, &prices, json).await;
    }
    if let Some(Task::Copy { to, json }) = &args.task {
        copy::run(&store, to, *json).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let writes = matches!(
        args.task,
        None | Some(Task::History { .. } | Task::Projections { .. } | Task::BestSellers(_))
    );
    let opened = Opened::open(&store, writes).await?;
    let app = App::<Retail>::with_services(opened.store(), prices.clone()).build();
    if writes {
        app.check_schema().await?;
    }
    let code = match args.task {
        Some(Task::Show { document, at }) => show::print(&app, &document, at).await?,
        Some(Task::Projections { watch, task }) => {
            let best_sellers = opened.best_sellers(&app).await?;
            projections::run(&app, &best_sellers, watch, task).await?;
            ExitCode::SUCCESS
        }
        Some(Task::BestSellers(asked)) => {
            best_sellers::run(&opened.best_sellers(&app).await?, asked).await?;
            ExitCode::SUCCESS
        }
        Some(Task::Verify) => verify::run(&app).await?,
        Some(Task::History { path, json }) => {
            let history = history::History::new(path);
            let taken_in = history::take_in(&app, &history).await?;
            report::history(&taken_in, prices.asked(), json)?;
            ExitCode::SUCCESS
        }
        Some(Task::Schema { .. } | Task::Copy { .. }) | None => {
            let source = input::Source::new(args.path);
            report::import(&import::run(&app, &source).await?, args.json)?;
            ExitCode::SUCCESS
        }
    };
    opened.store().close().await?;
    Ok(code)
}
