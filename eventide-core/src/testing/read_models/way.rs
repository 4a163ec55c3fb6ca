//! The ways in which the same events can reach a read model.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::ids::{LogId, Position};
use crate::read_model::error::chain;
use crate::read_model::run::{Duty, Ended, Partition, Supervisor, Work};
use crate::read_model::{ReadModelError, ReadModelOptions};
use crate::schema::DecodeError;
use crate::store::{LogPage, LogQuery, PageSize, Store, StoreError};
use crate::subscription::WorkerId;

/// No lease runs out in a test.
const LEASE: Duration = Duration::from_hours(24);

/// The largest of the small pages.
const SMALL: usize = 6;

/// How the events of a log reach a read model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// In one page, as far as it goes.
    AtOnce,
    /// Each in a page of its own.
    OneByOne,
    /// In small pages.
    SmallPages,
    /// In small pages, each to another worker.
    HandedOver,
    /// In small pages. A worker does the work on each and loses its checkpoint; another one does it
    /// again, and is given the page once more when it is done.
    Repeated,
}

/// Why a read model did not come to the end of the log.
pub(super) fn words(ended: Ended) -> String {
    match ended {
        Ended::Failed(error) => chain(&error),
        Ended::Stopped => "what an upcaster asks for was not there, or a handler is to be tried \
                           again for ever"
            .to_owned(),
        Ended::Lost | Ended::MovedOn => "somebody else worked on it".to_owned(),
    }
}

/// Works on a read model to the end of the log, from where it has come.
pub(super) async fn work<D: Duty>(
    store: &Arc<dyn Store>,
    duty: D,
    way: Way,
    random: &mut fastrand::Rng,
) -> Result<(), Ended> {
    let options = ReadModelOptions::default().lease(LEASE).attempts(1);
    let mut supervisor = Supervisor::alone(store.clone(), duty, options);
    // What does not succeed at once is told, and not waited for.
    supervisor.stop = watch::channel(true).1;
    supervisor.open().await?;
    let log = store.log_id().await.map_err(failed)?;
    let mut partition = claim(&supervisor).await?;
    let mut from = partition.holder.position();
    loop {
        let page = Arc::new(read(&**store, from, way.page(random)).await?);
        match way {
            Way::HandedOver => {
                partition.holder.release().await;
                partition = claim(&supervisor).await?;
            }
            Way::Repeated => {
                let next = take_over(&supervisor, &partition).await?;
                let mut done = take(&mut partition, log, &page, from).await;
                if done.is_ok() {
                    done = settle(&mut partition).await;
                }
                match done {
                    Ok(()) | Err(Ended::Lost) => {}
                    Err(ended) => return Err(ended),
                }
                partition = next;
            }
            Way::AtOnce | Way::OneByOne | Way::SmallPages => {}
        }
        take(&mut partition, log, &page, from).await?;
        if way == Way::Repeated {
            take(&mut partition, log, &page, from).await?;
        }
        from = page.next;
        if !page.more || way == Way::HandedOver {
            settle(&mut partition).await?;
        }
        if !page.more {
            partition.holder.release().await;
            return Ok(());
        }
    }
}

impl Way {
    fn page(self, random: &mut fastrand::Rng) -> PageSize {
        match self {
            Self::AtOnce => PageSize::MAX,
            Self::OneByOne => PageSize::new(1),
            Self::SmallPages | Self::HandedOver | Self::Repeated => {
                PageSize::new(random.usize(1..=SMALL))
            }
        }
    }
}

async fn read(store: &dyn Store, from: Position, page: PageSize) -> Result<LogPage, Ended> {
    let query = LogQuery::after(from).page(page);
    store.read_log(query).await.map_err(failed)
}

async fn take<D: Duty>(
    partition: &mut Partition<D>,
    log: LogId,
    page: &Arc<LogPage>,
    from: Position,
) -> Result<(), Ended> {
    if page.events.is_empty() {
        return Ok(());
    }
    let Partition { work, holder, .. } = partition;
    let held = work.take(holder, log, page, from).await?;
    goes_on(holder.read_model, held)
}

/// Waits for the last step, which may still be written.
async fn settle<D: Duty>(partition: &mut Partition<D>) -> Result<(), Ended> {
    let held = partition.work.settle(&mut partition.holder).await?;
    goes_on(partition.holder.read_model, held)
}

fn goes_on(read_model: &'static str, held: Option<DecodeError>) -> Result<(), Ended> {
    match held {
        None => Ok(()),
        Some(source) => Err(ReadModelError::Held { read_model, source }.into()),
    }
}

async fn claim<D: Duty>(supervisor: &Supervisor<D>) -> Result<Partition<D>, Ended> {
    let name = supervisor.duty.subscription()?;
    let kept = supervisor.kept()?;
    let claimed = kept.claim(&name, &WorkerId::new(), LEASE).await;
    let claimed = claimed.map_err(failed)?.ok_or(Ended::Lost)?;
    Ok(supervisor.partition(claimed).await?)
}

/// Another worker takes the partition from the one that has it.
async fn take_over<D: Duty>(
    supervisor: &Supervisor<D>,
    from: &Partition<D>,
) -> Result<Partition<D>, Ended> {
    let lease = &from.holder.lease;
    let kept = supervisor.kept()?;
    let worker = WorkerId::new();
    let claimed = kept.take_over(&lease.subscription, lease.partition, &worker, LEASE);
    let claimed = claimed.await.map_err(failed)?.ok_or(Ended::Lost)?;
    Ok(supervisor.partition(claimed).await?)
}

fn failed(error: StoreError) -> Ended {
    ReadModelError::from(error).into()
}
