//! Decoding what the store holds, with what upcasters have to look up: the way of every reader of a
//! repository.

use std::mem;
use std::sync::{Mutex, PoisonError};

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
            let lookups = shared
                .as_mut()
                .map_or(&mut none, |taken: &mut Taken<'_>| &mut taken.lookups);
            let Err(error) = read(recorded, lookups)? else {
                rest = later;
                continue;
            };
            let taken = match &mut shared {
                Some(taken) => taken,
                None if error.is_not_looked_up() => shared.insert(Taken::from(&self.lookups)),
                None => return Err(error.into()),
            };
            let services = |wanted| A::Event::find(self.services.services(), wanted);
            look_up::<A::Event>(error, rest, &mut taken.lookups, &services).await?;
        }
        Ok(())
    }
}

/// What was looked up before, taken by a reader, who gives it back. Another one who comes meanwhile begins
/// with nothing, and does not wait.
struct Taken<'a> {
    kept: &'a Mutex<Lookups>,
    lookups: Lookups,
}

impl<'a> From<&'a Mutex<Lookups>> for Taken<'a> {
    fn from(kept: &'a Mutex<Lookups>) -> Self {
        let lookups = mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner));
        Self { kept, lookups }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = mem::take(&mut self.lookups);
    }
}
