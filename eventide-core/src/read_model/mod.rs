//! Read models: what is made from events to be asked for.
//!
//! There are two kinds. A [view](crate::view) is documents that eventide keeps, folded by plain
//! functions. A [projection](crate::projection) is whatever its handlers write: tables of the user's
//! own, or another system. Both list the aggregates they observe and say of every event of theirs
//! what they do with it; one they forget is a compile error (EV06). Both are kept up to date by the
//! same loop, with checkpoints, leases and dead letters.

pub(crate) mod decoders;
pub(crate) mod error;
mod info;
mod key;
mod model;
pub(crate) mod parked;
pub(crate) mod run;
pub(crate) mod units;
pub(crate) mod wait;

pub use error::ReadModelError;
pub use info::{Observed, ReadModelInfo};
pub use key::{IntoKeys, KeyOf, KeysOf, NoKey, Remember};
pub use model::{
    KeyRule, Kind, Observe, ObservedBy, Observer, ReadModel, ServedObserver, Taker, Writes,
};
pub use parked::{Parked, Retried};
pub use run::{
    Begin, Figures, PartitionState, ReadModelOptions, ReadModelStatus, RunningReadModels,
};
pub use wait::Waited;

pub(crate) use info::subscription;
