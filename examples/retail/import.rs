//! The main job: rows become commands, in the order of the file, many documents at a time.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::time::Instant;

use anyhow::{Context, bail};
use eventide::prelude::*;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use crate::commands;
use crate::domain::document::Kind;
use crate::domain::{Money, Retail};
use crate::figures::{self, Figures};
use crate::input::{Row, Source};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::projections;

/// How many runs of rows are under way at once.
const AT_ONCE: usize = 128;

/// The most rows handed over at once: a document of any length passes through bounded memory.
const ROWS_PER_RUN: usize = 2_000;

/// What an import came to.
pub struct Imported {
    pub plan: Plan,
    pub tally: Tally,
    pub figures: Figures,
    pub seconds: f64,
}

/// What became of the rows and documents.
#[derive(Debug, Default)]
pub struct Tally {
    pub order_lines: u64,
    pub order_lines_rejected: BTreeMap<&'static str, u64>,
    pub credit_lines: u64,
    pub credit_lines_rejected: BTreeMap<&'static str, u64>,
    pub confirms_rejected: u64,
    pub settlements_rejected: u64,
    pub unknown_rows: u64,
    pub unknown_amount: Money,
    /// Events that were recorded now, not by an earlier attempt.
    pub recorded: u64,
}

/// Rows of one document that stand together.
pub struct Run {
    pub document: String,
    pub kind: Kind,
    /// The document's own time.
    pub at: Timestamp,
    /// Whether the document begins here, and whether it ends here.
    pub opens: bool,
    pub closes: bool,
    /// How far into the document it begins, in lines of the file.
    pub after: u64,
    pub rows: Vec<Row>,
}

/// Imports `source` into the store of `app`.
pub async fn run(app: &App<Retail>, source: &Source) -> anyhow::Result<Imported> {
    let started = Instant::now();
    let plan = Plan::of(source)?;
    let progress = Progress::new("importing rows", plan.rows);
    let runs = Runs {
        plan: &plan,
        rows: source.rows()?.peekable(),
    };
    let tally = stream::iter(runs)
        .map(|run| async {
            let run = run?;
            let rows = run.rows.len() as u64;
            let document = run.document.clone();
            let tally = commands::execute(app, run)
                .await
                .with_context(|| format!("document {document}"))?;
            progress.advance(rows);
            anyhow::Ok(tally)
        })
        .buffer_unordered(AT_ONCE)
        .try_fold(Tally::default(), |mut sum, tally| async {
            sum.add(tally);
            Ok(sum)
        })
        .await?;
    drop(progress);
    let ours = |number: &str| plan.documents.contains_key(number);
    let (figures, alone) = figures::of_documents(app, ours).await?;
    if (figures.order_lines, figures.credit_lines) != (tally.order_lines, tally.credit_lines) {
        bail!(
            "the log holds {} order lines and {} credit lines of these documents, {} and {} were accepted",
            figures.order_lines,
            figures.credit_lines,
            tally.order_lines,
            tally.credit_lines
        );
    }
    projections::catch_up(app).await?;
    let mut asked = figures::of_views(app).await?;
    if alone && asked != figures.as_asked() {
        bail!("the views tell {asked:?}, the log {figures:?}");
    }
    asked.events = figures.events;
    // Where other files were imported as well, the views tell of more than this one.
    Ok(Imported {
        plan,
        tally,
        figures: if alone { asked } else { figures },
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// Cuts the file into runs.
struct Runs<'a, I: Iterator<Item = anyhow::Result<Row>>> {
    plan: &'a Plan,
    rows: Peekable<I>,
}

impl<I: Iterator<Item = anyhow::Result<Row>>> Iterator for Runs<'_, I> {
    type Item = anyhow::Result<Run>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = match self.rows.next()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error)),
        };
        let Some(document) = self.plan.documents.get(&first.document) else {
            return Some(Err(anyhow::anyhow!(
                "line {}: the file has changed",
                first.line
            )));
        };
        let (name, opens) = (first.document.clone(), first.line == document.first_line);
        let mut rows = vec![first];
        while rows.len() < ROWS_PER_RUN {
            let same = |row: &anyhow::Result<Row>| matches!(row, Ok(row) if row.document == name);
            match self.rows.next_if(same) {
                Some(Ok(row)) => rows.push(row),
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        let closes = rows
            .last()
            .is_some_and(|row| row.line == document.last_line);
        let (kind, at) = (document.kind, document.at);
        let after = rows.first().map_or(0, |row| row.line - document.first_line);
        Some(Ok(Run {
            document: name,
            kind,
            at,
            opens,
            closes,
            after,
            rows,
        }))
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.order_lines += other.order_lines;
        self.credit_lines += other.credit_lines;
        self.confirms_rejected += other.confirms_rejected;
        self.settlements_rejected += other.settlements_rejected;
        self.unknown_rows += other.unknown_rows;
        self.unknown_amount = [self.unknown_amount, other.unknown_amount]
            .into_iter()
            .sum();
        self.recorded += other.recorded;
        for (reason, count) in other.order_lines_rejected {
            *self.order_lines_rejected.entry(reason).or_default() += count;
        }
        for (reason, count) in other.credit_lines_rejected {
            *self.credit_lines_rejected.entry(reason).or_default() += count;
        }
    }
}
