//! What a method's signature looks like, and what its author probably meant.

use syn::{
    FnArg, Ident, PatType, Receiver, ReceiverKind, ReturnType, Signature, Type, TypeReference,
};

/// A method with `self` and an argument.
pub(super) struct Form<'a> {
    pub(super) signature: &'a Signature,
    pub(super) receiver: &'a Receiver,
    pub(super) access: Access,
    /// The first argument's type: a command's, or a reference to an event's.
    pub(super) argument: &'a Type,
    pub(super) more: Vec<&'a PatType>,
    pub(super) returned: Option<&'a Type>,
}

/// How a method takes `self`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// `&self`
    Shared,
    /// `&mut self`
    Exclusive,
    /// `self`, `self: Box<Self>`
    Other,
}

impl<'a> Form<'a> {
    /// `None` if there is no `self` or no argument.
    pub(super) fn of(signature: &'a Signature) -> Option<Self> {
        let mut inputs = signature.inputs.iter();
        let Some(FnArg::Receiver(receiver)) = inputs.next() else {
            return None;
        };
        let mut typed = inputs.filter_map(|input| match input {
            FnArg::Typed(typed) => Some(typed),
            FnArg::Receiver(_) => None,
        });
        let argument = &*typed.next()?.ty;
        Some(Self {
            signature,
            receiver,
            access: Access::of(receiver),
            argument,
            more: typed.collect(),
            returned: match &signature.output {
                ReturnType::Default => None,
                ReturnType::Type(_, ty) => Some(ty),
            },
        })
    }

    pub(super) fn name(&self) -> &'a Ident {
        &self.signature.ident
    }

    /// The argument's reference, if it is one.
    pub(super) fn reference(&self) -> Option<&'a TypeReference> {
        reference(self.argument)
    }

    /// The type of the command or event.
    pub(super) fn message(&self) -> &'a Type {
        self.reference().map_or(self.argument, |it| &it.elem)
    }

    /// Whether the method decides rather than applies: `self`, the argument and the return type
    /// have a vote each.
    pub(super) fn means_decide(&self) -> bool {
        let votes = [
            match self.access {
                Access::Shared => 1,
                Access::Exclusive => -1,
                Access::Other => 0,
            },
            if self.reference().is_none() { 1 } else { -1 },
            if self.returned.is_some() { 1 } else { -1 },
        ];
        votes.iter().sum::<i8>() >= 0
    }
}

impl Access {
    fn of(receiver: &Receiver) -> Self {
        match &receiver.kind {
            ReceiverKind::Reference(_, _, None) => Self::Shared,
            ReceiverKind::Reference(_, _, Some(_)) => Self::Exclusive,
            _ => Self::Other,
        }
    }
}

/// The reference that `ty` is, seen through the parentheses a macro may have put around it.
pub(super) fn reference(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Reference(reference) => Some(reference),
        Type::Group(group) => reference(&group.elem),
        Type::Paren(paren) => reference(&paren.elem),
        _ => None,
    }
}
