//! The first results of commands that come again.

use std::collections::HashMap;

use super::error::{ExecuteError, LoadError};
use super::job::Job;
use super::{Inner, Receipt};
use crate::aggregate::Aggregate;
use crate::ids::{CorrelationId, Version};
use crate::schema::DecodeError;
use crate::store::{HandledCommand, StoreError, StoreErrorKind, StreamQuery};
use crate::stream::StreamId;

/// Why the first result of a command could not be found.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum ReplayError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl ReplayError {
    pub(super) fn into_execute<E: std::fmt::Debug>(self) -> ExecuteError<E> {
        match self {
            Self::Store(error) => ExecuteError::Store(error),
            Self::Decode(error) => ExecuteError::Load(LoadError::Decode(error)),
        }
    }
}

/// What an event of the stream is read as.
struct Read<E> {
    version: Version,
    correlation: CorrelationId,
    event: E,
}

impl<A: Aggregate> Inner<A> {
    /// Answers every open unit among `handled` with its first result. Tells whether there was one.
    pub(super) async fn replay(
        &self,
        stream: &StreamId,
        jobs: &mut [Job<A>],
        handled: &[HandledCommand],
    ) -> Result<bool, ReplayError> {
        let handled: HashMap<_, _> = handled.iter().map(|first| (first.id, first)).collect();
        let mut open: Vec<_> = jobs
            .iter_mut()
            .flat_map(|job| {
                let correlation = job.options.correlation_id;
                job.units.iter_mut().map(move |unit| (unit, correlation))
            })
            .filter(|(unit, _)| unit.answer.is_none())
            .filter_map(|(unit, correlation)| {
                let first = *handled.get(&unit.id)?;
                Some((unit, first, correlation))
            })
            .collect();
        let any = !open.is_empty();
        for (unit, first, _) in open.extract_if(.., |(_, first, _)| first.stream != *stream) {
            unit.answer = Some(Err(ExecuteError::CommandIdTaken {
                command_id: first.id,
                first: first.stream.clone(),
                now: stream.clone(),
            }));
        }
        // Commands of one batch stand side by side in the stream: they are read in one go.
        open.sort_unstable_by_key(|(_, first, _)| first.after);
        for group in open.chunk_by_mut(|(_, a, _), (_, b, _)| a.version() == b.after) {
            let after = group
                .first()
                .map_or(Version::ZERO, |(_, first, _)| first.after);
            let until = group
                .last()
                .map_or(Version::ZERO, |(_, last, _)| last.version());
            let read = self.read_between(stream, after, until).await?;
            let mut read = read.into_iter().peekable();
            for (unit, first, correlation) in group {
                let given = correlation.unwrap_or_else(|| unit.id.into());
                let stored = read.peek().filter(|read| read.version <= first.version());
                let correlation_id = stored.map_or(given, |read| read.correlation);
                // An old event may be read as none, or as several: versions tell whose they are.
                let mut events = Vec::new();
                while let Some(read) = read.next_if(|read| read.version <= first.version()) {
                    events.push(read.event);
                }
                unit.answer = Some(Ok(Receipt {
                    command_id: first.id,
                    correlation_id,
                    stream: stream.clone(),
                    version: first.version(),
                    position: first.position,
                    events,
                    replayed: true,
                }));
            }
        }
        Ok(any)
    }

    /// The events of `stream` after one version and up to another, which the store says are there.
    async fn read_between(
        &self,
        stream: &StreamId,
        after: Version,
        until: Version,
    ) -> Result<Vec<Read<A::Event>>, ReplayError> {
        let mut events = Vec::new();
        let mut query = StreamQuery {
            after,
            until: Some(until),
            page: self.page,
            ..StreamQuery::default()
        };
        while query.after < until {
            let page = self.store.read_stream(stream, query).await?;
            let Some(last) = page.events.last() else {
                let (after, message) = (query.after, "events of handled commands are not there");
                let message =
                    format!("stream {stream} is damaged after version {after}: {message}");
                return Err(StoreError::new(StoreErrorKind::Corrupt, message).into());
            };
            query.after = last.version;
            let read = self.decode(&page.events).await?;
            events.extend(read.into_iter().map(|(recorded, event)| Read {
                version: recorded.version,
                correlation: recorded.metadata.correlation_id,
                event,
            }));
        }
        Ok(events)
    }
}
