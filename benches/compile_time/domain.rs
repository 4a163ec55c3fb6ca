//! The domain: 20 aggregates of 10 events and 5 commands each.

pub(crate) const AGGREGATES: usize = 20;
const EVENTS: usize = 10;
const COMMANDS: usize = 5;

/// Fields of an event and, but for the first, of a command; and in which version they came, if
/// events have versions.
pub(crate) const FIELDS: [(&str, &str, u32); 5] = [
    ("label", "String", 1),
    ("quantity", "u32", 2),
    ("amount", "i64", 1),
    ("urgent", "bool", 1),
    ("note", "Option<String>", 3),
];

/// The newest version of every event, if they have versions.
pub(crate) const NEWEST: u32 = 3;

/// An aggregate, as words to write sources with.
pub(crate) struct Aggregate {
    pub(crate) name: String,
    pub(crate) events: Vec<String>,
    pub(crate) commands: Vec<String>,
}

pub(crate) fn aggregates() -> impl Iterator<Item = Aggregate> {
    (0..AGGREGATES).map(|a| Aggregate {
        name: format!("Agg{a}"),
        events: (0..EVENTS).map(|n| format!("Happened{a}x{n}")).collect(),
        commands: (0..COMMANDS).map(|n| format!("Do{a}x{n}")).collect(),
    })
}

/// The fields of every event, each on a line.
pub(crate) fn event_fields() -> String {
    FIELDS
        .map(|(name, ty, _)| format!("    pub {name}: {ty},\n"))
        .concat()
}

/// The same, with the versions they came in.
pub(crate) fn versioned_event_fields() -> String {
    let field = |(name, ty, since): (&str, &str, u32)| match since {
        1 => format!("    pub {name}: {ty},\n"),
        since => format!("    #[event(since = {since}, default)]\n    pub {name}: {ty},\n"),
    };
    FIELDS.map(field).concat()
}

/// The fields of every command but its id.
pub(crate) fn command_fields() -> String {
    let [_, rest @ ..] = FIELDS;
    rest.map(|(name, ty, _)| format!("    pub {name}: {ty},\n"))
        .concat()
}

/// The body of a decision: a command accepted.
pub(crate) fn decision(event: &str) -> String {
    format!(
        "        if command.quantity == 0 {{
            return Err(Refused);
        }}
        Ok({event} {{
            label: self.label.clone(),
            quantity: command.quantity,
            amount: command.amount,
            urgent: command.urgent,
            note: command.note,
        }})
"
    )
}

/// The body of folding event number `n`.
pub(crate) fn folding(n: usize) -> &'static str {
    if n == 0 {
        "        self.label.clone_from(&event.label);\n"
    } else {
        "        self.amount += event.amount * i64::from(event.quantity);\n"
    }
}

/// What both sources begin with.
pub(crate) const REFUSED: &str = "
#[derive(Debug)]
pub struct Refused;
impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(\"refused\") }
}
impl std::error::Error for Refused {}
";
