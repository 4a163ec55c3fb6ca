//! All that can be read of a subscription and a view, to see that nothing changed.

use std::fmt::Display;

use super::steps;
use super::unmet::{Met, Unmet, same};
use crate::ids::Position;
use crate::store::{PageSize, SubscriptionStore};
use crate::subscription::{DeadLetter, Decision, ParkedKey, SubscriptionName, SubscriptionStatus};
use crate::view::{Document, DocumentQuery, ViewTable};

/// All that can be read, at one moment.
pub(super) struct Inventory {
    name: SubscriptionName,
    table: ViewTable,
    pub(super) status: Option<SubscriptionStatus>,
    pub(super) parked: Vec<ParkedKey>,
    pub(super) letters: Vec<DeadLetter>,
    pub(super) decisions: Vec<Decision>,
    pub(super) routes: Vec<Option<String>>,
    pub(super) documents: Vec<Document>,
}

impl Inventory {
    /// Of that subscription, of the [streams](steps::streams), and of that view.
    pub(super) async fn of(
        kept: &dyn SubscriptionStore,
        name: &SubscriptionName,
        table: &ViewTable,
    ) -> Result<Self, Unmet> {
        let parked = kept.parked_keys(name, None, 1000).await?;
        let mut letters = Vec::new();
        for parked in &parked {
            let of = kept.letters(name, &parked.key, Position::START, 1000);
            letters.extend(of.await?);
        }
        let all = DocumentQuery {
            page: PageSize::MAX,
            ..DocumentQuery::default()
        };
        Ok(Self {
            name: name.clone(),
            table: table.clone(),
            status: kept.subscription(name).await?,
            parked,
            letters,
            decisions: kept.decisions(name, 1000).await?,
            routes: kept.routes(name, &steps::streams()?).await?,
            documents: kept.find_documents(table, &all).await?.documents,
        })
    }

    /// Takes over the times told by `other`: for what may be told anew, and be the same otherwise.
    pub(super) fn take_times_of(&mut self, other: &Self) {
        let mine = self.status.iter_mut().flat_map(|it| &mut it.partitions);
        let others = other.status.iter().flat_map(|it| &it.partitions);
        for (mine, other) in mine.zip(others) {
            mine.moved_at = other.moved_at;
        }
        for (mine, other) in self.letters.iter_mut().zip(&other.letters) {
            mine.parked_at = other.parked_at;
        }
        for (mine, other) in self.parked.iter_mut().zip(&other.parked) {
            mine.first.parked_at = other.first.parked_at;
        }
    }

    /// Demands that all of it is as it was.
    pub(super) async fn is_unchanged(
        &self,
        kept: &dyn SubscriptionStore,
        after: impl Display,
    ) -> Met {
        let now = Self::of(kept, &self.name, &self.table).await?;
        same(format!("status after {after}"), &now.status, &self.status)?;
        let what = format!("parked keys after {after}");
        same(what, &now.parked, &self.parked)?;
        let what = format!("letters after {after}");
        same(what, &now.letters, &self.letters)?;
        let what = format!("decisions after {after}");
        same(what, &now.decisions, &self.decisions)?;
        same(format!("routes after {after}"), &now.routes, &self.routes)?;
        let what = format!("documents after {after}");
        same(what, &now.documents, &self.documents)
    }
}
