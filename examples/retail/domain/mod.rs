//! The shop: what can be ordered and credited, and the rules of it.

pub mod best_sellers;
pub mod credit_note;
pub mod destination;
pub mod document;
pub mod line;
pub mod money;
pub mod order;
pub mod past;
pub mod price_list;
pub mod views;

use eventide::prelude::*;

pub use credit_note::CreditNote;
pub use document::DocumentNo;
pub use money::Money;
pub use order::Order;
pub use price_list::PriceList;

use best_sellers::BestSellersInFile;
use views::{CountrySales, MonthlySales, OrderSummary};

/// The composition root: everything the shop consists of.
#[derive(Debug, Domain)]
#[domain(
    name = "retail",
    aggregates(Order, CreditNote),
    views(CountrySales, MonthlySales, OrderSummary),
    services = PriceList,
    lock = "examples/retail/eventide.lock"
)]
#[cfg_attr(
    feature = "postgres",
    domain(projections(BestSellersInFile, best_sellers::BestSellersOnServer))
)]
#[cfg_attr(not(feature = "postgres"), domain(projections(BestSellersInFile)))]
pub struct Retail;
