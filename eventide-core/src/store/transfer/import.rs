//! What every store demands of events to import.

use std::collections::HashMap;

use jiff::Timestamp;

use super::error::ImportError;
use crate::envelope::RecordedEvent;
use crate::ids::{Position, Version};
use crate::stream::StreamId;

/// For stores: checks what each must refuse in the same words, before it looks at its log. Gives
/// the first event of each stream, whose version must follow on the last of that stream.
///
/// # Errors
/// [`ImportError::Invalid`]: positions do not grow from `after` on, times decrease or are finer than
/// microseconds. [`ImportError::Hole`]: two events of a stream do not have versions in a row.
pub fn check_import(
    after: Position,
    events: &[RecordedEvent],
) -> Result<Vec<&RecordedEvent>, ImportError> {
    let mut firsts = Vec::new();
    let mut versions: HashMap<&StreamId, Version> = HashMap::new();
    let (mut position, mut time) = (after, Timestamp::MIN);
    for event in events {
        let invalid = |reason| Err(ImportError::invalid(event.position, reason));
        if event.position <= position {
            return invalid(format!("it is to follow on position {position}"));
        }
        if event.recorded_at < time {
            return Err(ImportError::recorded_before(event, time));
        }
        if event.recorded_at.as_nanosecond() % 1_000 != 0 {
            let recorded_at = event.recorded_at;
            return invalid(format!(
                "it was recorded at {recorded_at}, and stores keep microseconds"
            ));
        }
        match versions.insert(&event.stream, event.version) {
            None => firsts.push(event),
            Some(before) if before.next() == event.version => {}
            Some(before) => {
                let stream = event.stream.clone();
                return Err(ImportError::hole(
                    event.position,
                    stream,
                    event.version,
                    before.next(),
                ));
            }
        }
        (position, time) = (event.position, event.recorded_at);
    }
    Ok(firsts)
}
