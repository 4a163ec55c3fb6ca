//! The lock's text from outside: written, read back, spoiled, compared.

mod arbitrary;
mod changes;
mod hash;
mod laws;
mod malformed;
mod refused;
mod report;
mod revision;
mod round_trip;
