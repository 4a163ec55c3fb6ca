//! Reading the text of a lock, line by line.

mod block;
mod cursor;
mod error;
mod path;
mod ty;

use std::{collections::BTreeMap, str::FromStr};

pub use error::{Malformed, ParseError};

use crate::{FORMAT, Line, Lock};
use block::Draft;
use cursor::Cursor;

/// What git writes into a file that it could not merge.
const MARKERS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

impl Lock {
    /// Reads a lock file.
    ///
    /// Blocks and lines may stand in any order and are sorted; indentation, empty lines and comments
    /// do not count.
    ///
    /// # Errors
    /// The first line that is not as it should be. A second block of the same version, a second line
    /// of the same path, and the markers of an unresolved git merge are refused, too.
    ///
    /// # Guarantees
    /// Never panics, whatever the text, and takes time in proportion to its length, but for sorting.
    ///
    /// ```
    /// use eventide_lock::Lock;
    ///
    /// let lock = Lock::parse(
    ///     "format 1
    ///      domain shop
    ///
    ///      event OrderPlaced 1
    ///        customer: uuid
    ///        note?: string",
    /// )?;
    /// assert_eq!(lock.domain, "shop");
    /// assert_eq!(lock.blocks[0].lines.len(), 2);
    /// assert_eq!(Lock::parse(&lock.to_string())?, lock);
    /// # Ok::<(), eventide_lock::ParseError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut file = File::default();
        let mut count = 0;
        for (number, line) in (1..).zip(text.lines()) {
            count = number;
            file.read(number, line).map_err(|problem| ParseError {
                line: number,
                problem,
            })?;
        }
        file.finish(count + 1)
    }
}

/// What has been read so far.
#[derive(Default)]
struct File {
    format: bool,
    domain: Option<String>,
    blocks: BTreeMap<(String, u32), Draft>,
    /// The block that the next lines belong to.
    current: Option<Draft>,
}

impl File {
    fn read(&mut self, number: usize, line: &str) -> Result<(), Malformed> {
        if let Some(marker) = MARKERS.into_iter().find(|marker| line.starts_with(marker)) {
            return Err(Malformed::MergeConflict { marker });
        }
        let line = line.trim_matches([' ', '\t', '\r']);
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if !self.format {
            format(line)?;
            self.format = true;
        } else if self.domain.is_none() {
            self.domain = Some(domain(line)?);
        } else if let Some(event) = line.strip_prefix("event ") {
            self.close();
            self.current = Some(self.open(event, number)?);
        } else if let Some(draft) = &mut self.current {
            draft.read(line, number)?;
        } else {
            return Err(Cursor(line).unexpected("`event`, its name and its schema version"));
        }
        Ok(())
    }

    fn open(&self, event: &str, number: usize) -> Result<Draft, Malformed> {
        let draft = Draft::open(event, number)?;
        let (event, version) = draft.key();
        match self.blocks.get(&(event, version)) {
            None => Ok(draft),
            Some(first) => Err(Malformed::DuplicateBlock {
                event: draft.key().0,
                version,
                first: first.number,
            }),
        }
    }

    /// The current block has no more lines.
    fn close(&mut self) {
        if let Some(draft) = self.current.take() {
            self.blocks.insert(draft.key(), draft);
        }
    }

    fn finish(mut self, end: usize) -> Result<Lock, ParseError> {
        self.close();
        let missing = |expected| ParseError {
            line: end,
            problem: Cursor("").unexpected(expected),
        };
        if !self.format {
            return Err(missing("`format` and its number"));
        }
        Ok(Lock {
            domain: self
                .domain
                .ok_or_else(|| missing("`domain` and its name"))?,
            blocks: self.blocks.into_values().map(Draft::finish).collect(),
        })
    }
}

fn format(line: &str) -> Result<(), Malformed> {
    let mut cursor = Cursor(line);
    cursor.need("format ", "`format` and its number")?;
    let format = cursor.number("the number of the lock's format")?;
    cursor.end("the end of the line")?;
    match format {
        FORMAT => Ok(()),
        0 => Err(Cursor("0").unexpected("the number of the lock's format, from 1")),
        format => Err(Malformed::NewerFormat { format }),
    }
}

fn domain(line: &str) -> Result<String, Malformed> {
    const EXPECTED: &str = "`domain` and its name";
    let mut cursor = Cursor(line);
    cursor.need("domain ", EXPECTED)?;
    let domain = cursor.name()?.ok_or_else(|| cursor.unexpected(EXPECTED))?;
    cursor.end("the end of the line")?;
    Ok(domain)
}

impl FromStr for Line {
    type Err = Malformed;

    /// Reads what [`Display`](std::fmt::Display) writes.
    ///
    /// ```
    /// use eventide_lock::Line;
    ///
    /// let line: Line = "note?: string".parse()?;
    /// assert!(line.may_be_missing);
    /// assert_eq!(line.to_string(), "note?: string");
    /// # Ok::<(), eventide_lock::Malformed>(())
    /// ```
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut cursor = Cursor(text);
        let path = path::path(&mut cursor)?;
        let may_be_missing = cursor.eat("?");
        cursor.need(": ", "`: ` and a type, as in `note?: string`")?;
        let ty = ty::ty(&mut cursor)?;
        cursor.end("the end of the line")?;
        Ok(Line {
            path,
            ty,
            may_be_missing,
        })
    }
}
