//! The shop: what can be ordered and credited, and the rules of it.

pub mod credit_note;
pub mod document;
pub mod line;
pub mod money;
pub mod order;

use eventide::prelude::*;

pub use credit_note::CreditNote;
pub use document::DocumentNo;
pub use money::Money;
pub use order::Order;

/// The composition root: everything the shop consists of.
#[derive(Debug, Domain)]
#[domain(name = "retail", aggregates(Order, CreditNote))]
pub struct Retail;
