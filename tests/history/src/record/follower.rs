//! A follower: reads the log forwards, and logs what it sees.

use std::time::Duration;

use eventide_core::Position;
use eventide_core::store::{EventStore, LogQuery, PageSize, StoreError};

use super::History;
use crate::entry::Entry;

const PAUSE: Duration = Duration::from_millis(5);
/// So often in a row may reading fail once it is to end.
const LAST_FAILURES: u32 = 200;

/// Reads the log of a store, page by page from its start, and tells the history.
#[derive(Debug)]
pub struct Follower<S> {
    store: S,
    history: History,
    number: u32,
    position: Position,
    page: PageSize,
}

impl<S: EventStore> Follower<S> {
    /// A follower of `store`. `number` must be its own among all that write to one history.
    pub fn new(store: S, history: &History, number: u32) -> Self {
        Self {
            store,
            history: history.clone(),
            number,
            position: Position::START,
            page: PageSize::default(),
        }
    }

    /// Reads at most `page` events at once.
    #[must_use]
    pub fn page(mut self, page: PageSize) -> Self {
        self.page = page;
        self
    }

    /// Up to where it has read.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Goes on with another store: the same one, opened anew.
    pub fn reopen(&mut self, store: S) {
        self.store = store;
    }

    /// Reads one page, and says whether there is more. After an error the next call goes on where
    /// the last page ended.
    ///
    /// # Errors
    /// As the store's own `read_log`.
    pub async fn poll(&mut self) -> Result<bool, StoreError> {
        let reader = self.number;
        let after = Some(self.position);
        self.history.push([Entry::Asked { reader, after }]);
        let query = LogQuery::after(self.position).page(self.page);
        let page = self.store.read_log(query).await?;
        let saw = page.events.iter().map(|event| Entry::Saw {
            reader,
            position: event.position,
            event: event.id,
        });
        let read = Entry::Read {
            reader,
            until: page.next,
            more: page.more,
        };
        self.history.push(saw.chain([read]));
        self.position = self.position.max(page.next);
        Ok(page.more)
    }

    /// Asks for the head of the log.
    ///
    /// # Errors
    /// As the store's own `head`.
    pub async fn observed_head(&self) -> Result<Position, StoreError> {
        let reader = self.number;
        let after = None;
        self.history.push([Entry::Asked { reader, after }]);
        let position = self.store.head().await?;
        self.history.push([Entry::Head { reader, position }]);
        Ok(position)
    }

    /// Reads on and on, past all errors, until `stop` holds and a page read after that is the last.
    ///
    /// # Errors
    /// `stop` holds, and reading still fails.
    pub async fn follow(&mut self, stop: impl Fn() -> bool) -> Result<(), StoreError> {
        let mut failures = 0;
        loop {
            let last = stop();
            let read = match self.poll().await {
                Ok(more) => self.observed_head().await.map(|_| more),
                Err(error) => Err(error),
            };
            match read {
                Ok(false) if last => return Ok(()),
                Ok(true) => failures = 0,
                Ok(false) => {
                    failures = 0;
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) if last && failures >= LAST_FAILURES => return Err(error),
                Err(_) => {
                    failures = if last { failures + 1 } else { 0 };
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}
