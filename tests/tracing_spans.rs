//! What the runtime tells `tracing`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use eventide::prelude::*;
use support::{Bank, Probe, count, counter, deposit, open, withdraw};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event as TracingEvent, Metadata as TracingMetadata, Subscriber};

#[derive(Debug, Default, Clone)]
struct Span {
    name: &'static str,
    fields: BTreeMap<&'static str, String>,
}

impl Visit for Span {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }
}

/// Keeps every span that is opened on its thread.
#[derive(Debug, Default, Clone)]
struct Spans(Arc<Mutex<Vec<Span>>>);

impl Spans {
    /// The spans of that name since the last time this was asked.
    fn drain(&self, name: &str) -> Vec<BTreeMap<&'static str, String>> {
        let mut spans = self.0.lock().unwrap();
        let named = |span: &&Span| span.name == name;
        let found = spans
            .iter()
            .filter(named)
            .map(|span| span.fields.clone())
            .collect();
        for span in spans.iter_mut().filter(|span| span.name == name) {
            span.name = "seen";
        }
        found
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &TracingMetadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("eventide")
    }
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut span = Span {
            name: attributes.metadata().name(),
            ..Span::default()
        };
        attributes.record(&mut span);
        let mut spans = self.0.lock().unwrap();
        spans.push(span);
        Id::from_u64(spans.len() as u64)
    }
    fn record(&self, span: &Id, values: &Record<'_>) {
        let at = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut self.0.lock().unwrap()[at]);
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &TracingEvent<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn commands_loads_and_appends_have_spans() {
    let spans = Spans::default();
    let _on = tracing::subscriber::set_default(spans.clone());
    let store = Probe::new();
    let app = App::<Bank>::new(store.clone());

    let id = CommandId::derived("test", "open");
    app.execute(open("a")).command_id(id).await.unwrap();
    let commands = spans.drain("command");
    assert_eq!(commands.len(), 1);
    assert_eq!(commands[0]["name"], "Open");
    assert_eq!(commands[0]["stream"], "Account/a");
    assert_eq!(commands[0]["id"], id.to_string());
    assert_eq!(commands[0]["more"], "0");
    let appends = spans.drain("append");
    assert_eq!(appends.len(), 1);
    assert_eq!(
        (appends[0]["stream"].as_str(), appends[0]["events"].as_str()),
        ("Account/a", "1")
    );
    assert!(spans.drain("load").is_empty(), "nothing was read");

    // Two callers and a batch: three commands, one append.
    let batch = [deposit("a", 1).into(), deposit("a", 1).into()];
    tokio::try_join!(
        app.execute(deposit("a", 1)),
        app.execute(deposit("a", 1)),
        app.execute_all::<support::Account>(batch)
    )
    .unwrap();
    let more: Vec<_> = spans
        .drain("command")
        .iter()
        .map(|span| span["more"].clone())
        .collect();
    assert_eq!(more, ["0", "0", "1"]);
    let appends = spans.drain("append");
    assert_eq!(appends.len(), 1);
    assert_eq!(appends[0]["events"], "4");

    // A refused command appends nothing; a process without memory reads.
    let cold = App::<Bank>::new(store);
    cold.execute(withdraw("a", 99)).await.unwrap_err();
    assert!(spans.drain("append").is_empty());
    let loads = spans.drain("load");
    assert_eq!(loads.len(), 1);
    assert_eq!(
        (loads[0]["stream"].as_str(), loads[0]["from"].as_str()),
        ("Account/a", "store")
    );

    app.execute(count("c", 10)).await.unwrap();
    app.load::<support::Counter>(&counter("c")).await.unwrap();
    let snapshots = spans.drain("snapshot");
    assert_eq!(snapshots.len(), 1);
    assert_eq!(snapshots[0]["version"], "10");
}
