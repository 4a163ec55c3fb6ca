//! What the lines of orders and of credit notes have in common: pieces at a price.

use std::fmt;

use eventide::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::money::{Money, Quantity};

/// What an article is, in the shop's words: at least one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct Description(String);

impl Description {
    /// The description that `text` holds; `None` if it says nothing.
    pub fn of(text: String) -> Option<Self> {
        (!text.trim().is_empty()).then_some(Self(text))
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a line is refused, on whatever document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LineError {
    /// That is no number of pieces.
    #[error("a quantity of {0} is not one or more pieces")]
    QuantityNotPositive(i64),
    /// The shop does not pay for being bought from.
    #[error("a price of {0} is negative")]
    NegativePrice(Money),
    /// The sum has more digits than a ledger has columns.
    #[error("the document comes to more than can be written down")]
    TooLarge,
}

impl LineError {
    /// The rule behind it, without the particulars: for counting.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::QuantityNotPositive(_) => "quantity not positive",
            Self::NegativePrice(_) => "negative price",
            Self::TooLarge => "too large",
        }
    }
}

/// The pieces, and what they come to, on a document that comes to `total` without them.
pub fn price(pieces: i64, unit_price: Money, total: Money) -> Result<(Quantity, Money), LineError> {
    let quantity = Quantity::new(pieces).ok_or(LineError::QuantityNotPositive(pieces))?;
    if unit_price.is_negative() {
        return Err(LineError::NegativePrice(unit_price));
    }
    let amount = unit_price
        .times(quantity.get())
        .ok_or(LineError::TooLarge)?;
    total.plus(amount).ok_or(LineError::TooLarge)?;
    Ok((quantity, amount))
}
