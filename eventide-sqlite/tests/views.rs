//! The documents of views on a file.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod support;

use eventide_core::store::{PageSize, StoreError, StoreErrorKind};
use eventide_core::subscription::{Lease, LeaseError};
use eventide_core::view::{
    Column, ColumnKind, ColumnValue, Comparison, Condition, DocumentQuery, DocumentWrite, ViewTable,
};
use eventide_sqlite::SqliteStore;
use rusqlite::Connection;
use support::Folder;
use support::desk::{all_kinds, at, change, coded, delete, desk, find_all, keys, lease, put, text};
use tokio::task::JoinSet;

async fn open(folder: &Folder) -> (SqliteStore, Lease) {
    let store = SqliteStore::open(folder.file()).await.unwrap();
    desk(&store).open_view(&coded()).await.unwrap();
    let lease = lease(&store, "a").await;
    (store, lease)
}

async fn write(
    store: &SqliteStore,
    lease: &Lease,
    documents: Vec<DocumentWrite>,
) -> Result<(), StoreError> {
    let step = change(lease, &coded(), documents);
    desk(store)
        .advance(&step)
        .await
        .map_err(|error| match error {
            LeaseError::Store(error) => error,
            other => StoreError::new(StoreErrorKind::Other, other),
        })
}

async fn codes(store: &SqliteStore) -> Vec<(String, String)> {
    let all = find_all(desk(store), &coded(), &DocumentQuery::default()).await;
    let code = |json: Vec<u8>| String::from_utf8(json).unwrap();
    all.into_iter().map(|it| (it.key, code(it.json))).collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    let json = |code: &str| format!(r#"{{"code":"{code}"}}"#);
    of.iter()
        .map(|(key, code)| ((*key).to_owned(), json(code)))
        .collect()
}

#[tokio::test]
async fn documents_are_put_replaced_and_deleted() {
    let folder = Folder::new();
    let (store, lease) = open(&folder).await;
    write(
        &store,
        &lease,
        vec![put("1", "x"), put("2", "y"), put("", "")],
    )
    .await
    .unwrap();
    let mut again = put("1", "z");
    again.changed_by = at(9);
    write(&store, &lease, vec![again, delete("2"), delete("never")])
        .await
        .unwrap();
    let asked = ["1", "2", "", "1"].map(str::to_owned);
    let found = desk(&store).documents(&coded(), &asked).await.unwrap();
    let first = found[0].clone().unwrap();
    assert_eq!(
        (first.json, first.changed_by),
        (br#"{"code":"z"}"#.to_vec(), at(9))
    );
    assert_eq!(found[1], None);
    assert_eq!(found[2].as_ref().unwrap().key, "");
    assert_eq!(found[3], found[0]);
}

#[tokio::test]
async fn a_document_is_text_if_it_can_be() {
    let folder = Folder::new();
    let (store, lease) = open(&folder).await;
    let bytes = vec![0xFF, 0x00, 0xFE];
    let raw = DocumentWrite::put("raw".to_owned(), bytes.clone(), vec![text("r")], at(1));
    write(&store, &lease, vec![put("1", "x"), raw])
        .await
        .unwrap();
    let found = desk(&store)
        .documents(&coded(), &["raw".to_owned()])
        .await
        .unwrap();
    assert_eq!(found[0].as_ref().unwrap().json, bytes);
    let conn = Connection::open(folder.file()).unwrap();
    let sql = "SELECT group_concat(typeof(document)) FROM view_coded_v1_g1";
    let types: String = conn.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(types, "text,blob");
}

#[tokio::test]
async fn a_unique_value_is_there_once_and_the_error_says_where() {
    let folder = Folder::new();
    let (store, lease) = open(&folder).await;
    write(
        &store,
        &lease,
        vec![put("1", "x"), put("2", ""), put("3", "")],
    )
    .await
    .unwrap();
    let error = write(
        &store,
        &lease,
        vec![put("9", "n"), delete("3"), put("4", "x")],
    )
    .await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Constraint);
    for part in ["`view_coded_v1_g1`", "`code`", "\"x\"", "`1`", "`4`"] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    assert_eq!(
        codes(&store).await,
        pairs(&[("1", "x"), ("2", ""), ("3", "")])
    );
}

#[tokio::test]
async fn a_unique_value_may_pass_from_one_document_to_another() {
    let folder = Folder::new();
    let (store, lease) = open(&folder).await;
    write(
        &store,
        &lease,
        vec![put("1", "x"), put("2", "y"), put("3", "z")],
    )
    .await
    .unwrap();
    let around = vec![put("1", "y"), put("2", "z"), put("3", "x")];
    write(&store, &lease, around).await.unwrap();
    assert_eq!(
        codes(&store).await,
        pairs(&[("1", "y"), ("2", "z"), ("3", "x")])
    );
    write(&store, &lease, vec![put("4", "y"), delete("1")])
        .await
        .unwrap();
    assert_eq!(
        codes(&store).await,
        pairs(&[("2", "z"), ("3", "x"), ("4", "y")])
    );
}

#[tokio::test]
async fn a_view_is_opened_by_many_and_dropped_once() {
    let folder = Folder::new();
    let mut opens = JoinSet::new();
    for _ in 0..4 {
        let store = SqliteStore::open(folder.file()).await.unwrap();
        opens.spawn(async move { desk(&store).open_view(&all_kinds()).await });
    }
    for opened in opens.join_all().await {
        opened.unwrap();
    }
    let (store, lease) = open(&folder).await;
    write(&store, &lease, vec![put("1", "x")]).await.unwrap();
    desk(&store).drop_view(&coded()).await.unwrap();
    desk(&store).drop_view(&coded()).await.unwrap();
    let key = ["1".to_owned()];
    for error in [
        desk(&store).documents(&coded(), &key).await.unwrap_err(),
        desk(&store)
            .find_documents(&coded(), &DocumentQuery::default())
            .await
            .unwrap_err(),
        write(&store, &lease, vec![put("1", "x")])
            .await
            .unwrap_err(),
    ] {
        assert!(
            error
                .to_string()
                .contains("no view `view_coded_v1_g1`; open it"),
            "{error}"
        );
    }
    desk(&store).open_view(&coded()).await.unwrap();
    assert_eq!(codes(&store).await, []);
}

#[tokio::test]
async fn other_columns_need_another_version() {
    let folder = Folder::new();
    let (store, _) = open(&folder).await;
    for other in [
        Column::indexed("code", ColumnKind::Text),
        Column::unique("code", ColumnKind::Integer),
        Column::unique("codes", ColumnKind::Text),
    ] {
        let mut table = ViewTable::new("coded", 1, vec![other]);
        let error = desk(&store).open_view(&table).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::NotOurs, "{error}");
        for part in ["view_coded_v1_g1", "raise the view's version"] {
            assert!(error.to_string().contains(part), "{error}");
        }
        table.version = 2;
        desk(&store).open_view(&table).await.unwrap();
        desk(&store).drop_view(&table).await.unwrap();
    }
}

#[tokio::test]
async fn columns_may_be_called_as_sql_and_eventide_call_theirs() {
    let folder = Folder::new();
    let (store, lease) = open(&folder).await;
    let names = [
        "key",
        "document",
        "changed_by",
        "order",
        "select",
        "rowid",
        "größe",
    ];
    let columns = names.map(|name| Column::indexed(name, ColumnKind::Integer));
    let table = ViewTable::new("awkward", 1, columns.to_vec());
    desk(&store).open_view(&table).await.unwrap();
    let values = |from| {
        (from..)
            .take(names.len())
            .map(ColumnValue::Integer)
            .collect()
    };
    let documents = (0..3_i64)
        .map(|n| DocumentWrite::put(n.to_string(), b"{}".to_vec(), values(10 * (3 - n)), at(1)));
    let step = change(&lease, &table, documents.collect());
    desk(&store).advance(&step).await.unwrap();
    for (n, name) in (0..).zip(names) {
        let mut query = DocumentQuery::default();
        query.order = Some(name);
        let bound = ColumnValue::Integer(20 + n);
        query.conditions = vec![Condition::new(name, Comparison::AtLeast, bound)];
        query.page = PageSize::new(1);
        let found = find_all(desk(&store), &table, &query).await;
        assert_eq!(keys(&found), ["1", "0"], "{name}");
    }
}

#[tokio::test]
async fn what_does_not_fit_the_table_is_an_error() {
    let folder = Folder::new();
    let (store, lease) = open(&folder).await;
    let of = |values| DocumentWrite::put("1".to_owned(), b"{}".to_vec(), values, at(1));
    let mut without_table = change(&lease, &coded(), vec![put("1", "x")]);
    without_table.table = None;
    let mut errors = vec![
        write(&store, &lease, vec![of(Vec::new())])
            .await
            .unwrap_err()
            .to_string(),
        write(&store, &lease, vec![of(vec![ColumnValue::Integer(1)])])
            .await
            .unwrap_err()
            .to_string(),
        desk(&store)
            .advance(&without_table)
            .await
            .unwrap_err()
            .to_string(),
    ];
    let mut by_number = DocumentQuery::default();
    by_number.conditions = vec![Condition::new(
        "code",
        Comparison::Equal,
        ColumnValue::Integer(1),
    )];
    let mut by_stranger = DocumentQuery::default();
    by_stranger.order = Some("stranger");
    let mut after_nothing = DocumentQuery::default();
    after_nothing.order = Some("code");
    after_nothing.after = Some((None, "1".to_owned()));
    for query in [by_number, by_stranger, after_nothing] {
        let error = desk(&store)
            .find_documents(&coded(), &query)
            .await
            .unwrap_err();
        errors.push(error.to_string());
    }
    let expected = [
        "has 0 values for 1 columns",
        "column `code` of view `view_coded_v1_g1` holds Text and was given 1",
        "documents and no table",
        "column `code` of view `view_coded_v1_g1` holds Text and was given 1",
        "no column `stranger`",
        "no value of `code`",
    ];
    for (error, part) in errors.iter().zip(expected) {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(codes(&store).await, []);
}

/// What is done for pages in each order is a search of an index: nothing is sorted or skipped.
#[tokio::test]
async fn no_page_is_sorted() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.file()).await.unwrap();
    desk(&store).open_view(&all_kinds()).await.unwrap();
    let conn = Connection::open(folder.file()).unwrap();
    for (wanted, by) in [
        ("(country, key) > ('x', 'y')", "country ASC, key ASC"),
        ("(country, key) < ('x', 'y')", "country DESC, key DESC"),
        ("country IS NULL AND key > 'x'", "country ASC, key ASC"),
        ("country IS NULL", "country DESC, key DESC"),
        ("country IS NOT NULL", "country ASC, key ASC"),
        ("(code, key) > ('x', 'y')", "code ASC, key ASC"),
        ("code IS NULL AND key > 'x'", "code ASC, key ASC"),
        ("key > 'x'", "key ASC"),
    ] {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT key, document, changed_by, code FROM view_orders_v1_g1 \
             WHERE {wanted} ORDER BY {by} LIMIT 10"
        );
        let mut statement = conn.prepare(&sql).unwrap();
        let steps = statement
            .query_map([], |row| row.get::<_, String>(3))
            .unwrap();
        let steps: Vec<_> = steps.map(Result::unwrap).collect();
        assert!(
            steps.len() == 1 && steps[0].starts_with("SEARCH"),
            "{wanted}: {steps:?}"
        );
    }
}
