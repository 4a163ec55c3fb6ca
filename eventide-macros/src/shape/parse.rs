use proc_macro2::TokenStream;
use syn::{Attribute, Data, DeriveInput, Fields, Generics, Ident, LitStr};

use super::model::{Named, Part, Shape, Variant, mentions};
use crate::diagnostics::Errors;
use crate::keys::{CRATE, Form, Key, Keys};
use crate::serde_attrs::{self, Container, Derive, Rules, Tagging};

/// A type with a shape.
pub(super) struct Shaped {
    pub(super) private: TokenStream,
    pub(super) ident: Ident,
    pub(super) generics: Generics,
    pub(super) shape: Shape,
}

/// The key that gives a field or a type no shape but a name.
pub(crate) const OPAQUE: Key = Key {
    name: "opaque",
    form: Form::Value,
    example: "opaque = \"name\"",
};

const ON_ITEM: &[Key] = &[OPAQUE, CRATE];
const ON_PART: &[Key] = &[OPAQUE];

/// The name that `opaque` gives.
pub(crate) fn opaque(keys: &Keys, errors: &mut Errors) -> Option<String> {
    let literal = keys.value::<LitStr>("opaque", errors)?;
    let name = literal.value();
    if name.is_empty() || name.contains(char::is_control) {
        let message = "an opaque shape's name has characters, and none of them is a control";
        errors.at(&literal, message);
    }
    Some(name)
}

pub(super) fn item(item: &DeriveInput, errors: &mut Errors) -> Shaped {
    let keys = Keys::of_attributes(&item.attrs, "shape", ON_ITEM, errors);
    let private = keys.private(errors);
    let mut shape = match opaque(&keys, errors) {
        Some(name) => Shape::Opaque(name),
        None if keys.has("opaque") => Shape::Nothing,
        None => declared(item, errors),
    };
    for part in shape.parts_mut() {
        ends(part, &item.ident, errors);
    }
    Shaped {
        private,
        ident: item.ident.clone(),
        generics: item.generics.clone(),
        shape,
    }
}

/// Refuses a part that holds `this` again. A type that comes back to itself by way of another is
/// refused by the compiler, as a cycle.
fn ends(part: &mut Part, this: &Ident, errors: &mut Errors) {
    if part.opaque.is_none() && (mentions(&part.ty, this) || mentions(&part.ty, "Self")) {
        let message = format!(
            "`{this}` contains itself, and its shape would have no end\nwrite `#[shape(opaque = \"{this}\")]` on this field"
        );
        errors.at(&part.ty, message);
        part.opaque = Some(this.to_string());
    }
}

fn declared(item: &DeriveInput, errors: &mut Errors) -> Shape {
    let container = Container::of(&item.attrs, &item.data, Derive::Shape, errors);
    match &item.data {
        Data::Struct(data) => {
            let opaque = of_parts(&data.fields, errors);
            of_struct(&data.fields, &opaque, &container, Derive::Shape, errors)
        }
        Data::Enum(data) => {
            let stored = data
                .variants
                .iter()
                .filter_map(|it| variant(it, &container, errors));
            let variants = stored
                .enumerate()
                .map(|(index, variant)| match container.tagging {
                    Tagging::Untagged => Variant {
                        name: index.to_string(),
                        ..variant
                    },
                    _ => variant,
                });
            Shape::Enum {
                variants: variants.collect(),
                tagging: container.tagging.clone(),
            }
        }
        Data::Union(_) => {
            let message = format!(
                "`{}` is a union, but a shape is known of structs and enums",
                item.ident
            );
            errors.at(&item.ident, message);
            Shape::Nothing
        }
    }
}

/// `opaque` of each field.
fn of_parts(fields: &Fields, errors: &mut Errors) -> Vec<Option<String>> {
    fields
        .iter()
        .map(|field| of_part(&field.attrs, errors))
        .collect()
}

fn of_part(attrs: &[Attribute], errors: &mut Errors) -> Option<String> {
    let keys = Keys::of_attributes(attrs, "shape", ON_PART, errors);
    opaque(&keys, errors)
}

fn variant(variant: &syn::Variant, container: &Container, errors: &mut Errors) -> Option<Variant> {
    let opaque = of_part(&variant.attrs, errors);
    let serde = serde_attrs::Variant::of(variant, container, opaque.is_some(), errors);
    if serde.skipped {
        return None;
    }
    let content = match (opaque, &variant.fields) {
        (Some(name), _) => Some(Shape::Opaque(name)),
        (None, Fields::Unit) => None,
        (None, declared) => {
            let opaque = of_parts(declared, errors);
            let fields = stored(declared, serde.rules, &opaque, Derive::Shape, errors);
            match (declared, fields.is_empty()) {
                // That is how serde stores a variant whose one part is skipped.
                (Fields::Unnamed(parts), true) if parts.unnamed.len() == 1 => None,
                _ => Some(of_stored(declared, fields, container.strict)),
            }
        }
    };
    Some(Variant {
        name: serde.name,
        content,
    })
}

/// The shape of a struct. `opaque` holds for each field the name that is all of its shape, if there
/// is one.
pub(crate) fn of_struct(
    fields: &Fields,
    opaque: &[Option<String>],
    container: &Container,
    derive: Derive,
    errors: &mut Errors,
) -> Shape {
    let mut stored = stored(fields, container.rules(), opaque, derive, errors);
    if container.transparent
        && stored.len() == 1
        && let Some(one) = stored.pop()
    {
        return Shape::Same(one.part);
    }
    if stored.is_empty() && matches!(fields, Fields::Unnamed(parts) if parts.unnamed.len() == 1) {
        errors.at(fields, "its one part is skipped\nleave the part out");
    }
    of_stored(fields, stored, container.strict)
}

/// The fields that are not skipped.
fn stored(
    fields: &Fields,
    rules: Rules,
    opaque: &[Option<String>],
    derive: Derive,
    errors: &mut Errors,
) -> Vec<Named> {
    let named = fields.iter().enumerate().filter_map(|(index, field)| {
        let opaque = opaque.get(index).cloned().flatten();
        let serde = serde_attrs::Field::of(field, rules, opaque.is_some(), derive, errors);
        let named = Named {
            name: serde.name,
            part: Part {
                ty: field.ty.clone(),
                opaque,
            },
            may_be_missing: serde.may_be_missing,
            flat: serde.flat,
        };
        (!serde.skipped).then_some(named)
    });
    named.collect()
}

fn of_stored(declared: &Fields, stored: Vec<Named>, strict: bool) -> Shape {
    let is_newtype = declared.len() == 1;
    let mut parts = stored.iter().map(|field| field.part.clone());
    match declared {
        Fields::Unit => Shape::Nothing,
        Fields::Named(_) => Shape::Object {
            fields: stored,
            strict,
        },
        Fields::Unnamed(_) => match parts.next() {
            Some(one) if is_newtype => Shape::Same(one),
            first => Shape::Tuple(first.into_iter().chain(parts).collect()),
        },
    }
}
