//! The answer of the append function, and what it means for each request.

use eventide_core::store::{
    AppendError, Appended, AppendedStream, HandledCommand, StoreError, StreamAppend,
};
use eventide_core::{EventId, Position, Version};
use jiff::Timestamp;
use tokio_postgres::Row;

use super::item::Item;
use super::memory::KnownHead;
use crate::error::Place;
use crate::value::{Micros, Record, Wrong};

/// The answer to a call.
#[derive(Debug)]
pub(crate) struct Answered {
    head: i64,
    recorded_at: Timestamp,
    versions: Vec<i64>,
    stands: Option<Vec<bool>>,
    /// Nothing was written: some request does not stand, and it takes a look to tell which.
    pub(crate) doubtful: bool,
}

impl Answered {
    pub(crate) fn of_row(place: &Place, row: Option<&Row>) -> Result<Self, StoreError> {
        let read = |row: &Row| -> Result<Self, Wrong> {
            let Record(fields) = row.try_get(0)?;
            let mut fields = fields.into_iter();
            let mut next = || fields.next().ok_or("too few values");
            Ok(Self {
                head: next()?.get()?,
                recorded_at: next()?.get::<Micros>()?.timestamp()?,
                versions: next()?.get::<Option<Vec<i64>>>()?.unwrap_or_default(),
                stands: next()?.get()?,
                doubtful: next()?.get::<Option<bool>>()?.unwrap_or(false),
            })
        };
        let read = row.ok_or("no row".into()).and_then(read);
        read.map_err(|source| {
            let reason = "it is not this program's; bring the tables up to date";
            place
                .damaged("the append function", reason)
                .with_source(source)
        })
    }

    /// Each item with the versions of its streams before, and whether it stands.
    pub(crate) fn judge<'a>(&self, items: &[&'a Item]) -> Vec<Judged<'a>> {
        let mut versions = self.versions.iter();
        let mut head = self.head.unsigned_abs();
        let mut judged = Vec::with_capacity(items.len());
        for (n, item) in items.iter().enumerate() {
            let stands = match &self.stands {
                None => true,
                Some(stands) => stands.get(n).copied().unwrap_or(false),
            };
            let own = versions.by_ref().take(item.request.streams.len());
            let mut own = own.map(|v| Version::new(v.unsigned_abs()));
            let before = Before {
                first: own.next(),
                rest: own.collect(),
            };
            let after = head;
            if stands {
                head += item.texts.len() as u64;
            }
            judged.push(Judged {
                item,
                before,
                head: after,
                recorded_at: self.recorded_at,
                stands,
            });
        }
        judged
    }
}

/// The versions of a request's streams before it. Mostly there is one.
#[derive(Debug)]
struct Before {
    first: Option<Version>,
    rest: Vec<Version>,
}

impl Before {
    fn iter(&self) -> impl Iterator<Item = Version> {
        self.first.into_iter().chain(self.rest.iter().copied())
    }
}

/// What was found of one item.
#[derive(Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) item: &'a Item,
    pub(crate) stands: bool,
    before: Before,
    head: u64,
    recorded_at: Timestamp,
}

impl Judged<'_> {
    /// Its streams with the versions they are at now, if it stands.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (&StreamAppend, Version)> {
        let parts = self.item.request.streams.iter().zip(self.before.iter());
        parts.map(|(part, before)| (part, before.plus(part.events.len() as u64)))
    }

    /// What was stored, of an item that stands.
    pub(crate) fn appended(&self) -> Appended {
        let mut position = self.head;
        let streams = self.versions().map(|(part, version)| {
            let positions = part.events.iter().map(|_| {
                position += 1;
                Position::from_raw(position)
            });
            AppendedStream {
                stream: part.stream.clone(),
                positions: positions.collect(),
                version,
            }
        });
        Appended {
            streams: streams.collect(),
            recorded_at: self.recorded_at,
        }
    }

    /// Why it does not stand: `handled` are those of its commands that are known.
    pub(crate) fn refusal(&self, handled: Vec<HandledCommand>) -> AppendError {
        if !handled.is_empty() {
            return AppendError::AlreadyHandled(handled);
        }
        let mut parts = self.item.request.streams.iter().zip(self.before.iter());
        let stale = parts.find(|(part, before)| !part.expected.matches(*before));
        match stale {
            Some((part, before)) => {
                AppendError::conflict(part.stream.clone(), part.expected, before)
            }
            None => AppendError::invalid_request("the store refused it and gave no reason"),
        }
    }

    /// Where the log is known to be, now that this is stored.
    pub(crate) fn known_head(&self) -> Option<KnownHead> {
        let last = self.item.events().last()?;
        let position = self.head + self.item.texts.len() as u64;
        let event: EventId = last.id;
        Some(KnownHead {
            position: Position::from_raw(position),
            event: Some(event),
        })
    }
}
