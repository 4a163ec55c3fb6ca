//! What a function's signature looks like.

use syn::{FnArg, Ident, PatType, Receiver, Signature, Type, TypeReference};

use crate::signature::{reference, returned};

/// A function with an argument besides `self`.
pub(crate) struct Form<'a> {
    pub(crate) signature: &'a Signature,
    /// `None`: it has no `self`.
    pub(crate) receiver: Option<&'a Receiver>,
    /// The first argument's type: a reference to an event's.
    pub(crate) argument: &'a Type,
    pub(crate) more: Vec<&'a PatType>,
    pub(crate) returned: Option<&'a Type>,
}

impl<'a> Form<'a> {
    /// `None` if there is no argument.
    pub(crate) fn of(signature: &'a Signature) -> Option<Self> {
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

    pub(crate) fn name(&self) -> &'a Ident {
        &self.signature.ident
    }

    /// The argument's reference, if it is one.
    pub(crate) fn reference(&self) -> Option<&'a TypeReference> {
        reference(self.argument)
    }

    /// The type of the event.
    pub(crate) fn event(&self) -> &'a Type {
        self.reference().map_or(self.argument, |it| &it.elem)
    }
}
