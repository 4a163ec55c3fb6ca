//! What an aggregate's snapshots are, from what its derive saw.

use std::num::NonZeroU64;

use eventide_lock::hash::fnv1a_from;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::event::EventInfo;
use crate::snapshot::SnapshotSpec;

/// A state that can be put into a snapshot.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put into a snapshot",
    label = "needs `{Self}` as data",
    note = "add `Serialize, Deserialize` to the derives of `{Self}`, or leave `snapshot(..)` out"
)]
pub trait State: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> State for T {}

/// `shape` is the derive's hash of the state's fields; the events count too, because how they fold
/// changes with what they are.
pub const fn snapshot<A: State>(
    every: u64,
    version: u32,
    shape: u64,
    events: &[EventInfo],
) -> Option<SnapshotSpec<A>> {
    let Some(every) = NonZeroU64::new(every) else {
        return None;
    };
    let mut hash = fnv1a_from(shape, &version.to_le_bytes());
    let mut rest = events;
    while let [event, more @ ..] = rest {
        hash = fnv1a_from(hash, &event.name_hash.to_le_bytes());
        hash = fnv1a_from(hash, &event.schema_version.get().to_le_bytes());
        rest = more;
    }
    Some(SnapshotSpec::json(every, hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SchemaVersion;

    fn event(name: &'static str, version: u32) -> EventInfo {
        EventInfo::new(name, SchemaVersion::new(version), "", "")
    }

    #[test]
    fn fields_version_and_events_all_count() {
        let shape = |version, shape, events: &[EventInfo]| {
            snapshot::<u8>(1, version, shape, events).map(|spec| spec.fingerprint())
        };
        let placed = [event("Placed", 1)];
        let base = shape(1, 7, &placed);
        assert_eq!(base, shape(1, 7, &placed));
        assert_ne!(base, shape(2, 7, &placed));
        assert_ne!(base, shape(1, 8, &placed));
        assert_ne!(base, shape(1, 7, &[event("Placed", 2)]));
        assert_ne!(base, shape(1, 7, &[event("Shipped", 1)]));
        assert_ne!(base, shape(1, 7, &[]));
    }
}
