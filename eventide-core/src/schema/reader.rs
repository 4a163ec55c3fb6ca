//! Decoding page by page, with whatever upcasters have to look up.

use std::fmt;
use std::marker::PhantomData;

use super::DecodeError;
use super::lookups::{Lookups, Services};
use super::steps::Asks;
use crate::envelope::RecordedEvent;
use crate::event::EventSet;

/// How often one event may ask for something: more than any chain has steps that do.
const MOST_TRIES: u32 = 100;

/// Reads the events of one set, whatever version they were stored in: for whoever follows the log.
///
/// Keeps what upcasters looked up, so that later pages need not ask again.
///
/// ```
/// # use eventide::prelude::*;
/// # use eventide::schema::Reader;
/// # use serde::{Deserialize, Serialize};
/// # use eventide::store::{EventStore, LogQuery};
/// # #[derive(Debug, Clone, Serialize, Deserialize, Event)] struct Opened { owner: String }
/// # #[derive(Debug, Clone, Deserialize, Command)] #[command(creates)] struct Open { #[command(id)] account: AccountId, owner: String }
/// # #[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, AggregateId)] struct AccountId(String);
/// # #[derive(Default, Clone, Aggregate)]
/// # #[aggregate(id = AccountId, error = std::convert::Infallible, events(Opened), commands(Open))]
/// # struct Account;
/// # #[handlers] impl Account {
/// #     fn open(&self, open: Open) -> Opened { Opened { owner: open.owner } }
/// #     fn opened(&mut self, _: &Opened) {}
/// # }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let store = MemoryStore::default();
/// # let accounts = Repository::<Account>::new(&store);
/// # accounts.execute(Open { account: AccountId("a".into()), owner: "Ann".into() }).await?;
/// let mut reader = Reader::<AccountEvent>::new();
/// let page = store.read_log(LogQuery::default()).await?;
/// for (recorded, event) in reader.read(&page.events).await? {
///     let AccountEvent::Opened(opened) = event;
///     assert_eq!((recorded.version.get(), &*opened.owner), (1, "Ann"));
/// }
/// # Ok(()) }
/// ```
pub struct Reader<E, S = ()> {
    services: S,
    lookups: Lookups,
    events: PhantomData<fn() -> E>,
}

impl<E: EventSet + Asks<()>> Reader<E> {
    /// A reader of events whose upcasters look nothing up.
    pub fn new() -> Self {
        Self::with_services(())
    }
}

impl<E: EventSet + Asks<()>> Default for Reader<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: EventSet + Asks<S>, S: Send + Sync> Reader<E, S> {
    /// A reader whose upcasters find what they need in `services`.
    pub fn with_services(services: S) -> Self {
        Self {
            services,
            lookups: Lookups::new(),
            events: PhantomData,
        }
    }

    /// What the events of a page are read as, in order, each beside its record. A record that is
    /// read as several events comes several times, one that is read as none does not come.
    ///
    /// # Errors
    /// See [`DecodeError`]: the first event that cannot be read, and nothing of the page.
    pub async fn read<'p>(
        &mut self,
        page: &'p [RecordedEvent],
    ) -> Result<Vec<(&'p RecordedEvent, E)>, DecodeError> {
        let mut read = Vec::with_capacity(page.len());
        let mut events = Vec::with_capacity(1);
        let mut rest = page;
        while let [recorded, later @ ..] = rest {
            match E::decode(recorded, &mut self.lookups, &mut events) {
                Ok(()) => {
                    read.extend(events.drain(..).map(|event| (recorded, event)));
                    rest = later;
                }
                Err(error) => {
                    let services = |wanted| E::find(&self.services, wanted);
                    look_up::<E>(error, rest, &mut self.lookups, &services).await?;
                }
            }
        }
        Ok(read)
    }
}

impl<E, S> fmt::Debug for Reader<E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("lookups", &self.lookups)
            .finish_non_exhaustive()
    }
}

/// After `error` on the first event of `page`: if something had to be looked up, looks up whatever
/// the whole page needs, and the event can be tried again.
///
/// # Errors
/// The error itself if it was another, or why nothing could be looked up.
#[cold]
pub(crate) async fn look_up<E: EventSet>(
    error: DecodeError,
    page: &[RecordedEvent],
    lookups: &mut Lookups,
    services: &Services<'_>,
) -> Result<(), DecodeError> {
    let Some(first) = page.first() else {
        return Err(error);
    };
    if !error.is_not_looked_up() {
        return Err(error);
    }
    if lookups.tries_of(first.id) > MOST_TRIES {
        let reason = "the key its upcaster asks for is another each time";
        return Err(DecodeError::look_up(first, reason.into()));
    }
    let mut unused = Vec::new();
    for recorded in page {
        // What is wrong with a later event is said when it is its turn.
        if E::decode(recorded, lookups, &mut unused).is_ok() {
            unused.clear();
        }
    }
    lookups
        .fetch(services)
        .await
        .map_err(|source| DecodeError::look_up(first, source))
}
