use eventide_lock::hash::fnv1a;
use quote::quote;

use super::derive;
use crate::testing::{assert_code, messages};

#[test]
fn a_struct_is_an_object_of_its_fields() {
    let expansion = derive(quote! {
        #[serde(rename_all = "camelCase")]
        pub struct Line {
            unit_price: Money,
            #[serde(default)]
            note: String,
            #[serde(skip)]
            seen: Cell,
            #[serde(flatten)]
            more: More,
            #[shape(opaque = "colour")]
            #[serde(with = "hex")]
            tint: Rgb,
        }
    });
    let (price, note) = (fnv1a(b"unitPrice"), fnv1a(b"note"));
    let (more, tint) = (fnv1a(b"more"), fnv1a(b"tint"));
    let expected = quote! {
        #[automatically_derived]
        impl ::eventide::__private::Shape for Line {
            const SHAPE: &'static ::eventide::__private::TypeShape =
                &::eventide::__private::TypeShape::object(&[
                    ::eventide::__private::Field::of::<Money>("unitPrice", #price),
                    ::eventide::__private::Field::of::<String>("note", #note).may_be_missing(),
                    ::eventide::__private::Field::of::<More>("more", #more).flat(),
                    ::eventide::__private::Field::new("tint", #tint, &::eventide::__private::TypeShape::opaque("colour"))
                ]);
        }
    };
    assert_code(&expansion, &expected);
}

#[test]
fn an_enum_is_its_variants() {
    let expansion = derive(quote! {
        #[serde(tag = "type", content = "of", rename_all = "snake_case")]
        enum Payment { NotYet, Card(CardNumber), Split(Money, Money), Gift { code: String } }
    });
    let [not_yet, card, split, gift, code] =
        ["not_yet", "card", "split", "gift", "code"].map(|name| fnv1a(name.as_bytes()));
    let expected = quote! {
        #[automatically_derived]
        impl ::eventide::__private::Shape for Payment {
            const SHAPE: &'static ::eventide::__private::TypeShape =
                &::eventide::__private::TypeShape::one_of(
                    ::eventide::__private::Tagging::Adjacent("type", "of"),
                    &[
                        ::eventide::__private::Variant::new("not_yet", #not_yet, &::eventide::__private::TypeShape::scalar("unit")),
                        ::eventide::__private::Variant::new("card", #card, <CardNumber as ::eventide::__private::Shape>::SHAPE),
                        ::eventide::__private::Variant::new("split", #split, &::eventide::__private::TypeShape::tuple(&[
                            <Money as ::eventide::__private::Shape>::SHAPE,
                            <Money as ::eventide::__private::Shape>::SHAPE
                        ])),
                        ::eventide::__private::Variant::new("gift", #gift, &::eventide::__private::TypeShape::object(&[
                            ::eventide::__private::Field::of::<String>("code", #code)
                        ]))
                    ]
                );
        }
    };
    assert_code(&expansion, &expected);
}

#[test]
fn a_newtype_is_what_it_wraps_and_so_is_a_transparent_struct() {
    for item in [
        quote!(
            struct Sku(String);
        ),
        quote!(
            #[serde(transparent)]
            struct Sku {
                text: String,
                #[serde(skip)]
                seen: bool,
            }
        ),
    ] {
        let expected = quote! {
            #[automatically_derived]
            impl ::eventide::__private::Shape for Sku {
                const SHAPE: &'static ::eventide::__private::TypeShape =
                    <String as ::eventide::__private::Shape>::SHAPE;
            }
        };
        assert_code(&derive(item), &expected);
    }
}

#[test]
fn a_parameter_has_a_shape_if_something_stored_is_made_of_it() {
    let expansion = derive(quote! {
        struct Page<'a, T: Clone, U, const N: usize> where U: Copy {
            items: [Vec<T>; N],
            #[serde(skip)]
            seen: &'a U,
        }
    });
    assert!(messages(&expansion).is_empty());
    let code = expansion.to_string();
    let head = "impl < 'a , T : Clone , U , const N : usize > :: eventide :: __private :: Shape for Page < 'a , T , U , N > where U : Copy , T : :: eventide :: __private :: Shape {";
    assert!(code.contains(head), "{code}");
}

#[test]
fn an_opaque_type_may_have_any_serde_attribute() {
    let expansion = derive(quote! {
        #[shape(opaque = "sku")]
        #[serde(try_from = "String", into = "String")]
        struct Sku(String);
    });
    assert!(messages(&expansion).is_empty());
    assert!(
        expansion
            .to_string()
            .contains("TypeShape :: opaque (\"sku\")")
    );
}

#[test]
fn variants_without_a_tag_are_told_apart_by_their_number() {
    let expansion = derive(quote! {
        #[serde(untagged)]
        enum Amount { Old(u32), #[serde(skip)] Never, New { value: String } }
    });
    let code = expansion.to_string();
    assert!(code.contains("Variant :: new (\"0\" ,"), "{code}");
    assert!(code.contains("Variant :: new (\"1\" ,"), "{code}");
    assert!(!code.contains("Variant :: new (\"2\" ,"), "{code}");
}

#[test]
fn a_union_has_no_shape() {
    let expected = "`A` is a union, but a shape is known of structs and enums";
    assert_eq!(messages(&derive(quote!(union A { a: u8 }))), [expected]);
}

#[test]
fn every_attribute_that_cannot_be_respected_is_named_at_once() {
    let expansion = derive(quote! {
        #[serde(remote = "Other")]
        struct A { #[serde(with = "hex")] a: u8, #[serde(skip_deserializing)] b: u8 }
    });
    assert_eq!(messages(&expansion).len(), 3);
    assert!(expansion.to_string().contains("Shape for A"));
}

#[test]
fn a_type_that_contains_itself_says_how_to_end_it() {
    let expansion = derive(quote!(
        enum Tree {
            Leaf,
            Node(Box<Tree>, other::Tree),
        }
    ));
    let expected = "`Tree` contains itself, and its shape would have no end\nwrite `#[shape(opaque = \"Tree\")]` on this field";
    assert_eq!(messages(&expansion), [expected]);
    let ended = derive(quote! {
        struct Tree { #[shape(opaque = "Tree")] children: Vec<Self> }
    });
    assert!(messages(&ended).is_empty());
}
