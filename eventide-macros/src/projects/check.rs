//! What a block does with which event.

use super::ev10;
use super::model::Handler;
use crate::block::Block;
use crate::diagnostics::Errors;
use crate::names::shown;

/// What the block does with each event; `None` if the block cannot handle any.
pub(super) fn handled(block: &Block, errors: &mut Errors) -> Option<Vec<Handler>> {
    if let Some(of_trait) = &block.of_trait {
        let message = format!(
            "EV10: the methods of trait `{}` handle nothing\nput `#[projects]` on a block of their own: `impl {} {{ .. }}`",
            shown(of_trait),
            shown(&block.me),
        );
        errors.at(of_trait, message);
        return None;
    }
    if !block.generics.params.is_empty() {
        let message = "EV10: a block of handlers has no parameters, for a projection has none";
        errors.at(&block.generics, message);
        return None;
    }
    let mut handlers: Vec<Handler> = Vec::new();
    for method in &block.methods {
        if let Some(handler) = ev10::handler(method, &block.me, errors)
            && ev04_is_first(&handler, &handlers, errors)
        {
            handlers.push(handler);
        }
    }
    Some(handlers)
}

/// Refuses a second handler for an event in the same block. Those under `#[cfg(..)]` may exclude
/// each other; the compiler sees the ones that are left.
fn ev04_is_first(handler: &Handler, before: &[Handler], errors: &mut Errors) -> bool {
    let event = shown(&handler.event);
    let alone = |handler: &Handler| handler.cfgs.is_empty();
    let mut certain = before.iter().filter(|other| alone(other) && alone(handler));
    let Some(first) = certain.find(|other| shown(&other.event) == event) else {
        return true;
    };
    let name = &first.name;
    let message = format!("EV04: `{event}` is already handled by `fn {name}`\nkeep one of the two");
    errors.at(&handler.event, message);
    false
}
