use std::ops::RangeInclusive;

use proc_macro2::{Span, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{Attribute, ExprPath, Ident, LitStr, Path, Type, Visibility};

use super::parse::{Parsed, Tag};
use super::steps::{Conversion, Fill};
use super::{attrs, parse};
use crate::diagnostics::Errors;
use crate::serde_attrs::{self, Derive, Rules};

/// An event and its history, with nothing left to decide.
pub(super) struct Event {
    pub(super) private: TokenStream,
    pub(super) ident: Ident,
    pub(super) vis: Visibility,
    pub(super) attrs: Vec<Attribute>,
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) was: Vec<String>,
    pub(super) retired: bool,
    pub(super) tags: Vec<Tag>,
    /// How serde spells the names of the fields.
    rules: Rules,
    pub(super) below: Below,
    pub(super) lives: Vec<Life>,
    /// The versions whose structs this derive knows, the present one last, and their shapes.
    pub(super) versions: RangeInclusive<u32>,
    pub(super) shapes: Vec<TokenStream>,
    /// Something is wrong with it and has been said: its steps are not to be relied on.
    pub(super) broken: bool,
}

/// What leads to the lowest version that this derive knows.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one, and it lives for one expansion"
)]
pub(super) enum Below {
    /// There is nothing below.
    Nothing,
    /// A step from this struct.
    Written(Path),
    /// A step from this struct that asks services of this type.
    WithServices(Path, Type),
    /// A step from JSON, and where that is said.
    Raw(Span),
}

/// A field through all versions.
pub(super) struct Life {
    vis: Visibility,
    attrs: Vec<Attribute>,
    ident: Option<Ident>,
    ty: Type,
    pub(super) opaque: Option<String>,
    /// The version that brought it, and what it holds in older events.
    added: Option<(u32, Option<Fill>)>,
    /// The version that no longer has it.
    gone: Option<u32>,
    /// Older names, the oldest first, with the version from which they hold no longer.
    names: Vec<(u32, Ident, Option<LitStr>)>,
    /// Older types, likewise, and how they become the next.
    types: Vec<(u32, Type, Conversion)>,
}

impl Event {
    pub(super) fn of(parsed: Parsed, versions: RangeInclusive<u32>) -> Self {
        let raw = parsed.keys.key("raw").map(Ident::span);
        let tags = parsed.fields.iter().filter_map(|field| field.tag.clone());
        Self {
            tags: tags.collect(),
            rules: parsed.container.rules(),
            retired: parsed.keys.has("retired"),
            was: parsed.was.iter().map(LitStr::value).collect(),
            below: match (parsed.previous, parsed.services, raw) {
                (Some(previous), None, _) => Below::Written(previous),
                (Some(previous), Some(services), _) => Below::WithServices(previous, services),
                (None, _, Some(raw)) => Below::Raw(raw),
                (None, _, None) => Below::Nothing,
            },
            lives: lives(&parsed.vis, parsed.fields, parsed.removed),
            private: parsed.private,
            ident: parsed.ident,
            vis: parsed.vis,
            attrs: parsed.attrs,
            name: parsed.name,
            doc: parsed.doc,
            versions,
            shapes: Vec::new(),
            broken: false,
        }
    }

    pub(super) fn current(&self) -> u32 {
        *self.versions.end()
    }

    /// The versions whose structs are written here, the oldest first.
    pub(super) fn older(&self) -> impl DoubleEndedIterator<Item = u32> + use<> {
        *self.versions.start()..self.current()
    }

    /// The struct of a version. One that is itself an older version, `OrderPlacedV2`, does not get
    /// a second number.
    pub(super) fn struct_of(&self, version: u32) -> Ident {
        if version == self.current() {
            return self.ident.clone();
        }
        let plain = self.ident.unraw().to_string();
        let own = format!("V{}", self.current());
        let stem = plain
            .strip_suffix(&own)
            .filter(|stem| !stem.is_empty())
            .unwrap_or(&plain);
        format_ident!("{stem}V{version}", span = self.ident.span())
    }

    /// The fields of a version.
    pub(super) fn fields_in(&self, version: u32) -> impl Iterator<Item = &Life> {
        self.lives.iter().filter(move |life| life.is_in(version))
    }

    /// How a field was stored in a version.
    pub(super) fn stored(&self, life: &Life, version: u32) -> serde_attrs::Field {
        let field = life.in_version(version);
        let mut unheard = Errors::default();
        let stored = serde_attrs::Field::of(&field, self.rules, true, Derive::Event, &mut unheard);
        unheard.finish();
        stored
    }

    /// The shape of a version.
    pub(super) fn shape_of(&self, version: u32) -> Option<&TokenStream> {
        let index = version.checked_sub(*self.versions.start())?;
        self.shapes.get(usize::try_from(index).ok()?)
    }
}

fn lives(
    vis: &Visibility,
    fields: Vec<parse::Field>,
    removed: Vec<super::steps::Removed>,
) -> Vec<Life> {
    let added = |added: super::steps::Added| (added.since.value, added.fill);
    let present = fields.into_iter().map(|field| Life {
        vis: field.declared.vis,
        attrs: field.declared.attrs,
        ident: field.declared.ident,
        ty: field.declared.ty,
        opaque: field.opaque,
        added: field.added.map(added),
        gone: None,
        names: field
            .renamed
            .into_iter()
            .map(|step| (step.since.value, step.from, step.stored))
            .collect(),
        types: field
            .changed
            .into_iter()
            .map(|step| (step.since.value, step.from, step.conversion))
            .collect(),
    });
    let gone = removed.into_iter().map(|removed| Life {
        vis: vis.clone(),
        attrs: attrs::of_removed(&removed),
        ident: Some(removed.name),
        ty: removed.ty,
        opaque: None,
        added: removed.added.map(added),
        gone: Some(removed.since.value),
        names: Vec::new(),
        types: Vec::new(),
    });
    present.chain(gone).collect()
}

impl Life {
    /// Whether that version has the field.
    pub(super) fn is_in(&self, version: u32) -> bool {
        let there = self
            .added
            .as_ref()
            .is_none_or(|(since, _)| *since <= version);
        there && self.gone.is_none_or(|since| version < since)
    }

    /// What an event of an older version gets, if that version brought the field.
    pub(super) fn fill(&self, version: u32) -> Option<&Fill> {
        let (since, fill) = self.added.as_ref()?;
        fill.as_ref().filter(|_| *since == version)
    }

    /// Its name in a version; `None` in a tuple.
    pub(super) fn ident(&self, version: u32) -> Option<&Ident> {
        match self.names.iter().find(|(until, ..)| version < *until) {
            Some((_, older, _)) => Some(older),
            None => self.ident.as_ref(),
        }
    }

    /// Its type in a version.
    pub(super) fn ty(&self, version: u32) -> &Type {
        let older = self.types.iter().find(|(until, ..)| version < *until);
        older.map_or(&self.ty, |(_, older, _)| older)
    }

    /// How its value in the version before becomes that of `version`, if the type changed.
    pub(super) fn conversion(&self, version: u32) -> Option<&Conversion> {
        let step = self.types.iter().find(|(since, ..)| *since == version);
        step.map(|(_, _, conversion)| conversion)
    }

    /// The field as it was in a version.
    pub(super) fn in_version(&self, version: u32) -> syn::Field {
        let older = self.names.iter().find(|(until, ..)| version < *until);
        let attrs = match older {
            Some((_, _, stored)) => attrs::renamed(&self.attrs, stored.as_ref()),
            None => attrs::kept(&self.attrs),
        };
        let ty = self.ty(version).clone();
        attrs::field(attrs, self.vis.clone(), self.ident(version).cloned(), ty)
    }
}

impl Conversion {
    /// The function that converts.
    pub(super) fn path(&self) -> &ExprPath {
        match self {
            Self::Total(path) | Self::Fallible(path) => path,
        }
    }

    pub(super) fn can_fail(&self) -> bool {
        matches!(self, Self::Fallible(_))
    }
}
