//! Histories that are declared, right or wrong: what the derive takes has the versions that were
//! declared, with the fields that each of them had, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use quote::ToTokens;
use syn::Item;

use super::{config, items};
use crate::event;
use crate::testing::messages;

const NAMES: &[&str] = &["a", "b", "c", "d", "e"];
const TYPES: &[&str] = &["u8", "u16", "String"];

/// A field as it is declared.
#[derive(Debug, Clone)]
struct Field {
    name: &'static str,
    ty: &'static str,
    since: Option<u32>,
    renamed: Vec<(u32, &'static str)>,
    changed: Vec<(u32, &'static str)>,
}

/// A field that is gone.
#[derive(Debug, Clone)]
struct Removed {
    since: u32,
    name: &'static str,
    ty: &'static str,
    added: Option<u32>,
}

#[derive(Debug, Clone)]
struct Event {
    version: u32,
    first: bool,
    fields: Vec<Field>,
    removed: Vec<Removed>,
}

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![60 => 1_u32..6, 1 => Just(0), 1 => Just(u32::MAX)]
}

fn step(to: &'static [&'static str]) -> impl Strategy<Value = Vec<(u32, &'static str)>> {
    vec((number(), prop::sample::select(to)), 0..3).prop_map(|mut steps| {
        // Mostly in order, so that more of them are taken.
        if steps.iter().all(|(version, _)| *version != 3) {
            steps.sort_by_key(|(version, _)| *version);
        }
        steps
    })
}

fn field() -> impl Strategy<Value = Field> {
    let (name, ty) = (prop::sample::select(NAMES), prop::sample::select(TYPES));
    (
        name,
        ty,
        option::weighted(0.4, number()),
        step(NAMES),
        step(TYPES),
    )
        .prop_map(|(name, ty, since, renamed, changed)| Field {
            name,
            ty,
            since,
            renamed,
            changed,
        })
}

fn removed() -> impl Strategy<Value = Removed> {
    let (name, ty) = (prop::sample::select(NAMES), prop::sample::select(TYPES));
    (number(), name, ty, option::weighted(0.3, number())).prop_map(|(since, name, ty, added)| {
        Removed {
            since,
            name,
            ty,
            added,
        }
    })
}

fn declared() -> impl Strategy<Value = Event> {
    let parts = (
        number(),
        any::<bool>(),
        vec(field(), 0..3),
        vec(removed(), 0..3),
    );
    parts.prop_map(|(version, first, fields, removed)| Event {
        version,
        first,
        fields,
        removed,
    })
}

impl Event {
    fn text(&self) -> String {
        let mut on_struct = vec![format!("version = {}", self.version)];
        if self.first {
            on_struct.push("first = \"there was none\"".to_owned());
        }
        for Removed {
            since,
            name,
            ty,
            added,
        } in &self.removed
        {
            let added = added.map(|added| format!(", added = {added}, default"));
            let added = added.unwrap_or_default();
            on_struct.push(format!(
                "removed(since = {since}, name = {name}, ty = {ty}{added})"
            ));
        }
        let fields = self.fields.iter().map(Field::text);
        let (on_struct, fields) = (on_struct.join(", "), fields.collect::<Vec<_>>().join(", "));
        format!("#[event({on_struct})] struct X {{ {fields} }}")
    }

    /// What was there in a version.
    fn fields_in(&self, version: u32) -> BTreeSet<(String, String)> {
        let present = self
            .fields
            .iter()
            .filter(|field| field.since.unwrap_or(1) <= version);
        let gone = self
            .removed
            .iter()
            .filter(|field| field.added.unwrap_or(1) <= version && version < field.since);
        let present = present.map(|field| field.in_version(version));
        let gone = gone.map(|field| (field.name.to_owned(), field.ty.to_owned()));
        present.chain(gone).collect()
    }
}

impl Field {
    fn text(&self) -> String {
        let mut keys = Vec::new();
        keys.extend(self.since.map(|since| format!("since = {since}, default")));
        let renamed = self.renamed.iter();
        keys.extend(renamed.map(|(at, from)| format!("renamed(since = {at}, from = {from})")));
        let changed = self.changed.iter();
        keys.extend(
            changed.map(|(at, from)| format!("changed(since = {at}, from = {from}, with = f)")),
        );
        format!("#[event({})] {}: {}", keys.join(", "), self.name, self.ty)
    }

    /// What it was before the first step that a version had still to come to.
    fn in_version(&self, version: u32) -> (String, String) {
        let before = |steps: &[(u32, &'static str)], now: &'static str| {
            let to_come = steps.iter().filter(|(at, _)| *at > version);
            to_come
                .min_by_key(|(at, _)| *at)
                .map_or(now, |(_, from)| *from)
                .to_owned()
        };
        (
            before(&self.renamed, self.name),
            before(&self.changed, self.ty),
        )
    }
}

/// The structs of an expansion, by version.
fn structs(items: &[Item]) -> BTreeMap<u32, BTreeSet<(String, String)>> {
    let structs = items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some(item),
        _ => None,
    });
    structs
        .filter_map(|item| {
            let version = item.ident.to_string().strip_prefix("XV")?.parse().ok()?;
            let fields = item.fields.iter().map(|field| {
                let name = field.ident.to_token_stream().to_string();
                (name, field.ty.to_token_stream().to_string())
            });
            Some((version, fields.collect()))
        })
        .collect()
}

#[test]
fn what_is_taken_has_the_versions_that_were_declared() {
    // A property that everything is refused for would prove nothing.
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(config(4_000));
    let found = runner.run(&declared(), |declared| {
        let text = declared.text();
        let tokens = text
            .parse()
            .map_err(|error| TestCaseError::fail(format!("{error}")))?;
        let expansion = event::derive(tokens);
        let items = items(&expansion).map_err(TestCaseError::fail)?;
        if !messages(&expansion).is_empty() {
            return Ok(());
        }
        TAKEN.fetch_add(1, Ordering::Relaxed);
        let structs = structs(&items);
        let lowest = structs.keys().next().copied().unwrap_or(declared.version);
        prop_assert!(
            lowest == 1 || declared.first,
            "{text}: nothing is below {lowest}"
        );
        let versions: Vec<_> = structs.keys().copied().collect();
        let all: Vec<_> = (lowest..declared.version).collect();
        prop_assert_eq!(versions, all, "{}", text);
        for (version, fields) in structs {
            prop_assert_eq!(
                fields,
                declared.fields_in(version),
                "{}: version {}",
                text,
                version
            );
        }
        Ok(())
    });
    assert!(found.is_ok(), "{found:?}");
    let taken = TAKEN.load(Ordering::Relaxed);
    assert!(taken > 200, "only {taken} were taken");
}
