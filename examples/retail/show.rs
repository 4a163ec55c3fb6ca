//! One document: what happened to it, and what it is, now or at an earlier version.

use std::process::ExitCode;

use anyhow::bail;
use eventide::event::EventInfo;
use eventide::prelude::*;
use eventide::store::StreamQuery;
use eventide::{RecordedEvent, Version};

use crate::domain::credit_note::CreditNoteEvent;
use crate::domain::destination::Destination;
use crate::domain::document::{CustomerNo, Kind};
use crate::domain::line::Description;
use crate::domain::money::Quantity;
use crate::domain::order::OrderEvent;
use crate::domain::{CreditNote, DocumentNo, Money, Order, Retail};

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
        for (recorded, event) in app.repository::<A>().decode(&page.events).await? {
            let (version, time) = (recorded.version, recorded.occurred_at());
            let told = told(recorded, event.info());
            println!("{version:>6}  {time}  {told:<24} {}", line(&event));
        }
        match page.events.last() {
            Some(last) if page.more => query.after = last.version,
            _ => break,
        }
    }
    println!("\nAt version {}: {}", loaded.version(), state(&loaded));
    Ok(())
}

/// What was stored, and what it is read as where that is something else: `LineAdded@1 -> 4`.
fn told(recorded: &RecordedEvent, read: &EventInfo) -> String {
    let (stored, version) = (&recorded.event_type, recorded.schema_version);
    if !read.is_stored_as(stored) {
        format!(
            "{stored}@{version} -> {}@{}",
            read.name, read.schema_version
        )
    } else if read.schema_version == version {
        format!("{stored}@{version}")
    } else {
        format!("{stored}@{version} -> {}", read.schema_version)
    }
}

fn order_line(event: &OrderEvent) -> String {
    match event {
        OrderEvent::OrderPlaced(e) => match &e.customer {
            Some(customer) => format!("by customer {} in {}", customer.0, place(&e.destination)),
            None => format!("by an unknown customer in {}", place(&e.destination)),
        },
        OrderEvent::LineAdded(e) => line(e.quantity, e.description.as_ref(), &e.article, e.amount),
        OrderEvent::OrderConfirmed(e) => format!("{} lines, {}", e.lines, e.total.rounded()),
    }
}

fn place(Destination { country, zone }: &Destination) -> String {
    format!("{country} ({zone})")
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
        CreditNoteEvent::CreditNoteOpened(e) => {
            let to = addressee(e.customer.as_ref(), &e.country);
            format!("{to}: {}", e.reason)
        }
        CreditNoteEvent::CreditNoteIssued(e) => addressee(e.customer.as_ref(), &e.country),
        CreditNoteEvent::CreditLineAdded(e) => {
            let line = line(e.quantity, e.description.as_ref(), &e.article, e.amount);
            match e.list_price {
                Some(price) if price != e.unit_price => {
                    format!("{line}, by the list {} each", price.rounded())
                }
                Some(_) => line,
                None => format!("{line}, not in the price list"),
            }
        }
        CreditNoteEvent::CreditNoteSettled(e) => format!("{} lines", e.lines),
        CreditNoteEvent::RefundDue(e) => e.total.rounded(),
    }
}

fn addressee(customer: Option<&CustomerNo>, country: &str) -> String {
    match customer {
        Some(customer) => format!("to customer {} in {country}", customer.0),
        None => format!("to an unknown customer in {country}"),
    }
}

/// A line of either kind of document. Without a description, the article's number stands for it.
fn line(
    quantity: Quantity,
    description: Option<&Description>,
    article: &str,
    amount: Money,
) -> String {
    let what = description.map_or_else(|| article.to_owned(), ToString::to_string);
    format!(
        "{:>5} × {what:<36} {:>12}",
        quantity.get(),
        amount.rounded()
    )
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
