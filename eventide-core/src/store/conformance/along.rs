//! Steps that are taken along with appends, to try a store with.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::inventory::Inventory;
use super::reading::View;
use super::subscribing::{HOUR, claimed, kept, opened, step};
use super::trial::Trial;
use super::unmet::{Met, Unmet, same};
use super::{samples, steps};
use crate::ids::{CommandId, Position};
use crate::store::{
    Advance, AppendRequest, AppendStep, Appending, ExpectedVersion, RunningStep, SeenVersion,
    StepError, Store, SubscriptionStore, Taken, Within,
};
use crate::stream::StreamId;
use crate::subscription::{Claimed, Lease, SubscriptionName, WorkerId};
use crate::view::{DocumentWrite, ViewTable};

/// A step that does what a function says.
struct Does<F>(F);

/// Makes a step of a function.
pub(super) fn does<F, W>(work: F) -> Arc<dyn AppendStep>
where
    F: Fn(Within, Appending) -> W + Send + Sync + 'static,
    W: Future<Output = Taken> + Send + 'static,
{
    Arc::new(Does(work))
}

impl<F, W> AppendStep for Does<F>
where
    F: Fn(Within, Appending) -> W + Send + Sync,
    W: Future<Output = Taken> + Send + 'static,
{
    fn begin(&self, appending: Appending) -> RunningStep {
        RunningStep::new(|within| (self.0)(within, appending))
    }
}

impl<F> fmt::Debug for Does<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step of a law")
    }
}

/// The worker that steps take partitions over for.
pub(super) fn taker() -> WorkerId {
    WorkerId::from("an-append")
}

/// Takes the partition over, as every step does first.
pub(super) async fn taken_over(
    within: &Within,
    name: &SubscriptionName,
) -> Result<Claimed, StepError> {
    let taken = within.take_over(name, &taker(), HOUR).await?;
    taken.ok_or_else(|| refused("there is no first partition"))
}

pub(super) fn refused(why: &str) -> StepError {
    StepError::Refused {
        view: steps::table().name,
        reason: why.to_owned(),
    }
}

/// A step that takes the partition over, and comes to what a function makes of its lease.
pub(super) fn comes_to(
    name: &SubscriptionName,
    make: impl Fn(&Lease) -> Taken + Send + Sync + 'static,
) -> Arc<dyn AppendStep> {
    let (name, make) = (name.clone(), Arc::new(make));
    does(move |within, _| {
        let (name, make) = (name.clone(), make.clone());
        async move { make(&taken_over(&within, &name).await?.lease) }
    })
}

/// The document that [`counts`] counts in.
const COUNTER: &str = "counter";
/// Where it begins: apart from what is in the view already.
const NOUGHT: i64 = 1000;

/// A step that reads a document and puts one more.
pub(super) fn counts(name: &SubscriptionName) -> Arc<dyn AppendStep> {
    let name = name.clone();
    does(move |within, appending| counted(within, name.clone(), appending))
}

/// What counting comes to.
pub(super) async fn counted(within: Within, name: SubscriptionName, appending: Appending) -> Taken {
    let lease = taken_over(&within, &name).await?.lease;
    let table = steps::table();
    let found = within.documents(&table, &[COUNTER.to_owned()]).await?;
    let before = found.first().and_then(Option::as_ref);
    let before = before.map_or(Ok(NOUGHT), |it| code_of(&it.json))?;
    let last = appending.events.last().map(|event| event.position);
    let last = last.unwrap_or(Position::START).as_raw();
    let mut advance = step(&lease, last);
    advance.table = Some(table);
    advance.documents = vec![steps::put(COUNTER, before + 1, last)];
    Ok(vec![advance])
}

fn code_of(json: &[u8]) -> Result<i64, StepError> {
    let value: Option<serde_json::Value> = serde_json::from_slice(json).ok();
    let code = value.and_then(|value| value.get("code")?.as_i64());
    code.ok_or_else(|| refused("the counter is no number"))
}

/// How far the counter is.
pub(super) async fn count_of(kept: &dyn SubscriptionStore) -> Result<i64, Unmet> {
    let keys = [COUNTER.to_owned()];
    let found = kept.documents(&steps::table(), &keys).await?.pop();
    let found = found.flatten();
    Ok(found.map_or(Ok(NOUGHT), |it| code_of(&it.json))? - NOUGHT)
}

/// A step, and what was shown to it each time it began.
#[derive(Clone, Default)]
pub(super) struct Watched {
    begun: Arc<AtomicUsize>,
    shown: Arc<Mutex<Option<Appending>>>,
}

impl Watched {
    /// A step that comes to nothing.
    pub(super) fn step(&self) -> Arc<dyn AppendStep> {
        let Self { begun, shown } = self.clone();
        does(move |_, appending| {
            begun.fetch_add(1, Ordering::Relaxed);
            *shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(appending);
            async { Ok(Vec::new()) }
        })
    }

    /// How often it was begun.
    pub(super) fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// What it was shown last.
    pub(super) fn shown(&self) -> Result<Appending, Unmet> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown
            .take()
            .ok_or_else(|| Unmet::violated("its step was not taken"))
    }
}

/// A store with a subscription and a view after the first of [`steps`], and the one who works on it.
pub(super) struct Desk {
    pub(super) store: Arc<dyn Store>,
    pub(super) name: SubscriptionName,
    pub(super) table: ViewTable,
    pub(super) lease: Lease,
}

impl Desk {
    pub(super) async fn open(trial: &Trial<'_>) -> Result<Self, Unmet> {
        let store = trial.open().await?;
        let (name, table, lease) = {
            let kept = kept(&store)?;
            let name = opened(kept, "sales", 1).await?;
            let table = steps::table();
            kept.open_view(&table).await?;
            let lease = claimed(kept, &name).await?.lease;
            kept.advance(&steps::first(&lease)?).await?;
            (name, table, lease)
        };
        Ok(Self {
            store,
            name,
            table,
            lease,
        })
    }

    pub(super) fn kept(&self) -> Result<&dyn SubscriptionStore, Unmet> {
        kept(&self.store)
    }

    pub(super) async fn inventory(&self) -> Result<Inventory, Unmet> {
        Inventory::of(self.kept()?, &self.name, &self.table).await
    }
}

/// An append that brings all that an append can bring, and all that there is before it.
pub(super) struct Attempt {
    pub(super) request: AppendRequest,
    streams: [StreamId; 2],
    command: CommandId,
    seen: Vec<SeenVersion>,
    view: View,
    inventory: Inventory,
}

impl Attempt {
    pub(super) async fn prepare(desk: &Desk) -> Result<Self, Unmet> {
        let streams = [samples::stream("a")?, samples::stream("b")?];
        let command = samples::command();
        let [a, b] = &streams;
        let mut caused = samples::caused(a, ExpectedVersion::Any, &[(command, 3)]);
        for event in &mut caused.events {
            event.event_type = format!("New{command}").into();
        }
        let plain = samples::part(b, ExpectedVersion::Any, samples::events(2));
        Ok(Self {
            request: AppendRequest {
                streams: vec![caused, plain],
            },
            command,
            seen: desk.store.seen_versions("Order").await?,
            view: View::of(&desk.store, &[a, b]).await?,
            inventory: desk.inventory().await?,
            streams,
        })
    }

    /// Demands that nothing of it is there.
    pub(super) async fn left_nothing(&self, desk: &Desk, since: &str) -> Met {
        let [a, b] = &self.streams;
        self.view.is_unchanged(&desk.store, &[a, b], since).await?;
        let known = desk.store.handled_commands(&[self.command]).await?;
        same(format!("known commands after {since}"), known, vec![])?;
        let seen = desk.store.seen_versions("Order").await?;
        same(format!("seen versions after {since}"), &seen, &self.seen)?;
        self.inventory.is_unchanged(desk.kept()?, since).await
    }

    /// Where the log ended before it.
    pub(super) fn head(&self) -> Position {
        self.view.head()
    }
}

/// A step to that place with documents of a view.
pub(super) fn with_documents(
    lease: &Lease,
    table: &ViewTable,
    documents: Vec<DocumentWrite>,
) -> Advance {
    let mut advance = step(lease, 20);
    advance.table = Some(table.clone());
    advance.documents = documents;
    advance
}
