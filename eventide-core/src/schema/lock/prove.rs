//! Whether the goldens are read as they were recorded.

use std::collections::BTreeSet;
use std::fmt;

use eventide_lock::{Block, Lock};

use super::describe::describe;
use super::difference::{self, Compared};
use super::program::{Program, Way, WayKind, is_same};
use super::reading;
use super::violation::{ProofError, Violation, ViolationKind};
use crate::domain::Domain;

/// What was proven of a lock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proof {
    /// Event names in the lock.
    pub events: usize,
    /// Event versions in the lock; each has a golden.
    pub versions: usize,
    /// Goldens that are read as they were recorded.
    pub goldens: usize,
    /// Goldens of current versions, which are the same after being decoded and encoded.
    pub identical: usize,
    /// Event versions of the program that are not in the lock: nothing is proven of them.
    pub unlocked: Vec<(String, u32)>,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            events,
            versions,
            goldens,
            identical,
            ..
        } = self;
        write!(
            f,
            "{events} events in {versions} versions: {goldens} goldens are read as recorded, {identical} of them of current versions and the same after decoding and encoding"
        )?;
        for (event, version) in &self.unlocked {
            write!(f, "\nnot in the lock: event `{event}` version {version}")?;
        }
        Ok(())
    }
}

/// Proves that this program reads what `lock` says is stored: every golden decodes, goes through
/// every step and equals what was recorded; one of the current version is also the same after being
/// decoded and encoded; and a chain of steps leads from every version.
///
/// # Errors
/// All that does not hold, at once.
pub async fn prove<D: Domain>(lock: &Lock, services: &D::Services) -> Result<Proof, ProofError> {
    let program = Program::<D::Services>::of::<D>();
    let described = describe::<D>()?;
    let mut proof = Proof::default();
    let mut found = gaps(&program);
    for block in &lock.blocks {
        proof.versions += 1;
        let Some(way) = program.way(&block.event, block.version) else {
            found.push(about(block, ViolationKind::NotRead));
            continue;
        };
        match way.kind {
            WayKind::Newer => found.push(about(block, ViolationKind::NotRead)),
            WayKind::Below => {
                let lowest = lowest(&way);
                found.push(about(block, ViolationKind::NoStep { lowest }));
            }
            WayKind::Typed(_) | WayKind::Raw => {
                prove_block(block, &way, services, &mut proof, &mut found).await;
            }
        }
    }
    if !found.is_empty() {
        return Err(ProofError::Violated(found));
    }
    let names: BTreeSet<_> = lock.blocks.iter().map(|block| &block.event).collect();
    proof.events = names.len();
    let is_locked = |wanted: &Block| {
        let mut blocks = lock.blocks.iter();
        blocks.any(|block| (&block.event, block.version) == (&wanted.event, wanted.version))
    };
    let unlocked = described.blocks.into_iter().filter(|b| !is_locked(b));
    proof.unlocked = unlocked.map(|b| (b.event, b.version)).collect();
    Ok(proof)
}

async fn prove_block<S: Sync>(
    block: &Block,
    way: &Way<'_, S>,
    services: &S,
    proof: &mut Proof,
    found: &mut Vec<Violation>,
) {
    if block.goldens.is_empty() {
        found.push(about(block, ViolationKind::NoGolden));
    }
    let current = way
        .event_type()
        .filter(|ty| is_same(&ty.info, way.top) && !way.known.is_split(way.top));
    for (number, golden) in (1..).zip(&block.goldens) {
        let of = |kind| Violation {
            golden: Some(number),
            ..about(block, kind)
        };
        let payload = &golden.payload;
        match reading::read(way, &block.event, block.version, payload, services).await {
            Err(error) => {
                found.push(of(ViolationKind::Unreadable(error)));
                continue;
            }
            Ok(now) => match &golden.reads {
                None => found.push(of(ViolationKind::NotRecorded)),
                Some(recorded) => match difference::compare(recorded, &now) {
                    Compared::Same => proof.goldens += 1,
                    Compared::Content(places) => {
                        found.push(of(ViolationKind::ReadsOtherwise(places)));
                    }
                    Compared::Events => found.push(of(ViolationKind::ReadsAsOthers {
                        recorded: difference::targets(recorded),
                        now: difference::targets(&now),
                    })),
                },
            },
        }
        match current.map(|ty| (ty.again)(payload)) {
            None => {}
            Some(Err(error)) => found.push(of(ViolationKind::Unreadable(error))),
            Some(Ok(again)) => {
                let (golden, again) = (difference::value(payload), difference::value(&again));
                let places = difference::differences(&golden, &again);
                if places.is_empty() {
                    proof.identical += 1;
                } else {
                    found.push(of(ViolationKind::NotIdentical(places)));
                }
            }
        }
    }
}

fn about(block: &Block, kind: ViolationKind) -> Violation {
    Violation {
        event: block.event.clone(),
        version: block.version,
        golden: None,
        kind,
    }
}

fn lowest<S>(way: &Way<'_, S>) -> u32 {
    let versions = way.top.versions().map(|info| info.schema_version.get());
    versions.min().unwrap_or(1)
}

/// Versions that a chain leaves out. Derives do not; what is written by hand may.
fn gaps<S>(program: &Program<S>) -> Vec<Violation> {
    let mut found = Vec::new();
    for known in &program.aggregates {
        for top in known.info.events.iter().chain(known.info.split) {
            let versions: Vec<u32> = top.versions().map(|v| v.schema_version.get()).collect();
            for pair in versions.windows(2) {
                if let [above, below] = *pair
                    && above != below + 1
                {
                    found.push(Violation {
                        event: top.name.to_owned(),
                        version: below,
                        golden: None,
                        kind: ViolationKind::NoStep { lowest: above },
                    });
                }
            }
        }
    }
    found
}
