//! EV10: functions that are not of the form a fold must have. Everything that is wrong with one is
//! said; what comes back is what was probably meant.

use quote::ToTokens;
use syn::Type;
use syn::spanned::Spanned;

use super::model::{Function, Role};
use super::writes;
use crate::block::Method;
use crate::code;
use crate::diagnostics::Errors;
use crate::form::{Form, is_of_one_event, is_safe};
use crate::names::shown;
use crate::signature::{Access, reference};

pub(super) fn function(method: &Method, me: &Type, errors: &mut Errors) -> Option<Function> {
    let before = errors.len();
    let signature = &method.signature;
    let name = &signature.ident;
    let Some(form) = Form::of(signature) else {
        let message = format!(
            "EV10: `fn {name}` takes no event\nif it folds nothing, move it to an `impl {}` block without `#[folds]`",
            shown(me),
        );
        errors.at(name, message);
        return None;
    };
    if !is_of_one_event(signature, errors) {
        return None;
    }
    is_safe(signature, "folds", errors);
    let role = role(&form, errors);
    takes_an_event(&form, role, errors);
    takes_no_more(&form, errors);
    waits_for_nothing(&form, role, errors);
    Some(Function {
        cfgs: method.cfgs.clone(),
        name: name.clone(),
        role,
        event: form.event().clone(),
        recorded: form.more.first().map(|it| it.ty.span()),
        returned: form.named_return(errors),
        code: code::text(signature, &method.body),
        writes: writes::of(&method.body),
        broken: errors.len() > before,
    })
}

/// How the function is written, if it is right.
fn right(form: &Form<'_>, role: Role) -> String {
    let (name, event) = (form.name(), shown(form.event()));
    match role {
        Role::Fold => format!("write `fn {name}(&mut self, event: &{event})`"),
        Role::Key => {
            let key = form.returned.map_or_else(|| "Key".to_owned(), shown);
            format!("write `fn {name}(event: &{event}) -> {key}`")
        }
    }
}

fn role(form: &Form<'_>, errors: &mut Errors) -> Role {
    let name = form.name();
    let Some(receiver) = form.receiver else {
        if form.returned.is_some() {
            return Role::Key;
        }
        let wrong = format!("EV10: `fn {name}` has no `self` to fold into, and gives no key");
        errors.at(name, format!("{wrong}\n{}", right(form, Role::Fold)));
        return Role::Fold;
    };
    let gives_key = form.returned.is_some_and(|returned| !is_change(returned));
    let (role, wrong) = match Access::of(receiver) {
        Access::Exclusive => return Role::Fold,
        Access::Shared if gives_key => (
            Role::Key,
            "takes `&self`, but a key is named without a document",
        ),
        Access::Shared => (
            Role::Fold,
            "takes `&self`, but an event is folded into the document",
        ),
        Access::Other => (Role::Fold, "takes `self` by value"),
    };
    let right = right(form, role);
    errors.at(receiver, format!("EV10: `fn {name}` {wrong}\n{right}"));
    role
}

/// Whether a function that gives this probably folds.
fn is_change(returned: &Type) -> bool {
    let Type::Path(path) = returned else {
        return false;
    };
    let last = path.path.segments.last();
    last.is_some_and(|it| it.ident == "Change" || it.ident == "Result")
}

fn takes_an_event(form: &Form<'_>, role: Role, errors: &mut Errors) {
    let wrong = match form.reference() {
        None => "by value",
        Some(reference) if reference.mutability.is_some() => "by `&mut`",
        Some(_) => return,
    };
    let (name, event, right) = (form.name(), shown(form.event()), right(form, role));
    let message = format!("EV10: `fn {name}` takes event `{event}` {wrong}\n{right}");
    errors.at(form.argument, message);
}

fn takes_no_more(form: &Form<'_>, errors: &mut Errors) {
    let name = form.name();
    let mut more = form.more.iter();
    let is_record = |ty: &Type| reference(ty).is_some_and(|it| it.mutability.is_none());
    if let Some(other) = more.next().filter(|it| !is_record(&it.ty)) {
        let wrong = format!("EV10: the second argument of `fn {name}` is not the recorded event");
        let right = "write `recorded: &RecordedEvent`, or put the value into the event";
        errors.at(&other.ty, format!("{wrong}\n{right}"));
    }
    for surplus in more {
        let wrong = format!("EV10: `fn {name}` takes more than an event and its record");
        errors.at(
            &surplus.ty,
            format!(
                "{wrong}\nan event says everything that is folded from it: put the value into it"
            ),
        );
    }
}

fn waits_for_nothing(form: &Form<'_>, role: Role, errors: &mut Errors) {
    let Some(token) = &form.signature.asyncness else {
        return;
    };
    let (name, right) = (form.name(), right(form, role));
    let does = match role {
        Role::Key => "naming a key",
        Role::Fold => "folding an event",
    };
    let message = format!("EV10: `fn {name}` is `async`, but {does} waits for nothing\n{right}");
    errors.at(token.to_token_stream(), message);
}
