//! The domain as a user of eventide writes it.

use std::fmt::Write;

use crate::domain::{
    Aggregate, NEWEST, REFUSED, aggregates, command_fields, decision, event_fields, folding,
    versioned_event_fields,
};

/// Every event in its first version.
pub(crate) fn source() -> String {
    written("", &event_fields(), "")
}

/// Every event in its third version, held to a lock or not.
pub(crate) fn versioned(lock: bool) -> String {
    let attribute = format!("#[event(version = {NEWEST})]\n");
    let lock = if lock {
        ", lock = \"eventide.lock\""
    } else {
        ""
    };
    let source = written(&attribute, &versioned_event_fields(), lock);
    format!("pub mod unrelated;\n{source}")
}

fn written(attribute: &str, event_fields: &str, lock: &str) -> String {
    let mut out = String::from("use eventide::prelude::*;\nuse serde::{Deserialize, Serialize};\n");
    out += REFUSED;
    aggregates().for_each(|aggregate| out += &one(&aggregate, attribute, event_fields));
    let names: Vec<_> = aggregates().map(|aggregate| aggregate.name).collect();
    let names = names.join(", ");
    write!(
        out,
        "#[derive(Domain)]\n#[domain(aggregates({names}){lock})]\npub struct Shop;\n"
    )
    .unwrap();
    out
}

fn one(aggregate: &Aggregate, attribute: &str, event_fields: &str) -> String {
    let Aggregate {
        name,
        events,
        commands,
    } = aggregate;
    let command_fields = command_fields();
    let mut out = format!(
        "#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub struct {name}Id(String);
"
    );
    for event in events {
        write!(
            out,
            "#[derive(Debug, Clone, Serialize, Deserialize, Event)]
{attribute}pub struct {event} {{
{event_fields}}}
"
        )
        .unwrap();
    }
    for command in commands {
        write!(
            out,
            "#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[command(upserts)]
pub struct {command} {{
    #[command(id)]
    pub id: {name}Id,
{command_fields}}}
"
        )
        .unwrap();
    }
    let (event_list, command_list) = (events.join(", "), commands.join(", "));
    write!(
        out,
        "#[derive(Debug, Default, Clone, Aggregate)]
#[aggregate(
    id = {name}Id, error = Refused,
    events({event_list}), commands({command_list})
)]
pub struct {name} {{
    label: String,
    amount: i64,
}}
#[handlers]
impl {name} {{
"
    )
    .unwrap();
    for (n, (command, event)) in commands.iter().zip(events).enumerate() {
        let body = decision(event);
        write!(
            out,
            "    fn decide_{n}(&self, command: {command}) -> Result<{event}, Refused> {{\n{body}    }}\n"
        )
        .unwrap();
    }
    for (n, event) in events.iter().enumerate() {
        let body = folding(n);
        write!(
            out,
            "    fn apply_{n}(&mut self, event: &{event}) {{\n{body}    }}\n"
        )
        .unwrap();
    }
    out += "}\n";
    out
}
