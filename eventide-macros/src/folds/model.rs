use proc_macro2::Span;
use syn::{Attribute, Ident, Type};

use super::writes::Writes;

/// What a block does with one event.
pub(super) struct Folded {
    pub(super) event: Type,
    /// `None`: nothing folds it, which has been said.
    pub(super) fold: Option<Function>,
    /// Who names its key: one, or several that exclude each other by `#[cfg(..)]`.
    pub(super) keys: Vec<Function>,
}

/// A function that folds an event or names its key.
#[derive(Clone)]
pub(super) struct Function {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) name: Ident,
    pub(super) role: Role,
    pub(super) event: Type,
    /// Where the type of the recorded event stands, if the function takes it.
    pub(super) recorded: Option<Span>,
    /// What it gives; `None` if that is nothing.
    pub(super) returned: Option<Type>,
    /// What it does, as text.
    pub(super) code: String,
    /// Which fields it writes.
    pub(super) writes: Writes,
    /// It is not of the form it must be; the role is what was probably meant.
    pub(super) broken: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// `fn country(event: &OrderPlaced) -> Country`
    Key,
    /// `fn placed(&mut self, event: &OrderPlaced)`
    Fold,
}
