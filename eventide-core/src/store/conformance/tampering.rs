//! The database itself keeps the log append-only.

use super::harness::{Tampered, Tampering};
use super::reading::View;
use super::samples::{events, put, stream};
use super::trial::Trial;
use super::unmet::{Met, Unmet};
use crate::ids::Position;

pub(super) async fn stored_events_cannot_be_updated(trial: &Trial<'_>) -> Met {
    is_refused(trial, Tampering::Update).await
}

pub(super) async fn stored_events_cannot_be_deleted(trial: &Trial<'_>) -> Met {
    is_refused(trial, Tampering::Delete).await
}

pub(super) async fn stored_events_cannot_be_replaced(trial: &Trial<'_>) -> Met {
    is_refused(trial, Tampering::Replace).await
}

async fn is_refused(trial: &Trial<'_>, tampering: fn(Position) -> Tampering) -> Met {
    let store = trial.open().await?;
    let order = stream("536365")?;
    let appended = put(&store, &order, events(3)).await?;
    let before = View::of(&store, &[&order]).await?;
    // The last event as well: nothing that follows it may be what protects it.
    for &position in appended.streams.iter().flat_map(|part| &part.positions) {
        let deed = tampering(position);
        match trial.tamper(deed).await {
            Tampered::NotApplicable => {
                return Err(Unmet::NotApplicable("there is nothing to tamper with"));
            }
            Tampered::Done => return Err(Unmet::violated(format!("{deed:?} was done"))),
            Tampered::Refused => {
                before
                    .is_unchanged(&store, &[&order], &format!("{deed:?}"))
                    .await?;
            }
        }
    }
    Ok(())
}
