//! The documents of views: a table for each, with typed columns beside the document.

mod column;
mod find;
mod serving;
mod table;
mod write;

pub(crate) use serving::Serving;
pub(crate) use write::{refusal, statements};
