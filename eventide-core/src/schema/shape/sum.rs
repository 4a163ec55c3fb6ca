//! The hash of a shape, made by the compiler: the same number that the lock's block of the same
//! lines has.

use eventide_lock::hash::{line, path};

use super::{Field, Kind, TypeShape};

impl TypeShape {
    /// The wrapping sum of the hashes of [its lines](Self::lines).
    pub(crate) const fn sum(&self) -> u64 {
        let root = match self.kind {
            Kind::Object { strict: false, .. } => 0,
            _ => line(path::ROOT, self.word, false),
        };
        root.wrapping_add(inside(self, path::ROOT))
    }
}

/// The lines of what is inside a value at `at`.
const fn inside(shape: &TypeShape, at: u64) -> u64 {
    match shape.kind {
        Kind::Scalar(_) | Kind::Opaque(_) => 0,
        Kind::Optional(inner) => inside(inner, at),
        Kind::List(inner) | Kind::Array(inner, _) => inside(inner, path::element(at)),
        Kind::Map(key, value) => {
            inside(key, path::part(at, 0)).wrapping_add(inside(value, path::value(at)))
        }
        Kind::Tuple(parts) => {
            let (mut sum, mut index, mut rest) = (0_u64, 0, parts);
            while let [part, more @ ..] = rest {
                sum = sum.wrapping_add(inside(part, path::part(at, index)));
                index += 1;
                rest = more;
            }
            sum
        }
        Kind::Object { fields, .. } => {
            let beside = Beside {
                sum: 0,
                unnamed: 0,
                at,
            };
            beside.and(fields, false).sum
        }
        Kind::Enum { variants, .. } => {
            let (mut sum, mut rest) = (0_u64, variants);
            while let [variant, more @ ..] = rest {
                let at = path::variant(at, variant.name_hash);
                sum = sum
                    .wrapping_add(line(at, variant.shape.word, false))
                    .wrapping_add(inside(variant.shape, at));
                rest = more;
            }
            sum
        }
    }
}

/// The fields that stand beside one another in one object.
struct Beside {
    sum: u64,
    /// How many flat fields have no names of their own to give.
    unnamed: u64,
    /// Where the object is.
    at: u64,
}

impl Beside {
    const fn and(mut self, mut fields: &[Field], may_be_missing: bool) -> Self {
        while let [field, rest @ ..] = fields {
            let may_be_missing = may_be_missing || field.may_be_missing;
            self = if field.flat {
                self.and_flat(field.shape, may_be_missing)
            } else {
                let at = path::key(self.at, field.name_hash);
                self.and_line(at, field.shape, may_be_missing)
            };
            fields = rest;
        }
        self
    }

    const fn and_flat(mut self, shape: &TypeShape, may_be_missing: bool) -> Self {
        match shape.kind {
            Kind::Optional(inner) => self.and_flat(inner, true),
            Kind::Object { fields, .. } => self.and(fields, may_be_missing),
            _ => {
                let mut at = path::value(self.at);
                if self.unnamed > 0 {
                    at = path::part(at, self.unnamed);
                }
                self.unnamed += 1;
                self.and_line(at, shape, may_be_missing)
            }
        }
    }

    const fn and_line(mut self, at: u64, shape: &TypeShape, may_be_missing: bool) -> Self {
        self.sum = self
            .sum
            .wrapping_add(line(at, shape.word, may_be_missing))
            .wrapping_add(inside(shape, at));
        self
    }
}
