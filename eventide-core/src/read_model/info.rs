//! What is known of a read model at compile time.

use std::collections::BTreeSet;

use eventide_lock::hash::{fnv1a, fnv1a_from};

use super::error::ReadModelError;
use super::model::{KeyRule, Writes};
use crate::aggregate::AggregateInfo;
use crate::event::EventInfo;
use crate::store::{LogFilter, StoreError, SubscriptionStore};
use crate::subscription::SubscriptionName;
use crate::view::{Column, ViewTable, subscription_of};

/// What is known of a view or a projection at compile time.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ReadModelInfo {
    /// Its stored name.
    pub name: &'static str,
    /// Its version: raised when what it folds changes, so that it is built anew.
    pub version: u32,
    /// The typed columns of a view.
    pub columns: &'static [Column],
    /// The aggregates it observes.
    pub observes: &'static [AggregateInfo],
    /// Where it is declared, `file:line`.
    pub location: &'static str,
    /// Its documentation comment.
    pub doc: &'static str,
}

impl ReadModelInfo {
    /// For the derive.
    pub const fn new(
        name: &'static str,
        version: u32,
        columns: &'static [Column],
        observes: &'static [AggregateInfo],
        location: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            version,
            columns,
            observes,
            location,
            doc,
        }
    }

    /// The name of a projection's subscription.
    pub(crate) fn subscription(&self) -> Result<SubscriptionName, ReadModelError> {
        let Self { name, version, .. } = self;
        Ok(SubscriptionName::new(format!("{name}.v{version}"))?)
    }

    /// Where the documents of one generation of a view are kept.
    pub fn table(&self, generation: u32) -> ViewTable {
        let mut table = ViewTable::new(self.name, self.version, self.columns.to_vec());
        table.generation = generation;
        table
    }

    /// Where the documents of a view are kept that its readers see.
    pub(crate) async fn serving(
        &self,
        kept: &dyn SubscriptionStore,
    ) -> Result<ViewTable, StoreError> {
        Ok(self.table(kept.serving(self.name, self.version).await?))
    }
}

/// The subscription that makes a read model: of a view, that of the generation which serves.
pub(crate) async fn subscription(
    info: &ReadModelInfo,
    has_generations: bool,
    kept: &dyn SubscriptionStore,
) -> Result<SubscriptionName, ReadModelError> {
    if has_generations {
        return subscription_of(&info.serving(kept).await?);
    }
    info.subscription()
}

/// What a read model does with an event of an aggregate that it observes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observed {
    /// How what it changes is found.
    pub rule: KeyRule,
    /// A number that differs where the code that handles it differs.
    pub fingerprint: u64,
    /// Which fields of a document it writes.
    pub writes: Writes,
}

impl Observed {
    /// For the derive.
    pub const fn new(rule: KeyRule, fingerprint: u64) -> Self {
        Self {
            rule,
            fingerprint,
            writes: Writes::and_others(&[]),
        }
    }

    /// For the derive: the same, writing these fields.
    #[must_use]
    pub const fn writing(self, writes: Writes) -> Self {
        Self { writes, ..self }
    }
}

/// What a reader of these events asks the log for. Of an aggregate that takes stored events apart,
/// every event may become one of these, and all are asked for.
pub(crate) fn filter(
    observed: impl Iterator<Item = (&'static AggregateInfo, &'static [Observed])>,
) -> LogFilter {
    let mut types = BTreeSet::new();
    for (aggregate, observed) in observed {
        let all = !aggregate.split.is_empty();
        for (event, observed) in aggregate.events.iter().zip(observed) {
            if all || observed.rule != KeyRule::Ignored {
                types.extend(event.stored_names());
            }
        }
        types.extend(aggregate.split.iter().flat_map(EventInfo::stored_names));
    }
    LogFilter {
        event_types: types.into_iter().map(str::to_owned).collect(),
        ..LogFilter::default()
    }
}

/// A number that differs where the event, or what is done with it, differs.
pub(crate) fn fingerprint(
    aggregate: &AggregateInfo,
    (event, observed): (&EventInfo, &Observed),
) -> u64 {
    let rule = match observed.rule {
        KeyRule::Ignored => return 0,
        KeyRule::Given => 1_u8,
        KeyRule::Named => 2,
        KeyRule::Remembered => 3,
    };
    let named = fnv1a(aggregate.name.as_bytes());
    let named = fnv1a_from(named, event.name.as_bytes());
    fnv1a_from(
        fnv1a_from(named, &[rule]),
        &observed.fingerprint.to_le_bytes(),
    )
}
