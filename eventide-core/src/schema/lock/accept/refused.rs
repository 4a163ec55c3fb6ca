//! What may not be accepted, and the ways out.

use std::fmt;

use eventide_lock::Change;

use super::blocks::{Lost, Why};
use crate::schema::lock::difference::Differing;
use crate::schema::lock::reading::{Named, ReadError};
use crate::schema::lock::violation::Places;

/// Something that may not be accepted.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refused {
    /// The event's stored name.
    pub event: String,
    /// The schema version; of a removed event the newest.
    pub version: u32,
    /// Why.
    pub reason: RefusedReason,
}

/// Why something may not be accepted.
#[derive(Debug)]
#[non_exhaustive]
pub enum RefusedReason {
    /// It is published, and its shape is another.
    Changed(Vec<Change>),
    /// The lock has the event, and the program does not.
    EventRemoved {
        /// A version of it is published.
        published: bool,
    },
    /// It is published, and the program's newest version is below it.
    Newer,
    /// It is published, and no step leads up from it.
    NoStep,
    /// A golden is not read any more.
    Unreadable {
        /// Which golden, from 1.
        golden: usize,
        /// Why.
        error: ReadError,
    },
    /// A golden is read as the same published events, of other content.
    ReadsOtherwise {
        /// Which golden, from 1.
        golden: usize,
        /// Where it differs.
        places: Vec<Differing>,
    },
    /// A golden is read as other events, though those it was read as are still current.
    ReadsAsOthers {
        /// Which golden, from 1.
        golden: usize,
        /// What it was read as: events and their versions.
        recorded: String,
        /// What it is read as.
        now: String,
    },
}

/// What is refused because the program does not read it any more: an event at a time.
pub(super) fn removed(lost: &[Lost]) -> Vec<Refused> {
    let mut found: Vec<Refused> = Vec::new();
    for Lost { block, why } in lost.iter().filter(|lost| !lost.may_be_dropped()) {
        if let (Why::EventRemoved, Some(last)) = (why, found.last_mut())
            && last.event == block.event
            && let RefusedReason::EventRemoved { published } = &mut last.reason
        {
            *published |= block.published;
            last.version = block.version;
            continue;
        }
        let reason = match why {
            Why::EventRemoved => RefusedReason::EventRemoved {
                published: block.published,
            },
            Why::Newer => RefusedReason::Newer,
            Why::NoStep => RefusedReason::NoStep,
        };
        found.push(Refused {
            event: block.event.clone(),
            version: block.version,
            reason,
        });
    }
    found
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event, version, .. } = self;
        let named = Named(event, *version);
        match &self.reason {
            RefusedReason::Changed(changes) => {
                write!(
                    f,
                    "{named} is published, and the program has another shape of it"
                )?;
                for change in changes {
                    write!(f, "\n  {change}")?;
                }
                write!(
                    f,
                    "\n  put it back as it was, and declare the change as a new version: `#[event(version = {})]` on `{event}` and a step from version {version}",
                    version + 1
                )
            }
            RefusedReason::EventRemoved { published } => {
                write!(
                    f,
                    "event `{event}` is in the lock up to version {version}, and no aggregate lists it\n  keep it as `#[event(retired)]`, name it in `was(..)` of the event that took its place, or list it in `split(..)`"
                )?;
                if !published {
                    f.write_str(
                        "; or, if no such event is stored anywhere, delete its blocks from the lock file",
                    )?;
                }
                Ok(())
            }
            RefusedReason::Newer => write!(
                f,
                "{named} is published, and this program's newest version is below it\n  a version that may be stored does not go: put it back"
            ),
            RefusedReason::NoStep => write!(
                f,
                "{named} is published, and no step leads up from it\n  declare the change on the field, or write an `Upcast` or `UpcastRaw`"
            ),
            RefusedReason::Unreadable { golden, error } => write!(
                f,
                "golden {golden} of {named} is not read any more: {}\n  mend the step it goes through: an event like it may be stored",
                error.words()
            ),
            RefusedReason::ReadsOtherwise { golden, places } => write!(
                f,
                "golden {golden} of {named} now reads differently:{}\n  mend the step it goes through, or make the new meaning a new version",
                Places(places)
            ),
            RefusedReason::ReadsAsOthers {
                golden,
                recorded,
                now,
            } => write!(
                f,
                "golden {golden} of {named} was read as {recorded}, is now read as {now}\n  mend the step it goes through, or make the new meaning a new version"
            ),
        }
    }
}
