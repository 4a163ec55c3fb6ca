//! Comparing two shapes place by place.

use std::collections::BTreeMap;

use super::{
    change::{Change, ChangeKind},
    fit::{Nature, fit, is_optional},
    order::Compatibility,
    tree::{Node, OBJECT, is_reordered, type_at, without_optional},
};
use crate::{Block, Key, Path, Type};

/// What differs between two shapes of one event version, sorted by path.
pub(super) fn changes(old: &Block, new: &Block) -> Vec<Change> {
    let mut walk = Walk::default();
    walk.place(&Node::of(old), OBJECT, &Node::of(new), OBJECT);
    walk.changes
        .sort_by_cached_key(|change| change.path.to_string());
    walk.changes
}

/// A walk through both trees at once.
#[derive(Default)]
struct Walk {
    path: Vec<Key>,
    changes: Vec<Change>,
}

/// The type that is around a key, in the old and the new shape.
#[derive(Clone, Copy)]
struct Around<'a> {
    old: &'a Type,
    new: &'a Type,
}

impl Around<'_> {
    fn old_is_strict(self) -> bool {
        matches!(without_optional(self.old), Type::Object { strict: true })
    }

    fn new_is_strict(self) -> bool {
        matches!(without_optional(self.new), Type::Object { strict: true })
    }
}

impl Walk {
    /// One place; the types are those that the line around it says, if it has none of its own.
    fn place(&mut self, old: &Node<'_>, old_ty: &Type, new: &Node<'_>, new_ty: &Type) {
        if old == new {
            return;
        }
        let has_line = old.line.is_some() || new.line.is_some();
        let (old_ty, old_may_be_missing) = old.line.unwrap_or((old_ty, false));
        let (new_ty, new_may_be_missing) = new.line.unwrap_or((new_ty, false));
        if old_may_be_missing != new_may_be_missing {
            self.presence(old_ty, new_ty, new_may_be_missing);
        }
        if has_line && old_ty != new_ty && !self.types(old_ty, new_ty) {
            return;
        }
        self.parts(
            old,
            new,
            Around {
                old: old_ty,
                new: new_ty,
            },
        );
    }

    fn presence(&mut self, old: &Type, new: &Type, may_be_missing: bool) {
        let (compatibility, reason) = if may_be_missing {
            if is_optional(old) {
                (
                    Compatibility::BOTH,
                    "old programs read a missing key as `null`",
                )
            } else {
                (Compatibility::READS_OLD_DATA, "old programs need the key")
            }
        } else if is_optional(new) {
            (Compatibility::BOTH, "a missing key is read as `null`")
        } else {
            (
                Compatibility::READABLE_BY_OLD_PROGRAMS,
                "it may be missing in old data",
            )
        };
        self.push(
            ChangeKind::Presence { may_be_missing },
            compatibility,
            reason,
        );
    }

    /// Whether what lies in the place can still be compared.
    fn types(&mut self, old: &Type, new: &Type) -> bool {
        let (was, is) = (old.clone(), new.clone());
        let is_variant = matches!(self.path.last(), Some(Key::Variant(_)));
        if is_variant && (is_unit(old) != is_unit(new)) {
            let reason = "a variant with content is written otherwise than one without";
            self.push(
                ChangeKind::Retyped { was, is },
                Compatibility::NEITHER,
                reason,
            );
            return false;
        }
        let fit = fit(old, new);
        let kind = match fit.nature {
            Nature::Same | Nature::Retyped => ChangeKind::Retyped { was, is },
            Nature::Strictness => ChangeKind::Strictness { was, is },
            Nature::Tagging => ChangeKind::Tagging { was, is },
            Nature::Length => ChangeKind::Length { was, is },
        };
        let reason = if fit.reasons.is_empty() {
            "it is written the same way".to_owned()
        } else {
            fit.reasons.join("; ")
        };
        self.push(kind, fit.compatibility, reason);
        fit.same_parts
    }

    fn parts(&mut self, old: &Node<'_>, new: &Node<'_>, around: Around<'_>) {
        if is_reordered(old, around.old, new, around.new) {
            let reason = "the first variant that fits may be another";
            self.push(ChangeKind::Reordered, Compatibility::NEITHER, reason);
            return;
        }
        let nothing = Node::default();
        let mut unmatched: BTreeMap<_, Unmatched<'_>> = BTreeMap::new();
        for (&key, old_part) in &old.parts {
            let new_part = new.parts.get(key);
            if new_part.is_none() && is_named(key) {
                let look = (matches!(key, Key::Variant(_)), old_part);
                unmatched.entry(look).or_default().gone.push(key);
            } else {
                self.part(key, old_part, new_part.unwrap_or(&nothing), around);
            }
        }
        for (&key, new_part) in &new.parts {
            if old.parts.contains_key(key) {
                continue;
            }
            if is_named(key) {
                let look = (matches!(key, Key::Variant(_)), new_part);
                unmatched.entry(look).or_default().added.push(key);
            } else {
                self.part(key, &nothing, new_part, around);
            }
        }
        for ((_, node), unmatched) in unmatched {
            self.unmatched(node, &unmatched, around);
        }
    }

    fn part(&mut self, key: &Key, old: &Node<'_>, new: &Node<'_>, around: Around<'_>) {
        self.path.push(key.clone());
        self.place(old, type_at(around.old, key), new, type_at(around.new, key));
        self.path.pop();
    }

    fn unmatched(&mut self, node: &Node<'_>, unmatched: &Unmatched<'_>, around: Around<'_>) {
        let (ty, may_be_missing) = node.line.unwrap_or((OBJECT, false));
        let optional = may_be_missing || is_optional(ty);
        if let ([gone], [added]) = (unmatched.gone.as_slice(), unmatched.added.as_slice()) {
            self.path.push((*added).clone());
            self.renamed(gone);
            self.path.pop();
            return;
        }
        for &key in &unmatched.gone {
            self.path.push(key.clone());
            self.removed(key, ty, optional, around);
            self.path.pop();
        }
        for &key in &unmatched.added {
            self.path.push(key.clone());
            self.added(key, ty, optional, around);
            self.path.pop();
        }
    }

    fn renamed(&mut self, gone: &Key) {
        let (kind, reason) = match gone {
            Key::Variant(from) => (
                ChangeKind::VariantRenamed { from: from.clone() },
                format!("old data and old programs have it as `{from}`"),
            ),
            Key::Name(from) => (
                ChangeKind::FieldRenamed { from: from.clone() },
                format!("old data and old programs have it as `{from}`"),
            ),
            Key::Element | Key::Value | Key::Part(_) => return,
        };
        self.push(kind, Compatibility::NEITHER, reason);
    }

    fn added(&mut self, key: &Key, ty: &Type, optional: bool, around: Around<'_>) {
        let is = ty.clone();
        if let Key::Variant(_) = key {
            let reason = "old programs do not know the variant";
            self.push(
                ChangeKind::VariantAdded { is },
                Compatibility::READS_OLD_DATA,
                reason,
            );
            return;
        }
        let strict = around.old_is_strict();
        let reason = match (optional, strict) {
            (true, false) => "old data may do without it, and old programs pass over it",
            (true, true) => "old programs refuse unknown keys",
            (false, false) => "old data do not have it",
            (false, true) => "old data do not have it; old programs refuse unknown keys",
        };
        let compatibility = Compatibility::new(optional, !strict);
        self.push(ChangeKind::FieldAdded { is }, compatibility, reason);
    }

    fn removed(&mut self, key: &Key, ty: &Type, optional: bool, around: Around<'_>) {
        let was = ty.clone();
        if let Key::Variant(_) = key {
            let reason = "old data may hold it";
            let compatibility = Compatibility::READABLE_BY_OLD_PROGRAMS;
            self.push(ChangeKind::VariantRemoved { was }, compatibility, reason);
            return;
        }
        let strict = around.new_is_strict();
        let reason = match (optional, strict) {
            (true, false) => "old data's value is passed over, and old programs do without it",
            (true, true) => "old data may have it, and unknown keys are refused",
            (false, false) => "old programs need it",
            (false, true) => "old data have it, and unknown keys are refused; old programs need it",
        };
        let compatibility = Compatibility::new(!strict, optional);
        self.push(ChangeKind::FieldRemoved { was }, compatibility, reason);
    }

    fn push(&mut self, kind: ChangeKind, compatibility: Compatibility, reason: impl Into<String>) {
        self.changes.push(Change {
            path: Path(self.path.clone()),
            kind,
            compatibility,
            reason: reason.into(),
        });
    }
}

/// What a variant without content is.
fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Scalar(word) if word == "unit")
}

/// Fields or variants that look the same and are in one shape only.
#[derive(Default)]
struct Unmatched<'a> {
    gone: Vec<&'a Key>,
    added: Vec<&'a Key>,
}

fn is_named(key: &Key) -> bool {
    matches!(key, Key::Name(_) | Key::Variant(_))
}
