//! Documents are kept as they were written.

use super::trial::Trial;
use super::unmet::{Met, same};
use super::viewing::{Writer, delete, document, put};
use crate::ids::Position;
use crate::view::{Column, ColumnKind, ColumnValue, DocumentWrite};

pub(super) async fn documents_are_put_replaced_and_deleted(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let code = Column::indexed("code", ColumnKind::Integer);
    let writer = Writer::to(&store, "sales", vec![code]).await?;
    let row = |key: &str, code, by| {
        let json = format!("[{code}]").into_bytes();
        let columns = vec![ColumnValue::Integer(code)];
        DocumentWrite::put(key.to_owned(), json, columns, Position::from_raw(by))
    };
    writer.holds("at first", &[]).await?;
    let (a, b, c) = (row("a", 1, 5), row("b", 2, 6), row("c", 3, 7));
    writer.write(vec![b.clone(), a.clone(), c.clone()]).await?;
    writer
        .holds("that were put", &[a.clone(), b, c.clone()])
        .await?;
    let (b, d) = (row("b", 22, 1 << 40), row("d", 4, 9));
    writer
        .write(vec![b.clone(), delete("c"), d.clone(), delete("x")])
        .await?;
    let now = [a, b.clone(), d.clone()];
    writer
        .holds("that were put, replaced and deleted", &now)
        .await?;
    writer.write(vec![delete("a"), c.clone()]).await?;
    writer.holds("with one put again", &[b, c, d]).await?;
    writer.write(vec![]).await?;
    let all = ["b", "c", "d"].map(delete);
    writer.write(all.into()).await?;
    writer.holds("where all were deleted", &[]).await
}

pub(super) async fn documents_are_given_in_the_order_asked(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let writer = Writer::to(&store, "sales", vec![]).await?;
    let rows = ["a", "b", "c", "d"].map(|key| put(key, vec![]));
    writer.write(rows.to_vec()).await?;
    for asked in ["dxab", "abcd", "", "x", "ccac", "dcba"] {
        let keys: Vec<_> = asked.chars().map(String::from).collect();
        let found = writer.kept.documents(&writer.table, &keys).await?;
        let of = |key: &String| rows.iter().find(|row| row.key == *key).and_then(document);
        let what = format!("documents asked for as {keys:?}");
        same(what, found, keys.iter().map(of).collect())?;
    }
    Ok(())
}

pub(super) async fn documents_are_kept_byte_for_byte(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let writer = Writer::to(&store, "sales", vec![]).await?;
    let large = format!("[\"{}\"]", "é🚚 ".repeat(150_000));
    let texts = [
        "null",
        "\"\"",
        " { \"b\" : 1.0 , \"a\":1e2,\n\t\"a\": 10000000000000000000000.000 } ",
        r#"{"é":"\u00e9","quote":"\"'\\;--","nul":"\u0000","truck":"\ud83d\ude9a 🚚"}"#,
        "[-0,0.1,123456789012345678901234567890]",
        &large,
    ];
    let mut rows = Vec::new();
    for (n, text) in (0..).zip(texts) {
        let (key, by) = (format!("{n}"), Position::from_raw(1 << (10 * n)));
        rows.push(DocumentWrite::put(key, text.into(), vec![], by));
    }
    writer.write(rows.clone()).await?;
    writer.holds("that were written", &rows).await?;
    let texts = texts.into_iter().rev();
    for (row, text) in rows.iter_mut().zip(texts) {
        row.content = Some((text.into(), vec![]));
    }
    writer.write(rows.clone()).await?;
    writer.holds("that were written over", &rows).await
}

pub(super) async fn similar_keys_are_told_apart(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let writer = Writer::to(&store, "sales", vec![]).await?;
    let longest = "é".repeat(512);
    let longer = format!("{}e", "é".repeat(511));
    let keys = [
        "", " ", "a", "A", "a ", " a", "%", "_", "é", "e\u{301}", "1", "01", "1.0", "ß", "ss",
        "a\"b", "a'b", "a''b", "a\\b", "a;--", "a\nb", "a\tb", "\u{200b}", "🚚", "日本", "NULL",
        "null", "{a,b}", "x\u{1}", &longest, &longer,
    ];
    let rows: Vec<_> = keys.into_iter().map(|key| put(key, vec![])).collect();
    for row in &rows {
        writer.write(vec![row.clone()]).await?;
    }
    writer.holds("of similar keys", &rows).await?;
    for (n, gone) in rows.iter().enumerate().step_by(5) {
        writer.write(vec![delete(&gone.key)]).await?;
        let keys = [gone.key.clone()];
        let found = writer.kept.documents(&writer.table, &keys).await?;
        same(format!("document {keys:?}"), found, vec![None])?;
        let left = rows.iter().enumerate();
        let left = left.filter(|(at, _)| at % 5 != 0 || *at > n);
        let left: Vec<_> = left.map(|(_, row)| row.clone()).collect();
        writer.holds("of similar keys that are left", &left).await?;
    }
    Ok(())
}

pub(super) async fn thousands_of_documents_are_written_at_once(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let columns = vec![
        Column::unique("code", ColumnKind::Integer),
        Column::indexed("country", ColumnKind::Text),
    ];
    let writer = Writer::to(&store, "sales", columns).await?;
    let key = |n: i64| format!("{n:06}");
    let row = |n: i64, country: &str| {
        let text = ColumnValue::Text(country.to_owned());
        put(&key(n), vec![ColumnValue::Integer(n), text])
    };
    let rows: Vec<_> = (0..8000).map(|n| row(n, "UK")).collect();
    writer.write(rows.clone()).await?;
    writer.holds("of thousands", &rows).await?;
    let (mut changes, mut left) = (Vec::new(), Vec::new());
    for (n, was) in (0..).zip(rows) {
        match n % 3 {
            0 => left.push(was),
            1 => changes.push(delete(&key(n))),
            _ => {
                changes.push(row(-n, "FR"));
                changes.push(delete(&key(n)));
                left.push(row(-n, "FR"));
            }
        }
    }
    writer.write(changes).await?;
    writer.holds("left of thousands", &left).await?;
    let keys: Vec<_> = (0..20_000).map(key).collect();
    let found = writer.kept.documents(&writer.table, &keys).await?;
    let some = found.iter().flatten().count();
    same("thousands asked for", (found.len(), some), (20_000, 2667))
}
