//! Views: read models that are documents, one for each key, folded from events by plain functions.
//!
//! A view lists the aggregates it observes, and says of every event of theirs what it does with it:
//! the derive and `#[folds]` write [`View`] and [`Fold`], and an event that is neither folded nor
//! ignored by name is a compile error (EV06). eventide keeps the documents in the store's own
//! database, moves them and the checkpoint in one transaction, and so applies each event exactly
//! once.

mod document;
mod fold;
mod info;
mod key;
mod table;

pub use document::{Comparison, Condition, Document, DocumentPage, DocumentQuery, DocumentWrite};
pub use fold::{
    Change, Fold, IntoChange, IntoKeys, KeyOf, KeyRule, KeysOf, Observed, ObservedBy, Observer,
    Remember, ServedObserver, View, ViewOf,
};
pub use info::{ObservedEvent, ViewInfo};
pub use key::{InvalidViewKey, ViewKey};
pub use table::{Column, ColumnKind, ColumnType, ColumnValue, ViewTable};
