//! A file of recorded events, a run of lines at a time.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor};
use std::iter;
use std::path::PathBuf;

use anyhow::Context;
use eventide::prelude::*;
use eventide::{NewEvent, Position, RecordedEvent, StreamId};

use super::line::Line;

/// The most events recorded at once: a stream of any length passes through bounded memory.
const AT_ONCE: usize = 2_000;

/// Where the events come from.
pub enum History {
    File(PathBuf),
    /// The sample's events, as version 1 of this program recorded them.
    Bundled,
}

/// Events of one stream that stand together in the file.
pub struct Recording {
    /// The line of the first, from 1.
    pub line: u64,
    pub stream: StreamId,
    /// The stream's version before them.
    pub after: Version,
    pub events: Vec<NewEvent>,
    /// The same lines have the same id, whenever they are recorded.
    pub command: CommandId,
}

impl History {
    pub fn new(path: Option<PathBuf>) -> Self {
        path.map_or(Self::Bundled, Self::File)
    }

    /// What the file holds, in its order. A line that cannot be read is an error that names it.
    pub fn recordings(&self) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Recording>>> {
        let mut lines = self.lines()?.peekable();
        Ok(iter::from_fn(move || {
            let first = match lines.next()? {
                Ok(first) => first,
                Err(error) => return Some(Err(error)),
            };
            let (line, stream) = (first.number, first.line.stream.clone());
            let after = Version::new(first.line.version.get() - 1);
            let mut text = first.text;
            let mut events = vec![first.line.event];
            while events.len() < AT_ONCE {
                let next = after.plus(events.len() as u64).next();
                let goes_on = |read: &anyhow::Result<Numbered>| {
                    let line = read.as_ref().map(|read| &read.line);
                    line.is_ok_and(|line| line.stream == stream && line.version == next)
                };
                match lines.next_if(goes_on) {
                    Some(Ok(read)) => {
                        text.push_str(&read.text);
                        events.push(read.line.event);
                    }
                    _ => break,
                }
            }
            let command = CommandId::derived("retail history", &text);
            Some(Ok(Recording {
                line,
                stream,
                after,
                events,
                command,
            }))
        }))
    }

    fn lines(&self) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Numbered>>> {
        let lines = (1..).zip(self.open()?.lines());
        Ok(lines.map(|(number, text)| {
            let text = text.with_context(|| format!("line {number}"))?;
            let line = Line::read(&text).with_context(|| format!("line {number}"))?;
            Ok(Numbered { number, text, line })
        }))
    }

    fn open(&self) -> anyhow::Result<Box<dyn BufRead + Send>> {
        Ok(match self {
            Self::File(path) => {
                let file = File::open(path).with_context(|| path.display().to_string())?;
                Box::new(BufReader::with_capacity(1 << 16, file))
            }
            Self::Bundled => Box::new(Cursor::new(include_str!("version-1.jsonl"))),
        })
    }
}

struct Numbered {
    number: u64,
    text: String,
    line: Line,
}

impl Recording {
    /// The events as a store would give them back, at the positions of their lines.
    pub fn into_recorded(self) -> impl Iterator<Item = RecordedEvent> {
        let Self {
            line,
            stream,
            after,
            events,
            ..
        } = self;
        (0..).zip(events).map(move |(index, event)| {
            let position = Position::from_raw(line + index);
            let version = after.plus(index).next();
            let at = event.metadata.occurred_at.unwrap_or_default();
            RecordedEvent::new(position, stream.clone(), version, at, event)
        })
    }
}
