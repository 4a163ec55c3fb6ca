//! What a method's signature looks like, and what its author probably meant.

use syn::{FnArg, Ident, PatType, Receiver, Signature, Type, TypeReference};

use crate::signature::{Access, reference, returned};

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
            returned: returned(signature),
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
