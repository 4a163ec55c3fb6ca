//! What a store holds in the end.

use std::collections::BTreeSet;

use eventide_core::store::{
    EventStore, HandledCommand, LogQuery, PageSize, StoreError, StoreErrorKind,
};
use eventide_core::{CommandId, Position, RecordedEvent};

use crate::entry::Entry;

const COMMANDS_AT_ONCE: usize = 256;

/// The whole log, and what is known of every command of a history.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct End {
    /// All events, in the order of the log.
    pub log: Vec<RecordedEvent>,
    /// What the store knows of the commands that were ever asked for.
    pub handled: Vec<HandledCommand>,
}

impl End {
    /// Reads it from `store`, when nobody appends any more.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn read(
        store: &(impl EventStore + ?Sized),
        entries: &[Entry],
    ) -> Result<Self, StoreError> {
        let mut end = Self::default();
        let mut position = Position::START;
        loop {
            let query = LogQuery::after(position).page(PageSize::MAX);
            let page = store.read_log(query).await?;
            end.log.extend(page.events);
            if !page.more {
                break;
            }
            if page.next <= position {
                let message = format!("the log does not go on after position {position}");
                return Err(StoreError::new(StoreErrorKind::Corrupt, message));
            }
            position = page.next;
        }
        let commands: Vec<_> = commands(entries).into_iter().collect();
        for ids in commands.chunks(COMMANDS_AT_ONCE) {
            end.handled.extend(store.handled_commands(ids).await?);
        }
        Ok(end)
    }
}

fn commands(entries: &[Entry]) -> BTreeSet<CommandId> {
    let invoked = entries.iter().filter_map(|entry| match entry {
        Entry::Invoked { request, .. } => Some(request.commands()),
        _ => None,
    });
    invoked.flatten().collect()
}
