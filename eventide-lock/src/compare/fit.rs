//! How two types of one place go together.

use super::{order::Compatibility, scalar, tree::without_optional};
use crate::Type;

/// How two types of one place go together, without what stands in lines of its own.
pub(super) struct Fit {
    pub(super) nature: Nature,
    pub(super) compatibility: Compatibility,
    /// What lies in the place can still be compared.
    pub(super) same_parts: bool,
    pub(super) reasons: Vec<&'static str>,
}

/// In what the types differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    Same,
    Retyped,
    Strictness,
    Tagging,
    Length,
}

impl Fit {
    const SAME: Self = Self {
        nature: Nature::Same,
        compatibility: Compatibility::BOTH,
        same_parts: true,
        reasons: Vec::new(),
    };

    fn new(nature: Nature, compatibility: Compatibility, reason: &'static str) -> Self {
        Self {
            nature,
            compatibility,
            same_parts: compatibility != Compatibility::NEITHER,
            reasons: vec![reason],
        }
    }

    fn wider(nature: Nature, reason: &'static str) -> Self {
        Self::new(nature, Compatibility::READS_OLD_DATA, reason)
    }

    fn tighter(nature: Nature, reason: &'static str) -> Self {
        Self::new(nature, Compatibility::READABLE_BY_OLD_PROGRAMS, reason)
    }

    fn broken(nature: Nature, reason: &'static str) -> Self {
        Self::new(nature, Compatibility::NEITHER, reason)
    }

    fn and(mut self, other: Self) -> Self {
        self.nature = match (self.nature, other.nature) {
            (Nature::Same, nature) | (nature, Nature::Same) => nature,
            (a, b) if a == b => a,
            _ => Nature::Retyped,
        };
        self.compatibility = self.compatibility.and(other.compatibility);
        self.same_parts &= other.same_parts;
        for reason in other.reasons {
            if !self.reasons.contains(&reason) {
                self.reasons.push(reason);
            }
        }
        self
    }
}

/// How the new type goes together with the old one.
pub(super) fn fit(old: &Type, new: &Type) -> Fit {
    let (inner_old, inner_new) = (without_optional(old), without_optional(new));
    let null = match (is_optional(old), is_optional(new)) {
        (false, true) => Fit::wider(
            Nature::Retyped,
            "`null` may be written, which old programs refuse",
        ),
        (true, false) => Fit::tighter(Nature::Retyped, "`null` may be stored, and is refused"),
        _ => Fit::SAME,
    };
    not_null(inner_old, inner_new).and(null)
}

pub(super) fn is_optional(ty: &Type) -> bool {
    matches!(ty, Type::Optional(_))
}

fn not_null(old: &Type, new: &Type) -> Fit {
    match (old, new) {
        _ if old == new => Fit::SAME,
        (Type::Scalar(old), Type::Scalar(new)) => scalars(old, new),
        (Type::List(old), Type::List(new)) => fit(old, new),
        (Type::Map(old_key, old), Type::Map(new_key, new)) => {
            fit(old_key, new_key).and(fit(old, new))
        }
        (Type::Array(old, was), Type::Array(new, is)) if was == is => fit(old, new),
        (Type::Array(..), Type::Array(..)) => {
            Fit::broken(Nature::Length, "an array of another length is refused")
        }
        (Type::Array(old, _), Type::List(new)) => fit(old, new).and(Fit::wider(
            Nature::Length,
            "other lengths may be written, which old programs refuse",
        )),
        (Type::List(old), Type::Array(new, _)) => fit(old, new).and(Fit::tighter(
            Nature::Length,
            "other lengths may be stored, and are refused",
        )),
        (Type::Tuple(old), Type::Tuple(new)) if old.len() == new.len() => old
            .iter()
            .zip(new)
            .map(|(old, new)| fit(old, new))
            .fold(Fit::SAME, Fit::and),
        (Type::Tuple(_), Type::Tuple(_)) => {
            Fit::broken(Nature::Length, "a tuple of another length is refused")
        }
        (Type::Object { .. }, Type::Object { strict: true }) => Fit::new(
            Nature::Strictness,
            Compatibility::BOTH,
            "the keys in the lock are accepted, others are now refused",
        ),
        (Type::Object { .. }, Type::Object { strict: false }) => Fit::new(
            Nature::Strictness,
            Compatibility::BOTH,
            "unknown keys are passed over",
        ),
        (Type::Enum(_), Type::Enum(_)) => {
            Fit::broken(Nature::Tagging, "variants are told apart in another way")
        }
        _ => Fit::broken(Nature::Retyped, "neither is read as the other"),
    }
}

fn scalars(old: &str, new: &str) -> Fit {
    let text = old == "string" || new == "string";
    if scalar::holds(new, old) {
        Fit::wider(
            Nature::Retyped,
            if text {
                "any text may be written, which old programs refuse"
            } else {
                "every old value fits; old programs may refuse a new one"
            },
        )
    } else if scalar::holds(old, new) {
        Fit::tighter(
            Nature::Retyped,
            if text {
                "other texts may be stored, and are refused"
            } else {
                "values that do not fit may be stored, and are refused"
            },
        )
    } else {
        Fit::broken(Nature::Retyped, "neither is read as the other")
    }
}
