use syn::{Attribute, Data};

use super::{Case, Derive, Entry, Rules, entries};
use crate::diagnostics::Errors;

/// What is said of a whole struct or enum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Container {
    /// How fields of a struct and variants of an enum are spelt.
    pub(crate) rename_all: Option<Case>,
    /// How fields of an enum's variants are spelt.
    pub(crate) rename_all_fields: Option<Case>,
    /// Unknown keys are refused.
    pub(crate) strict: bool,
    /// Every field has a default.
    pub(crate) default: bool,
    /// It is stored as its one field is.
    pub(crate) transparent: bool,
    /// How variants are told apart.
    pub(crate) tagging: Tagging,
}

/// How variants are told apart, in serde's terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Tagging {
    #[default]
    External,
    Internal(String),
    Adjacent(String, String),
    Untagged,
}

impl Container {
    /// Reads the attributes of an item that is `data`.
    pub(crate) fn of(
        attrs: &[Attribute],
        data: &Data,
        derive: Derive,
        errors: &mut Errors,
    ) -> Self {
        let mut container = Self::default();
        let (mut tag, mut content, mut untagged) = (None, None, false);
        for entry in entries(attrs, errors) {
            match entry.key.as_str() {
                "rename_all" => container.rename_all = case(&entry, errors),
                "rename_all_fields" => container.rename_all_fields = case(&entry, errors),
                "deny_unknown_fields" => container.strict = true,
                "default" => container.default = true,
                "transparent" => container.transparent = true,
                "tag" if matches!(data, Data::Struct(_)) => entry.refuse(
                    "on a struct stores the type's name, which may change\nleave it out, or make it a field",
                    errors,
                ),
                "tag" => tag = entry.text(),
                "content" => content = entry.text(),
                "untagged" => untagged = true,
                "rename" | "crate" | "bound" | "expecting" => {}
                "from" | "try_from" | "into" | "remote" => {
                    let instead = derive.opaque_type();
                    let message = format!(
                        "stores what another type says, which is not seen here\nleave it out, or write {instead}"
                    );
                    entry.refuse(&message, errors);
                }
                _ => entry.refuse_unknown(derive.opaque_type(), errors),
            }
        }
        container.tagging = match (untagged, tag, content) {
            (true, ..) => Tagging::Untagged,
            (false, Some(tag), None) => Tagging::Internal(tag),
            (false, Some(tag), Some(content)) => Tagging::Adjacent(tag, content),
            (false, None, _) => Tagging::External,
        };
        container
    }

    /// What holds for each field of a struct.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            rename_all: self.rename_all,
            default: self.default,
        }
    }
}

/// The rule a `rename_all` names.
pub(super) fn case(entry: &Entry, errors: &mut Errors) -> Option<Case> {
    Case::named(&entry.one_text(errors)?)
}
