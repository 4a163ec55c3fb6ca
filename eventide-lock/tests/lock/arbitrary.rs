//! Any lock there can be.

use std::collections::BTreeMap;

use eventide_lock::{Block, Golden, Key, Line, Lock, Path, Reading, Tagging, Type};
use proptest::{collection::vec, option, prelude::*};

/// A name: mostly plain, sometimes any text at all, sometimes a word that means something elsewhere.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z][a-zA-Z0-9_-]{0,6}",
        2 => any::<String>(),
        1 => prop::sample::select(vec![
            "", ".", "#", "nothing", "event", "golden", "reads", "a b", "\"", "\\", "\n", "=======", "?:",
        ])
        .prop_map(str::to_owned),
    ]
}

fn tagging() -> impl Strategy<Value = Tagging> {
    prop_oneof![
        Just(Tagging::External),
        Just(Tagging::Untagged),
        name().prop_map(Tagging::Internal),
        (name(), name()).prop_map(|(tag, content)| Tagging::Adjacent(tag, content)),
    ]
}

pub(crate) fn ty() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "u8", "u32", "i64", "f64", "string", "decimal", "unit", "x-1_y"
        ])
        .prop_map(|word| Type::Scalar(word.to_owned())),
        name().prop_map(Type::Opaque),
        any::<bool>().prop_map(|strict| Type::Object { strict }),
        tagging().prop_map(Type::Enum),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new).boxed();
        prop_oneof![
            boxed.clone().prop_map(Type::Optional),
            boxed.clone().prop_map(Type::List),
            (boxed.clone(), any::<u64>()).prop_map(|(inner, length)| Type::Array(inner, length)),
            (boxed.clone(), boxed).prop_map(|(key, value)| Type::Map(key, value)),
            vec(inner, 0..4).prop_map(Type::Tuple),
        ]
    })
}

pub(crate) fn path() -> impl Strategy<Value = Path> {
    let key = prop_oneof![
        3 => name().prop_map(Key::Name),
        1 => Just(Key::Element),
        1 => Just(Key::Value),
        1 => any::<u32>().prop_map(Key::Part),
        1 => name().prop_map(Key::Variant),
    ];
    vec(key, 0..5).prop_map(Path)
}

pub(crate) fn line() -> impl Strategy<Value = Line> {
    (path(), ty(), any::<bool>()).prop_map(|(path, ty, may_be_missing)| Line {
        path,
        ty,
        may_be_missing,
    })
}

fn payload() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| serde_json::json!({ "text": text }).to_string())
}

fn golden() -> impl Strategy<Value = Golden> {
    let reading = (name(), 1..u32::MAX, payload()).prop_map(|(event, version, payload)| Reading {
        event,
        version,
        payload,
    });
    (payload(), option::of(vec(reading, 0..3)))
        .prop_map(|(payload, reads)| Golden { payload, reads })
}

fn block() -> impl Strategy<Value = Block> {
    let version = prop_oneof![1..5_u32, 1..u32::MAX];
    let shape = (vec(line(), 0..6), vec(golden(), 0..3));
    (name(), version, any::<bool>(), shape).prop_map(
        |(event, version, published, (lines, goldens))| {
            let lines: BTreeMap<_, _> =
                lines.into_iter().map(|l| (l.path.to_string(), l)).collect();
            Block {
                event,
                version,
                published,
                lines: lines.into_values().collect(),
                goldens,
            }
        },
    )
}

/// A lock, sorted, with no two blocks or lines of the same.
pub(crate) fn lock() -> impl Strategy<Value = Lock> {
    (name(), vec(block(), 0..4)).prop_map(|(domain, blocks)| {
        let blocks = blocks
            .into_iter()
            .map(|b| ((b.event.clone(), b.version), b));
        Lock {
            domain,
            blocks: blocks.collect::<BTreeMap<_, _>>().into_values().collect(),
        }
    })
}
