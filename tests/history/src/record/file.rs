//! Histories as files: one entry a line, as JSON.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use thiserror::Error;

use crate::entry::Entry;

/// Why a history cannot be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// Its file cannot be read or written.
    #[error("the history's file cannot be read or written")]
    Io(#[from] io::Error),
    /// A line is not an entry.
    #[error("line {line} of the history is not an entry")]
    #[non_exhaustive]
    Line {
        /// Which, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// The line of `entry`. It begins with a line break too, so that what a process left behind that
/// was killed amid a line stays on a line of its own.
pub(super) fn line(entry: &Entry) -> io::Result<Vec<u8>> {
    let mut line = vec![b'\n'];
    serde_json::to_writer(&mut line, entry)?;
    line.push(b'\n');
    Ok(line)
}

/// Writes `entries` to `to`, one a line.
///
/// # Errors
/// As `to` says.
pub fn write(entries: &[Entry], mut to: impl Write) -> io::Result<()> {
    for entry in entries {
        let line = line(entry)?;
        to.write_all(line.get(1..).unwrap_or_default())?;
    }
    to.flush()
}

/// The entries of the file at `path`, in their order.
///
/// # Errors
/// The file cannot be read, or as for [`parse`].
pub fn read(path: &Path) -> Result<Vec<Entry>, HistoryError> {
    parse(&fs::read(path)?)
}

/// Reads what [`write()`] or a history with a file wrote.
///
/// A line that just ends too early is left out. Whoever wrote it was killed amid it, so it tells
/// of a store not called yet or of an answer nobody acted on.
///
/// # Errors
/// A line is something else than an entry or the beginning of one.
pub fn parse(text: &[u8]) -> Result<Vec<Entry>, HistoryError> {
    let mut entries = Vec::new();
    for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
        match serde_json::from_slice(line) {
            Ok(entry) => entries.push(entry),
            Err(error) if error.is_eof() => {}
            Err(source) => {
                let line = at + 1;
                return Err(HistoryError::Line { line, source });
            }
        }
    }
    Ok(entries)
}
