//! Running a future where no other runtime is in its way.

use std::thread;

/// Runs what `begin` gives to its end, on a thread with a runtime of its own: a test may run in
/// another one, and what is tested may need one. Why that could not be, if it could not.
pub(super) fn apart<T: Send>(begin: impl AsyncFnOnce() -> T + Send) -> Result<T, String> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("there is no runtime to test in: {error}"))?;
        Ok(runtime.block_on(begin()))
    };
    thread::scope(|scope| match scope.spawn(run).join() {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}
