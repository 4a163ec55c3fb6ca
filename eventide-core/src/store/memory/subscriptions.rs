//! Subscriptions and views on a store in memory.

mod step;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::desk::{Desk, decided, unknown};
use super::documents::Table;
use super::{MemoryStore, State};
use crate::ids::Position;
use crate::store::{Advance, NewSubscription, StoreError, StoreErrorKind, SubscriptionStore};
use crate::stream::StreamId;
use crate::subscription::{
    Checkpoint, Claimed, DeadLetter, Decision, Lease, LeaseError, ParkedKey, PartitionCount,
    SubscriptionName, SubscriptionStatus, Token, WorkerId,
};
use crate::view::{Document, DocumentPage, DocumentQuery, ViewTable};

/// What is kept beside the log.
#[derive(Default)]
pub(super) struct ReadSide {
    desks: BTreeMap<SubscriptionName, Desk>,
    /// The last tokens of subscriptions that were forgotten: what their holders still write must
    /// not count for others of their names.
    forgotten: HashMap<SubscriptionName, Token>,
    decisions: Vec<Decision>,
    tables: HashMap<String, Table>,
    serving: HashMap<(String, u32), u32>,
}

impl ReadSide {
    fn desk(&mut self, name: &SubscriptionName) -> Result<&mut Desk, StoreError> {
        self.desks.get_mut(name).ok_or_else(|| unknown(name))
    }

    /// The subscription of a lease. Where it was forgotten, the lease is lost.
    fn leased(&mut self, lease: &Lease) -> Result<&mut Desk, LeaseError> {
        let desk = self.desks.get_mut(&lease.subscription);
        desk.ok_or_else(|| LeaseError::Lost {
            lease: lease.clone(),
        })
    }

    fn table(&mut self, table: &ViewTable) -> Result<&mut Table, StoreError> {
        let name = table.sql_name();
        self.tables.get_mut(&name).ok_or_else(|| {
            StoreError::new(
                StoreErrorKind::Other,
                format_args!("there is no view `{name}`; open it first"),
            )
        })
    }
}

impl ReadSide {
    fn serving(&self, view: &str, version: u32) -> u32 {
        let chosen = self.serving.get(&(view.to_owned(), version));
        chosen.copied().unwrap_or(1)
    }

    /// Whether the step may be taken; changes nothing.
    fn may_advance(&mut self, advance: &Advance) -> Result<(), LeaseError> {
        self.leased(&advance.lease)?.may_write(&advance.lease)?;
        if let Some(table) = &advance.table {
            self.table(table)?.check_unique(&advance.documents)?;
        }
        Ok(())
    }

    fn advance(&mut self, advance: &Advance, now: Timestamp) -> Result<(), LeaseError> {
        self.may_advance(advance)?;
        self.write(advance, now)
    }

    fn write(&mut self, advance: &Advance, now: Timestamp) -> Result<(), LeaseError> {
        if let Some(table) = &advance.table {
            let table = self.table(table)?;
            for write in &advance.documents {
                table.write(write);
            }
        }
        let decided = advance.dropped.iter().map(|it| decided(it, now));
        self.decisions.extend(decided);
        self.leased(&advance.lease)?.advance(advance, now)
    }
}

impl State {
    fn desk(&mut self, name: &SubscriptionName) -> Result<&mut Desk, StoreError> {
        self.read_side.desk(name)
    }
}

#[async_trait]
impl SubscriptionStore for MemoryStore {
    async fn open_subscription(
        &self,
        new: &NewSubscription,
    ) -> Result<SubscriptionStatus, StoreError> {
        let now = self.clock.now();
        let read_side = &mut self.state().read_side;
        let last = read_side.forgotten.get(&new.name).copied();
        let last = last.unwrap_or(Token::from_raw(0));
        let desk = read_side.desks.entry(new.name.clone());
        let desk = desk.or_insert_with(|| Desk::new(new, last, now));
        Ok(desk.status(&new.name, now))
    }

    async fn subscription(
        &self,
        name: &SubscriptionName,
    ) -> Result<Option<SubscriptionStatus>, StoreError> {
        let now = self.clock.now();
        let state = self.state();
        let desk = state.read_side.desks.get(name);
        Ok(desk.map(|desk| desk.status(name, now)))
    }

    async fn subscription_names(&self) -> Result<Vec<SubscriptionName>, StoreError> {
        Ok(self.state().read_side.desks.keys().cloned().collect())
    }

    async fn set_fingerprint(
        &self,
        name: &SubscriptionName,
        fingerprint: u64,
    ) -> Result<(), StoreError> {
        self.state().desk(name)?.set_fingerprint(fingerprint);
        Ok(())
    }

    async fn divide(
        &self,
        name: &SubscriptionName,
        count: PartitionCount,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.state().desk(name)?.divide(count, now);
        Ok(())
    }

    async fn forget_subscription(&self, name: &SubscriptionName) -> Result<(), StoreError> {
        let read_side = &mut self.state().read_side;
        if let Some(desk) = read_side.desks.remove(name) {
            let last = desk.last_token();
            read_side.forgotten.insert(name.clone(), last);
        }
        Ok(())
    }

    async fn claim(
        &self,
        name: &SubscriptionName,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Claimed>, StoreError> {
        let now = self.clock.now();
        let mut state = self.state();
        Ok(state.desk(name)?.claim(name, None, worker, (now, ttl)))
    }

    async fn take_over(
        &self,
        name: &SubscriptionName,
        partition: u16,
        worker: &WorkerId,
        ttl: Duration,
    ) -> Result<Option<Claimed>, StoreError> {
        let now = self.clock.now();
        let mut state = self.state();
        let desk = state.desk(name)?;
        Ok(desk.claim(name, Some(partition), worker, (now, ttl)))
    }

    async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<Vec<Checkpoint>, LeaseError> {
        let now = self.clock.now();
        let mut state = self.state();
        state.read_side.leased(lease)?.renew(lease, (now, ttl))
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        if let Ok(desk) = self.state().read_side.leased(lease) {
            desk.release(lease);
        }
        Ok(())
    }

    async fn advance(&self, advance: &Advance) -> Result<(), LeaseError> {
        let now = self.clock.now();
        self.state().read_side.advance(advance, now)
    }

    async fn parked_among(
        &self,
        name: &SubscriptionName,
        keys: &[String],
    ) -> Result<Vec<String>, StoreError> {
        Ok(self.state().desk(name)?.parked_among(keys))
    }

    async fn parked_keys(
        &self,
        name: &SubscriptionName,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<ParkedKey>, StoreError> {
        Ok(self.state().desk(name)?.parked_keys(after, limit))
    }

    async fn letters(
        &self,
        name: &SubscriptionName,
        key: &str,
        after: Position,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        Ok(self.state().desk(name)?.letters(key, after, limit))
    }

    async fn decisions(
        &self,
        name: &SubscriptionName,
        limit: u32,
    ) -> Result<Vec<Decision>, StoreError> {
        let state = self.state();
        let decisions = state.read_side.decisions.iter().rev();
        let of = decisions.filter(|it| it.subscription == *name);
        Ok(of.take(limit as usize).cloned().collect())
    }

    async fn routes(
        &self,
        name: &SubscriptionName,
        streams: &[StreamId],
    ) -> Result<Vec<Option<String>>, StoreError> {
        Ok(self.state().desk(name)?.routes(streams))
    }

    async fn open_view(&self, table: &ViewTable) -> Result<(), StoreError> {
        let tables = &mut self.state().read_side.tables;
        let found = tables.entry(table.sql_name());
        found.or_insert_with(|| Table::new(table)).check(table)
    }

    async fn serving(&self, view: &str, version: u32) -> Result<u32, StoreError> {
        Ok(self.state().read_side.serving(view, version))
    }

    async fn serve(
        &self,
        view: &str,
        version: u32,
        generation: u32,
        held: &[Lease],
    ) -> Result<(), LeaseError> {
        let read_side = &mut self.state().read_side;
        for lease in held {
            read_side.leased(lease)?.may_write(lease)?;
        }
        let serving = &mut read_side.serving;
        serving.insert((view.to_owned(), version), generation);
        Ok(())
    }

    async fn drop_view(&self, table: &ViewTable) -> Result<(), StoreError> {
        self.state().read_side.tables.remove(&table.sql_name());
        Ok(())
    }

    async fn documents(
        &self,
        table: &ViewTable,
        keys: &[String],
    ) -> Result<Vec<Option<Document>>, StoreError> {
        let mut state = self.state();
        let table = state.read_side.table(table)?;
        Ok(keys.iter().map(|key| table.get(key)).collect())
    }

    async fn find_documents(
        &self,
        table: &ViewTable,
        query: &DocumentQuery,
    ) -> Result<DocumentPage, StoreError> {
        Ok(self.state().read_side.table(table)?.find(query))
    }
}
