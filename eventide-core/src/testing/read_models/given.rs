//! Given: what happened, in the order of the log.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::any_domain::AnyDomain;
use super::folded::ThenDocuments;
use super::log::Log;
use crate::event::Event;
use crate::metadata::Metadata;
use crate::outcome::Outcome;
use crate::read_model::ObservedBy;
use crate::stream::StreamId;
use crate::testing::diff::fail;
use crate::view::{View, ViewOf};

/// Starts a test of any view: *given* events, *then* documents.
///
/// The events come in the order they are given, as they stand in a log: those of several aggregates in
/// turn. They are encoded, read and folded as by an application, with no store and no runtime to set up.
///
/// ```
/// # use eventide::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
/// # struct OrderId(u32);
/// # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// # struct OrderPlaced {
/// #     country: String,
/// # }
/// # #[derive(Debug, Clone, Serialize, Deserialize, Event)]
/// # struct OrderPaid {
/// #     amount: i64,
/// # }
/// # #[derive(Debug, Default, Clone, Aggregate)]
/// # #[aggregate(id = OrderId, error = String, events(OrderPlaced, OrderPaid), commands())]
/// # struct Order;
/// # #[handlers]
/// # impl Order {
/// #     fn placed(&mut self, _: &OrderPlaced) {}
/// #     fn paid(&mut self, _: &OrderPaid) {}
/// # }
/// #[derive(Debug, Default, Clone, Serialize, Deserialize, View)]
/// #[view(key = String, observes(Order))]
/// struct CountrySales {
///     orders: u32,
///     revenue: i64,
/// }
///
/// #[folds]
/// impl CountrySales {
///     fn country(event: &OrderPlaced) -> Remember<String> {
///         Remember(event.country.clone())
///     }
///     fn placed(&mut self, _: &OrderPlaced) {
///         self.orders += 1;
///     }
///     fn paid(&mut self, event: &OrderPaid) -> Result<(), String> {
///         if event.amount < 0 {
///             return Err("paid less than nothing".to_owned());
///         }
///         self.revenue += event.amount;
///         Ok(())
///     }
/// }
///
/// use eventide::testing::ViewTest;
///
/// # let placed = |country: &str| OrderPlaced { country: country.to_owned() };
/// # let norway = "Norway".to_owned();
/// # let peru = "Peru".to_owned();
/// CountrySales::given::<Order>(&OrderId(1), (placed("Norway"), OrderPaid { amount: 30 }))
///     .and::<Order>(&OrderId(2), placed("Norway"))
///     .then(&norway, CountrySales { orders: 2, revenue: 30 })
///     .then_none(&peru)
///     .then_again()
///     .and::<Order>(&OrderId(2), OrderPaid { amount: -5 })
///     .then_parked(&norway, "less than nothing");
/// ```
pub trait ViewTest: View {
    /// The view after these events of one aggregate: one event, a tuple, an array or a `Vec`.
    ///
    /// # Panics
    /// `events` is a `Result` that holds an error, or the id makes no stream.
    #[track_caller]
    fn given<A: ObservedBy<Self>>(id: &A::Id, events: impl Outcome<A>) -> GivenLog<Self> {
        GivenLog::new().and(id, events)
    }

    /// The view before anything happened: to say first [when](GivenLog::at) it does.
    fn given_nothing() -> GivenLog<Self> {
        GivenLog::new()
    }
}

impl<V: View> ViewTest for V {}

/// A log that a view is to be folded from.
#[must_use = "nothing is tested until `.then(..)` or another expectation"]
pub struct GivenLog<V: View, S = ()> {
    pub(super) log: Log,
    pub(super) services: Arc<S>,
    /// The generation the view is in.
    pub(super) generation: u32,
    view: PhantomData<fn() -> V>,
}

impl<V: View> GivenLog<V> {
    fn new() -> Self {
        Self {
            log: Log::new(),
            services: Arc::new(()),
            generation: 1,
            view: PhantomData,
        }
    }

    /// With what the upcasters of the aggregates ask for. Needed unless that is `()`.
    pub fn with_services<S>(self, services: S) -> GivenLog<V, S> {
        GivenLog {
            log: self.log,
            services: Arc::new(services),
            generation: self.generation,
            view: PhantomData,
        }
    }
}

impl<V: View, S> GivenLog<V, S> {
    /// And these events of an aggregate after those.
    ///
    /// # Panics
    /// As [`given`](ViewTest::given).
    #[track_caller]
    pub fn and<A: ObservedBy<V>>(mut self, id: &A::Id, events: impl Outcome<A>) -> Self {
        let mut recorded = Vec::new();
        if let Err(error) = events.record(&mut recorded) {
            fail(&format!("the given events are an error: {error:?}"));
        }
        if let Err(error) = self.log.append::<A>(stream::<A>(id), &recorded) {
            fail(&format!("the given events cannot be stored: {error}"));
        }
        self
    }

    /// And this event after those, as it was stored when it was written: of whatever version, it is
    /// read through every step up to what it is today.
    ///
    /// # Panics
    /// The event cannot be encoded, or the id makes no stream.
    #[track_caller]
    pub fn stored<A: ObservedBy<V>>(mut self, id: &A::Id, event: &impl Event) -> Self {
        if let Err(error) = self.log.append_stored(stream::<A>(id), event) {
            fail(&format!("the given event cannot be stored: {error}"));
        }
        self
    }

    /// What follows is recorded at `time`; otherwise it is the morning of 1 December 2010, 08:26 UTC.
    /// Times never decrease along a log: what is recorded earlier than the event before it is
    /// recorded when that was.
    pub fn at(self, time: Timestamp) -> Self {
        self.log.set_clock(time);
        self
    }

    /// What follows is recorded so much later than what came before.
    pub fn later(self, by: Duration) -> Self {
        self.log.later(by);
        self
    }

    /// Changes the metadata of what follows.
    pub fn metadata(mut self, change: impl Fn(&mut Metadata) + 'static) -> Self {
        self.log.change(Box::new(change));
        self
    }
}

impl<V: ViewOf<AnyDomain<S>>, S: Send + Sync + 'static> GivenLog<V, S> {
    /// See [`ThenDocuments::then`].
    ///
    /// # Panics
    /// See there.
    #[track_caller]
    pub fn then(self, key: &V::Key, expected: V) -> ThenDocuments<V, S> {
        ThenDocuments::of(self).then(key, expected)
    }

    /// See [`ThenDocuments::then_all`].
    ///
    /// # Panics
    /// See there.
    #[track_caller]
    pub fn then_all(self, expected: impl IntoIterator<Item = (V::Key, V)>) -> ThenDocuments<V, S> {
        ThenDocuments::of(self).then_all(expected)
    }

    /// See [`ThenDocuments::then_none`].
    ///
    /// # Panics
    /// See there.
    #[track_caller]
    pub fn then_none(self, key: &V::Key) -> ThenDocuments<V, S> {
        ThenDocuments::of(self).then_none(key)
    }

    /// See [`ThenDocuments::then_document`].
    ///
    /// # Panics
    /// See there.
    #[track_caller]
    pub fn then_document(self, key: &V::Key, check: impl FnOnce(&V)) -> ThenDocuments<V, S> {
        ThenDocuments::of(self).then_document(key, check)
    }

    /// See [`ThenDocuments::then_parked`].
    ///
    /// # Panics
    /// See there.
    #[track_caller]
    pub fn then_parked(self, key: &V::Key, words: &str) -> ThenDocuments<V, S> {
        ThenDocuments::of(self).then_parked(key, words)
    }

    /// See [`ThenDocuments::then_parked_stream`].
    ///
    /// # Panics
    /// See there.
    #[track_caller]
    pub fn then_parked_stream<A: ObservedBy<V>>(
        self,
        id: &A::Id,
        words: &str,
    ) -> ThenDocuments<V, S> {
        ThenDocuments::of(self).then_parked_stream::<A>(id, words)
    }

    /// See [`ThenDocuments::then_again`].
    ///
    /// # Panics
    /// See there.
    #[track_caller]
    pub fn then_again(self) -> ThenDocuments<V, S> {
        ThenDocuments::of(self).then_again()
    }
}

#[track_caller]
pub(super) fn stream<A: crate::Aggregate>(id: &A::Id) -> StreamId {
    match A::stream(id) {
        Ok(stream) => stream,
        Err(error) => fail(&format!(
            "`{id}` of `{}` has no stream: {error}",
            A::INFO.name
        )),
    }
}

impl<V: View, S> fmt::Debug for GivenLog<V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenLog")
            .field("view", &V::INFO.name)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}
