//! The tables of views: made once, found again, told apart.

use eventide_core::store::{StoreErrorKind, SubscriptionStore};
use eventide_core::view::{Column, ColumnKind, ColumnValue, DocumentQuery, ViewTable};
use futures_util::future::join_all;

use crate::support::{Database, options};
use crate::{claim, open, put, table, to};

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_open_a_view_at_once_make_one_table() {
    for programs in [2, 8] {
        let database = Database::new().await;
        let opening = (0..programs).map(|_| {
            let database = database.clone();
            tokio::spawn(async move {
                let store = database.open().await;
                store.open_view(&table()).await
            })
        });
        for opened in join_all(opening).await {
            opened.unwrap().unwrap();
        }
        let query = "SELECT count(*) FROM pg_class WHERE relname = 'view_country_sales_v2_g1'";
        let tables = database.connect().await.query_one(query, &[]).await;
        assert_eq!(tables.unwrap().get::<_, i64>(0), 1);
    }
}

#[tokio::test]
async fn a_table_with_other_columns_is_refused() {
    let store = Database::new().await.open().await;
    let with = |columns: Vec<Column>| ViewTable::new("sales", 1, columns);
    let orders = Column::indexed("orders", ColumnKind::Integer);
    store.open_view(&with(vec![orders])).await.unwrap();
    store.open_view(&with(vec![orders])).await.unwrap();
    let others = [
        vec![],
        vec![orders, Column::indexed("open", ColumnKind::Boolean)],
        vec![Column::indexed("order", ColumnKind::Integer)],
        vec![Column::indexed("orders", ColumnKind::Text)],
        vec![Column::unique("orders", ColumnKind::Integer)],
    ];
    for columns in others {
        let refused = store.open_view(&with(columns)).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::NotOurs);
        let why = refused.to_string();
        assert!(
            why.contains("`view_sales_v1_g1` has other columns"),
            "{why}"
        );
        assert!(why.contains("raise the view's version"), "{why}");
    }
    // Another version or generation is another table.
    let mut next = with(vec![]);
    next.generation = 2;
    store.open_view(&next).await.unwrap();
    store
        .open_view(&ViewTable::new("sales", 2, vec![]))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_dropped_view_is_gone_and_may_be_made_otherwise() {
    let store = Database::new().await.open().await;
    open(&store, 1).await;
    let lease = claim(&store, "a").await.unwrap().lease;
    let column = |kind| vec![Column::indexed("at", kind)];
    for (kind, value) in [
        (ColumnKind::Integer, ColumnValue::Integer(5)),
        (ColumnKind::Text, ColumnValue::Text("five".to_owned())),
    ] {
        let view = ViewTable::new("sales", 1, column(kind));
        store.open_view(&view).await.unwrap();
        let mut step = to(&lease, 1);
        step.table = Some(view.clone());
        step.documents = vec![put("a", "{}", vec![value])];
        store.advance(&step).await.unwrap();
        let found = store.find_documents(&view, &DocumentQuery::default()).await;
        assert_eq!(found.unwrap().documents.len(), 1);
        store.drop_view(&view).await.unwrap();
        store.drop_view(&view).await.unwrap();
        let gone = store.documents(&view, &["a".to_owned()]).await;
        assert!(gone.unwrap_err().to_string().contains("open it first"));
    }
}

#[tokio::test]
async fn names_of_any_kind_and_length_stay_apart() {
    let database = Database::empty().await;
    let options = options().schema("it's \"odd\"").migrate_on_open(true);
    let store = options.open(&database.url()).await.unwrap();
    open(&store, 1).await;
    let lease = claim(&store, "a").await.unwrap().lease;
    let names: [&'static str; 7] = [
        "key",
        "document",
        "changed_by",
        "xmin",
        "select",
        "a \"column\"",
        "a_column_with_a_name_so_long_that_the_server_would_cut_it_somewhere",
    ];
    let columns = |unique| {
        let column = |name| {
            let mut column = Column::indexed(name, ColumnKind::Text);
            column.unique = unique;
            column
        };
        names.into_iter().map(column).collect::<Vec<_>>()
    };
    let long = "a-view-of-a-name-so-long-that-the-server-would-cut-it-somewhere";
    let views = [
        ViewTable::new(format!("{long}-a"), 1, columns(true)),
        ViewTable::new(format!("{long}-b"), 1, columns(false)),
    ];
    for (n, view) in views.iter().enumerate() {
        store.open_view(view).await.unwrap();
        store.open_view(view).await.unwrap();
        let values = names.map(|name| ColumnValue::Text(name.to_owned()));
        let mut step = to(&lease, n as u64 + 1);
        step.table = Some(view.clone());
        step.documents = vec![put("a", "1", values.to_vec())];
        store.advance(&step).await.unwrap();
        for name in names {
            let mut query = DocumentQuery::default();
            query.order = Some(name);
            let found = store.find_documents(view, &query).await.unwrap();
            assert_eq!(found.documents.len(), 1, "{name}");
        }
        step.documents = vec![put("b", "1", values.to_vec())];
        let again = store.advance(&step).await;
        if n == 0 {
            let (kind, why) = crate::store_error(again);
            assert_eq!(kind, StoreErrorKind::Constraint);
            assert!(why.contains("in the unique column `key`"), "{why}");
        } else {
            again.unwrap();
        }
    }
}
