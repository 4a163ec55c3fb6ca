//! Memory store: written separately.
