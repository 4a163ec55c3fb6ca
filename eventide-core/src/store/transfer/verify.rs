//! Comparing a copy with its source, part by part.

use std::vec;

use super::TransferStore;
use super::difference::Difference;
use super::error::CopyError;
use super::progress::{Progress, Stage, Tracker};
use crate::envelope::RecordedEvent;
use crate::ids::{CommandId, Position};
use crate::store::{HandledCommand, LogQuery, PageSize, StoreError};

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// How many events are alike, up to the first difference.
    pub events: u64,
    /// How many handled commands are alike, up to the first difference.
    pub commands: u64,
    /// The first difference, if there is one.
    pub difference: Option<Difference>,
}

impl Verified {
    /// Whether the copy is like its source in every part.
    pub fn is_alike(&self) -> bool {
        self.difference.is_none()
    }
}

/// Compares every part of every event of `from` and its copy `to`, both read in step, and their
/// handled commands both ways. Reads both logs whole, a page at a time.
///
/// Both should be at rest: what is appended to one of them meanwhile is a difference.
///
/// # Errors
/// [`CopyError::Source`] or [`CopyError::Target`]: one of them cannot be read now.
pub async fn verify_copy(
    from: &dyn TransferStore,
    to: &dyn TransferStore,
    report: &mut (dyn FnMut(Progress) + Send),
) -> Result<Verified, CopyError> {
    let comparison = Comparison {
        from,
        to,
        until: None,
        page: PageSize::default(),
    };
    comparison.all(&mut Tracker::new(report)).await
}

/// Two stores to compare.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'a> {
    pub(super) from: &'a dyn TransferStore,
    pub(super) to: &'a dyn TransferStore,
    /// What of the source is later is left out.
    pub(super) until: Option<Position>,
    pub(super) page: PageSize,
}

impl Comparison<'_> {
    async fn all(self, progress: &mut Tracker<'_>) -> Result<Verified, CopyError> {
        let commands = self.commands(progress).await?;
        if commands.difference.is_some() {
            return Ok(commands);
        }
        let events = self.events(progress).await?;
        Ok(Verified {
            commands: commands.commands,
            ..events
        })
    }

    pub(super) async fn events(self, progress: &mut Tracker<'_>) -> Result<Verified, CopyError> {
        progress.begin(Stage::ComparingEvents, 0, None);
        let mut source = Events::of(self.from, self.page);
        let mut copy = Events::of(self.to, self.page);
        let (mut events, mut untold) = (0, 0);
        loop {
            let next = source.next().await.map_err(CopyError::Source)?;
            let next = next.filter(|event| self.includes(Some(event.position)));
            let copied = copy.next().await.map_err(CopyError::Target)?;
            let difference = Difference::of_events(next.as_ref(), copied.as_ref());
            let ended = difference.is_some() || next.is_none();
            if ended || untold == self.page.get() {
                progress.advance(untold);
                untold = 0;
            }
            if ended {
                return Ok(Verified {
                    events,
                    commands: 0,
                    difference,
                });
            }
            events += 1;
            untold += 1;
        }
    }

    pub(super) async fn commands(self, progress: &mut Tracker<'_>) -> Result<Verified, CopyError> {
        progress.begin(Stage::ComparingCommands, 0, None);
        let mut source = Commands::of(self.from, self.page);
        let mut copy = Commands::of(self.to, self.page);
        let (mut commands, mut untold) = (0, 0);
        loop {
            let next = loop {
                match source.next().await.map_err(CopyError::Source)? {
                    Some(later) if !self.includes(later.position) => {}
                    next => break next,
                }
            };
            let copied = copy.next().await.map_err(CopyError::Target)?;
            let difference = Difference::of_commands(next.as_ref(), copied.as_ref());
            let ended = difference.is_some() || next.is_none();
            if ended || untold == self.page.get() {
                progress.advance(untold);
                untold = 0;
            }
            if ended {
                return Ok(Verified {
                    events: 0,
                    commands,
                    difference,
                });
            }
            commands += 1;
            untold += 1;
        }
    }

    /// Whether what ends at `position` is to be copied.
    pub(super) fn includes(self, position: Option<Position>) -> bool {
        match (position, self.until) {
            (Some(position), Some(until)) => position <= until,
            _ => true,
        }
    }
}

/// The events of a log one by one, read in pages.
struct Events<'a> {
    store: &'a dyn TransferStore,
    query: LogQuery,
    page: vec::IntoIter<RecordedEvent>,
    more: bool,
}

impl<'a> Events<'a> {
    fn of(store: &'a dyn TransferStore, page: PageSize) -> Self {
        Self {
            store,
            query: LogQuery::default().page(page),
            page: Vec::new().into_iter(),
            more: true,
        }
    }

    async fn next(&mut self) -> Result<Option<RecordedEvent>, StoreError> {
        loop {
            if let Some(event) = self.page.next() {
                return Ok(Some(event));
            }
            if !self.more {
                return Ok(None);
            }
            let page = self.store.read_log(self.query.clone()).await?;
            self.query.from = Some(page.next);
            self.more = page.more;
            self.page = page.events.into_iter();
        }
    }
}

/// The handled commands of a store one by one, by their ids, read in pages.
struct Commands<'a> {
    store: &'a dyn TransferStore,
    size: PageSize,
    after: Option<CommandId>,
    page: vec::IntoIter<HandledCommand>,
    ended: bool,
}

impl<'a> Commands<'a> {
    fn of(store: &'a dyn TransferStore, size: PageSize) -> Self {
        Self {
            store,
            size,
            after: None,
            page: Vec::new().into_iter(),
            ended: false,
        }
    }

    async fn next(&mut self) -> Result<Option<HandledCommand>, StoreError> {
        if self.page.len() == 0 && !self.ended {
            let page = self.store.commands_after(self.after, self.size).await?;
            self.ended = page.len() < self.size.get();
            self.page = page.into_iter();
        }
        let next = self.page.next();
        self.after = next.as_ref().map(|command| command.id).or(self.after);
        Ok(next)
    }
}
