//! Faults of choosing the generation of a view that serves.

use eventide_core::store::{Advance, MemoryStore, SubscriptionStore};
use eventide_core::subscription::{Lease, LeaseError};
use tokio::task::yield_now;

use crate::Case;
use crate::side::{Serve, Side};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "chooses for whoever has lost a lease",
            fault: |_| {
                let serve = |inner: MemoryStore, (view, version, next, _): Serve| async move {
                    inner.serve(&view, version, next, &[]).await
                };
                Side::none().serve(serve).into()
            },
            breaks: &[
                "a_generation_is_chosen_while_the_leases_are_held",
                "whoever_takes_a_lease_finds_what_was_chosen_by_it",
            ],
        },
        Case {
            name: "compares the first lease alone",
            fault: |_| {
                let serve = |inner: MemoryStore, (view, version, next, held): Serve| async move {
                    let first = held.get(..1).unwrap_or_default();
                    inner.serve(&view, version, next, first).await
                };
                Side::none().serve(serve).into()
            },
            breaks: &["a_generation_is_chosen_while_the_leases_are_held"],
        },
        Case {
            name: "chooses, then compares the leases",
            fault: |_| {
                let serve = |inner: MemoryStore, (view, version, next, held): Serve| async move {
                    inner.serve(&view, version, next, &[]).await?;
                    compared(&inner, held).await
                };
                Side::none().serve(serve).into()
            },
            breaks: &["a_generation_is_chosen_while_the_leases_are_held"],
        },
        Case {
            name: "compares the leases, then chooses",
            fault: |_| {
                let serve = |inner: MemoryStore, (view, version, next, held): Serve| async move {
                    compared(&inner, held).await?;
                    yield_now().await;
                    inner.serve(&view, version, next, &[]).await
                };
                Side::none().serve(serve).into()
            },
            breaks: &["whoever_takes_a_lease_finds_what_was_chosen_by_it"],
        },
    ]
}

async fn compared(inner: &MemoryStore, held: Vec<Lease>) -> Result<(), LeaseError> {
    for lease in held {
        inner.advance(&Advance::new(lease, None)).await?;
    }
    Ok(())
}
