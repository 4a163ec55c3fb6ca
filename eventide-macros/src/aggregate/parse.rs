use proc_macro2::TokenStream;
use syn::{DeriveInput, Ident, LitInt, Type, Visibility};

use super::shape;
use crate::diagnostics::Errors;
use crate::item;
use crate::keys::{CRATE, Form, Key, Keys};
use crate::list::{self, Entry};
use crate::names;

/// An aggregate as it is written; what is `None` was left out or could not be read.
pub(super) struct Parsed {
    pub(super) keys: Keys,
    pub(super) private: TokenStream,
    pub(super) ident: Ident,
    pub(super) vis: Visibility,
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) id: Option<Type>,
    pub(super) error: Option<Type>,
    pub(super) services: Option<Type>,
    pub(super) events: Vec<Entry>,
    pub(super) commands: Vec<Entry>,
    pub(super) split: Vec<Entry>,
    pub(super) snapshot: Option<Snapshot>,
}

/// `snapshot(every = 200, version = 2)`
pub(super) struct Snapshot {
    pub(super) key: Ident,
    pub(super) every: u64,
    pub(super) version: u32,
    /// Hash of the fields of the state.
    pub(super) shape: u64,
}

const KEYS: &[Key] = &[
    Key {
        name: "id",
        form: Form::Value,
        example: "id = OrderId",
    },
    Key {
        name: "error",
        form: Form::Value,
        example: "error = OrderError",
    },
    Key {
        name: "events",
        form: Form::List,
        example: "events(OrderPlaced, OrderShipped)",
    },
    Key {
        name: "commands",
        form: Form::List,
        example: "commands(PlaceOrder, ShipOrder)",
    },
    Key {
        name: "split",
        form: Form::List,
        example: "split(OrderMoved)",
    },
    Key {
        name: "snapshot",
        form: Form::List,
        example: "snapshot(every = 200)",
    },
    Key {
        name: "services",
        form: Form::Value,
        example: "services = Services",
    },
    Key {
        name: "name",
        form: Form::Value,
        example: "name = \"order\"",
    },
    CRATE,
];

const SNAPSHOT_KEYS: &[Key] = &[
    Key {
        name: "every",
        form: Form::Value,
        example: "every = 200",
    },
    Key {
        name: "version",
        form: Form::Value,
        example: "version = 2",
    },
];

pub(super) fn aggregate(item: &DeriveInput, errors: &mut Errors) -> Option<Parsed> {
    let data = item::as_struct(item, "an aggregate is one struct, its state", errors);
    let plain = item::without_generics(
        item,
        "an aggregate is one type with one list of events",
        errors,
    );
    let keys = Keys::of_attributes(&item.attrs, "aggregate", KEYS, errors);
    let owner = &item.ident;
    let listed = |key: &str, kind: &str, errors: &mut Errors| {
        let tokens = keys.list(key).unwrap_or_default();
        list::variants(tokens, kind, owner, errors)
    };
    let events = listed("events", "event", errors);
    let commands = listed("commands", "command", errors);
    let split = listed("split", "event", errors);
    let parsed = Parsed {
        private: keys.private(errors),
        ident: owner.clone(),
        vis: item.vis.clone(),
        name: names::stored_name(&keys, owner, errors),
        doc: names::doc(&item.attrs),
        id: keys.value("id", errors),
        error: keys.value("error", errors),
        services: keys.value("services", errors),
        events,
        commands,
        split,
        snapshot: snapshot(&keys, shape::hash(item::fields(data)), errors),
        keys,
    };
    plain.map(|()| parsed)
}

fn snapshot(keys: &Keys, shape: u64, errors: &mut Errors) -> Option<Snapshot> {
    let key = keys.key("snapshot")?;
    let place = "snapshot(..)";
    let inner = Keys::of_list(keys.list("snapshot")?, place, SNAPSHOT_KEYS, errors);
    if !inner.has("every") {
        errors.at(
            key,
            "`snapshot(..)` does not say how often: write `snapshot(every = 200)`",
        );
    }
    let every = inner.value::<LitInt>("every", errors).map(|literal| {
        let every = number(&literal, errors).unwrap_or(1);
        if every == 0 {
            let message = "a snapshot every 0 events is never due: write 1 or more";
            errors.at(&literal, message);
        }
        every
    });
    let version = inner
        .value::<LitInt>("version", errors)
        .and_then(|literal| number(&literal, errors));
    Some(Snapshot {
        key: key.clone(),
        every: every.unwrap_or(1),
        version: version.unwrap_or(1),
        shape,
    })
}

fn number<N: std::str::FromStr>(literal: &LitInt, errors: &mut Errors) -> Option<N>
where
    N::Err: std::fmt::Display,
{
    literal
        .base10_parse()
        .map_err(|error| errors.push(error))
        .ok()
}
