//! A shape as a lock.

use eventide_lock::{Block, Key, Line, Lock, Path, Tagging, Type};

use super::payload::Shape::{
    self, Array, Enum, List, Map as MapOf, Object, Optional, Scalar, Tuple, Untagged,
};

/// The type of a shape, and in `lines` what has lines of its own.
fn ty(shape: &Shape, path: &[Key], lines: &mut Vec<Line>) -> Type {
    let at = |key| [path, &[key]].concat();
    let mut line = |key, may_be_missing, shape: &Shape| {
        let path = at(key);
        let ty = ty(shape, &path, lines);
        lines.push(Line {
            path: Path(path),
            ty,
            may_be_missing,
        });
    };
    match shape {
        Scalar(word) => Type::Scalar((*word).to_owned()),
        Optional(inner) => Type::Optional(Box::new(ty(inner, path, lines))),
        List(inner) => Type::List(Box::new(ty(inner, &at(Key::Element), lines))),
        Array(inner, length) => Type::Array(
            Box::new(ty(inner, &at(Key::Element), lines)),
            u64::from(*length),
        ),
        MapOf(inner) => {
            let inner = ty(inner, &at(Key::Value), lines);
            Type::Map(Box::new(Type::Scalar("string".to_owned())), Box::new(inner))
        }
        Tuple(parts) => {
            let parts = (0..)
                .zip(parts)
                .map(|(i, part)| ty(part, &at(Key::Part(i)), lines));
            Type::Tuple(parts.collect())
        }
        Object(strict, fields) => {
            for (name, (may_be_missing, shape)) in fields {
                line(Key::Name((*name).to_owned()), *may_be_missing, shape);
            }
            Type::Object { strict: *strict }
        }
        Enum(variants) => {
            for (name, shape) in variants {
                line(Key::Variant((*name).to_owned()), false, shape);
            }
            Type::Enum(Tagging::External)
        }
        Untagged(variants) => {
            for (number, shape) in variants.iter().enumerate() {
                line(Key::Variant(number.to_string()), false, shape);
            }
            Type::Enum(Tagging::Untagged)
        }
    }
}

pub(super) fn lock(shape: &Shape) -> Lock {
    let mut lines = Vec::new();
    let ty = ty(shape, &[], &mut lines);
    lines.push(Line {
        path: Path::default(),
        ty,
        may_be_missing: false,
    });
    let block = Block {
        event: "Placed".to_owned(),
        version: 1,
        published: false,
        lines,
        goldens: Vec::new(),
    };
    Lock {
        domain: "shop".to_owned(),
        blocks: vec![block],
    }
}
