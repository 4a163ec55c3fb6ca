//! Decoding for a view: each event by the aggregate it is of.

use std::collections::HashMap;
use std::marker::PhantomData;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::fold::{KeyRule, Observed, ObservedBy, ServedObserver, View, ViewOf, observe};
use super::info::{self, ObservedEvent};
use crate::aggregate::{Aggregate, AggregateInfo, ServedBy};
use crate::domain::Domain;
use crate::envelope::RecordedEvent;
use crate::event::EventInfo;
use crate::schema::steps::Asks;
use crate::schema::{DecodeError, Lookups, look_up};
use crate::store::LogFilter;

/// An aggregate that a view observes, as one who decodes has to know it.
pub(super) struct Known<V: View, S> {
    info: &'static AggregateInfo,
    observed: &'static [ObservedEvent],
    /// Its ids are the view's keys.
    is_key: bool,
    decode: Decode<V>,
    look_up: LookUp<S>,
}

type Decode<V> =
    fn(&RecordedEvent, &mut Lookups, &mut Vec<Box<dyn Observed<V>>>) -> Result<(), DecodeError>;

type LookUp<S> = for<'a> fn(
    DecodeError,
    &'a [RecordedEvent],
    &'a mut Lookups,
    &'a S,
) -> BoxFuture<'a, Result<(), DecodeError>>;

fn look_up_for<'a, S: Send + Sync, A: ServedBy<S>>(
    error: DecodeError,
    page: &'a [RecordedEvent],
    lookups: &'a mut Lookups,
    services: &'a S,
) -> BoxFuture<'a, Result<(), DecodeError>> {
    async move {
        let find = |wanted| A::Event::find(A::services(services), wanted);
        look_up::<A::Event>(error, page, lookups, &find).await
    }
    .boxed()
}

/// All aggregates of a view, by name.
pub(crate) struct Decoders<V: View, S>(HashMap<&'static str, Known<V, S>>);

impl<V: View, S: Send + Sync + 'static> Decoders<V, S> {
    pub(crate) fn new<D: Domain<Services = S>>() -> Self
    where
        V: ViewOf<D>,
    {
        let mut collected = Collected {
            known: HashMap::new(),
            view: PhantomData,
        };
        V::visit_served(&mut collected);
        Self(collected.known)
    }

    pub(super) fn of(&self, recorded: &RecordedEvent) -> Option<&Known<V, S>> {
        self.0.get(recorded.stream.aggregate_type())
    }

    /// Whether the view does something with one of these events of an aggregate.
    pub(crate) fn observes<'a>(
        &self,
        aggregate: &str,
        mut events: impl Iterator<Item = &'a EventInfo>,
    ) -> bool {
        let Some(known) = self.0.get(aggregate) else {
            return false;
        };
        let of = |event: &EventInfo| known.observed.iter().find(|it| it.event.name == event.name);
        events.any(|event| of(event).is_some_and(|it| it.rule != KeyRule::Ignored))
    }

    pub(super) fn aggregates(&self) -> impl Iterator<Item = &Known<V, S>> {
        self.0.values()
    }

    /// What to ask the log for.
    pub(super) fn filter(&self) -> LogFilter {
        info::filter(self.0.values().map(|known| (known.info, known.observed)))
    }

    /// Whether every key is the id of the event's aggregate, so that the work can be divided by it.
    pub(super) fn is_keyed_by_aggregate(&self) -> bool {
        let given = |it: &ObservedEvent| matches!(it.rule, KeyRule::Given | KeyRule::Ignored);
        self.0
            .values()
            .all(|known| known.is_key && known.observed.iter().all(given))
    }

    /// A number that differs where what is folded, or the code that folds it, differs.
    pub(super) fn fingerprint(&self) -> u64 {
        let all = self.0.values().flat_map(|known| {
            let of = known.observed.iter();
            of.map(|it| info::fingerprint(known.info, it))
        });
        all.fold(0, u64::wrapping_add)
    }
}

impl<V: View, S> Known<V, S> {
    pub(super) fn info(&self) -> &'static AggregateInfo {
        self.info
    }

    /// Whether this program knows stored events of that type.
    pub(super) fn knows(&self, event_type: &str) -> bool {
        let mut all = self.info.events.iter().chain(self.info.split);
        all.any(|event| event.is_stored_as(event_type))
    }

    pub(super) fn is_key(&self) -> bool {
        self.is_key
    }

    pub(super) fn decode(
        &self,
        recorded: &RecordedEvent,
        lookups: &mut Lookups,
    ) -> Result<Vec<Box<dyn Observed<V>>>, DecodeError> {
        let mut observed = Vec::with_capacity(1);
        (self.decode)(recorded, lookups, &mut observed)?;
        Ok(observed)
    }

    pub(super) async fn look_up(
        &self,
        error: DecodeError,
        page: &[RecordedEvent],
        lookups: &mut Lookups,
        services: &S,
    ) -> Result<(), DecodeError> {
        (self.look_up)(error, page, lookups, services).await
    }
}

struct Collected<V: View, S> {
    known: HashMap<&'static str, Known<V, S>>,
    view: PhantomData<fn() -> V>,
}

impl<V: View, S: Send + Sync + 'static> ServedObserver<V, S> for Collected<V, S> {
    fn visit<A: ObservedBy<V> + ServedBy<S>>(&mut self) {
        let known = Known {
            info: &<A as Aggregate>::INFO,
            observed: A::OBSERVED,
            is_key: std::any::TypeId::of::<A::Id>() == std::any::TypeId::of::<V::Key>(),
            decode: observe::<V, A>,
            look_up: look_up_for::<S, A>,
        };
        self.known.insert(A::INFO.name, known);
    }
}
