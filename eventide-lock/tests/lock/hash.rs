//! Hashes of what was read are those that the compiler makes of the same shape.

use eventide_lock::{
    Line, Path, Type,
    hash::{self, fnv1a, path, ty},
};
use proptest::prelude::*;

use crate::arbitrary;

#[test]
fn every_kind_of_type_is_hashed_by_the_function_of_its_kind() {
    let u8 = ty::scalar("u8");
    for (text, hash) in [
        ("u8", u8),
        ("opaque \"u8\"", ty::opaque("u8")),
        ("u8?", ty::optional(u8)),
        ("[u8]", ty::list(u8)),
        ("[u8; 3]", ty::array(u8, 3)),
        ("{string: u8}", ty::map(ty::scalar("string"), u8)),
        ("()", ty::TUPLE),
        (
            "(u8, object)",
            ty::tuple_with(ty::tuple_with(ty::TUPLE, u8), ty::OBJECT),
        ),
        ("strict object", ty::STRICT_OBJECT),
        ("enum", ty::ENUM),
        ("untagged enum", ty::UNTAGGED_ENUM),
        ("enum by \"a\"", ty::enum_by("a")),
        ("enum by \"a\" with \"b\"", ty::enum_by_with("a", "b")),
    ] {
        assert_eq!(text.parse::<Type>().unwrap().hash(), hash, "{text}");
    }
}

#[test]
fn every_kind_of_key_is_hashed_by_the_function_of_its_kind() {
    let lines = path::key(path::ROOT, fnv1a(b"lines"));
    for (text, hash) in [
        (".", path::ROOT),
        ("lines", lines),
        ("lines[]", path::element(lines)),
        ("lines{}", path::value(lines)),
        ("lines#1", path::part(lines, 1)),
        (
            "lines|\"part paid\"",
            path::variant(lines, fnv1a(b"part paid")),
        ),
        (".|0", path::variant(path::ROOT, fnv1a(b"0"))),
        (
            "lines[].sku",
            path::key(path::element(lines), fnv1a(b"sku")),
        ),
    ] {
        assert_eq!(text.parse::<Path>().unwrap().hash(), hash, "{text}");
    }
}

#[test]
fn a_line_is_hashed_with_whether_its_key_may_be_missing() {
    let line: Line = "lines?: [u8]".parse().unwrap();
    let lines = path::key(path::ROOT, fnv1a(b"lines"));
    assert_eq!(
        line.hash(),
        hash::line(lines, ty::list(ty::scalar("u8")), true)
    );
}

proptest! {
    #[test]
    fn different_texts_have_different_hashes(a in arbitrary::line(), b in arbitrary::line()) {
        prop_assert_eq!(a.path.to_string() == b.path.to_string(), a.path.hash() == b.path.hash());
        prop_assert_eq!(a.ty.to_string() == b.ty.to_string(), a.ty.hash() == b.ty.hash());
        prop_assert_eq!(a.to_string() == b.to_string(), a.hash() == b.hash());
    }
}
