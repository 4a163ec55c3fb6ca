use proc_macro2::TokenTree;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Generics, Path, Signature, Token, Type, Visibility};

use crate::names::cfgs;

/// An `impl` block. Only signatures are understood; bodies may be broken, as they are while
/// somebody types.
pub(super) struct Block {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) generics: Generics,
    /// The trait, where it is the impl of one.
    pub(super) of_trait: Option<Path>,
    pub(super) me: Type,
    pub(super) methods: Vec<Method>,
}

pub(super) struct Method {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) signature: Signature,
}

impl Parse for Block {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        input.parse::<Option<Token![unsafe]>>()?;
        input.parse::<Token![impl]>()?;
        let mut generics = if input.peek(Token![<]) && !input.peek2(Token![<]) {
            input.parse::<Generics>()?
        } else {
            Generics::default()
        };
        let mut of_trait = None;
        let mut me: Type = input.parse()?;
        if input.parse::<Option<Token![for]>>()?.is_some() {
            if let Type::Path(path) = me {
                of_trait = Some(path.path);
            }
            me = input.parse()?;
        }
        generics.where_clause = input.parse()?;
        let content;
        syn::braced!(content in input);
        content.call(Attribute::parse_inner)?;
        let mut methods = Vec::new();
        while !content.is_empty() {
            methods.extend(method(&content)?);
        }
        Ok(Self {
            cfgs: cfgs(&attrs),
            generics,
            of_trait,
            me,
            methods,
        })
    }
}

/// Reads one item of the block; `None` if it is no method.
fn method(input: ParseStream<'_>) -> syn::Result<Option<Method>> {
    let attrs = input.call(Attribute::parse_outer)?;
    input.parse::<Visibility>()?;
    let ahead = input.fork();
    let signature = starts_method(&ahead)
        .then(|| ahead.parse::<Signature>())
        .transpose()?;
    let has_value = signature.is_none() && (input.peek(Token![const]) || input.peek(Token![type]));
    skip_item(input, has_value)?;
    Ok(signature.map(|signature| Method {
        cfgs: cfgs(&attrs),
        signature,
    }))
}

/// Whether `fn` comes before whatever would make it another item.
fn starts_method(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    while !ahead.is_empty() {
        if ahead.peek(Token![fn]) {
            return true;
        }
        let other = ahead.peek(Token![:]) || ahead.peek(Token![=]) || ahead.peek(Token![!]);
        if other || ahead.parse::<TokenTree>().is_err() {
            return false;
        }
    }
    false
}

/// Skips to the end of the item: a semicolon or, unless it `has_value`, a block.
fn skip_item(input: ParseStream<'_>, has_value: bool) -> syn::Result<()> {
    while !input.is_empty() {
        let ends = input.peek(Token![;]) || input.peek(syn::token::Brace) && !has_value;
        input.parse::<TokenTree>()?;
        if ends {
            break;
        }
    }
    Ok(())
}
