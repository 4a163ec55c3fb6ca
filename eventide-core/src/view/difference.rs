//! Where two generations of a view differ.

use serde_json::Value;

use super::document::{Document, DocumentQuery};
use super::table::ViewTable;
use crate::read_model::ReadModelError;
use crate::store::{PageSize, StoreError, SubscriptionStore};

/// How many differing keys are named.
const NAMED: usize = 1_000;

/// Where two generations of a view differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Differences {
    /// How many documents both have and agree on.
    pub same: u64,
    /// How many documents differ.
    pub differ: u64,
    /// The first 1,000 of them, by key.
    pub keys: Vec<Difference>,
}

/// A document in which two generations of a view differ.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Its key.
    pub key: String,
    /// What the generation that serves says, as JSON; `None` if it has no such document.
    pub live: Option<Vec<u8>>,
    /// What the new one says.
    pub rebuilt: Option<Vec<u8>>,
}

/// A table's documents in the order of their keys.
struct Documents<'a> {
    kept: &'a dyn SubscriptionStore,
    table: &'a ViewTable,
    page: std::vec::IntoIter<Document>,
    query: DocumentQuery,
    done: bool,
}

impl<'a> Documents<'a> {
    fn new(kept: &'a dyn SubscriptionStore, table: &'a ViewTable) -> Self {
        Self {
            kept,
            table,
            page: Vec::new().into_iter(),
            query: DocumentQuery {
                page: PageSize::new(512),
                ..DocumentQuery::default()
            },
            done: false,
        }
    }

    async fn next(&mut self) -> Result<Option<Document>, StoreError> {
        loop {
            if let Some(document) = self.page.next() {
                return Ok(Some(document));
            }
            if self.done {
                return Ok(None);
            }
            let page = self.kept.find_documents(self.table, &self.query).await?;
            self.page = page.documents.into_iter();
            self.done = page.next.is_none();
            self.query.after = page.next;
        }
    }
}

/// Compares all documents of two tables.
pub(super) async fn of(
    kept: &dyn SubscriptionStore,
    live: &ViewTable,
    rebuilt: &ViewTable,
) -> Result<Differences, ReadModelError> {
    let mut differences = Differences::default();
    let (mut ours, mut theirs) = (Documents::new(kept, live), Documents::new(kept, rebuilt));
    let (mut one, mut other) = (ours.next().await?, theirs.next().await?);
    loop {
        let (live, rebuilt) = match (&one, &other) {
            (None, None) => return Ok(differences),
            (Some(a), Some(b)) if a.key == b.key => (one.take(), other.take()),
            (Some(a), Some(b)) if a.key < b.key => (one.take(), None),
            (Some(_), None) => (one.take(), None),
            _ => (None, other.take()),
        };
        let (was_one, was_other) = (live.is_some(), rebuilt.is_some());
        differences.note(live, rebuilt);
        if was_one {
            one = ours.next().await?;
        }
        if was_other {
            other = theirs.next().await?;
        }
    }
}

impl Differences {
    fn note(&mut self, live: Option<Document>, rebuilt: Option<Document>) {
        if let (Some(live), Some(rebuilt)) = (&live, &rebuilt)
            && means_the_same(&live.json, &rebuilt.json)
        {
            self.same += 1;
            return;
        }
        self.differ += 1;
        if self.keys.len() < NAMED
            && let Some(key) = live.as_ref().or(rebuilt.as_ref()).map(|it| it.key.clone())
        {
            self.keys.push(Difference {
                key,
                live: live.map(|it| it.json),
                rebuilt: rebuilt.map(|it| it.json),
            });
        }
    }
}

/// The order of fields does not count: a document may come from another compilation of its type.
fn means_the_same(a: &[u8], b: &[u8]) -> bool {
    if a == b {
        return true;
    }
    let value = |json| serde_json::from_slice::<Value>(json);
    matches!((value(a), value(b)), (Ok(a), Ok(b)) if a == b)
}
