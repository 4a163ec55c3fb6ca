//! Faults of having an identity.

use eventide_core::LogId;
use uuid::Uuid;

use crate::Case;
use crate::wrong::Fault;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "makes an identity whenever it is opened",
            fault: |_| {
                let made = LogId::from_uuid(Uuid::now_v7());
                Fault::none().identity(move |id| *id = made)
            },
            breaks: &[
                "a_log_keeps_its_identity",
                "stores_on_one_storage_agree_on_its_identity",
            ],
        },
        Case {
            name: "is the same log as every other",
            fault: |_| Fault::none().identity(|id| *id = LogId::from_uuid(Uuid::nil())),
            breaks: &["separate_logs_are_told_apart"],
        },
    ]
}
