//! Hashes of shapes, made in const evaluation from types and at run time from the lock's text: the
//! same functions, so that equal shapes have equal hashes.
//!
//! A shape's hash is the wrapping sum of the hashes of its lines, so that the order of fields does
//! not count. A line's hash is that of its path, its type, and whether its key may be missing.

/// FNV-1a (Fowler, Noll, Vo), 64 bits.
pub const fn fnv1a(bytes: &[u8]) -> u64 {
    fnv1a_from(0xcbf2_9ce4_8422_2325, bytes)
}

/// FNV-1a, continued from `hash`.
pub const fn fnv1a_from(mut hash: u64, mut bytes: &[u8]) -> u64 {
    while let [byte, rest @ ..] = bytes {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        bytes = rest;
    }
    hash
}

/// Two hashes made one; the order counts. The finalizer of `SplitMix64` (Steele, Lea, Flood, 2014).
const fn mix(a: u64, b: u64) -> u64 {
    let mut z = a.rotate_left(17) ^ b.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Types: what stands right of the colon.
pub mod ty {
    use super::{fnv1a, mix};

    /// `object`
    pub const OBJECT: u64 = mix(1, 1);
    /// `strict object`
    pub const STRICT_OBJECT: u64 = mix(1, 2);
    /// `enum`
    pub const ENUM: u64 = mix(1, 3);
    /// `untagged enum`
    pub const UNTAGGED_ENUM: u64 = mix(1, 4);
    /// `()`: what a tuple's hash starts from.
    pub const TUPLE: u64 = mix(1, 5);

    /// `u32`
    pub const fn scalar(word: &str) -> u64 {
        mix(2, fnv1a(word.as_bytes()))
    }

    /// `opaque "name"`
    pub const fn opaque(name: &str) -> u64 {
        mix(3, fnv1a(name.as_bytes()))
    }

    /// `T?`
    pub const fn optional(inner: u64) -> u64 {
        mix(4, inner)
    }

    /// `[T]`
    pub const fn list(inner: u64) -> u64 {
        mix(5, inner)
    }

    /// `[T; 3]`
    pub const fn array(inner: u64, length: u64) -> u64 {
        mix(mix(6, inner), length)
    }

    /// `{K: V}`
    pub const fn map(key: u64, value: u64) -> u64 {
        mix(mix(7, key), value)
    }

    /// `(A, B)`: one more part of a tuple.
    pub const fn tuple_with(tuple: u64, part: u64) -> u64 {
        mix(mix(8, tuple), part)
    }

    /// `enum by "type"`
    pub const fn enum_by(tag: &str) -> u64 {
        mix(9, fnv1a(tag.as_bytes()))
    }

    /// `enum by "type" with "content"`
    pub const fn enum_by_with(tag: &str, content: &str) -> u64 {
        mix(mix(10, fnv1a(tag.as_bytes())), fnv1a(content.as_bytes()))
    }
}

/// Paths: what stands left of the colon.
pub mod path {
    use super::mix;

    /// `.`: the payload itself.
    pub const ROOT: u64 = mix(20, 0);

    /// `path.name`, by the FNV-1a of the name.
    pub const fn key(path: u64, name: u64) -> u64 {
        mix(mix(21, path), name)
    }

    /// `path[]`: an element of a list or array.
    pub const fn element(path: u64) -> u64 {
        mix(22, path)
    }

    /// `path{}`: a value of a map.
    pub const fn value(path: u64) -> u64 {
        mix(23, path)
    }

    /// `path#1`: a part of a tuple, from 0.
    pub const fn part(path: u64, index: u64) -> u64 {
        mix(mix(24, path), index)
    }

    /// `path|name`: a variant of an enum, by the FNV-1a of its name; of an untagged one by that of
    /// its number, from 0, in decimal digits.
    pub const fn variant(path: u64, name: u64) -> u64 {
        mix(mix(25, path), name)
    }
}

/// `path: type`, or `path?: type` if the key may be missing.
pub const fn line(path: u64, ty: u64, may_be_missing: bool) -> u64 {
    mix(mix(if may_be_missing { 31 } else { 30 }, path), ty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hashed_by_fnv_1a() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn what_is_nested_otherwise_is_hashed_otherwise() {
        let word = ty::scalar("u32");
        assert_ne!(ty::list(ty::optional(word)), ty::optional(ty::list(word)));
        assert_ne!(path::element(path::ROOT), path::value(path::ROOT));
        assert_ne!(line(path::ROOT, word, true), line(path::ROOT, word, false));
    }
}
