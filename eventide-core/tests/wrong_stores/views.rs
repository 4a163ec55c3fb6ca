//! Faults of keeping the tables of views.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventide_core::store::{Advance, MemoryStore, StoreError, StoreErrorKind, SubscriptionStore};
use eventide_core::view::{DocumentQuery, ViewTable};
use tokio::task::yield_now;

use crate::Case;
use crate::side::{Serve, Side};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "makes a view anew with each opening",
            fault: |_| {
                let open = |inner: MemoryStore, table: ViewTable| async move {
                    inner.drop_view(&table).await?;
                    inner.open_view(&table).await
                };
                Side::none().open_view(open).into()
            },
            breaks: &[
                "a_view_opened_again_keeps_its_documents",
                "a_view_opened_with_other_columns_is_refused",
            ],
        },
        Case {
            name: "looks whether a view is there, then makes it",
            fault: |_| {
                let running = Arc::new(AtomicUsize::new(0));
                let open = move |inner: MemoryStore, table: ViewTable| {
                    let running = running.clone();
                    async move {
                        let others = running.fetch_add(1, Ordering::Relaxed);
                        yield_now().await;
                        let opened = inner.open_view(&table).await;
                        running.fetch_sub(1, Ordering::Relaxed);
                        if others > 0 {
                            return Err(refused("the table is there"));
                        }
                        opened
                    }
                };
                Side::none().open_view(open).into()
            },
            breaks: &["a_view_opened_by_many_at_once_is_opened"],
        },
        Case {
            name: "looks at no columns",
            fault: |_| {
                let open = |inner: MemoryStore, table: ViewTable| async move {
                    let _ = inner.open_view(&table).await;
                    Ok(())
                };
                Side::none().open_view(open).into()
            },
            breaks: &["a_view_opened_with_other_columns_is_refused"],
        },
        Case {
            name: "drops no view",
            fault: |_| Side::none().drop_view(|_, _| async { Ok(()) }).into(),
            breaks: &["a_dropped_view_is_gone"],
        },
        Case {
            name: "keeps one table for all generations of a view",
            fault: |_| {
                let find = |inner: MemoryStore, (table, query): (_, DocumentQuery)| async move {
                    inner.find_documents(&first(table), &query).await
                };
                let read = |inner: MemoryStore, (table, keys): (_, Vec<String>)| async move {
                    inner.documents(&first(table), &keys).await
                };
                let step = |advance: &mut Advance| {
                    advance.table = advance.table.take().map(first);
                };
                let side = Side::none().step(step);
                side.find_documents(find).documents(read).into()
            },
            breaks: &["views_are_kept_apart"],
        },
        Case {
            name: "serves one generation of all versions",
            fault: |_| {
                let serve = |inner: MemoryStore, (view, _, next, held): Serve| async move {
                    inner.serve(&view, 1, next, &held).await
                };
                let serving = |inner: MemoryStore, (view, _): (String, _)| async move {
                    inner.serving(&view, 1).await
                };
                Side::none().serve(serve).serving(serving).into()
            },
            breaks: &["a_generation_serves_until_another_is_chosen"],
        },
        Case {
            name: "stumbles over reserved words",
            fault: |_| {
                let open = |inner: MemoryStore, table: ViewTable| async move {
                    if table.columns.iter().any(|it| it.name == "group") {
                        return Err(refused("syntax error at or near \"group\""));
                    }
                    inner.open_view(&table).await
                };
                Side::none().open_view(open).into()
            },
            breaks: &["columns_are_named_after_any_field"],
        },
    ]
}

fn first(mut table: ViewTable) -> ViewTable {
    table.generation = 1;
    table
}

fn refused(why: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Other, why)
}
