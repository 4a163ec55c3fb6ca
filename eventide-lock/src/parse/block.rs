//! Reading the lines of one block.

use std::collections::BTreeMap;

use super::{Malformed, cursor::Cursor};
use crate::{Block, Golden, Line, Reading};

/// A block of which more lines may follow.
pub(super) struct Draft {
    /// The number of its first line.
    pub(super) number: usize,
    event: String,
    version: u32,
    published: bool,
    /// By the text of their paths, with the number of the line.
    lines: BTreeMap<String, (usize, Line)>,
    goldens: Vec<Golden>,
}

impl Draft {
    /// Begins a block: `OrderPlaced 2 published`.
    pub(super) fn open(text: &str, number: usize) -> Result<Self, Malformed> {
        let mut cursor = Cursor(text);
        let (event, version) = event_version(&mut cursor)?;
        let published = cursor.eat(" published");
        cursor.end("`published` or the end of the line")?;
        Ok(Self {
            number,
            event,
            version,
            published,
            lines: BTreeMap::new(),
            goldens: Vec::new(),
        })
    }

    pub(super) fn key(&self) -> (String, u32) {
        (self.event.clone(), self.version)
    }

    /// Reads one more line of the block. Words that say what a line is are followed by a space, in
    /// which they differ from fields of that name.
    pub(super) fn read(&mut self, text: &str, number: usize) -> Result<(), Malformed> {
        if let Some(payload) = text.strip_prefix("golden ") {
            self.goldens.push(Golden {
                payload: json(payload)?,
                reads: None,
            });
            return Ok(());
        }
        if let Some(reading) = text.strip_prefix("reads ") {
            return self.read_reading(reading);
        }
        let line: Line = text.parse()?;
        let path = line.path.to_string();
        if let Some(&(first, _)) = self.lines.get(&path) {
            return Err(Malformed::DuplicateLine { path, first });
        }
        self.lines.insert(path, (number, line));
        Ok(())
    }

    /// What the last golden is read as: `OrderPlaced 3 {..}` or `nothing`.
    fn read_reading(&mut self, text: &str) -> Result<(), Malformed> {
        let Some(golden) = self.goldens.last_mut() else {
            return Err(Cursor(text).unexpected("`golden` and a payload before the first `reads`"));
        };
        if text == "nothing" {
            return match golden.reads {
                None => {
                    golden.reads = Some(Vec::new());
                    Ok(())
                }
                Some(_) => Err(Cursor(text).unexpected("either `reads nothing` or what is read")),
            };
        }
        let mut cursor = Cursor(text);
        let (event, version) = event_version(&mut cursor)?;
        cursor.need(" ", "a payload")?;
        let reading = Reading {
            event,
            version,
            payload: json(cursor.0)?,
        };
        match &mut golden.reads {
            Some(reads) if reads.is_empty() => {
                return Err(Cursor(text).unexpected("no more after `reads nothing`"));
            }
            Some(reads) => reads.push(reading),
            None => golden.reads = Some(vec![reading]),
        }
        Ok(())
    }

    /// The block, sorted.
    pub(super) fn finish(self) -> Block {
        Block {
            event: self.event,
            version: self.version,
            published: self.published,
            lines: self.lines.into_values().map(|(_, line)| line).collect(),
            goldens: self.goldens,
        }
    }
}

fn event_version(cursor: &mut Cursor<'_>) -> Result<(String, u32), Malformed> {
    const VERSION: &str = "a schema version, a number from 1";
    let event = cursor
        .name()?
        .ok_or_else(|| cursor.unexpected("an event's name"))?;
    cursor.need(" ", "a space and a schema version")?;
    let before = cursor.0;
    let version = cursor.number(VERSION)?;
    if version == 0 {
        return Err(Cursor(before).unexpected(VERSION));
    }
    Ok((event, version))
}

/// A payload, checked.
fn json(text: &str) -> Result<String, Malformed> {
    let text = text.trim_matches([' ', '\t']);
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(Malformed::Payload {
            reason: error.to_string(),
        }),
    }
}
