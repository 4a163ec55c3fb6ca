//! A credit note: goods that came back, or money given back for another reason.

use std::fmt;

use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::document::{CustomerNo, DocumentNo};
use super::line::{Description, LineError, price};
use super::money::{Money, Quantity};
use super::past::{CreditLineAddedV1, CreditNoteIssued, CreditNoteSettledV1};
use super::price_list::PriceList;

/// The shop opened a credit note.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct CreditNoteOpened {
    /// To whom, if the shop knows.
    pub customer: Option<CustomerNo>,
    /// Where the customer is.
    #[event(tag)]
    pub country: String,
    /// Why.
    #[event(tag)]
    pub reason: CreditReason,
}

/// Why the shop gives money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "snake_case")]
pub enum CreditReason {
    /// Goods came back.
    Return,
    /// A discount, a fee, postage, or somebody's mistake.
    Adjustment,
}

/// Something was credited.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, previous = CreditLineAddedV1, services = PriceList)]
pub struct CreditLineAdded {
    /// The article, or the kind of adjustment.
    pub article: String,
    /// What it is, if somebody wrote it down.
    pub description: Option<Description>,
    /// How many pieces came back.
    pub quantity: Quantity,
    /// The price of one.
    pub unit_price: Money,
    /// The price of one by the list, if the article is in it.
    pub list_price: Option<Money>,
    /// What is given back for all.
    pub amount: Money,
}

/// The credit note is final.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(
    version = 2,
    first = "version 1 is told as CreditNoteSettled and RefundDue"
)]
pub struct CreditNoteSettled {
    /// How many lines it has.
    pub lines: u32,
}

/// Money is to be given back.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct RefundDue {
    /// How much.
    pub total: Money,
}

/// Open a credit note for a customer.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(creates)]
pub struct OpenCreditNote {
    /// The credit note's number.
    #[command(id)]
    pub credit_note: DocumentNo,
    /// To whom, if the shop knows.
    pub customer: Option<CustomerNo>,
    /// Where the customer is.
    pub country: String,
    /// Why.
    pub reason: CreditReason,
}

/// Credit something.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub struct AddCreditLine {
    /// The credit note's number.
    #[command(id)]
    pub credit_note: DocumentNo,
    /// The article, or the kind of adjustment.
    pub article: String,
    /// What it is; blank if nobody wrote it down.
    pub description: String,
    /// How many pieces came back.
    pub quantity: i64,
    /// The price of one.
    pub unit_price: Money,
}

/// Make the credit note final.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub struct SettleCreditNote {
    /// The credit note's number.
    #[command(id)]
    pub credit_note: DocumentNo,
}

/// Why a credit note refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CreditNoteError {
    /// The line itself is refused.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Final is final.
    #[error("the credit note is settled already")]
    AlreadySettled,
    /// There is nothing to give back.
    #[error("the credit note has no lines")]
    NoLines,
}

impl CreditReason {
    /// Why something is given back for `article`: the number of an article that can be sold begins
    /// with a digit.
    pub fn of(article: &str) -> Self {
        if article.starts_with(|first: char| first.is_ascii_digit()) {
            Self::Return
        } else {
            Self::Adjustment
        }
    }
}

impl fmt::Display for CreditReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Return => "return",
            Self::Adjustment => "adjustment",
        })
    }
}

impl CreditNoteError {
    /// The rule behind it, without the particulars: for counting.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Line(error) => error.reason(),
            Self::AlreadySettled => "already settled",
            Self::NoLines => "no lines",
        }
    }
}

/// What the rules of a credit note need to know of its past.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, Aggregate)]
#[aggregate(
    id = DocumentNo,
    error = CreditNoteError,
    services = PriceList,
    events(CreditNoteOpened, CreditNoteIssued, CreditLineAdded, CreditNoteSettled, RefundDue),
    split(CreditNoteSettledV1),
    commands(OpenCreditNote, AddCreditLine, SettleCreditNote)
)]
pub struct CreditNote {
    /// Where the customer is.
    pub country: String,
    /// How many lines it has.
    pub lines: u32,
    /// What is given back.
    pub total: Money,
    /// Whether it is final.
    pub settled: bool,
    /// What the customer is owed since then.
    pub due: Money,
}

#[handlers]
impl CreditNote {
    fn open(&self, command: OpenCreditNote) -> CreditNoteOpened {
        CreditNoteOpened {
            customer: command.customer,
            country: command.country,
            reason: command.reason,
        }
    }

    async fn add_line(
        &self,
        command: AddCreditLine,
        ctx: &Context<'_, PriceList>,
    ) -> Result<CreditLineAdded, CreditNoteError> {
        let AddCreditLine {
            article,
            description,
            quantity,
            unit_price,
            ..
        } = command;
        let (quantity, amount) = price(quantity, unit_price, self.total)?;
        if self.settled {
            return Err(CreditNoteError::AlreadySettled);
        }
        let list_price = ctx.services().price(&article).await;
        Ok(CreditLineAdded {
            article,
            description: Description::of(description),
            quantity,
            unit_price,
            list_price,
            amount,
        })
    }

    fn settle(
        &self,
        _: SettleCreditNote,
    ) -> Result<(CreditNoteSettled, RefundDue), CreditNoteError> {
        if self.settled {
            return Err(CreditNoteError::AlreadySettled);
        }
        if self.lines == 0 {
            return Err(CreditNoteError::NoLines);
        }
        let settled = CreditNoteSettled { lines: self.lines };
        Ok((settled, RefundDue { total: self.total }))
    }

    fn opened(&mut self, event: &CreditNoteOpened) {
        self.country.clone_from(&event.country);
    }

    fn issued(&mut self, event: &CreditNoteIssued) {
        self.country.clone_from(&event.country);
    }

    fn line_added(&mut self, event: &CreditLineAdded) {
        self.lines += 1;
        // `add_line` let it through only because the sum exists.
        self.total = self.total.plus(event.amount).unwrap_or(self.total);
    }

    fn settled(&mut self, _: &CreditNoteSettled) {
        self.settled = true;
    }

    fn refund_due(&mut self, event: &RefundDue) {
        self.due = event.total;
    }
}
