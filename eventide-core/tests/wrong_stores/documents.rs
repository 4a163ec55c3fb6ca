//! Faults of keeping and finding documents.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use eventide_core::store::{Advance, MemoryStore, PageSize, SubscriptionStore};
use eventide_core::view::{
    ColumnKind, ColumnValue, Comparison, DocumentPage, DocumentQuery, ViewTable,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::Case;
use crate::side::Side;

type Keys = (ViewTable, Vec<String>);
type Query = (ViewTable, DocumentQuery);

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "deletes no document",
            fault: |_| {
                let puts = |advance: &mut Advance| {
                    advance.documents.retain(|it| it.content.is_some());
                };
                Side::none().step(puts).into()
            },
            breaks: &["documents_are_put_replaced_and_deleted"],
        },
        Case {
            name: "gives documents in an order of its own",
            fault: |_| {
                let read = |inner: MemoryStore, (table, mut keys): Keys| async move {
                    keys.sort();
                    inner.documents(&table, &keys).await
                };
                Side::none().documents(read).into()
            },
            breaks: &["documents_are_given_in_the_order_asked"],
        },
        Case {
            name: "keeps the value of a document's JSON",
            fault: |_| {
                let write = |advance: &mut Advance| {
                    let contents = advance.documents.iter_mut();
                    for (json, _) in contents.filter_map(|it| it.content.as_mut()) {
                        let value: serde_json::Value = serde_json::from_slice(json).unwrap();
                        *json = serde_json::to_vec(&value).unwrap();
                    }
                };
                Side::none().step(write).into()
            },
            breaks: &["documents_are_kept_byte_for_byte"],
        },
        Case {
            name: "trims keys",
            fault: |_| {
                let trim = |advance: &mut Advance| {
                    for document in &mut advance.documents {
                        document.key = document.key.trim().to_owned();
                    }
                };
                Side::none().step(trim).into()
            },
            breaks: &["similar_keys_are_told_apart"],
        },
        Case {
            name: "writes the first thousand documents",
            fault: |_| {
                let cut = |advance: &mut Advance| advance.documents.truncate(1000);
                Side::none().step(cut).into()
            },
            breaks: &["thousands_of_documents_are_written_at_once"],
        },
        Case {
            name: "includes what a comparison excludes",
            fault: |_| {
                let query = |query: &mut DocumentQuery| {
                    for condition in &mut query.conditions {
                        if condition.comparison == Comparison::More {
                            condition.comparison = Comparison::AtLeast;
                        }
                    }
                };
                Side::none().query(query).into()
            },
            breaks: &["all_kinds_of_columns_are_compared"],
        },
        Case {
            name: "looks at the first condition",
            fault: |_| {
                Side::none()
                    .query(|query| query.conditions.truncate(1))
                    .into()
            },
            breaks: &["conditions_on_columns_narrow_each_other"],
        },
        Case {
            name: "keeps the columns of a document that is replaced",
            fault: |_| {
                let columns: Arc<Mutex<HashMap<String, Vec<ColumnValue>>>> = Arc::default();
                let advance = move |inner: MemoryStore, mut advance: Advance| {
                    for document in &mut advance.documents {
                        if let Some((_, values)) = &mut document.content {
                            let mut columns = columns.lock().unwrap();
                            let first = columns.entry(document.key.clone());
                            values.clone_from(first.or_insert_with(|| values.clone()));
                        }
                    }
                    async move { inner.advance(&advance).await }
                };
                Side::none().advance(advance).into()
            },
            breaks: &["replacing_a_document_replaces_its_columns"],
        },
        Case {
            name: "goes on after the last key of all",
            fault: |_| {
                let skip = |page: &mut DocumentPage| {
                    if let Some((_, key)) = &mut page.next {
                        "\u{10ffff}".clone_into(key);
                    }
                };
                Side::none().page(skip).into()
            },
            breaks: &[
                "pages_give_each_document_once_by_key",
                "pages_give_each_document_once_by_every_kind_of_column",
                "pages_of_what_is_filtered_give_each_once",
            ],
        },
        Case {
            name: "puts empty columns last",
            fault: |_| {
                let find = |inner: MemoryStore, (table, query): Query| async move {
                    let mut all = query.clone();
                    (all.after, all.page) = (None, PageSize::MAX);
                    let mut found = inner.find_documents(&table, &all).await?;
                    let empty = 3.min(found.documents.len());
                    found.documents.rotate_left(empty);
                    Ok(found)
                };
                Side::none().find_documents(find).into()
            },
            breaks: &["pages_give_each_document_once_by_every_kind_of_column"],
        },
        Case {
            name: "looks for the document it is to go on after",
            fault: |_| {
                let find = |inner: MemoryStore, (table, query): Query| async move {
                    if let Some((_, key)) = &query.after {
                        let last = inner.documents(&table, std::slice::from_ref(key)).await?;
                        if last == [None] {
                            return Ok(DocumentPage::default());
                        }
                    }
                    inner.find_documents(&table, &query).await
                };
                Side::none().find_documents(find).into()
            },
            breaks: &["paging_goes_on_where_its_last_document_is_gone"],
        },
        Case {
            name: "makes no column unique",
            fault: |_| {
                let open = |inner: MemoryStore, mut table: ViewTable| async move {
                    table.columns.iter_mut().for_each(|it| it.unique = false);
                    inner.open_view(&table).await
                };
                Side::none().open_view(open).into()
            },
            breaks: &[
                "a_unique_column_refuses_a_value_again",
                "a_unique_value_belongs_to_its_document",
            ],
        },
        Case {
            name: "puts documents before it deletes others",
            fault: |_| {
                let advance = |inner: MemoryStore, mut advance: Advance| async move {
                    let mut puts = Advance::new(advance.lease.clone(), None);
                    puts.table.clone_from(&advance.table);
                    puts.documents.clone_from(&advance.documents);
                    puts.documents.retain(|it| it.content.is_some());
                    inner.advance(&puts).await?;
                    advance.documents.retain(|it| it.content.is_none());
                    inner.advance(&advance).await
                };
                Side::none().advance(advance).into()
            },
            breaks: &["a_value_is_free_with_the_deletion_of_its_document"],
        },
        Case {
            name: "keeps something for nothing",
            fault: |_| {
                let fill = |advance: &mut Advance| {
                    let columns = advance.table.iter().flat_map(|it| &it.columns);
                    let kinds: Vec<_> = columns.map(|it| it.kind).collect();
                    let contents = advance.documents.iter_mut();
                    for (_, values) in contents.filter_map(|it| it.content.as_mut()) {
                        for (value, kind) in values.iter_mut().zip(&kinds) {
                            if *value == ColumnValue::Empty {
                                *value = zero(*kind);
                            }
                        }
                    }
                };
                Side::none().step(fill).into()
            },
            breaks: &["empty_unique_columns_never_clash"],
        },
    ]
}

fn zero(kind: ColumnKind) -> ColumnValue {
    match kind {
        ColumnKind::Text => ColumnValue::Text(String::new()),
        ColumnKind::Integer => ColumnValue::Integer(0),
        ColumnKind::Boolean => ColumnValue::Boolean(false),
        ColumnKind::Time => ColumnValue::Time(Timestamp::UNIX_EPOCH),
        _ => ColumnValue::Uuid(Uuid::nil()),
    }
}
