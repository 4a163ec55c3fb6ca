//! History: events as an earlier version of this program recorded them, taken in as they were.
//!
//! A line of the file is one event: its stream and version, its id, type and schema version, when it
//! happened, the command that caused it, its tags and its payload, which is kept byte for byte. What
//! the events are read as is not this module's business: reading them is the program's.

mod file;
mod line;

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use eventide::prelude::*;
use eventide::store::{AppendRequest, CommandMark, ExpectedVersion, StreamAppend};
use eventide::{Position, RecordedEvent, StreamId};

use crate::domain::{CreditNote, Order, Retail};
use crate::figures::{self, Figures};
pub use file::{History, Recording};

/// How many events are looked at together before anything is recorded.
const PAGE: usize = 512;

/// How many commands the store is asked about at once.
const COMMANDS: usize = 1_000;

/// What taking a history in came to.
pub struct TakenIn {
    /// Events in the file.
    pub events: u64,
    /// Events that were recorded now, not by an earlier attempt.
    pub recorded: u64,
    pub figures: Figures,
    pub seconds: f64,
}

/// Takes the events of `history` into the store of `app`, which must hold no others.
///
/// Nothing is recorded of a file with a malformed line, or with an event that this program does not
/// read. What was begun and killed is finished by doing it again.
pub async fn take_in(app: &App<Retail>, history: &History) -> anyhow::Result<TakenIn> {
    let started = Instant::now();
    let contents = Contents::of(app, history).await?;
    let handled = contents.handled(app).await?;
    let mut recorded = 0;
    for recording in history.recordings()? {
        let recording = recording?;
        if handled.contains(&recording.command) {
            continue;
        }
        let (line, events) = (recording.line, recording.events.len() as u64);
        app.store()
            .append(append(recording))
            .await
            .with_context(|| format!("line {line}"))?;
        recorded += events;
    }
    Ok(TakenIn {
        events: contents.events,
        recorded,
        figures: figures::of_documents(app, |_| true).await?.0,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// One append of a whole recording, under an id that its lines give it.
fn append(recording: Recording) -> AppendRequest {
    let mark = CommandMark {
        id: recording.command,
        events: recording.events.len(),
    };
    AppendRequest::to(StreamAppend {
        stream: recording.stream,
        expected: ExpectedVersion::Exact(recording.after),
        events: recording.events,
        commands: vec![mark],
    })
}

/// What a first look at the whole file tells.
#[derive(Default)]
struct Contents {
    events: u64,
    commands: Vec<CommandId>,
}

impl Contents {
    /// Checks that the streams are whole and in order, and that every event can be read.
    async fn of(app: &App<Retail>, history: &History) -> anyhow::Result<Self> {
        let mut contents = Self::default();
        let mut versions: HashMap<StreamId, Version> = HashMap::new();
        let mut page = Vec::new();
        for recording in history.recordings()? {
            let recording = recording?;
            let (line, stream) = (recording.line, &recording.stream);
            let version = versions.entry(stream.clone()).or_default();
            ensure!(
                recording.after == *version,
                "line {line}: version {} of {stream} follows on version {version}",
                recording.after.next()
            );
            *version = version.plus(recording.events.len() as u64);
            contents.events += recording.events.len() as u64;
            contents.commands.push(recording.command);
            page.extend(recording.into_recorded());
            if page.len() >= PAGE {
                read(app, std::mem::take(&mut page)).await?;
            }
        }
        read(app, page).await?;
        Ok(contents)
    }

    /// The commands an earlier attempt recorded. It is an error if the store holds anything else.
    async fn handled(&self, app: &App<Retail>) -> anyhow::Result<HashSet<CommandId>> {
        let mut handled = HashSet::new();
        let mut ours = 0;
        for ids in self.commands.chunks(COMMANDS) {
            for command in app.store().handled_commands(ids).await? {
                ours += command.events;
                handled.insert(command.id);
            }
        }
        let counts = app.store().count_versions().await?;
        let stored: u64 = counts.iter().map(|count| count.events).sum();
        if stored != ours {
            bail!(
                "the store holds {} events that are not of this file; give it a store of its own",
                stored.saturating_sub(ours)
            );
        }
        Ok(handled)
    }
}

/// Reads events as the program would, to see that it can; their positions are lines of the file.
async fn read(app: &App<Retail>, page: Vec<RecordedEvent>) -> anyhow::Result<()> {
    let of_order = |event: &RecordedEvent| event.stream.aggregate_type() == Order::INFO.name;
    let (orders, notes): (Vec<_>, Vec<_>) = page.into_iter().partition(of_order);
    let line = |position: Position| format!("line {}", position.as_raw());
    if let Err(error) = app.repository::<Order>().decode(&orders).await {
        return Err(error.clone()).with_context(|| line(error.position));
    }
    if let Err(error) = app.repository::<CreditNote>().decode(&notes).await {
        return Err(error.clone()).with_context(|| line(error.position));
    }
    Ok(())
}
