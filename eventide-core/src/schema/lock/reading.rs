//! Reading one golden as the program reads a stored event.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;
use std::sync::Arc;

use eventide_lock::Reading;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::program::Way;
use crate::aggregate::{Aggregate, ServedBy};
use crate::envelope::{NewEvent, RecordedEvent};
use crate::event::{Event, EventSet};
use crate::ids::{CommandId, EventId, Position, SchemaVersion, Version};
use crate::metadata::Metadata;
use crate::repository::panics::message_of;
use crate::schema::steps::Asks;
use crate::schema::{self, DecodeError, EncodeError, Lookups, look_up};
use crate::stream::{InvalidStreamId, StreamId};

/// A golden that the program does not read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It cannot be decoded, or a step refused it.
    #[error("it cannot be read")]
    Decode(#[source] DecodeError),
    /// What it is read as cannot be encoded.
    #[error("what it is read as cannot be written")]
    Encode(#[source] EncodeError),
    /// The type's or the step's own code panicked.
    #[error("reading it panicked: {0}")]
    Panicked(String),
    /// It is no JSON text.
    #[error("it is no JSON")]
    NotJson(#[source] serde_json::Error),
    /// The aggregate's name makes no stream.
    #[error("its aggregate has no stream")]
    NoStream(#[source] InvalidStreamId),
}

impl ReadError {
    /// The whole of it in one line, for a report.
    pub(crate) fn words(&self) -> String {
        let mut words = match self {
            // The stream it names was made up.
            Self::Decode(error) => error.problem.to_string(),
            other => other.to_string(),
        };
        let mut source = match self {
            Self::Decode(error) => error.problem.source(),
            other => other.source(),
        };
        while let Some(error) = source {
            words = format!("{words}: {error}");
            source = error.source();
        }
        words
    }
}

/// Reads `payload`, stored as `name` in `version`, through every step.
pub(super) async fn read<S>(
    way: &Way<'_, S>,
    name: &str,
    version: u32,
    payload: &str,
    services: &S,
) -> Result<Vec<Reading>, ReadError> {
    let recorded =
        recorded(way.known.info.name, name, version, payload).map_err(ReadError::NoStream)?;
    (way.known.read)(&recorded, services).await
}

/// An event as a store would give it back.
pub(crate) fn recorded(
    aggregate: &str,
    name: &str,
    version: u32,
    payload: &str,
) -> Result<RecordedEvent, InvalidStreamId> {
    let event = NewEvent {
        id: EventId::from_uuid(Uuid::nil()),
        event_type: Arc::from(name),
        schema_version: SchemaVersion::new(version),
        payload: payload.as_bytes().to_vec(),
        metadata: Metadata::of_command(CommandId::from_uuid(Uuid::nil())),
        tags: Vec::new(),
    };
    Ok(RecordedEvent::new(
        Position::from_raw(1),
        StreamId::new(aggregate, "golden")?,
        Version::new(1),
        Timestamp::UNIX_EPOCH,
        event,
    ))
}

/// Reads an event of `A` with the part of the services that serves it.
pub(super) fn read_as<'a, A: ServedBy<S>, S: Sync>(
    recorded: &'a RecordedEvent,
    services: &'a S,
) -> BoxFuture<'a, Result<Vec<Reading>, ReadError>> {
    let read = decode::<A>(recorded, A::services(services));
    let read = AssertUnwindSafe(read).catch_unwind();
    Box::pin(async {
        read.await
            .unwrap_or_else(|panic| Err(ReadError::Panicked(message_of(&*panic))))
    })
}

async fn decode<A: Aggregate>(
    recorded: &RecordedEvent,
    services: &A::Services,
) -> Result<Vec<Reading>, ReadError> {
    let events = events_of::<A>(recorded, services)
        .await
        .map_err(ReadError::Decode)?;
    let readings = events.iter().map(|event| {
        let info = event.info();
        let payload = event.encode().map_err(ReadError::Encode)?;
        Ok(Reading {
            event: info.name.to_owned(),
            version: info.schema_version.get(),
            payload: String::from_utf8_lossy(&payload).into_owned(),
        })
    });
    readings.collect()
}

/// What `recorded` is read as, with whatever its upcasters look up.
pub(crate) async fn events_of<A: Aggregate>(
    recorded: &RecordedEvent,
    services: &A::Services,
) -> Result<Vec<A::Event>, DecodeError> {
    let mut lookups = Lookups::new();
    let mut events = Vec::new();
    while let Err(error) = A::Event::decode(recorded, &mut lookups, &mut events) {
        let find = |wanted| <A::Event as Asks<A::Services>>::find(services, wanted);
        look_up::<A::Event>(error, slice::from_ref(recorded), &mut lookups, &find).await?;
    }
    Ok(events)
}

/// The payload, decoded as an `E` and encoded again.
pub(super) fn again<E: Event>(payload: &str) -> Result<String, ReadError> {
    let again = || {
        let event: E = serde_json::from_str(payload).map_err(ReadError::NotJson)?;
        let payload = schema::encode(&event).map_err(ReadError::Encode)?;
        Ok(String::from_utf8_lossy(&payload).into_owned())
    };
    catch_unwind(again).unwrap_or_else(|panic| Err(ReadError::Panicked(message_of(&*panic))))
}

/// An event's name and version, as messages have them.
pub(super) struct Named<'a>(pub(super) &'a str, pub(super) u32);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event `{}` version {}", self.0, self.1)
    }
}
