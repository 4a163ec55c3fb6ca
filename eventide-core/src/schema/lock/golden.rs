//! Goldens that are neither made up nor taken out of a store.

use eventide_lock::{Block, Golden, Lock};

use super::describe::block;
use crate::event::Event;
use crate::schema::{self, EncodeError};

/// Puts `event` into the goldens of its version, if it is not there yet: for a type of which none
/// can be made up, or a case that is worth proving. Accepting then records what it is read as.
///
/// True if it was not there.
///
/// # Errors
/// The event cannot be encoded.
pub fn add_golden<E: Event>(lock: &mut Lock, event: &E) -> Result<bool, EncodeError> {
    let payload = String::from_utf8_lossy(&schema::encode(event)?).into_owned();
    let (name, version) = (E::INFO.name, E::INFO.schema_version.get());
    let mut blocks = lock.blocks.iter();
    let at = blocks.position(|block| block.event == name && block.version == version);
    let Some(block) = at.and_then(|at| lock.blocks.get_mut(at)) else {
        let mut block = block(&E::INFO);
        add(&mut block, payload);
        lock.blocks.push(block);
        return Ok(true);
    };
    Ok(add(block, payload))
}

/// False if the block has that golden.
fn add(block: &mut Block, payload: String) -> bool {
    if block.goldens.iter().any(|golden| golden.payload == payload) {
        return false;
    }
    let reads = None;
    block.goldens.push(Golden { payload, reads });
    true
}
