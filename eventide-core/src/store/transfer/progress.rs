//! How far a copy has come.

use std::time::{Duration, Instant};

/// How far a copy has come. Told after every page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// How many events or commands of this stage are done, those of an earlier, interrupted copy
    /// included.
    pub done: u64,
    /// How many there are, if they were counted. More may have come since.
    pub total: Option<u64>,
    /// Time since the copy began.
    pub elapsed: Duration,
}

/// What a copy does, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Events are copied.
    CopyingEvents,
    /// Handled commands are copied.
    CopyingCommands,
    /// Handled commands are compared.
    ComparingCommands,
    /// Events are compared.
    ComparingEvents,
}

/// Who is told of progress.
pub(super) type Report<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// Counts, and tells.
pub(super) struct Tracker<'a> {
    report: Report<'a>,
    started: Instant,
    stage: Stage,
    done: u64,
    total: Option<u64>,
}

impl<'a> Tracker<'a> {
    pub(super) fn new(report: Report<'a>) -> Self {
        Self {
            report,
            started: Instant::now(),
            stage: Stage::CopyingEvents,
            done: 0,
            total: None,
        }
    }

    /// The next stage, of which so many are `done`.
    pub(super) fn begin(&mut self, stage: Stage, done: u64, total: Option<u64>) {
        (self.stage, self.done, self.total) = (stage, done, total);
        self.tell();
    }

    pub(super) fn advance(&mut self, by: usize) {
        self.done = self.done.saturating_add(by as u64);
        self.tell();
    }

    pub(super) fn done(&self) -> u64 {
        self.done
    }

    fn tell(&mut self) {
        (self.report)(Progress {
            stage: self.stage,
            done: self.done,
            total: self.total,
            elapsed: self.started.elapsed(),
        });
    }
}
