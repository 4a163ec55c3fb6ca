//! Copying from and to a store in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::envelope::RecordedEvent;
use crate::ids::{CommandId, Position};
use crate::store::transfer::{ImportError, TransferStore};
use crate::store::{HandledCommand, PageSize, StoreError};

#[async_trait]
impl TransferStore for MemoryStore {
    async fn commands_after(
        &self,
        after: Option<CommandId>,
        page: PageSize,
    ) -> Result<Vec<HandledCommand>, StoreError> {
        Ok(self.state().log.commands_after(after, page))
    }

    async fn import_events(
        &self,
        after: Position,
        events: Vec<RecordedEvent>,
    ) -> Result<(), ImportError> {
        self.state().log.import_events(after, events)
    }

    async fn import_commands(&self, commands: Vec<HandledCommand>) -> Result<(), ImportError> {
        self.state().log.import_commands(commands)
    }
}
