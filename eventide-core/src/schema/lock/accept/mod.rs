//! Making a lock what the program is.

mod blocks;
mod goldens;
mod note;
mod refused;

use std::fmt;

use eventide_lock::{Comparison, DifferenceKind, Lock, compare};
use thiserror::Error;

use super::describe::{DescribeError, describe};
use super::program::Program;
use crate::domain::Domain;
use blocks::{Drafts, Lost};
use goldens::Filling;

pub(super) use blocks::kept;
pub use note::{Note, NoteKind};
pub use refused::{Refused, RefusedReason};

/// How to accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accept {
    /// Marks every block published: events of these shapes may be stored from now on, and the
    /// blocks do not change any more. Before a release.
    pub publish: bool,
}

/// A lock that is what the program is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Accepted {
    /// The lock, to be written.
    pub lock: Lock,
    /// How it differs from the lock before.
    pub comparison: Comparison,
    /// What was done besides.
    pub notes: Vec<Note>,
}

/// A lock that could not be accepted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// The program cannot be described.
    #[error("the program's events cannot be listed")]
    Program(#[from] DescribeError),
    /// It is the lock of another domain.
    #[error("the lock is of domain `{lock}`, and this is domain `{program}`")]
    OtherDomain {
        /// The domain the lock names.
        lock: String,
        /// The program's.
        program: &'static str,
    },
    /// All that may not be accepted.
    #[error("{}", list(.0))]
    Refused(Vec<Refused>),
}

fn list(refused: &[Refused]) -> String {
    let lines = refused.iter().map(ToString::to_string);
    lines.collect::<Vec<_>>().join("\n")
}

/// Makes `existing` what this program is: takes in new events and versions, and the shapes of those
/// that are not published; makes a golden up for each that has none; and records what each golden is
/// read as, by services where a step looks something up.
///
/// What has no type any more and is still read (by a raw step, as an older name, to be split) stays
/// as it is.
///
/// # Errors
/// Whatever would change something published, lose a golden, or forget an event: all of it at once.
///
/// # Guarantees
/// A published block keeps its shape and its goldens. The same program, lock and services give the
/// same result (but for the order in which a hash map is written), and accepting a result again
/// changes nothing.
pub async fn accept<D: Domain>(
    existing: &Lock,
    how: Accept,
    services: &D::Services,
) -> Result<Accepted, AcceptError> {
    if !existing.domain.is_empty() && existing.domain != D::NAME {
        return Err(AcceptError::OtherDomain {
            lock: existing.domain.clone(),
            program: D::NAME,
        });
    }
    let program = Program::<D::Services>::of::<D>();
    let Drafts { mut drafts, lost } = Drafts::of(existing, describe::<D>()?, &program);
    let mut filling = Filling::new(existing, &program, services);
    let compared = compare(existing, &blocks::lock(D::NAME, &drafts));
    filling.refused.extend(refused::removed(&lost));
    for Lost { block, .. } in lost.iter().filter(|lost| lost.may_be_dropped()) {
        filling.note(block, NoteKind::Dropped);
    }
    for draft in &mut drafts {
        if draft.is_reshaped && draft.block.published {
            let changes = compared.differences.iter().filter(|difference| {
                (&difference.event, difference.version) == (&draft.block.event, draft.block.version)
            });
            let changes = changes.flat_map(|difference| match &difference.kind {
                DifferenceKind::Changed(changes) => changes.as_slice(),
                _ => &[],
            });
            let changes = changes.cloned().collect();
            filling.refuse(&draft.block, RefusedReason::Changed(changes));
        } else {
            filling.fill(draft).await;
        }
        if how.publish && !draft.block.published {
            draft.block.published = true;
            filling.note(&draft.block, NoteKind::Published);
        }
    }
    let Filling { notes, refused, .. } = filling;
    if !refused.is_empty() {
        return Err(AcceptError::Refused(refused));
    }
    let lock = blocks::lock(D::NAME, &drafts);
    Ok(Accepted {
        comparison: compare(existing, &lock),
        lock,
        notes,
    })
}

impl Accepted {
    /// Nothing changed.
    pub fn is_unchanged(&self) -> bool {
        let mut notes = self.notes.iter();
        self.comparison.differences.is_empty() && !notes.any(|note| note.kind.is_change())
    }
}

/// What changed, a line each; then the order in which to deploy.
impl fmt::Display for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes = if self.comparison.differences.is_empty() {
            None
        } else {
            Some(self.comparison.to_string().trim_end().to_owned())
        };
        let notes = self.notes.iter().map(ToString::to_string);
        let lines: Vec<_> = changes.into_iter().chain(notes).collect();
        match &*lines {
            [] => f.write_str("nothing changed"),
            lines => f.write_str(&lines.join("\n")),
        }
    }
}
