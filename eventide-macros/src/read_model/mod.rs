//! What the derives of views and projections have in common.

mod expand;
mod name;
mod parse;

pub(crate) use expand::{Ignored, domain_impl, ignored, read_model};
pub(crate) use parse::{IGNORES, NAME, OBSERVES, ReadModel, VERSION, read_model as parse};
