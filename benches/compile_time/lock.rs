//! The lock of the domain whose events have versions.

use std::fmt::Write;

use crate::domain::{FIELDS, NEWEST, aggregates};

pub(crate) fn text() -> String {
    let mut out = String::from("format 1\ndomain Shop\n");
    for event in aggregates().flat_map(|aggregate| aggregate.events) {
        for version in 1..=NEWEST {
            write!(out, "\nevent {event} {version} published\n").unwrap();
            for (name, ty, _) in FIELDS.iter().filter(|(.., since)| *since <= version) {
                let ty = match *ty {
                    "Option<String>" => "string?",
                    "String" => "string",
                    scalar => scalar,
                };
                writeln!(out, "  {name}: {ty}").unwrap();
            }
        }
    }
    out
}
