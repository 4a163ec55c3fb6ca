//! Then: what the documents must be.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::any_domain::AnyDomain;
use super::apart::apart;
use super::came::{Documents, pretty, same};
use super::given::{GivenLog, stream};
use super::way::{Way, words, work};
use crate::metadata::Metadata;
use crate::outcome::Outcome;
use crate::read_model::{ObservedBy, units};
use crate::testing::diff::{fail, lines};
use crate::view::{Generation, View, ViewKey, ViewOf, subscription_of};

/// The documents that came of the given events: say what they must be, or go on with the story.
pub struct ThenDocuments<V: View, S = ()> {
    given: GivenLog<V, S>,
    came: Documents,
}

impl<V: ViewOf<AnyDomain<S>>, S: Send + Sync + 'static> ThenDocuments<V, S> {
    #[track_caller]
    pub(super) fn of(given: GivenLog<V, S>) -> Self {
        let came = folded(&given, given.generation, Way::AtOnce);
        Self { given, came }
    }

    /// The document of this key says exactly this, compared by its JSON.
    ///
    /// # Panics
    /// There is none, or it says something else; the message shows the difference.
    #[track_caller]
    #[allow(clippy::return_self_not_must_use, reason = "the check is done")]
    #[allow(clippy::needless_pass_by_value, reason = "it reads like what it is")]
    pub fn then(self, key: &V::Key, expected: V) -> Self {
        let Some(actual) = self.document(key) else {
            fail(&self.without(key));
        };
        let expected = json(&expected);
        if same::<V>(Some(&expected), Some(actual)) {
            return self;
        }
        let difference = lines(&pretty(&expected), &pretty(actual)).unwrap_or_default();
        let (view, parked) = (V::INFO.name, &self.came.parked);
        fail(&format!(
            "document {key:?} of view `{view}` does not say what it should\n\n{difference}\n{parked}"
        ))
    }

    /// `check` holds for the document of this key. Assert in it.
    ///
    /// # Panics
    /// There is none, or `check` panics.
    #[track_caller]
    #[allow(clippy::return_self_not_must_use, reason = "the check is done")]
    pub fn then_document(self, key: &V::Key, check: impl FnOnce(&V)) -> Self {
        let Some(actual) = self.document(key) else {
            fail(&self.without(key));
        };
        match serde_json::from_value(actual.clone()) {
            Ok(document) => check(&document),
            Err(error) => fail(&format!("document {key:?} cannot be read: {error}")),
        }
        self
    }

    /// These are all the documents there are, and nothing is parked.
    ///
    /// # Panics
    /// There are others, or something is parked; the message shows the difference.
    #[track_caller]
    #[allow(clippy::return_self_not_must_use, reason = "the check is done")]
    pub fn then_all(self, expected: impl IntoIterator<Item = (V::Key, V)>) -> Self {
        let expected = expected.into_iter();
        let expected = Documents {
            by_key: expected
                .map(|(key, document)| (key.to_text(), json(&document)))
                .collect(),
            ..Documents::default()
        };
        if let Some(difference) = self.came.difference::<V>(&expected) {
            let view = V::INFO.name;
            fail(&format!(
                "the documents of view `{view}` are not those expected\n\n{difference}"
            ));
        }
        self
    }

    /// There is no document of this key, and nothing of it is parked.
    ///
    /// # Panics
    /// There is.
    #[track_caller]
    #[allow(clippy::return_self_not_must_use, reason = "the check is done")]
    pub fn then_none(self, key: &V::Key) -> Self {
        let view = V::INFO.name;
        if let Some(actual) = self.document(key) {
            let actual = pretty(actual);
            fail(&format!(
                "view `{view}` was expected to have no document {key:?}, but has\n\n{actual}"
            ));
        }
        if let Some((_, error)) = self.came.parked.0.get(&units::of_key(&key.to_text())) {
            fail(&format!(
                "view `{view}` has no document {key:?} only because it is parked: {error}"
            ));
        }
        self
    }

    /// This key is parked, for a reason that has these words in it. Its document is as it was before.
    ///
    /// # Panics
    /// It is not, or for another reason.
    #[track_caller]
    #[allow(clippy::return_self_not_must_use, reason = "the check is done")]
    pub fn then_parked(self, key: &V::Key, words: &str) -> Self {
        self.check_parked(&units::of_key(&key.to_text()), words);
        self
    }

    /// This aggregate's stream is parked, for its key could not be told, for a reason that has these
    /// words in it.
    ///
    /// # Panics
    /// It is not, or for another reason.
    #[track_caller]
    #[allow(clippy::return_self_not_must_use, reason = "the check is done")]
    pub fn then_parked_stream<A: ObservedBy<V>>(self, id: &A::Id, words: &str) -> Self {
        self.check_parked(&units::stream(&stream::<A>(id)), words);
        self
    }

    /// The same documents come again, and the same is parked, if all is folded anew from the start:
    /// one event after the other, and once more by workers that lose their work and do it again.
    ///
    /// # Panics
    /// They do not: what is folded depends on something besides the events and the document.
    #[track_caller]
    #[allow(clippy::return_self_not_must_use, reason = "the check is done")]
    pub fn then_again(mut self) -> Self {
        for (way, how) in [
            (Way::OneByOne, "one by one"),
            (
                Way::Repeated,
                "by workers that lose their work and do it again",
            ),
        ] {
            self.given.generation += 1;
            let again = folded(&self.given, self.given.generation, way);
            if let Some(difference) = again.difference::<V>(&self.came) {
                let view = V::INFO.name;
                fail(&format!(
                    "view `{view}` comes to other documents if it is folded anew, {how}\n\n{difference}"
                ));
            }
        }
        self
    }

    fn document(&self, key: &V::Key) -> Option<&Value> {
        self.came.by_key.get(&key.to_text())
    }

    fn without(&self, key: &V::Key) -> String {
        let (view, all) = (V::INFO.name, self.came.text());
        format!("view `{view}` has no document {key:?}; it has\n\n{all}")
    }

    #[track_caller]
    fn check_parked(&self, unit: &str, words: &str) {
        let (view, parked) = (V::INFO.name, &self.came.parked);
        match parked.0.get(unit) {
            Some((_, error)) if error.contains(words) => {}
            Some((_, error)) => fail(&format!(
                "`{unit}` of view `{view}` is parked for another reason than `{words}`: {error}"
            )),
            None => fail(&format!(
                "`{unit}` of view `{view}` was expected to be parked, but is not\n\n{parked}"
            )),
        }
    }
}

impl<V: View, S> ThenDocuments<V, S> {
    /// And these events after those: see [`GivenLog::and`].
    ///
    /// # Panics
    /// See there.
    #[track_caller]
    pub fn and<A: ObservedBy<V>>(self, id: &A::Id, events: impl Outcome<A>) -> GivenLog<V, S> {
        self.given.and(id, events)
    }

    /// See [`GivenLog::at`].
    pub fn at(self, time: Timestamp) -> GivenLog<V, S> {
        self.given.at(time)
    }

    /// See [`GivenLog::later`].
    pub fn later(self, by: Duration) -> GivenLog<V, S> {
        self.given.later(by)
    }

    /// See [`GivenLog::metadata`].
    pub fn metadata(self, change: impl Fn(&mut Metadata) + 'static) -> GivenLog<V, S> {
        self.given.metadata(change)
    }
}

#[track_caller]
fn json<V: View>(document: &V) -> Value {
    match serde_json::to_value(document) {
        Ok(json) => json,
        Err(error) => fail(&format!(
            "the expected document does not become JSON: {error}"
        )),
    }
}

/// Folds a generation to the end of the log.
#[track_caller]
fn folded<V: ViewOf<AnyDomain<S>>, S: Send + Sync + 'static>(
    given: &GivenLog<V, S>,
    generation: u32,
    way: Way,
) -> Documents {
    let store = given.log.store();
    let first = Generation::<V, S>::first::<AnyDomain<S>>(given.services.clone());
    let table = V::INFO.table(generation);
    let duty = first.of(table.clone());
    let done = apart(async || {
        let mut random = fastrand::Rng::with_seed(u64::from(generation));
        work(&store, duty, way, &mut random).await.map_err(words)?;
        let kept = store.subscriptions().ok_or("nothing is kept for views")?;
        let name = subscription_of(&table).map_err(|error| error.to_string())?;
        let documents = Documents::of(kept, &table, &name).await;
        documents.map_err(|error| error.to_string())
    });
    match done.and_then(|done| done) {
        Ok(documents) => documents,
        Err(error) => {
            let view = V::INFO.name;
            fail(&format!(
                "view `{view}` does not come to the end of the given events: {error}"
            ))
        }
    }
}

impl<V: View, S> fmt::Debug for ThenDocuments<V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThenDocuments")
            .field("view", &V::INFO.name)
            .field("documents", &self.came.by_key)
            .finish_non_exhaustive()
    }
}
