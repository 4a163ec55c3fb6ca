//! What is checked: a view by its documents, a projection by what it wrote.

use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::sync::Arc;

use super::ReadModelLaw;
use super::source::Sources;
use crate::projection::{Kept, Outside, Projection, ProjectionOf, Projector};
use crate::read_model::ReadModel;
use crate::read_model::run::Duty;
use crate::store::Store;
use crate::testing::diff::lines;
use crate::testing::read_models::any_domain::AnyDomain;
use crate::testing::read_models::apart::apart;
use crate::testing::read_models::came::{Documents, ParkedKeys};
use crate::testing::read_models::way::{Way, words, work};
use crate::view::{Generation, View, ViewOf, subscription_of};

/// The ways that are compared with the first, and what each shows.
const WAYS: [(ReadModelLaw, Way); 5] = [
    (ReadModelLaw::RebuildingIsRepeatable, Way::AtOnce),
    (ReadModelLaw::PagesChangeNothing, Way::OneByOne),
    (ReadModelLaw::PagesChangeNothing, Way::SmallPages),
    (ReadModelLaw::HandingOverChangesNothing, Way::HandedOver),
    (ReadModelLaw::RepeatingChangesNothing, Way::Repeated),
];

/// What a read model came to.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Came {
    pub(super) made: u64,
    pub(super) parked: u64,
}

pub(super) type Checked = Result<Came, (ReadModelLaw, String)>;

/// A read model the laws can be checked on.
#[doc(hidden)]
pub trait Subject {
    type ReadModel: ReadModel;
}

/// The same, observing aggregates that the services `S` serve.
#[doc(hidden)]
pub trait Lawful<S>: Subject {
    /// Shows the aggregates it observes.
    fn visit(sources: &mut Sources<S>);

    /// Makes it of the events of a log, in each way there is.
    fn check(&self, store: &Arc<dyn Store>, services: &Arc<S>, seed: u64) -> Checked;
}

/// A view: what the laws look at are its documents and its dead letters.
pub struct OfView<V>(pub(super) PhantomData<fn() -> V>);

impl<V: View> Subject for OfView<V> {
    type ReadModel = V;
}

impl<V: ViewOf<AnyDomain<S>>, S: Send + Sync + 'static> Lawful<S> for OfView<V> {
    fn visit(sources: &mut Sources<S>) {
        <V as ViewOf<AnyDomain<S>>>::visit_served(sources);
    }

    fn check(&self, store: &Arc<dyn Store>, services: &Arc<S>, seed: u64) -> Checked {
        let first = Generation::<V, S>::first::<AnyDomain<S>>(services.clone());
        let expected = documents(store, &first, (1, Way::AtOnce), seed)?;
        for ((law, way), generation) in WAYS.into_iter().zip(2..) {
            let actual = documents(store, &first, (generation, way), seed)?;
            if let Some(difference) = actual.difference::<V>(&expected) {
                return Err((law, difference));
            }
        }
        Ok(Came {
            made: expected.by_key.len() as u64,
            parked: expected.parked.letters(),
        })
    }
}

/// The documents of one building of a view.
fn documents<V: View, S: Send + Sync + 'static>(
    store: &Arc<dyn Store>,
    first: &Generation<V, S>,
    (generation, way): (u32, Way),
    seed: u64,
) -> Result<Documents, (ReadModelLaw, String)> {
    let table = V::INFO.table(generation);
    let duty = first.of(table.clone());
    let done = apart(async || {
        let mut random = fastrand::Rng::with_seed(seed);
        work(store, duty, way, &mut random).await.map_err(words)?;
        let kept = store.subscriptions().ok_or("nothing is kept for views")?;
        let name = subscription_of(&table).map_err(|error| error.to_string())?;
        let documents = Documents::of(kept, &table, &name).await;
        documents.map_err(|error| error.to_string())
    });
    let done = done.and_then(|done| done);
    done.map_err(|error| (ReadModelLaw::EveryEventIsTaken, error))
}

/// A projection to another system: what the laws look at is what the system has in the end, as a function
/// of the user's tells it, and the dead letters.
pub struct OfProjection<P, T> {
    pub(super) make: Box<dyn Fn() -> P>,
    pub(super) wrote: Box<dyn Fn(&P) -> T>,
}

impl<P: Projection<Target = Outside>, T> Subject for OfProjection<P, T> {
    type ReadModel = P;
}

impl<P, T, S> Lawful<S> for OfProjection<P, T>
where
    P: ProjectionOf<AnyDomain<S>, Target = Outside>,
    T: PartialEq + Debug,
    S: Send + Sync + 'static,
{
    fn visit(sources: &mut Sources<S>) {
        <P as ProjectionOf<AnyDomain<S>>>::visit_served(sources);
    }

    fn check(&self, store: &Arc<dyn Store>, services: &Arc<S>, seed: u64) -> Checked {
        let taken = |error| (ReadModelLaw::EveryEventIsTaken, error);
        let (nothing, expected) = self.wrote(store, services, (Way::AtOnce, seed));
        let (expected, parked) = expected.map_err(taken)?;
        for (law, way) in WAYS {
            let (_, actual) = self.wrote(store, services, (way, seed));
            let (actual, parked_now) = actual.map_err(taken)?;
            if actual != expected {
                let (expected, actual) = (format!("{expected:#?}\n"), format!("{actual:#?}\n"));
                let same = || "they are not equal, though their `Debug` text is".to_owned();
                return Err((law, lines(&expected, &actual).unwrap_or_else(same)));
            }
            if let Some(difference) = lines(&parked.to_string(), &parked_now.to_string()) {
                return Err((law, difference));
            }
        }
        Ok(Came {
            made: u64::from(expected != nothing),
            parked: parked.letters(),
        })
    }
}

impl<P, T> OfProjection<P, T> {
    /// What there was before, and what the projection wrote, handling the log in that way.
    fn wrote<S: Send + Sync + 'static>(
        &self,
        store: &Arc<dyn Store>,
        services: &Arc<S>,
        (way, seed): (Way, u64),
    ) -> (T, Result<(T, ParkedKeys), String>)
    where
        P: ProjectionOf<AnyDomain<S>, Target = Outside>,
    {
        let with = (store.clone(), services.clone());
        let kept = Arc::new(Kept::new::<P>(store.clone()));
        let projector = Projector::<P, S>::new::<AnyDomain<S>>(with, kept, (self.make)());
        let before = (self.wrote)(projector.projection());
        let duty = projector.clone();
        let done = apart(async || {
            let kept = store
                .subscriptions()
                .ok_or("nothing is kept for projections")?;
            let name = duty.subscription().map_err(|error| error.to_string())?;
            // Each way begins at the start of the log.
            let forgotten = kept.forget_subscription(&name).await;
            forgotten.map_err(|error| error.to_string())?;
            let mut random = fastrand::Rng::with_seed(seed);
            work(store, duty, way, &mut random).await.map_err(words)?;
            let parked = ParkedKeys::of(kept, &name).await;
            parked.map_err(|error| error.to_string())
        });
        let done = done.and_then(|done| done);
        let done = done.map(|parked| ((self.wrote)(projector.projection()), parked));
        (before, done)
    }
}

impl<V: View> Debug for OfView<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfView").finish()
    }
}

impl<P, T> Debug for OfProjection<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfProjection").finish_non_exhaustive()
    }
}
