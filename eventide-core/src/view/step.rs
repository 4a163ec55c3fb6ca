//! One step of a partition: events folded, and what came of them written.

use std::sync::Arc;

use super::View;
use super::folder::{Folded, Folder, NotFolded};
use super::writing::{self, Settled, Writing};
use crate::envelope::RecordedEvent;
use crate::ids::{LogId, Position};
use crate::read_model::ReadModelError;
use crate::read_model::run::{Ended, Holder, Work};
use crate::schema::DecodeError;
use crate::store::{Advance, LogMark, LogPage, StoreError, SubscriptionStore};
use crate::subscription::Slice;

impl<V: View, S: Send + Sync + 'static> Work for Folder<V, S> {
    const GATHERS: bool = true;

    /// What came of a page that is not the last is written while the next one is folded.
    async fn take(
        &mut self,
        holder: &mut Holder,
        log: LogId,
        page: &Arc<LogPage>,
        from: Position,
    ) -> Result<Option<DecodeError>, Ended> {
        // What is given again is known to be done only once the step before is written.
        if self.may_repeat(page)
            && let held @ Some(_) = self.settle(holder).await?
        {
            return Ok(held);
        }
        let folded = self.fold_now(holder, &page.events, from).await?;
        match self.settled(holder).await? {
            Settled::Well => {}
            Settled::Anew(None) => return self.divide(holder, log, &page.events, from).await,
            Settled::Anew(held) => return Ok(held),
        }
        let may_wait = page.more && folded.taken >= page.events.len() && folded.may_wait();
        let Some(last) = page.events.last().filter(|_| may_wait) else {
            let of = (&*page.events, folded);
            return self.write(holder, log, of, from).await;
        };
        let mark = LogMark::new(log, last.position, Some(last.id));
        let own = self.own(holder, &page.events);
        let advance = Arc::new(self.step(holder, folded, mark));
        self.writing = Some(Writing {
            page: page.clone(),
            log,
            from,
            own,
            step: self.last_step(),
            written: writing::begin(holder.store.clone(), &advance),
            advance,
        });
        Ok(None)
    }

    async fn settle(&mut self, holder: &mut Holder) -> Result<Option<DecodeError>, Ended> {
        match self.settled(holder).await? {
            Settled::Well => Ok(None),
            Settled::Anew(held) => Ok(held),
        }
    }

    async fn serves(&self, kept: &dyn SubscriptionStore) -> Result<bool, StoreError> {
        let table = &self.table;
        let serving = kept.serving(&table.name, table.version).await?;
        Ok(serving == table.generation)
    }
}

impl<V: View, S: Send + Sync + 'static> Folder<V, S> {
    /// Folds events and writes what comes of them.
    pub(super) async fn divide(
        &mut self,
        holder: &mut Holder,
        log: LogId,
        events: &[RecordedEvent],
        from: Position,
    ) -> Result<Option<DecodeError>, Ended> {
        let folded = self.fold_now(holder, events, from).await?;
        self.write(holder, log, (events, folded), from).await
    }

    /// Writes what came of events. If the database refuses what came of many, each half of them is taken
    /// on its own, until it is known which event is to blame.
    async fn write(
        &mut self,
        holder: &mut Holder,
        log: LogId,
        (events, folded): (&[RecordedEvent], Folded),
        from: Position,
    ) -> Result<Option<DecodeError>, Ended> {
        let mut left = vec![events];
        let mut ready = Some(folded);
        while let Some(events) = left.pop() {
            let mut folded = match ready.take() {
                Some(folded) => folded,
                None => self.fold_now(holder, events, from).await?,
            };
            let (taken, _) = events.split_at(folded.taken.min(events.len()));
            let held = folded.held.take();
            if let Some(last) = taken.last() {
                let mark = LogMark::new(log, last.position, Some(last.id));
                let advance = self.step(holder, folded, mark);
                match holder.advance(from, &advance).await? {
                    None => {
                        self.written(self.last_step());
                        holder.done(self.own(holder, taken), advance.parked.len());
                    }
                    // What two documents have in common, the database refuses.
                    Some(error) if taken.len() == 1 => {
                        self.forget();
                        let parked = self.refused(advance, last, &error);
                        let parked = self.step(holder, parked, mark);
                        if let Some(error) = holder.advance(from, &parked).await? {
                            return Err(Ended::Failed(error.into()));
                        }
                        holder.done(1, parked.parked.len());
                    }
                    Some(_) => {
                        self.forget();
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

    async fn fold_now(
        &mut self,
        holder: &mut Holder,
        events: &[RecordedEvent],
        from: Position,
    ) -> Result<Folded, Ended> {
        loop {
            let store = holder.store.clone();
            let kept = store.subscriptions().ok_or(ReadModelError::NotKept)?;
            match self.fold(kept, events, &holder.checkpoints).await {
                Ok(folded) => return Ok(folded),
                Err(NotFolded::Store(error)) => holder.retry(from, error.into()).await?,
                Err(NotFolded::LookUp(source)) => {
                    let read_model = V::INFO.name;
                    let held = ReadModelError::Held { read_model, source };
                    holder.retry(from, held).await?;
                }
                Err(NotFolded::View(error)) => return Err(error.into()),
            }
            holder.hold_on(from).await?;
        }
    }

    /// How many of the events are the partition's own.
    fn own(&self, holder: &Holder, events: &[RecordedEvent]) -> usize {
        if !self.decoders.is_keyed_by_aggregate() {
            return events.len();
        }
        let own = |it: &&RecordedEvent| holder.has(Slice::of(it.stream.aggregate_id()));
        events.iter().filter(own).count()
    }

    fn step(&self, holder: &Holder, folded: Folded, mark: LogMark) -> Advance {
        let mut advance = Advance::new(holder.lease.clone(), Some(mark));
        advance.documents = folded.documents;
        advance.routes = folded.routes;
        advance.parked = folded.parked;
        advance.table = Some(self.table.clone());
        advance
    }
}
