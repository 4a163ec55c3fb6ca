//! One place in a payload that differs.

use std::fmt;

use super::order::Compatibility;
use crate::{Key, Path, Type};

/// One place in a payload that is not the same in both locks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Where, in the new lock; of what is gone, in the old one.
    pub path: Path,
    /// What differs.
    pub kind: ChangeKind,
    /// What it means.
    pub compatibility: Compatibility,
    /// Why it means that, in one short sentence.
    pub reason: String,
}

/// What differs in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// The field is new.
    FieldAdded {
        /// Its type.
        is: Type,
    },
    /// The field is gone.
    FieldRemoved {
        /// Its type.
        was: Type,
    },
    /// A field of another name is gone, and was the only one that looked the same: a guess.
    FieldRenamed {
        /// Its old name.
        from: String,
    },
    /// The type is another.
    Retyped {
        /// The old type.
        was: Type,
        /// The new type.
        is: Type,
    },
    /// Whether the key may be missing is not the same.
    Presence {
        /// It may be missing in the new lock.
        may_be_missing: bool,
    },
    /// The variant is new.
    VariantAdded {
        /// The type of its content.
        is: Type,
    },
    /// The variant is gone.
    VariantRemoved {
        /// The type of its content.
        was: Type,
    },
    /// A variant of another name is gone, and was the only one that looked the same: a guess.
    VariantRenamed {
        /// Its old name.
        from: String,
    },
    /// The variants of an untagged enum are the same, and are tried in another order.
    Reordered,
    /// The variants of an enum are told apart in another way.
    Tagging {
        /// The old type.
        was: Type,
        /// The new type.
        is: Type,
    },
    /// Whether unknown keys are refused is not the same.
    Strictness {
        /// The old type.
        was: Type,
        /// The new type.
        is: Type,
    },
    /// A tuple or array has another length.
    Length {
        /// The old type.
        was: Type,
        /// The new type.
        is: Type,
    },
}

impl ChangeKind {
    /// One word for programs, such as `field_added`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::FieldAdded { .. } => "field_added",
            Self::FieldRemoved { .. } => "field_removed",
            Self::FieldRenamed { .. } => "field_renamed",
            Self::Retyped { .. } => "retyped",
            Self::Presence { .. } => "presence",
            Self::VariantAdded { .. } => "variant_added",
            Self::VariantRemoved { .. } => "variant_removed",
            Self::VariantRenamed { .. } => "variant_renamed",
            Self::Reordered => "reordered",
            Self::Tagging { .. } => "tagging",
            Self::Strictness { .. } => "strictness",
            Self::Length { .. } => "length",
        }
    }
}

/// What differs, without what it means: ``field `note` is new: `string` ``.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.path.0.last() {
            Some(Key::Variant(_)) => "variant",
            None => "the payload",
            _ => "field",
        };
        f.write_str(what)?;
        if !self.path.0.is_empty() {
            write!(f, " `{}`", self.path)?;
        }
        match &self.kind {
            ChangeKind::FieldAdded { is } | ChangeKind::VariantAdded { is } => {
                write!(f, " is new: `{is}`")
            }
            ChangeKind::FieldRemoved { was } | ChangeKind::VariantRemoved { was } => {
                write!(f, " is gone: it was `{was}`")
            }
            ChangeKind::FieldRenamed { from } | ChangeKind::VariantRenamed { from } => {
                write!(f, " seems to be `{from}` renamed")
            }
            ChangeKind::Presence {
                may_be_missing: true,
            } => f.write_str(" may now be missing"),
            ChangeKind::Presence {
                may_be_missing: false,
            } => f.write_str(" may no longer be missing"),
            ChangeKind::Reordered => f.write_str(" tries the same variants in another order"),
            ChangeKind::Retyped { was, is }
            | ChangeKind::Tagging { was, is }
            | ChangeKind::Strictness { was, is }
            | ChangeKind::Length { was, is } => write!(f, " was `{was}`, is `{is}`"),
        }
    }
}
