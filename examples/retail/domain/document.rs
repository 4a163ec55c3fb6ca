//! What a sales document goes by.

use eventide::prelude::*;
use serde::{Deserialize, Serialize};

/// The number printed on a document, such as `536365` or `C536379`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub struct DocumentNo(String);

/// The shop's number for a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct CustomerNo(pub u32);

/// What kind of document a number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Goods ordered: a plain number.
    Order,
    /// Goods credited: a `C` and a number.
    CreditNote,
    /// Anything else, such as the adjustments of bad debt. The shop has no rule for them.
    Unknown,
}

impl Kind {
    /// The kind of the document called `number`.
    pub fn of(number: &str) -> Self {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match number.strip_prefix('C') {
            Some(rest) if is_number(rest) => Self::CreditNote,
            None if is_number(number) => Self::Order,
            _ => Self::Unknown,
        }
    }
}
