//! Views to try a store with, and what laws do with them again and again.

use std::sync::Arc;

use super::subscribing::{claimed, kept, opened};
use super::unmet::{Met, Unmet, ensure, same};
use crate::ids::Position;
use crate::store::{Advance, PageSize, Store, StoreErrorKind, SubscriptionStore};
use crate::subscription::{Lease, LeaseError};
use crate::view::{Column, ColumnValue, Document, DocumentQuery, DocumentWrite, ViewTable};

/// The table of an open view, and the right to write to it.
pub(super) struct Writer<'s> {
    pub(super) kept: &'s dyn SubscriptionStore,
    pub(super) table: ViewTable,
    lease: Lease,
}

impl<'s> Writer<'s> {
    pub(super) async fn to(
        store: &'s Arc<dyn Store>,
        name: &str,
        columns: Vec<Column>,
    ) -> Result<Self, Unmet> {
        let kept = kept(store)?;
        let table = ViewTable::new(name, 1, columns);
        kept.open_view(&table).await?;
        let name = opened(kept, name, 1).await?;
        let lease = claimed(kept, &name).await?.lease;
        Ok(Self { kept, table, lease })
    }

    /// Writes these in one step.
    pub(super) async fn write(&self, documents: Vec<DocumentWrite>) -> Result<(), LeaseError> {
        let mut advance = Advance::new(self.lease.clone(), None);
        advance.table = Some(self.table.clone());
        advance.documents = documents;
        self.kept.advance(&advance).await
    }

    /// Demands that these are refused because of that column.
    pub(super) async fn clashes(&self, documents: Vec<DocumentWrite>, column: &str) -> Met {
        let keys: Vec<_> = documents.iter().map(|it| it.key.clone()).collect();
        match self.write(documents).await {
            Err(LeaseError::Store(error)) => {
                let what = "kind of the error of a clash";
                same(what, error.kind(), StoreErrorKind::Constraint)?;
                let (text, table) = (error.to_string(), self.table.sql_name());
                ensure(text.contains(&table) && text.contains(column), || {
                    format!("the error names neither `{table}` nor `{column}`: {text}")
                })
            }
            other => Err(Unmet::violated(format!(
                "writing {keys:?}, which clash in `{column}`, gave {other:?}"
            ))),
        }
    }

    /// Demands that exactly these documents are there.
    pub(super) async fn holds(&self, what: &str, expected: &[DocumentWrite]) -> Met {
        let mut expected: Vec<_> = expected.iter().filter_map(document).collect();
        expected.sort_by(|a, b| a.key.cmp(&b.key));
        let all = DocumentQuery {
            page: PageSize::MAX,
            ..DocumentQuery::default()
        };
        let found = self.kept.find_documents(&self.table, &all).await?;
        same(format!("documents {what}"), &found.documents, &expected)?;
        let keys: Vec<_> = expected.iter().map(|it| it.key.clone()).collect();
        let read = self.kept.documents(&self.table, &keys).await?;
        let what = format!("documents {what}, by their keys");
        same(what, read.into_iter().flatten().collect(), expected)
    }

    /// The keys of what `query` finds, page after page; never more at once than asked for.
    pub(super) async fn found(&self, query: &DocumentQuery) -> Result<Vec<String>, Unmet> {
        let (mut query, mut keys) = (query.clone(), Vec::new());
        for _ in 0..1000 {
            let page = self.kept.find_documents(&self.table, &query).await?;
            let (size, asked) = (page.documents.len(), query.page.get());
            ensure(size <= asked, || {
                format!("a page of {size} documents where {asked} were asked for")
            })?;
            keys.extend(page.documents.into_iter().map(|it| it.key));
            if page.next.is_none() {
                return Ok(keys);
            }
            query.after = page.next;
        }
        Err(Unmet::violated(format!(
            "the pages of {query:?} do not end"
        )))
    }
}

/// A document with a content of its own.
pub(super) fn put(key: &str, columns: Vec<ColumnValue>) -> DocumentWrite {
    let json = serde_json::json!({ "key": key }).to_string().into_bytes();
    DocumentWrite::put(key.to_owned(), json, columns, Position::from_raw(7))
}

pub(super) fn delete(key: &str) -> DocumentWrite {
    DocumentWrite::delete(key.to_owned(), Position::from_raw(8))
}

/// What is kept of a write; `None` of a deletion.
pub(super) fn document(write: &DocumentWrite) -> Option<Document> {
    let (json, _) = write.content.clone()?;
    Some(Document::new(write.key.clone(), json, write.changed_by))
}
