//! Recording: a shared history, clients that append, followers that read.

mod client;
mod file;
mod follower;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use client::Client;
pub use file::{HistoryError, parse, read, write};
pub use follower::Follower;

use crate::entry::{Answer, Entry, Op, Requested};

/// A history that many clients write to. A clone is another handle to the same one.
///
/// Its lock gives the entries one order, and that order is the real-time order of what they tell.
#[derive(Debug, Clone, Default)]
pub struct History {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    entries: Vec<Entry>,
    /// How many appends each client has invoked.
    invoked: HashMap<u32, u32>,
    file: Option<File>,
    failed: Option<io::Error>,
}

impl History {
    /// An empty history in memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty history in memory, each entry of which is also put at the end of the file at
    /// `path` before anything else happens, so that it outlives the process.
    ///
    /// Several processes may write to one file, if their clients and readers have different
    /// numbers: the order of the lines is then the real-time order across them. [`read`] gives all.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn to_file(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let state = State {
            file: Some(file),
            ..State::default()
        };
        Ok(Self {
            state: Arc::new(Mutex::new(state)),
        })
    }

    /// All entries so far that were made through this history or its clones.
    ///
    /// # Errors
    /// An entry could not be written to the file.
    pub fn entries(&self) -> Result<Vec<Entry>, HistoryError> {
        let state = self.state();
        match &state.failed {
            Some(error) => Err(io::Error::new(error.kind(), error.to_string()).into()),
            None => Ok(state.entries.clone()),
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.state().entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn invoked(&self, client: u32, request: Requested) -> Op {
        let mut state = self.state();
        let number = state.invoked.entry(client).or_default();
        *number += 1;
        let op = Op {
            client,
            number: *number,
        };
        state.push(Entry::Invoked { op, request });
        op
    }

    fn answered(&self, op: Op, answer: Answer) {
        self.state().push(Entry::Answered { op, answer });
    }

    fn push(&self, entries: impl IntoIterator<Item = Entry>) {
        let mut state = self.state();
        for entry in entries {
            state.push(entry);
        }
    }

    // An entry is pushed whole or not at all, so a poisoned state is still a right one.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, entry: Entry) {
        if let Some(file) = &mut self.file
            && let Err(error) = file::line(&entry).and_then(|line| file.write_all(&line))
        {
            self.failed.get_or_insert(error);
        }
        self.entries.push(entry);
    }
}
