//! A run of rows as commands, and what became of them.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use anyhow::Context;
use eventide::prelude::*;

use crate::domain::credit_note::{
    AddCreditLine, CreditNoteCommand, CreditNoteError, CreditReason, OpenCreditNote,
    SettleCreditNote,
};
use crate::domain::document::Kind;
use crate::domain::order::{AddLine, ConfirmOrder, OrderCommand, OrderError, PlaceOrder};
use crate::domain::{CreditNote, DocumentNo, Order, Retail};
use crate::import::{Run, Tally};
use crate::input::Row;

/// Executes the commands `run` stands for.
pub async fn execute(app: &App<Retail>, run: Run) -> anyhow::Result<Tally> {
    match run.kind {
        Kind::Order => order(app, run).await,
        Kind::CreditNote => credit_note(app, run).await,
        Kind::Unknown => unknown(&run),
    }
}

async fn order(app: &App<Retail>, run: Run) -> anyhow::Result<Tally> {
    let number: DocumentNo = run.document.parse()?;
    let (id, at, opens, closes) = (command_id(&run)?, run.at, run.opens, run.closes);
    let mut commands: Vec<OrderCommand> = Vec::with_capacity(run.rows.len() + 2);
    if let Some(Row {
        customer, country, ..
    }) = run.rows.first().filter(|_| opens)
    {
        let (order, customer, country) = (number.clone(), customer.clone(), country.clone());
        commands.push(
            PlaceOrder {
                order,
                customer,
                country,
            }
            .into(),
        );
    }
    for Row {
        stock_code: article,
        description,
        quantity,
        unit_price,
        ..
    } in run.rows
    {
        let order = number.clone();
        commands.push(
            AddLine {
                order,
                article,
                description,
                quantity,
                unit_price,
            }
            .into(),
        );
    }
    if closes {
        commands.push(ConfirmOrder { order: number }.into());
    }
    let answers = app
        .execute_each::<Order>(commands)
        .command_id(id)
        .occurred_at(at)
        .await?;
    let judged = judge(answers, opens, closes, OrderError::reason)?;
    Ok(Tally {
        order_lines: judged.lines,
        order_lines_rejected: judged.lines_rejected,
        confirms_rejected: judged.closings_rejected,
        recorded: judged.recorded,
        ..Tally::default()
    })
}

async fn credit_note(app: &App<Retail>, run: Run) -> anyhow::Result<Tally> {
    let number: DocumentNo = run.document.parse()?;
    let (id, at, opens, closes) = (command_id(&run)?, run.at, run.opens, run.closes);
    let mut commands: Vec<CreditNoteCommand> = Vec::with_capacity(run.rows.len() + 2);
    if let Some(Row {
        customer,
        country,
        stock_code,
        ..
    }) = run.rows.first().filter(|_| opens)
    {
        let (credit_note, customer, country) = (number.clone(), customer.clone(), country.clone());
        let reason = CreditReason::of(stock_code);
        let open = OpenCreditNote {
            credit_note,
            customer,
            country,
            reason,
        };
        commands.push(open.into());
    }
    for Row {
        line,
        stock_code: article,
        description,
        quantity,
        unit_price,
        ..
    } in run.rows
    {
        let credit_note = number.clone();
        // The file writes what comes back as a negative quantity.
        let quantity = quantity
            .checked_neg()
            .with_context(|| format!("line {line}: quantity {quantity} has no opposite"))?;
        let line = AddCreditLine {
            credit_note,
            article,
            description,
            quantity,
            unit_price,
        };
        commands.push(line.into());
    }
    if closes {
        commands.push(
            SettleCreditNote {
                credit_note: number,
            }
            .into(),
        );
    }
    let answers = app
        .execute_each::<CreditNote>(commands)
        .command_id(id)
        .occurred_at(at)
        .await?;
    let judged = judge(answers, opens, closes, CreditNoteError::reason)?;
    Ok(Tally {
        credit_lines: judged.lines,
        credit_lines_rejected: judged.lines_rejected,
        settlements_rejected: judged.closings_rejected,
        recorded: judged.recorded,
        ..Tally::default()
    })
}

/// The shop has no rule for such documents: they are counted, and left to people.
fn unknown(run: &Run) -> anyhow::Result<Tally> {
    let mut tally = Tally {
        unknown_rows: run.rows.len() as u64,
        ..Tally::default()
    };
    for row in &run.rows {
        let amount = row.unit_price.times(row.quantity);
        tally.unknown_amount = amount
            .and_then(|amount| tally.unknown_amount.plus(amount))
            .with_context(|| format!("line {}: the amount has too many digits", row.line))?;
    }
    Ok(tally)
}

/// What the answers to a run's commands amount to.
#[derive(Default)]
struct Judged {
    lines: u64,
    lines_rejected: BTreeMap<&'static str, u64>,
    closings_rejected: u64,
    recorded: u64,
}

/// Counts the answers; what is no rule of the domain ends the import.
fn judge<A: Aggregate>(
    answers: Vec<Result<Receipt<A>, ExecuteError<A::Error>>>,
    opens: bool,
    closes: bool,
    reason: impl Fn(&A::Error) -> &'static str,
) -> anyhow::Result<Judged> {
    let mut judged = Judged::default();
    let last = answers.len().saturating_sub(1);
    for (index, answer) in answers.into_iter().enumerate() {
        let (opening, closing) = (opens && index == 0, closes && index == last);
        match answer {
            Ok(receipt) => {
                if !receipt.replayed {
                    judged.recorded += receipt.events.len() as u64;
                }
                judged.lines += u64::from(!opening && !closing);
            }
            Err(ExecuteError::Domain(_)) if closing => judged.closings_rejected += 1,
            Err(ExecuteError::Domain(error)) if !opening => {
                *judged.lines_rejected.entry(reason(&error)).or_default() += 1;
            }
            Err(other) => return Err(explain(other)),
        }
    }
    Ok(judged)
}

fn explain<E: fmt::Debug + Send + Sync + 'static>(error: ExecuteError<E>) -> anyhow::Error {
    let exists = matches!(error, ExecuteError::AlreadyExists { .. });
    let error = anyhow::Error::new(error);
    if exists {
        error.context("it is in the store with other content; give this file a store of its own")
    } else {
        error
    }
}

/// The same rows at the same place of the same document have the same id, whenever they are
/// imported.
fn command_id(run: &Run) -> Result<CommandId, fmt::Error> {
    let mut name = format!("{}+{}", run.document, run.after);
    for row in &run.rows {
        let Row {
            stock_code,
            description,
            quantity,
            at,
            unit_price,
            customer,
            country,
            ..
        } = row;
        write!(
            name,
            "\n{stock_code}\t{description}\t{quantity}\t{at}\t{unit_price}\t{customer:?}\t{country}"
        )?;
    }
    Ok(CommandId::derived("retail import", &name))
}
