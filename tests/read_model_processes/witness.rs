//! Whoever looks on, and knows what must not be seen at any time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use eventide::Position;
use eventide::store::Store;
use eventide::subscription::{Slice, SubscriptionName, SubscriptionStatus, Token, WorkerId};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Looks at subscriptions again and again, and fails if a partition has two holders under one token,
/// or a token or a checkpoint goes back.
pub(crate) struct Witness {
    end: watch::Sender<bool>,
    looking: JoinHandle<u64>,
}

#[derive(Default)]
struct Seen {
    owners: HashMap<(u16, Token), WorkerId>,
    tokens: HashMap<u16, Token>,
    came_to: HashMap<u16, Position>,
}

impl Seen {
    fn look(&mut self, status: &SubscriptionStatus) {
        let name = &status.name;
        for partition in &status.partitions {
            let (number, token) = (partition.partition, partition.token);
            let before = self.tokens.insert(number, token);
            assert!(
                before <= Some(token),
                "{name}, partition {number}: token {token:?} after {before:?}"
            );
            if let Some(owner) = &partition.owner {
                let known = self.owners.entry((number, token));
                let first = known.or_insert_with(|| owner.clone());
                assert_eq!(first, owner, "{name}, partition {number}, {token:?}");
            }
            for checkpoint in &partition.checkpoints {
                let (slices, to) = (checkpoint.slices, checkpoint.mark.position());
                for slice in slices.first().get()..=slices.last().get() {
                    let before = self.came_to.insert(slice, to);
                    assert!(
                        before <= Some(to),
                        "{name}, slice {slice}: {to} after {before:?}"
                    );
                }
            }
        }
        let covered = status.partitions.iter().flat_map(|it| &it.checkpoints);
        let covered: u16 = covered
            .map(|it| it.slices.last().get() + 1 - it.slices.first().get())
            .sum();
        assert_eq!(covered, Slice::COUNT, "{name}: {status:?}");
    }
}

impl Witness {
    pub(crate) fn begin(store: Arc<dyn Store>, names: Vec<SubscriptionName>) -> Self {
        let (end, ends) = watch::channel(false);
        let looking = tokio::spawn(async move {
            let mut seen: Vec<_> = names.iter().map(|name| (name, Seen::default())).collect();
            let mut looks = 0;
            while !*ends.borrow() {
                for (name, seen) in &mut seen {
                    let kept = store.subscriptions().unwrap();
                    // While the database is away there is nothing to be seen.
                    if let Ok(Some(status)) = kept.subscription(name).await {
                        seen.look(&status);
                        looks += 1;
                    }
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            looks
        });
        Self { end, looking }
    }

    /// Fails if it has seen what must not be.
    pub(crate) async fn end(self) {
        self.end.send_replace(true);
        assert!(self.looking.await.unwrap() > 0, "nothing was looked at");
    }
}
