//! What a read model has come to.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write};

use serde_json::Value;

use crate::read_model::ReadModelError;
use crate::store::{PageSize, StoreError, SubscriptionStore};
use crate::subscription::SubscriptionName;
use crate::testing::diff::{lines, sorted};
use crate::testing::laws::text;
use crate::view::{DocumentQuery, View, ViewTable};

/// What is parked: under which name, how many letters, and why the first failed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ParkedKeys(pub(super) BTreeMap<String, (u64, String)>);

impl ParkedKeys {
    pub(super) async fn of(
        kept: &dyn SubscriptionStore,
        name: &SubscriptionName,
    ) -> Result<Self, StoreError> {
        let mut parked = BTreeMap::new();
        let mut after = None;
        loop {
            let keys = kept.parked_keys(name, after.as_deref(), 1_000).await?;
            let Some(last) = keys.last() else {
                return Ok(Self(parked));
            };
            after = Some(last.key.to_string());
            for key in keys {
                let error = key.first.error.unwrap_or_default();
                parked.insert(key.key.to_string(), (key.letters, error));
            }
        }
    }

    pub(super) fn letters(&self) -> u64 {
        self.0.values().map(|(letters, _)| letters).sum()
    }
}

impl Display for ParkedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, (letters, error)) in &self.0 {
            writeln!(f, "parked `{key}`, events: {letters}, because: {error}")?;
        }
        Ok(())
    }
}

/// The documents of a view, and what is parked of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Documents {
    pub(super) by_key: BTreeMap<String, Value>,
    pub(super) parked: ParkedKeys,
}

impl Documents {
    pub(super) async fn of(
        kept: &dyn SubscriptionStore,
        table: &ViewTable,
        name: &SubscriptionName,
    ) -> Result<Self, ReadModelError> {
        let mut by_key = BTreeMap::new();
        let mut query = DocumentQuery {
            page: PageSize::MAX,
            ..DocumentQuery::default()
        };
        loop {
            let page = kept.find_documents(table, &query).await?;
            for document in page.documents {
                let json = serde_json::from_slice(&document.json);
                let json = json.map_err(|source| ReadModelError::Document {
                    view: "of a test",
                    key: document.key.clone(),
                    source,
                })?;
                by_key.insert(document.key, json);
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        let parked = ParkedKeys::of(kept, name).await?;
        Ok(Self { by_key, parked })
    }

    /// How these differ from what was expected, if they do.
    pub(super) fn difference<V: View>(&self, expected: &Self) -> Option<String> {
        let keys = expected.by_key.keys().chain(self.by_key.keys());
        let alike = |key| same::<V>(expected.by_key.get(key), self.by_key.get(key));
        let differ = keys.into_iter().any(|key| !alike(key));
        if !differ && self.parked == expected.parked {
            return None;
        }
        lines(&expected.text(), &self.text())
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (key, json) in &self.by_key {
            // Writing to a `String` does not fail.
            let _ = writeln!(text, "{key}: {}", pretty(json));
        }
        text + &self.parked.to_string()
    }
}

/// Whether two documents say the same, in whatever order their maps and sets are.
pub(super) fn same<V: View>(one: Option<&Value>, other: Option<&Value>) -> bool {
    if one == other {
        return true;
    }
    let read = |json: Option<&Value>| serde_json::from_value::<V>(json?.clone()).ok();
    match (read(one), read(other)) {
        (Some(one), Some(other)) => text::difference(&one, &other).is_none(),
        _ => false,
    }
}

pub(super) fn pretty(json: &Value) -> String {
    let json = sorted(json.clone());
    serde_json::to_string_pretty(&json).unwrap_or_else(|_| json.to_string())
}
