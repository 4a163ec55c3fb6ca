use syn::ext::IdentExt;

use super::{Case, Derive, Entry, entries};
use crate::diagnostics::Errors;

/// What a container says of all its fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    /// How their keys are spelt.
    pub(crate) rename_all: Option<Case>,
    /// Each has a default.
    pub(crate) default: bool,
}

/// What is said of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "serde's flags, of which any may be given with any"
)]
pub(crate) struct Field {
    /// Its key; empty for a part of a tuple.
    pub(crate) name: String,
    /// The key need not be there.
    pub(crate) may_be_missing: bool,
    /// Its own fields stand beside its neighbours.
    pub(crate) flat: bool,
    /// It is neither written nor read.
    pub(crate) skipped: bool,
    /// Functions write or read it, so that its type says nothing.
    pub(crate) by_functions: bool,
}

impl Field {
    /// Reads a field's attributes; one that is `opaque` may be written and read by functions.
    pub(crate) fn of(
        field: &syn::Field,
        rules: Rules,
        opaque: bool,
        derive: Derive,
        errors: &mut Errors,
    ) -> Self {
        let ident = field.ident.as_ref();
        let ident = ident.map_or_else(String::new, |ident| ident.unraw().to_string());
        let mut read = Self {
            name: rules
                .rename_all
                .map_or_else(|| ident.clone(), |case| case.of_field(&ident)),
            may_be_missing: rules.default,
            flat: false,
            skipped: false,
            by_functions: false,
        };
        let mut half = Half::default();
        for entry in entries(&field.attrs, errors) {
            match entry.key.as_str() {
                "rename" => read.name = entry.one_text(errors).unwrap_or(read.name),
                "skip_serializing_if" if field.ident.is_none() => entry.refuse(
                    "on a part without a name moves the parts behind it\nleave it out, or name the fields",
                    errors,
                ),
                "default" | "skip_serializing_if" => read.may_be_missing = true,
                "flatten" => read.flat = true,
                "skip" => read.skipped = true,
                "skip_serializing" => half.written = Some(entry),
                "skip_deserializing" => half.read = Some(entry),
                "with" | "serialize_with" | "deserialize_with" => {
                    read.by_functions = true;
                    if !opaque {
                        let instead = derive.opaque_field();
                        let message = format!(
                            "stores what functions say, which are not seen here\nwrite {instead}, too"
                        );
                        entry.refuse(&message, errors);
                    }
                }
                "alias" | "bound" | "borrow" => {}
                _ => entry.refuse_unknown(derive.opaque_field(), errors),
            }
        }
        read.skipped |= half.is_whole(errors);
        read
    }
}

/// `skip_serializing` and `skip_deserializing`, which make sense for an event only together.
#[derive(Default)]
pub(super) struct Half {
    pub(super) written: Option<Entry>,
    pub(super) read: Option<Entry>,
}

impl Half {
    /// Whether both are given; one without the other is refused.
    pub(super) fn is_whole(&self, errors: &mut Errors) -> bool {
        match (&self.written, &self.read) {
            (Some(_), Some(_)) => true,
            (None, None) => false,
            (Some(entry), None) | (None, Some(entry)) => {
                entry.refuse(
                    "alone stores what is not read, or reads what is not stored\nwrite `skip`",
                    errors,
                );
                true
            }
        }
    }
}
