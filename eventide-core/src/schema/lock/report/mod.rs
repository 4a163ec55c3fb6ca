//! Lock and store side by side.

mod text;

use std::collections::BTreeMap;

use eventide_lock::Lock;
use serde::Serialize;

use super::program::{Program, Way, WayKind, is_same};
use crate::domain::Domain;
use crate::event::Step;
use crate::store::{EventStore, StoreError, VersionCount};

/// Which event versions there are in program, lock and store, and what still needs their steps.
///
/// As text it is for people; as JSON it is for programs, in the schema `eventide.schema.report/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LockReport {
    /// `eventide.schema.report/1`
    pub schema: &'static str,
    /// The domain's name.
    pub domain: &'static str,
    /// Every event version of program and lock, sorted by aggregate, event and version.
    pub versions: Vec<VersionReport>,
    /// Event versions that are stored and that the lock or the program does not know, those of
    /// aggregates of other domains included.
    pub unknown: Vec<Unknown>,
}

/// One event version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VersionReport {
    /// The aggregate that reads it; `None` if none does.
    pub aggregate: Option<&'static str>,
    /// The event's stored name.
    pub event: String,
    /// The schema version.
    pub version: u32,
    /// How many events of it are stored.
    pub stored: u64,
    /// The lock has it.
    pub in_lock: bool,
    /// Its block is published.
    pub published: bool,
    /// How many goldens it has.
    pub goldens: usize,
    /// What becomes of such an event when it is read.
    pub way_up: WayUp,
    /// Whether an event is stored that goes that way; `None` for a current version.
    pub needed: Option<bool>,
}

/// What becomes of an event of some version when it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WayUp {
    /// It is what the program writes.
    Current,
    /// It is of the newest version of an event that is not emitted any more.
    Retired,
    /// It is told as other events.
    Split,
    /// It becomes the next version by what is declared on the fields.
    Declared,
    /// It becomes the next version by a written step.
    Written,
    /// It becomes the next version by a step that looks something up.
    LooksUp,
    /// It is read as JSON.
    Raw,
    /// It is not read.
    NotRead,
}

/// Stored events that the lock or the program does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unknown {
    /// The stored name of the aggregate's type.
    pub aggregate: String,
    /// The event's stored name.
    pub event: String,
    /// The schema version.
    pub version: u32,
    /// How many are stored.
    pub stored: u64,
    /// The lock has it.
    pub in_lock: bool,
    /// The program reads it.
    pub in_program: bool,
}

/// Joins `lock` and `store`: how many events are stored of each version, and which steps nobody
/// needs any more. May read the whole log.
///
/// # Errors
/// The store cannot be read.
pub async fn report<D: Domain>(
    store: &(impl EventStore + ?Sized),
    lock: &Lock,
) -> Result<LockReport, StoreError> {
    let counts = store.count_versions().await?;
    let program = Program::<D::Services>::of::<D>();
    let types = program.types().map(|(_, ty)| {
        let info = &ty.info;
        (info.name.to_owned(), info.schema_version.get())
    });
    let locked = lock
        .blocks
        .iter()
        .map(|block| (block.event.clone(), block.version));
    let stored = counts
        .iter()
        .map(|count| (count.event_type.to_string(), count.schema_version.get()))
        .filter(|(event, version)| is_read(&program, event, *version));
    let mut rows: BTreeMap<(String, u32), Row> = types
        .chain(locked)
        .chain(stored)
        .map(|key| {
            let row = Row::of(&program, lock, &counts, &key);
            (key, row)
        })
        .collect();
    let needs: Vec<Option<bool>> = rows
        .iter()
        .map(|((_, v), row)| row.needed(*v, &rows))
        .collect();
    for (row, needed) in rows.values_mut().zip(needs) {
        row.report.needed = needed;
    }
    let mut versions: Vec<_> = rows.into_values().map(|row| row.report).collect();
    versions.sort_by(|one, other| one.aggregate.cmp(&other.aggregate));
    Ok(LockReport {
        schema: "eventide.schema.report/1",
        domain: D::NAME,
        versions,
        unknown: counts
            .iter()
            .filter_map(|count| unknown(&program, lock, count))
            .collect(),
    })
}

/// A version, and the event it becomes one of.
struct Row {
    chain: Option<(&'static str, &'static str)>,
    report: VersionReport,
}

impl Row {
    fn of<S: Send + Sync + 'static>(
        program: &Program<S>,
        lock: &Lock,
        counts: &[VersionCount],
        (event, version): &(String, u32),
    ) -> Self {
        let way = program.way(event, *version);
        let aggregate = way.as_ref().map(|way| way.known.info.name);
        let block = lock
            .blocks
            .iter()
            .find(|block| (&block.event, &block.version) == (event, version));
        let of_this = counts.iter().filter(|count| {
            *count.event_type == **event
                && count.schema_version.get() == *version
                && aggregate.is_none_or(|aggregate| *count.aggregate_type == *aggregate)
        });
        Self {
            chain: aggregate.zip(way.as_ref().map(|way| way.top.name)),
            report: VersionReport {
                aggregate,
                event: event.clone(),
                version: *version,
                stored: of_this.map(|count| count.events).sum(),
                in_lock: block.is_some(),
                published: block.is_some_and(|block| block.published),
                goldens: block.map_or(0, |block| block.goldens.len()),
                way_up: way.map_or(WayUp::NotRead, |way| way_up(&way, *version)),
                needed: None,
            },
        }
    }

    /// Whether an event of this version or one below it is stored. Versions without a type have a
    /// way each.
    fn needed(&self, version: u32, rows: &BTreeMap<(String, u32), Self>) -> Option<bool> {
        match self.report.way_up {
            WayUp::Current | WayUp::NotRead => None,
            WayUp::Raw => Some(self.report.stored > 0),
            _ => {
                let mut below = rows
                    .iter()
                    .filter(|((_, other), row)| *other <= version && row.chain == self.chain);
                Some(below.any(|(_, row)| row.report.stored > 0))
            }
        }
    }
}

fn way_up<S>(way: &Way<'_, S>, version: u32) -> WayUp {
    let info = match way.kind {
        WayKind::Typed(info) => info,
        WayKind::Raw => return WayUp::Raw,
        WayKind::Newer | WayKind::Below => return WayUp::NotRead,
    };
    if is_same(info, way.top) {
        return match () {
            () if way.known.is_split(info) => WayUp::Split,
            () if info.retired => WayUp::Retired,
            () => WayUp::Current,
        };
    }
    let above = way.top.versions().find(|above| {
        let previous = above.previous();
        previous.is_some_and(|previous| previous.schema_version.get() == version)
    });
    match above.map(|above| above.step) {
        Some(Step::Declared(_)) => WayUp::Declared,
        Some(Step::Written(_)) => WayUp::Written,
        Some(Step::WithServices(_)) => WayUp::LooksUp,
        Some(Step::First | Step::Raw) | None => WayUp::NotRead,
    }
}

fn is_read<S: Send + Sync + 'static>(program: &Program<S>, event: &str, version: u32) -> bool {
    program.way(event, version).is_some_and(|way| way.is_read())
}

fn unknown<S: Send + Sync + 'static>(
    program: &Program<S>,
    lock: &Lock,
    count: &VersionCount,
) -> Option<Unknown> {
    let (event, version) = (&*count.event_type, count.schema_version.get());
    let is_ours = |aggregate: &str| *aggregate == *count.aggregate_type;
    let way = program.way(event, version);
    let in_program = way.is_some_and(|way| way.is_read() && is_ours(way.known.info.name));
    let mut blocks = lock.blocks.iter();
    let in_lock = blocks.any(|block| block.event == event && block.version == version);
    let unknown = Unknown {
        aggregate: count.aggregate_type.to_string(),
        event: event.to_owned(),
        version,
        stored: count.events,
        in_lock,
        in_program,
    };
    (!in_lock || !in_program).then_some(unknown)
}
