//! The shop's figures: asked of its views, or folded from the log and nothing else, whatever version of the
//! program wrote it.

use std::collections::BTreeMap;
use std::collections::HashMap;

use eventide::prelude::*;
use eventide::store::{LogQuery, PageSize};
use eventide::{Position, RecordedEvent};

use crate::domain::credit_note::CreditNoteEvent;
use crate::domain::order::OrderEvent;
use crate::domain::views::{CountrySales, MonthlySales};
use crate::domain::{CreditNote, Money, Order, Retail};

/// What the events of some documents tell.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Figures {
    /// Events as they are read: an event that is told as two counts as two.
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

/// Asks the views, which must be up to date, for the figures of all documents. They know no events.
pub async fn of_views(app: &App<Retail>) -> anyhow::Result<Figures> {
    let mut figures = Figures::default();
    let all = app.view::<CountrySales>().find().limit(PageSize::MAX);
    for (country, sales) in all.page().await?.documents {
        figures.orders += sales.orders.unsigned_abs();
        figures.orders_confirmed += sales.orders_confirmed;
        figures.order_lines += sales.order_lines;
        figures.credit_notes += sales.credit_notes;
        figures.credit_lines += sales.credit_lines;
        add(&mut figures.revenue, sales.revenue);
        add(&mut figures.credits, sales.credits);
        if sales.orders_confirmed > 0 {
            figures.by_country.insert(country, sales.revenue);
        }
    }
    let all = app.view::<MonthlySales>().find().limit(PageSize::MAX);
    for (month, sales) in all.page().await?.documents {
        figures.by_month.insert(month, sales.revenue);
    }
    Ok(figures)
}

/// Folds the figures of the documents whose number is `wanted` from the log. Also says whether it holds
/// no others.
pub async fn of_documents(
    app: &App<Retail>,
    wanted: impl Fn(&str) -> bool,
) -> anyhow::Result<(Figures, bool)> {
    let (mut figures, mut alone) = (Figures::default(), true);
    let mut position = Position::START;
    loop {
        let query = LogQuery::after(position).page(PageSize::new(4_096));
        let mut page = app.store().read_log(query).await?;
        let all = page.events.len();
        page.events
            .retain(|recorded| wanted(recorded.stream.aggregate_id()));
        alone &= page.events.len() == all;
        figures.page(app, page.events).await?;
        if !page.more {
            return Ok((figures, alone));
        }
        position = page.next;
    }
}

impl Figures {
    /// The same as views tell it, which know neither events nor what is not confirmed yet.
    pub fn as_asked(&self) -> Self {
        Self {
            events: 0,
            open_orders: HashMap::new(),
            ..self.clone()
        }
    }

    /// Folds the events of a page. Orders and credit notes have nothing to do with each other, so
    /// one kind may be read after the other.
    async fn page(
        &mut self,
        app: &App<Retail>,
        mut page: Vec<RecordedEvent>,
    ) -> anyhow::Result<()> {
        let mut of = |name| {
            let is_of = |event: &mut RecordedEvent| event.stream.aggregate_type() == name;
            page.extract_if(.., is_of).collect::<Vec<_>>()
        };
        let (orders, notes) = (of(Order::INFO.name), of(CreditNote::INFO.name));
        if let Some(other) = page.first() {
            anyhow::bail!("the log holds {}, which is none of ours", other.stream);
        }
        for (recorded, event) in app.repository::<Order>().decode(&orders).await? {
            self.fold_order(event, recorded);
        }
        for (_, event) in app.repository::<CreditNote>().decode(&notes).await? {
            self.fold_credit_note(event);
        }
        Ok(())
    }

    fn fold_order(&mut self, event: OrderEvent, recorded: &RecordedEvent) {
        self.events += 1;
        let order = recorded.stream.aggregate_id();
        match event {
            OrderEvent::OrderPlaced(placed) => {
                self.orders += 1;
                self.open_orders
                    .insert(order.to_owned(), placed.destination.country);
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
        self.events += 1;
        match event {
            CreditNoteEvent::CreditNoteOpened(_) | CreditNoteEvent::CreditNoteIssued(_) => {
                self.credit_notes += 1;
            }
            CreditNoteEvent::CreditLineAdded(_) => self.credit_lines += 1,
            CreditNoteEvent::CreditNoteSettled(_) => {}
            CreditNoteEvent::RefundDue(refund) => add(&mut self.credits, refund.total),
        }
    }
}

fn add(sum: &mut Money, amount: Money) {
    *sum = [*sum, amount].into_iter().sum();
}
