//! The schema lock, for the people who look after it: what `eventide.lock` says, and what it should.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, bail};
use eventide::prelude::*;
use eventide::schema::lock::{self, Accept, AcceptError, Lock};
use eventide::store::Store;
use serde_json::{Value, json};

use crate::cli::SchemaTask;
use crate::domain::{PriceList, Retail};

/// What to compare the program with.
#[derive(Debug, Clone)]
pub enum Against {
    /// A lock file.
    File(PathBuf),
    /// The lock as it was in a revision of git.
    Revision(String),
}

impl FromStr for Against {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("file", path)) => Ok(Self::File(path.into())),
            Some(("git", revision)) => Ok(Self::Revision(revision.to_owned())),
            _ => Err("write `file:PATH` or `git:REVISION`".to_owned()),
        }
    }
}

/// Does `task` on `lock`, or on the lock that the program was compiled with, and on the events of
/// `store`.
pub async fn run(
    task: SchemaTask,
    lock: Option<PathBuf>,
    store: &str,
    prices: &PriceList,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let compiled = Retail::LOCK.map(|lock| lock.path.into());
    let lock = &*lock.or(compiled).context("the domain names no lock")?;
    match task {
        SchemaTask::Check { against } => check(lock, against, json),
        SchemaTask::Accept { published } => accept(lock, published, prices, json).await,
        SchemaTask::Sample { count } => {
            sample(lock, &open(store).await?, prices, count, json).await
        }
        SchemaTask::Report => report(lock, &open(store).await?, json).await,
    }
}

async fn open(store: &str) -> anyhow::Result<Arc<dyn Store>> {
    eventide::open_read_only(store).await.context("the store")
}

/// Says how the program differs from a lock, and in which order to deploy. It fails if something
/// published would change.
fn check(lock: &Path, against: Option<Against>, json: bool) -> anyhow::Result<ExitCode> {
    let against = match against {
        None => lock::read(lock)?,
        Some(Against::File(path)) => there(&path)?,
        Some(Against::Revision(revision)) => Lock::at_revision(lock, &revision)?,
    };
    let comparison = lock::check::<Retail>(&against)?;
    if json {
        println!("{}", comparison.to_json());
    } else {
        print!("{comparison}");
    }
    Ok(if comparison.refused().is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Writes into the lock what the program is, unless something published would change.
async fn accept(
    path: &Path,
    publish: bool,
    prices: &PriceList,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let existing = lock::read(path)?;
    let accepted = match lock::accept::<Retail>(&existing, Accept { publish }, prices).await {
        Ok(accepted) => accepted,
        Err(AcceptError::Refused(refused)) => {
            let refused: Vec<_> = refused.iter().map(ToString::to_string).collect();
            if json {
                let schema = "eventide.schema.accept/1";
                println!("{}", json!({ "schema": schema, "refused": refused }));
            }
            bail!(
                "{} was not written:\n{}",
                path.display(),
                refused.join("\n")
            );
        }
        Err(error) => return Err(error.into()),
    };
    lock::write(path, &accepted.lock)?;
    if json {
        let notes: Vec<_> = accepted.notes.iter().map(ToString::to_string).collect();
        let told = json!({
            "schema": "eventide.schema.accept/1",
            "changed": !accepted.is_unchanged(),
            "comparison": accepted.comparison.to_json(),
            "notes": notes,
        });
        println!("{told}");
    } else {
        println!("{accepted}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes up to `count` events of each version out of the store into the lock's goldens, and records
/// what they are read as.
async fn sample(
    path: &Path,
    store: &Arc<dyn Store>,
    prices: &PriceList,
    count: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut lock = there(path)?;
    let sampled = lock::sample::<Retail>(store, &mut lock, count, |_| ()).await?;
    let accepted = lock::accept::<Retail>(&lock, Accept::default(), prices).await?;
    lock::write(path, &accepted.lock)?;
    if json {
        let version = |taken: &lock::Taken| -> Value {
            json!({
                "event": taken.event,
                "version": taken.version,
                "stored": taken.stored,
                "goldens": taken.goldens,
            })
        };
        let versions: Vec<_> = sampled.versions.iter().map(version).collect();
        let told = json!({
            "schema": "eventide.schema.sample/1",
            "versions": versions,
            "not_in_lock": sampled.not_in_lock,
            "not_json": sampled.not_json,
        });
        println!("{told}");
    } else {
        println!("{sampled}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Says how many events of each version are stored, and which steps nobody needs any more.
async fn report(path: &Path, store: &Arc<dyn Store>, json: bool) -> anyhow::Result<ExitCode> {
    let report = lock::report::<Retail>(store, &there(path)?).await?;
    if json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{report}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The lock at `path`. To the library one that is not there is an empty lock; here it is a mistake.
fn there(path: &Path) -> anyhow::Result<Lock> {
    if !path.exists() {
        bail!("there is no lock {}", path.display());
    }
    Ok(lock::read(path)?)
}
