use quote::quote_spanned;
use syn::{DeriveInput, Path, Type, parse_quote_spanned};

use crate::diagnostics::Errors;
use crate::item;
use crate::keys::{CRATE, Form, Key, Keys};
use crate::read_model::{self, IGNORES, NAME, OBSERVES, ReadModel, VERSION};
use crate::spans::at;

/// A projection, understood.
pub(super) struct Projection {
    pub(super) read_model: ReadModel,
    pub(super) target: Type,
    /// `None`: as the trait says.
    pub(super) on_failure: Option<OnFailure>,
}

/// What becomes of an event that fails.
pub(super) enum OnFailure {
    /// A variant of `OnFailure`.
    Always(syn::Ident),
    /// A function decides.
    Asks(Path),
}

const KEYS: &[Key] = &[
    Key {
        name: "target",
        form: Form::Value,
        example: "target = Postgres",
    },
    OBSERVES,
    IGNORES,
    NAME,
    VERSION,
    Key {
        name: "on_failure",
        form: Form::Value,
        example: "on_failure = stop",
    },
    CRATE,
];

pub(super) fn projection(item: &DeriveInput, errors: &mut Errors) -> Option<Projection> {
    item::as_struct(item, "a projection is one struct", errors);
    let plain =
        item::without_generics(item, "a projection is one type with one checkpoint", errors);
    let keys = Keys::of_attributes(&item.attrs, "projection", KEYS, errors);
    keys.require(&["target", "observes"], &item.ident, errors);
    let read_model = read_model::parse(item, "projection", &keys, errors);
    let target = keys.value("target", errors).unwrap_or_else(|| {
        let private = &read_model.private;
        parse_quote_spanned!(at(item.ident.span())=> #private::Outside)
    });
    let on_failure = keys.value::<Path>("on_failure", errors).map(on_failure);
    let projection = Projection {
        read_model,
        target,
        on_failure,
    };
    plain.map(|()| projection)
}

fn on_failure(path: Path) -> OnFailure {
    let Some(word) = path.get_ident() else {
        return OnFailure::Asks(path);
    };
    let variant = match word.to_string().as_str() {
        "park" => "Park",
        "retry" => "Retry",
        "stop" => "Stop",
        _ => return OnFailure::Asks(path),
    };
    OnFailure::Always(syn::Ident::new(variant, at(word.span())))
}

impl OnFailure {
    /// The expression that decides, about `failure` of `self`.
    pub(super) fn expression(
        &self,
        private: &proc_macro2::TokenStream,
    ) -> proc_macro2::TokenStream {
        use syn::spanned::Spanned;
        match self {
            Self::Always(variant) => {
                quote_spanned!(variant.span()=> #private::OnFailure::#variant)
            }
            Self::Asks(path) => quote_spanned!(at(path.span())=> #path(self, failure)),
        }
    }
}
