//! The recorder, the workload and the checker on stores that run.

mod habitual;
mod recording;
mod running;
