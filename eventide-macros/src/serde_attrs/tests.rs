use quote::quote;
use syn::{Data, DeriveInput, Fields, parse_quote};

use super::{Case, Container, Derive, Field, Rules, Tagging, Variant};
use crate::diagnostics::Errors;
use crate::testing::messages;

fn read<T>(read: impl FnOnce(&mut Errors) -> T) -> (T, Vec<String>) {
    let mut errors = Errors::default();
    let understood = read(&mut errors);
    (understood, messages(&errors.finish()))
}

fn container(item: &DeriveInput) -> (Container, Vec<String>) {
    read(|errors| Container::of(&item.attrs, &item.data, Derive::Shape, errors))
}

fn field(item: &DeriveInput, rules: Rules, opaque: bool) -> (Field, Vec<String>) {
    let Data::Struct(data) = &item.data else {
        unreachable!("the tests read fields of structs");
    };
    let declared = data.fields.iter().next();
    let parsed =
        declared.map(|field| read(|errors| Field::of(field, rules, opaque, Derive::Event, errors)));
    parsed.unwrap_or_else(|| unreachable!("the tests' structs have a field"))
}

fn variant(item: &DeriveInput, container: &Container) -> (Variant, Vec<String>) {
    let Data::Enum(data) = &item.data else {
        unreachable!("the tests read variants of enums");
    };
    let declared = data.variants.iter().next();
    let parsed =
        declared.map(|variant| read(|errors| Variant::of(variant, container, false, errors)));
    parsed.unwrap_or_else(|| unreachable!("the tests' enums have a variant"))
}

#[test]
fn all_of_a_container_is_read() {
    let (read, messages) = container(&parse_quote! {
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[serde(default, crate = "eventide::serde", bound = "", rename = "other", expecting = "one")]
        struct A;
    });
    assert!(messages.is_empty());
    assert_eq!(read.rename_all, Some(Case::Camel));
    assert!(read.strict && read.default && !read.transparent);
}

#[test]
fn all_four_taggings_are_read() {
    for (attribute, tagging) in [
        (quote!(), Tagging::External),
        (quote!(#[serde(tag = "t")]), Tagging::Internal("t".into())),
        (
            quote!(#[serde(tag = "t", content = "c")]),
            Tagging::Adjacent("t".into(), "c".into()),
        ),
        (quote!(#[serde(untagged)]), Tagging::Untagged),
    ] {
        let (read, messages) = container(&parse_quote!(#attribute enum A { B }));
        assert_eq!(read.tagging, tagging);
        assert!(messages.is_empty());
    }
}

#[test]
fn what_another_type_says_is_refused() {
    for key in ["from", "try_from", "into", "remote"] {
        let ident = quote::format_ident!("{key}");
        let (_, messages) = container(&parse_quote!(
            #[serde(#ident = "String")]
            struct A;
        ));
        let expected = format!(
            "`#[serde({key})]` stores what another type says, which is not seen here\nleave it out, or write `#[shape(opaque = \"name\")]` on the type"
        );
        assert_eq!(messages, [expected]);
    }
}

#[test]
fn a_rename_that_differs_is_refused_and_one_that_does_not_is_not() {
    let both = parse_quote!(
        #[serde(rename_all(serialize = "camelCase", deserialize = "camelCase"))]
        struct A;
    );
    assert_eq!(container(&both).0.rename_all, Some(Case::Camel));
    assert!(container(&both).1.is_empty());
    let one = parse_quote!(
        #[serde(rename_all(serialize = "camelCase"))]
        struct A;
    );
    let expected = "`#[serde(rename_all)]` differs between writing and reading, and what is stored must be read again\nwrite `rename_all = \"..\"`; a key that is only read is an `alias`";
    assert_eq!(container(&one).1, [expected]);
}

#[test]
fn a_fields_key_is_its_own_or_the_containers() {
    let rules = Rules {
        rename_all: Some(Case::Kebab),
        default: false,
    };
    let plain = parse_quote!(
        struct A {
            r#unit_price: u8,
        }
    );
    assert_eq!(field(&plain, rules, false).0.name, "unit-price");
    assert_eq!(field(&plain, Rules::default(), false).0.name, "unit_price");
    let renamed = parse_quote!(
        struct A {
            #[serde(rename = "p", alias = "q")]
            price: u8,
        }
    );
    assert_eq!(field(&renamed, rules, false).0.name, "p");
}

#[test]
fn a_field_may_be_missing_flat_or_skipped() {
    let (read, _) = field(
        &parse_quote!(
            struct A {
                #[serde(default)]
                a: u8,
            }
        ),
        Rules::default(),
        false,
    );
    assert!(read.may_be_missing && !read.flat && !read.skipped);
    let (read, _) = field(
        &parse_quote!(
            struct A {
                #[serde(skip_serializing_if = "f")]
                a: u8,
            }
        ),
        Rules::default(),
        false,
    );
    assert!(read.may_be_missing);
    let (read, _) = field(
        &parse_quote!(
            struct A {
                #[serde(flatten)]
                a: B,
            }
        ),
        Rules::default(),
        false,
    );
    assert!(read.flat && !read.may_be_missing);
    let (read, messages) = field(
        &parse_quote!(
            struct A {
                #[serde(skip_serializing, skip_deserializing)]
                a: u8,
            }
        ),
        Rules::default(),
        false,
    );
    assert!(read.skipped && messages.is_empty());
}

#[test]
fn a_field_that_is_half_skipped_is_refused() {
    let (_, messages) = field(
        &parse_quote!(
            struct A {
                #[serde(skip_serializing)]
                a: u8,
            }
        ),
        Rules::default(),
        false,
    );
    let expected = "`#[serde(skip_serializing)]` alone stores what is not read, or reads what is not stored\nwrite `skip`";
    assert_eq!(messages, [expected]);
}

#[test]
fn functions_are_refused_unless_the_field_is_opaque() {
    let item = parse_quote!(
        struct A {
            #[serde(with = "hex")]
            a: u8,
        }
    );
    let expected = "`#[serde(with)]` stores what functions say, which are not seen here\nwrite `#[event(opaque = \"name\")]` on the field, too";
    assert_eq!(field(&item, Rules::default(), false).1, [expected]);
    assert!(field(&item, Rules::default(), true).1.is_empty());
}

#[test]
fn an_attribute_that_is_not_known_is_refused() {
    let (_, messages) = field(
        &parse_quote!(
            struct A {
                #[serde(getter = "f")]
                a: u8,
            }
        ),
        Rules::default(),
        false,
    );
    let expected = "`#[serde(getter)]` is not known here, and may change what is stored\nleave it out, or write `#[event(opaque = \"name\")]` on the field";
    assert_eq!(messages, [expected]);
}

#[test]
fn a_variant_is_named_as_it_or_its_enum_says() {
    let all = Container {
        rename_all: Some(Case::Snake),
        rename_all_fields: Some(Case::Camel),
        ..Container::default()
    };
    let (read, _) = variant(
        &parse_quote!(
            enum A {
                PartShipped {},
            }
        ),
        &all,
    );
    assert_eq!(read.name, "part_shipped");
    assert_eq!(read.rules.rename_all, Some(Case::Camel));
    let own = parse_quote!(
        enum A {
            #[serde(rename = "part", rename_all = "UPPERCASE")]
            PartShipped {},
        }
    );
    let (read, _) = variant(&own, &all);
    assert_eq!(read.name, "part");
    assert_eq!(read.rules.rename_all, Some(Case::Upper));
}

#[test]
fn a_variant_that_swallows_others_is_refused() {
    let (_, messages) = variant(
        &parse_quote!(
            enum A {
                #[serde(other)]
                Else,
            }
        ),
        &Container::default(),
    );
    assert_eq!(messages.len(), 1);
    assert!(
        messages
            .iter()
            .all(|it| it.starts_with("`#[serde(other)]` reads as this variant"))
    );
}

#[test]
fn parts_of_tuples_keep_their_places() {
    let item: DeriveInput = parse_quote!(
        struct A(#[serde(skip_serializing_if = "f")] u8, u8);
    );
    assert!(matches!(&item.data, Data::Struct(data) if matches!(data.fields, Fields::Unnamed(_))));
    let (_, messages) = field(&item, Rules::default(), false);
    assert_eq!(
        messages,
        [
            "`#[serde(skip_serializing_if)]` on a part without a name moves the parts behind it\nleave it out, or name the fields"
        ]
    );
}
