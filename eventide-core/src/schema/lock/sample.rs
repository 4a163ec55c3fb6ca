//! Real events as goldens.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use eventide_lock::{Block, Golden, Lock};
use serde_json::value::RawValue;

use super::program::Program;
use crate::domain::Domain;
use crate::envelope::RecordedEvent;
use crate::ids::Position;
use crate::store::{EventStore, LogFilter, LogQuery, PageSize, StoreError};

/// How far a store was searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Everything up to here was looked at.
    pub position: Position,
    /// The last event there was at the start.
    pub head: Position,
    /// How many goldens were taken so far.
    pub taken: usize,
}

/// What was taken out of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sampled {
    /// A line for each event version in the lock, sorted.
    pub versions: Vec<Taken>,
    /// Event versions that are stored and not in the lock.
    pub not_in_lock: Vec<(String, u32)>,
    /// Events left out because their payload is no JSON.
    pub not_json: usize,
}

/// What was taken of one event version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Taken {
    /// The event's stored name.
    pub event: String,
    /// The schema version.
    pub version: u32,
    /// How many are stored.
    pub stored: u64,
    /// How many became goldens that were none before.
    pub goldens: usize,
}

impl fmt::Display for Sampled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken: usize = self.versions.iter().map(|taken| taken.goldens).sum();
        let goldens = if taken == 1 { "golden" } else { "goldens" };
        write!(f, "{taken} {goldens} taken out of the store")?;
        for taken in &self.versions {
            let Taken { event, version, .. } = taken;
            write!(f, "\n  event `{event}` version {version}: ")?;
            match taken.stored {
                0 => f.write_str("none is stored")?,
                stored => write!(f, "{} of {stored} stored", taken.goldens)?,
            }
        }
        for (event, version) in &self.not_in_lock {
            write!(
                f,
                "\n  event `{event}` version {version} is stored and not in the lock"
            )?;
        }
        if self.not_json > 0 {
            write!(
                f,
                "\n  {} events left out: their payload is no JSON",
                self.not_json
            )?;
        }
        Ok(())
    }
}

/// Takes up to `per_version` events of each event version out of `store` into the goldens of
/// `lock`, the oldest first, each payload once. A golden that is in the lock already and is found
/// counts, so that doing it again takes nothing more. Accepting then records what they are read as.
///
/// The log is read a page at a time, and no further than needed; `progress` is called after each.
///
/// # Personal data
/// A golden is a real payload, word for word, and the lock is committed: whoever sees the
/// repository sees it, and it cannot be taken back. Sample from a store with test data, or look
/// through what was taken before you commit it.
///
/// # Errors
/// The store cannot be read; the lock is then as it was.
pub async fn sample<D: Domain>(
    store: &(impl EventStore + ?Sized),
    lock: &mut Lock,
    per_version: usize,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<Sampled, StoreError> {
    let mut search = Search::of::<D>(store, lock, per_version).await?;
    let head = store.head().await?;
    let mut query = LogQuery::default().page(PageSize::MAX);
    loop {
        query.filter.event_types = search.wanted();
        if query.filter == LogFilter::default() {
            break;
        }
        let page = store.read_log(query.clone()).await?;
        for event in &page.events {
            search.look_at(event);
        }
        progress(Progress {
            position: page.next,
            head,
            taken: search.taken(),
        });
        if !page.more || page.next >= head {
            break;
        }
        query.from = Some(page.next);
    }
    Ok(search.finish(lock))
}

/// What is looked for, and what was found of it.
struct Search {
    per_version: usize,
    places: BTreeMap<(String, u32), Place>,
    not_in_lock: Vec<(String, u32)>,
    not_json: usize,
}

/// One event version.
struct Place {
    /// Events of that name and version in streams of other aggregates are not looked at.
    aggregate: &'static str,
    stored: u64,
    seen: u64,
    /// Goldens the lock has.
    known: HashSet<String>,
    /// Payloads found, known ones included.
    found: HashSet<String>,
    new: Vec<String>,
}

impl Search {
    async fn of<D: Domain>(
        store: &(impl EventStore + ?Sized),
        lock: &Lock,
        per_version: usize,
    ) -> Result<Self, StoreError> {
        let program = Program::<D::Services>::of::<D>();
        let places = lock.blocks.iter().filter_map(|block| {
            let way = program.way(&block.event, block.version)?;
            let place = Place {
                aggregate: way.known.info.name,
                stored: 0,
                seen: 0,
                known: block.goldens.iter().map(|g| g.payload.clone()).collect(),
                found: HashSet::new(),
                new: Vec::new(),
            };
            Some(((block.event.clone(), block.version), place))
        });
        let mut search = Self {
            per_version,
            places: places.collect(),
            not_in_lock: Vec::new(),
            not_json: 0,
        };
        for count in store.count_versions().await? {
            let key = (count.event_type.to_string(), count.schema_version.get());
            match search.places.get_mut(&key) {
                Some(place) if *place.aggregate == *count.aggregate_type => {
                    place.stored = count.events;
                }
                None if is_of::<D>(&count.aggregate_type) => {
                    search.not_in_lock.push(key);
                }
                _ => {}
            }
        }
        Ok(search)
    }

    /// The names of events of which more are wanted.
    fn wanted(&self) -> Vec<String> {
        let places = self.places.iter();
        let open = places.filter(|(_, place)| !place.is_done(self.per_version));
        let mut names: Vec<String> = open.map(|((name, _), _)| name.clone()).collect();
        names.dedup();
        names
    }

    fn look_at(&mut self, event: &RecordedEvent) {
        let key = (event.event_type.to_string(), event.schema_version.get());
        let Some(place) = self.places.get_mut(&key) else {
            return;
        };
        if *place.aggregate != *event.stream.aggregate_type() || place.is_done(self.per_version) {
            return;
        }
        place.seen += 1;
        let Some(payload) = on_one_line(&event.payload) else {
            self.not_json += 1;
            return;
        };
        if place.found.insert(payload.clone()) && !place.known.contains(&payload) {
            place.new.push(payload);
        }
    }

    fn taken(&self) -> usize {
        self.places.values().map(|place| place.new.len()).sum()
    }

    fn finish(self, lock: &mut Lock) -> Sampled {
        let mut sampled = Sampled {
            versions: Vec::new(),
            not_in_lock: self.not_in_lock,
            not_json: self.not_json,
        };
        for ((event, version), place) in self.places {
            let mut blocks = lock.blocks.iter_mut();
            let is_meant = |block: &&mut Block| block.event == event && block.version == version;
            let Some(block) = blocks.find(is_meant) else {
                continue;
            };
            sampled.versions.push(Taken {
                event,
                version,
                stored: place.stored,
                goldens: place.new.len(),
            });
            for payload in place.new {
                block.goldens.push(Golden {
                    payload,
                    reads: None,
                });
            }
        }
        sampled
    }
}

fn is_of<D: Domain>(aggregate: &str) -> bool {
    D::AGGREGATES.iter().any(|info| info.name == aggregate)
}

impl Place {
    fn is_done(&self, per_version: usize) -> bool {
        self.found.len() >= per_version || self.seen >= self.stored
    }
}

/// The payload as the lock writes it; `None` if it is no JSON.
fn on_one_line(payload: &[u8]) -> Option<String> {
    let text = serde_json::from_slice::<&RawValue>(payload).ok()?.get();
    if !text.contains(['\n', '\r']) {
        return Some(text.to_owned());
    }
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(value.to_string())
}
