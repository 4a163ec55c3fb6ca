//! The articles that sell best: a projection that writes tables of its own, and a question to them
//! with joins. In the store's file and on its server alike: the rows and the SQL are the same, and
//! two small files execute them.

mod in_file;
#[cfg(feature = "postgres")]
mod on_server;
mod rows;
mod sql;

use serde::Serialize;

use super::Money;

pub use in_file::BestSellersInFile;
#[cfg(feature = "postgres")]
pub use on_server::BestSellersOnServer;

/// What is asked of confirmed orders.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Only of orders to this country.
    pub country: Option<String>,
    /// Only of orders that were confirmed in this month, such as `2010-12`.
    pub month: Option<String>,
    /// How many articles at most.
    pub limit: u32,
}

/// By what an article is better than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Quantity,
    Revenue,
}

/// An article that sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BestSeller {
    pub article: String,
    /// What the latest order that says something calls it.
    pub description: Option<String>,
    /// How many pieces were sold.
    pub quantity: i64,
    /// On how many orders.
    pub orders: i64,
    /// What they came to.
    pub revenue: Money,
}
