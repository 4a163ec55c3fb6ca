//! Hand-written programs that store orders in the same tables, as well as one can without checks
//! that a single program does not need: versions and positions are counted in memory.

mod bare;
mod group;
mod hot;
mod many;
mod row;
mod writer;

pub(crate) use bare::bare_loop;
pub(crate) use group::Grouped;
pub(crate) use hot::Hot;
pub(crate) use many::Many;
pub(crate) use writer::Writer;
