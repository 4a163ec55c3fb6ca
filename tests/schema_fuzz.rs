//! Whatever bytes a store holds: no panic, no hang, no value other than a hand-written chain gives,
//! and every refusal names the stream, the version, the event and the field.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::num::NonZeroU8;

use eventide::prelude::*;
use eventide::schema::{DecodeError, DecodeProblem, decode};
use eventide::{Position, RecordedEvent, StreamId};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use support::raw;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(version = 4, removed(since = 3, name = note, ty = Option<String>))]
struct LineAdded {
    #[event(renamed(since = 3, from = code))]
    sku: String,
    #[event(changed(since = 4, from = i64, try_with = pieces))]
    quantity: NonZeroU8,
    #[event(since = 2, default = Currency::Gbp)]
    currency: Currency,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Shape)]
#[serde(rename_all = "lowercase")]
enum Currency {
    Gbp,
    Eur,
}

fn pieces(quantity: i64) -> Result<NonZeroU8, String> {
    let pieces = u8::try_from(quantity).ok().and_then(NonZeroU8::new);
    pieces.ok_or_else(|| format!("{quantity} pieces cannot be"))
}

/// The same chain by hand.
mod by_hand {
    use super::{Currency, Deserialize, LineAdded, pieces};

    #[derive(Deserialize)]
    struct V1 {
        code: String,
        quantity: i64,
        note: Option<String>,
    }

    #[derive(Deserialize)]
    struct V2 {
        code: String,
        quantity: i64,
        note: Option<String>,
        currency: Currency,
    }

    #[derive(Deserialize)]
    struct V3 {
        sku: String,
        quantity: i64,
        currency: Currency,
    }

    pub(super) fn read(version: u32, payload: &[u8]) -> Option<LineAdded> {
        let second = |old: V1| V2 {
            code: old.code,
            quantity: old.quantity,
            note: old.note,
            currency: Currency::Gbp,
        };
        let third = |old: V2| {
            drop(old.note);
            V3 {
                sku: old.code,
                quantity: old.quantity,
                currency: old.currency,
            }
        };
        let fourth = |old: V3| {
            Some(LineAdded {
                sku: old.sku,
                quantity: pieces(old.quantity).ok()?,
                currency: old.currency,
            })
        };
        // By position, serde would read an array as well.
        if payload.trim_ascii_start().starts_with(b"[") {
            return None;
        }
        match version {
            1 => fourth(third(second(serde_json::from_slice(payload).ok()?))),
            2 => fourth(third(serde_json::from_slice(payload).ok()?)),
            3 => fourth(serde_json::from_slice(payload).ok()?),
            4 => serde_json::from_slice(payload).ok(),
            _ => None,
        }
    }
}

fn recorded(event_type: &str, version: u32, payload: Vec<u8>) -> RecordedEvent {
    let mut event = raw::event(event_type, version, "");
    event.payload = payload;
    let stream = StreamId::new("Order", "7").unwrap();
    RecordedEvent::new(
        Position::from_raw(3),
        stream,
        Version::new(2),
        Timestamp::UNIX_EPOCH,
        event,
    )
}

/// Bytes, JSON of any kind, and JSON that is nearly right.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-2_i64..300).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        prop_oneof!["gbp", "eur", "Gbp"].prop_map(Value::from),
        Just(json!([])),
        Just(json!({"Gbp": null})),
    ];
    let key = prop_oneof![
        Just("code".to_owned()),
        Just("sku".to_owned()),
        Just("quantity".to_owned()),
        Just("currency".to_owned()),
        Just("note".to_owned()),
        "[a-z]{0,3}",
    ];
    // Written by hand, so that a key may come twice.
    let object = vec((key, scalar.clone()), 0..7).prop_map(|fields| {
        let fields: Vec<_> = fields
            .into_iter()
            .map(|(key, value)| format!("{}:{value}", Value::from(key)))
            .collect();
        format!("{{{}}}", fields.join(",")).into_bytes()
    });
    let right = ("[a-z0-9]{0,6}", 0_i64..260, any::<bool>()).prop_map(|(sku, quantity, gbp)| {
        let currency = if gbp { "gbp" } else { "eur" };
        let all = json!({
            "code": sku, "sku": sku, "quantity": quantity, "currency": currency, "note": null
        });
        all.to_string().into_bytes()
    });
    let torn = (right.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(
        |(mut bytes, at, byte)| {
            let at = at.index(bytes.len());
            if byte < 128 {
                bytes.truncate(at);
            } else {
                bytes[at] = byte;
            }
            bytes
        },
    );
    let nested = (0_usize..3_000).prop_map(|depth| vec![b'['; depth]);
    let sequence = vec(scalar, 0..5).prop_map(|items| Value::from(items).to_string().into_bytes());
    prop_oneof![
        1 => vec(any::<u8>(), 0..40),
        1 => nested,
        1 => sequence,
        3 => object,
        3 => right,
        2 => torn,
    ]
}

/// Every cause, from the outermost in.
fn told(error: &DecodeError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_stored_is_read_as_by_hand_or_refused_by_name(
        version in 0_u32..7,
        payload in payload(),
    ) {
        let event = recorded("LineAdded", version, payload.clone());
        match (decode::<LineAdded>(&event), by_hand::read(version, &payload)) {
            (Ok(ours), Some(by_hand)) => prop_assert_eq!(ours, by_hand),
            (Ok(ours), None) => prop_assert!(false, "read as {ours:?}, by hand it is refused"),
            (Err(error), Some(by_hand)) => {
                prop_assert!(false, "{}, by hand it is {by_hand:?}", told(&error));
            }
            (Err(error), None) => {
                let text = told(&error);
                let named = format!(
                    "event `LineAdded` (schema version {version}), version 2 of stream Order/7, \
                     cannot be decoded: "
                );
                prop_assert!(text.starts_with(&named), "{text}");
                match &*error.problem {
                    DecodeProblem::NewerVersion { known } => {
                        prop_assert!(version > 4 && known.get() == 4);
                    }
                    DecodeProblem::NoUpcaster { known } => {
                        prop_assert!(version == 0 && known.get() == 1);
                    }
                    DecodeProblem::Upcast { from, to, field, .. } => {
                        prop_assert_eq!((from.get(), to.get(), &**field), (3, 4, "quantity"));
                    }
                    DecodeProblem::Payload { source, .. } => {
                        // A value of the wrong kind is in a field, unless the whole payload is.
                        let object = payload.trim_ascii_start().starts_with(b"{");
                        if source.is_data() && object {
                            prop_assert!(error.field().is_some(), "{text}");
                        }
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
            }
        }
    }

    #[test]
    fn no_other_name_is_taken_for_it(name in "[A-Za-z]{1,12}", payload in payload()) {
        prop_assume!(name != "LineAdded");
        let error = decode::<LineAdded>(&recorded(&name, 4, payload)).unwrap_err();
        let unknown = matches!(&*error.problem, DecodeProblem::UnknownEvent { .. });
        prop_assert!(unknown, "{}", told(&error));
    }
}

/// Found by the test above: which field is which would depend on the order they are declared in.
#[test]
fn an_array_is_not_read_by_position() {
    for (version, payload) in [(2, r#"["a",1,null,"gbp"]"#), (4, r#" ["a",1,"gbp"]"#)] {
        let event = recorded("LineAdded", version, payload.as_bytes().to_vec());
        let error = decode::<LineAdded>(&event).unwrap_err();
        assert!(
            told(&error).ends_with("at its top level: invalid type: sequence, expected an object"),
            "{}",
            told(&error)
        );
    }
}
