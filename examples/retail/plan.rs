//! A first look at the whole file: is every row readable, and where does each document end?
//!
//! A file with a malformed row is refused before anything is recorded of it.

use std::collections::HashMap;

use anyhow::bail;
use jiff::Timestamp;

use crate::domain::document::Kind;
use crate::input::Source;

/// How many malformed rows are named before the rest is only counted.
const NAMED: usize = 20;

/// What a look at the file tells.
#[derive(Debug, Default)]
pub struct Plan {
    pub rows: u64,
    pub documents: HashMap<String, Document>,
}

/// A document's place in the file.
#[derive(Debug)]
pub struct Document {
    pub kind: Kind,
    /// When it happened: the time of its first row.
    pub at: Timestamp,
    /// The lines of its first and last row. Its rows need not stand together.
    pub first_line: u64,
    pub last_line: u64,
}

impl Plan {
    pub fn of(source: &Source) -> anyhow::Result<Self> {
        let mut plan = Self::default();
        let mut malformed = Vec::new();
        let mut more = 0;
        for row in source.rows()? {
            match row {
                Ok(row) => {
                    plan.rows += 1;
                    if let Some(document) = plan.documents.get_mut(&row.document) {
                        document.last_line = row.line;
                        continue;
                    }
                    let document = Document {
                        kind: Kind::of(&row.document),
                        at: row.at,
                        first_line: row.line,
                        last_line: row.line,
                    };
                    plan.documents.insert(row.document, document);
                }
                Err(error) if malformed.len() < NAMED => malformed.push(format!("{error:#}")),
                Err(_) => more += 1,
            }
        }
        if malformed.is_empty() {
            return Ok(plan);
        }
        if more > 0 {
            malformed.push(format!("and {more} more"));
        }
        bail!(
            "{} cannot be read, nothing was recorded:\n  {}",
            source.name(),
            malformed.join("\n  ")
        )
    }

    /// How many documents there are of `kind`.
    pub fn count(&self, kind: Kind) -> usize {
        self.documents
            .values()
            .filter(|document| document.kind == kind)
            .count()
    }
}
