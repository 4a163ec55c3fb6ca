//! What upcasters look up: collected over a page, asked for in one call, kept for later pages.

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::fmt;

use futures_util::future::BoxFuture;

use super::upcast::UpcastWith;
use crate::aggregate::BoxError;
use crate::event::Event;
use crate::ids::EventId;

/// How many answers of one step are kept between pages. Beyond that all are forgotten, and what is
/// needed again is looked up again.
const KEPT: usize = 10_000;

/// Services of some type, if there are any of that type.
pub(crate) type Services<'a> = dyn Fn(TypeId) -> Option<&'a (dyn Any + Send + Sync)> + Sync + 'a;

/// What the upcasters of a reader know from their services.
#[derive(Default)]
pub struct Lookups {
    /// By the types of each step. An aggregate has few, and mostly none: then this costs nothing.
    steps: Vec<(TypeId, Box<dyn AnyStep>)>,
    /// The last event that asked for something, and how often.
    last: Option<(EventId, u32)>,
}

/// What is known of a key.
pub(super) enum Answer<T> {
    /// What the services found, if anything.
    Known(Option<T>),
    /// They were not asked yet.
    NotAsked,
}

impl Lookups {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was found for `key`; if it was not looked up yet, it is noted.
    pub(super) fn find<Old: Event, New: UpcastWith<Old>>(
        &mut self,
        key: New::Key,
    ) -> Answer<New::Found> {
        let types = TypeId::of::<(Old, New)>();
        let at = self.steps.iter().position(|(of, _)| *of == types);
        let at = at.unwrap_or_else(|| {
            self.steps
                .push((types, Box::new(Step::<Old, New>::default())));
            self.steps.len() - 1
        });
        let step = self.steps.get_mut(at).map(|(_, step)| step.as_any_mut());
        let Some(step) = step.and_then(|step| step.downcast_mut::<Step<Old, New>>()) else {
            return Answer::NotAsked;
        };
        if let Some(found) = step.found.get(&key) {
            return Answer::Known(found.clone());
        }
        step.wanted.insert(key);
        Answer::NotAsked
    }

    /// How often in a row `event` was the one that asked for something, this time included.
    pub(crate) fn tries_of(&mut self, event: EventId) -> u32 {
        let tries = match self.last {
            Some((last, tries)) if last == event => tries + 1,
            _ => 1,
        };
        self.last = Some((event, tries));
        tries
    }

    /// Looks up everything that was asked for: one call per step.
    pub(crate) async fn fetch(&mut self, services: &Services<'_>) -> Result<(), BoxError> {
        for (_, step) in &mut self.steps {
            step.fetch(services).await?;
        }
        Ok(())
    }
}

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookups")
            .field("steps", &self.steps.len())
            .finish_non_exhaustive()
    }
}

/// A step, whatever its types.
trait AnyStep: Send + Sync {
    fn fetch<'a>(&'a mut self, services: &'a Services<'_>) -> BoxFuture<'a, Result<(), BoxError>>;
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

struct Step<Old: Event, New: UpcastWith<Old>> {
    /// `None` for a key the services do not know.
    found: HashMap<New::Key, Option<New::Found>>,
    wanted: HashSet<New::Key>,
}

impl<Old: Event, New: UpcastWith<Old>> Default for Step<Old, New> {
    fn default() -> Self {
        Self {
            found: HashMap::new(),
            wanted: HashSet::new(),
        }
    }
}

impl<Old: Event, New: UpcastWith<Old>> AnyStep for Step<Old, New> {
    fn fetch<'a>(&'a mut self, services: &'a Services<'_>) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let keys: Vec<_> = self.wanted.drain().collect();
            if keys.is_empty() {
                return Ok(());
            }
            let services = services(TypeId::of::<New::Services>())
                .and_then(|services| services.downcast_ref::<New::Services>())
                .ok_or_else(|| {
                    let wanted = std::any::type_name::<New::Services>();
                    format!("the reader was not given the services `{wanted}`")
                })?;
            let mut found = New::look_up(services, keys.clone())
                .await
                .map_err(Into::into)?;
            if self.found.len() + keys.len() > KEPT {
                self.found.clear();
            }
            for key in keys {
                let answer = found.remove(&key);
                self.found.insert(key, answer);
            }
            Ok(())
        })
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
