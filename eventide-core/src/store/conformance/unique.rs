//! In a unique column each value is there once.

use super::columns::kinds;
use super::trial::Trial;
use super::unmet::Met;
use super::viewing::{Writer, delete, put};
use crate::view::{Column, ColumnKind, ColumnValue};

pub(super) async fn a_unique_column_refuses_a_value_again(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    for (kind, values) in kinds()? {
        let name = format!("{kind:?}-sales").to_lowercase();
        let columns = vec![Column::indexed("free", kind), Column::unique("code", kind)];
        let writer = Writer::to(&store, &name, columns).await?;
        let row = |key: &str, code: &ColumnValue| put(key, vec![ColumnValue::Empty, code.clone()]);
        let mut rows = Vec::new();
        for (n, value) in values.iter().enumerate() {
            rows.push(row(&format!("{n}"), value));
        }
        writer.write(rows.clone()).await?;
        writer
            .holds("of values that are each there once", &rows)
            .await?;
        for value in &values {
            writer.clashes(vec![row("other", value)], "code").await?;
        }
        // Among those of one step, too.
        writer
            .write(rows.iter().map(|it| delete(&it.key)).collect())
            .await?;
        for value in &values {
            let twins = vec![row("x", value), row("y", value)];
            writer.clashes(twins, "code").await?;
        }
        writer.holds("after nothing but clashes", &[]).await?;
    }
    Ok(())
}

pub(super) async fn a_unique_value_belongs_to_its_document(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let code = Column::unique("code", ColumnKind::Integer);
    let writer = Writer::to(&store, "sales", vec![code]).await?;
    let row = |key, code| put(key, vec![ColumnValue::Integer(code)]);
    writer.write(vec![row("a", 1), row("b", 2)]).await?;
    // Its own value again.
    writer.write(vec![row("a", 1)]).await?;
    writer.clashes(vec![row("a", 2)], "code").await?;
    // A value that was given up.
    writer.write(vec![row("a", 3)]).await?;
    writer.write(vec![row("b", 1)]).await?;
    writer.write(vec![row("c", 2)]).await?;
    writer
        .holds(
            "whose values moved on",
            &[row("a", 3), row("b", 1), row("c", 2)],
        )
        .await?;
    writer.write(vec![delete("a")]).await?;
    writer.write(vec![row("d", 3)]).await?;
    writer.clashes(vec![row("a", 3)], "code").await
}

pub(super) async fn a_value_is_free_with_the_deletion_of_its_document(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let code = Column::unique("code", ColumnKind::Integer);
    let writer = Writer::to(&store, "sales", vec![code]).await?;
    let row = |key, code| put(key, vec![ColumnValue::Integer(code)]);
    writer.write(vec![row("a", 1), row("b", 2)]).await?;
    writer.write(vec![delete("a"), row("c", 1)]).await?;
    writer.write(vec![row("a", 2), delete("b")]).await?;
    writer
        .holds("that took over values", &[row("a", 2), row("c", 1)])
        .await
}

pub(super) async fn empty_unique_columns_never_clash(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    for (kind, values) in kinds()? {
        let name = format!("{kind:?}-sales").to_lowercase();
        let writer = Writer::to(&store, &name, vec![Column::unique("code", kind)]).await?;
        let empty = |key: &str| put(key, vec![ColumnValue::Empty]);
        writer.write(vec![empty("a"), empty("b")]).await?;
        writer.write(vec![empty("c")]).await?;
        let mut rows = vec![empty("a"), empty("b"), empty("c")];
        for (n, value) in values.into_iter().enumerate() {
            rows.push(put(&format!("{n}"), vec![value]));
        }
        writer.write(rows.clone()).await?;
        writer.holds("with empty columns", &rows).await?;
    }
    Ok(())
}
