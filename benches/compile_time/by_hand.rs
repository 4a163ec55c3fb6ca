//! The same domain written by hand: plain serde structs, an enum of events and one of commands for
//! each aggregate, and every `match` they need.

use std::fmt::Write;

use crate::domain::{
    Aggregate, REFUSED, aggregates, command_fields, decision, event_fields, folding,
};

pub(crate) fn source() -> String {
    let mut out = String::from("use serde::{Deserialize, Serialize};\n");
    out += REFUSED;
    aggregates().for_each(|aggregate| out += &one(&aggregate));
    out += &route();
    out
}

fn one(aggregate: &Aggregate) -> String {
    types(aggregate) + &event_enum(aggregate) + &command_enum(aggregate) + &state(aggregate)
}

fn types(aggregate: &Aggregate) -> String {
    let Aggregate { name, events, .. } = aggregate;
    let (event_fields, command_fields) = (event_fields(), command_fields());
    let mut out = format!(
        "#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct {name}Id(String);
"
    );
    for event in events {
        write!(
            out,
            "#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct {event} {{
{event_fields}}}
"
        )
        .unwrap();
    }
    for command in &aggregate.commands {
        write!(
            out,
            "#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct {command} {{
    pub id: {name}Id,
{command_fields}}}
"
        )
        .unwrap();
    }
    out
}

fn event_enum(aggregate: &Aggregate) -> String {
    let Aggregate { name, events, .. } = aggregate;
    let variants = arms(events, |event| format!("{event}({event}),"));
    let names = arms(events, |event| format!("Self::{event}(_) => \"{event}\","));
    let encode = arms(events, |event| {
        format!("Self::{event}(it) => serde_json::to_vec(it),")
    });
    let decode = arms(events, |event| {
        format!("\"{event}\" => Some(serde_json::from_slice(json).map(Self::{event})),")
    });
    format!(
        "#[derive(Debug, Clone)]
pub enum {name}Event {{
{variants}}}
impl {name}Event {{
    pub fn name(&self) -> &'static str {{
        match self {{
{names}        }}
    }}
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {{
        match self {{
{encode}        }}
    }}
    pub fn decode(name: &str, json: &[u8]) -> Option<Result<Self, serde_json::Error>> {{
        match name {{
{decode}            _ => None,
        }}
    }}
}}
"
    )
}

fn command_enum(aggregate: &Aggregate) -> String {
    let Aggregate { name, commands, .. } = aggregate;
    let variants = arms(commands, |command| format!("{command}({command}),"));
    let ids = arms(commands, |command| {
        format!("Self::{command}(it) => &it.id,")
    });
    let from_json = arms(commands, |command| {
        format!("\"{command}\" => Some(serde_json::from_slice(json).map(Self::{command})),")
    });
    format!(
        "#[derive(Debug, Clone)]
pub enum {name}Command {{
{variants}}}
impl {name}Command {{
    pub fn id(&self) -> &{name}Id {{
        match self {{
{ids}        }}
    }}
    pub fn from_json(name: &str, json: &[u8]) -> Option<Result<Self, serde_json::Error>> {{
        match name {{
{from_json}            _ => None,
        }}
    }}
}}
"
    )
}

fn state(aggregate: &Aggregate) -> String {
    let Aggregate {
        name,
        events,
        commands,
    } = aggregate;
    let apply = arms(&numbered(events), |(n, event)| {
        format!("{name}Event::{event}(it) => self.apply_{n}(it),")
    });
    let apply_json = arms(&numbered(events), |(n, event)| {
        format!("\"{event}\" => self.apply_{n}(&serde_json::from_slice(json)?),")
    });
    let decide = arms(&numbered(commands), |(n, command)| {
        let event = &events[*n];
        format!(
            "{name}Command::{command}(it) => Ok(vec![{name}Event::{event}(self.decide_{n}(it)?)]),"
        )
    });
    let mut out = format!(
        "#[derive(Debug, Default, Clone)]
pub struct {name} {{
    label: String,
    amount: i64,
}}
impl {name} {{
    pub fn apply(&mut self, event: &{name}Event) {{
        match event {{
{apply}        }}
    }}
    pub fn apply_json(&mut self, name: &str, json: &[u8]) -> Result<bool, serde_json::Error> {{
        match name {{
{apply_json}            _ => return Ok(false),
        }}
        Ok(true)
    }}
    pub fn decide(&self, command: {name}Command) -> Result<Vec<{name}Event>, Refused> {{
        match command {{
{decide}        }}
    }}
"
    );
    for (n, command) in numbered(commands) {
        let (event, body) = (&events[n], decision(&events[n]));
        write!(
            out,
            "    fn decide_{n}(&self, command: {command}) -> Result<{event}, Refused> {{\n{body}    }}\n"
        )
        .unwrap();
    }
    for (n, event) in numbered(events) {
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

/// A command by name, decided on the state that `Store` has, with its events as JSON.
fn route() -> String {
    let names: Vec<_> = aggregates().map(|aggregate| aggregate.name).collect();
    let states = arms(&names, |name| {
        format!(
            "pub {}: std::collections::HashMap<{name}Id, {name}>,",
            name.to_lowercase()
        )
    });
    let routes = arms(&names, |name| {
        let field = name.to_lowercase();
        format!(
            "if let Some(command) = {name}Command::from_json(name, json) {{
            let command = command?;
            let state = self.{field}.entry(command.id().clone()).or_default();
            let events = state.decide(command)?;
            let mut stored = Vec::new();
            for event in &events {{
                stored.push((event.name(), event.encode()?));
                state.apply(event);
            }}
            return Ok(stored);
        }}"
        )
    });
    format!(
        "#[derive(Debug, Default)]
pub struct Shop {{
{states}}}
impl Shop {{
    pub fn route(
        &mut self, name: &str, json: &[u8],
    ) -> Result<Vec<(&'static str, Vec<u8>)>, Box<dyn std::error::Error>> {{
{routes}        Err(name.into())
    }}
}}
"
    )
}

fn arms<T>(of: &[T], arm: impl Fn(&T) -> String) -> String {
    let mut out = String::new();
    for it in of {
        writeln!(out, "            {}", arm(it)).unwrap();
    }
    out
}

fn numbered(names: &[String]) -> Vec<(usize, &String)> {
    names.iter().enumerate().collect()
}
