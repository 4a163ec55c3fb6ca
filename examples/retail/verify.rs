//! Reading the whole log again, and checking every promise that can be checked from outside.

use std::collections::HashMap;
use std::process::ExitCode;

use eventide::prelude::*;
use eventide::store::{LogQuery, PageSize};
use eventide::{Position, RecordedEvent, Version};

use crate::domain::credit_note::CreditNoteEvent;
use crate::domain::order::OrderEvent;
use crate::domain::{CreditNote, DocumentNo, Money, Order, Retail};
use crate::progress::Progress;

/// How many broken promises are named before the rest is only counted.
const NAMED: usize = 20;

/// What the log says of one document: enough to check the fold by.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    /// The last there is.
    version: Version,
    lines: u32,
    total: Money,
    closed: bool,
    /// What is owed to the customer of a credit note.
    due: Money,
}

#[derive(Default)]
struct Check {
    events: u64,
    position: Position,
    recorded_at: Option<jiff::Timestamp>,
    documents: HashMap<(bool, String), Entry>,
    broken: Vec<String>,
    broken_unnamed: u64,
}

/// Checks the log, then loads every document and compares.
pub async fn run(app: &App<Retail>) -> anyhow::Result<ExitCode> {
    let mut check = Check::default();
    loop {
        let query = LogQuery::after(check.position).page(PageSize::new(4_096));
        let page = app.store().read_log(query).await?;
        for recorded in &page.events {
            check.record(recorded);
        }
        check
            .events(app.repository::<Order>(), &page.events, Entry::order)
            .await;
        check
            .events(
                app.repository::<CreditNote>(),
                &page.events,
                Entry::credit_note,
            )
            .await;
        check.position = page.next;
        if !page.more {
            break;
        }
    }
    let progress = Progress::new("loading documents", check.documents.len() as u64);
    for ((is_order, number), entry) in std::mem::take(&mut check.documents) {
        let folded = fold(app, is_order, &number.parse()?).await;
        match folded {
            Ok(folded) if folded == entry => {}
            Ok(folded) => check.broke(format!(
                "{number}: folds to {folded:?}, the log says {entry:?}"
            )),
            Err(error) => check.broke(format!("{number}: {error}")),
        }
        progress.advance(1);
    }
    drop(progress);
    Ok(check.report())
}

async fn fold(app: &App<Retail>, is_order: bool, id: &DocumentNo) -> Result<Entry, LoadError> {
    Ok(if is_order {
        let order = app.load::<Order>(id).await?;
        let (version, closed) = (order.version(), order.confirmed);
        Entry {
            version,
            lines: order.lines,
            total: order.total,
            closed,
            due: Money::ZERO,
        }
    } else {
        let note = app.load::<CreditNote>(id).await?;
        let (version, closed) = (note.version(), note.settled);
        Entry {
            version,
            lines: note.lines,
            total: note.total,
            closed,
            due: note.due,
        }
    })
}

/// Whether it is an order, and its number.
fn key(recorded: &RecordedEvent) -> (bool, String) {
    let stream = &recorded.stream;
    let is_order = stream.aggregate_type() == Order::INFO.name;
    (is_order, stream.aggregate_id().to_owned())
}

impl Check {
    fn broke(&mut self, promise: String) {
        if self.broken.len() < NAMED {
            self.broken.push(promise);
        } else {
            self.broken_unnamed += 1;
        }
    }

    /// Checks the place of an event in its stream and in the log.
    fn record(&mut self, recorded: &RecordedEvent) {
        let (stream, version) = (&recorded.stream, recorded.version);
        let at = format!("{stream} version {version}");
        self.events += 1;
        if recorded.position <= self.position {
            self.broke(format!(
                "{at}: position {} does not grow",
                recorded.position
            ));
        }
        self.position = recorded.position;
        if self
            .recorded_at
            .is_some_and(|last| recorded.recorded_at < last)
        {
            self.broke(format!("{at}: recorded before the event before it"));
        }
        self.recorded_at = Some(recorded.recorded_at);
        if *recorded.metadata.causation_id.as_uuid() == uuid::Uuid::nil() {
            self.broke(format!("{at}: has no cause"));
        }
        let entry = self.documents.entry(key(recorded)).or_default();
        let expected = entry.version.next();
        entry.version = version;
        if version != expected {
            self.broke(format!("{at}: version {expected} is missing"));
        }
    }

    /// Folds the events of one kind of document by hand.
    async fn events<A: Aggregate>(
        &mut self,
        documents: &Repository<A>,
        page: &[RecordedEvent],
        fold: fn(&mut Entry, Version, &A::Event) -> Option<&'static str>,
    ) {
        let of_this_kind = |event: &&RecordedEvent| event.stream.aggregate_type() == A::INFO.name;
        let page: Vec<_> = page.iter().filter(of_this_kind).cloned().collect();
        // One that cannot be read must not hide what is wrong with the others.
        let parts = match documents.decode(&page).await {
            Ok(_) => page.chunks(page.len().max(1)),
            Err(_) => page.chunks(1),
        };
        for part in parts {
            let events = match documents.decode(part).await {
                Ok(events) => events,
                Err(error) => {
                    self.broke(error.to_string());
                    continue;
                }
            };
            for (recorded, event) in events {
                let entry = self.documents.entry(key(recorded)).or_default();
                if let Some(rule) = fold(entry, recorded.version, &event) {
                    self.broke(format!(
                        "{} version {}: {rule}",
                        recorded.stream, recorded.version
                    ));
                }
            }
        }
    }

    fn report(self) -> ExitCode {
        let Self {
            events,
            position,
            broken,
            broken_unnamed,
            ..
        } = self;
        println!("{events} events read, up to position {position}");
        if broken.is_empty() {
            println!("every stream is whole and in order, every event decodes, every sum is right");
            return ExitCode::SUCCESS;
        }
        for promise in &broken {
            println!("broken: {promise}");
        }
        if broken_unnamed > 0 {
            println!("and {broken_unnamed} more");
        }
        ExitCode::FAILURE
    }
}

impl Entry {
    /// Folds an event by hand; says which rule it breaks, if it does.
    fn order(&mut self, version: Version, event: &OrderEvent) -> Option<&'static str> {
        match event {
            OrderEvent::OrderPlaced(_) => (version != Version::new(1)).then_some("placed late"),
            OrderEvent::LineAdded(e) => self.line(e.quantity.get(), e.unit_price, e.amount),
            OrderEvent::OrderConfirmed(e) => self.close(e.lines).or(self.sum(e.total)),
        }
    }

    fn credit_note(&mut self, version: Version, event: &CreditNoteEvent) -> Option<&'static str> {
        match event {
            CreditNoteEvent::CreditNoteOpened(_) | CreditNoteEvent::CreditNoteIssued(_) => {
                (version != Version::new(1)).then_some("opened late")
            }
            CreditNoteEvent::CreditLineAdded(e) => {
                self.line(e.quantity.get(), e.unit_price, e.amount)
            }
            CreditNoteEvent::CreditNoteSettled(e) => self.close(e.lines),
            CreditNoteEvent::RefundDue(e) => {
                self.due = e.total;
                let early = (!self.closed).then_some("a refund before the end");
                early.or(self.sum(e.total))
            }
        }
    }

    fn line(&mut self, quantity: i64, unit_price: Money, amount: Money) -> Option<&'static str> {
        self.lines += 1;
        self.total = [self.total, amount].into_iter().sum();
        if self.closed {
            Some("a line after the end")
        } else if unit_price.times(quantity) != Some(amount) {
            Some("an amount that is not quantity times price")
        } else {
            None
        }
    }

    fn close(&mut self, lines: u32) -> Option<&'static str> {
        let again = std::mem::replace(&mut self.closed, true);
        if again {
            Some("closed twice")
        } else if lines != self.lines {
            Some("closed with another number of lines than it has")
        } else {
            None
        }
    }

    fn sum(&self, total: Money) -> Option<&'static str> {
        (total != self.total).then_some("a sum that is not that of its lines")
    }
}
