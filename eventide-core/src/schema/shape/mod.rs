//! What a type looks like on the wire, known without an instance.
//!
//! A shape is a tree of constants: the compiler hashes it and compares it with the lock, programs
//! write it out. Names of Rust types do not count, only what is stored does.

mod crates;
mod lines;
mod std;
mod sum;
#[cfg(test)]
mod tests;

use eventide_lock::hash;

/// A type that can stand in an event, and what it looks like on the wire. Derive it.
///
/// A type whose `Serialize` is written by hand is described by `#[shape(opaque = "name")]`: of it
/// only the name is compared.
#[diagnostic::on_unimplemented(
    message = "EV07: `{Self}` has no shape",
    label = "its wire form is not known",
    note = "put `#[derive(Shape)]` on `{Self}`, or `#[event(opaque = \"name\")]` on the field if it is not yours"
)]
pub trait Shape {
    /// The type as it goes over the wire.
    const SHAPE: &'static TypeShape;
}

/// A type as it goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeShape {
    kind: Kind,
    /// The hash of the type alone, as it stands right of a line's colon in the lock.
    word: u64,
}

/// What kind of value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A number, a text, a moment: one lower-case word.
    Scalar(&'static str),
    /// Only a name is known of it.
    Opaque(&'static str),
    /// The value, or `null`.
    Optional(&'static TypeShape),
    /// Any number of the same.
    List(&'static TypeShape),
    /// A fixed number of the same.
    Array(&'static TypeShape, u64),
    /// Values by key.
    Map(&'static TypeShape, &'static TypeShape),
    /// Several in a row.
    Tuple(&'static [&'static TypeShape]),
    /// Values by name.
    Object {
        /// Its fields, in the order they are declared.
        fields: &'static [Field],
        /// Unknown keys are refused.
        strict: bool,
    },
    /// One of several.
    Enum {
        /// How they are told apart.
        tagging: Tagging,
        /// The alternatives, in the order they are declared.
        variants: &'static [Variant],
    },
}

/// A field of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub(crate) name: &'static str,
    pub(crate) name_hash: u64,
    pub(crate) shape: &'static TypeShape,
    pub(crate) may_be_missing: bool,
    pub(crate) flat: bool,
}

/// A variant of an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    pub(crate) name: &'static str,
    pub(crate) name_hash: u64,
    /// Its content; the scalar `unit` if it has none.
    pub(crate) shape: &'static TypeShape,
}

/// How the variants of an enum are told apart, in serde's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tagging {
    /// `{"variant": content}`
    External,
    /// A key beside the content.
    Internal(&'static str),
    /// A key, and another for the content.
    Adjacent(&'static str, &'static str),
    /// The first variant that fits.
    Untagged,
}

impl TypeShape {
    /// A value without parts, such as `u32` or `string`: one lower-case word.
    pub const fn scalar(word: &'static str) -> Self {
        Self {
            kind: Kind::Scalar(word),
            word: hash::ty::scalar(word),
        }
    }

    /// A value of which only the name is known.
    pub const fn opaque(name: &'static str) -> Self {
        Self {
            kind: Kind::Opaque(name),
            word: hash::ty::opaque(name),
        }
    }

    /// The value, or `null`.
    pub const fn optional(inner: &'static Self) -> Self {
        Self {
            kind: Kind::Optional(inner),
            word: hash::ty::optional(inner.word),
        }
    }

    /// Any number of the same.
    pub const fn list(inner: &'static Self) -> Self {
        Self {
            kind: Kind::List(inner),
            word: hash::ty::list(inner.word),
        }
    }

    /// A fixed number of the same.
    pub const fn array(inner: &'static Self, length: u64) -> Self {
        Self {
            kind: Kind::Array(inner, length),
            word: hash::ty::array(inner.word, length),
        }
    }

    /// Values by key.
    pub const fn map(key: &'static Self, value: &'static Self) -> Self {
        Self {
            kind: Kind::Map(key, value),
            word: hash::ty::map(key.word, value.word),
        }
    }

    /// Several in a row.
    pub const fn tuple(parts: &'static [&'static Self]) -> Self {
        let mut word = hash::ty::TUPLE;
        let mut rest = parts;
        while let [part, more @ ..] = rest {
            word = hash::ty::tuple_with(word, part.word);
            rest = more;
        }
        Self {
            kind: Kind::Tuple(parts),
            word,
        }
    }

    /// Values by name.
    pub const fn object(fields: &'static [Field]) -> Self {
        Self {
            kind: Kind::Object {
                fields,
                strict: false,
            },
            word: hash::ty::OBJECT,
        }
    }

    /// Values by name; other names are refused.
    pub const fn strict_object(fields: &'static [Field]) -> Self {
        Self {
            kind: Kind::Object {
                fields,
                strict: true,
            },
            word: hash::ty::STRICT_OBJECT,
        }
    }

    /// One of several.
    pub const fn one_of(tagging: Tagging, variants: &'static [Variant]) -> Self {
        let word = match tagging {
            Tagging::External => hash::ty::ENUM,
            Tagging::Internal(tag) => hash::ty::enum_by(tag),
            Tagging::Adjacent(tag, content) => hash::ty::enum_by_with(tag, content),
            Tagging::Untagged => hash::ty::UNTAGGED_ENUM,
        };
        Self {
            kind: Kind::Enum { tagging, variants },
            word,
        }
    }

    /// What kind of value it is.
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The hash of the type alone: of an object or enum without what is in it.
    pub(crate) const fn word(&self) -> u64 {
        self.word
    }
}

impl Field {
    /// A field of type `T`; the hash of its name is made by the derive.
    pub const fn of<T: Shape>(name: &'static str, name_hash: u64) -> Self {
        Self::new(name, name_hash, T::SHAPE)
    }

    /// A field of that shape.
    pub const fn new(name: &'static str, name_hash: u64, shape: &'static TypeShape) -> Self {
        Self {
            name,
            name_hash,
            shape,
            may_be_missing: false,
            flat: false,
        }
    }

    /// Its key need not be there.
    #[must_use]
    pub const fn may_be_missing(mut self) -> Self {
        self.may_be_missing = true;
        self
    }

    /// Its own fields stand beside its neighbours: `#[serde(flatten)]`.
    #[must_use]
    pub const fn flat(mut self) -> Self {
        self.flat = true;
        self
    }
}

impl Variant {
    /// A variant with that content; of an untagged enum the name is its number, from 0.
    pub const fn new(name: &'static str, name_hash: u64, shape: &'static TypeShape) -> Self {
        Self {
            name,
            name_hash,
            shape,
        }
    }
}
