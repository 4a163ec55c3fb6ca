//! What a function's signature looks like.

use syn::{FnArg, GenericParam, Ident, PatType, Receiver, Safety, Signature, Type, TypeReference};

use crate::diagnostics::Errors;
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

/// Whether a signature stands for one event: it has no parameters but lifetimes (EV10).
pub(crate) fn is_of_one_event(signature: &Signature, errors: &mut Errors) -> bool {
    let name = &signature.ident;
    let mut parameters = signature.generics.params.iter();
    let plain = parameters.all(|it| matches!(it, GenericParam::Lifetime(_)));
    if !plain {
        let message = format!("EV10: `fn {name}` has type parameters\nname the one event it takes");
        errors.at(&signature.generics, message);
    }
    plain
}

/// Refuses `unsafe fn` (EV10): `called` says what is called by safe code.
pub(crate) fn is_safe(signature: &Signature, called: &str, errors: &mut Errors) {
    if let Safety::Unsafe(token) = &signature.safety {
        let name = &signature.ident;
        let message =
            format!("EV10: `fn {name}` is `unsafe`, but {called} are called by safe code");
        errors.at(token, message);
    }
}

impl Form<'_> {
    /// What it gives, if that can be named (EV10).
    pub(crate) fn named_return(&self, errors: &mut Errors) -> Option<Type> {
        let Some(Type::ImplTrait(hidden)) = self.returned else {
            return self.returned.cloned();
        };
        let name = self.name();
        let wrong = format!("EV10: the return type of `fn {name}` names no type");
        errors.at(
            hidden,
            format!("{wrong}\nwrite the type of what it returns"),
        );
        None
    }
}
