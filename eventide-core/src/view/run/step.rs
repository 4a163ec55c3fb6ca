//! One step of a partition: events folded, and what came of them written.

use tokio::time::Instant;

use super::partition::{Ended, Partition};
use super::progress::PartitionState;
use crate::envelope::RecordedEvent;
use crate::ids::{LogId, Position};
use crate::schema::DecodeError;
use crate::store::{Advance, LogMark, StoreError, StoreErrorKind};
use crate::subscription::LeaseError;
use crate::view::folder::{Folded, NotFolded};
use crate::view::{ReadModelError, View};

/// What the database refuses: two documents with one value in a unique column.
pub(super) struct Refused {
    pub(super) advance: Advance,
    pub(super) error: StoreError,
}

impl<V: View, S: Send + Sync + 'static> Partition<V, S> {
    /// Folds the events and writes what came of them. Gives why it holds before one of them, if it
    /// does.
    ///
    /// If the database refuses what came of many events, each half of them is taken on its own, until
    /// it is known which event is to blame.
    pub(super) async fn take(
        &mut self,
        log: LogId,
        events: &[RecordedEvent],
        from: Position,
    ) -> Result<Option<DecodeError>, Ended> {
        let mut left = vec![events];
        while let Some(events) = left.pop() {
            let mut folded = self.fold(events, from).await?;
            let (taken, _) = events.split_at(folded.taken.min(events.len()));
            let held = folded.held.take();
            if let Some(last) = taken.last() {
                let mark = LogMark::new(log, last.position, Some(last.id));
                match self.advance(from, folded, mark).await? {
                    None => {}
                    Some(refused) if taken.len() == 1 => {
                        self.folder.forget();
                        let parked = self.folder.refused(refused.advance, last, &refused.error);
                        if let Some(refused) = self.advance(from, parked, mark).await? {
                            return Err(Ended::Failed(refused.error.into()));
                        }
                    }
                    Some(_) => {
                        self.folder.forget();
                        let (one, other) = events.split_at(taken.len() / 2);
                        left.extend([other, one]);
                        continue;
                    }
                }
            }
            if held.is_some() {
                return Ok(held);
            }
        }
        Ok(None)
    }

    async fn fold(&mut self, events: &[RecordedEvent], from: Position) -> Result<Folded, Ended> {
        loop {
            let store = self.store.clone();
            let kept = store.subscriptions().ok_or(ReadModelError::NotKept)?;
            match self.folder.fold(kept, events, &self.checkpoints).await {
                Ok(folded) => return Ok(folded),
                Err(NotFolded::Store(error)) => self.retry(from, error.into()).await?,
                Err(NotFolded::LookUp(source)) => {
                    let read_model = V::INFO.name;
                    self.retry(from, ReadModelError::Held { read_model, source })
                        .await?;
                }
                Err(NotFolded::View(error)) => return Err(error.into()),
            }
            self.hold_on(from).await?;
        }
    }

    pub(super) async fn advance(
        &mut self,
        from: Position,
        folded: Folded,
        mark: LogMark,
    ) -> Result<Option<Refused>, Ended> {
        let mut advance = Advance::new(self.lease.clone(), Some(mark));
        advance.documents = folded.documents;
        advance.routes = folded.routes;
        advance.parked = folded.parked;
        advance.table = Some(self.folder.table.clone());
        loop {
            match self.kept()?.advance(&advance).await {
                Ok(()) => break,
                Err(LeaseError::Store(error)) if error.kind() == StoreErrorKind::Constraint => {
                    return Ok(Some(Refused { advance, error }));
                }
                Err(LeaseError::Store(error)) => self.retry(from, error.into()).await?,
                Err(lost) => return Err(lost.into()),
            }
            // Its answer may be what was lost.
            let renewed = self.kept()?.renew(&self.lease, self.options.lease).await;
            match renewed {
                Ok(checkpoints)
                    if checkpoints
                        .iter()
                        .all(|at| at.mark.position() >= mark.position()) =>
                {
                    break;
                }
                Ok(_) => {}
                Err(LeaseError::Store(error)) => self.retry(from, error.into()).await?,
                Err(lost) => return Err(lost.into()),
            }
        }
        self.backoff.reset();
        self.marked = Instant::now();
        for checkpoint in &mut self.checkpoints {
            if checkpoint.mark.position() < mark.position() {
                checkpoint.mark = mark;
            }
        }
        self.progress.at(
            self.lease.partition,
            mark.position(),
            PartitionState::CatchingUp,
        );
        Ok(None)
    }
}
