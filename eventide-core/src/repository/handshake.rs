//! Before a program writes: did a later one write to this store?
//!
//! A program that does not know an event decides without what it says, and what it then writes is
//! wrong in silence. So what the store has seen of an aggregate is compared with what the program
//! knows of it before the first command is decided.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use thiserror::Error;

use super::error::ExecuteError;
use super::{Inner, Repository};
use crate::aggregate::{Aggregate, AggregateInfo};
use crate::ids::SchemaVersion;
use crate::store::{SeenVersion, Store, StoreError};

/// A later program wrote to this store: it holds events that this program does not know, or not in
/// that version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "a later program wrote to this store: {}; deploy that program, or list an event that was dropped here again, as `retired`",
    listed(ahead)
)]
#[non_exhaustive]
pub struct SchemaAhead {
    /// What the program does not know, by aggregate and event type.
    pub ahead: Vec<AheadEvent>,
}

fn listed(ahead: &[AheadEvent]) -> String {
    let listed: Vec<_> = ahead.iter().map(ToString::to_string).collect();
    listed.join("; ")
}

/// An event of which the store has more than the program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AheadEvent {
    /// The aggregate's type.
    pub aggregate: &'static str,
    /// The stored name of the event's type.
    pub event_type: Arc<str>,
    /// The newest schema version the store has seen.
    pub stored: SchemaVersion,
    /// The newest schema version the program knows; `None` if it does not know the event.
    pub known: Option<SchemaVersion>,
}

impl fmt::Display for AheadEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            aggregate,
            event_type,
            stored,
            known,
        } = self;
        write!(
            f,
            "event `{event_type}` of aggregate `{aggregate}` is there "
        )?;
        match known {
            Some(known) => write!(f, "in schema version {stored}, this program knows {known}"),
            None => f.write_str("and this program does not know it"),
        }
    }
}

/// Why it is not known that a program may write.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum CheckSchemaError {
    /// It must not.
    #[error(transparent)]
    Ahead(SchemaAhead),
    /// The store cannot say it now.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CheckSchemaError {
    pub(super) fn into_execute<E: fmt::Debug>(self) -> ExecuteError<E> {
        match self {
            Self::Ahead(ahead) => ExecuteError::SchemaAhead(ahead),
            Self::Store(error) => ExecuteError::Store(error),
        }
    }
}

/// Whether a repository was compared with its store and may write.
#[derive(Debug, Default)]
pub(super) struct Handshake(AtomicBool);

impl<A: Aggregate> Repository<A> {
    /// Compares what the store has seen of this aggregate with what this program knows of it.
    ///
    /// The first command does so by itself, and is refused if the store is ahead. Asked at start-up,
    /// a program finds out before it takes any. Once it went well, commands do not ask again: what a
    /// later program writes from then on is found when a stream that holds it is read.
    ///
    /// # Errors
    /// See [`CheckSchemaError`]. What can be read can still be loaded.
    pub async fn check_schema(&self) -> Result<(), CheckSchemaError> {
        self.inner.compare_with_store().await
    }
}

impl<A: Aggregate> Inner<A> {
    /// To be asked before a command is decided.
    pub(super) async fn may_write(&self) -> Result<(), CheckSchemaError> {
        if self.handshake.0.load(Ordering::Relaxed) {
            return Ok(());
        }
        Box::pin(self.compare_with_store()).await
    }

    async fn compare_with_store(&self) -> Result<(), CheckSchemaError> {
        check_schema(&*self.store, &[A::INFO]).await?;
        self.handshake.0.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Compares what `store` has seen of `aggregates` with what is known of them.
pub(crate) async fn check_schema(
    store: &dyn Store,
    aggregates: &[AggregateInfo],
) -> Result<(), CheckSchemaError> {
    let mut ahead = Vec::new();
    for aggregate in aggregates {
        let seen = store.seen_versions(aggregate.name).await?;
        ahead.extend(unknown(aggregate, seen));
    }
    if ahead.is_empty() {
        Ok(())
    } else {
        Err(CheckSchemaError::Ahead(SchemaAhead { ahead }))
    }
}

/// What is not known of `seen`, which is sorted: the newest version of each event.
fn unknown(aggregate: &AggregateInfo, seen: Vec<SeenVersion>) -> Vec<AheadEvent> {
    let known = |name: &str| {
        let events = aggregate.events.iter().chain(aggregate.split);
        let of_name = events.filter(|info| info.is_stored_as(name));
        of_name.map(|info| info.schema_version).max()
    };
    let mut ahead: Vec<AheadEvent> = Vec::new();
    for SeenVersion {
        event_type,
        schema_version: stored,
    } in seen
    {
        let known = known(&event_type);
        if known.is_some_and(|known| stored <= known) {
            continue;
        }
        if ahead
            .last()
            .is_some_and(|last| last.event_type == event_type)
        {
            ahead.pop();
        }
        ahead.push(AheadEvent {
            aggregate: aggregate.name,
            event_type,
            stored,
            known,
        });
    }
    ahead
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventInfo;

    const fn event(name: &'static str, version: u32) -> EventInfo {
        EventInfo::new(name, SchemaVersion::new(version), "", "")
    }

    const ORDER: AggregateInfo = AggregateInfo::new(
        "Order",
        &[
            event("OrderPlaced", 3).was(&["OrderOpened"]),
            event("Paid", 1),
        ],
        &[],
        "",
        "",
    )
    .split(&[event("Paid", 0), event("PaidAndSent", 2)]);

    fn unknown_of(seen: &[(&str, u32)]) -> Vec<String> {
        let mut seen: Vec<_> = seen
            .iter()
            .map(|&(event_type, version)| SeenVersion {
                event_type: event_type.into(),
                schema_version: SchemaVersion::new(version),
            })
            .collect();
        seen.sort_unstable();
        unknown(&ORDER, seen)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn versions_up_to_the_known_one_are_known_by_every_name() {
        let known = [
            ("OrderPlaced", 1),
            ("OrderPlaced", 3),
            ("OrderOpened", 3),
            ("Paid", 1),
            ("PaidAndSent", 2),
        ];
        assert_eq!(unknown_of(&known), [""; 0]);
        assert_eq!(unknown_of(&[]), [""; 0]);
    }

    #[test]
    fn what_is_newer_or_strange_is_named_once_in_its_newest_version() {
        let expected = [
            "event `OrderOpened` of aggregate `Order` is there in schema version 4, this program knows 3",
            "event `OrderPlaced` of aggregate `Order` is there in schema version 6, this program knows 3",
            "event `PaidAndSent` of aggregate `Order` is there in schema version 3, this program knows 2",
            "event `paid` of aggregate `Order` is there and this program does not know it",
        ];
        let seen = [
            ("OrderPlaced", 2),
            ("OrderPlaced", 4),
            ("OrderPlaced", 6),
            ("OrderOpened", 4),
            ("PaidAndSent", 3),
            ("paid", 1),
            ("paid", 2),
        ];
        assert_eq!(unknown_of(&seen), expected);
    }

    #[test]
    fn the_error_says_what_to_do() {
        let ahead = unknown(
            &ORDER,
            vec![SeenVersion {
                event_type: "Sent".into(),
                schema_version: SchemaVersion::FIRST,
            }],
        );
        let expected = "a later program wrote to this store: event `Sent` of aggregate `Order` is \
                        there and this program does not know it; deploy that program, or list an \
                        event that was dropped here again, as `retired`";
        assert_eq!(SchemaAhead { ahead }.to_string(), expected);
    }
}
