//! Views: read models that are documents, one for each key, folded from events by plain functions.
//!
//! A view lists the aggregates it observes, and says of every event of theirs what it does with it:
//! the derive and `#[folds]` write [`View`] and [`Fold`], and an event that is neither folded nor
//! ignored by name is a compile error (EV06). eventide keeps the documents in the store's own
//! database, moves them and the checkpoint in one transaction, and so applies each event exactly
//! once.

pub(crate) mod decoders;
mod difference;
mod document;
mod error;
mod fold;
mod folder;
mod info;
mod key;
mod page;
mod query;
pub(crate) mod run;
mod table;
mod units;
pub(crate) mod wait;
mod work;

pub use difference::{Difference, Differences};
pub use document::{Comparison, Condition, Document, DocumentPage, DocumentQuery, DocumentWrite};
pub use error::ReadModelError;
pub use fold::{
    Change, Fold, IntoChange, IntoKeys, KeyOf, KeyRule, KeysOf, Observed, ObservedBy, Observer,
    Remember, ServedObserver, View, ViewOf,
};
pub use info::{ObservedEvent, ViewInfo};
pub use key::{InvalidViewKey, ViewKey};
pub use query::{Cursor, Documents, Filter, Find, ViewColumn, ViewPage};
pub use run::{
    Parked, PartitionState, ReadModelOptions, ReadModelStatus, Rebuild, RebuildProgress, Rebuilt,
    Retried, RunningReadModels,
};
pub use table::{Column, ColumnKind, ColumnType, ColumnValue, ViewTable};
pub use wait::Waited;
