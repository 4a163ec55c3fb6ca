//! What became of requests whose call was refused or not answered.

use eventide_core::store::{AppendError, Appended, HandledCommand, StoreError, StoreErrorKind};
use eventide_core::{CommandId, Position};

use super::appender::Appender;
use super::item::Item;
use super::memory::KnownHead;
use super::verdict::Judged;
use super::writer::Verdict;
use crate::commands;
use crate::link::{Retry, Rows, patiently};
use crate::row::ReadError;
use crate::value::Micros;

/// Since when, and from where on, an unanswered attempt of this process may have written something:
/// what was recorded earlier, or stands before it, is of an earlier request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) since: Micros,
    pub(super) head: Position,
}

impl Asked {
    fn may_have_written(self, appended: &Appended) -> bool {
        let mut positions = appended.streams.iter().flat_map(|part| &part.positions);
        Micros::of(appended.recorded_at).0 >= self.since.0
            && positions.all(|position| *position > self.head)
    }
}

impl Appender {
    /// Why an item does not stand; or that it was written by an earlier attempt of ours.
    pub(super) async fn refusal(
        &self,
        judged: &Judged<'_>,
        retry: &mut Retry<'_>,
        asked: Option<Asked>,
    ) -> Verdict {
        let item = judged.item;
        if let Some(asked) = asked {
            match self.stored(item, retry, asked).await {
                Ok(Some(appended)) => return Ok(appended),
                Ok(None) => {}
                Err(error) => return Err(self.untold(error)),
            }
        }
        let ids: Vec<_> = item.commands().collect();
        let handled = self.find_handled(&ids, retry).await?;
        Err(judged.refusal(handled))
    }

    /// The verdict on an item of a call that failed; but an earlier attempt may have written it.
    pub(super) async fn failed(
        &self,
        item: &Item,
        error: StoreError,
        retry: &mut Retry<'_>,
        asked: Option<Asked>,
    ) -> Verdict {
        let Some(asked) = asked.filter(|_| error.kind() != StoreErrorKind::Unknown) else {
            return Err(error.into());
        };
        match self.stored(item, retry, asked).await {
            Ok(Some(appended)) => Ok(appended),
            _ => Err(self.untold(error)),
        }
    }

    /// An attempt was not answered, and then came `error`, which does not tell what became of it.
    fn untold(&self, error: StoreError) -> AppendError {
        let why = "an attempt was not answered, and what became of it cannot be seen now; repeat \
                   the same request to know";
        let unknown = self
            .place()
            .error(StoreErrorKind::Unknown, "append to", why);
        unknown.with_source(error).into()
    }

    pub(super) async fn find_handled(
        &self,
        ids: &[CommandId],
        retry: &mut Retry<'_>,
    ) -> Result<Vec<HandledCommand>, StoreError> {
        patiently!(retry, |session| commands::find(
            &session,
            self.place(),
            &self.commands,
            ids
        ))
    }

    pub(super) async fn find_stored(
        &self,
        on: &impl Rows,
        item: &Item,
    ) -> Result<Option<Appended>, ReadError> {
        self.stored.find(on, &self.streams, item).await
    }

    /// This is durable; others may see it now, and the log never goes back behind it.
    pub(super) fn committed(&self, item: &Item, appended: &Appended) {
        let positions = appended.streams.iter().flat_map(|part| &part.positions);
        let (Some(&position), Some(event)) = (positions.max(), item.events().last()) else {
            return;
        };
        self.memory().raise(KnownHead {
            position,
            event: Some(event.id),
        });
        self.wake.appended(position);
    }

    /// What is stored of an item that was asked before, by that attempt.
    async fn stored(
        &self,
        item: &Item,
        retry: &mut Retry<'_>,
        asked: Asked,
    ) -> Result<Option<Appended>, StoreError> {
        let ours: Option<Appended> = patiently!(retry, |session| async {
            let stored = self.find_stored(&session, item).await?;
            let ours = stored.filter(|appended| asked.may_have_written(appended));
            if ours.is_some() {
                session.rows(&self.settle, &[]).await?;
            }
            Ok::<_, ReadError>(ours)
        })?;
        if let Some(appended) = &ours {
            self.committed(item, appended);
        }
        Ok(ours)
    }
}
