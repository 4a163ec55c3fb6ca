//! Lock and store: real events as goldens, and what is stored of each version.

use eventide::StreamId;
use eventide::schema::lock::{Accept, Lock, Unknown, WayUp, accept, prove, report, sample};
use eventide::store::{EventStore, ExpectedVersion, MemoryStore};
use eventide_sqlite::SqliteStore;

use crate::programs::second;
use crate::support::raw::{append_of, event};

async fn store_with(store: &impl EventStore, events: &[(&str, &str, u32, &str)]) {
    for (aggregate, name, version, payload) in events {
        let stream = StreamId::new(*aggregate, "a").unwrap();
        let new = event(name, *version, payload);
        let request = append_of(stream, ExpectedVersion::Any, new);
        store.append(request).await.unwrap();
    }
}

const HISTORY: [(&str, &str, u32, &str); 8] = [
    ("Order", "Placed", 1, r#"{"sku":"a","quantity":1}"#),
    ("Order", "Placed", 1, r#"{"sku":"a","quantity":1}"#),
    (
        "Order",
        "Placed",
        1,
        r#"{ "sku": "b",
        "quantity": 2 }"#,
    ),
    ("Order", "Placed", 1, r#"{"sku":"c","quantity":3}"#),
    ("Order", "Placed", 3, "{}"),
    ("Order", "Gone", 1, "{}"),
    ("Other", "Placed", 1, r#"{"sku":"other","quantity":9}"#),
    ("Order", "Placed", 1, r#"{"sku":"d","quantity":4}"#),
];

async fn lock() -> Lock {
    let accepted = accept::<second::Tiny>(&Lock::default(), Accept { publish: true }, &()).await;
    accepted.unwrap().lock
}

async fn is_sampled(store: &impl EventStore) {
    store_with(store, &HISTORY).await;
    let mut lock = lock().await;
    let made_up = lock.blocks[0].goldens.len();
    let mut pages = 0;
    let sampled = sample::<second::Tiny>(store, &mut lock, 3, |progress| {
        pages += 1;
        assert!(progress.position <= progress.head);
        assert_eq!(progress.taken, 3);
    })
    .await
    .unwrap();
    assert_eq!(pages, 1);
    assert_eq!(
        sampled.to_string(),
        "3 goldens taken out of the store\n  \
         event `Placed` version 1: 3 of 5 stored\n  \
         event `Placed` version 2: none is stored\n  \
         event `Gone` version 1 is stored and not in the lock\n  \
         event `Placed` version 3 is stored and not in the lock"
    );
    let goldens = &lock.blocks[0].goldens[made_up..];
    let payloads: Vec<_> = goldens.iter().map(|golden| &*golden.payload).collect();
    assert_eq!(
        payloads,
        [
            r#"{"sku":"a","quantity":1}"#,
            r#"{"quantity":2,"sku":"b"}"#,
            r#"{"sku":"c","quantity":3}"#,
        ]
    );

    let again = sample::<second::Tiny>(store, &mut lock, 3, |_| ()).await;
    let taken: usize = again.unwrap().versions.iter().map(|v| v.goldens).sum();
    assert_eq!(taken, 0, "the same ones are found again");
    let all = sample::<second::Tiny>(store, &mut lock, 100, |_| ()).await;
    assert_eq!(all.unwrap().versions[0].goldens, 1);

    prove::<second::Tiny>(&lock, &()).await.unwrap_err();
    let accepted = accept::<second::Tiny>(&lock, Accept::default(), &()).await;
    let proof = prove::<second::Tiny>(&accepted.unwrap().lock, &()).await;
    assert_eq!(proof.unwrap().goldens, made_up + 4 + 1);
}

#[tokio::test]
async fn goldens_are_taken_out_of_memory() {
    is_sampled(&MemoryStore::new()).await;
}

#[tokio::test]
async fn goldens_are_taken_out_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("shop.db")).await;
    is_sampled(&store.unwrap()).await;
}

#[tokio::test]
async fn a_long_log_is_searched_page_by_page_and_no_further_than_needed() {
    let store = MemoryStore::new();
    let stream = StreamId::new("Order", "a").unwrap();
    let mut request = append_of(stream, ExpectedVersion::Any, event("Gone", 1, "{}"));
    let [append] = &mut *request.streams else {
        panic!("one stream")
    };
    for number in 0..20_000 {
        let payload = format!(r#"{{"sku":"a","quantity":{}}}"#, number / 10_000);
        append.events.push(event("Placed", 1, &payload));
    }
    store.append(request).await.unwrap();
    for (per_version, expected) in [(1, 1), (2, 2), (3, 3)] {
        let (mut lock, mut pages) = (lock().await, 0);
        let sampled = sample::<second::Tiny>(&store, &mut lock, per_version, |_| pages += 1);
        assert_eq!(
            sampled.await.unwrap().versions[0].goldens,
            per_version.min(2)
        );
        assert_eq!(pages, expected, "{per_version}");
    }
}

#[tokio::test]
async fn the_report_joins_lock_and_store() {
    let store = MemoryStore::new();
    store_with(&store, &HISTORY).await;
    let lock = lock().await;
    let full = report::<second::Tiny>(&store, &lock).await.unwrap();
    let [first, second] = &*full.versions else {
        panic!("{full:#?}")
    };
    assert_eq!((first.stored, first.way_up), (5, WayUp::Declared));
    assert_eq!(first.needed, Some(true));
    assert_eq!((second.stored, second.way_up), (0, WayUp::Current));
    let unknown: Vec<_> = full
        .unknown
        .iter()
        .map(
            |Unknown {
                 aggregate,
                 event,
                 version,
                 ..
             }| (&**aggregate, &**event, *version),
        )
        .collect();
    assert_eq!(
        unknown,
        [
            ("Order", "Gone", 1),
            ("Order", "Placed", 3),
            ("Other", "Placed", 1)
        ]
    );
    assert_eq!(
        full.to_string(),
        "domain `tiny`\n\
         event `Placed` of aggregate `Order`\n  \
         version 1, published, 1 golden: 5 events stored, declared step to version 2\n  \
         version 2, published, 1 golden: 0 events stored, current\n\
         stored, and unknown:\n  \
         event `Gone` version 1 of aggregate `Order`: 1 event stored, not in the lock, not read by this program\n  \
         event `Placed` version 3 of aggregate `Order`: 1 event stored, not in the lock, not read by this program\n  \
         event `Placed` version 1 of aggregate `Other`: 1 event stored, not read by this program"
    );

    let empty = report::<second::Tiny>(&MemoryStore::new(), &lock)
        .await
        .unwrap();
    let said = empty.to_string();
    assert!(
        said.contains("0 events stored: the declared step from version 1 is needed by nobody"),
        "{said}"
    );
    let json = serde_json::to_value(&empty).unwrap();
    assert_eq!(json["schema"], "eventide.schema.report/1");
    assert_eq!(json["versions"][0]["way_up"], "declared");
    assert_eq!(json["versions"][0]["needed"], false);
    assert_eq!(json["versions"][1]["needed"], serde_json::Value::Null);
}

#[tokio::test]
async fn every_way_up_is_told_apart() {
    use crate::shop::Shop;
    let lock = eventide::schema::lock::read("tests/lock/eventide.lock").unwrap();
    let store = MemoryStore::new();
    store_with(
        &store,
        &[
            ("Order", "Ordered", 1, "{}"),
            ("Order", "Rated", 1, "\"*\""),
        ],
    )
    .await;
    let report = report::<Shop>(&store, &lock).await.unwrap();
    let ways: Vec<_> = report
        .versions
        .iter()
        .map(|row| (&*row.event, row.version, row.way_up, row.needed))
        .collect();
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(
        ways,
        [
            ("CityChanged", 1, WayUp::Current, None),
            ("LineAdded", 1, WayUp::LooksUp, no),
            ("LineAdded", 2, WayUp::Current, None),
            ("Moved", 1, WayUp::Split, no),
            ("Ordered", 1, WayUp::Declared, yes),
            ("Placed", 1, WayUp::Declared, yes),
            ("Placed", 2, WayUp::Declared, yes),
            ("Placed", 3, WayUp::Current, None),
            ("Printed", 1, WayUp::Retired, no),
            ("Rated", 1, WayUp::Raw, yes),
            ("Rated", 2, WayUp::Current, None),
            ("StreetChanged", 1, WayUp::Current, None),
        ]
    );
}
