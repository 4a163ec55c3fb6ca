use proc_macro2::Span;
use syn::{Attribute, Ident, Type};

/// A method that decides a command or applies an event.
pub(super) struct Handler {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) name: Ident,
    pub(super) role: Role,
    /// It is not of the form it must be; the role is what was probably meant.
    pub(super) broken: bool,
}

#[expect(
    clippy::large_enum_variant,
    reason = "there are few, and they live for one expansion"
)]
pub(super) enum Role {
    /// `fn place(&self, command: PlaceOrder, ctx: &Context<Services>) -> Outcome`
    Decide {
        command: Type,
        /// `None`: it returns nothing.
        outcome: Option<Type>,
        /// Where the context's type stands, if the method takes one.
        context: Option<Span>,
        is_async: bool,
    },
    /// `fn placed(&mut self, event: &OrderPlaced)`
    Apply { event: Type },
}

impl Role {
    /// The type of the command or event.
    pub(super) fn message(&self) -> &Type {
        match self {
            Self::Decide { command, .. } => command,
            Self::Apply { event } => event,
        }
    }

    pub(super) fn is_decide(&self) -> bool {
        matches!(self, Self::Decide { .. })
    }
}
