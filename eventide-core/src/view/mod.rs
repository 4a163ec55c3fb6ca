//! Views: read models that are documents, one for each key, folded from events by plain functions.
//!
//! A view lists the aggregates it observes, and says of every event of theirs what it does with it:
//! the derive and `#[folds]` write [`View`] and
//! [`Observe`](crate::read_model::Observe), and an event that is neither folded nor
//! ignored by name is a compile error (EV06). eventide keeps the documents in the store's own
//! database, moves them and the checkpoint in one transaction, and so applies each event exactly
//! once.

mod difference;
mod document;
mod duty;
mod fields;
mod fold;
mod folder;
mod heal;
mod inline;
mod kept;
mod key;
mod page;
mod query;
mod reads;
mod rebuild;
mod retry;
mod step;
mod table;
mod work;
mod writing;

pub use difference::{Difference, Differences};
pub use document::{Comparison, Condition, Document, DocumentPage, DocumentQuery, DocumentWrite};
pub use fields::{FieldReport, SharedField, field_report};
pub use fold::{Change, Folded, FoldedEvent, Folding, IntoChange, View, ViewOf};
pub use heal::Healed;
pub use key::{InvalidViewKey, ViewKey};
pub use query::{Cursor, Documents, Filter, Find, ViewColumn, ViewPage};
pub use rebuild::{Rebuild, RebuildProgress, Rebuilt};
pub use table::{Column, ColumnKind, ColumnType, ColumnValue, ViewTable};

pub(crate) use duty::{Generation, subscription_of};
pub(crate) use inline::{Inline, InlineStore, InlineViews};
