use super::parse::Parsed;
use crate::diagnostics::Errors;

/// Names every key that is missing, in one message.
pub(super) fn required(parsed: &Parsed, errors: &mut Errors) {
    let required = ["key", "observes"];
    let owner = &parsed.read_model.ident;
    parsed.keys.require(&required, owner, errors);
}
