//! Mistakes other libraries have made with versions of events, each as a test that it is not made
//! here. The numbers are those of the survey they were found in.
//!
//! That a chain which leads in a circle, to itself, or to an event of another name does not compile
//! is tested with the compile-fail cases of EV05.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::convert::Infallible;

use eventide::prelude::*;
use eventide::schema::{DecodeProblem, Split, Upcast};
use eventide::snapshot::Snapshot;
use eventide::store::{EventStore, ExpectedVersion, SnapshotStore};
use serde::{Deserialize, Serialize};
use support::raw::{append_of, event};
use support::{in_time, until};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
struct BasketId(String);

fn basket() -> BasketId {
    BasketId("b".to_owned())
}

async fn store(events: &[(&str, u32, &str)]) -> MemoryStore {
    let store = MemoryStore::new();
    for (name, version, payload) in events {
        let stream = eventide::StreamId::new("Basket", "b").unwrap();
        let append = append_of(stream, ExpectedVersion::Any, event(name, *version, payload));
        store.append(append).await.unwrap();
    }
    store
}

/// Version 1 had a line and its wrapping in one; it is now told as two events, the first of the same
/// name.
#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(name = "LineAdded")]
struct LineAddedV1 {
    pence: u64,
    wrapped: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
#[event(version = 2, first = "version 1 is told as LineAdded and GiftWrapped")]
struct LineAdded {
    pence: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Event)]
struct GiftWrapped {}

impl Split<Basket> for LineAddedV1 {
    type Into = (LineAdded, Option<GiftWrapped>);

    fn split(self) -> Self::Into {
        let line = LineAdded { pence: self.pence };
        (line, self.wrapped.then_some(GiftWrapped {}))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
struct AddLine(#[command(id)] BasketId, u64);

#[derive(Debug, Default, Clone, PartialEq, Aggregate)]
#[aggregate(
    id = BasketId,
    error = Infallible,
    events(LineAdded, GiftWrapped),
    split(LineAddedV1),
    commands(AddLine)
)]
struct Basket {
    pence: u64,
    wrapped: u64,
}

#[handlers]
impl Basket {
    fn add(&self, command: AddLine) -> LineAdded {
        LineAdded { pence: command.1 }
    }
    fn added(&mut self, event: &LineAdded) {
        self.pence += event.pence;
    }
    fn wrapped(&mut self, _: &GiftWrapped) {
        self.wrapped += 1;
    }
}

/// Upcasters were applied to their own result until none applied: one that kept matching never came
/// to an end.
#[tokio::test]
async fn an_event_that_becomes_one_of_its_own_name_comes_to_an_end_6_10() {
    let store = store(&[
        ("LineAdded", 1, r#"{"pence":5,"wrapped":true}"#),
        ("LineAdded", 2, r#"{"pence":7}"#),
        ("LineAdded", 1, r#"{"pence":9,"wrapped":false}"#),
    ])
    .await;
    let baskets = Repository::<Basket>::new(&store);
    let loaded = in_time("the load", baskets.load(&basket())).await.unwrap();
    assert_eq!(
        (&*loaded, loaded.version().get()),
        (
            &Basket {
                pence: 21,
                wrapped: 1
            },
            3
        )
    );
}

/// A stored version that no upcaster was for, or that could not be read, was passed on unchanged, to
/// fail later or to be taken for what it was not.
#[tokio::test]
async fn a_version_without_an_upcaster_is_not_passed_on_6_10() {
    for (version, payload) in [
        (0, r#"{"pence":5}"#),
        (3, r#"{"pence":5}"#),
        (u32::MAX, r#"{"pence":5,"wrapped":true}"#),
    ] {
        let store = store(&[("LineAdded", version, payload)]).await;
        let baskets = Repository::<Basket>::new(&store);
        let LoadError::Decode(error) = baskets.load(&basket()).await.unwrap_err() else {
            panic!("version {version} is something else than unreadable")
        };
        match &*error.problem {
            DecodeProblem::NoUpcaster { known } => assert_eq!((version, known.get()), (0, 1)),
            DecodeProblem::NewerVersion { known } => assert!(version > 2 && known.get() == 2),
            other => panic!("{other:?}"),
        }
        assert_eq!(error.schema_version.get(), version);
        // Nothing is appended behind it.
        let refused = baskets.execute(AddLine(basket(), 1)).await;
        assert!(refused.is_err(), "{refused:?}");
        let stream = Basket::stream(&basket()).unwrap();
        assert_eq!(store.stream_version(&stream).await.unwrap().get(), 1);
    }
}

/// The upcaster's event name was a string of its own: misspelt, it was simply another event.
#[tokio::test]
async fn a_misspelt_name_is_no_other_event_6_10() {
    for name in ["LineAded", "lineadded", "LineAdded ", "LineAddedV1", ""] {
        let store = store(&[(name, 1, r#"{"pence":5,"wrapped":true}"#)]).await;
        let baskets = Repository::<Basket>::new(&store);
        let LoadError::Decode(error) = baskets.load(&basket()).await.unwrap_err() else {
            panic!("`{name}` is something else than unreadable")
        };
        let DecodeProblem::UnknownEvent { known } = &*error.problem else {
            panic!("{error}")
        };
        assert_eq!(known, &["`LineAdded`", "`GiftWrapped`"]);
    }
}

mod in_pounds {
    //! The next program: amounts in another unit, so that old snapshots are wrong.
    use super::*;

    pub(super) mod before {
        use super::*;

        #[derive(Debug, Clone, Serialize, Deserialize, Event)]
        pub(crate) struct Paid {
            pub(crate) pounds: u64,
        }

        #[derive(Debug, Clone, Serialize, Deserialize, Command)]
        #[command(upserts)]
        pub(crate) struct Pay(#[command(id)] pub(crate) BasketId, pub(crate) u64);

        #[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)]
        #[aggregate(
            id = BasketId,
            error = Infallible,
            events(Paid),
            commands(Pay),
            snapshot(every = 2)
        )]
        pub(crate) struct Basket {
            pub(crate) paid: u64,
        }

        #[handlers]
        impl Basket {
            fn pay(&self, command: Pay) -> Paid {
                Paid { pounds: command.1 }
            }
            fn paid(&mut self, event: &Paid) {
                self.paid += event.pounds;
            }
        }
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(name = "Paid")]
    struct PaidV1 {
        pounds: u64,
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(version = 2, previous = PaidV1)]
    struct Paid {
        pence: u64,
    }

    impl Upcast<PaidV1> for Paid {
        fn upcast(old: PaidV1) -> Self {
            Self {
                pence: old.pounds * 100,
            }
        }
    }

    #[derive(Debug, Clone, Serialize, Deserialize, Command)]
    #[command(upserts)]
    struct Pay(#[command(id)] BasketId, u64);

    #[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)]
    #[aggregate(
        id = BasketId,
        error = Infallible,
        events(Paid),
        commands(Pay),
        snapshot(every = 2)
    )]
    struct Basket {
        paid: u64,
    }

    #[handlers]
    impl Basket {
        fn pay(&self, command: Pay) -> Paid {
            Paid { pence: command.1 }
        }
        fn paid(&mut self, event: &Paid) {
            self.paid += event.pence;
        }
    }

    /// A snapshot of another shape was taken for the state without a word.
    #[tokio::test]
    async fn a_snapshot_from_before_a_version_is_not_taken_for_the_state_6_1() {
        let store = MemoryStore::new();
        let before = Repository::<before::Basket>::new(&store);
        for _ in 0..2 {
            before.execute(before::Pay(basket(), 3)).await.unwrap();
        }
        until("the snapshot", || before.stats().snapshots_taken == 1).await;
        let stream = Basket::stream(&basket()).unwrap();
        let kept: Snapshot = store.load_snapshot(&stream).await.unwrap().unwrap();
        assert_eq!(kept.version.get(), 2);

        let baskets = Repository::<Basket>::new(&store);
        let loaded = baskets.load(&basket()).await.unwrap();
        assert_eq!((loaded.paid, loaded.version().get()), (600, 2));
    }
}
