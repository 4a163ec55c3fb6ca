//! What a function's signature looks like.

use syn::{FnArg, Ident, PatType, Receiver, Signature, Type, TypeReference};

use crate::signature::{reference, returned};

/// A function with an argument besides `self`.
pub(super) struct Form<'a> {
    pub(super) signature: &'a Signature,
    /// `None`: it has no `self`.
    pub(super) receiver: Option<&'a Receiver>,
    /// The first argument's type: a reference to an event's.
    pub(super) argument: &'a Type,
    pub(super) more: Vec<&'a PatType>,
    pub(super) returned: Option<&'a Type>,
}

impl<'a> Form<'a> {
    /// `None` if there is no argument.
    pub(super) fn of(signature: &'a Signature) -> Option<Self> {
        let mut typed = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(typed),
            FnArg::Receiver(_) => None,
        });
        let argument = &*typed.next()?.ty;
        Some(Self {
            signature,
            receiver: signature.receiver(),
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

    /// The type of the event.
    pub(super) fn event(&self) -> &'a Type {
        self.reference().map_or(self.argument, |it| &it.elem)
    }
}
