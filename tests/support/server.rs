//! Stores on a server.

use eventide::prelude::*;
use eventide_rig::Server;
use tokio::sync::OnceCell;

/// A store in a database of its own, on one server for all tests of a program.
pub(crate) async fn on_server() -> PostgresStore {
    static SERVER: OnceCell<Server> = OnceCell::const_new();
    let start = || async { Server::options().in_memory().start().await.unwrap() };
    let server = SERVER.get_or_init(start).await;
    let url = server.url(&server.create_database("eventide").await.unwrap());
    let options = PostgresStore::options().connections(6);
    options
        .open(&format!("{url}?migrate=on-open"))
        .await
        .unwrap()
}
