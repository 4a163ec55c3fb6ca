//! The lines of a block as the tree that their paths describe.

use std::collections::BTreeMap;

use crate::{Block, Key, Tagging, Type};

/// A place in a payload. Two nodes are equal if all below them is, whatever their own name.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node<'a> {
    /// The type and whether the key may be missing, if the place has a line of its own: elements,
    /// values and parts have none, their types stand in the line around them.
    pub(super) line: Option<(&'a Type, bool)>,
    pub(super) parts: BTreeMap<&'a Key, Node<'a>>,
}

impl<'a> Node<'a> {
    pub(super) fn of(block: &'a Block) -> Self {
        let mut root = Self::default();
        for line in &block.lines {
            let keys = line.path.0.iter();
            let node = keys.fold(&mut root, |node, key| node.parts.entry(key).or_default());
            node.line = Some((&line.ty, line.may_be_missing));
        }
        root
    }
}

/// What a place without a line is held to be: the payload of most events.
pub(super) const OBJECT: &Type = &Type::Object { strict: false };

/// The type at `key` in a value of type `parent`, if it stands in the same line.
pub(super) fn type_at<'a>(parent: &'a Type, key: &Key) -> &'a Type {
    match (without_optional(parent), key) {
        (Type::List(inner) | Type::Array(inner, _), Key::Element)
        | (Type::Map(_, inner), Key::Value) => inner,
        (Type::Tuple(parts), Key::Part(index)) => usize::try_from(*index)
            .ok()
            .and_then(|index| parts.get(index))
            .unwrap_or(OBJECT),
        _ => OBJECT,
    }
}

/// `T` of `T?`, `T??` and so on.
pub(super) fn without_optional(mut ty: &Type) -> &Type {
    while let Type::Optional(inner) = ty {
        ty = inner;
    }
    ty
}

/// Whether both are untagged enums of the same variants, to be tried in another order.
pub(super) fn is_reordered(old: &Node<'_>, old_ty: &Type, new: &Node<'_>, new_ty: &Type) -> bool {
    let untagged = &Type::Enum(Tagging::Untagged);
    if without_optional(old_ty) != untagged || without_optional(new_ty) != untagged {
        return false;
    }
    let (mut old, mut new) = (variants(old), variants(new));
    if old == new {
        return false;
    }
    old.sort_unstable();
    new.sort_unstable();
    old == new
}

/// The variants of an untagged enum in the order of their numbers.
fn variants<'n, 'a>(node: &'n Node<'a>) -> Vec<&'n Node<'a>> {
    let mut variants: Vec<(u64, &Node<'_>)> = node
        .parts
        .iter()
        .filter_map(|(key, part)| match key {
            Key::Variant(number) => Some((number.parse().unwrap_or(u64::MAX), part)),
            _ => None,
        })
        .collect();
    variants.sort_by_key(|&(number, _)| number);
    variants.into_iter().map(|(_, part)| part).collect()
}
