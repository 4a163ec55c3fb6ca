//! Reading a view: its documents by key, filtered, ordered, a page at a time.

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::document::{Comparison, Condition, Document, DocumentPage, DocumentQuery};
use super::fold::View;
use super::key::ViewKey;
use super::table::{ColumnType, ColumnValue, ViewTable};
use crate::read_model::ReadModelError;
use crate::store::{PageSize, Store, StoreError, SubscriptionStore};

/// A typed column of the view `V`, that holds `T`. The derive of `View` makes one for each field with
/// `#[view(index)]` or `#[view(unique)]`, under the field's name in capitals: `CountrySales::ORDERS`.
pub struct ViewColumn<V, T> {
    name: &'static str,
    view: PhantomData<fn() -> V>,
    value: PhantomData<fn() -> T>,
}

impl<V, T> ViewColumn<V, T> {
    /// For the derive, which says elsewhere what a column may hold.
    #[doc(hidden)]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            view: PhantomData,
            value: PhantomData,
        }
    }
}

impl<V: View, T: ColumnType> ViewColumn<V, T> {
    fn compare<Q: ColumnType + ?Sized>(&self, comparison: Comparison, value: &Q) -> Filter<V>
    where
        T: Borrow<Q>,
    {
        let condition = Condition::new(self.name, comparison, value.to_column());
        Filter(condition, PhantomData)
    }

    /// `=`; an empty value equals an empty column.
    pub fn equals<Q: ColumnType + ?Sized>(&self, value: &Q) -> Filter<V>
    where
        T: Borrow<Q>,
    {
        self.compare(Comparison::Equal, value)
    }

    /// `<`
    pub fn less_than<Q: ColumnType + ?Sized>(&self, value: &Q) -> Filter<V>
    where
        T: Borrow<Q>,
    {
        self.compare(Comparison::Less, value)
    }

    /// `<=`
    pub fn at_most<Q: ColumnType + ?Sized>(&self, value: &Q) -> Filter<V>
    where
        T: Borrow<Q>,
    {
        self.compare(Comparison::AtMost, value)
    }

    /// `>`
    pub fn more_than<Q: ColumnType + ?Sized>(&self, value: &Q) -> Filter<V>
    where
        T: Borrow<Q>,
    {
        self.compare(Comparison::More, value)
    }

    /// `>=`
    pub fn at_least<Q: ColumnType + ?Sized>(&self, value: &Q) -> Filter<V>
    where
        T: Borrow<Q>,
    {
        self.compare(Comparison::AtLeast, value)
    }
}

impl<V, T> fmt::Debug for ViewColumn<V, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ViewColumn").field(&self.name).finish()
    }
}

/// A condition on the documents of the view `V`.
#[derive(Debug, Clone)]
pub struct Filter<V>(Condition, PhantomData<fn() -> V>);

/// Where a page of a view's documents ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor(Option<ColumnValue>, String);

/// A page of a view's documents.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ViewPage<V: View> {
    /// The documents, each with its key.
    pub documents: Vec<(V::Key, V)>,
    /// Where to go on, if there may be more.
    pub next: Option<Cursor>,
}

/// The documents of a view, as far as it has come; from [`App::view`](crate::App::view).
pub struct Documents<V: View> {
    store: Arc<dyn Store>,
    /// The generation whose table is known to be there.
    opened: Arc<AtomicU32>,
    view: PhantomData<fn() -> V>,
}

impl<V: View> Documents<V> {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            opened: Arc::default(),
            view: PhantomData,
        }
    }

    fn kept(&self) -> Result<&dyn SubscriptionStore, ReadModelError> {
        self.store.subscriptions().ok_or(ReadModelError::NotKept)
    }

    /// Sees to it that there is the table.
    async fn open(
        &self,
        kept: &dyn SubscriptionStore,
        table: &ViewTable,
    ) -> Result<(), StoreError> {
        if self.opened.load(Ordering::Relaxed) != table.generation {
            kept.open_view(table).await?;
            self.opened.store(table.generation, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The documents of these keys, in the order asked.
    async fn of_keys(&self, keys: &[String]) -> Result<Vec<Option<Document>>, ReadModelError> {
        let kept = self.kept()?;
        let mut table = V::INFO.serving(kept).await?;
        loop {
            let found = match self.open(kept, &table).await {
                Ok(()) => kept.documents(&table, keys).await,
                Err(error) => Err(error),
            };
            match found {
                Ok(found) if found.iter().any(Option::is_some) => return Ok(found),
                found => match another_than::<V>(&table, kept).await? {
                    Some(serving) => table = serving,
                    None => return Ok(found?),
                },
            }
        }
    }

    async fn matching(&self, query: &DocumentQuery) -> Result<DocumentPage, ReadModelError> {
        let kept = self.kept()?;
        let mut table = V::INFO.serving(kept).await?;
        loop {
            let found = match self.open(kept, &table).await {
                Ok(()) => kept.find_documents(&table, query).await,
                Err(error) => Err(error),
            };
            match found {
                Ok(found) if !found.documents.is_empty() => return Ok(found),
                found => match another_than::<V>(&table, kept).await? {
                    Some(serving) => table = serving,
                    None => return Ok(found?),
                },
            }
        }
    }

    /// The document of that key, if there is one.
    ///
    /// # Errors
    /// The store cannot do it now, or what it keeps is no document of the view.
    pub async fn get(&self, key: &V::Key) -> Result<Option<V>, ReadModelError> {
        let found = self.of_keys(&[key.to_text()]).await?;
        let found = found.into_iter().next().flatten();
        found.map(|document| decode_document(&document)).transpose()
    }

    /// Documents by conditions; all of them, by their keys, unless it is told otherwise.
    pub fn find(&self) -> Find<V> {
        Find {
            documents: self.clone(),
            query: DocumentQuery::default(),
        }
    }
}

impl<V: View> Clone for Documents<V> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            opened: self.opened.clone(),
            view: PhantomData,
        }
    }
}

impl<V: View> fmt::Debug for Documents<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents")
            .field("view", &V::INFO.name)
            .finish_non_exhaustive()
    }
}

/// A search for documents; from [`Documents::find`].
#[must_use = "nothing is looked for until `page`"]
pub struct Find<V: View> {
    documents: Documents<V>,
    query: DocumentQuery,
}

impl<V: View> Find<V> {
    /// Only those that fulfil it, and all before.
    pub fn filter(mut self, filter: Filter<V>) -> Self {
        self.query.conditions.push(filter.0);
        self
    }

    /// In the order of that column, then of the keys. Empty columns come first.
    pub fn order_by<T: ColumnType>(mut self, column: &ViewColumn<V, T>) -> Self {
        self.query.order = Some(column.name);
        self
    }

    /// From the last to the first.
    pub fn descending(mut self) -> Self {
        self.query.descending = true;
        self
    }

    /// Goes on where a page ended. The conditions and the order must be the same.
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.query.after = Some((cursor.0, cursor.1));
        self
    }

    /// At most so many documents.
    pub fn limit(mut self, page: PageSize) -> Self {
        self.query.page = page;
        self
    }

    /// The first page.
    ///
    /// # Errors
    /// The store cannot do it now, or what it keeps is no document of the view.
    pub async fn page(self) -> Result<ViewPage<V>, ReadModelError> {
        let page = self.documents.matching(&self.query).await?;
        let mut documents = Vec::with_capacity(page.documents.len());
        for document in &page.documents {
            let key = V::Key::of_text(&document.key).map_err(|source| ReadModelError::Key {
                view: V::INFO.name,
                source,
            })?;
            documents.push((key, decode_document(document)?));
        }
        Ok(ViewPage {
            documents,
            next: page.next.map(|(value, key)| Cursor(value, key)),
        })
    }
}

impl<V: View> fmt::Debug for Find<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Find")
            .field("documents", &self.documents)
            .field("query", &self.query)
            .finish()
    }
}

/// What serves, if it is not that table. It may have been dropped since it was asked for: then it is
/// not there, or there again and empty.
async fn another_than<V: View>(
    table: &ViewTable,
    kept: &dyn SubscriptionStore,
) -> Result<Option<ViewTable>, StoreError> {
    let serving = V::INFO.serving(kept).await?;
    Ok((serving != *table).then_some(serving))
}

pub(super) fn decode_document<V: View>(document: &Document) -> Result<V, ReadModelError> {
    serde_json::from_slice(&document.json).map_err(|source| ReadModelError::Document {
        view: V::INFO.name,
        key: document.key.clone(),
        source,
    })
}
