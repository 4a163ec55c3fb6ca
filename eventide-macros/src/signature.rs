//! What a method takes.

use syn::{Receiver, ReceiverKind, ReturnType, Signature, Type, TypeReference};

/// How a method takes `self`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// `&self`
    Shared,
    /// `&mut self`
    Exclusive,
    /// `self`, `self: Box<Self>`
    Other,
}

impl Access {
    pub(crate) fn of(receiver: &Receiver) -> Self {
        match &receiver.kind {
            ReceiverKind::Reference(_, _, None) => Self::Shared,
            ReceiverKind::Reference(_, _, Some(_)) => Self::Exclusive,
            _ => Self::Other,
        }
    }
}

/// The reference that `ty` is, seen through the parentheses a macro may have put around it.
pub(crate) fn reference(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Reference(reference) => Some(reference),
        Type::Group(group) => reference(&group.elem),
        Type::Paren(paren) => reference(&paren.elem),
        _ => None,
    }
}

/// The type that is written behind `->`.
pub(crate) fn returned(signature: &Signature) -> Option<&Type> {
    match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(ty),
    }
}
