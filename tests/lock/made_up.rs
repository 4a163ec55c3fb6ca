//! Goldens made up from types, and given where that cannot be done.

use eventide::schema::lock::{Lock, NoteKind, accept, add_golden};

use crate::accepting::{ACCEPT, accepted, block};
use crate::programs::{awkward, wide};

#[tokio::test]
async fn goldens_are_made_up_of_every_kind_of_type() {
    let accepted = accepted::<wide::Tiny>(&Lock::default(), ACCEPT).await;
    let goldens: Vec<_> = block(&accepted.lock, "Everything", 1)
        .goldens
        .iter()
        .map(|golden| &*golden.payload)
        .collect();
    let shown = goldens.join("\n");
    for part in [
        r#""type":"Card""#,
        r#""type":"Cash""#,
        r#""type":"Transfer""#,
        r#""t":"One""#,
        r#""t":"Two""#,
        r#""on":null"#,
        r#""counts":{}"#,
        r#""maybe":{"type":"#,
        r#""three":["#,
    ] {
        assert!(shown.contains(part), "{part} is not shown:\n{shown}");
    }
    assert_eq!(block(&accepted.lock, "Code", 1).goldens.len(), 1);
    let flat = &block(&accepted.lock, "Flat", 1).goldens[0].payload;
    assert!(flat.contains("name") && flat.contains("size"), "{flat}");
    let again = accept::<wide::Tiny>(&accepted.lock, ACCEPT, &()).await;
    assert!(again.unwrap().is_unchanged());
}

#[tokio::test]
async fn a_type_of_which_nothing_can_be_made_up_is_given() {
    let accepted = accepted::<awkward::Tiny>(&Lock::default(), ACCEPT).await;
    let note = accepted.notes.iter().find(|note| note.event == "Coded");
    assert_eq!(
        note.unwrap().kind,
        NoteKind::NotMadeUp { reason: None },
        "{accepted}"
    );
    assert!(accepted.to_string().contains("schema::lock::sample"));

    let mut lock = accepted.lock;
    let code = awkward::Code::new();
    assert!(add_golden(&mut lock, &awkward::Coded { code: code.clone() }).unwrap());
    assert!(!add_golden(&mut lock, &awkward::Coded { code }).unwrap());
    let given = accept::<awkward::Tiny>(&lock, ACCEPT, &()).await.unwrap();
    let reads = &block(&given.lock, "Coded", 1).goldens[0].reads;
    assert_eq!(
        reads.as_ref().unwrap()[0].payload,
        r#"{"code":"open sesame"}"#
    );
}
