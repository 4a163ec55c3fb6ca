//! What an append takes along: its views, one after another.

use std::fmt;
use std::sync::Arc;

use super::view::InlineViews;
use crate::ids::LogId;
use crate::store::{AppendStep, Appending, RunningStep};

/// Takes every view along.
pub(super) struct InlineStep {
    pub(super) views: Arc<InlineViews>,
    pub(super) log: LogId,
}

impl AppendStep for InlineStep {
    fn begin(&self, appending: Appending) -> RunningStep {
        let (views, log) = (self.views.clone(), self.log);
        RunningStep::new(|within| async move {
            let mut advances = Vec::with_capacity(views.len());
            for view in &*views {
                advances.push(view.take(&within, log, &appending).await?);
            }
            Ok(advances)
        })
    }
}

impl fmt::Debug for InlineStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.views.iter().map(|view| view.name());
        f.debug_list().entries(names).finish()
    }
}
