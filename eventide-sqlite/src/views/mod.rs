//! The documents of views: a table for each view, with its typed columns beside the document.

mod column;
mod find;
mod serving;
mod table;
mod write;

pub(crate) use find::{documents, find};
pub(crate) use serving::{serve, serving};
pub(crate) use table::{drop_table, is_open, open};
pub(crate) use write::write;
