//! Copying a log.

use super::TransferStore;
use super::difference::Difference;
use super::error::CopyError;
use super::progress::{Progress, Stage, Tracker};
use super::verify::{Comparison, Verified};
use crate::ids::Position;
use crate::store::mark::last_event;
use crate::store::{EventStore, LogQuery, PageSize, StoreError};

/// How often commands are copied again that a live source handled while they were compared.
const ROUNDS: usize = 3;

/// How to copy.
///
/// ```
/// use eventide_core::store::PageSize;
/// use eventide_core::store::transfer::CopyOptions;
///
/// let options = CopyOptions::default().page(PageSize::new(4096)).count(false);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "options do nothing until `copy`"]
pub struct CopyOptions {
    page: PageSize,
    verify: bool,
    count: bool,
}

impl Default for CopyOptions {
    fn default() -> Self {
        Self {
            page: PageSize::new(1024),
            verify: true,
            count: true,
        }
    }
}

impl CopyOptions {
    /// How many events or commands are read and written at once, each page in one transaction. 1024
    /// unless said otherwise.
    pub fn page(mut self, page: PageSize) -> Self {
        self.page = page;
        self
    }

    /// Whether to compare the copy with its source in the end. Yes unless said otherwise.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Whether to count the events first, so that progress has a total. Yes unless said otherwise.
    pub fn count(mut self, count: bool) -> Self {
        self.count = count;
        self
    }
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// How many events were copied now; what an earlier copy had copied does not count.
    pub events: u64,
    /// How many handled commands were copied or found there.
    pub commands: u64,
    /// Up to which position: the head of the source when the copy began.
    pub until: Position,
    /// Whether the source had not been appended to meanwhile. If it had, copying once more takes up
    /// the rest.
    pub caught_up: bool,
    /// What was compared, all of it alike; `None` if it was not to be.
    pub verified: Option<Verified>,
}

/// Copies the log of `from` to `to`, events with their positions, and the commands it has handled;
/// then compares the two. Reads and writes a page at a time.
///
/// `to` must be empty, or hold a beginning of the same log, such as an interrupted copy left: the
/// copy goes on from there. Nobody else should write to it meanwhile.
///
/// `from` may be appended to meanwhile. It is copied up to the head it has when the copy begins;
/// [`Copied::caught_up`] says whether more has come. So a large log is moved by copying it while it
/// is used, stopping its writers, and copying once more, which takes up the rest only. Before the
/// copy is used instead, let a copy or [`verify_copy`](super::verify_copy) go through at rest:
/// a command without events that a live source handles meanwhile may be left out.
///
/// The copy is a log with an identity of its own: [`LogMark`](crate::store::LogMark)s of the source
/// do not fit it.
///
/// # Errors
/// [`CopyError::NotABeginning`] if `to` holds other events, [`CopyError::Different`] if the
/// comparison finds that they differ, [`CopyError::Import`], [`CopyError::Source`] or
/// [`CopyError::Target`] if a store cannot do it now. What was copied so far stays, and another copy
/// takes up from there.
///
/// ```
/// use eventide_core::store::MemoryStore;
/// use eventide_core::store::transfer::{CopyOptions, copy};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (from, to) = (MemoryStore::new(), MemoryStore::new());
/// let mut tell = |progress| println!("{progress:?}");
/// let copied = copy(&from, &to, CopyOptions::default(), &mut tell).await?;
/// assert!(copied.caught_up);
/// # Ok::<(), eventide_core::store::transfer::CopyError>(())
/// # }).unwrap();
/// ```
pub async fn copy(
    from: &dyn TransferStore,
    to: &dyn TransferStore,
    options: CopyOptions,
    report: &mut (dyn FnMut(Progress) + Send),
) -> Result<Copied, CopyError> {
    let mut progress = Tracker::new(report);
    let begun = begun(from, to).await?;
    let (before, total) = if options.count {
        let before = count(to).await.map_err(CopyError::Target)?;
        let total = count(from).await.map_err(CopyError::Source)?;
        (before, Some(total))
    } else {
        (0, None)
    };
    let until = from.head().await.map_err(CopyError::Source)?;
    let job = Comparison {
        from,
        to,
        until: Some(until),
        page: options.page,
    };
    progress.begin(Stage::CopyingEvents, before, total);
    copy_events(job, begun, until, &mut progress).await?;
    let events = progress.done().saturating_sub(before);
    let mut commands = copy_commands(job, &mut progress).await?;
    let mut verified = None;
    if options.verify {
        let mut compared = job.commands(&mut progress).await?;
        for _ in 1..ROUNDS {
            if !matches!(compared.difference, Some(Difference::MissingCommand { .. })) {
                break;
            }
            commands = copy_commands(job, &mut progress).await?;
            compared = job.commands(&mut progress).await?;
        }
        alike(&compared)?;
        let events = job.events(&mut progress).await?;
        alike(&events)?;
        verified = Some(Verified {
            commands: compared.commands,
            ..events
        });
    }
    let head = from.head().await.map_err(CopyError::Source)?;
    Ok(Copied {
        events,
        commands,
        until,
        caught_up: head == until,
        verified,
    })
}

fn alike(compared: &Verified) -> Result<(), CopyError> {
    match &compared.difference {
        None => Ok(()),
        Some(difference) => Err(CopyError::Different(difference.clone())),
    }
}

/// Where the target ends, which must be a place in the source.
async fn begun(from: &dyn TransferStore, to: &dyn TransferStore) -> Result<Position, CopyError> {
    let last = last_event(to, None).await.map_err(CopyError::Target)?;
    let Some(last) = last else {
        return Ok(Position::START);
    };
    let same = last_event(from, Some(last.position)).await;
    let same = same.map_err(CopyError::Source)?;
    let same = same.filter(|event| event.position == last.position);
    match Difference::of_events(same.as_ref(), Some(&last)) {
        None => Ok(last.position),
        Some(difference) => Err(CopyError::NotABeginning(difference)),
    }
}

async fn count(store: &dyn EventStore) -> Result<u64, StoreError> {
    let counts = store.count_versions().await?;
    Ok(counts.iter().map(|count| count.events).sum())
}

async fn copy_events(
    job: Comparison<'_>,
    begun: Position,
    until: Position,
    progress: &mut Tracker<'_>,
) -> Result<(), CopyError> {
    let mut query = LogQuery::after(begun).page(job.page);
    let mut after = begun;
    while after < until {
        let page = job.from.read_log(query.clone()).await;
        let page = page.map_err(CopyError::Source)?;
        let mut events = page.events;
        events.retain(|event| event.position <= until);
        let count = events.len();
        if let Some(last) = events.last().map(|event| event.position) {
            job.to.import_events(after, events).await?;
            after = last;
            progress.advance(count);
        }
        if !page.more {
            break;
        }
        query.from = Some(page.next);
    }
    Ok(())
}

async fn copy_commands(job: Comparison<'_>, progress: &mut Tracker<'_>) -> Result<u64, CopyError> {
    progress.begin(Stage::CopyingCommands, 0, None);
    let mut after = None;
    loop {
        let page = job.from.commands_after(after, job.page).await;
        let mut commands = page.map_err(CopyError::Source)?;
        after = commands.last().map(|command| command.id);
        // Not until nothing is left: a live source would always have handled one more.
        let more = commands.len() >= job.page.get();
        commands.retain(|command| job.includes(command.position));
        let count = commands.len();
        job.to.import_commands(commands).await?;
        progress.advance(count);
        if !more {
            return Ok(progress.done());
        }
    }
}
