//! `retail projections`: how the views are doing, and what can be done about them.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, bail};
use eventide::Domain;
use eventide::domain::ViewVisitor;
use eventide::prelude::*;
use eventide::read_model::{
    PartitionState, ReadModelError, ReadModelOptions, ReadModelStatus, Retried, RunningReadModels,
};
use eventide::store::StoreErrorKind;
use eventide::subscription::ParkedKey;
use eventide::view::{Differences, Rebuild, ViewOf};
use tokio::time::{Instant, sleep};

use crate::cli::ProjectionsTask;
use crate::domain::views::{CountrySales, MonthlySales, OrderSummary};
use crate::domain::{PriceList, Retail};
use crate::progress::Progress;

/// How often `--watch` says how the views are doing.
const EVERY: Duration = Duration::from_secs(1);

/// How long a rebuild that is killed is in the way of the next one.
const LEASE: Duration = Duration::from_secs(3);

/// The most parked keys of a view that are listed.
const LISTED: u32 = 1_000;

/// Does `$run::<V>($app, ..)` for the view called `$name`.
macro_rules! for_view {
    ($name:expr, $run:ident($($argument:expr),*)) => {
        match $name {
            name if name == OrderSummary::INFO.name => $run::<OrderSummary>($($argument),*).await,
            name if name == CountrySales::INFO.name => $run::<CountrySales>($($argument),*).await,
            name if name == MonthlySales::INFO.name => $run::<MonthlySales>($($argument),*).await,
            other => bail!("there is no view `{other}`; there are {}", names().join(", ")),
        }
    };
}

pub async fn run(
    app: &App<Retail>,
    watch: bool,
    task: Option<ProjectionsTask>,
) -> anyhow::Result<()> {
    match task {
        None => status(app, watch).await,
        Some(ProjectionsTask::Rebuild { view }) => for_view!(view, rebuild(app)),
        Some(ProjectionsTask::Diff { view }) => for_view!(view, diff(app)),
        Some(ProjectionsTask::Parked) => {
            for view in names() {
                for_view!(view, parked(app))?;
            }
            Ok(())
        }
        Some(ProjectionsTask::Retry { key }) => {
            let mut found = false;
            for view in names() {
                found |= for_view!(view, retry(app, &key))?;
            }
            if !found {
                bail!("no view has parked `{key}`; `retail projections parked` lists the keys");
            }
            Ok(())
        }
    }
}

/// Brings all views up to date, and gives them back.
pub async fn catch_up(app: &App<Retail>) -> anyhow::Result<()> {
    let mut views = app.run_views(ReadModelOptions::default()).await?;
    views.caught_up().await?;
    views.stop().await?;
    Ok(())
}

fn names() -> Vec<&'static str> {
    struct Names(Vec<&'static str>);
    impl ViewVisitor<Retail> for Names {
        fn visit<V: ViewOf<Retail>>(&mut self) {
            self.0.push(V::INFO.name);
        }
    }
    let mut names = Names(Vec::new());
    Retail::visit_views(&mut names);
    names.0
}

async fn status(app: &App<Retail>, watch: bool) -> anyhow::Result<()> {
    let mut views = app.run_views(ReadModelOptions::default()).await?;
    if !watch {
        views.caught_up().await?;
        print(&views).await?;
        return views.stop().await.context("the views");
    }
    let stopped = tokio::signal::ctrl_c();
    tokio::pin!(stopped);
    loop {
        print(&views).await?;
        tokio::select! {
            _ = &mut stopped => break,
            failed = views.failed() => failed.context("the views")?,
            () = sleep(EVERY) => {}
        }
    }
    views.stop().await.context("the views")
}

async fn print(views: &RunningReadModels) -> anyhow::Result<()> {
    let out = &mut io::stdout().lock();
    writeln!(
        out,
        "{:<16} {:>7} {:>10} {:>10} {:>7}  state",
        "name", "version", "came to", "log ends", "parked"
    )?;
    for view in views.status().await? {
        let ReadModelStatus {
            name,
            version,
            subscription,
            head,
            came_to,
            working,
            ..
        } = view;
        let state = working.values().map(state).max().unwrap_or("elsewhere");
        let parked = subscription.parked_keys;
        writeln!(
            out,
            "{name:<16} {version:>7} {came_to:>10} {head:>10} {parked:>7}  {state}"
        )?;
        for (partition, state) in &working {
            if let PartitionState::Holding { error } | PartitionState::Retrying { error } = state {
                writeln!(
                    out,
                    "  partition {partition}: {}",
                    error.replace('\n', ": ")
                )?;
            }
        }
    }
    Ok(())
}

fn state(state: &PartitionState) -> &'static str {
    match state {
        PartitionState::CatchingUp => "catching up",
        PartitionState::Live => "live",
        PartitionState::Retrying { .. } => "retrying",
        PartitionState::Holding { .. } => "holding",
        _ => "working",
    }
}

async fn begin_rebuild<V: ViewOf<Retail>>(
    app: &App<Retail>,
) -> anyhow::Result<Rebuild<V, PriceList>>
where
    Retail: eventide::domain::Lists<V>,
{
    let head = app.store().head().await?;
    let progress = Progress::new("rebuilding", head.as_raw());
    let told = std::sync::Mutex::new(0);
    let rebuild = app
        .rebuild::<V>()
        .options(ReadModelOptions::default().lease(LEASE));
    Ok(rebuild.progress(move |now| {
        let mut before = told
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let came_to = now.came_to.as_raw();
        progress.advance(came_to.saturating_sub(*before));
        *before = came_to;
    }))
}

async fn rebuild<V: ViewOf<Retail>>(app: &App<Retail>) -> anyhow::Result<()>
where
    Retail: eventide::domain::Lists<V>,
{
    let until = Instant::now() + LEASE * 2;
    let done = loop {
        match begin_rebuild::<V>(app).await?.run().await {
            Ok(done) => break done,
            // By one that was killed, or by one that is at work.
            Err(ReadModelError::Store(error))
                if error.kind() == StoreErrorKind::Locked && Instant::now() < until =>
            {
                sleep(LEASE / 10).await;
            }
            Err(error) => return Err(error.into()),
        }
    };
    app.rebuild::<V>().drop_generation(done.before).await?;
    println!(
        "generation {} of {} serves now",
        done.generation,
        V::INFO.name
    );
    Ok(())
}

async fn diff<V: ViewOf<Retail>>(app: &App<Retail>) -> anyhow::Result<()>
where
    Retail: eventide::domain::Lists<V>,
{
    let Differences {
        same, differ, keys, ..
    } = app.rebuild::<V>().diff().await?;
    println!("{same} documents are the same, {differ} differ");
    for difference in &keys {
        let text = |json: &Option<Vec<u8>>| match json {
            Some(json) => String::from_utf8_lossy(json).into_owned(),
            None => "no document".to_owned(),
        };
        println!("{}", difference.key);
        println!("  serves:  {}", text(&difference.live));
        println!("  rebuilt: {}", text(&difference.rebuilt));
    }
    if differ > 0 {
        bail!("{differ} documents of {} differ", V::INFO.name);
    }
    Ok(())
}

async fn parked<V: ViewOf<Retail>>(app: &App<Retail>) -> anyhow::Result<()>
where
    Retail: eventide::domain::Lists<V>,
{
    for parked in app.parked::<V>().keys(None, LISTED).await? {
        let ParkedKey {
            key,
            letters,
            first,
            ..
        } = parked;
        let error = first.error.unwrap_or_default();
        println!("{} {key}: {letters} events wait", V::INFO.name);
        println!("  {}", error.replace('\n', ": "));
    }
    Ok(())
}

/// Whether the view had the key parked.
async fn retry<V: ViewOf<Retail>>(app: &App<Retail>, key: &str) -> anyhow::Result<bool>
where
    Retail: eventide::domain::Lists<V>,
{
    let parked = app.parked::<V>();
    let letters = parked.letters(key, eventide::Position::START, 1).await?;
    if letters.is_empty() {
        return Ok(false);
    }
    match parked.retry(key).await? {
        Retried::Done { letters, .. } => println!("{}: {letters} events handled", V::INFO.name),
        Retried::StillParked { at, error, .. } => {
            println!("{}: the event at {at} failed again", V::INFO.name);
            println!("  {}", error.replace('\n', ": "));
        }
        _ => {}
    }
    Ok(true)
}
