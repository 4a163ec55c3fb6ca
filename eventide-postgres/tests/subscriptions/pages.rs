//! Looking for documents: compared with what the store in memory finds.

use eventide_core::store::{MemoryStore, PageSize, StoreErrorKind, SubscriptionStore};
use eventide_core::view::{
    ColumnValue, Comparison, Condition, Document, DocumentQuery, DocumentWrite, ViewTable,
};
use eventide_core::{Position, store};
use jiff::Timestamp;
use uuid::Uuid;

use crate::support::Database;
use crate::{LONG, mark, name, table, worker};

const COMPARISONS: [Comparison; 5] = [
    Comparison::Equal,
    Comparison::Less,
    Comparison::AtMost,
    Comparison::More,
    Comparison::AtLeast,
];

/// One of a few values, so that many are equal, and some are empty.
fn any_value(random: &mut fastrand::Rng, column: &str) -> ColumnValue {
    if column != "number" && random.u8(0..4) == 0 {
        return ColumnValue::Empty;
    }
    match column {
        "country" => {
            let texts = ["", "Z", "a", "a b", "é", "z", "\u{ffff}", "\u{10000}"];
            ColumnValue::Text(texts[random.usize(..texts.len())].to_owned())
        }
        "orders" => ColumnValue::Integer([i64::MIN, -1, 0, 2, i64::MAX][random.usize(..5)]),
        "open" => ColumnValue::Boolean(random.bool()),
        "since" => {
            let micros = [-5_000_000_000_000_000, -1, 0, 1, 1_700_000_000_000_000];
            let micros = micros[random.usize(..micros.len())];
            ColumnValue::Time(Timestamp::from_microsecond(micros).unwrap())
        }
        "number" => ColumnValue::Uuid(Uuid::from_u128(random.u128(..))),
        _ => ColumnValue::Text(format!("{:x}@x", random.u64(..))),
    }
}

fn any_query(random: &mut fastrand::Rng, table: &ViewTable) -> DocumentQuery {
    let mut query = DocumentQuery::default();
    for _ in 0..random.usize(..3) {
        let column = table.columns[random.usize(..table.columns.len())].name;
        let comparison = COMPARISONS[random.usize(..COMPARISONS.len())];
        let value = any_value(random, column);
        query
            .conditions
            .push(Condition::new(column, comparison, value));
    }
    query.order = match random.usize(..=table.columns.len()) {
        0 => None,
        n => Some(table.columns[n - 1].name),
    };
    query.descending = random.bool();
    query.page = PageSize::new([1, 2, 3, 7, 500][random.usize(..5)]);
    query
}

/// All pages of a query, one after the other.
async fn pages(store: &dyn SubscriptionStore, query: &DocumentQuery) -> Vec<Vec<Document>> {
    let mut query = query.clone();
    let mut pages = Vec::new();
    loop {
        let page = store.find_documents(&table(), &query).await.unwrap();
        pages.push(page.documents);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return pages,
        }
    }
}

async fn fill(store: &dyn SubscriptionStore, documents: &[DocumentWrite]) {
    let new = store::NewSubscription::new(name(), mark(0));
    store.open_subscription(&new).await.unwrap();
    store.open_view(&table()).await.unwrap();
    let lease = store.claim(&name(), &worker("a"), LONG).await.unwrap();
    let lease = lease.unwrap().lease;
    let step = crate::writing(&lease, 1, documents.to_vec());
    store.advance(&step).await.unwrap();
}

#[tokio::test]
async fn pages_are_those_of_the_store_in_memory() {
    let seed = std::env::var("EVENTIDE_SEED").map_or_else(|_| 7, |seed| seed.parse().unwrap());
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let table = table();
    let documents: Vec<_> = (0..80)
        .map(|n| {
            let names = table.columns.iter().map(|column| column.name);
            let values = names.map(|column| any_value(&mut random, column));
            let key = format!("{}{n}", ["a", "B", "é", ""][n % 4]);
            let by = Position::from_raw(n as u64);
            DocumentWrite::put(key, n.to_string().into(), values.collect(), by)
        })
        .collect();
    let store = Database::new().await.open().await;
    let model = MemoryStore::new();
    fill(&store, &documents).await;
    fill(&model, &documents).await;
    for _ in 0..300 {
        let query = any_query(&mut random, &table);
        let found = pages(&store, &query).await;
        assert_eq!(found, pages(&model, &query).await, "seed {seed}: {query:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let store = Database::new().await.open().await;
    store.open_view(&table()).await.unwrap();
    let with = |order, condition: Option<Condition>| {
        let mut query = DocumentQuery::default();
        query.order = order;
        query.conditions.extend(condition);
        query
    };
    let text = ColumnValue::Text("5".to_owned());
    let condition = |column, value| Condition::new(column, Comparison::More, value);
    for (query, said) in [
        (with(Some("price"), None), "has no column `price`"),
        (
            with(None, Some(condition("price", text.clone()))),
            "has no column `price`",
        ),
        (
            with(None, Some(condition("orders", text.clone()))),
            "column `orders` holds Integer and cannot be compared with \"5\"",
        ),
    ] {
        let refused = store.find_documents(&table(), &query).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::Other);
        assert!(refused.to_string().contains(said), "{refused}");
    }
}

/// PostgreSQL holds no NUL, and yet a text with one has its place among the others.
#[tokio::test]
async fn a_text_that_cannot_be_kept_can_be_compared_with() {
    let documents: Vec<_> = ["a", "a\u{1}", "ab", ""]
        .into_iter()
        .map(|text| crate::put(&format!("k{text}"), "{}", crate::values(text, None, None)))
        .collect();
    let store = Database::new().await.open().await;
    let model = MemoryStore::new();
    fill(&store, &documents).await;
    fill(&model, &documents).await;
    for comparison in COMPARISONS {
        let value = ColumnValue::Text("a\0b".to_owned());
        let mut query = DocumentQuery::default();
        query.conditions = vec![Condition::new("country", comparison, value)];
        let found = pages(&store, &query).await;
        assert_eq!(found, pages(&model, &query).await, "{comparison:?}");
    }
}
