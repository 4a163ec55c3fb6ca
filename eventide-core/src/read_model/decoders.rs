//! Decoding for a read model: each event by the aggregate it is of.

use std::collections::HashMap;
use std::iter::once;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::error::chain;
use super::info::{self, Observed};
use super::model::{KeyRule, Kind, ObservedBy, ReadModel, ServedObserver};
use crate::aggregate::{Aggregate, AggregateInfo, ServedBy};
use crate::envelope::RecordedEvent;
use crate::event::EventSet;
use crate::ids::SchemaVersion;
use crate::repository::panics::message_of;
use crate::schema::steps::Asks;
use crate::schema::{DecodeError, DecodeProblem, Lookups, look_up};
use crate::store::LogFilter;

/// An aggregate that a read model observes, as one who decodes has to know it.
pub(crate) struct Known<R: ReadModel, S> {
    info: &'static AggregateInfo,
    observed: &'static [Observed],
    /// Its ids are the read model's keys.
    is_key: bool,
    decode: Decode<R>,
    look_up: LookUp<S>,
}

/// What reading an event came to.
pub(crate) enum Read<R: ReadModel> {
    As(Vec<Part<R>>),
    /// A later program, or a mistaken one, must read it.
    Held(DecodeError),
    /// It cannot be decoded, in words.
    Failed(String),
}

/// A decoded event, as the read model takes it.
pub(crate) type Part<R> = <<R as ReadModel>::Kind as Kind>::Part<R>;

type Decode<R> = fn(&RecordedEvent, &mut Lookups, &mut Vec<Part<R>>) -> Result<(), DecodeError>;

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

/// All aggregates of a read model, by name.
pub(crate) struct Decoders<R: ReadModel, S>(HashMap<&'static str, Known<R, S>>);

impl<R: ReadModel, S: Send + Sync + 'static> Decoders<R, S> {
    /// Asks the read model, by its `visit_served`.
    pub(crate) fn new(visit: impl FnOnce(&mut Collected<R, S>)) -> Self {
        let mut collected = Collected {
            known: HashMap::new(),
            read_model: PhantomData,
        };
        visit(&mut collected);
        Self(collected.known)
    }

    pub(crate) fn of(&self, recorded: &RecordedEvent) -> Option<&Known<R, S>> {
        self.0.get(recorded.stream.aggregate_type())
    }

    pub(crate) fn aggregates(&self) -> impl Iterator<Item = &Known<R, S>> {
        self.0.values()
    }

    /// What to ask the log for.
    pub(crate) fn filter(&self) -> LogFilter {
        info::filter(self.0.values().map(|known| (known.info, known.observed)))
    }

    /// Whether every key is the id of the event's aggregate, so that the work can be divided by it.
    pub(crate) fn is_keyed_by_aggregate(&self) -> bool {
        let given = |it: &Observed| matches!(it.rule, KeyRule::Given | KeyRule::Ignored);
        self.0
            .values()
            .all(|known| known.is_key && known.observed.iter().all(given))
    }

    /// A number that differs where what is folded, or the code that folds it, differs.
    pub(crate) fn fingerprint(&self) -> u64 {
        let all = self.0.values().flat_map(|known| {
            let of = known.info.events.iter().zip(known.observed);
            of.map(|it| info::fingerprint(known.info, it))
        });
        all.fold(0, u64::wrapping_add)
    }
}

impl<R: ReadModel, S> Known<R, S> {
    pub(crate) fn info(&self) -> &'static AggregateInfo {
        self.info
    }

    /// Whether this program knows stored events of that type.
    pub(crate) fn knows(&self, event_type: &str) -> bool {
        let mut all = self.info.events.iter().chain(self.info.split);
        all.any(|event| event.is_stored_as(event_type))
    }

    /// Whether it knows that shape of that type, too, or a later one.
    pub(crate) fn reads(&self, event_type: &str, version: SchemaVersion) -> bool {
        let mut all = self.info.events.iter().chain(self.info.split);
        all.any(|event| event.schema_version >= version && event.is_stored_as(event_type))
    }

    pub(crate) fn is_key(&self) -> bool {
        self.is_key
    }

    /// Reads an event, looking up what it needs together with what those of its kind need that come
    /// `later`.
    ///
    /// # Errors
    /// It could not be looked up.
    pub(crate) async fn read(
        &self,
        (recorded, later): (&RecordedEvent, &[RecordedEvent]),
        lookups: &mut Lookups,
        services: &S,
    ) -> Result<Read<R>, DecodeError> {
        loop {
            let decoded = catch_unwind(AssertUnwindSafe(|| self.decode(recorded, lookups)));
            let error = match decoded {
                Ok(Ok(parts)) => return Ok(Read::As(parts)),
                Ok(Err(error)) => error,
                Err(panic) => {
                    let words = message_of(&*panic);
                    return Ok(Read::Failed(format!("decoding it panicked: {words}")));
                }
            };
            if is_of_another_program(&error) {
                return Ok(Read::Held(error));
            }
            if !matches!(*error.problem, DecodeProblem::NotLookedUp { .. }) {
                return Ok(Read::Failed(chain(&error)));
            }
            let aggregate = recorded.stream.aggregate_type();
            let alike = later
                .iter()
                .filter(|it| it.stream.aggregate_type() == aggregate);
            let alike: Vec<_> = once(recorded).chain(alike).cloned().collect();
            (self.look_up)(error, &alike, lookups, services).await?;
        }
    }

    fn decode(
        &self,
        recorded: &RecordedEvent,
        lookups: &mut Lookups,
    ) -> Result<Vec<Part<R>>, DecodeError> {
        let mut observed = Vec::with_capacity(1);
        (self.decode)(recorded, lookups, &mut observed)?;
        Ok(observed)
    }
}

/// Whether a reader holds before such an event, rather than parks it: no retry and no decision about
/// its key can help, but another program can.
fn is_of_another_program(error: &DecodeError) -> bool {
    matches!(
        *error.problem,
        DecodeProblem::UnknownEvent { .. }
            | DecodeProblem::NewerVersion { .. }
            | DecodeProblem::NoUpcaster { .. }
    )
}

pub(crate) struct Collected<R: ReadModel, S> {
    known: HashMap<&'static str, Known<R, S>>,
    read_model: PhantomData<fn() -> R>,
}

impl<R: ReadModel, S: Send + Sync + 'static> ServedObserver<R, S> for Collected<R, S> {
    fn visit<A: ObservedBy<R> + ServedBy<S>>(&mut self) {
        let known = Known {
            info: &<A as Aggregate>::INFO,
            observed: A::OBSERVED,
            is_key: std::any::TypeId::of::<A::Id>() == std::any::TypeId::of::<R::Key>(),
            decode: observe::<R, A>,
            look_up: look_up_for::<S, A>,
        };
        self.known.insert(A::INFO.name, known);
    }
}

/// Decodes an event for the read model: as one, several or none, as its aggregate tells it.
fn observe<R: ReadModel, A: ObservedBy<R>>(
    recorded: &RecordedEvent,
    lookups: &mut Lookups,
    parts: &mut Vec<Part<R>>,
) -> Result<(), DecodeError> {
    let mut events = Vec::with_capacity(1);
    A::Event::decode(recorded, lookups, &mut events)?;
    parts.extend(events.into_iter().map(R::Kind::part::<R, A>));
    Ok(())
}
