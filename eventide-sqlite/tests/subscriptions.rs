//! Subscriptions on a file: who works on what, how far it came, and what is parked.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use eventide_core::store::Advance;
use eventide_core::subscription::{
    Checkpoint, Claimed, Decision, LeaseError, LetterId, SubscriptionStatus, Token, WorkerId,
};
use eventide_core::time::FixedClock;
use eventide_sqlite::SqliteStore;
use jiff::Timestamp;
use support::desk::{
    LONG, at, claim, count, desk, failed, lease, mark, name, new, open_desk, step, waiting,
};
use support::{Folder, stream};
use tokio::task::JoinSet;

async fn open(folder: &Folder) -> SqliteStore {
    SqliteStore::open(folder.file()).await.unwrap()
}

async fn status(store: &SqliteStore, of: &str) -> SubscriptionStatus {
    desk(store).subscription(&name(of)).await.unwrap().unwrap()
}

fn positions(checkpoints: &[Checkpoint]) -> Vec<u64> {
    let positions = checkpoints.iter().map(|it| it.mark.position().as_raw());
    positions.collect()
}

#[track_caller]
fn assert_lost<T: std::fmt::Debug>(result: Result<T, LeaseError>) {
    match result {
        Err(LeaseError::Lost { .. }) => {}
        other => panic!("not lost: {other:?}"),
    }
}

/// Claims a partition as soon as its lease has run out.
async fn claim_when_free(store: &SqliteStore, of: &str, worker: &str) -> Claimed {
    let free = async {
        loop {
            if let Some(claimed) = claim(store, of, worker).await {
                return claimed;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), free)
        .await
        .expect("it is free at some time")
}

#[tokio::test]
async fn a_subscription_is_made_once_and_found_as_it_is() {
    let folder = Folder::new();
    let (store, other) = (open(&folder).await, open(&folder).await);
    assert_eq!(desk(&store).subscription(&name("a")).await.unwrap(), None);
    let mut asked = new("a", 4);
    asked.fingerprint = u64::MAX;
    asked.begin = mark(17);
    let made = desk(&store).open_subscription(&asked).await.unwrap();
    assert_eq!((made.count, made.fingerprint), (count(4), u64::MAX));
    let begins: Vec<_> = made
        .partitions
        .iter()
        .flat_map(|it| &it.checkpoints)
        .collect();
    assert!(begins.iter().all(|it| it.mark == mark(17)), "{begins:?}");
    let found = desk(&other).open_subscription(&new("a", 9)).await.unwrap();
    assert_eq!(found, made);
    desk(&other).set_fingerprint(&name("a"), 5).await.unwrap();
    assert_eq!(status(&store, "a").await.fingerprint, 5);
}

#[tokio::test]
async fn each_partition_has_one_holder_of_two_stores() {
    let folder = Folder::new();
    let (store, other) = (open(&folder).await, open(&folder).await);
    open_desk(&store, "a", 8).await;
    let mut claims = JoinSet::new();
    for n in 0..16 {
        let store = if n % 2 == 0 {
            store.clone()
        } else {
            other.clone()
        };
        claims.spawn(async move { claim(&store, "a", &format!("w{n}")).await });
    }
    let claimed = claims.join_all().await;
    let mut of: Vec<_> = claimed
        .iter()
        .flatten()
        .map(|it| it.lease.partition)
        .collect();
    of.sort_unstable();
    assert_eq!(of, (0..8).collect::<Vec<_>>());
    let owned = status(&other, "a").await.partitions;
    assert!(
        owned
            .iter()
            .all(|it| it.owner.is_some() && it.token.as_raw() == 1)
    );
}

#[tokio::test]
async fn of_free_partitions_the_one_that_came_least_far_is_claimed() {
    let folder = Folder::new();
    let store = open(&folder).await;
    open_desk(&store, "a", 3).await;
    for to in [9, 2, 5] {
        let claimed = claim(&store, "a", "w").await.unwrap();
        desk(&store)
            .advance(&step(&claimed.lease, to))
            .await
            .unwrap();
    }
    for partition in status(&store, "a").await.partitions {
        let lease = desk(&store)
            .take_over(&name("a"), partition.partition, &WorkerId::from("o"), LONG)
            .await;
        desk(&store)
            .release(&lease.unwrap().unwrap().lease)
            .await
            .unwrap();
    }
    let claimed = claim(&store, "a", "w").await.unwrap();
    assert_eq!(
        (claimed.lease.partition, positions(&claimed.checkpoints)),
        (1, vec![2])
    );
}

#[tokio::test]
async fn a_lease_runs_out_whatever_the_clock_of_the_store_says() {
    let folder = Folder::new();
    let stopped = Arc::new(FixedClock::at(Timestamp::UNIX_EPOCH));
    let store = SqliteStore::options()
        .clock(stopped)
        .open(folder.file())
        .await
        .unwrap();
    open_desk(&store, "a", 1).await;
    let short = Duration::from_millis(40);
    let first = desk(&store)
        .claim(&name("a"), &WorkerId::from("1"), short)
        .await;
    let first = first.unwrap().unwrap().lease;
    // While nobody took it, its holder may go on, run out or not.
    desk(&store).advance(&step(&first, 3)).await.unwrap();
    let second = claim_when_free(&store, "a", "2").await;
    assert!(second.lease.token > first.token);
    assert_eq!(positions(&second.checkpoints), [3]);
    assert_lost(desk(&store).advance(&step(&first, 4)).await);
    assert_lost(desk(&store).renew(&first, LONG).await);
    desk(&store).release(&first).await.unwrap();
    let now = status(&store, "a").await;
    assert_eq!(now.partitions[0].owner, Some(WorkerId::from("2")));
    assert_eq!(positions(&now.partitions[0].checkpoints), [3]);
    let age = Timestamp::now().duration_since(now.partitions[0].moved_at);
    assert!(age.unsigned_abs() < Duration::from_mins(1), "{age}");
}

#[tokio::test]
async fn a_lease_that_ran_out_is_renewed_if_nobody_took_it() {
    let folder = Folder::new();
    let store = open(&folder).await;
    open_desk(&store, "a", 1).await;
    let claimed = desk(&store)
        .claim(&name("a"), &WorkerId::from("1"), Duration::ZERO)
        .await;
    let lease = claimed.unwrap().unwrap().lease;
    assert_eq!(status(&store, "a").await.partitions[0].owner, None);
    let renewed = desk(&store).renew(&lease, LONG).await.unwrap();
    assert_eq!(positions(&renewed), [0]);
    assert_eq!(claim(&store, "a", "2").await, None);
    desk(&store).release(&lease).await.unwrap();
    assert_lost(desk(&store).renew(&lease, LONG).await);
    assert_lost(desk(&store).advance(&step(&lease, 1)).await);
    assert!(claim(&store, "a", "2").await.is_some());
}

#[tokio::test]
async fn what_is_taken_over_is_lost_to_its_holder() {
    let folder = Folder::new();
    let (store, other) = (open(&folder).await, open(&folder).await);
    let first = lease(&store, "a").await;
    let thief = WorkerId::from("thief");
    let taken = desk(&other).take_over(&name("a"), 0, &thief, LONG).await;
    let taken = taken.unwrap().unwrap().lease;
    assert_eq!(taken.token, Token::from_raw(first.token.as_raw() + 1));
    let error = desk(&store).advance(&step(&first, 1)).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("partition 0 of subscription `a`"),
        "{error}"
    );
    desk(&store).advance(&step(&taken, 1)).await.unwrap();
    let beyond = desk(&other).take_over(&name("a"), 1, &thief, LONG).await;
    assert_eq!(beyond.unwrap(), None);
}

#[tokio::test]
async fn dividing_anew_keeps_what_each_slice_has_done() {
    let folder = Folder::new();
    let store = open(&folder).await;
    open_desk(&store, "a", 2).await;
    let lower = claim(&store, "a", "w").await.unwrap().lease;
    desk(&store).advance(&step(&lower, 10)).await.unwrap();
    desk(&store).divide(&name("a"), count(3)).await.unwrap();
    assert_lost(desk(&store).advance(&step(&lower, 11)).await);
    let divided = status(&store, "a").await.partitions;
    let came: Vec<_> = divided
        .iter()
        .map(|it| positions(&it.checkpoints))
        .collect();
    assert_eq!(came, [vec![10], vec![10, 0], vec![0]]);
    assert!(
        divided
            .iter()
            .all(|it| it.owner.is_none() && it.token >= lower.token)
    );

    // Ranges that are further stay there.
    let middle = desk(&store)
        .take_over(&name("a"), 1, &WorkerId::from("w"), LONG)
        .await;
    let middle = middle.unwrap().unwrap();
    assert_eq!(positions(&middle.checkpoints), [10, 0]);
    desk(&store).advance(&step(&middle.lease, 7)).await.unwrap();
    assert_eq!(
        positions(&desk(&store).renew(&middle.lease, LONG).await.unwrap()),
        [10, 7]
    );
    // Nothing ends by dividing so again.
    desk(&store).divide(&name("a"), count(3)).await.unwrap();
    desk(&store)
        .advance(&step(&middle.lease, 12))
        .await
        .unwrap();
    desk(&store).divide(&name("a"), count(1)).await.unwrap();
    let whole = status(&store, "a").await.partitions;
    assert_eq!(positions(&whole[0].checkpoints), [10, 12, 0]);
}

#[tokio::test]
async fn letters_are_kept_in_order_until_handled_or_dropped() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = lease(&store, "a").await;
    let mut park = step(&lease, 5);
    park.parked = vec![
        failed("x", 3),
        waiting("x", 5),
        failed("", 4),
        failed("y", 2),
    ];
    desk(&store).advance(&park).await.unwrap();
    let now = status(&store, "a").await;
    assert_eq!((now.parked_keys, now.letters), (3, 4));
    let asked = ["y", "z", "x"].map(str::to_owned);
    let parked = desk(&store).parked_among(&name("a"), &asked).await.unwrap();
    assert_eq!(parked, ["y", "x"]);

    let all = desk(&store)
        .parked_keys(&name("a"), None, 10)
        .await
        .unwrap();
    let all: Vec<_> = all
        .iter()
        .map(|it| (&*it.key, it.letters, it.first.id.position))
        .collect();
    assert_eq!(all, [("", 1, at(4)), ("x", 2, at(3)), ("y", 1, at(2))]);
    let later = desk(&store)
        .parked_keys(&name("a"), Some("x"), 10)
        .await
        .unwrap();
    assert_eq!((later.len(), &*later[0].key), (1, "y"));
    let first = desk(&store)
        .parked_keys(&name("a"), Some(""), 1)
        .await
        .unwrap();
    assert_eq!((first.len(), &*first[0].key), (1, "x"));

    let of_x = desk(&store)
        .letters(&name("a"), "x", at(0), 10)
        .await
        .unwrap();
    assert_eq!(
        of_x.iter().map(|it| it.id.position).collect::<Vec<_>>(),
        [at(3), at(5)]
    );
    assert_eq!(
        (of_x[0].error.clone(), of_x[0].attempts),
        (failed("x", 3).error, 3)
    );
    assert_eq!((of_x[1].error.clone(), of_x[1].attempts), (None, 0));
    assert!(of_x[0].parked_at > Timestamp::UNIX_EPOCH);
    let rest = desk(&store)
        .letters(&name("a"), "x", at(3), 10)
        .await
        .unwrap();
    assert_eq!(rest, of_x[1..]);

    let mut retry = Advance::new(lease.clone(), None);
    retry.handled = vec![LetterId::new("x", at(3)), LetterId::new("never", at(1))];
    retry.parked = vec![failed("x", 5)];
    desk(&store).advance(&retry).await.unwrap();
    let of_x = desk(&store)
        .letters(&name("a"), "x", at(0), 10)
        .await
        .unwrap();
    assert_eq!((of_x.len(), of_x[0].attempts), (1, 3));
    assert_eq!(
        positions(&status(&store, "a").await.partitions[0].checkpoints),
        [5]
    );
}

#[tokio::test]
async fn a_decision_is_recorded_once_and_stays() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let lease = lease(&store, "a").await;
    let mut park = step(&lease, 5);
    park.parked = vec![failed("x", 3), failed("y", 4)];
    desk(&store).advance(&park).await.unwrap();
    let letter = desk(&store)
        .letters(&name("a"), "x", at(0), 1)
        .await
        .unwrap()
        .remove(0);
    let decision = Decision::drop_letter(name("a"), letter.clone(), "a test order", "ada");
    let mut drop_x = Advance::new(lease.clone(), None);
    drop_x.dropped = vec![decision];
    // The answer to the first was lost, say.
    for _ in 0..2 {
        desk(&store).advance(&drop_x).await.unwrap();
    }
    let decisions = desk(&store).decisions(&name("a"), 10).await.unwrap();
    assert_eq!(decisions.len(), 1);
    assert_eq!(decisions[0].letter, letter);
    assert_eq!(
        (&*decisions[0].reason, &*decisions[0].by),
        ("a test order", "ada")
    );
    assert!(decisions[0].at >= letter.parked_at);
    assert_eq!(status(&store, "a").await.letters, 1);

    // Parked and dropped anew, it was decided twice.
    park.parked = vec![failed("x", 3)];
    desk(&store).advance(&park).await.unwrap();
    desk(&store).advance(&drop_x).await.unwrap();
    assert_eq!(
        desk(&store).decisions(&name("a"), 10).await.unwrap().len(),
        2
    );
    assert_eq!(
        desk(&store).decisions(&name("a"), 1).await.unwrap().len(),
        1
    );

    desk(&store).forget_subscription(&name("a")).await.unwrap();
    desk(&store).forget_subscription(&name("a")).await.unwrap();
    assert_eq!(desk(&store).subscription(&name("a")).await.unwrap(), None);
    assert_eq!(
        desk(&store).decisions(&name("a"), 10).await.unwrap().len(),
        2
    );
    open_desk(&store, "a", 1).await;
    assert_eq!(status(&store, "a").await.letters, 0);
}

#[tokio::test]
async fn a_route_stays_as_it_was_first_known() {
    let folder = Folder::new();
    let store = open(&folder).await;
    let mut step = step(&lease(&store, "a").await, 1);
    step.routes = vec![
        (stream("1"), "gb".to_owned()),
        (stream("2"), "fr".to_owned()),
    ];
    desk(&store).advance(&step).await.unwrap();
    step.routes = vec![(stream("1"), "de".to_owned())];
    desk(&store).advance(&step).await.unwrap();
    let asked = [stream("2"), stream("3"), stream("1")];
    let found = desk(&store).routes(&name("a"), &asked).await.unwrap();
    assert_eq!(found, [Some("fr".to_owned()), None, Some("gb".to_owned())]);
}
