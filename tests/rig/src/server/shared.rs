//! One server for all tests of a program.

use tokio::sync::OnceCell;

use super::Server;
use crate::error::Result;

impl Server {
    /// The one server of this program for functional tests, started by whoever asks first: in
    /// memory and [fast](super::Options::fast). Take a [database](Self::create_database) of your
    /// own in it, and a server of your own for faults.
    ///
    /// It holds nothing of the runtime it was started on, and goes when the program ends. A runner
    /// that makes a program of each test makes a server of each, too.
    ///
    /// # Errors
    ///
    /// As [`Server::start`]; the next one to ask tries again.
    pub async fn shared() -> Result<&'static Self> {
        static SHARED: OnceCell<Server> = OnceCell::const_new();
        SHARED
            .get_or_try_init(|| {
                Self::options()
                    .in_memory()
                    .fast()
                    .set("max_connections", "200")
                    .start()
            })
            .await
    }
}
