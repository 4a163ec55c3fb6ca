#![doc = include_str!("../README.md")]

#[doc(inline)]
pub use eventide_core::*;
#[doc(inline)]
pub use eventide_macros::{
    Aggregate, AggregateId, Command, Domain, Event, Outcome, Projection, Shape, View, folds,
    handlers, projects,
};

#[cfg(feature = "postgres")]
#[doc(inline)]
pub use eventide_postgres as postgres;
#[cfg(feature = "sqlite")]
#[doc(inline)]
pub use eventide_sqlite as sqlite;

mod open;

pub use open::{open, open_for_transfer, open_read_only};

#[doc(hidden)]
pub use eventide_core::private as __private;

/// What a file that declares or runs a domain needs: the traits, the derives of the same names, and
/// the types in handlers' signatures and in a program's `main`.
pub mod prelude {
    pub use eventide_core::event::EventSet;
    pub use eventide_core::repository::{ExecuteError, LoadError, Loaded, Receipt};
    pub use eventide_core::store::MemoryStore;
    pub use eventide_core::{
        Aggregate, AggregateId, App, Apply, BoxError, Change, Command, CommandId, Contains,
        Context, Domain, Event, Handle, Metadata, Outcome, Projection, Provide, ReadModel,
        RecordedEvent, Remember, Repository, Shape, Version, View,
    };
    pub use eventide_macros::{
        Aggregate, AggregateId, Command, Domain, Event, Outcome, Projection, Shape, View, folds,
        handlers, projects,
    };

    #[cfg(feature = "postgres")]
    pub use eventide_postgres::PostgresStore;
    #[cfg(feature = "sqlite")]
    pub use eventide_sqlite::SqliteStore;
}
