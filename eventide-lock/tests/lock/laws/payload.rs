//! A shape that is written and read without the crate, by the rules of serde.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A shape that can be written and read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Scalar(&'static str),
    Optional(Box<Shape>),
    List(Box<Shape>),
    Array(Box<Shape>, u8),
    Map(Box<Shape>),
    Tuple(Vec<Shape>),
    Object(bool, BTreeMap<&'static str, (bool, Shape)>),
    Enum(BTreeMap<&'static str, Shape>),
    Untagged(Vec<Shape>),
}

use Shape::{Array, Enum, List, Map as MapOf, Object, Optional, Scalar, Tuple, Untagged};

const UUID: &str = "6a2f41a3-c54c-4b1a-8f0e-1d2c3b4a5968";

/// Every value of a scalar that tells it from the others.
fn scalars(word: &str) -> Vec<Value> {
    match word {
        "u8" => vec![json!(0), json!(u8::MAX)],
        "u16" => vec![json!(0), json!(u16::MAX)],
        "i16" => vec![json!(i16::MIN), json!(i16::MAX)],
        "i64" => vec![json!(i64::MIN), json!(i64::MAX)],
        "u64" => vec![json!(0), json!(u64::MAX)],
        "f64" => vec![json!(0.5), json!(-2.0)],
        "uuid" => vec![json!(UUID)],
        "string" => vec![json!(""), json!(UUID)],
        "unit" => vec![Value::Null],
        _ => vec![json!(true)],
    }
}

/// Some payloads of a shape, among them those at its edges.
pub(super) fn written(shape: &Shape) -> Vec<Value> {
    match shape {
        Scalar(word) => scalars(word),
        Optional(inner) => [vec![Value::Null], written(inner)].concat(),
        List(inner) => {
            let inner = written(inner);
            let one = inner.iter().map(|value| json!([value]));
            one.chain([json!([]), json!(inner)]).collect()
        }
        Array(inner, length) => {
            let inner = written(inner);
            inner
                .iter()
                .map(|value| json!(vec![value; usize::from(*length)]))
                .collect()
        }
        MapOf(inner) => {
            let inner = written(inner);
            inner
                .iter()
                .map(|value| json!({ "key": value }))
                .chain([json!({})])
                .collect()
        }
        Tuple(parts) => each(&parts.iter().map(written).collect::<Vec<_>>())
            .into_iter()
            .map(Value::Array)
            .collect(),
        Object(_, fields) => {
            let choices = fields.values().map(|(may_be_missing, shape)| {
                let mut values: Vec<Option<Value>> = written(shape).into_iter().map(Some).collect();
                values.extend(may_be_missing.then_some(None));
                values
            });
            let rows = each(&choices.collect::<Vec<_>>());
            rows.into_iter()
                .map(|row| {
                    let fields = fields.keys().zip(row);
                    let present =
                        fields.filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
                    Value::Object(present.collect())
                })
                .collect()
        }
        Enum(variants) => variants
            .iter()
            .flat_map(|(name, shape)| match shape {
                Scalar("unit") => vec![json!(name)],
                shape => written(shape)
                    .into_iter()
                    .map(|value| json!({ *name: value }))
                    .collect(),
            })
            .collect(),
        Untagged(variants) => variants.iter().flat_map(written).collect(),
    }
}

/// Rows in which every choice of every column stands at least once.
fn each<T: Clone>(columns: &[Vec<T>]) -> Vec<Vec<T>> {
    let rows = columns.iter().map(Vec::len).max().unwrap_or(1);
    if columns.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    (0..rows)
        .map(|row| {
            columns
                .iter()
                .map(|column| column[row % column.len()].clone())
                .collect()
        })
        .collect()
}

/// Whether a program of that shape reads the payload, by serde's rules.
pub(super) fn reads(shape: &Shape, value: &Value) -> bool {
    let within = |low: i128, high: i128| {
        let integer = value
            .as_i64()
            .map(i128::from)
            .or(value.as_u64().map(i128::from));
        integer.is_some_and(|integer| (low..=high).contains(&integer))
    };
    match shape {
        Scalar("u8") => within(0, u8::MAX.into()),
        Scalar("u16") => within(0, u16::MAX.into()),
        Scalar("i16") => within(i16::MIN.into(), i16::MAX.into()),
        Scalar("i64") => within(i64::MIN.into(), i64::MAX.into()),
        Scalar("u64") => within(0, u64::MAX.into()),
        Scalar("f64") => value.is_number(),
        Scalar("string") => value.is_string(),
        Scalar("uuid") => value == UUID,
        Scalar("unit") => value.is_null(),
        Scalar(_) => value.is_boolean(),
        Optional(inner) => value.is_null() || reads(inner, value),
        List(inner) => value
            .as_array()
            .is_some_and(|a| a.iter().all(|v| reads(inner, v))),
        Array(inner, length) => value
            .as_array()
            .is_some_and(|a| a.len() == usize::from(*length) && a.iter().all(|v| reads(inner, v))),
        MapOf(inner) => value
            .as_object()
            .is_some_and(|m| m.values().all(|v| reads(inner, v))),
        Tuple(parts) => value.as_array().is_some_and(|a| {
            a.len() == parts.len() && parts.iter().zip(a).all(|(part, v)| reads(part, v))
        }),
        Object(strict, fields) => value.as_object().is_some_and(|object| {
            let known = object.keys().all(|key| fields.contains_key(key.as_str()));
            (known || !strict)
                && fields
                    .iter()
                    .all(|(name, field)| reads_field(object, name, field))
        }),
        Enum(variants) => variants.iter().any(|(name, shape)| match shape {
            Scalar("unit") => value == name,
            shape => value.as_object().is_some_and(|object| {
                object.len() == 1 && object.get(*name).is_some_and(|v| reads(shape, v))
            }),
        }),
        Untagged(variants) => variants.iter().any(|shape| reads(shape, value)),
    }
}

fn reads_field(
    object: &Map<String, Value>,
    name: &str,
    (may_be_missing, shape): &(bool, Shape),
) -> bool {
    match object.get(name) {
        Some(value) => reads(shape, value),
        None => *may_be_missing || matches!(shape, Optional(_)),
    }
}
