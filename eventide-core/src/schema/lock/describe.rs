//! The lock of the program itself.

use std::collections::BTreeMap;

use eventide_lock::{Block, Line, Lock, Path, Type};
use thiserror::Error;

use super::program::Program;
use crate::domain::Domain;
use crate::event::EventInfo;

/// A program that cannot be described.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DescribeError {
    /// Two types of the same name and version have different shapes.
    #[error("event `{event}` version {version} has two shapes: at {first} and at {second}")]
    TwoShapes {
        /// The event's stored name.
        event: &'static str,
        /// The schema version.
        version: u32,
        /// Where one is declared.
        first: &'static str,
        /// Where the other is declared.
        second: &'static str,
    },
}

/// What the program stores and reads, version by version, as far as it has types: no goldens, and
/// nothing is published.
///
/// # Errors
/// Two types of the same name and version have different shapes.
pub fn describe<D: Domain>() -> Result<Lock, DescribeError> {
    let program = Program::<D::Services>::of::<D>();
    let mut blocks: BTreeMap<(&str, u32), (Block, &str)> = BTreeMap::new();
    for (_, ty) in program.types() {
        let info = &ty.info;
        let block = block(info);
        let key = (info.name, info.schema_version.get());
        let (known, first) = blocks
            .entry(key)
            .or_insert_with(|| (block.clone(), info.location));
        if known.lines != block.lines {
            let (event, version) = key;
            return Err(DescribeError::TwoShapes {
                event,
                version,
                first,
                second: info.location,
            });
        }
    }
    Ok(Lock {
        domain: D::NAME.to_owned(),
        blocks: blocks.into_values().map(|(block, _)| block).collect(),
    })
}

pub(super) fn block(info: &EventInfo) -> Block {
    Block {
        event: info.name.to_owned(),
        version: info.schema_version.get(),
        published: false,
        lines: lines(info),
        goldens: Vec::new(),
    }
}

/// An event of unknown shape is known by its name alone.
pub(super) fn lines(info: &EventInfo) -> Vec<Line> {
    match info.shape {
        Some(shape) => shape.lines(),
        None => vec![Line {
            path: Path::default(),
            ty: Type::Opaque(info.name.to_owned()),
            may_be_missing: false,
        }],
    }
}
