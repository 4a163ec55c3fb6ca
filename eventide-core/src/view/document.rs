//! The documents of a view, and looking for them.

use super::table::ColumnValue;
use crate::ids::Position;
use crate::store::PageSize;

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// Its key.
    pub key: String,
    /// What it says, as JSON.
    pub json: Vec<u8>,
    /// The event that changed it last.
    pub changed_by: Position,
}

impl Document {
    /// That document.
    pub const fn new(key: String, json: Vec<u8>, changed_by: Position) -> Self {
        Self {
            key,
            json,
            changed_by,
        }
    }
}

/// A change of a document.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DocumentWrite {
    /// Its key.
    pub key: String,
    /// What it says from now on, as JSON, with the values of the table's columns in their order;
    /// `None` if it goes.
    pub content: Option<(Vec<u8>, Vec<ColumnValue>)>,
    /// The event that changed it last.
    pub changed_by: Position,
}

impl DocumentWrite {
    /// The document says this now.
    pub const fn put(
        key: String,
        json: Vec<u8>,
        columns: Vec<ColumnValue>,
        changed_by: Position,
    ) -> Self {
        Self {
            key,
            content: Some((json, columns)),
            changed_by,
        }
    }

    /// The document goes.
    pub const fn delete(key: String, changed_by: Position) -> Self {
        Self {
            key,
            content: None,
            changed_by,
        }
    }
}

/// How a column is compared with a value. Nothing compares with an empty column but
/// [`Equal`](Self::Equal) to an empty value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// What a document must fulfil to be found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Condition {
    /// The column's name, one of the table's.
    pub column: &'static str,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub value: ColumnValue,
}

impl Condition {
    /// That condition.
    pub const fn new(column: &'static str, comparison: Comparison, value: ColumnValue) -> Self {
        Self {
            column,
            comparison,
            value,
        }
    }
}

/// Which documents of a view are wanted. Without more, all of them, by their keys.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct DocumentQuery {
    /// All of these must hold.
    pub conditions: Vec<Condition>,
    /// The column they are ordered by, then by key; by key alone if `None`. Empty columns come first.
    pub order: Option<&'static str>,
    /// From the last to the first.
    pub descending: bool,
    /// Go on after this one: the value of the order's column, and the key.
    pub after: Option<(Option<ColumnValue>, String)>,
    /// How many documents a page has at most.
    pub page: PageSize,
}

/// A page of documents.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct DocumentPage {
    /// The documents.
    pub documents: Vec<Document>,
    /// Where to go on, if there may be more.
    pub next: Option<(Option<ColumnValue>, String)>,
}

impl DocumentPage {
    /// Those documents, and where to go on.
    pub const fn new(
        documents: Vec<Document>,
        next: Option<(Option<ColumnValue>, String)>,
    ) -> Self {
        Self { documents, next }
    }
}
