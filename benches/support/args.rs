//! The arguments after `cargo bench --bench .. --`.

use std::env;
use std::process::exit;

const USAGE: &str = "\
usage: cargo bench --bench <name> -- [--quick] [--check] [<part of a row's name>]
  --quick   fewer rounds and less work in each
  --check   fail if a row misses its target";

/// What was asked for.
pub(crate) struct Args {
    pub(crate) quick: bool,
    pub(crate) check: bool,
    filter: Option<String>,
}

impl Args {
    /// Reads them, or explains them and ends the program.
    pub(crate) fn read() -> Self {
        let mut args = Self {
            quick: false,
            check: false,
            filter: None,
        };
        let mut by_cargo_bench = false;
        for arg in env::args().skip(1) {
            match &*arg {
                "--quick" => args.quick = true,
                "--check" => args.check = true,
                "--bench" => by_cargo_bench = true,
                _ if !arg.starts_with('-') && args.filter.is_none() => args.filter = Some(arg),
                _ => {
                    println!("{USAGE}");
                    exit(2);
                }
            }
        }
        if !by_cargo_bench {
            // `cargo test --all-targets` asks only whether it starts.
            println!("{USAGE}");
            exit(0);
        }
        args
    }

    /// Whether the row called `name` is wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.filter.as_ref().is_none_or(|part| name.contains(part))
    }

    /// One of two sizes.
    pub(crate) fn size<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}
