//! What articles cost by the list: a service the domain asks, not a part of it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::money::Money;

/// The list prices of articles. Cheap to clone.
///
/// This one lies in the program; it stands for one behind a network, so it is asked for many
/// articles at once.
#[derive(Debug, Clone, Default)]
pub struct PriceList(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    prices: HashMap<String, Money>,
    asked: AtomicU64,
}

impl PriceList {
    /// A list of these prices.
    pub fn new(prices: impl IntoIterator<Item = (String, Money)>) -> Self {
        let prices = prices.into_iter().collect();
        let asked = AtomicU64::new(0);
        Self(Arc::new(Inner { prices, asked }))
    }

    /// The list that comes with the program: what the sample's articles sell at, but for one that was
    /// sold off.
    ///
    /// # Errors
    /// A row without a price.
    pub fn bundled() -> Result<Self, rust_decimal::Error> {
        let rows = include_str!("../prices.csv").lines().skip(1);
        let price = |row: &str| {
            let (article, price) = row.split_once(',').unwrap_or((row, ""));
            price.parse().map(|price| (article.to_owned(), price))
        };
        let prices: Result<Vec<_>, _> = rows.map(price).collect();
        Ok(Self::new(prices?))
    }

    /// What each of `articles` costs; one that is not in the list any more is left out.
    ///
    /// # Errors
    /// Never; a list behind a network says here why it did not answer.
    #[expect(clippy::unused_async, reason = "a list behind a network is waited for")]
    pub async fn prices(
        &self,
        articles: impl IntoIterator<Item = String>,
    ) -> Result<HashMap<String, Money>, Infallible> {
        let Inner { prices, asked } = &*self.0;
        asked.fetch_add(1, Ordering::Relaxed);
        let found = |article: String| prices.get(&article).map(|price| (article, *price));
        Ok(articles.into_iter().filter_map(found).collect())
    }

    /// What `article` costs, if it is in the list.
    pub async fn price(&self, article: &str) -> Option<Money> {
        let Ok(mut prices) = self.prices([article.to_owned()]).await;
        prices.remove(article)
    }

    /// How often it was asked.
    pub fn asked(&self) -> u64 {
        self.0.asked.load(Ordering::Relaxed)
    }
}
