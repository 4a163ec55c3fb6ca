//! Any shape, and the same with something changed.

use proptest::{collection::vec, prelude::*, sample::select};

use super::payload::Shape::{
    self, Array, Enum, List, Map as MapOf, Object, Optional, Scalar, Tuple, Untagged,
};

fn names() -> impl Strategy<Value = &'static str> {
    select(vec!["a", "b", "c"])
}

pub(super) fn shapes() -> impl Strategy<Value = Shape> {
    let words = vec![
        "u8", "u16", "i16", "i64", "u64", "f64", "uuid", "string", "unit", "bool",
    ];
    select(words)
        .prop_map(Scalar)
        .prop_recursive(3, 12, 3, |inner| {
            let boxed = || inner.clone().prop_map(Box::new);
            let fields = prop::collection::btree_map(names(), (any::<bool>(), inner.clone()), 0..3);
            prop_oneof![
                boxed().prop_map(Optional),
                boxed().prop_map(List),
                (boxed(), 0..3_u8).prop_map(|(inner, length)| Array(inner, length)),
                boxed().prop_map(MapOf),
                vec(inner.clone(), 0..3).prop_map(Tuple),
                (any::<bool>(), fields).prop_map(|(strict, fields)| Object(strict, fields)),
                prop::collection::btree_map(names(), inner.clone(), 1..3).prop_map(Enum),
                vec(inner.clone(), 1..3).prop_map(Untagged),
            ]
        })
}

/// A shape with one of its places changed: the one that `steps` lead to.
pub(super) fn edited(shape: &Shape, steps: &[usize], put: &Shape) -> Shape {
    let Some((&step, rest)) = steps.split_first() else {
        return match (shape, put) {
            (Object(strict, fields), _) => {
                let mut fields = fields.clone();
                if fields.remove("b").is_none() {
                    fields.insert("b", (false, put.clone()));
                }
                Object(*strict, fields)
            }
            (Enum(variants), _) => {
                let mut variants = variants.clone();
                variants.insert("c", put.clone());
                Enum(variants)
            }
            _ => put.clone(),
        };
    };
    let inner = |inner: &Shape| Box::new(edited(inner, rest, put));
    match shape {
        Scalar(_) => edited(shape, &[], put),
        Optional(shape) if step % 4 == 0 => edited(shape, rest, put),
        Optional(shape) => Optional(inner(shape)),
        List(shape) if step % 4 == 0 => Array(shape.clone(), 1),
        List(shape) => List(inner(shape)),
        Array(shape, _) if step % 4 == 0 => List(shape.clone()),
        Array(shape, length) => Array(inner(shape), *length),
        MapOf(shape) => MapOf(inner(shape)),
        _ if step % 5 == 0 => Optional(Box::new(shape.clone())),
        Tuple(parts) => Tuple(parts.iter().map(|part| edited(part, rest, put)).collect()),
        Object(strict, fields) => {
            let mut fields = fields.clone();
            for (may_be_missing, shape) in fields.values_mut() {
                *may_be_missing ^= step % 3 == 0;
                *shape = edited(shape, rest, put);
            }
            Object(*strict ^ (step % 7 == 0), fields)
        }
        Enum(variants) => {
            let mut variants = variants.clone();
            for shape in variants.values_mut() {
                *shape = edited(shape, rest, put);
            }
            Enum(variants)
        }
        Untagged(variants) => {
            let mut variants: Vec<_> = variants.iter().map(|v| edited(v, rest, put)).collect();
            variants.push(put.clone());
            Untagged(variants)
        }
    }
}
