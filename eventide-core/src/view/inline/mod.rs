//! Views that are as far as the log at any moment: each append takes them along in its transaction.

mod step;
mod store;
mod view;

pub(crate) use store::InlineStore;
pub(crate) use view::{Inline, InlineViews};
