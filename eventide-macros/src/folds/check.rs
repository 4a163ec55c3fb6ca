//! What a block does with which event.

use syn::{Path, Type};

use super::ev10;
use super::model::{Folded, Function, Role};
use crate::block::Block;
use crate::diagnostics::Errors;
use crate::names::shown;

/// What the block does with each event; `None` if the block cannot fold any.
pub(super) fn folded(block: &Block, errors: &mut Errors) -> Option<Vec<Folded>> {
    if let Some(of_trait) = &block.of_trait {
        ev10_trait_impl(of_trait, &block.me, errors);
        return None;
    }
    if !block.generics.params.is_empty() {
        let message = "EV10: a block of folds has no parameters, for a view has none";
        errors.at(&block.generics, message);
        return None;
    }
    let mut functions: Vec<Function> = Vec::new();
    for method in &block.methods {
        if let Some(function) = ev10::function(method, &block.me, errors)
            && ev04_is_first(&function, &functions, errors)
        {
            functions.push(function);
        }
    }
    Some(by_event(functions, errors))
}

fn ev10_trait_impl(of_trait: &Path, me: &Type, errors: &mut Errors) {
    let message = format!(
        "EV10: the methods of trait `{}` fold nothing\nput `#[folds]` on a block of their own: `impl {} {{ .. }}`",
        shown(of_trait),
        shown(me),
    );
    errors.at(of_trait, message);
}

/// Refuses a second function for an event in the same block. Those under `#[cfg(..)]` may exclude
/// each other; the compiler sees the ones that are left.
fn ev04_is_first(function: &Function, before: &[Function], errors: &mut Errors) -> bool {
    let event = shown(&function.event);
    let first = before.iter().find(|other| {
        other.cfgs.is_empty()
            && function.cfgs.is_empty()
            && other.role == function.role
            && shown(&other.event) == event
    });
    let Some(first) = first else { return true };
    let what = match function.role {
        Role::Fold => format!("`{event}` is already folded"),
        Role::Key => format!("the key of `{event}` is already named"),
    };
    let name = &first.name;
    let message = format!("EV04: {what} by `fn {name}`\nkeep one of the two");
    errors.at(&function.event, message);
    false
}

/// Puts the functions of each event together. Whoever names the key of an event that nothing folds
/// is told so (EV06).
fn by_event(functions: Vec<Function>, errors: &mut Errors) -> Vec<Folded> {
    let (folds, keys): (Vec<_>, Vec<_>) = functions
        .into_iter()
        .partition(|function| function.role == Role::Fold);
    let is_of = |event: &Type| {
        let event = shown(event);
        move |function: &&Function| shown(&function.event) == event
    };
    let mut folded = Vec::new();
    for key in &keys {
        if folds.iter().any(|fold| is_of(&key.event)(&fold)) {
            continue;
        }
        let (name, event) = (&key.name, shown(&key.event));
        let message = format!(
            "EV06: `fn {name}` names the key of event `{event}`, but nothing folds it\nwrite `fn folded(&mut self, event: &{event})` in this block"
        );
        errors.at(&key.event, message);
        folded.push(Folded {
            event: key.event.clone(),
            fold: None,
            keys: vec![key.clone()],
        });
    }
    for fold in folds {
        folded.push(Folded {
            keys: keys.iter().filter(is_of(&fold.event)).cloned().collect(),
            event: fold.event.clone(),
            fold: Some(fold),
        });
    }
    folded
}
