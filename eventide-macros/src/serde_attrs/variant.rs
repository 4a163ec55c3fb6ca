use syn::ext::IdentExt;

use super::container::case;
use super::field::Half;
use super::{Container, Derive, Rules, entries};
use crate::diagnostics::Errors;

/// What is said of an enum's variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variant {
    /// What it is stored as.
    pub(crate) name: String,
    /// It is neither written nor read.
    pub(crate) skipped: bool,
    /// What holds for each of its fields.
    pub(crate) rules: Rules,
}

impl Variant {
    /// Reads a variant's attributes; one that is `opaque` may be written and read by functions.
    pub(crate) fn of(
        variant: &syn::Variant,
        container: &Container,
        opaque: bool,
        errors: &mut Errors,
    ) -> Self {
        let ident = variant.ident.unraw().to_string();
        let mut read = Self {
            name: container
                .rename_all
                .map_or_else(|| ident.clone(), |case| case.of_variant(&ident)),
            skipped: false,
            rules: Rules {
                rename_all: container.rename_all_fields,
                default: false,
            },
        };
        let mut half = Half::default();
        for entry in entries(&variant.attrs, errors) {
            match entry.key.as_str() {
                "rename" => read.name = entry.one_text(errors).unwrap_or(read.name),
                "rename_all" => read.rules.rename_all = case(&entry, errors),
                "skip" => read.skipped = true,
                "skip_serializing" => half.written = Some(entry),
                "skip_deserializing" => half.read = Some(entry),
                "with" | "serialize_with" | "deserialize_with" if opaque => {}
                "with" | "serialize_with" | "deserialize_with" => entry.refuse(
                    "stores what functions say, which are not seen here\nwrite `#[shape(opaque = \"name\")]` on the variant, too",
                    errors,
                ),
                "other" => entry.refuse(
                    "reads as this variant what it does not know, and forgets what it was\nleave it out: an event of a newer program is an error and is not lost",
                    errors,
                ),
                "untagged" => entry.refuse(
                    "on one variant mixes two ways to tell variants apart\nput it on the enum, or leave it out",
                    errors,
                ),
                "alias" | "bound" | "borrow" => {}
                _ => entry.refuse_unknown(Derive::Shape.opaque_type(), errors),
            }
        }
        read.skipped |= half.is_whole(errors);
        read
    }
}
