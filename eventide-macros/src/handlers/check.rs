//! Which methods of a block are its handlers.

use syn::{Path, Type};

use super::ev10;
use super::model::Handler;
use crate::block::{Block, Method};
use crate::diagnostics::Errors;
use crate::names::shown;

/// The handlers of a block, each command and event once; `None` if the block cannot have any.
pub(super) fn handlers(block: &Block, errors: &mut Errors) -> Option<Vec<Handler>> {
    if let Some(of_trait) = &block.of_trait {
        ev10_trait_impl(of_trait, &block.me, errors);
        return None;
    }
    if !block.generics.params.is_empty() {
        let message = "EV10: a block of handlers has no parameters, for an aggregate has none";
        errors.at(&block.generics, message);
        return None;
    }
    let mut handlers = Vec::new();
    for method in &block.methods {
        if let Some(handler) = handler(method, &block.me, errors)
            && ev04_is_first(&handler, &handlers, errors)
        {
            handlers.push(handler);
        }
    }
    Some(handlers)
}

fn ev10_trait_impl(of_trait: &Path, me: &Type, errors: &mut Errors) {
    let message = format!(
        "EV10: the methods of trait `{}` are no handlers\nput `#[handlers]` on a block of their own: `impl {} {{ .. }}`",
        shown(of_trait),
        shown(me),
    );
    errors.at(of_trait, message);
}

fn handler(method: &Method, me: &Type, errors: &mut Errors) -> Option<Handler> {
    let before = errors.len();
    let role = ev10::role(&method.signature, me, errors)?;
    Some(Handler {
        cfgs: method.cfgs.clone(),
        name: method.signature.ident.clone(),
        role,
        broken: errors.len() > before,
    })
}

/// Refuses a second handler for a command, or applier for an event, in the same block. Those under
/// `#[cfg(..)]` may exclude each other; the compiler sees the ones that are left.
fn ev04_is_first(handler: &Handler, before: &[Handler], errors: &mut Errors) -> bool {
    let message = shown(handler.role.message());
    let first = before.iter().find(|other| {
        other.cfgs.is_empty()
            && handler.cfgs.is_empty()
            && other.role.is_decide() == handler.role.is_decide()
            && shown(other.role.message()) == message
    });
    let Some(first) = first else { return true };
    let done = if handler.role.is_decide() {
        "handled"
    } else {
        "applied"
    };
    let text = format!(
        "EV04: `{message}` is already {done} by `fn {}`\nkeep one of the two",
        first.name,
    );
    errors.at(handler.role.message(), text);
    false
}
