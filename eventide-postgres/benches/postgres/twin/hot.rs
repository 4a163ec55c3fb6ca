//! One order that everybody wants: a task owns it, decides whatever waits one after another in
//! memory, stores the events in one transaction, and answers.

use tokio::sync::{mpsc, oneshot};

use super::group::gather;
use super::row::Row;
use super::writer::Writer;
use crate::by_hand::Order;
use crate::clients::Contestant;
use crate::native::order_of;
use crate::order::AddLine;
use crate::samples;

type Answer = oneshot::Sender<()>;

/// A shop with one order.
#[derive(Clone)]
pub(crate) struct Hot(mpsc::UnboundedSender<(AddLine, Answer)>);

impl Hot {
    pub(crate) async fn connect(address: &str) -> Self {
        let writer = Writer::connect(address).await;
        let (commands, mut inbox) = mpsc::unbounded_channel::<(AddLine, Answer)>();
        tokio::spawn(async move {
            let mut order = Order::default();
            let mut version = 0;
            while let Some(batch) = gather(&mut inbox).await {
                let mut rows = Vec::with_capacity(batch.len());
                let mut replies = Vec::with_capacity(batch.len());
                for (command, reply) in batch {
                    let id = command.order.0;
                    let added = order.add_line(command).unwrap();
                    version += 1;
                    rows.push(Row::of_event(id, version, "LineAdded", &added));
                    order.line_added(&added);
                    replies.push(reply);
                }
                writer.commit(&rows).await;
                for reply in replies {
                    reply.send(()).unwrap();
                }
            }
        });
        Self(commands)
    }
}

impl Contestant for Hot {
    async fn ask(&self, client: u64, turn: u64) {
        let (reply, added) = oneshot::channel();
        let order = order_of(client, turn, true);
        self.0.send((samples::add_line(order), reply)).unwrap();
        added.await.unwrap();
    }
}
