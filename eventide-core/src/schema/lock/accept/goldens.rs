//! The goldens of a lock's blocks: made up where there are none, and what each is read as.

use eventide_lock::{Block, Golden, Lock, Reading};

use super::blocks::Draft;
use super::note::{Note, NoteKind};
use super::refused::{Refused, RefusedReason};
use crate::schema::lock::difference::{self, Compared};
use crate::schema::lock::program::{Program, Way};
use crate::schema::lock::reading;

/// How many goldens are made up for a version at most: one, and more for variants it does not show.
const MOST_MADE_UP: usize = 8;
/// How many made-up payloads a version's steps may refuse.
const TRIES: usize = 48;

/// Goldens on their way into a lock.
pub(super) struct Filling<'a, S> {
    old: &'a Lock,
    program: &'a Program<S>,
    services: &'a S,
    pub(super) notes: Vec<Note>,
    pub(super) refused: Vec<Refused>,
}

impl<'a, S: Send + Sync + 'static> Filling<'a, S> {
    pub(super) fn new(old: &'a Lock, program: &'a Program<S>, services: &'a S) -> Self {
        Self {
            old,
            program,
            services,
            notes: Vec::new(),
            refused: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, block: &Block, kind: NoteKind) {
        self.notes.push(Note {
            event: block.event.clone(),
            version: block.version,
            kind,
        });
    }

    pub(super) fn refuse(&mut self, block: &Block, reason: RefusedReason) {
        self.refused.push(Refused {
            event: block.event.clone(),
            version: block.version,
            reason,
        });
    }

    /// Reads the block's goldens, and makes some up if it has none.
    pub(super) async fn fill(&mut self, draft: &mut Draft) {
        let program = self.program;
        let block = &mut draft.block;
        let Some(way) = program.way(&block.event, block.version) else {
            return;
        };
        let goldens = std::mem::take(&mut block.goldens);
        let before = goldens.len();
        for (number, golden) in (1..).zip(goldens) {
            if !(draft.is_reshaped && is_of_another_shape(&way, &golden)) {
                let golden = self.read_again(block, number, golden, &way).await;
                block.goldens.push(golden);
            }
        }
        let dropped = before - block.goldens.len();
        if dropped > 0 {
            self.note(block, NoteKind::GoldensDropped { goldens: dropped });
        }
        if block.goldens.is_empty() {
            self.make_up(block, &way).await;
        }
    }

    async fn read_again(
        &mut self,
        block: &Block,
        number: usize,
        mut golden: Golden,
        way: &Way<'_, S>,
    ) -> Golden {
        let Block { event, version, .. } = block;
        let read = reading::read(way, event, *version, &golden.payload, self.services).await;
        let now = match read {
            Ok(now) => now,
            Err(error) => {
                let golden_error = RefusedReason::Unreadable {
                    golden: number,
                    error,
                };
                self.refuse(block, golden_error);
                return golden;
            }
        };
        let Some(recorded) = &golden.reads else {
            self.note(block, NoteKind::Recorded { golden: number });
            golden.reads = Some(now);
            return golden;
        };
        let compared = difference::compare(recorded, &now);
        if compared == Compared::Same {
            return golden;
        }
        let (before, targets) = (difference::targets(recorded), difference::targets(&now));
        if !self.stands(block, recorded) {
            let kind = NoteKind::ReadAgain {
                golden: number,
                before,
                now: targets,
            };
            self.note(block, kind);
            golden.reads = Some(now);
            return golden;
        }
        let reason = match compared {
            Compared::Content(places) => RefusedReason::ReadsOtherwise {
                golden: number,
                places,
            },
            _ => RefusedReason::ReadsAsOthers {
                golden: number,
                recorded: before,
                now: targets,
            },
        };
        self.refuse(block, reason);
        golden
    }

    /// Whether what was recorded still has to hold: it names versions that are published and that
    /// the program still writes.
    fn stands(&self, block: &Block, recorded: &[Reading]) -> bool {
        let is_published = |reading: &Reading| {
            let mut blocks = self.old.blocks.iter();
            blocks.any(|block| {
                block.published
                    && (&block.event, block.version) == (&reading.event, reading.version)
            })
        };
        if recorded.is_empty() {
            return block.published;
        }
        recorded.iter().all(|reading| {
            is_published(reading) && self.program.is_current(&reading.event, reading.version)
        })
    }

    async fn make_up(&mut self, block: &mut Block, way: &Way<'_, S>) {
        let mut refused = None;
        let mut source = way.event_type().map(|ty| (ty.make_up)());
        for _ in 0..TRIES {
            let Some(made) = source.as_mut().and_then(|source| source()) else {
                break;
            };
            let is_known = |golden: &Golden| golden.payload == made.payload;
            let enough =
                block.goldens.len() == MOST_MADE_UP || (!block.goldens.is_empty() && !made.is_news);
            if enough {
                break;
            }
            if block.goldens.iter().any(is_known) {
                continue;
            }
            let Block { event, version, .. } = &*block;
            match reading::read(way, event, *version, &made.payload, self.services).await {
                Ok(reads) => block.goldens.push(Golden {
                    payload: made.payload,
                    reads: Some(reads),
                }),
                Err(error) => refused = Some(error.words()),
            }
        }
        let kind = match block.goldens.len() {
            0 => NoteKind::NotMadeUp { reason: refused },
            goldens => NoteKind::MadeUp { goldens },
        };
        self.note(block, kind);
    }
}

/// Whether the golden is not what a type of this version writes.
fn is_of_another_shape<S>(way: &Way<'_, S>, golden: &Golden) -> bool {
    way.event_type().is_some_and(|ty| {
        let again = (ty.again)(&golden.payload);
        again.map_or(true, |again| {
            difference::value(&again) != difference::value(&golden.payload)
        })
    })
}
