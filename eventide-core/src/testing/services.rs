//! Which services an aggregate is tested with, known to the compiler.

/// The services for a decision in a test are known.
#[diagnostic::on_unimplemented(
    message = "this aggregate needs its services `{S}` to decide",
    label = "decides without services",
    note = "say `.with_services(..)` before"
)]
pub trait HasServices<S> {
    /// The services.
    fn services(&self) -> &S;
}

/// No services were given: enough for an aggregate that needs none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoServices;

impl HasServices<()> for NoServices {
    fn services(&self) -> &() {
        &()
    }
}

/// These services were given.
#[derive(Debug, Clone, Copy)]
pub struct WithServices<S>(pub(super) S);

impl<S> HasServices<S> for WithServices<S> {
    fn services(&self) -> &S {
        &self.0
    }
}
