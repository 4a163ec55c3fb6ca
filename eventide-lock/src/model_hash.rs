//! Hashes made at run time, equal to those that the compiler makes of the same shape.

use crate::{
    Block, Key, Line, Path, Tagging, Type,
    hash::{self, fnv1a, path, ty},
};

impl Type {
    /// The hash of the type alone: of an object or enum without what is in it.
    ///
    /// ```
    /// use eventide_lock::{Type, hash::ty};
    ///
    /// assert_eq!("[u32]".parse::<Type>()?.hash(), ty::list(ty::scalar("u32")));
    /// # Ok::<(), eventide_lock::Malformed>(())
    /// ```
    pub fn hash(&self) -> u64 {
        match self {
            Self::Scalar(word) => ty::scalar(word),
            Self::Opaque(name) => ty::opaque(name),
            Self::Optional(inner) => ty::optional(inner.hash()),
            Self::List(inner) => ty::list(inner.hash()),
            Self::Array(inner, length) => ty::array(inner.hash(), *length),
            Self::Map(key, value) => ty::map(key.hash(), value.hash()),
            Self::Tuple(parts) => parts
                .iter()
                .fold(ty::TUPLE, |tuple, part| ty::tuple_with(tuple, part.hash())),
            Self::Object { strict: false } => ty::OBJECT,
            Self::Object { strict: true } => ty::STRICT_OBJECT,
            Self::Enum(Tagging::External) => ty::ENUM,
            Self::Enum(Tagging::Untagged) => ty::UNTAGGED_ENUM,
            Self::Enum(Tagging::Internal(tag)) => ty::enum_by(tag),
            Self::Enum(Tagging::Adjacent(tag, content)) => ty::enum_by_with(tag, content),
        }
    }
}

impl Path {
    /// The hash of the path alone.
    ///
    /// ```
    /// use eventide_lock::{Path, hash::{fnv1a, path}};
    ///
    /// assert_eq!("note".parse::<Path>()?.hash(), path::key(path::ROOT, fnv1a(b"note")));
    /// # Ok::<(), eventide_lock::Malformed>(())
    /// ```
    pub fn hash(&self) -> u64 {
        self.0.iter().fold(path::ROOT, |parent, key| match key {
            Key::Name(name) => path::key(parent, fnv1a(name.as_bytes())),
            Key::Element => path::element(parent),
            Key::Value => path::value(parent),
            Key::Part(index) => path::part(parent, u64::from(*index)),
            Key::Variant(name) => path::variant(parent, fnv1a(name.as_bytes())),
        })
    }
}

impl Line {
    /// The hash of the line: of its path, its type, and whether its key may be missing.
    pub fn hash(&self) -> u64 {
        hash::line(self.path.hash(), self.ty.hash(), self.may_be_missing)
    }
}

impl Block {
    /// The hash of the shape: the wrapping sum over its lines, whatever their order.
    ///
    /// ```
    /// # let lock = eventide_lock::Lock::parse("format 1\ndomain d\nevent E 1\n  a: u8\n  b: u8\n")?;
    /// let mut block = lock.blocks[0].clone();
    /// let hash = block.hash();
    /// block.lines.reverse();
    /// assert_eq!(block.hash(), hash);
    /// # Ok::<(), eventide_lock::ParseError>(())
    /// ```
    pub fn hash(&self) -> u64 {
        self.lines.iter().map(Line::hash).fold(0, u64::wrapping_add)
    }
}
