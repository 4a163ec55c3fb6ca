//! One client, one commit per request.

use std::sync::Arc;

use super::row::Row;
use super::writer::Writer;
use crate::clients::Contestant;
use crate::native::{EVENT_TYPE, PAYLOAD, place};

#[derive(Clone)]
pub(crate) struct Single(Arc<Writer>);

impl Single {
    pub(crate) async fn connect(address: &str) -> Self {
        Self(Arc::new(Writer::connect(address).await))
    }
}

impl Contestant for Single {
    async fn ask(&self, client: u64, turn: u64) {
        let (id, before) = place(client, turn);
        let version = before.cast_signed() + 1;
        let row = Row::new(id, version, EVENT_TYPE, PAYLOAD.to_vec());
        self.0.commit_one(&row).await;
    }
}
