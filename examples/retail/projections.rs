//! `retail projections`: how the views and the best sellers are doing, and what can be done about them.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, bail};
use eventide::Domain;
use eventide::domain::ViewVisitor;
use eventide::prelude::*;
use eventide::read_model::{
    Parked, PartitionState, ReadModelError, ReadModelOptions, ReadModelStatus, Retried,
    RunningReadModels,
};
use eventide::store::StoreErrorKind;
use eventide::subscription::ParkedKey;
use eventide::view::{Differences, Rebuild, ViewOf};
use tokio::time::{Instant, sleep};

use crate::cli::ProjectionsTask;
use crate::domain::views::{CountrySales, MonthlySales, OrderSummary};
use crate::domain::{PriceList, Retail};
use crate::opened::BestSellers;
use crate::progress::Progress;

/// How often `--watch` says how they are doing.
const EVERY: Duration = Duration::from_secs(1);

/// How long a rebuild that is killed is in the way of the next one.
const LEASE: Duration = Duration::from_secs(3);

/// The most parked keys that are listed of each.
const LISTED: u32 = 1_000;

/// Does `$run::<V>($app, ..)` for the view called `$name`.
macro_rules! for_view {
    ($name:expr, $best_sellers:expr, $run:ident($app:expr)) => {
        match $name {
            name if name == OrderSummary::INFO.name => $run::<OrderSummary>($app).await,
            name if name == CountrySales::INFO.name => $run::<CountrySales>($app).await,
            name if name == MonthlySales::INFO.name => $run::<MonthlySales>($app).await,
            name if name == $best_sellers.name() => bail!(
                "`{name}` is a projection, whose tables are its own: change its handlers and raise its \
                 version, and it is built from the whole log in new tables beside those of the old version"
            ),
            other => bail!("there is no view `{other}`; there are {}", names().join(", ")),
        }
    };
}

pub async fn run(
    app: &App<Retail>,
    best_sellers: &BestSellers,
    watch: bool,
    task: Option<ProjectionsTask>,
) -> anyhow::Result<()> {
    match task {
        None => status(app, best_sellers, watch).await,
        Some(ProjectionsTask::Rebuild { view }) => for_view!(view, best_sellers, rebuild(app)),
        Some(ProjectionsTask::Diff { view }) => for_view!(view, best_sellers, diff(app)),
        Some(ProjectionsTask::Parked) => {
            for (name, parked) in all_parked(app, best_sellers) {
                list(name, &parked).await?;
            }
            Ok(())
        }
        Some(ProjectionsTask::Retry { key }) => {
            let mut found = false;
            for (name, parked) in all_parked(app, best_sellers) {
                found |= retry(name, &parked, &key).await?;
            }
            if !found {
                bail!("nobody has parked `{key}`; `retail projections parked` lists the keys");
            }
            Ok(())
        }
    }
}

/// What is parked of each view and of the best sellers, by their names.
fn all_parked(app: &App<Retail>, best_sellers: &BestSellers) -> [(&'static str, Parked); 4] {
    [
        (OrderSummary::INFO.name, app.parked::<OrderSummary>()),
        (CountrySales::INFO.name, app.parked::<CountrySales>()),
        (MonthlySales::INFO.name, app.parked::<MonthlySales>()),
        (best_sellers.name(), best_sellers.parked()),
    ]
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

async fn status(app: &App<Retail>, best_sellers: &BestSellers, watch: bool) -> anyhow::Result<()> {
    let mut views = app.run_views(ReadModelOptions::default()).await?;
    let mut best_sellers = best_sellers.run().await?;
    if !watch {
        views.caught_up().await?;
        best_sellers.caught_up().await?;
        print([&views, &best_sellers]).await?;
        return stop(views, best_sellers).await;
    }
    let stopped = tokio::signal::ctrl_c();
    tokio::pin!(stopped);
    loop {
        print([&views, &best_sellers]).await?;
        tokio::select! {
            _ = &mut stopped => break,
            failed = views.failed() => failed.context("the views")?,
            failed = best_sellers.failed() => failed.context("the best sellers")?,
            () = sleep(EVERY) => {}
        }
    }
    stop(views, best_sellers).await
}

async fn stop(views: RunningReadModels, best_sellers: RunningReadModels) -> anyhow::Result<()> {
    views.stop().await.context("the views")?;
    best_sellers.stop().await.context("the best sellers")
}

async fn print(running: [&RunningReadModels; 2]) -> anyhow::Result<()> {
    let [views, best_sellers] = running;
    let mut all = views.status().await?;
    all.extend(best_sellers.status().await?);
    let out = &mut io::stdout().lock();
    writeln!(
        out,
        "{:<22} {:>7} {:>10} {:>10} {:>7}  state",
        "name", "version", "came to", "log ends", "parked"
    )?;
    for it in all {
        let ReadModelStatus {
            name,
            version,
            subscription,
            head,
            came_to,
            working,
            ..
        } = it;
        // Nothing is to be done here, or another process does it.
        let idle = if came_to < head {
            "elsewhere"
        } else {
            "up to date"
        };
        let state = working.values().map(state).max().unwrap_or(idle);
        let parked = subscription.parked_keys;
        writeln!(
            out,
            "{name:<22} {version:>7} {came_to:>10} {head:>10} {parked:>7}  {state}"
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

async fn list(name: &str, parked: &Parked) -> anyhow::Result<()> {
    for parked in parked.keys(None, LISTED).await? {
        let ParkedKey {
            key,
            letters,
            first,
            ..
        } = parked;
        let error = first.error.unwrap_or_default();
        println!("{name} {key}: {letters} events wait");
        println!("  {}", error.replace('\n', ": "));
    }
    Ok(())
}

/// Whether the view or projection of that name had the key parked.
async fn retry(name: &str, parked: &Parked, key: &str) -> anyhow::Result<bool> {
    let letters = parked.letters(key, eventide::Position::START, 1).await?;
    if letters.is_empty() {
        return Ok(false);
    }
    match parked.retry(key).await? {
        Retried::Done { letters, .. } => println!("{name}: {letters} events handled"),
        Retried::StillParked { at, error, .. } => {
            println!("{name}: the event at {at} failed again");
            println!("  {}", error.replace('\n', ": "));
        }
        _ => {}
    }
    Ok(true)
}
