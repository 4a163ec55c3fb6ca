//! Proving: what the goldens disprove.

use eventide::Domain;
use eventide::schema::lock::{Accept, Lock, ProofError, accept, prove, read};

use crate::programs::{awkward, first, forgetful, leaping, otherwise, second};
use crate::shop::{Prices, Shop};

async fn lock_of<D: Domain<Services = ()>>() -> Lock {
    let accepted = accept::<D>(&Lock::default(), Accept { publish: true }, &()).await;
    accepted.unwrap().lock
}

/// What is wrong, a line each.
async fn disproven<D: Domain<Services = ()>>(lock: &Lock) -> Vec<String> {
    match prove::<D>(lock, &()).await {
        Err(ProofError::Violated(violations)) => {
            violations.iter().map(ToString::to_string).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_lock_that_was_accepted_is_proven() {
    let lock = read(Shop::LOCK.unwrap().path).unwrap();
    let proof = prove::<Shop>(&lock, &Prices(10)).await.unwrap();
    let goldens = lock.blocks.iter().map(|block| block.goldens.len()).sum();
    assert_eq!((proof.events, proof.versions), (8, 12));
    assert_eq!(proof.goldens, goldens);
    assert!(proof.identical > 0 && proof.identical < goldens);
    assert_eq!(proof.unlocked, []);
    let empty = prove::<Shop>(&Lock::default(), &Prices(10)).await.unwrap();
    assert_eq!((empty.goldens, empty.unlocked.len()), (0, 10));
}

#[tokio::test]
async fn a_lookup_that_answers_otherwise_is_found() {
    let lock = read(Shop::LOCK.unwrap().path).unwrap();
    let error = prove::<Shop>(&lock, &Prices(11)).await.unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("of event `LineAdded` version 1 is now read differently:\n  `cents` was `"),
        "{said}"
    );
}

#[tokio::test]
async fn a_golden_that_was_tampered_with_is_found() {
    let lock = lock_of::<second::Tiny>().await;
    let tampered = |change: &dyn Fn(&mut Lock)| {
        let mut lock = lock.clone();
        change(&mut lock);
        lock
    };
    let payload = tampered(&|lock| lock.blocks[0].goldens[0].payload = "{\"sku\":7}".to_owned());
    let said = disproven::<second::Tiny>(&payload).await;
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with("golden 1 of event `Placed` version 1 is not read: its payload is not of that shape at field `sku`"),
        "{said:?}"
    );

    let recorded = tampered(&|lock| {
        let reads = lock.blocks[0].goldens[0].reads.as_mut().unwrap();
        reads[0].payload = reads[0].payload.replace("\"sku\":\"", "\"sku\":\"x");
    });
    let said = disproven::<second::Tiny>(&recorded).await;
    assert!(
        said[0].starts_with(
            "golden 1 of event `Placed` version 1 is now read differently:\n  `sku` was `\"x"
        ),
        "{said:?}"
    );

    let events = tampered(&|lock| lock.blocks[1].goldens[0].reads = Some(Vec::new()));
    let said = disproven::<second::Tiny>(&events).await;
    assert_eq!(
        said,
        ["golden 1 of event `Placed` version 2 was read as nothing, is now read as `Placed` 2"]
    );

    let both = tampered(&|lock| {
        lock.blocks[0].goldens.clear();
        lock.blocks[1].goldens[0].reads = None;
    });
    let said = disproven::<second::Tiny>(&both).await;
    assert_eq!(said.len(), 2);
    assert!(said[0].starts_with("event `Placed` version 1 has no golden"));
    assert!(said[1].contains("golden 1 of event `Placed` version 2 is not recorded yet"));
}

#[tokio::test]
async fn a_step_that_changed_is_found() {
    let said = disproven::<otherwise::Tiny>(&lock_of::<second::Tiny>().await).await;
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("\n  `pieces` was `"), "{said:?}");
}

#[tokio::test]
async fn a_version_the_program_does_not_read_is_found() {
    let said = disproven::<first::Tiny>(&lock_of::<second::Tiny>().await).await;
    assert!(
        said.iter().any(|said| said
            == "event `Placed` version 2 is in the lock and is not read by this program"),
        "{said:?}"
    );
}

#[tokio::test]
async fn what_is_lost_in_encoding_is_found() {
    let mut lock = lock_of::<awkward::Tiny>().await;
    lock.blocks.retain(|block| block.event == "Counted");
    let golden = &mut lock.blocks[0].goldens[0];
    golden.payload = r#"{"count":2000000}"#.to_owned();
    golden.reads.as_mut().unwrap()[0].payload = "{}".to_owned();
    assert_eq!(
        disproven::<awkward::Tiny>(&lock).await,
        [
            "golden 1 of event `Counted` version 1 is not the same after being decoded and encoded:\n  `count` was `2000000`, is gone"
        ]
    );
}

#[tokio::test]
async fn a_version_without_a_step_is_found() {
    let lock = lock_of::<first::Tiny>().await;
    assert_eq!(
        disproven::<forgetful::Tiny>(&lock).await,
        [
            "event `Placed` version 1 has no step that leads up from it: the chain begins at version 2"
        ]
    );
    assert_eq!(
        disproven::<leaping::Tiny>(&Lock::default()).await,
        [
            "event `Placed` version 1 has no step that leads up from it: the chain begins at version 3"
        ]
    );
}
