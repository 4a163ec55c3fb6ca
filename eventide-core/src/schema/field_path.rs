//! Which field a JSON error is about, found from the place the decoder stopped at.
//!
//! Done this way so that the happy path pays nothing: a path-tracking deserializer would have to
//! wrap every event's decoder, at run time and at compile time.

use std::fmt::Write;

/// The path to the field `error` is about within `json`, such as `lines[2].quantity`; empty if it
/// is about the whole value.
pub(crate) fn field_path(json: &[u8], error: &serde_json::Error) -> String {
    let offset = offset_of(json, error.line(), error.column());
    let mut path = path_at(json, offset);
    if let Some(name) = missing_field(&error.to_string()) {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
    }
    path
}

fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

/// `serde_json` counts lines from 1 and columns in bytes, up to and including the last byte read.
fn offset_of(json: &[u8], line: usize, column: usize) -> usize {
    let mut line_start = 0;
    for _ in 1..line {
        let rest = json.get(line_start..).unwrap_or_default();
        line_start += rest
            .iter()
            .position(|&byte| byte == b'\n')
            .map_or(rest.len(), |at| at + 1);
    }
    (line_start + column).min(json.len())
}

enum Step {
    Key(String),
    Index(usize),
    /// An object before its first key.
    Object,
}

/// The path of the innermost value that is open after the first `end` bytes.
///
/// A missing field is reported at the closing brace of its object: that brace is not counted, so
/// that the object itself is the answer.
fn path_at(json: &[u8], end: usize) -> String {
    let mut steps: Vec<Step> = Vec::new();
    let mut at = 0;
    let mut expect_key = false;
    while at < end {
        let Some(&byte) = json.get(at) else { break };
        match byte {
            b'"' => {
                let (text, next) = string_at(json, at);
                if expect_key {
                    if let Some(top) = steps.last_mut() {
                        *top = Step::Key(text);
                    }
                    expect_key = false;
                }
                at = next;
                continue;
            }
            b'{' => {
                steps.push(Step::Object);
                expect_key = true;
            }
            b'[' => steps.push(Step::Index(0)),
            b',' => match steps.last_mut() {
                Some(Step::Index(index)) => *index += 1,
                Some(_) => expect_key = true,
                None => {}
            },
            b'}' if at + 1 == end => {
                if let Some(top) = steps.last_mut() {
                    *top = Step::Object;
                }
            }
            b'}' | b']' => {
                steps.pop();
            }
            _ => {}
        }
        at += 1;
    }
    render(&steps)
}

/// The text of the string that starts at `start`, escapes left as they are, and where it ends.
fn string_at(json: &[u8], start: usize) -> (String, usize) {
    let mut at = start + 1;
    while let Some(&byte) = json.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => break,
            _ => at += 1,
        }
    }
    let at = at.min(json.len());
    let text = json.get(start + 1..at).unwrap_or_default();
    (String::from_utf8_lossy(text).into_owned(), at + 1)
}

fn render(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) if path.is_empty() => path.push_str(key),
            Step::Key(key) => {
                path.push('.');
                path.push_str(key);
            }
            Step::Index(index) => {
                // Writing to a `String` cannot fail.
                let _ = write!(path, "[{index}]");
            }
            Step::Object => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::field_path;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Order {
        name: String,
        lines: Vec<Line>,
        total: u64,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Line {
        quantity: u32,
        price: Option<u32>,
    }

    fn path(json: &str) -> String {
        let error = serde_json::from_str::<Order>(json).expect_err("does not fit");
        field_path(json.as_bytes(), &error)
    }

    #[test]
    fn names_the_field_that_does_not_fit() {
        let cases = [
            (r#"{"name":"a","lines":[],"total":"x"}"#, "total"),
            (r#"{"name":7,"lines":[],"total":1}"#, "name"),
            (
                r#"{"name":"a","lines":[{"quantity":1},{"quantity":-1}],"total":1}"#,
                "lines[1].quantity",
            ),
            (
                r#"{"name":"a","lines":[{"quantity":1,"price":[]}],"total":1}"#,
                "lines[0].price",
            ),
            (
                r#"{"name":"a","lines":[{"price":1}],"total":1}"#,
                "lines[0].quantity",
            ),
            (r#"{"name":"a","lines":[]}"#, "total"),
            (
                "{\n  \"name\": \"a\",\n  \"lines\": [\n    {\"quantity\": true}\n  ],\n  \"total\": 1}",
                "lines[0].quantity",
            ),
            (r#"{"na\"me":"a","lines":7,"total":1}"#, "lines"),
            ("[", "[0]"),
            ("", ""),
        ];
        for (json, expected) in cases {
            assert_eq!(path(json), expected, "{json}");
        }
    }
}
