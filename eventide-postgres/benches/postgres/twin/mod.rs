//! Hand-written programs that store orders in the same tables, as well as one can without checks
//! that a single program does not need: versions are counted in memory, and a conflict ends it.

mod group;
mod hot;
mod many;
mod row;
mod single;
mod view;
mod writer;

pub(crate) use group::Grouped;
pub(crate) use hot::Hot;
pub(crate) use many::Many;
pub(crate) use single::Single;
pub(crate) use view::Projector;
