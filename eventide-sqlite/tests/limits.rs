//! Bounds: of the disk, of a page's memory, of one read's work.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod support;

use eventide_core::store::{
    AppendError, Direction, EventStore, LogFilter, LogQuery, StoreErrorKind, StreamQuery,
};
use eventide_core::{NewEvent, Position};
use eventide_sqlite::SqliteStore;
use rusqlite::Connection;
use support::{Folder, append, append_of, event, stream};
use tokio::task::JoinSet;

fn event_of(bytes: usize) -> NewEvent {
    NewEvent {
        payload: vec![b'1'; bytes],
        ..event("Imported")
    }
}

#[tokio::test]
async fn a_full_disk_fails_what_does_not_fit_and_nothing_else() {
    let folder = Folder::new();
    let options = SqliteStore::options().max_pages(100);
    let store = options.open(folder.file()).await.unwrap();
    let (order, import) = (stream("a"), stream("import"));
    store.append(append(&order, 1)).await.unwrap();
    // They share a transaction: the one that does not fit must not take the others with it.
    let mut tasks = JoinSet::new();
    for request in [
        append(&order, 1),
        append_of(&import, vec![event_of(100), event_of(1 << 20)]),
        append(&order, 1),
    ] {
        let store = store.clone();
        tasks.spawn(async move { store.append(request).await });
    }
    let refused: Vec<_> = tasks
        .join_all()
        .await
        .into_iter()
        .filter_map(Result::err)
        .collect();
    match refused.as_slice() {
        [AppendError::Store(error)] => {
            assert_eq!(error.kind(), StoreErrorKind::Full, "{error}");
            assert!(error.is_retryable());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(store.stream_version(&order).await.unwrap().get(), 3);
    assert_eq!(store.stream_version(&import).await.unwrap().get(), 0);
    store.append(append(&order, 1)).await.unwrap();
    store.close().await.unwrap();

    let store = SqliteStore::open(folder.file()).await.unwrap();
    store
        .append(append_of(&import, vec![event_of(1 << 20)]))
        .await
        .unwrap();
    assert_eq!(store.stream_version(&order).await.unwrap().get(), 4);
}

#[tokio::test]
async fn a_page_ends_before_it_holds_too_many_bytes() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).await.unwrap();
    let order = stream("a");
    let large = 9 << 20;
    for bytes in [5 << 20, 5 << 20, large, large, 10] {
        store
            .append(append_of(&order, vec![event_of(bytes)]))
            .await
            .unwrap();
    }
    let mut sizes = Vec::new();
    let mut query = StreamQuery::default();
    loop {
        let page = store.read_stream(&order, query).await.unwrap();
        assert_eq!(page.version.get(), 5);
        sizes.push(page.events.len());
        query.after = page.events.last().unwrap().version;
        if !page.more {
            break;
        }
    }
    assert_eq!(sizes, [2, 1, 1, 1]);

    let filters = [
        LogFilter::default(),
        LogFilter {
            event_types: vec!["Imported".to_owned()],
            ..LogFilter::default()
        },
    ];
    for (filter, direction) in filters.iter().flat_map(|filter| {
        [
            (filter, Direction::Forwards),
            (filter, Direction::Backwards),
        ]
    }) {
        let mut query = LogQuery {
            direction,
            ..LogQuery::default().filter(filter.clone())
        };
        let mut sizes = Vec::new();
        loop {
            let page = store.read_log(query.clone()).await.unwrap();
            sizes.push(page.events.len());
            query.from = Some(page.next);
            if !page.more {
                break;
            }
        }
        let expected: &[usize] = match direction {
            Direction::Forwards => &[2, 1, 1, 1],
            Direction::Backwards => &[2, 1, 2],
        };
        assert_eq!(sizes, expected, "{query:?}");
    }
}

/// A log of `events` events, the first and the last of them wanted by a filter on their aggregate.
fn long_log(folder: &Folder, events: u64) {
    let conn = Connection::open(folder.file()).unwrap();
    conn.pragma_update(None, "synchronous", "OFF").unwrap();
    conn.execute(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1) \
         INSERT INTO events (position, aggregate_type, aggregate_id, version, event_id, \
         event_type, schema_version, payload, recorded_at, correlation_id, causation_id) \
         SELECT n, iif(n IN (1, ?1), 'Rare', 'Order'), 'i' || n, 1, CAST(printf('%016d', n) AS BLOB), \
         'LineAdded', 1, '{}', n, CAST(printf('%016d', n) AS BLOB), CAST(printf('%016d', n) AS BLOB) FROM n",
        [events.cast_signed()],
    )
    .unwrap();
}

#[tokio::test]
async fn a_sparse_filter_looks_no_further_than_it_should() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).await.unwrap();
    let events = 110_000;
    long_log(&folder, events);
    let rare = LogFilter {
        aggregate_type: Some("Rare".to_owned()),
        ..LogFilter::default()
    };
    let rare_by_type = LogFilter {
        event_types: vec!["LineAdded".to_owned()],
        ..rare.clone()
    };
    for filter in [rare, rare_by_type] {
        for direction in [Direction::Forwards, Direction::Backwards] {
            let mut query = LogQuery {
                direction,
                ..LogQuery::default().filter(filter.clone())
            };
            let mut pages = Vec::new();
            loop {
                let page = store.read_log(query.clone()).await.unwrap();
                pages.push(page.events.len());
                query.from = Some(page.next);
                if !page.more {
                    break;
                }
            }
            assert_eq!(pages, [1, 0, 1], "{query:?}");
        }
    }
    let one_type = LogFilter {
        event_types: vec!["Unheard".to_owned()],
        ..LogFilter::default()
    };
    let page = store
        .read_log(LogQuery::default().filter(one_type))
        .await
        .unwrap();
    assert!(
        !page.more,
        "an index that covers the filter answers at once"
    );
    assert_eq!(page.next, Position::from_raw(events));
}
