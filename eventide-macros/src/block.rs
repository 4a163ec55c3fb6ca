//! Reads the `impl` blocks that `#[handlers]`, `#[folds]` and `#[projects]` stand on.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Generics, Path, Signature, Token, Type, Visibility};

use crate::diagnostics::Errors;
use crate::keys::{CRATE, Keys};
use crate::names::cfgs;

/// An `impl` block. Only signatures are understood; bodies may be broken, as they are while
/// somebody types.
pub(crate) struct Block {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) generics: Generics,
    /// The trait, where it is the impl of one.
    pub(crate) of_trait: Option<Path>,
    pub(crate) me: Type,
    pub(crate) methods: Vec<Method>,
}

pub(crate) struct Method {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) signature: Signature,
    /// What stands behind the signature.
    pub(crate) body: TokenStream,
}

/// The block as it was, then what is generated for it. The block needs no change even after an error:
/// there are no attributes of ours inside. `attribute` and `reason` are for messages.
pub(crate) fn expand(
    arguments: TokenStream,
    block: &TokenStream,
    (attribute, reason): (&str, &str),
    generate: impl FnOnce(&TokenStream, &Block, &mut Errors) -> Option<TokenStream>,
) -> TokenStream {
    let mut errors = Errors::default();
    let keys = Keys::of_list(arguments, attribute, &[CRATE], &mut errors);
    let private = keys.private(&mut errors);
    let generated = match syn::parse2::<Block>(block.clone()) {
        Ok(parsed) => generate(&private, &parsed, &mut errors),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let mut output = quiet(block, reason);
    output.extend(errors.finish());
    output.extend(generated);
    output
}

/// The block, without lints against the form that its methods must have. `reason` says so.
fn quiet(block: &TokenStream, reason: &str) -> TokenStream {
    quote! {
        #[allow(
            clippy::needless_pass_by_ref_mut,
            clippy::needless_pass_by_value,
            clippy::trivially_copy_pass_by_ref,
            clippy::unnecessary_wraps,
            clippy::unused_async,
            clippy::unused_self,
            reason = #reason
        )]
        #block
    }
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
    if signature.is_some() {
        input.advance_to(&ahead);
    }
    let body = rest_of_item(input, has_value)?;
    Ok(signature.map(|signature| Method {
        cfgs: cfgs(&attrs),
        signature,
        body,
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

/// Takes what is left of the item: up to a semicolon or, unless it `has_value`, a block.
fn rest_of_item(input: ParseStream<'_>, has_value: bool) -> syn::Result<TokenStream> {
    let mut rest = TokenStream::new();
    while !input.is_empty() {
        let ends = input.peek(Token![;]) || input.peek(syn::token::Brace) && !has_value;
        input.parse::<TokenTree>()?.to_tokens(&mut rest);
        if ends {
            break;
        }
    }
    Ok(rest)
}
