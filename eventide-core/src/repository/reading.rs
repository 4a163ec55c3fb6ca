//! Decoding what the store holds, with what upcasters have to look up: the way of every reader of a
//! repository.

use super::{Inner, Repository};
use crate::aggregate::Aggregate;
use crate::envelope::RecordedEvent;
use crate::event::EventSet;
use crate::schema::steps::Asks;
use crate::schema::{DecodeError, Lookups, look_up};

/// What the events of a page are read as, each beside its record.
pub type DecodedPage<'p, A> = Vec<(&'p RecordedEvent, <A as Aggregate>::Event)>;

impl<A: Aggregate> Repository<A> {
    /// What events of this aggregate are read as, in order, each beside its record: for whoever
    /// reads the store directly. A record that is read as several events comes several times, one
    /// that is read as none does not come.
    ///
    /// # Errors
    /// See [`DecodeError`]: the first event that cannot be read, and nothing of the page.
    pub async fn decode<'p>(
        &self,
        page: &'p [RecordedEvent],
    ) -> Result<DecodedPage<'p, A>, DecodeError> {
        self.inner.decode(page).await
    }
}

impl<A: Aggregate> Inner<A> {
    pub(super) async fn decode<'p>(
        &self,
        page: &'p [RecordedEvent],
    ) -> Result<DecodedPage<'p, A>, DecodeError> {
        let mut decoded = Vec::with_capacity(page.len());
        let mut events = Vec::with_capacity(1);
        self.each(page, |recorded, lookups| {
            let read = A::Event::decode(recorded, lookups, &mut events);
            decoded.extend(events.drain(..).map(|event| (recorded, event)));
            Ok(read)
        })
        .await
        .map(|()| decoded)
    }

    /// Calls `read` with each event of a page. If one has to look something up, everything the rest
    /// of the page needs is looked up in one go, and that event comes again. Until then nobody waits
    /// for anybody.
    pub(super) async fn each<'p, E: From<DecodeError>>(
        &self,
        page: &'p [RecordedEvent],
        mut read: impl FnMut(&'p RecordedEvent, &mut Lookups) -> Result<Result<(), DecodeError>, E>,
    ) -> Result<(), E> {
        let mut none = Lookups::new();
        let mut shared = None;
        let mut rest = page;
        while let [recorded, later @ ..] = rest {
            let lookups = shared.as_deref_mut().unwrap_or(&mut none);
            let Err(error) = read(recorded, lookups)? else {
                rest = later;
                continue;
            };
            let lookups = match &mut shared {
                Some(shared) => shared,
                None if error.is_not_looked_up() => shared.insert(self.lookups.lock().await),
                None => return Err(error.into()),
            };
            let services = |wanted| A::Event::find(self.services.services(), wanted);
            look_up::<A::Event>(error, rest, lookups, &services).await?;
        }
        Ok(())
    }
}
