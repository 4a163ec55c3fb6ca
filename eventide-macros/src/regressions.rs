//! Weaknesses seen in the macros of other projects, which these must not have: what a user wrote is
//! never passed over, never changed, never a panic, and its expansion does not depend on chance.

use std::panic::catch_unwind;

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    aggregate, aggregate_id, command, domain, event, folds, handlers, outcome, projection,
    projects, view,
};

type Derive = fn(TokenStream) -> TokenStream;

const DERIVES: [(&str, Derive); 8] = [
    ("event", event::derive),
    ("command", command::derive),
    ("aggregate", aggregate::derive),
    ("aggregate_id", aggregate_id::derive),
    ("outcome", outcome::derive),
    ("view", view::derive),
    ("projection", projection::derive),
    ("domain", domain::derive),
];

type Attribute = fn(TokenStream, &TokenStream) -> TokenStream;

const ATTRIBUTES: [(&str, Attribute); 3] = [
    ("handlers", handlers::expand),
    ("folds", folds::expand),
    ("projects", projects::expand),
];

/// An attribute key that was misspelt was silently ignored.
#[test]
fn a_misspelt_key_is_never_ignored_6_12() {
    let items: [(Derive, TokenStream); 10] = [
        (
            event::derive,
            quote!(
                #[event(nmae = "x")]
                struct E {
                    a: u8,
                }
            ),
        ),
        (
            event::derive,
            quote!(
                #[event(version = 2, removed(snice = 2, name = a, ty = u8))]
                struct E {}
            ),
        ),
        (
            event::derive,
            quote!(
                #[event(version = 2)]
                struct E {
                    #[event(renamed(since = 2, form = b))]
                    a: u8,
                }
            ),
        ),
        (
            event::derive,
            quote!(
                #[event(version = 2)]
                struct E {
                    #[event(sinec = 2, default)]
                    a: u8,
                }
            ),
        ),
        (
            aggregate::derive,
            quote! {
                #[aggregate(id = Id, error = E, events(), commands(), spilt(A))] struct A;
            },
        ),
        (
            command::derive,
            quote!(
                #[command(craetes)]
                struct C {
                    #[command(id)]
                    id: Id,
                }
            ),
        ),
        (
            aggregate::derive,
            quote! {
                #[aggregate(id = Id, error = E, events(), commands(), snapshto(every = 1))] struct A;
            },
        ),
        (
            view::derive,
            quote!(
                #[view(key = A, observes(B), ignors(C))]
                struct V;
            ),
        ),
        (
            view::derive,
            quote!(
                #[view(key = A, observes(B))]
                struct V {
                    #[view(indx)]
                    a: u8,
                }
            ),
        ),
        (
            domain::derive,
            quote!(
                #[domain(aggregtes(A))]
                struct D;
            ),
        ),
    ];
    for (derive, item) in items {
        let expansion = derive(item.clone()).to_string();
        assert!(expansion.contains("compile_error"), "{item}");
        assert!(expansion.contains("did you mean"), "{item}");
    }
}

const ARGUMENTS: &[&str] = &[
    "",
    "=",
    ",",
    "a",
    "a =",
    "a = ,",
    "a(",
    "a()",
    "a(b, , c)",
    "= \"x\"",
    "\"x\"",
    "7",
    "id",
    "id = ",
    "id = 7",
    "events",
    "events = A",
    "events(",
    "events(7)",
    "events(A as)",
    "events(A as 7)",
    "events(#[cfg] A)",
    "events(#[cfg(x)])",
    "snapshot",
    "snapshot = 1",
    "snapshot(every)",
    "snapshot(every = -1)",
    "snapshot(every = 99999999999999999999)",
    "crate",
    "crate = 7",
    "crate = \"\"",
    "crate = \"::\"",
    "name = \"\"",
    "name = 7",
    "tag",
    "tag = 7",
    "version",
    "version = 0",
    "version = -1",
    "version = 2",
    "version = 2u8, since = 2, default",
    "version = 4294967295",
    "version = 99999999999999999999",
    "version = 3, removed(since = 2, name = a, ty = u8), removed(since = 3, name = a, ty = u8)",
    "version = 3, previous = A, raw, first = \"x\", services = B",
    "version = 2, first = \"\"",
    "version = 2, removed(since = 2, name = r#fn, ty = [u8; {)",
    "version = 2, removed(since = 2, name = b, ty = fn() -> u8, added = 1, default = |a, b| a << b)",
    "removed",
    "removed = 2",
    "removed()",
    "removed(since, name, ty)",
    "removed(since = 2, name = 7, ty = 7)",
    "was",
    "was()",
    "was(A)",
    "was(\"\", \"\", \"X\", \"X\")",
    "retired, retired",
    "since = 2",
    "since = 2, default = ",
    "since = 2, default = 1 <",
    "since = 2, default = { , }",
    "since = 4294967295, default",
    "renamed(since = 2, from = a)",
    "renamed(since = 3, from = b), renamed(since = 2, from = 7)",
    "renamed(since = 2, from = b, rename = 7)",
    "changed(since = 2, from = u8)",
    "changed(since = 2, from = , with = )",
    "changed(since = 2, from = u8, with = |a| a)",
    "changed(since = 2, from = u8, with = a, try_with = b)",
    "changed(since = 2, from = Vec<u8, with = <u8 as From<u8>>::from)",
    "opaque = \"\"",
    "split",
    "split(A, A)",
    "events(A), split(A, B)",
    "creates, creates",
    "creates, upserts",
    "aggregates(A, A)",
    "views(A, A)",
    "key",
    "key = ",
    "key = A, observes(B), ignores(C)",
    "key = u8, observes(#[cfg(x)] A, A as B)",
    "index",
    "index, unique",
    "services",
    "'a",
    "!",
    "::",
    "r#id = X",
    "#[x]",
];

const BODIES: &[&str] = &[
    "struct X;",
    "struct X {}",
    "struct X();",
    "struct X(u8);",
    "struct X { a: u8 }",
    "struct X<T>(T);",
    "struct X<'a>(&'a u8);",
    "enum X {}",
    "enum X { A, B(u8), C { d: u8 } }",
    "union X { a: u8 }",
    "struct r#fn { r#type: u8 }",
    "fn x() {}",
    "",
    "struct",
    "struct X {",
];

const METHODS: &[&str] = &[
    "",
    "fn f();",
    "fn f() {}",
    "fn f(self) {}",
    "fn f(&self) {}",
    "fn f(&self, a: A, b: B, c: C) {}",
    "fn f(&mut self, _: &E) -> u8 {}",
    "async fn f(&mut self, e: E) {}",
    "const X: u8 = 1;",
    "type T = u8;",
    "fn f<T>(&self, a: T) {}",
    "unsafe fn f(&self, a: A) {}",
    "m!();",
    "fn f(self: Box<Self>, a: A) {}",
    "fn f(&self, (a, b): A) -> impl Sized { broken ( }",
    "}{",
    "fn r#f(&self, r#a: r#A) -> ! {}",
    "fn f(&'a self, a: &'a mut A) {}",
    "fn f(e: &E) -> K {}",
    "fn f<'a>(e: &'a E, r: &'a R) -> &'a K {} fn g(&mut self, e: &E, r: &R) -> Result<(), F> {}",
    "fn f(e: &E) -> impl K {} fn g(e: &E) {}",
];

/// An attribute that could not be parsed made the macro panic.
#[test]
fn no_tokens_make_a_macro_panic_6_12() {
    for body in BODIES {
        for (name, derive) in DERIVES {
            for arguments in ARGUMENTS {
                for text in [
                    format!("#[{name}({arguments})] {body}"),
                    format!("#[{name} {arguments}] {body}"),
                    body.replace("a: u8", &format!("#[{name}({arguments})] a: u8")),
                    format!("#[event(version = 3)] {body}")
                        .replace("a: u8", &format!("#[{name}({arguments})] a: u8")),
                ] {
                    let Ok(tokens) = text.parse::<TokenStream>() else {
                        continue;
                    };
                    assert!(catch_unwind(|| derive(tokens)).is_ok(), "{name} on {text}");
                }
            }
        }
    }
    for method in METHODS {
        for head in [
            "impl X",
            "impl<T> X<T>",
            "impl T for X",
            "impl",
            "mod x",
            "impl &X",
            "impl dyn X",
        ] {
            let Ok(block) = format!("{head} {{ {method} }}").parse::<TokenStream>() else {
                continue;
            };
            for (name, expand) in ATTRIBUTES {
                let expanded = catch_unwind(|| expand(TokenStream::new(), &block));
                assert!(expanded.is_ok(), "{name} on {block}");
            }
        }
    }
}

/// A hash map decided in which order the code came out, differently in each build.
#[test]
fn an_expansion_is_the_same_each_time_6_12() {
    let item = quote! {
        #[aggregate(id = Id, error = E, events(A, B, C, D, F, G), commands(H, I, J, K, L, M))]
        struct X { a: u8, b: u8, c: u8 }
    };
    let history = quote! {
        #[event(version = 3, removed(since = 2, name = b, ty = u8), removed(since = 3, name = c, ty = u8))]
        struct X {
            #[event(since = 2, default, changed(since = 3, from = u8, with = d))] a: u16,
            #[event(renamed(since = 2, from = e), renamed(since = 3, from = f))] g: u8,
        }
    };
    let cases: [(Derive, TokenStream); 2] = [(aggregate::derive, item), (event::derive, history)];
    for (derive, item) in cases {
        let first = derive(item.clone()).to_string();
        assert!(!first.contains("compile_error"), "{first}");
        for _ in 0..50 {
            assert_eq!(derive(item.clone()).to_string(), first);
        }
    }
}

/// The user's own item came out changed, which confused both people and editors.
#[test]
fn a_block_comes_out_as_it_was_written_6_12() {
    let block = quote! {
        impl X {
            /// Why.
            #[inline]
            fn place(&self, Place { id, .. }: Place) -> Result<Placed, E> { body!(id) }
            fn placed(&mut self, _: &Placed) {}
            fn key(&Placed { id, .. }: &Placed) -> Id { body!(id) }
        }
    };
    for (name, expand) in ATTRIBUTES {
        let expanded = expand(TokenStream::new(), &block).to_string();
        assert!(expanded.contains(&block.to_string()), "{name}: {expanded}");
    }
}
