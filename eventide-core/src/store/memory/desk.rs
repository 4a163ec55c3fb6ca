//! What a store in memory keeps for subscriptions, as plain single-threaded data.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::ids::Position;
use crate::store::{Advance, NewSubscription, StoreError, StoreErrorKind};
use crate::stream::StreamId;
use crate::subscription::{
    Checkpoint, Claimed, DeadLetter, Decision, Lease, LeaseError, ParkedKey, PartitionCount,
    PartitionStatus, Slices, SubscriptionName, SubscriptionStatus, Token, WorkerId,
};

/// A subscription.
pub(super) struct Desk {
    count: PartitionCount,
    fingerprint: u64,
    partitions: Vec<Partition>,
    letters: BTreeMap<Arc<str>, BTreeMap<Position, DeadLetter>>,
    routes: HashMap<StreamId, String>,
}

struct Partition {
    checkpoints: Vec<Checkpoint>,
    token: u64,
    held: Option<(WorkerId, Timestamp)>,
    moved_at: Timestamp,
}

/// Who has a partition.
pub(super) struct Holder {
    token: u64,
    held: Option<(WorkerId, Timestamp)>,
}

impl Partition {
    fn owner(&self, now: Timestamp) -> Option<&WorkerId> {
        let (owner, until) = self.held.as_ref()?;
        (*until > now).then_some(owner)
    }

    fn came_to(&self) -> Position {
        let marks = self.checkpoints.iter().map(|at| at.mark.position());
        marks.min().unwrap_or(Position::START)
    }
}

impl Desk {
    /// A new subscription, whose tokens go on after the last one that was given under its name.
    pub(super) fn new(new: &NewSubscription, last: Token, now: Timestamp) -> Self {
        let mut desk = Self {
            count: new.count,
            fingerprint: new.fingerprint,
            partitions: Vec::new(),
            letters: BTreeMap::new(),
            routes: HashMap::new(),
        };
        let begin = [Checkpoint::new(Slices::ALL, new.begin)];
        desk.cut(&begin, new.count, last, now);
        desk
    }

    /// The highest token there was.
    pub(super) fn last_token(&self) -> Token {
        let tokens = self.partitions.iter().map(|it| it.token);
        Token::from_raw(tokens.max().unwrap_or_default())
    }

    /// Tokens go on from `last`: a lease from before the division must not count after it.
    fn cut(&mut self, old: &[Checkpoint], count: PartitionCount, last: Token, now: Timestamp) {
        let partition = |_| Partition {
            checkpoints: Vec::new(),
            token: last.as_raw(),
            held: None,
            moved_at: now,
        };
        self.partitions = (0..count.get()).map(partition).collect();
        self.count = count;
        for (partition, checkpoint) in Checkpoint::divide(old, count) {
            if let Some(partition) = self.partitions.get_mut(usize::from(partition)) {
                partition.checkpoints.push(checkpoint);
            }
        }
    }

    pub(super) fn divide(&mut self, count: PartitionCount, now: Timestamp) {
        if count != self.count {
            let old = self.partitions.iter().flat_map(|it| &it.checkpoints);
            let old: Vec<_> = old.copied().collect();
            self.cut(&old, count, self.last_token(), now);
        }
    }

    pub(super) fn set_fingerprint(&mut self, fingerprint: u64) {
        self.fingerprint = fingerprint;
    }

    pub(super) fn status(&self, name: &SubscriptionName, now: Timestamp) -> SubscriptionStatus {
        let partitions = (0..).zip(&self.partitions).map(|(number, it)| {
            let token = Token::from_raw(it.token);
            let checkpoints = it.checkpoints.clone();
            let mut status = PartitionStatus::new(number, checkpoints, token, it.moved_at);
            status.owner = it.owner(now).cloned();
            status
        });
        let partitions = partitions.collect();
        let mut status =
            SubscriptionStatus::new(name.clone(), self.count, self.fingerprint, partitions);
        status.parked_keys = self.letters.len() as u64;
        status.letters = self.letters.values().map(|of| of.len() as u64).sum();
        status
    }

    /// Claims that partition, or one that is free.
    pub(super) fn claim(
        &mut self,
        name: &SubscriptionName,
        wanted: Option<u16>,
        worker: &WorkerId,
        (now, ttl): (Timestamp, Duration),
    ) -> Option<Claimed> {
        let partitions = (0..).zip(&mut self.partitions);
        let (number, partition) = match wanted {
            Some(wanted) => partitions.into_iter().nth(usize::from(wanted))?,
            None => partitions
                .filter(|(_, it)| it.owner(now).is_none())
                .min_by_key(|(_, it)| it.came_to())?,
        };
        partition.token += 1;
        partition.held = Some((worker.clone(), until(now, ttl)));
        let lease = Lease::new(name.clone(), number, Token::from_raw(partition.token));
        Some(Claimed::new(lease, partition.checkpoints.clone()))
    }

    /// Who has the first partition.
    pub(super) fn holder(&self) -> Option<Holder> {
        let first = self.partitions.first()?;
        Some(Holder {
            token: first.token,
            held: first.held.clone(),
        })
    }

    /// Gives the first partition back to who had it.
    pub(super) fn give_back(&mut self, Holder { token, held }: Holder) {
        if let Some(first) = self.partitions.first_mut() {
            first.token = token;
            first.held = held;
        }
    }

    fn held(&mut self, lease: &Lease) -> Result<&mut Partition, LeaseError> {
        let partition = self.partitions.get_mut(usize::from(lease.partition));
        let lost = || LeaseError::Lost {
            lease: lease.clone(),
        };
        let partition = partition.ok_or_else(lost)?;
        if partition.token == lease.token.as_raw() && partition.held.is_some() {
            Ok(partition)
        } else {
            Err(lost())
        }
    }

    pub(super) fn renew(
        &mut self,
        lease: &Lease,
        (now, ttl): (Timestamp, Duration),
    ) -> Result<Vec<Checkpoint>, LeaseError> {
        let partition = self.held(lease)?;
        if let Some((_, at)) = &mut partition.held {
            *at = until(now, ttl);
        }
        Ok(partition.checkpoints.clone())
    }

    pub(super) fn release(&mut self, lease: &Lease) {
        if let Ok(partition) = self.held(lease) {
            partition.held = None;
        }
    }

    /// Whether the step may be taken; changes nothing.
    pub(super) fn may_write(&mut self, lease: &Lease) -> Result<(), LeaseError> {
        self.held(lease).map(|_| ())
    }

    pub(super) fn advance(&mut self, advance: &Advance, now: Timestamp) -> Result<(), LeaseError> {
        let partition = self.held(&advance.lease)?;
        if let Some(to) = advance.to {
            for checkpoint in &mut partition.checkpoints {
                if checkpoint.mark.position() < to.position() {
                    checkpoint.mark = to;
                }
            }
            partition.moved_at = now;
        }
        for (stream, key) in &advance.routes {
            let of = self.routes.entry(stream.clone());
            of.or_insert_with(|| key.clone());
        }
        for letter in &advance.parked {
            let mut letter = letter.clone();
            letter.parked_at = now;
            let of = self.letters.entry(Arc::clone(&letter.id.key)).or_default();
            of.insert(letter.id.position, letter);
        }
        let dropped = advance.dropped.iter().map(|decision| &decision.letter.id);
        for gone in advance.handled.iter().chain(dropped) {
            if let Some(of) = self.letters.get_mut(&gone.key) {
                of.remove(&gone.position);
                if of.is_empty() {
                    self.letters.remove(&gone.key);
                }
            }
        }
        Ok(())
    }

    pub(super) fn parked_among(&self, keys: &[String]) -> Vec<String> {
        let parked = |key: &&String| self.letters.contains_key(key.as_str());
        keys.iter().filter(parked).cloned().collect()
    }

    pub(super) fn parked_keys(&self, after: Option<&str>, limit: u32) -> Vec<ParkedKey> {
        let later = self
            .letters
            .iter()
            .filter(|(key, _)| after.is_none_or(|after| &***key > after));
        later
            .filter_map(|(key, letters)| {
                let first = letters.values().next()?.clone();
                Some(ParkedKey::new(key.clone(), letters.len() as u64, first))
            })
            .take(limit as usize)
            .collect()
    }

    pub(super) fn letters(&self, key: &str, after: Position, limit: u32) -> Vec<DeadLetter> {
        let letters = self.letters.get(key).into_iter().flat_map(BTreeMap::values);
        letters
            .filter(|letter| letter.id.position > after)
            .take(limit as usize)
            .cloned()
            .collect()
    }

    pub(super) fn routes(&self, streams: &[StreamId]) -> Vec<Option<String>> {
        let route = |stream| self.routes.get(stream).cloned();
        streams.iter().map(route).collect()
    }
}

fn until(now: Timestamp, ttl: Duration) -> Timestamp {
    now.saturating_add(ttl).unwrap_or(Timestamp::MAX)
}

pub(super) fn unknown(name: &SubscriptionName) -> StoreError {
    let why = format_args!("there is no subscription `{name}`");
    StoreError::new(StoreErrorKind::Other, why)
}

/// Stamps a decision with its time.
pub(super) fn decided(decision: &Decision, now: Timestamp) -> Decision {
    Decision {
        at: now,
        ..decision.clone()
    }
}
