use proc_macro2::Span;
use syn::{Attribute, Ident, Type};

/// A method that handles an event.
pub(super) struct Handler {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) name: Ident,
    pub(super) event: Type,
    /// It takes several events at once.
    pub(super) takes_several: bool,
    /// What it takes behind the event, in order.
    pub(super) more: Vec<Argument>,
    pub(super) is_async: bool,
    /// What it gives; `None` if that is nothing.
    pub(super) returned: Option<Type>,
    /// What it does, as text.
    pub(super) code: String,
    /// It is not of the form it must be.
    pub(super) broken: bool,
}

/// What a handler takes beside the event, and where it says so.
#[derive(Clone, Copy)]
pub(super) enum Argument {
    /// How the event was recorded.
    Recorded(Span),
    /// What it writes with.
    Tx(Span),
}
