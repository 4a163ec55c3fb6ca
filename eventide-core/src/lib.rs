//! What an event-sourced domain is and how it runs: no database, no macro, no broker.
//!
//! | concept | is | module |
//! |---|---|---|
//! | event | a fact that happened, never changed | [`event`], [`envelope`], [`metadata`] |
//! | command | an intention addressed to one aggregate | [`command`] |
//! | aggregate | state folded from events, which decides commands | [`aggregate`], [`outcome`], [`context`] |
//! | domain | the closed list of aggregates | [`domain`] |
//! | stream | the events of one aggregate, numbered 1, 2, 3 … | [`stream`] |
//! | schema | between a type and its stored bytes | [`schema`] |
//! | store | the log, and what is kept beside it | [`store`] |
//! | snapshot | a cache of folded state | [`snapshot`] |
//! | subscription | a named, durable reader of the log | [`subscription`] |
//! | view | a read model of documents | [`view`] |
//! | repository | loads one kind of aggregate, executes its commands | [`repository`] |
//! | app | a domain on a store | [`app`] |
//!
//! Users depend on the `eventide` crate, which re-exports all of this together with the macros.

#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

pub mod aggregate;
pub mod app;
pub mod command;
pub mod context;
pub mod domain;
pub mod envelope;
pub mod event;
pub mod id_source;
pub mod ids;
pub mod metadata;
pub mod outcome;
pub mod projection;
pub mod read_model;
pub mod repository;
pub mod schema;
pub mod snapshot;
pub mod store;
pub mod stream;
pub mod subscription;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
#[cfg(feature = "validation")]
pub mod validation;
pub mod view;

#[doc(hidden)]
pub mod lock_tests;
#[doc(hidden)]
pub mod private;

pub use aggregate::{Aggregate, Apply, BoxError, Handle, Provide};
pub use app::App;
pub use command::{Command, InvalidCommand, InvalidField};
pub use context::Context;
pub use domain::{Contains, Domain};
pub use envelope::{InvalidTag, NewEvent, RecordedEvent, Tag};
pub use event::Event;
pub use ids::{
    CausationId, CommandId, CorrelationId, EventId, LogId, Position, SchemaVersion, Version,
};
pub use metadata::Metadata;
pub use outcome::Outcome;
pub use projection::Projection;
pub use read_model::{ReadModel, Remember};
pub use repository::Repository;
pub use schema::Shape;
pub use stream::{AggregateId, InvalidAggregateId, InvalidStreamId, StreamId};
pub use view::{Change, View};
