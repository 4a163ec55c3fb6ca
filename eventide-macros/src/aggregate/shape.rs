//! A hash of the fields of a state: part of what tells a snapshot's shape from another.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Fields};

/// FNV-1a (Fowler, Noll, Vo) over names, types and attributes of the fields, as they are written.
/// Docs do not count, nor do blanks.
pub(super) fn hash(fields: &Fields) -> u64 {
    let mut hash = Fnv::default();
    for (field, member) in fields.iter().zip(fields.members()) {
        let says_something = |attr: &&Attribute| !attr.path().is_ident("doc");
        for attr in field.attrs.iter().filter(says_something) {
            hash.tokens(attr.to_token_stream());
        }
        hash.tokens(member.to_token_stream());
        hash.tokens(field.ty.to_token_stream());
    }
    hash.0
}

struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    self.text("(");
                    self.tokens(group.stream());
                    self.text(")");
                }
                other => self.text(&other.to_string()),
            }
        }
        self.text(";");
    }

    fn text(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
