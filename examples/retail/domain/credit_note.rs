//! A credit note: goods that came back, or money given back for another reason.

use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::document::{CustomerNo, DocumentNo};
use super::line::{LineError, price};
use super::money::{Money, Quantity};

/// The shop issued a credit note.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct CreditNoteIssued {
    /// To whom, if the shop knows.
    pub customer: Option<CustomerNo>,
    /// Where the customer is.
    #[event(tag)]
    pub country: String,
}

/// Something was credited.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct CreditLineAdded {
    /// The article, or the kind of adjustment.
    pub stock_code: String,
    /// What it is, in the shop's words.
    pub description: String,
    /// How many pieces came back.
    pub quantity: Quantity,
    /// The price of one.
    pub unit_price: Money,
    /// What is given back for all.
    pub amount: Money,
}

/// The credit note is final: the money is given back.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
pub struct CreditNoteSettled {
    /// How many lines it has.
    pub lines: u32,
    /// What is given back.
    pub total: Money,
}

/// Open a credit note for a customer.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(creates)]
pub struct IssueCreditNote {
    /// The credit note's number.
    #[command(id)]
    pub credit_note: DocumentNo,
    /// To whom, if the shop knows.
    pub customer: Option<CustomerNo>,
    /// Where the customer is.
    pub country: String,
}

/// Credit something.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
pub struct AddCreditLine {
    /// The credit note's number.
    #[command(id)]
    pub credit_note: DocumentNo,
    /// The article, or the kind of adjustment.
    pub stock_code: String,
    /// What it is.
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
    events(CreditNoteIssued, CreditLineAdded, CreditNoteSettled),
    commands(IssueCreditNote, AddCreditLine, SettleCreditNote)
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
}

#[handlers]
impl CreditNote {
    fn issue(&self, command: IssueCreditNote) -> CreditNoteIssued {
        CreditNoteIssued {
            customer: command.customer,
            country: command.country,
        }
    }

    fn add_line(&self, command: AddCreditLine) -> Result<CreditLineAdded, CreditNoteError> {
        let AddCreditLine {
            stock_code,
            description,
            quantity,
            unit_price,
            ..
        } = command;
        let (quantity, amount) = price(quantity, unit_price, self.total)?;
        if self.settled {
            return Err(CreditNoteError::AlreadySettled);
        }
        Ok(CreditLineAdded {
            stock_code,
            description,
            quantity,
            unit_price,
            amount,
        })
    }

    fn settle(&self, _: SettleCreditNote) -> Result<CreditNoteSettled, CreditNoteError> {
        if self.settled {
            return Err(CreditNoteError::AlreadySettled);
        }
        if self.lines == 0 {
            return Err(CreditNoteError::NoLines);
        }
        Ok(CreditNoteSettled {
            lines: self.lines,
            total: self.total,
        })
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
}
