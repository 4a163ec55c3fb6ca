use proc_macro2::TokenStream;
use syn::{DeriveInput, Ident, Member, Type};

use crate::diagnostics::Errors;
use crate::item;
use crate::keys::{CRATE, Keys};

/// A newtype that is an aggregate's identity.
pub(super) struct AggregateId {
    pub(super) private: TokenStream,
    pub(super) ident: Ident,
    pub(super) member: Member,
    pub(super) inner: Type,
}

pub(super) fn aggregate_id(item: &DeriveInput, errors: &mut Errors) -> Option<AggregateId> {
    let newtype = "an aggregate's id is a newtype: `struct OrderId(String);`";
    let data = item::as_struct(item, newtype, errors);
    let plain = item::without_generics(item, newtype, errors);
    let keys = Keys::of_attributes(&item.attrs, "aggregate_id", &[CRATE], errors);
    let private = keys.private(errors);
    let fields = &data?.fields;
    if fields.len() != 1 {
        let message = format!(
            "`{}` has {} fields, but {newtype}",
            item.ident,
            fields.len()
        );
        errors.at(&item.ident, message);
    }
    plain?;
    let (field, member) = fields.iter().zip(fields.members()).next()?;
    (fields.len() == 1).then(|| AggregateId {
        private,
        ident: item.ident.clone(),
        member,
        inner: field.ty.clone(),
    })
}
