//! Documents are read in pages, in an order without gaps or repeats.

use super::columns::kinds;
use super::trial::Trial;
use super::unmet::{Met, Unmet, same};
use super::viewing::{Writer, delete, put};
use crate::store::PageSize;
use crate::view::{Column, ColumnKind, ColumnValue, Comparison, Condition, DocumentQuery};

pub(super) async fn pages_give_each_document_once_by_key(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let writer = Writer::to(&store, "sales", vec![]).await?;
    let mut keys = [
        "", " ", "%", "1", "10", "9", "B", "a", "a-b", "aa", "e\u{301}", "é", "🚚",
    ];
    keys.reverse();
    writer
        .write(keys.map(|key| put(key, vec![])).into())
        .await?;
    keys.reverse();
    let keys: Vec<_> = keys.map(str::to_owned).into();
    pages(&writer, &DocumentQuery::default(), &keys).await
}

pub(super) async fn pages_give_each_document_once_by_every_kind_of_column(
    trial: &Trial<'_>,
) -> Met {
    let store = trial.open().await?;
    for (kind, values) in kinds()? {
        let name = format!("{kind:?}-sales").to_lowercase();
        let writer = Writer::to(&store, &name, vec![Column::indexed("of", kind)]).await?;
        let values: Vec<_> = [ColumnValue::Empty].into_iter().chain(values).collect();
        // Three of each value, so that pages end among them. Their keys are against their order.
        let mut rows = Vec::new();
        let mut keys = Vec::new();
        for (n, value) in values.into_iter().enumerate() {
            for tie in ["A", "a", "é"] {
                let key = format!("{}{tie}", 99 - n);
                rows.insert(rows.len() / 2, put(&key, vec![value.clone()]));
                keys.push(key);
            }
        }
        writer.write(rows).await?;
        let query = DocumentQuery {
            order: Some("of"),
            ..DocumentQuery::default()
        };
        pages(&writer, &query, &keys).await?;
    }
    Ok(())
}

pub(super) async fn pages_of_what_is_filtered_give_each_once(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let columns = vec![
        Column::indexed("country", ColumnKind::Text),
        Column::indexed("total", ColumnKind::Integer),
    ];
    let writer = Writer::to(&store, "sales", columns).await?;
    let countries = ["UK", "FR", "DE", "UK"].map(|it| ColumnValue::Text(it.to_owned()));
    let totals = [None, Some(3), Some(3), Some(1), None, Some(2), Some(3)];
    let (mut rows, mut places) = (Vec::new(), Vec::new());
    for (n, total) in totals.into_iter().cycle().take(40).enumerate() {
        let key = format!("{:02}", (n * 17) % 40);
        let country = countries.get(n % 4).cloned().unwrap_or(ColumnValue::Empty);
        if country == ColumnValue::Text("UK".to_owned()) {
            places.push((total, key.clone()));
        }
        let total = total.map_or(ColumnValue::Empty, ColumnValue::Integer);
        rows.push(put(&key, vec![country, total]));
    }
    writer.write(rows).await?;
    places.sort();
    let country = ColumnValue::Text("UK".to_owned());
    let mut query = DocumentQuery {
        conditions: vec![Condition::new("country", Comparison::Equal, country)],
        order: Some("total"),
        ..DocumentQuery::default()
    };
    let keys: Vec<_> = places.iter().map(|it| it.1.clone()).collect();
    pages(&writer, &query, &keys).await?;
    // A condition on the column of the order.
    let least = Condition::new("total", Comparison::AtLeast, ColumnValue::Integer(2));
    query.conditions.push(least);
    let keys: Vec<_> = places.iter().filter(|it| it.0 >= Some(2)).collect();
    let keys: Vec<_> = keys.into_iter().map(|it| it.1.clone()).collect();
    pages(&writer, &query, &keys).await?;
    // Another order than that of the condition.
    query.conditions.truncate(1);
    query.order = None;
    let mut keys: Vec<_> = places.into_iter().map(|it| it.1).collect();
    keys.sort();
    pages(&writer, &query, &keys).await
}

pub(super) async fn paging_goes_on_where_its_last_document_is_gone(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let column = Column::indexed("total", ColumnKind::Integer);
    let writer = Writer::to(&store, "sales", vec![column]).await?;
    let total = |total: Option<i64>| total.map_or(ColumnValue::Empty, ColumnValue::Integer);
    let rows = [
        ("a", None),
        ("b", None),
        ("c", Some(1)),
        ("d", Some(1)),
        ("e", Some(2)),
        ("f", Some(2)),
    ];
    for order in [None, Some("total")] {
        for descending in [false, true] {
            let rows = rows.map(|(key, of)| put(key, vec![total(of)]));
            writer.write(rows.into()).await?;
            let mut query = DocumentQuery {
                order,
                descending,
                page: PageSize::new(1),
                ..DocumentQuery::default()
            };
            let mut found = String::new();
            while found.len() < 6 {
                let page = writer.kept.find_documents(&writer.table, &query).await?;
                let last = page.documents.first().map(|it| it.key.clone());
                let last = last.ok_or_else(|| {
                    Unmet::violated(format!("nothing comes after {found:?}, by {query:?}"))
                })?;
                found.push_str(&last);
                writer.write(vec![delete(&last)]).await?;
                query.after = page.next.or(query.after);
            }
            let expected = if descending { "fedcba" } else { "abcdef" };
            same(format!("keys found by {query:?}"), &*found, expected)?;
        }
    }
    Ok(())
}

/// What `query` finds must be these, in both directions, however many at a time.
async fn pages(writer: &Writer<'_>, query: &DocumentQuery, keys: &[String]) -> Met {
    let mut query = query.clone();
    let mut keys = keys.to_vec();
    for descending in [false, true] {
        query.descending = descending;
        for size in (1..=7).chain([keys.len() - 1, keys.len(), keys.len() + 1, 8192]) {
            query.page = PageSize::new(size);
            let what = format!("documents found by {query:?}");
            same(what, &writer.found(&query).await?, &keys)?;
        }
        keys.reverse();
    }
    Ok(())
}
