//! Taking in what another log holds.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

use super::Log;
use crate::envelope::RecordedEvent;
use crate::ids::{CommandId, Position};
use crate::store::transfer::{ImportError, check_import};
use crate::store::{HandledCommand, PageSize, StoreError, StoreErrorKind};

impl Log {
    pub(in crate::store::memory) fn commands_after(
        &self,
        after: Option<CommandId>,
        page: PageSize,
    ) -> Vec<HandledCommand> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let commands = self.commands.range((start, Bound::Unbounded));
        let commands = commands.map(|(_, command)| command.clone());
        commands.take(page.get()).collect()
    }

    /// Judges all of it before it stores anything, so that it is all or nothing.
    pub(in crate::store::memory) fn import_events(
        &mut self,
        after: Position,
        events: Vec<RecordedEvent>,
    ) -> Result<(), ImportError> {
        let firsts = check_import(after, &events)?;
        if self.head() != after {
            return Err(ImportError::not_at_end(after, self.head()));
        }
        for first in firsts {
            let expected = self.version(&first.stream).next();
            if first.version != expected {
                let stream = first.stream.clone();
                return Err(ImportError::hole(
                    first.position,
                    stream,
                    first.version,
                    expected,
                ));
            }
        }
        if let (Some(last), Some(first)) = (self.events.last(), events.first())
            && first.recorded_at < last.recorded_at
        {
            return Err(ImportError::recorded_before(first, last.recorded_at));
        }
        let mut new = HashSet::new();
        for event in &events {
            if self.event_ids.contains(&event.id) || !new.insert(event.id) {
                return Err(StoreError::new(
                    StoreErrorKind::Constraint,
                    format_args!("event {} exists already", event.id),
                )
                .into());
            }
        }
        self.event_ids.extend(new);
        for event in events {
            self.count(&event.stream, &event.event_type, event.schema_version);
            let index = self.streams.entry(event.stream.clone()).or_default();
            index.push(self.events.len());
            self.events.push(event);
        }
        Ok(())
    }

    pub(in crate::store::memory) fn import_commands(
        &mut self,
        commands: Vec<HandledCommand>,
    ) -> Result<(), ImportError> {
        let mut new = BTreeMap::new();
        for given in commands {
            let known = self.commands.get(&given.id).or_else(|| new.get(&given.id));
            match known {
                Some(known) if *known != given => {
                    return Err(ImportError::another_result(known.clone(), given));
                }
                Some(_) => {}
                None => {
                    new.insert(given.id, given);
                }
            }
        }
        self.commands.append(&mut new);
        Ok(())
    }
}
