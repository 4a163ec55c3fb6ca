//! What may be written in `#[event(..)]`.

use crate::keys::{CRATE, Form, Key};
use crate::shape::OPAQUE;

const fn key(name: &'static str, form: Form, example: &'static str) -> Key {
    Key {
        name,
        form,
        example,
    }
}

const SINCE: Key = key("since", Form::Value, "since = 2");
const RENAME: Key = key("rename", Form::Value, "rename = \"stored-name\"");
const DEFAULT: Key = key("default", Form::FlagOrExpression, "default = 0");

pub(super) const ON_STRUCT: &[Key] = &[
    key("name", Form::Value, "name = \"order-placed\""),
    key("version", Form::Value, "version = 2"),
    key("was", Form::List, "was(\"OrderOpened\")"),
    key("retired", Form::Flag, "retired"),
    key("previous", Form::Value, "previous = OrderPlacedV1"),
    key("services", Form::Value, "services = Prices"),
    key("raw", Form::Flag, "raw"),
    key("first", Form::Value, "first = \"why nothing is below\""),
    key(
        "removed",
        Form::Lists,
        "removed(since = 2, name = note, ty = String)",
    ),
    CRATE,
];

pub(super) const ON_FIELD: &[Key] = &[
    key("tag", Form::FlagOrValue, "tag = \"customer\""),
    SINCE,
    DEFAULT,
    key("renamed", Form::Lists, "renamed(since = 2, from = client)"),
    key(
        "changed",
        Form::Lists,
        "changed(since = 2, from = u32, with = u64::from)",
    ),
    OPAQUE,
];

pub(super) const OF_RENAMED: &[Key] = &[SINCE, key("from", Form::Value, "from = client"), RENAME];

pub(super) const OF_CHANGED: &[Key] = &[
    SINCE,
    key("from", Form::Value, "from = u32"),
    key("with", Form::Value, "with = u64::from"),
    key("try_with", Form::Value, "try_with = parse_amount"),
];

pub(super) const OF_REMOVED: &[Key] = &[
    SINCE,
    key("name", Form::Value, "name = note"),
    key("ty", Form::Value, "ty = String"),
    key("added", Form::Value, "added = 2"),
    DEFAULT,
    RENAME,
];
