//! EV10: methods that are not of the form a handler must have. Everything that is wrong with a
//! method is said; the role that comes back is what was probably meant.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{GenericParam, Safety, Signature, Type};

use super::form::Form;
use super::model::Role;
use crate::diagnostics::Errors;
use crate::names::shown;
use crate::signature::{Access, reference};

pub(super) fn role(signature: &Signature, me: &Type, errors: &mut Errors) -> Option<Role> {
    let name = &signature.ident;
    let Some(form) = Form::of(signature) else {
        let lacks = match signature.receiver() {
            Some(_) => "takes neither a command nor an event",
            None => "has no `self`",
        };
        let message = format!(
            "EV10: `fn {name}` {lacks}\nif it is no handler, move it to an `impl {}` block without `#[handlers]`",
            shown(me),
        );
        errors.at(name, message);
        return None;
    };
    let mut parameters = signature.generics.params.iter();
    if parameters.any(|it| !matches!(it, GenericParam::Lifetime(_))) {
        let message = format!(
            "EV10: `fn {name}` has type parameters\nname the one command or event it takes"
        );
        errors.at(&signature.generics, message);
        return None;
    }
    if let Safety::Unsafe(token) = &signature.safety {
        let message =
            format!("EV10: `fn {name}` is `unsafe`, but handlers are called by safe code");
        errors.at(token, message);
    }
    Some(if form.means_decide() {
        decide(&form, errors)
    } else {
        apply(&form, errors)
    })
}

fn decide(form: &Form<'_>, errors: &mut Errors) -> Role {
    let name = form.name();
    let command = shown(form.message());
    let right = format!("write `fn {name}(&self, command: {command}) -> ..`");
    let wrong_self = match form.access {
        Access::Shared => None,
        Access::Exclusive => Some("takes `&mut self`, but deciding changes nothing"),
        Access::Other => Some("takes `self` by value"),
    };
    if let Some(wrong) = wrong_self {
        errors.at(form.receiver, format!("EV10: `fn {name}` {wrong}\n{right}"));
    }
    if form.reference().is_some() {
        let wrong = format!("EV10: `fn {name}` takes command `{command}` by reference");
        errors.at(form.argument, format!("{wrong}\n{right}"));
    }
    let mut more = form.more.iter();
    let context = more.next();
    if let Some(other) = context.filter(|it| reference(&it.ty).is_none()) {
        let wrong = format!("EV10: the second argument of `fn {name}` is not a context");
        let right = "write `ctx: &Context<Services>`, or put the value into the command";
        errors.at(&other.ty, format!("{wrong}\n{right}"));
    }
    for surplus in more {
        let wrong = format!("EV10: `fn {name}` takes more than a command and a context");
        errors.at(
            &surplus.ty,
            format!("{wrong}\nput the value into the command"),
        );
    }
    let outcome = match form.returned {
        Some(Type::ImplTrait(hidden)) => {
            let wrong = format!("EV10: the return type of `fn {name}` names no event");
            errors.at(
                hidden,
                format!("{wrong}\nwrite the type of what it returns"),
            );
            None
        }
        other => other.cloned(),
    };
    Role::Decide {
        command: form.message().clone(),
        outcome,
        context: context.map(|it| it.ty.span()),
        is_async: form.signature.asyncness.is_some(),
    }
}

fn apply(form: &Form<'_>, errors: &mut Errors) -> Role {
    let name = form.name();
    let event = shown(form.message());
    let right = format!("write `fn {name}(&mut self, event: &{event})`");
    let wrong_self = match form.access {
        Access::Exclusive => None,
        Access::Shared => Some("takes `&self`, but an event is folded into the state"),
        Access::Other => Some("takes `self` by value"),
    };
    if let Some(wrong) = wrong_self {
        errors.at(form.receiver, format!("EV10: `fn {name}` {wrong}\n{right}"));
    }
    let wrong_event = match form.reference() {
        None => Some("by value"),
        Some(reference) if reference.mutability.is_some() => Some("by `&mut`"),
        Some(_) => None,
    };
    if let Some(wrong) = wrong_event {
        let wrong = format!("EV10: `fn {name}` takes event `{event}` {wrong}");
        errors.at(form.argument, format!("{wrong}\n{right}"));
    }
    for surplus in &form.more {
        let wrong = format!("EV10: `fn {name}` takes more than an event");
        errors.at(
            &surplus.ty,
            format!("{wrong}\nan event says everything that is folded from it: put the value into `{event}`"),
        );
    }
    if let Some(returned) = form.returned {
        let wrong = format!(
            "EV10: `fn {name}` returns something, but an event happened and cannot be refused"
        );
        errors.at(returned, format!("{wrong}\n{right}"));
    }
    if let Some(token) = &form.signature.asyncness {
        let wrong = format!("EV10: `fn {name}` is `async`, but folding an event waits for nothing");
        errors.at(token.to_token_stream(), format!("{wrong}\n{right}"));
    }
    Role::Apply {
        event: form.message().clone(),
    }
}
