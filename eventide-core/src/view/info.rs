//! What is known of a view at compile time.

use std::collections::BTreeSet;

use eventide_lock::hash::{fnv1a, fnv1a_from};

use super::fold::KeyRule;
use super::table::{Column, ViewTable};
use crate::aggregate::AggregateInfo;
use crate::event::EventInfo;
use crate::store::{LogFilter, StoreError, SubscriptionStore};

/// What is known of a view at compile time.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ViewInfo {
    /// Its stored name.
    pub name: &'static str,
    /// Its version: raised when what it folds changes, so that it is built anew.
    pub version: u32,
    /// Its typed columns.
    pub columns: &'static [Column],
    /// The aggregates it observes.
    pub observes: &'static [AggregateInfo],
    /// Where it is declared, `file:line`.
    pub location: &'static str,
    /// Its documentation comment.
    pub doc: &'static str,
}

impl ViewInfo {
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

    /// Where the documents of one of its generations are kept.
    pub fn table(&self, generation: u32) -> ViewTable {
        let mut table = ViewTable::new(self.name, self.version, self.columns.to_vec());
        table.generation = generation;
        table
    }

    /// Where the documents are kept that its readers see.
    pub(super) async fn serving(
        &self,
        kept: &dyn SubscriptionStore,
    ) -> Result<ViewTable, StoreError> {
        Ok(self.table(kept.serving(self.name, self.version).await?))
    }
}

/// An event of an aggregate that a view observes.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ObservedEvent {
    /// The event.
    pub event: &'static EventInfo,
    /// How the documents it changes are found.
    pub rule: KeyRule,
    /// A number that differs where the code that folds it differs.
    pub fingerprint: u64,
}

impl ObservedEvent {
    /// What the view does with the event; for the derive.
    pub const fn new(event: &'static EventInfo, rule: KeyRule, fingerprint: u64) -> Self {
        Self {
            event,
            rule,
            fingerprint,
        }
    }
}

/// What a reader of these events asks the log for. Of an aggregate that takes stored events apart,
/// every event may become one of these, and all are asked for.
pub(super) fn filter(
    observed: impl Iterator<Item = (&'static AggregateInfo, &'static [ObservedEvent])>,
) -> LogFilter {
    let mut types = BTreeSet::new();
    for (aggregate, events) in observed {
        let all = !aggregate.split.is_empty();
        for event in events {
            if all || event.rule != KeyRule::Ignored {
                types.extend(event.event.stored_names());
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
pub(super) fn fingerprint(aggregate: &AggregateInfo, observed: &ObservedEvent) -> u64 {
    let rule = match observed.rule {
        KeyRule::Ignored => return 0,
        KeyRule::Given => 1_u8,
        KeyRule::Named => 2,
        KeyRule::Remembered => 3,
    };
    let named = fnv1a(aggregate.name.as_bytes());
    let named = fnv1a_from(named, observed.event.name.as_bytes());
    fnv1a_from(
        fnv1a_from(named, &[rule]),
        &observed.fingerprint.to_le_bytes(),
    )
}
