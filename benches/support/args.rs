//! The arguments after `cargo bench --bench .. --`.

use std::env;
use std::path::PathBuf;
use std::process::exit;

const USAGE: &str = "\
usage: cargo bench --bench <name> -- [<part of a row's name>]...
  --quick      fewer rounds and less work in each
  --full       also the rows that take many minutes
  --check      fail if a row misses its target
  --json FILE  write the rows to a file as well
  --url URL    use this server instead of a private one";

/// What was asked for.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) quick: bool,
    pub(crate) full: bool,
    pub(crate) check: bool,
    pub(crate) json: Option<PathBuf>,
    pub(crate) url: Option<String>,
    filters: Vec<String>,
}

impl Args {
    /// Reads them, or explains them and ends the program.
    pub(crate) fn read() -> Self {
        let mut args = Self::default();
        let mut by_cargo_bench = false;
        let mut given = env::args().skip(1);
        while let Some(arg) = given.next() {
            match &*arg {
                "--quick" => args.quick = true,
                "--full" => args.full = true,
                "--check" => args.check = true,
                "--json" => args.json = Some(given.next().unwrap_or_else(|| explain(2)).into()),
                "--url" => args.url = Some(given.next().unwrap_or_else(|| explain(2))),
                "--bench" => by_cargo_bench = true,
                _ if !arg.starts_with('-') => args.filters.push(arg),
                _ => explain(2),
            }
        }
        if !by_cargo_bench {
            // `cargo test --all-targets` asks only whether it starts.
            explain(0);
        }
        args
    }

    /// Whether the row called `name` is wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|part| name.contains(part))
    }

    /// One of two sizes.
    pub(crate) fn size<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}

fn explain(code: i32) -> ! {
    println!("{USAGE}");
    exit(code)
}
