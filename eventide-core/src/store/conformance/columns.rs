//! What is kept in columns can be looked for.

use jiff::Timestamp;
use uuid::Uuid;

use super::trial::Trial;
use super::unmet::{Met, Unmet, same};
use super::viewing::{Writer, put};
use crate::view::{Column, ColumnKind, ColumnValue, Comparison, Condition, DocumentQuery};

const COMPARISONS: [Comparison; 5] = [
    Comparison::Equal,
    Comparison::Less,
    Comparison::AtMost,
    Comparison::More,
    Comparison::AtLeast,
];

/// Values of each kind, in their order.
pub(super) fn kinds() -> Result<Vec<(ColumnKind, Vec<ColumnValue>)>, Unmet> {
    let long = "é".repeat(500);
    let texts = [
        "",
        " ",
        "%",
        "1",
        "10",
        "9",
        "B",
        "a",
        "a\"b'c\\d;--",
        "a_",
        "e\u{301}",
        &long,
        "🚚",
    ];
    let texts = texts.map(|text| ColumnValue::Text(text.to_owned()));
    let numbers = [
        i64::MIN,
        -(1 << 53) - 1,
        -10,
        -9,
        0,
        1,
        9,
        10,
        (1 << 53) + 1,
        i64::MAX,
    ];
    let times = [
        "0001-01-01T00:00:00Z",
        "1899-12-31T23:59:59.999999Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "2010-12-01T08:26:00Z",
        "2010-12-01T08:26:00.000001Z",
        "2010-12-01T08:26:00.01Z",
        "9999-12-30T00:00:00Z",
    ];
    let times = times.map(str::parse::<Timestamp>).into_iter();
    let times: Vec<_> = times.collect::<Result<_, _>>()?;
    let uuids = [0, 1, 1 << 64, 1 << 127, u128::MAX].map(Uuid::from_u128);
    Ok(vec![
        (ColumnKind::Text, texts.into()),
        (
            ColumnKind::Integer,
            numbers.map(ColumnValue::Integer).into(),
        ),
        (
            ColumnKind::Boolean,
            [false, true].map(ColumnValue::Boolean).into(),
        ),
        (
            ColumnKind::Time,
            times.into_iter().map(ColumnValue::Time).collect(),
        ),
        (ColumnKind::Uuid, uuids.map(ColumnValue::Uuid).into()),
    ])
}

pub(super) async fn all_kinds_of_columns_are_compared(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    for (kind, values) in kinds()? {
        let name = format!("{kind:?}-sales").to_lowercase();
        let writer = Writer::to(&store, &name, vec![Column::indexed("of", kind)]).await?;
        // Each value twice, and empty ones; written so that no order is that of writing.
        let mut rows = Vec::new();
        for (at, value) in values.iter().enumerate().rev() {
            for twin in ["a", "b"] {
                rows.push(put(&format!("{at:02}{twin}"), vec![value.clone()]));
            }
        }
        rows.push(put("empty", vec![ColumnValue::Empty]));
        rows.push(put("none", vec![ColumnValue::Empty]));
        writer.write(rows).await?;
        for comparison in COMPARISONS {
            for (at, value) in values.iter().enumerate() {
                let meets = |other: usize| match comparison {
                    Comparison::Equal => other == at,
                    Comparison::Less => other < at,
                    Comparison::AtMost => other <= at,
                    Comparison::More => other > at,
                    Comparison::AtLeast => other >= at,
                };
                let expected = (0..values.len()).filter(|other| meets(*other));
                let expected =
                    expected.flat_map(|it| ["a", "b"].map(|twin| format!("{it:02}{twin}")));
                finds(&writer, comparison, value, expected.collect()).await?;
            }
            let expected: &[&str] = match comparison {
                Comparison::Equal => &["empty", "none"],
                _ => &[],
            };
            let expected = expected.iter().map(|&key| key.to_owned()).collect();
            finds(&writer, comparison, &ColumnValue::Empty, expected).await?;
        }
    }
    Ok(())
}

async fn finds(
    writer: &Writer<'_>,
    comparison: Comparison,
    value: &ColumnValue,
    expected: Vec<String>,
) -> Met {
    let condition = Condition::new("of", comparison, value.clone());
    let query = DocumentQuery {
        conditions: vec![condition],
        ..DocumentQuery::default()
    };
    let what = format!("documents that are {comparison:?} to {value}");
    same(what, writer.found(&query).await?, expected)
}

pub(super) async fn conditions_on_columns_narrow_each_other(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let columns = vec![
        Column::indexed("country", ColumnKind::Text),
        Column::indexed("total", ColumnKind::Integer),
        Column::indexed("paid", ColumnKind::Boolean),
    ];
    let writer = Writer::to(&store, "sales", columns).await?;
    let text = |text: &str| ColumnValue::Text(text.to_owned());
    let row = |key, country, total, paid| put(key, vec![country, total, paid]);
    let (number, truth, empty) = (ColumnValue::Integer, ColumnValue::Boolean, || {
        ColumnValue::Empty
    });
    writer
        .write(vec![
            row("a", text("UK"), number(5), truth(true)),
            row("b", text("UK"), number(10), truth(false)),
            row("c", text("FR"), number(7), truth(true)),
            row("d", text("UK"), number(7), empty()),
            row("e", empty(), number(7), truth(true)),
            row("f", text("UK"), empty(), truth(true)),
        ])
        .await?;
    let of = Condition::new;
    let cases = [
        (vec![], "abcdef"),
        (vec![of("country", Comparison::Equal, text("UK"))], "abdf"),
        (
            vec![
                of("country", Comparison::Equal, text("UK")),
                of("total", Comparison::AtLeast, number(7)),
            ],
            "bd",
        ),
        (
            vec![
                of("total", Comparison::More, number(4)),
                of("total", Comparison::Less, number(8)),
            ],
            "acde",
        ),
        (
            vec![
                of("paid", Comparison::Equal, truth(true)),
                of("total", Comparison::More, number(4)),
                of("total", Comparison::Less, number(8)),
                of("country", Comparison::Less, text("G")),
            ],
            "c",
        ),
        (
            vec![
                of("country", Comparison::Equal, text("UK")),
                of("paid", Comparison::Equal, empty()),
            ],
            "d",
        ),
        (
            vec![
                of("country", Comparison::Equal, text("UK")),
                of("country", Comparison::Equal, text("FR")),
            ],
            "",
        ),
    ];
    for (conditions, keys) in cases {
        let query = DocumentQuery {
            conditions,
            order: Some("total"),
            ..DocumentQuery::default()
        };
        let mut found = writer.found(&query).await?;
        found.sort();
        let what = format!("documents with {:?}", query.conditions);
        same(what, found.concat().as_str(), keys)?;
    }
    Ok(())
}

pub(super) async fn replacing_a_document_replaces_its_columns(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let column = Column::indexed("of", ColumnKind::Integer);
    let writer = Writer::to(&store, "sales", vec![column]).await?;
    let number = ColumnValue::Integer;
    let mut was = None;
    for value in [number(1), number(2), ColumnValue::Empty, number(3)] {
        writer.write(vec![put("a", vec![value.clone()])]).await?;
        if let Some(was) = was {
            finds(&writer, Comparison::Equal, &was, vec![]).await?;
        }
        let found = vec!["a".to_owned()];
        finds(&writer, Comparison::Equal, &value, found).await?;
        was = Some(value);
    }
    writer.write(vec![super::viewing::delete("a")]).await?;
    finds(&writer, Comparison::Equal, &number(3), vec![]).await
}
