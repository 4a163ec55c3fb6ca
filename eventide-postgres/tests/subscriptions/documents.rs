//! Documents: written, replaced, deleted, as they were given.

use eventide_core::Position;
use eventide_core::store::{StoreErrorKind, SubscriptionStore};
use eventide_core::view::{ColumnValue, DocumentWrite};

use crate::support::Database;
use crate::{claim, documents, open, put, store_error, table, to, values, writing};

#[tokio::test]
async fn documents_are_kept_byte_for_byte() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    store.open_view(&table()).await.unwrap();
    let lease = claim(&store, "a").await.unwrap().lease;
    let json = r#"{"b": 1, "a":1.0,  "a":-0.0, "é":"\u00e9\u0000"}"#;
    let first = vec![
        put("b", json, values("fr", Some(1), None)),
        put("", "[]", values("", None, None)),
        put("a", "1", values("de", None, None)),
        // Of two, the last counts.
        put("a", "2", values("de", None, None)),
    ];
    store.advance(&writing(&lease, 1, first)).await.unwrap();
    let asked = ["b", "x", "a", "", "b", "a\0"];
    let there = documents(&store, &asked).await;
    let there: Vec<_> = there.iter().map(Option::as_deref).collect();
    let json = Some(json);
    assert_eq!(there, [json, None, Some("2"), Some("[]"), json, None]);

    let mut second = vec![
        put("b", "3", values("it", None, None)),
        DocumentWrite::delete("a".to_owned(), Position::from_raw(2)),
        DocumentWrite::delete("x".to_owned(), Position::from_raw(2)),
    ];
    second[0].changed_by = Position::from_raw(77);
    store.advance(&writing(&lease, 2, second)).await.unwrap();
    let there = documents(&store, &asked).await;
    let there: Vec<_> = there.iter().map(Option::as_deref).collect();
    assert_eq!(there, [Some("3"), None, None, Some("[]"), Some("3"), None]);
    let found = store.documents(&table(), &["b".to_owned()]).await.unwrap();
    let found = found[0].as_ref().unwrap();
    assert_eq!((&*found.key, found.changed_by.as_raw()), ("b", 77));
}

#[tokio::test]
async fn what_a_table_cannot_hold_is_said_and_not_tried_for_ever() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    store.open_view(&table()).await.unwrap();
    let lease = claim(&store, "a").await.unwrap().lease;
    // Random, lest it be compressed.
    let mut seeded = fastrand::Rng::with_seed(7);
    let long: String = (0..9_000).map(|_| seeded.alphanumeric()).collect();
    let fine = || values("fr", Some(1), None);
    let mut wrong_kind = fine();
    wrong_kind[1] = ColumnValue::Boolean(true);
    let too_few = fine()[1..].to_vec();
    for (document, kind, said) in [
        (
            put("k\0", "{}", fine()),
            StoreErrorKind::Constraint,
            "the key `k\\0` holds",
        ),
        (
            put("k", "{}", values("f\0", None, None)),
            StoreErrorKind::Constraint,
            "column `country` of document `k`",
        ),
        (
            put(&long, "{}", fine()),
            StoreErrorKind::Constraint,
            "does not fit: index row",
        ),
        (
            put("k", "{}", values(&long, None, None)),
            StoreErrorKind::Constraint,
            "does not fit: index row",
        ),
        (
            put("k", "{", fine()),
            StoreErrorKind::Constraint,
            "does not fit: invalid input",
        ),
        (
            put("k", "{}", wrong_kind),
            StoreErrorKind::Other,
            "document `k` has true in column `orders`, which holds Integer",
        ),
        (
            put("k", "{}", too_few),
            StoreErrorKind::Other,
            "has 5 typed values",
        ),
    ] {
        let documents = vec![put("a", "{}", fine()), document];
        let refused = store.advance(&writing(&lease, 1, documents)).await;
        let (found, why) = store_error(refused);
        assert_eq!(found, kind, "{why}");
        assert!(why.contains(said), "{why}");
    }
    assert_eq!(documents(&store, &["a", "k"]).await, [None, None]);
    let mut without = to(&lease, 1);
    without.documents = vec![put("a", "{}", fine())];
    let (_, why) = store_error(store.advance(&without).await);
    assert!(why.contains("no table is named"), "{why}");
}

#[tokio::test]
async fn a_view_that_was_not_opened_is_named() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    let lease = claim(&store, "a").await.unwrap().lease;
    let step = writing(&lease, 1, vec![put("a", "{}", values("fr", None, None))]);
    let (kind, why) = store_error(store.advance(&step).await);
    let said = "there is no view `view_country_sales_v2_g1`; open it first";
    assert_eq!(kind, StoreErrorKind::Other);
    assert!(why.contains(said), "{why}");
    let asked = store.documents(&table(), &["a".to_owned()]).await;
    assert!(asked.unwrap_err().to_string().contains(said));
    let query = eventide_core::view::DocumentQuery::default();
    let asked = store.find_documents(&table(), &query).await;
    assert!(asked.unwrap_err().to_string().contains(said));
    store.open_view(&table()).await.unwrap();
    store.advance(&step).await.unwrap();
    assert_eq!(documents(&store, &["a"]).await, [Some("{}".to_owned())]);
}
