//! EV10: methods that are not of the form a handler must have. Everything that is wrong with one is
//! said; what comes back is what was probably meant.

use syn::spanned::Spanned;
use syn::{GenericArgument, PathArguments, Type};

use super::model::{Argument, Handler};
use crate::block::Method;
use crate::code;
use crate::diagnostics::Errors;
use crate::form::{Form, is_of_one_event, is_safe};
use crate::names::shown;
use crate::signature::{Access, reference};

pub(super) fn handler(method: &Method, me: &Type, errors: &mut Errors) -> Option<Handler> {
    let before = errors.len();
    let signature = &method.signature;
    let name = &signature.ident;
    let Some(form) = Form::of(signature) else {
        let message = format!(
            "EV10: `fn {name}` takes no event\nif it handles nothing, move it to an `impl {}` block without `#[projects]`",
            shown(me),
        );
        errors.at(name, message);
        return None;
    };
    if !is_of_one_event(signature, errors) {
        return None;
    }
    is_safe(signature, "handlers", errors);
    let (event, takes_several) = event(&form);
    shares_self(&form, &event, errors);
    takes_an_event(&form, &event, errors);
    let more = more(&form, takes_several, errors);
    let returned = form.named_return(errors);
    Some(Handler {
        cfgs: method.cfgs.clone(),
        name: name.clone(),
        event,
        takes_several,
        more,
        is_async: signature.asyncness.is_some(),
        returned,
        code: code::text(signature, &method.body),
        broken: errors.len() > before,
    })
}

/// The event it takes, and whether it takes several of them: `&[Occurred<'_, OrderPlaced>]`.
fn event(form: &Form<'_>) -> (Type, bool) {
    let event = form.event();
    let Type::Slice(slice) = event else {
        return (event.clone(), false);
    };
    let inner = occurred(&slice.elem).unwrap_or(&slice.elem);
    (inner.clone(), true)
}

/// The event of `Occurred<'_, E>`.
fn occurred(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.next().filter(|_| last.ident == "Occurred")
}

/// How the method is written, if it is right.
fn right(form: &Form<'_>, event: &Type) -> String {
    let (name, event) = (form.name(), shown(event));
    format!("write `async fn {name}(&self, event: &{event}, ..)`")
}

fn shares_self(form: &Form<'_>, event: &Type, errors: &mut Errors) {
    let name = form.name();
    let wrong = match form.receiver {
        None => "has no `self`",
        Some(receiver) => match Access::of(receiver) {
            Access::Shared => return,
            Access::Exclusive => "takes `&mut self`, but what it remembers it writes",
            Access::Other => "takes `self` by value",
        },
    };
    let message = format!("EV10: `fn {name}` {wrong}\n{}", right(form, event));
    match form.receiver {
        Some(receiver) => errors.at(receiver, message),
        None => errors.at(name, message),
    }
}

fn takes_an_event(form: &Form<'_>, event: &Type, errors: &mut Errors) {
    let (name, right) = (form.name(), right(form, event));
    let event = shown(event);
    if let Type::Slice(slice) = form.event()
        && occurred(&slice.elem).is_none()
    {
        let message = format!(
            "EV10: `fn {name}` takes several events without their records\nwrite `&[Occurred<'_, {event}>]`"
        );
        errors.at(slice, message);
    }
    let wrong = match form.reference() {
        None => "by value",
        Some(reference) if reference.mutability.is_some() => "by `&mut`",
        Some(_) => return,
    };
    let message = format!("EV10: `fn {name}` takes event `{event}` {wrong}\n{right}");
    errors.at(form.argument, message);
}

fn more(form: &Form<'_>, takes_several: bool, errors: &mut Errors) -> Vec<Argument> {
    let name = form.name();
    let mut more = Vec::new();
    for argument in &form.more {
        let span = argument.ty.span();
        let is_record = reference(&argument.ty).is_some_and(|it| is_recorded(&it.elem));
        let next = match (is_record, more.last()) {
            (true, None) if takes_several => {
                let message = format!(
                    "EV10: `fn {name}` takes several events and one record\neach `Occurred` has its own: `it.recorded`"
                );
                errors.at(&argument.ty, message);
                continue;
            }
            (true, None) => Argument::Recorded(span),
            (false, None | Some(Argument::Recorded(_))) => Argument::Tx(span),
            _ => {
                let message = format!(
                    "EV10: `fn {name}` takes more than an event, its record and what it writes with\nkeep in `self` what it needs besides"
                );
                errors.at(&argument.ty, message);
                continue;
            }
        };
        more.push(next);
    }
    more
}

fn is_recorded(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let last = path.path.segments.last();
    last.is_some_and(|it| it.ident == "RecordedEvent")
}
