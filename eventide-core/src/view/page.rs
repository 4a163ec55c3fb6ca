//! A page of events on its way to the documents: decoded, each part with the keys it belongs to.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::fold::{FoldedEvent, View};
use super::key::{ViewKey, refused};
use crate::envelope::RecordedEvent;
use crate::read_model::decoders::{Decoders, Known, Read};
use crate::read_model::{KeyOf, KeysOf, units};
use crate::repository::panics::message_of;
use crate::schema::{DecodeError, Lookups};
use crate::stream::StreamId;
use crate::subscription::{Checkpoint, Slice, Slices};

/// What a page came to before anything is folded.
pub(super) struct Sorted<V: View> {
    /// What the events were decoded as.
    pub(super) parts: Vec<Box<dyn FoldedEvent<V>>>,
    /// The units that something of the page belongs to, each with the places of its tasks.
    pub(super) units: Vec<(Arc<str>, Range<usize>)>,
    /// What there is to do, unit by unit, in order.
    tasks: Vec<Task>,
    /// What is remembered of streams from now on.
    pub(super) routes: Vec<(StreamId, String)>,
    /// How many events of the page were taken, and why no more were.
    pub(super) taken: usize,
    pub(super) held: Option<DecodeError>,
}

impl<V: View> Sorted<V> {
    /// The tasks of a unit.
    pub(super) fn tasks(&self, places: &Range<usize>) -> &[Task] {
        self.tasks.get(places.clone()).unwrap_or_default()
    }
}

/// What a unit has to do with an event of the page.
pub(super) enum Task {
    /// To fold that part of it.
    Fold { event: usize, part: usize },
    /// To be parked: the event failed before it could be folded.
    Failed { event: usize, error: String },
    /// To be parked: it stands behind one of its stream whose key could not be told.
    Wait { event: usize },
}

impl Task {
    pub(super) fn event(&self) -> usize {
        match self {
            Self::Fold { event, .. } | Self::Failed { event, .. } | Self::Wait { event } => *event,
        }
    }
}

/// Which events are a partition's own, and not done yet.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    /// Those behind these checkpoints.
    Behind(&'a [Checkpoint]),
    /// All, done or not: they were parked.
    All,
}

impl Scope<'_> {
    fn wants(self, key: &str, recorded: &RecordedEvent) -> bool {
        let checkpoint = match self {
            Self::All => return true,
            Self::Behind([all]) if all.slices == Slices::ALL => Some(all),
            Self::Behind(checkpoints) => {
                let slice = Slice::of(key);
                checkpoints.iter().find(|at| at.slices.contains(slice))
            }
        };
        checkpoint.is_some_and(|at| at.mark.position() < recorded.position)
    }
}

/// Sorts the parts of a page by what they belong to.
pub(super) struct Sorter<'a, V: View> {
    scope: Scope<'a>,
    routes: &'a HashMap<StreamId, String>,
    new_routes: HashMap<StreamId, String>,
    /// The units of streams that are parked.
    stuck: HashSet<String>,
    places: HashMap<Arc<str>, usize>,
    /// As they came, each with the number of its unit.
    tasks: Vec<(usize, Task)>,
    sorted: Sorted<V>,
}

impl<'a, V: View> Sorter<'a, V> {
    pub(super) fn new(
        scope: Scope<'a>,
        routes: &'a HashMap<StreamId, String>,
        stuck: HashSet<String>,
    ) -> Self {
        Self {
            scope,
            routes,
            stuck,
            new_routes: HashMap::new(),
            places: HashMap::new(),
            tasks: Vec::new(),
            sorted: Sorted {
                parts: Vec::new(),
                units: Vec::new(),
                tasks: Vec::new(),
                routes: Vec::new(),
                taken: 0,
                held: None,
            },
        }
    }

    pub(super) fn finish(self) -> Sorted<V> {
        let Self {
            mut tasks,
            mut sorted,
            ..
        } = self;
        // Those of a unit stay in their order.
        tasks.sort_by_key(|(unit, _)| *unit);
        let mut end = 0;
        for (_, places) in &mut sorted.units {
            let first = end;
            end += places.len();
            *places = first..end;
        }
        sorted.tasks = tasks.into_iter().map(|(_, task)| task).collect();
        sorted
    }

    fn task(&mut self, unit: &str, task: Task) {
        let units = &mut self.sorted.units;
        let number = self.places.get(unit).copied().unwrap_or_else(|| {
            let unit: Arc<str> = unit.into();
            units.push((unit.clone(), 0..0));
            self.places.insert(unit, units.len() - 1);
            units.len() - 1
        });
        if let Some((_, places)) = units.get_mut(number) {
            places.end += 1;
        }
        self.tasks.push((number, task));
    }

    /// Has a part of an event folded into the document of a key, if that is the partition's own.
    fn fold(&mut self, key: &str, (event, recorded): (usize, &RecordedEvent), part: usize) {
        if self.scope.wants(key, recorded) {
            let task = Task::Fold { event, part };
            if key.starts_with('@') {
                self.task(&units::of_key(key), task);
            } else {
                self.task(key, task);
            }
        }
    }

    /// Whether the event is another partition's, or done. One that this program does not know is looked
    /// at by all: what its key is, a later program may say otherwise.
    fn is_another_s<S>(&self, known: &Known<V, S>, recorded: &RecordedEvent) -> bool {
        !self.scope.wants(recorded.stream.aggregate_id(), recorded)
            && known.reads(&recorded.event_type, recorded.schema_version)
    }

    /// Whether the event stands behind one of its stream that is parked; then it is, too.
    fn waits<S>(&mut self, known: &Known<V, S>, event: usize, recorded: &RecordedEvent) -> bool {
        if known.is_key() || self.stuck.is_empty() {
            return false;
        }
        let unit = units::of_stream(recorded);
        let stuck = self.stuck.contains(&unit);
        if stuck && self.scope.wants(&unit, recorded) {
            self.task(&unit, Task::Wait { event });
        }
        stuck
    }

    /// Takes what an event was decoded as.
    pub(super) fn take<S>(
        &mut self,
        known: &Known<V, S>,
        (event, recorded): (usize, &RecordedEvent),
        parts: Vec<Box<dyn FoldedEvent<V>>>,
    ) {
        for observed in parts {
            let keys = catch_unwind(AssertUnwindSafe(|| observed.keys(recorded)));
            let part = self.sorted.parts.len();
            let keys = match keys {
                Ok(KeysOf::Given) if known.is_key() => {
                    let key = recorded.stream.aggregate_id();
                    self.fold(key, (event, recorded), part);
                    self.sorted.parts.push(observed);
                    continue;
                }
                Ok(KeysOf::Given) => self.remembered(recorded).map(|key| vec![key]),
                Ok(KeysOf::Named(keys)) => self.named(recorded, keys),
                Err(panic) => Err(format!("naming its key panicked: {}", message_of(&*panic))),
            };
            match keys {
                Ok(keys) => {
                    for key in keys {
                        self.fold(&key, (event, recorded), part);
                    }
                    self.sorted.parts.push(observed);
                }
                Err(error) => self.failed(known, (event, recorded), error),
            }
        }
    }

    /// Stops before an event: a later program, or a mistaken one, must read it.
    pub(super) fn hold(&mut self, taken: usize, error: DecodeError) {
        self.sorted.taken = taken;
        self.sorted.held = Some(error);
    }

    pub(super) fn taken(&mut self, taken: usize) {
        self.sorted.taken = taken;
    }

    fn failed<S>(
        &mut self,
        known: &Known<V, S>,
        (event, recorded): (usize, &RecordedEvent),
        error: String,
    ) {
        let stream;
        let (key, unit) = if known.is_key() {
            let key = recorded.stream.aggregate_id();
            (key, units::of_key(key))
        } else {
            stream = units::of_stream(recorded);
            self.stuck.insert(stream.clone());
            (&*stream, stream.clone())
        };
        if self.scope.wants(key, recorded) {
            self.task(&unit, Task::Failed { event, error });
        }
    }

    fn remembered(&self, recorded: &RecordedEvent) -> Result<String, String> {
        let stream = &recorded.stream;
        let known = self.new_routes.get(stream);
        known
            .or_else(|| self.routes.get(stream))
            .cloned()
            .ok_or_else(|| {
                format!(
                    "no event of stream {stream} before it named the document it belongs to; let an \
                     earlier one give `Remember`, or this one its own key"
                )
            })
    }

    /// The key of the stream: this one, unless there was one before.
    fn remember(&mut self, stream: &StreamId, key: String) -> String {
        let known = self.new_routes.get(stream);
        if let Some(first) = known.or_else(|| self.routes.get(stream)) {
            return first.clone();
        }
        self.new_routes.insert(stream.clone(), key.clone());
        self.sorted.routes.push((stream.clone(), key.clone()));
        key
    }

    fn named(
        &mut self,
        recorded: &RecordedEvent,
        keys: Vec<KeyOf<V::Key>>,
    ) -> Result<Vec<String>, String> {
        let mut named = Vec::with_capacity(keys.len());
        for key in keys {
            let (KeyOf::Key(wanted) | KeyOf::Remember(wanted)) = &key;
            let text = wanted.to_text();
            if let Some(why) = refused(&text) {
                return Err(why);
            }
            let text = match key {
                KeyOf::Key(_) => text,
                KeyOf::Remember(_) => self.remember(&recorded.stream, text),
            };
            if !named.contains(&text) {
                named.push(text);
            }
        }
        Ok(named)
    }
}

/// The streams of a page whose key is not their id.
pub(super) fn streams<V: View, S>(
    decoders: &Decoders<V, S>,
    page: &[RecordedEvent],
) -> Vec<StreamId>
where
    S: Send + Sync + 'static,
{
    let unkeyed = |recorded: &&RecordedEvent| {
        let known = decoders.of(recorded);
        known.is_some_and(|known| !known.is_key())
    };
    let streams: HashSet<_> = page.iter().filter(unkeyed).map(|it| &it.stream).collect();
    streams.into_iter().cloned().collect()
}

/// Decodes the page as far as it can be, looking up what has to be.
pub(super) async fn decode<V: View, S: Send + Sync + 'static>(
    decoders: &Decoders<V, S>,
    services: &S,
    lookups: &mut Lookups,
    page: &[RecordedEvent],
    sorter: &mut Sorter<'_, V>,
) -> Result<(), DecodeError> {
    let keyed = decoders.is_keyed_by_aggregate();
    let mut rest = page;
    let mut last: Option<&Known<V, S>> = None;
    while let [recorded, later @ ..] = rest {
        let event = page.len() - rest.len();
        // Mostly it is of the same aggregate as the one before.
        let aggregate = recorded.stream.aggregate_type();
        last = last.filter(|last| last.info().name == aggregate);
        last = last.or_else(|| decoders.of(recorded));
        let Some(known) = last else {
            rest = later;
            continue;
        };
        if keyed && sorter.is_another_s(known, recorded) {
            rest = later;
            continue;
        }
        if sorter.waits(known, event, recorded) {
            rest = later;
            continue;
        }
        match known.read((recorded, later), lookups, services).await? {
            Read::As(parts) => sorter.take(known, (event, recorded), parts),
            Read::Failed(error) => sorter.failed(known, (event, recorded), error),
            Read::Held(error) => {
                sorter.hold(event, error);
                return Ok(());
            }
        }
        rest = later;
    }
    sorter.taken(page.len());
    Ok(())
}
