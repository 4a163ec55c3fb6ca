//! The suite every store must pass, on a database.

mod support;

use support::harness::Databases;

eventide_core::conformance_tests!(Databases::default());
