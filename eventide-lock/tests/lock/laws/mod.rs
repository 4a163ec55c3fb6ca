//! What a comparison promises holds for payloads: an independent reader reads what it says.

mod edit;
mod lines;
mod payload;

use eventide_lock::compare;
use proptest::{collection::vec, prelude::*};

use edit::{edited, shapes};
use lines::lock;
use payload::{reads, written};

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_promised_to_be_read_is_read(
        old in shapes(),
        steps in vec(any::<usize>(), 0..4),
        put in shapes(),
        unlike in shapes(),
    ) {
        for new in [edited(&old, &steps, &put), unlike] {
            let comparison = compare(&lock(&old), &lock(&new));
            let promised = comparison.compatibility();
            for payload in written(&old) {
                prop_assert!(reads(&old, &payload), "{old:?} {payload}");
                prop_assert!(
                    !promised.reads_old_data || reads(&new, &payload),
                    "{old:?}\n{new:?}\n{payload}\n{comparison}"
                );
            }
            for payload in written(&new) {
                prop_assert!(
                    !promised.readable_by_old_programs || reads(&old, &payload),
                    "{old:?}\n{new:?}\n{payload}\n{comparison}"
                );
            }
        }
    }
}
