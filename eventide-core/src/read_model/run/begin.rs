//! Where in the log a read model begins.

use jiff::Timestamp;

use crate::ids::Position;
use crate::store::{LogMark, LogQuery, PageSize, Store, StoreError};

/// Where in the log a projection begins that is run for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Begin {
    /// With the first event.
    #[default]
    Start,
    /// Behind this position.
    After(Position),
    /// With the first event that was recorded at this time or later.
    At(Timestamp),
    /// With what is appended from now on.
    Now,
}

impl Begin {
    /// The mark behind which it begins.
    pub(super) async fn mark(self, store: &dyn Store) -> Result<LogMark, StoreError> {
        let position = match self {
            Self::Start => Position::START,
            Self::After(position) => position,
            Self::Now => store.head().await?,
            Self::At(time) => before(store, time).await?,
        };
        LogMark::at(store, position).await
    }
}

/// The last position whose event was recorded before that time: times never decrease along the log.
async fn before(store: &dyn Store, time: Timestamp) -> Result<Position, StoreError> {
    let mut query = LogQuery::backwards().page(PageSize::new(1));
    query.filter.recorded_before = Some(time);
    loop {
        let page = store.read_log(query.clone()).await?;
        if let Some(event) = page.events.first() {
            return Ok(event.position);
        }
        if !page.more {
            return Ok(Position::START);
        }
        query.from = Some(page.next);
    }
}
