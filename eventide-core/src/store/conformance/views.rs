//! The tables of views.

use std::collections::BTreeMap;

use super::subscribing::kept;
use super::trial::{Trial, together};
use super::unmet::{Met, Unmet, ensure, same};
use super::viewing::{Writer, put};
use crate::view::{
    Column, ColumnKind, ColumnValue, Comparison, Condition, DocumentQuery, ViewTable,
};

pub(super) async fn a_view_opened_again_keeps_its_documents(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let columns = vec![
        Column::indexed("country", ColumnKind::Text),
        Column::unique("code", ColumnKind::Integer),
    ];
    let writer = Writer::to(&store, "country-sales", columns).await?;
    let row = |key, code| put(key, vec![ColumnValue::Empty, ColumnValue::Integer(code)]);
    writer.write(vec![row("a", 1), row("b", 2)]).await?;
    for _ in 0..2 {
        kept(&store)?.open_view(&writer.table).await?;
        writer
            .holds("of a view opened again", &[row("a", 1), row("b", 2)])
            .await?;
    }
    writer.clashes(vec![row("c", 2)], "code").await
}

pub(super) async fn a_view_opened_by_many_at_once_is_opened(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    kept(&store)?;
    for version in 1..=4 {
        let columns = vec![
            Column::indexed("country", ColumnKind::Text),
            Column::unique("code", ColumnKind::Integer),
        ];
        let table = ViewTable::new("country-sales", version, columns);
        let attempts = (0..6).map(|_| {
            let (store, table) = (store.clone(), table.clone());
            async move {
                kept(&store)?.open_view(&table).await?;
                let keys = ["a".to_owned()];
                Ok(kept(&store)?.documents(&table, &keys).await?)
            }
        });
        let answers: Result<Vec<_>, Unmet> = together(attempts).await?.into_iter().collect();
        for found in answers? {
            same("documents of a new view", found, vec![None])?;
        }
    }
    Ok(())
}

pub(super) async fn a_view_opened_with_other_columns_is_refused(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let country = Column::indexed("country", ColumnKind::Text);
    let code = Column::indexed("code", ColumnKind::Integer);
    let writer = Writer::to(&store, "country-sales", vec![country, code]).await?;
    let row = put("a", vec![ColumnValue::Empty, ColumnValue::Integer(1)]);
    writer.write(vec![row.clone()]).await?;
    let others = [
        ("one less", vec![country]),
        ("none", vec![]),
        (
            "one more",
            vec![country, code, Column::indexed("at", ColumnKind::Time)],
        ),
        (
            "another name",
            vec![country, Column::indexed("number", ColumnKind::Integer)],
        ),
        (
            "text for a number",
            vec![country, Column::indexed("code", ColumnKind::Text)],
        ),
        (
            "a truth value for a number",
            vec![country, Column::indexed("code", ColumnKind::Boolean)],
        ),
        (
            "a UUID for text",
            vec![Column::indexed("country", ColumnKind::Uuid), code],
        ),
        (
            "a unique one",
            vec![country, Column::unique("code", ColumnKind::Integer)],
        ),
    ];
    for (what, columns) in others {
        let mut other = writer.table.clone();
        other.columns = columns;
        let opened = kept(&store)?.open_view(&other).await;
        ensure(opened.is_err(), || {
            format!("a view was opened with other columns: {what}")
        })?;
        writer
            .holds("after that", std::slice::from_ref(&row))
            .await?;
    }
    kept(&store)?.open_view(&writer.table).await?;
    Ok(())
}

pub(super) async fn a_dropped_view_is_gone(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let code = Column::unique("code", ColumnKind::Integer);
    let mut writer = Writer::to(&store, "country-sales", vec![code]).await?;
    let other = Writer::to(&store, "country", vec![code]).await?;
    let row = put("a", vec![ColumnValue::Integer(1)]);
    for writer in [&writer, &other] {
        writer.write(vec![row.clone()]).await?;
    }
    for _ in 0..2 {
        kept.drop_view(&writer.table).await?;
    }
    let into_nothing = writer.write(vec![row.clone()]).await;
    ensure(into_nothing.is_err(), || "a dropped view was written to")?;
    kept.open_view(&writer.table).await?;
    writer.holds("of a view made anew", &[]).await?;
    writer
        .write(vec![put("b", vec![ColumnValue::Integer(1)])])
        .await?;
    kept.drop_view(&writer.table).await?;
    writer.table.columns = vec![Column::indexed("country", ColumnKind::Text)];
    kept.open_view(&writer.table).await?;
    let row_anew = put("b", vec![ColumnValue::Text("UK".to_owned())]);
    writer.write(vec![row_anew.clone()]).await?;
    writer.holds("with other columns", &[row_anew]).await?;
    other.holds("of another view", &[row]).await
}

pub(super) async fn views_are_kept_apart(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let code = Column::unique("code", ColumnKind::Integer);
    let mut writer = Writer::to(&store, "country-sales", vec![code]).await?;
    let mut tables = vec![writer.table.clone()];
    for (name, version, generation) in [
        ("country-sales", 2, 1),
        ("country-sales", 1, 2),
        ("country-sales", 11, 1),
        ("country", 1, 1),
        ("sales", u32::MAX, u32::MAX),
    ] {
        let mut table = ViewTable::new(name, version, vec![code]);
        table.generation = generation;
        kept.open_view(&table).await?;
        tables.push(table);
    }
    let row = |n| put("a", vec![ColumnValue::Integer(n)]);
    let other = |n| put(&format!("b{n}"), vec![ColumnValue::Integer(-1)]);
    for (n, table) in (0..).zip(&tables) {
        writer.table = table.clone();
        writer.write(vec![row(n), other(n)]).await?;
    }
    for (n, table) in (0..).zip(&tables) {
        writer.table = table.clone();
        writer.holds(&table.sql_name(), &[row(n), other(n)]).await?;
    }
    Ok(())
}

pub(super) async fn a_generation_serves_until_another_is_chosen(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let kept = kept(&store)?;
    let mut serving = BTreeMap::new();
    let chosen = [
        ("sales", 1, 2),
        ("sales", 2, 3),
        ("sales", 1, 1),
        ("stock", 1, 4),
        ("sales", 2, 3),
        ("sales", u32::MAX, u32::MAX),
        ("sales", 1, 7),
    ];
    for (view, version, generation) in chosen {
        kept.serve(view, version, generation, &[]).await?;
        serving.insert((view, version), generation);
        for view in ["sales", "stock", "sale"] {
            for version in [1, 2, 3, u32::MAX] {
                let expected = serving.get(&(view, version)).copied().unwrap_or(1);
                let what = format!("generation that serves version {version} of `{view}`");
                same(what, kept.serving(view, version).await?, expected)?;
            }
        }
    }
    Ok(())
}

pub(super) async fn columns_are_named_after_any_field(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let names = [
        "order", "group", "user", "table", "select", "rowid", "ctid", "value", "x1",
    ];
    let columns = names.map(|name| Column::indexed(name, ColumnKind::Integer));
    let writer = Writer::to(&store, "country-sales", columns.into()).await?;
    let row = |key, of: i64| {
        let values = (0..names.len()).map(|_| ColumnValue::Integer(of));
        put(key, values.collect())
    };
    writer
        .write(vec![row("a", 2), row("b", 1), row("c", 3)])
        .await?;
    for name in names {
        let query = DocumentQuery {
            conditions: vec![Condition::new(
                name,
                Comparison::AtMost,
                ColumnValue::Integer(2),
            )],
            order: Some(name),
            ..DocumentQuery::default()
        };
        let expected = ["b", "a"].map(str::to_owned);
        let what = format!("documents by the column `{name}`");
        same(what, &*writer.found(&query).await?, &expected)?;
    }
    Ok(())
}
