use proc_macro2::TokenStream;
use syn::{DeriveInput, Fields, Ident, Member, Type};

use crate::diagnostics::Errors;
use crate::fallback;
use crate::item;
use crate::keys::{CRATE, Form, Key, Keys};
use crate::names;

/// A command, understood.
pub(super) struct Command {
    pub(super) private: TokenStream,
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) existence: Existence,
    pub(super) validate: bool,
    pub(super) id: Id,
}

/// The field that holds the aggregate's id.
pub(super) struct Id {
    pub(super) member: Member,
    pub(super) ty: Type,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existence {
    Must,
    MustNot,
    May,
}

const ON_STRUCT: &[Key] = &[
    Key {
        name: "creates",
        form: Form::Flag,
        example: "creates",
    },
    Key {
        name: "upserts",
        form: Form::Flag,
        example: "upserts",
    },
    Key {
        name: "validate",
        form: Form::Flag,
        example: "validate",
    },
    Key {
        name: "name",
        form: Form::Value,
        example: "name = \"place-order\"",
    },
    CRATE,
];

const ON_FIELD: &[Key] = &[Key {
    name: "id",
    form: Form::Flag,
    example: "id",
}];

pub(super) fn command(item: &DeriveInput, errors: &mut Errors) -> Option<Command> {
    let data = item::as_struct(item, "a command is one struct", errors);
    let one_shape = item::without_generics(item, "a command is one type under one name", errors);
    let keys = Keys::of_attributes(&item.attrs, "command", ON_STRUCT, errors);
    let name = names::stored_name(&keys, &item.ident, errors);
    let private = keys.private(errors);
    let existence = existence(&keys, errors);
    let validate = validate(&keys, errors);
    let id = id(&item.ident, item::fields(data), data.is_some(), errors);
    one_shape?;
    Some(Command {
        private,
        ident: item.ident.clone(),
        name,
        doc: names::doc(&item.attrs),
        existence,
        validate,
        id: id?,
    })
}

fn existence(keys: &Keys, errors: &mut Errors) -> Existence {
    match (keys.has("creates"), keys.key("upserts")) {
        (true, Some(upserts)) => {
            let message = "`creates` and `upserts` exclude each other: keep one";
            errors.at(upserts, message);
            Existence::MustNot
        }
        (true, None) => Existence::MustNot,
        (false, Some(_)) => Existence::May,
        (false, None) => Existence::Must,
    }
}

fn validate(keys: &Keys, errors: &mut Errors) -> bool {
    let Some(key) = keys.key("validate") else {
        return false;
    };
    let available = cfg!(feature = "validation");
    if !available {
        errors.at(
            key,
            "`validate` needs more: enable feature `validation` of `eventide`",
        );
    }
    available
}

/// The one field marked `#[command(id)]`. Says so if there is none or more, then guesses.
fn id(command: &Ident, fields: &Fields, is_struct: bool, errors: &mut Errors) -> Option<Id> {
    let mut marked = Vec::new();
    for (field, member) in fields.iter().zip(fields.members()) {
        let keys = Keys::of_attributes(&field.attrs, "command", ON_FIELD, errors);
        if let Some(key) = keys.key("id") {
            marked.push((
                key.clone(),
                Id {
                    member,
                    ty: field.ty.clone(),
                },
            ));
        }
    }
    let mut marked = marked.into_iter();
    let first = marked.next();
    for (key, _) in marked {
        let message = format!("`{command}` has two fields marked `#[command(id)]`: keep one");
        errors.at(key, message);
    }
    if first.is_none() && is_struct {
        let message = format!(
            "`{command}` does not say whom it is addressed to\nput `#[command(id)]` on the field that holds the aggregate's id"
        );
        errors.at(command, message);
    }
    first
        .map(|(_, id)| id)
        .or_else(|| fallback::id_field(fields).map(|(member, ty)| Id { member, ty }))
}
