//! The shop's figures, folded from the log and nothing else.

use std::collections::BTreeMap;
use std::collections::HashMap;

use eventide::prelude::*;
use eventide::store::{LogQuery, PageSize};
use eventide::{Position, RecordedEvent};

use crate::domain::credit_note::CreditNoteEvent;
use crate::domain::order::OrderEvent;
use crate::domain::{CreditNote, Money, Order, Retail};
use crate::plan::Plan;

/// What the events of some documents tell.
#[derive(Debug, Default)]
pub struct Figures {
    pub events: u64,
    pub orders: u64,
    pub orders_confirmed: u64,
    pub order_lines: u64,
    pub credit_notes: u64,
    pub credit_lines: u64,
    pub revenue: Money,
    pub credits: Money,
    /// Revenue by country and by month, `2010-12`.
    pub by_country: BTreeMap<String, Money>,
    pub by_month: BTreeMap<String, Money>,
    /// The country of each order that is not confirmed yet.
    open_orders: HashMap<String, String>,
}

/// Folds the figures of the documents in `plan` from the log.
pub async fn of_documents(app: &App<Retail>, plan: &Plan) -> anyhow::Result<Figures> {
    let mut figures = Figures::default();
    let mut position = Position::START;
    loop {
        let query = LogQuery::after(position).page(PageSize::new(4_096));
        let page = app.store().read_log(query).await?;
        for recorded in &page.events {
            if plan.documents.contains_key(recorded.stream.aggregate_id()) {
                figures.fold(recorded)?;
            }
        }
        if !page.more {
            return Ok(figures);
        }
        position = page.next;
    }
}

impl Figures {
    fn fold(&mut self, recorded: &RecordedEvent) -> anyhow::Result<()> {
        self.events += 1;
        match recorded.stream.aggregate_type() {
            name if name == Order::INFO.name => {
                self.fold_order(OrderEvent::decode(recorded)?, recorded);
            }
            name if name == CreditNote::INFO.name => {
                self.fold_credit_note(CreditNoteEvent::decode(recorded)?);
            }
            other => anyhow::bail!("the log holds an aggregate `{other}`, which is none of ours"),
        }
        Ok(())
    }

    fn fold_order(&mut self, event: OrderEvent, recorded: &RecordedEvent) {
        let order = recorded.stream.aggregate_id();
        match event {
            OrderEvent::OrderPlaced(placed) => {
                self.orders += 1;
                self.open_orders.insert(order.to_owned(), placed.country);
            }
            OrderEvent::LineAdded(_) => self.order_lines += 1,
            OrderEvent::OrderConfirmed(confirmed) => {
                self.orders_confirmed += 1;
                add(&mut self.revenue, confirmed.total);
                let country = self.open_orders.remove(order).unwrap_or_default();
                add(self.by_country.entry(country).or_default(), confirmed.total);
                let month = recorded.occurred_at().strftime("%Y-%m").to_string();
                add(self.by_month.entry(month).or_default(), confirmed.total);
            }
        }
    }

    fn fold_credit_note(&mut self, event: CreditNoteEvent) {
        match event {
            CreditNoteEvent::CreditNoteIssued(_) => self.credit_notes += 1,
            CreditNoteEvent::CreditLineAdded(_) => self.credit_lines += 1,
            CreditNoteEvent::CreditNoteSettled(settled) => add(&mut self.credits, settled.total),
        }
    }
}

fn add(sum: &mut Money, amount: Money) {
    *sum = [*sum, amount].into_iter().sum();
}
