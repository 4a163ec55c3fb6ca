//! The events of a page for the handlers, those of one type that lie side by side together.

use std::ops::Range;
use std::sync::Arc;

use super::handled::Projection;
use super::page::Parts;
use super::target::{Attempt, Target};
use crate::envelope::RecordedEvent;

/// Events that are handled in one transaction.
pub(super) struct Batch<P: Projection> {
    projection: Arc<P>,
    events: Vec<(RecordedEvent, Parts<P>)>,
    /// Which part of which event, in order.
    parts: Vec<(usize, usize)>,
    /// Of `parts`: each of one type.
    runs: Vec<Range<usize>>,
}

impl<P: Projection> Batch<P> {
    pub(super) fn new(projection: Arc<P>, events: Vec<(RecordedEvent, Parts<P>)>) -> Self {
        let mut parts = Vec::with_capacity(events.len());
        let mut runs: Vec<Range<usize>> = Vec::new();
        let mut before = None;
        for (event, (_, of)) in events.iter().enumerate() {
            for (part, it) in of.iter().enumerate() {
                let ty = it.event().type_id();
                match runs.last_mut() {
                    Some(run) if before == Some(ty) => run.end += 1,
                    _ => runs.push(parts.len()..parts.len() + 1),
                }
                before = Some(ty);
                parts.push((event, part));
            }
        }
        Self {
            projection,
            events,
            parts,
            runs,
        }
    }

    /// How many events there are.
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// The first of them.
    pub(super) fn first(&self) -> Option<&RecordedEvent> {
        self.events.first().map(|(recorded, _)| recorded)
    }
}

impl<P: Projection> Attempt<P::Target> for Batch<P> {
    fn step<'a>(
        &'a self,
        step: usize,
        tx: &'a <P::Target as Target>::Tx<'a>,
    ) -> Option<<P::Target as Target>::Handling<'a>> {
        let parts = self.parts.get(self.runs.get(step)?.clone())?;
        let of = |(event, part): &(usize, usize)| {
            let (recorded, parts) = self.events.get(*event)?;
            Some((parts.get(*part)?, recorded))
        };
        let (first, _) = of(parts.first()?)?;
        let run = parts.iter().filter_map(of);
        let run = run.map(|(part, recorded)| (part.event(), recorded));
        Some(first.handle(&self.projection, run.collect(), tx))
    }
}
