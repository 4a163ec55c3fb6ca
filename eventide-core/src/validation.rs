//! Commands checked by [`garde`]: what `#[command(validate)]` calls.

use garde::Validate;

use crate::command::{InvalidCommand, InvalidField};

/// Checks `value`, the content of the command called `command`, by its own rules.
///
/// # Errors
/// Every field that breaks a rule, once per rule, by its path within the command.
pub fn validate<C: Validate<Context = ()>>(
    command: &'static str,
    value: &C,
) -> Result<(), InvalidCommand> {
    let Err(report) = value.validate() else {
        return Ok(());
    };
    let fields = report
        .iter()
        .map(|(path, error)| InvalidField::new(path.to_string(), error.message()))
        .collect();
    Err(InvalidCommand::new(command, fields))
}

#[cfg(test)]
mod tests {
    use garde::Validate;
    use garde::error::{Error, Path};

    use super::*;

    struct AddLines {
        note: String,
        quantities: Vec<u32>,
    }

    impl Validate for AddLines {
        type Context = ();

        fn validate_into(
            &self,
            (): &(),
            parent: &mut dyn FnMut() -> Path,
            report: &mut garde::Report,
        ) {
            if self.note.len() > 3 {
                report.append(parent().join("note"), Error::new("is too long"));
            }
            if !self.note.is_ascii() {
                report.append(parent().join("note"), Error::new("is not ASCII"));
            }
            for (at, &quantity) in self.quantities.iter().enumerate() {
                if quantity == 0 {
                    let path = parent().join("quantities").join(at);
                    report.append(path, Error::new("is zero"));
                }
            }
        }
    }

    #[test]
    fn accepts_what_breaks_no_rule() {
        let command = AddLines {
            note: "ok".to_owned(),
            quantities: vec![1],
        };
        assert_eq!(validate("AddLines", &command), Ok(()));
    }

    #[test]
    fn names_every_field_and_every_rule_it_breaks() {
        let command = AddLines {
            note: "größer".to_owned(),
            quantities: vec![1, 0, 0],
        };
        let invalid = validate("AddLines", &command).expect_err("breaks rules");
        assert_eq!(invalid.command, "AddLines");
        assert_eq!(
            invalid.fields,
            [
                InvalidField::new("note", "is too long"),
                InvalidField::new("note", "is not ASCII"),
                InvalidField::new("quantities[1]", "is zero"),
                InvalidField::new("quantities[2]", "is zero"),
            ]
        );
    }
}
