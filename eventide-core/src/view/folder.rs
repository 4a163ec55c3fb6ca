//! Folding a page of events into documents, and what the store is to be told of it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::document::DocumentWrite;
use super::fold::View;
use super::kept::KeptDocuments;
use super::page::{self, Scope, Sorted, Sorter, Task};
use super::query::decode_document;
use super::reads::Reads;
use super::table::ViewTable;
use super::work;
use super::writing::Writing;
use crate::envelope::RecordedEvent;
use crate::ids::Position;
use crate::read_model::ReadModelError;
use crate::read_model::decoders::Decoders;
use crate::read_model::error::chain;
use crate::read_model::units;
use crate::schema::{DecodeError, Lookups};
use crate::store::{Advance, StoreError};
use crate::stream::StreamId;
use crate::subscription::{Checkpoint, DeadLetter, LetterId, SubscriptionName};

/// How many documents are asked for at once.
const AT_ONCE: usize = 8192;

/// How many streams it keeps the keys of.
const ROUTES: usize = 100_000;

/// Folds for one partition of a view. What it keeps in memory is right as long as its partition is
/// its own.
pub(crate) struct Folder<V: View, S> {
    pub(super) decoders: Arc<Decoders<V, S>>,
    pub(super) services: Arc<S>,
    pub(super) name: SubscriptionName,
    pub(super) table: ViewTable,
    lookups: Lookups,
    documents: KeptDocuments<V>,
    routes: HashMap<StreamId, String>,
    /// Whether some key may be parked.
    any_parked: bool,
    /// The step before, if it is not written yet. What it changed is kept until it is.
    pub(super) writing: Option<Writing>,
}

/// What a page came to.
#[derive(Default)]
pub(super) struct Folded {
    pub(super) documents: Vec<DocumentWrite>,
    pub(super) routes: Vec<(StreamId, String)>,
    pub(super) parked: Vec<DeadLetter>,
    /// How many events of the page were taken.
    pub(super) taken: usize,
    /// Why no more were.
    pub(super) held: Option<DecodeError>,
    /// Room for the document that is written as JSON just now.
    json: Vec<u8>,
}

/// Why a page could not be folded now, and may be later.
pub(super) enum NotFolded {
    /// What an upcaster needs could not be looked up.
    LookUp(DecodeError),
    Store(StoreError),
    /// The documents are not the view's.
    View(ReadModelError),
}

impl From<StoreError> for NotFolded {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<V: View, S: Send + Sync + 'static> Folder<V, S> {
    pub(super) fn new(
        decoders: Arc<Decoders<V, S>>,
        services: Arc<S>,
        name: SubscriptionName,
        table: ViewTable,
        any_parked: bool,
    ) -> Self {
        Self {
            decoders,
            services,
            name,
            table,
            lookups: Lookups::new(),
            documents: KeptDocuments::new(),
            routes: HashMap::new(),
            any_parked,
            writing: None,
        }
    }

    /// The number of the step that was folded last.
    pub(super) fn last_step(&self) -> u64 {
        self.documents.step()
    }

    /// What was folded up to that step is written.
    pub(super) fn written(&mut self, step: u64) {
        self.documents.written(step);
    }

    /// Forgets what it keeps of documents: what is stored may be otherwise.
    pub(super) fn forget(&mut self) {
        self.documents.clear();
        self.routes.clear();
    }

    /// Begins a document anew, whatever is stored of it.
    pub(super) fn begin_anew(&mut self, key: &str) {
        self.documents.put(key.into(), None, 0);
    }

    /// Folds a page. Documents are as after it from then on: unless the store takes what it gives,
    /// [`forget`](Self::forget) them.
    pub(super) async fn fold(
        &mut self,
        store: &(impl Reads + ?Sized),
        page: &[RecordedEvent],
        checkpoints: &[Checkpoint],
    ) -> Result<Folded, NotFolded> {
        self.documents.begin_step();
        if is_new(checkpoints) {
            self.documents.begin();
        }
        let stuck = self.stuck(store, page).await?;
        let scope = Scope::Behind(checkpoints);
        let sorted = self.sort(store, page, scope, stuck).await?;
        let parked = self.parked_among(store, &sorted).await?;
        self.fold_sorted(store, page, sorted, &parked).await
    }

    /// Folds an event that was parked in `unit`: for that unit alone, if it is a key's; for all
    /// its keys, if it is a stream's.
    pub(super) async fn fold_parked(
        &mut self,
        store: &(impl Reads + ?Sized),
        recorded: &RecordedEvent,
        unit: &str,
    ) -> Result<Folded, NotFolded> {
        let page = std::slice::from_ref(recorded);
        let mut sorted = self.sort(store, page, Scope::All, HashSet::new()).await?;
        let mut parked = HashSet::new();
        if units::key_of(unit).is_some() {
            sorted.units.retain(|(of, _)| **of == *unit);
        } else {
            parked = self.parked_among(store, &sorted).await?;
            parked.remove(unit);
        }
        self.fold_sorted(store, page, sorted, &parked).await
    }

    pub(super) async fn sort(
        &mut self,
        store: &(impl Reads + ?Sized),
        page: &[RecordedEvent],
        scope: Scope<'_>,
        stuck: HashSet<String>,
    ) -> Result<Sorted<V>, NotFolded> {
        self.find_routes(store, page).await?;
        let mut sorter = Sorter::new(scope, &self.routes, stuck);
        let (decoders, lookups) = (&self.decoders, &mut self.lookups);
        let decoded = page::decode(decoders, &*self.services, lookups, page, &mut sorter);
        decoded.await.map_err(NotFolded::LookUp)?;
        Ok(sorter.finish())
    }

    pub(super) async fn fold_sorted(
        &mut self,
        store: &(impl Reads + ?Sized),
        page: &[RecordedEvent],
        sorted: Sorted<V>,
        parked: &HashSet<String>,
    ) -> Result<Folded, NotFolded> {
        self.load(store, &sorted, parked).await?;
        let mut folded = Folded {
            taken: sorted.taken,
            ..Folded::default()
        };
        for (unit, places) in &sorted.units {
            let already = parked.contains(&**unit);
            let tasks = sorted.tasks(places);
            self.unit((unit, already), tasks, &sorted, page, &mut folded);
        }
        self.routes.extend(sorted.routes.iter().cloned());
        folded.routes = sorted.routes;
        folded.held = sorted.held;
        folded.parked.sort_by_key(|letter| letter.id.position);
        self.documents.shrink();
        self.any_parked |= !folded.parked.is_empty();
        Ok(folded)
    }

    /// What is parked of one event, because the database refuses the documents it changes.
    pub(super) fn refused(
        &mut self,
        refused: Advance,
        recorded: &RecordedEvent,
        error: &StoreError,
    ) -> Folded {
        self.any_parked = true;
        let letter = |write: DocumentWrite| {
            let id = LetterId::new(units::of_key(&write.key), recorded.position);
            DeadLetter::failed(id, recorded.id, &chain(error), 1)
        };
        // What it parks and remembers besides stands all the same.
        let mut parked = refused.parked;
        parked.extend(refused.documents.into_iter().map(letter));
        Folded {
            parked,
            routes: refused.routes,
            ..Folded::default()
        }
    }

    /// Finds the keys that were remembered of the page's streams.
    async fn find_routes(
        &mut self,
        store: &(impl Reads + ?Sized),
        page: &[RecordedEvent],
    ) -> Result<(), StoreError> {
        let mut unknown = page::streams(&self.decoders, page);
        // Those of a step that is not written yet are nowhere else.
        if self.routes.len() + unknown.len() > ROUTES && self.writing.is_none() {
            self.routes.clear();
        }
        unknown.retain(|stream| !self.routes.contains_key(stream));
        if unknown.is_empty() {
            return Ok(());
        }
        let found = store.routes(&self.name, &unknown).await?;
        let found = unknown.into_iter().zip(found);
        self.routes
            .extend(found.filter_map(|(stream, key)| Some((stream, key?))));
        Ok(())
    }

    async fn parked_among(
        &self,
        store: &(impl Reads + ?Sized),
        sorted: &Sorted<V>,
    ) -> Result<HashSet<String>, StoreError> {
        if !self.any_parked {
            return Ok(HashSet::new());
        }
        let units = sorted.units.iter().map(|(unit, _)| unit.to_string());
        self.parked(store, units.collect()).await
    }

    /// The units of streams of the page that are parked.
    async fn stuck(
        &self,
        store: &(impl Reads + ?Sized),
        page: &[RecordedEvent],
    ) -> Result<HashSet<String>, StoreError> {
        if !self.any_parked {
            return Ok(HashSet::new());
        }
        let streams = page::streams(&self.decoders, page);
        self.parked(store, streams.iter().map(units::stream).collect())
            .await
    }

    async fn parked(
        &self,
        store: &(impl Reads + ?Sized),
        units: Vec<String>,
    ) -> Result<HashSet<String>, StoreError> {
        if units.is_empty() {
            return Ok(HashSet::new());
        }
        let parked = store.parked_among(&self.name, &units).await?;
        Ok(parked.into_iter().collect())
    }

    /// Loads the documents that are to be changed.
    async fn load(
        &mut self,
        store: &(impl Reads + ?Sized),
        sorted: &Sorted<V>,
        parked: &HashSet<String>,
    ) -> Result<(), NotFolded> {
        // What is not loaded here is kept until the page is folded.
        let units = sorted.units.iter().map(|(unit, _)| unit);
        let wanted = units.filter(|unit| !parked.contains(&***unit));
        let keys = wanted.filter_map(|unit| units::key_of(unit));
        let wanted: Vec<String> = keys
            .filter(|key| !self.documents.knows(key))
            .map(str::to_owned)
            .collect();
        for keys in wanted.chunks(AT_ONCE) {
            let found = store.documents(&self.table, keys).await?;
            for (key, found) in keys.iter().zip(found) {
                let document = found.as_ref().map(decode_document::<V>).transpose();
                let document = document.map_err(NotFolded::View)?;
                let bytes = found.map_or(0, |found| found.json.len());
                self.documents.put(key.as_str().into(), document, bytes);
            }
        }
        Ok(())
    }

    fn unit(
        &mut self,
        (unit, parked): (&Arc<str>, bool),
        tasks: &[Task],
        sorted: &Sorted<V>,
        page: &[RecordedEvent],
        folded: &mut Folded,
    ) {
        let letter = |task: &Task| {
            let recorded = page.get(task.event())?;
            Some((LetterId::new(&**unit, recorded.position), recorded.id))
        };
        let waiting = |tasks: &[Task]| {
            let mut letters: Vec<DeadLetter> = Vec::new();
            for (id, event) in tasks.iter().filter_map(letter) {
                if letters.last().is_none_or(|last| last.id != id) {
                    letters.push(DeadLetter::waiting(id, event));
                }
            }
            letters
        };
        if parked {
            folded.parked.extend(waiting(tasks));
            return;
        }
        let Some(key) = units::key_of(unit) else {
            return folded.parked.extend(failed(waiting(tasks), tasks));
        };
        let before = || self.documents.get(key).cloned();
        let outcome = work::all(before, tasks, sorted, page, &mut folded.json);
        if let Some((at, error)) = outcome.failed {
            let (_, behind) = tasks.split_at(at.min(tasks.len()));
            let mut letters = waiting(behind);
            if let Some(first) = letters.first_mut() {
                *first = DeadLetter::failed(first.id.clone(), first.event, &error, 1);
            }
            folded.parked.extend(letters);
        }
        if let Some(changed) = outcome.changed {
            let (document, write) = changed.into_write(key);
            let bytes = write.content.as_ref().map_or(0, |(json, _)| json.len());
            folded.documents.push(write);
            let same = key.len() == unit.len();
            let key = if same { unit.clone() } else { key.into() };
            self.documents.put(key, document, bytes);
        }
    }
}

/// The letters of a stream whose key cannot be told: the first says why.
fn failed(mut letters: Vec<DeadLetter>, tasks: &[Task]) -> Vec<DeadLetter> {
    if let (Some(first), Some(Task::Failed { error, .. })) = (letters.first_mut(), tasks.first()) {
        *first = DeadLetter::failed(first.id.clone(), first.event, error, 1);
    }
    letters
}

/// Whether nothing was ever done up to these.
fn is_new(checkpoints: &[Checkpoint]) -> bool {
    let mut marks = checkpoints.iter().map(|at| at.mark.position());
    marks.all(|position| position == Position::START)
}
