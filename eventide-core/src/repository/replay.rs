//! The first result of a command that comes again.

use super::error::{ExecuteError, LoadError};
use super::job::Answer;
use super::{Inner, Receipt};
use crate::aggregate::Aggregate;
use crate::event::EventSet;
use crate::ids::CorrelationId;
use crate::schema::DecodeError;
use crate::store::{HandledCommand, StoreError, StreamQuery};
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

impl<A: Aggregate> Inner<A> {
    /// What `first` gave when it was executed on `stream`; an error if that was another stream.
    pub(super) async fn first_result(
        &self,
        stream: &StreamId,
        first: &HandledCommand,
        correlation: CorrelationId,
    ) -> Result<Answer<A>, ReplayError> {
        if first.stream != *stream {
            return Ok(Err(ExecuteError::CommandIdTaken {
                command_id: first.id,
                first: first.stream.clone(),
                now: stream.clone(),
            }));
        }
        let mut receipt = Receipt {
            command_id: first.id,
            correlation_id: correlation,
            stream: stream.clone(),
            version: first.version(),
            position: first.position,
            events: Vec::new(),
            replayed: true,
        };
        let mut query = StreamQuery {
            after: first.after,
            until: Some(first.version()),
            page: self.page,
            ..StreamQuery::default()
        };
        while query.after < first.version() {
            let page = self.store.read_stream(stream, query).await?;
            for recorded in &page.events {
                receipt.events.push(A::Event::decode(recorded)?);
                receipt.correlation_id = recorded.metadata.correlation_id;
                query.after = recorded.version;
            }
            if page.events.is_empty() {
                return Err(StoreError::new(
                    crate::store::StoreErrorKind::Corrupt,
                    format_args!(
                        "command {} caused events of stream {stream} after version {} that are not there",
                        first.id, query.after
                    ),
                )
                .into());
            }
        }
        Ok(Ok(receipt))
    }
}
