//! What the tests share: a database of their own, and appends to try.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its share of this, and a test may fail by panicking"
)]

pub(crate) mod harness;

use eventide_core::store::{AppendRequest, CommandMark, ExpectedVersion, StreamAppend};
use eventide_core::{CommandId, Metadata, NewEvent, SchemaVersion, StreamId, Version};
use eventide_postgres::{Durability, PostgresOptions, PostgresStore};
use eventide_rig::Server;
use uuid::Uuid;

/// A new database on the server the tests of a file share.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pub(crate) server: &'static Server,
    pub(crate) name: String,
}

impl Database {
    /// Without tables.
    pub(crate) async fn empty() -> Self {
        let server = Server::shared().await.unwrap();
        let name = server.create_database("store").await.unwrap();
        Self { server, name }
    }

    /// With the tables of a store.
    pub(crate) async fn new() -> Self {
        let database = Self::empty().await;
        options().migrate(&database.url()).await.unwrap();
        database
    }

    pub(crate) fn url(&self) -> String {
        self.server.url(&self.name)
    }

    pub(crate) async fn open(&self) -> PostgresStore {
        options().open(&self.url()).await.unwrap()
    }

    /// A connection of somebody else.
    pub(crate) async fn connect(&self) -> tokio_postgres::Client {
        self.server.connect(&self.name).await.unwrap()
    }
}

/// The server the tests share does not wait for its disk.
pub(crate) fn options() -> PostgresOptions {
    PostgresStore::options().durability(Durability::WhatTheServerGives)
}

pub(crate) fn stream(id: &str) -> StreamId {
    StreamId::new("Order", id).unwrap()
}

pub(crate) fn command() -> CommandId {
    CommandId::from_uuid(Uuid::now_v7())
}

pub(crate) fn event(event_type: &str) -> NewEvent {
    NewEvent {
        id: Uuid::now_v7().into(),
        event_type: event_type.into(),
        schema_version: SchemaVersion::FIRST,
        payload: br#"{"sku":"85123A"}"#.to_vec(),
        metadata: Metadata::of_command(command()),
        tags: Vec::new(),
    }
}

/// `events` new events for `stream`, whatever its version, caused by a command.
pub(crate) fn append(stream: &StreamId, events: usize) -> AppendRequest {
    expecting(stream, ExpectedVersion::Any, events)
}

pub(crate) fn append_after(stream: &StreamId, version: u64, events: usize) -> AppendRequest {
    let version = Version::new(version);
    expecting(stream, ExpectedVersion::Exact(version), events)
}

pub(crate) fn append_of(stream: &StreamId, events: Vec<NewEvent>) -> AppendRequest {
    AppendRequest::to(StreamAppend {
        stream: stream.clone(),
        expected: ExpectedVersion::Any,
        events,
        commands: Vec::new(),
    })
}

fn expecting(stream: &StreamId, expected: ExpectedVersion, events: usize) -> AppendRequest {
    let mark = CommandMark {
        id: command(),
        events,
    };
    AppendRequest::to(StreamAppend {
        stream: stream.clone(),
        expected,
        events: (0..events).map(|_| event("LineAdded")).collect(),
        commands: vec![mark],
    })
}
