//! A page of events on its way to the handlers.

use std::collections::HashSet;

use super::handled::{ProjectedEvent, Projection};
use crate::envelope::RecordedEvent;
use crate::read_model::decoders::{Decoders, Read};
use crate::read_model::units;
use crate::schema::{DecodeError, Lookups};
use crate::subscription::{Checkpoint, DeadLetter, LetterId, Slice};

/// What an event of a page was decoded as.
pub(super) type Parts<P> = Vec<Box<dyn ProjectedEvent<P, <P as Projection>::Target>>>;

/// A page that is ready for the handlers.
pub(super) struct Ready<P: Projection> {
    /// By their number in the page: what is to be handled.
    pub(super) parts: Vec<(usize, Parts<P>)>,
    /// What cannot be handled, and all behind it in its stream.
    pub(super) parked: Vec<DeadLetter>,
    /// How many events of the page were taken, and why no more were.
    pub(super) taken: usize,
    pub(super) held: Option<DecodeError>,
}

/// Whether an event is one of the partition's own, and not done yet.
pub(super) fn is_wanted(checkpoints: &[Checkpoint], recorded: &RecordedEvent) -> bool {
    let slice = Slice::of(&units::of_stream(recorded));
    let of = checkpoints.iter().find(|at| at.slices.contains(slice));
    of.is_some_and(|at| at.mark.position() < recorded.position)
}

/// A letter of an event that waits behind another of its stream.
pub(super) fn waiting(recorded: &RecordedEvent) -> DeadLetter {
    let id = LetterId::new(units::of_stream(recorded), recorded.position);
    DeadLetter::waiting(id, recorded.id)
}

/// A letter of an event that failed.
pub(super) fn failed(recorded: &RecordedEvent, error: &str, attempts: u32) -> DeadLetter {
    let id = LetterId::new(units::of_stream(recorded), recorded.position);
    DeadLetter::failed(id, recorded.id, error, attempts)
}

/// Decodes the page as far as it can be, looking up what has to be. `parked` are the streams that
/// are parked already.
pub(super) async fn decode<P: Projection, S: Send + Sync + 'static>(
    (decoders, services): (&Decoders<P, S>, &S),
    lookups: &mut Lookups,
    page: &[RecordedEvent],
    checkpoints: Option<&[Checkpoint]>,
    mut parked: HashSet<String>,
) -> Result<Ready<P>, DecodeError> {
    let mut ready = Ready {
        parts: Vec::new(),
        parked: Vec::new(),
        taken: page.len(),
        held: None,
    };
    let mut rest = page;
    while let [recorded, later @ ..] = rest {
        let number = page.len() - rest.len();
        let known = decoders.of(recorded);
        let wanted = checkpoints.is_none_or(|checkpoints| is_wanted(checkpoints, recorded));
        let Some(known) = known.filter(|_| wanted) else {
            rest = later;
            continue;
        };
        if parked.contains(&units::of_stream(recorded)) {
            ready.parked.push(waiting(recorded));
            rest = later;
            continue;
        }
        let error = match known.read((recorded, later), lookups, services).await? {
            Read::As(mut parts) => {
                parts.retain(|part| part.is_handled());
                if !parts.is_empty() {
                    ready.parts.push((number, parts));
                }
                rest = later;
                continue;
            }
            Read::Held(error) => {
                ready.taken = number;
                ready.held = Some(error);
                return Ok(ready);
            }
            Read::Failed(error) => error,
        };
        parked.insert(units::of_stream(recorded));
        ready.parked.push(failed(recorded, &error, 1));
        rest = later;
    }
    Ok(ready)
}
