//! What a person and a program are told.

use eventide_lock::{Comparison, Lock, compare};
use serde_json::json;

fn comparison(old: &str, new: &str) -> Comparison {
    let lock = |blocks| Lock::parse(&format!("format 1\ndomain shop\n{blocks}")).unwrap();
    compare(&lock(old), &lock(new))
}

const OLD: &str = "event OrderPlaced 1 published
  currency: string
  lines: [object]
  lines[].quantity: u32
event OrderSent 1
  parcel: uuid
event Dropped 1
";

#[test]
fn a_person_sees_what_differs_and_what_to_do() {
    let new = "event OrderPlaced 1 published
  currency: string
  lines: [object]
  lines[].quantity: u32
event OrderPlaced 2
  currency: string
event OrderSent 1
  carrier?: string
  parcel: string
event Dropped 1
";
    assert_eq!(
        comparison(OLD, new).to_string(),
        "\
READERS FIRST  OrderPlaced 2  new version
               old data are read through the upcaster; old programs hold on the new version
SAFE           OrderSent 1    field `carrier` is new: `string`
               old data may do without it, and old programs pass over it
READERS FIRST  OrderSent 1    field `parcel` was `uuid`, is `string`
               any text may be written, which old programs refuse

1 safe, 2 readers first: deploy every reader first, then the writers
"
    );
}

#[test]
fn a_person_sees_what_is_refused_last_and_what_to_do_about_it() {
    let new = "event OrderPlaced 1 published
  currency: string
  lines: [object]
  lines[].quantity: u16
event OrderSent 1
  parcel: uuid
";
    assert_eq!(
        comparison(OLD, new).to_string(),
        "\
WRITERS FIRST  Dropped 1      event is gone
               no event of this name can be read any more
WRITERS FIRST  OrderPlaced 1  field `lines[].quantity` was `u32`, is `u16`
               values that do not fit may be stored, and are refused
REFUSED        OrderPlaced 1  is published and has changed: keep it as it was, and declare the change as a new version

2 writers first, 1 refused: put right what is refused, then compare again
"
    );
}

#[test]
fn where_nothing_differs_that_is_said() {
    assert_eq!(
        comparison(OLD, OLD).to_string(),
        "no difference: deploy in any order\n"
    );
}

#[test]
fn a_program_sees_the_same() {
    let new = OLD
        .replace("currency: string", "currency: uuid")
        .replace("event Dropped 1\n", "");
    assert_eq!(
        comparison(OLD, &new).to_json(),
        json!({
            "schema": "eventide.schema.compare/1",
            "order": "writers_first",
            "advice": "deploy every writer first, then the readers, once no event of the old form is left to read",
            "differences": [
                {
                    "event": "Dropped",
                    "version": 1,
                    "kind": "event_removed",
                    "reads_old_data": false,
                    "readable_by_old_programs": true,
                    "order": "writers_first",
                    "reason": "no event of this name can be read any more",
                    "changes": [],
                },
                {
                    "event": "OrderPlaced",
                    "version": 1,
                    "kind": "changed",
                    "reads_old_data": false,
                    "readable_by_old_programs": true,
                    "order": "writers_first",
                    "reason": "the shape is not the same",
                    "changes": [{
                        "path": "currency",
                        "kind": "retyped",
                        "message": "field `currency` was `string`, is `uuid`",
                        "was": "string",
                        "is": "uuid",
                        "reads_old_data": false,
                        "readable_by_old_programs": true,
                        "order": "writers_first",
                        "reason": "other texts may be stored, and are refused",
                    }],
                },
            ],
            "refused": [{
                "event": "OrderPlaced",
                "version": 1,
                "kind": "published_changed",
                "message": "is published and has changed: keep it as it was, and declare the change as a new version",
            }],
        })
    );
}
