//! What is put into the log comes out of it unchanged.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::reading::{holds, log};
use super::samples::{append, command, event, events, part, put, stream, tags};
use super::trial::{Trial, start};
use super::unmet::{Met, ensure, same};
use crate::envelope::NewEvent;
use crate::ids::{EventId, SchemaVersion};
use crate::metadata::Metadata;
use crate::store::{AppendRequest, ExpectedVersion};
use crate::time::Clock;

pub(super) async fn payloads_are_kept_byte_for_byte(trial: &Trial<'_>) -> Met {
    trial.needs_notation()?;
    let payloads = [
        "{}",
        "null",
        "\"\"",
        "  { \"b\" : 1 ,\n\t\"a\":[ 1.0, 1e3, -0, 0.10 ] }\r\n ",
        r#"{"twice":1,"twice":2}"#,
        r#"{"escaped":"\u0000\u00e9\ud834\udd1e\/\"'","plain":"é𝄞 𝄞e\u0301 ﷽ 日本"}"#,
        r#"{"number":123456789012345678901234567890.000000000000000001}"#,
        r"{}}{'--; DROP TABLE events; %s ? $1 :name",
    ];
    let with = |payload: &str| NewEvent {
        payload: payload.as_bytes().to_vec(),
        ..event("LineAdded")
    };
    round_trip(trial, payloads.map(with).to_vec()).await
}

pub(super) async fn metadata_is_kept(trial: &Trial<'_>) -> Met {
    let plain = Metadata::of_command(command());
    let mut full = Metadata {
        correlation_id: Uuid::from_u128(u128::MAX).into(),
        causation_id: Uuid::nil().into(),
        reaction_to: Some(EventId::from_uuid(Uuid::now_v7())),
        user_id: Some("Zoë \"O'Neil\" 日本 %_\\ ".to_owned()),
        ip_address: Some("2001:db8::ff00:42:8329".parse()?),
        trace_parent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        occurred_at: Some(Timestamp::constant(-62_135_596_800, 0)),
        ..plain.clone()
    };
    let extra = [
        ("tenant", json!("retail")),
        ("", json!("an empty key")),
        (
            "ключ \"'%\\",
            json!(["", null, true, {"b": {"a": [[], {}]}}]),
        ),
        ("numbers", json!([0, -1, i64::MIN, u64::MAX, 0.5, 1e300])),
    ];
    full.extra
        .extend(extra.map(|(key, value)| (key.to_owned(), value)));
    let part_by_part = [
        Metadata {
            reaction_to: full.reaction_to,
            ..plain.clone()
        },
        Metadata {
            user_id: Some(String::new()),
            ..plain.clone()
        },
        Metadata {
            ip_address: Some("192.0.2.1".parse()?),
            ..plain.clone()
        },
        Metadata {
            trace_parent: full.trace_parent.clone(),
            ..plain.clone()
        },
        Metadata {
            occurred_at: Some(start()),
            ..plain.clone()
        },
        Metadata {
            extra: full.extra.clone(),
            ..plain.clone()
        },
        plain,
        full,
    ];
    let with = |metadata| NewEvent {
        metadata,
        ..event("LineAdded")
    };
    round_trip(trial, part_by_part.map(with).to_vec()).await
}

pub(super) async fn tags_are_kept(trial: &Trial<'_>) -> Met {
    let longest = format!("long:{}", "é".repeat(509));
    let given: [&[&str]; 6] = [
        &[],
        &["customer:17850"],
        &["b:2", "a:1", "b:2", "a:10", "B:2", "a:1"],
        &["a:", "a: ", "a:b:c", "a:b,c;d|e", "a:'\"%_\\[]{}"],
        &["город:Москва 🚚", "cafe:\u{e9}", "cafe:e\u{301}"],
        &[longest.as_str()],
    ];
    let mut tagged = Vec::new();
    for texts in given {
        tagged.push(NewEvent {
            tags: tags(texts)?,
            ..event("LineAdded")
        });
    }
    round_trip(trial, tagged).await
}

pub(super) async fn ids_types_and_schema_versions_are_kept(trial: &Trial<'_>) -> Met {
    let ids = [0, 1, 1 << 127, u128::MAX - 1, u128::MAX].map(Uuid::from_u128);
    let types = [
        "LineAdded",
        "line added",
        "lineadded",
        "линия'\"%_\\/",
        "🚚",
    ];
    let versions = [1, 2, 255, 65_536, u32::MAX].map(SchemaVersion::new);
    let mut given = Vec::new();
    for ((id, event_type), schema_version) in ids.into_iter().zip(types).zip(versions) {
        given.push(NewEvent {
            id: id.into(),
            schema_version,
            ..event(event_type)
        });
    }
    round_trip(trial, given).await
}

pub(super) async fn recorded_time_is_the_clocks_in_microseconds(trial: &Trial<'_>) -> Met {
    trial.needs_clock()?;
    let store = trial.open().await?;
    let (a, b) = (stream("a")?, stream("b")?);
    for nanoseconds in [0, 1_000, 999_999_000, 123_456_789] {
        trial.clock.advance(Duration::new(1, nanoseconds));
        let now = trial.clock.now();
        let expected = Timestamp::from_microsecond(now.as_microsecond())?;
        let streams = [&a, &b].map(|order| part(order, ExpectedVersion::Any, events(2)));
        let appended = append(&store, streams).await?;
        same(
            "recorded time in the answer",
            appended.recorded_at,
            expected,
        )?;
        let log = log(&store).await?;
        let recorded: Vec<_> = log
            .iter()
            .rev()
            .take(4)
            .map(|event| event.recorded_at)
            .collect();
        same("recorded time of the events", recorded, vec![expected; 4])?;
    }
    Ok(())
}

pub(super) async fn recorded_time_never_decreases(trial: &Trial<'_>) -> Met {
    let store = trial.open().await?;
    let back = Duration::from_hours(1);
    let times = [
        start(),
        start() - back,
        start() + back,
        start(),
        start() + back * 2,
    ];
    for (n, time) in times.into_iter().enumerate() {
        trial.clock.set(time);
        let order = stream(&format!("order {}", n % 2))?;
        put(&store, &order, events(2)).await?;
    }
    let log = log(&store).await?;
    for (earlier, later) in log.iter().zip(log.iter().skip(1)) {
        ensure(earlier.recorded_at <= later.recorded_at, || {
            let (first, then) = (earlier.recorded_at, later.recorded_at);
            format!(
                "{then} at {} comes after {first} at {}",
                later.position, earlier.position
            )
        })?;
    }
    Ok(())
}

async fn round_trip(trial: &Trial<'_>, events: Vec<NewEvent>) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    let request = AppendRequest::to(part(&order, ExpectedVersion::NO_STREAM, events));
    let appended = store.append(request.clone()).await?;
    holds(&store, &request, &appended).await
}
