//! One document: what happened to it, and what it is, now or at an earlier version.

use std::process::ExitCode;

use anyhow::bail;
use eventide::Version;
use eventide::prelude::*;
use eventide::store::StreamQuery;

use crate::domain::credit_note::CreditNoteEvent;
use crate::domain::document::Kind;
use crate::domain::order::OrderEvent;
use crate::domain::{CreditNote, DocumentNo, Order, Retail};

/// Prints document `number` as of version `at`, or as it is.
pub async fn print(app: &App<Retail>, number: &str, at: Option<u64>) -> anyhow::Result<ExitCode> {
    let id: DocumentNo = number.parse()?;
    let at = at.map(Version::new);
    let shown = match Kind::of(number) {
        Kind::Order => show::<Order>(app, &id, at, order_line, order_state).await,
        Kind::CreditNote => show::<CreditNote>(app, &id, at, credit_line, credit_state).await,
        Kind::Unknown => {
            bail!("`{number}` is neither an order nor a credit note; nothing is kept of it")
        }
    };
    match shown {
        Err(LoadError::NotFound { .. }) => {
            eprintln!("there is no document {number} in the store");
            Ok(ExitCode::FAILURE)
        }
        Err(LoadError::VersionNotReached { asked, actual, .. }) => {
            eprintln!("document {number} is at version {actual}, it never was at version {asked}");
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error.into()),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

async fn show<A: Aggregate>(
    app: &App<Retail>,
    id: &A::Id,
    at: Option<Version>,
    line: fn(&A::Event) -> String,
    state: fn(&A) -> String,
) -> Result<(), LoadError>
where
    Retail: Contains<A>,
{
    let loaded = match at {
        Some(version) => app.load_at::<A>(id, version).await?,
        None => app.load::<A>(id).await?,
    };
    println!("{}", loaded.stream());
    let mut query = StreamQuery {
        until: Some(loaded.version()),
        ..StreamQuery::default()
    };
    loop {
        let page = app.store().read_stream(loaded.stream(), query).await?;
        for recorded in &page.events {
            let event = A::Event::decode(recorded)?;
            let (version, time) = (recorded.version, recorded.occurred_at());
            println!(
                "{version:>6}  {time}  {:<18} {}",
                recorded.event_type,
                line(&event)
            );
            query.after = recorded.version;
        }
        if !page.more {
            break;
        }
    }
    println!("\nAt version {}: {}", loaded.version(), state(&loaded));
    Ok(())
}

fn order_line(event: &OrderEvent) -> String {
    match event {
        OrderEvent::OrderPlaced(e) => match &e.customer {
            Some(customer) => format!("by customer {} in {}", customer.0, e.country),
            None => format!("by an unknown customer in {}", e.country),
        },
        OrderEvent::LineAdded(e) => {
            format!(
                "{:>5} × {:<36} {:>12}",
                e.quantity.get(),
                e.description,
                e.amount.rounded()
            )
        }
        OrderEvent::OrderConfirmed(e) => format!("{} lines, {}", e.lines, e.total.rounded()),
    }
}

fn order_state(order: &Order) -> String {
    let status = if order.confirmed { "confirmed" } else { "open" };
    format!(
        "{status}, {} lines, {}, to {}",
        order.lines,
        order.total.rounded(),
        order.country
    )
}

fn credit_line(event: &CreditNoteEvent) -> String {
    match event {
        CreditNoteEvent::CreditNoteIssued(e) => match &e.customer {
            Some(customer) => format!("to customer {} in {}", customer.0, e.country),
            None => format!("to an unknown customer in {}", e.country),
        },
        CreditNoteEvent::CreditLineAdded(e) => {
            format!(
                "{:>5} × {:<36} {:>12}",
                e.quantity.get(),
                e.description,
                e.amount.rounded()
            )
        }
        CreditNoteEvent::CreditNoteSettled(e) => {
            format!("{} lines, {}", e.lines, e.total.rounded())
        }
    }
}

fn credit_state(note: &CreditNote) -> String {
    let status = if note.settled { "settled" } else { "open" };
    format!(
        "{status}, {} lines, {}, to {}",
        note.lines,
        note.total.rounded(),
        note.country
    )
}
