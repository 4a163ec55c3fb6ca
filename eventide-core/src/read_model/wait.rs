//! Waiting until a read model has applied what was just appended.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::ReadModelError;
use super::info::subscription;
use super::model::{KeyRule, Kind, ObservedBy, Observer, ReadModel};
use crate::aggregate::Aggregate;
use crate::event::{EventInfo, EventSet};
use crate::ids::Position;
use crate::repository::Receipt;
use crate::store::{Store, StoreError, SubscriptionStore};
use crate::subscription::SubscriptionName;

/// The first pause between two looks, and the longest.
const PAUSE: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(20);

/// How many parked keys are looked at together.
const PAGE: u32 = 100;

/// Whether a read model shows what was appended. The append itself stands, whatever this says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waited {
    /// It does.
    Applied,
    /// It does not, or not all of it: some of it is parked until somebody decides.
    Parked,
    /// Not yet: the read model is late. Nothing is wrong with the append.
    Late,
}

/// Waits until the read model has applied what the receipt is of, but no longer than `at_most`.
pub(crate) async fn applied<R: ReadModel, A: Aggregate>(
    store: &dyn Store,
    receipt: &Receipt<A>,
    at_most: Duration,
) -> Result<Waited, ReadModelError> {
    let Some(last) = receipt.position else {
        return Ok(Waited::Applied);
    };
    // Events of one append to a stream stand side by side in the log.
    let before = last.as_raw().saturating_sub(receipt.events.len() as u64);
    let range = (Position::from_raw(before), last);
    let events = receipt.events.iter().map(EventSet::info);
    wait_for::<R>(store, (A::INFO.name, events), range, at_most).await
}

/// Waits until the read model has passed the events at these positions, but no longer than `at_most`.
///
/// A position is passed when every partition has it behind it. That is no guess: the log's order has
/// no holes, so whoever is past a position has seen everything before it.
async fn wait_for<R: ReadModel>(
    store: &dyn Store,
    (aggregate, events): (&'static str, impl Iterator<Item = &'static EventInfo>),
    (after, last): (Position, Position),
    at_most: Duration,
) -> Result<Waited, ReadModelError> {
    let mut handles = Handles {
        aggregate,
        events: events.collect(),
        any: false,
    };
    R::visit(&mut handles);
    if !handles.any {
        return Ok(Waited::Applied);
    }
    let has_generations = <R::Kind as Kind>::GENERATIONS;
    let kept = store.subscriptions().ok_or(ReadModelError::NotKept)?;
    let until = Instant::now() + at_most;
    let mut pause = PAUSE;
    loop {
        let name = &subscription(&R::INFO, has_generations, kept).await?;
        let status = kept.subscription(name).await?;
        let partitions = status.as_ref().map_or(&[][..], |status| &status.partitions);
        let mut marks = partitions.iter().flat_map(|it| &it.checkpoints);
        if !partitions.is_empty() && marks.all(|at| at.mark.position() >= last) {
            let any = status.is_some_and(|status| status.letters > 0);
            let parked = any && has_letters(kept, name, (after, last)).await?;
            return Ok(if parked {
                Waited::Parked
            } else {
                Waited::Applied
            });
        }
        if Instant::now() + pause > until {
            return Ok(Waited::Late);
        }
        sleep(pause).await;
        pause = LONGEST.min(pause * 2);
    }
}

/// Whether some letter is of an event behind `after`, up to `last`.
async fn has_letters(
    kept: &dyn SubscriptionStore,
    name: &SubscriptionName,
    (after, last): (Position, Position),
) -> Result<bool, StoreError> {
    let mut from: Option<String> = None;
    loop {
        let keys = kept.parked_keys(name, from.as_deref(), PAGE).await?;
        for parked in &keys {
            let letters = kept.letters(name, &parked.key, after, 1).await?;
            if letters.iter().any(|letter| letter.id.position <= last) {
                return Ok(true);
            }
        }
        match keys.last() {
            Some(parked) => from = Some(parked.key.to_string()),
            None => return Ok(false),
        }
    }
}

/// Whether something is done with one of these events.
struct Handles {
    aggregate: &'static str,
    events: Vec<&'static EventInfo>,
    any: bool,
}

impl<R: ReadModel> Observer<R> for Handles {
    fn visit<A: ObservedBy<R>>(&mut self) {
        let all = A::INFO.events.iter().zip(A::OBSERVED);
        let mut handled = all.filter(|(_, it)| it.rule != KeyRule::Ignored);
        self.any |= A::INFO.name == self.aggregate
            && handled.any(|(event, _)| self.events.iter().any(|it| it.name == event.name));
    }
}
