//! One order that everybody wants: a task owns it, decides whatever waits one after another in
//! memory, stores the events in one transaction, and answers.

use tokio::sync::{mpsc, oneshot};

use super::group::gather;
use super::row::Row;
use super::writer::Writer;
use crate::append::Shop;
use crate::by_hand::Order;
use crate::order::AddLine;
use crate::samples;

type Answer<T> = oneshot::Sender<T>;

/// A shop with one order.
#[derive(Clone)]
pub(crate) struct Hot {
    commands: mpsc::UnboundedSender<(AddLine, Answer<()>)>,
    writer: Writer,
}

impl Hot {
    /// To be called within a runtime.
    pub(crate) fn start(writer: Writer) -> Self {
        let (commands, mut inbox) = mpsc::unbounded_channel::<(AddLine, Answer<()>)>();
        let own_writer = writer.clone();
        tokio::spawn(async move {
            let mut order = Order::default();
            let mut version = 1;
            while let Some(batch) = gather(&mut inbox).await {
                let mut rows = Vec::with_capacity(batch.len());
                let mut replies = Vec::with_capacity(batch.len());
                for (command, reply) in batch {
                    let id = command.order.0;
                    let added = order.add_line(command).unwrap();
                    version += 1;
                    rows.push(Row::new(id, version, "LineAdded", &added));
                    order.line_added(&added);
                    replies.push(reply);
                }
                own_writer.commit(rows).await;
                for reply in replies {
                    reply.send(()).unwrap();
                }
            }
        });
        Self { commands, writer }
    }
}

impl Shop for Hot {
    async fn place(&self, order: u64) {
        let row = Row::new(order, 1, "OrderPlaced", &samples::placed());
        self.writer.commit(vec![row]).await;
    }

    async fn add_line(&self, order: u64) {
        let (reply, added) = oneshot::channel();
        self.commands
            .send((samples::add_line(order), reply))
            .unwrap();
        added.await.unwrap();
    }
}
