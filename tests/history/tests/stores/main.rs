//! The recorder, the workload and the checker on stores that run.

mod habitual;
mod killed;
mod recording;
mod running;
