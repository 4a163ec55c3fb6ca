//! What is parked together: the events of a key, or of a stream whose key cannot be told.

use crate::envelope::RecordedEvent;
use crate::stream::StreamId;

/// The name a key is parked under. No stream has the same.
pub(crate) fn of_key(key: &str) -> String {
    if key.starts_with('@') {
        format!("@{key}")
    } else {
        key.to_owned()
    }
}

/// The name a stream is parked under, if its key cannot be told.
pub(crate) fn of_stream(recorded: &RecordedEvent) -> String {
    stream(&recorded.stream)
}

/// The name a stream is parked under.
pub(crate) fn stream(stream: &StreamId) -> String {
    format!("@/{stream}")
}

/// The key of a name, unless it is that of a stream.
pub(crate) fn key_of(unit: &str) -> Option<&str> {
    match unit.strip_prefix('@') {
        None => Some(unit),
        Some(key) if key.starts_with('@') => Some(key),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_and_is_never_taken_for_a_stream() {
        for key in ["", "order-1", "@", "@/Order-1", "@@"] {
            assert_eq!(key_of(&of_key(key)), Some(key), "{key}");
        }
        assert_eq!(key_of("@/Order-1"), None);
    }
}
