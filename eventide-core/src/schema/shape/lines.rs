//! A shape as the lines of a lock.

use eventide_lock::{Key, Line, Path, Type};

use super::{Field, Kind, Tagging, TypeShape};

impl TypeShape {
    /// What the lock says of this shape, sorted by path.
    ///
    /// An object's own line is left out at the very top: nearly every event is one.
    ///
    /// ```
    /// use eventide_core::Shape;
    ///
    /// let lines = <Vec<(u8, Option<String>)>>::SHAPE.lines();
    /// assert_eq!(lines[0].to_string(), ".: [(u8, string?)]");
    /// ```
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let root = Path::default();
        if !matches!(self.kind, Kind::Object { strict: false, .. }) {
            lines.push(Line {
                path: root.clone(),
                ty: self.ty(),
                may_be_missing: false,
            });
        }
        self.inside(&root, &mut lines);
        lines.sort_by_cached_key(|line| line.path.to_string());
        lines
    }

    /// The type as it stands right of a line's colon.
    pub(crate) fn ty(&self) -> Type {
        let boxed = |shape: &Self| Box::new(shape.ty());
        match self.kind {
            Kind::Scalar(word) => Type::Scalar(word.to_owned()),
            Kind::Opaque(name) => Type::Opaque(name.to_owned()),
            Kind::Optional(inner) => Type::Optional(boxed(inner)),
            Kind::List(inner) => Type::List(boxed(inner)),
            Kind::Array(inner, length) => Type::Array(boxed(inner), length),
            Kind::Map(key, value) => Type::Map(boxed(key), boxed(value)),
            Kind::Tuple(parts) => Type::Tuple(parts.iter().map(|part| part.ty()).collect()),
            Kind::Object { strict, .. } => Type::Object { strict },
            Kind::Enum { tagging, .. } => Type::Enum(match tagging {
                Tagging::External => eventide_lock::Tagging::External,
                Tagging::Internal(tag) => eventide_lock::Tagging::Internal(tag.to_owned()),
                Tagging::Adjacent(tag, content) => {
                    eventide_lock::Tagging::Adjacent(tag.to_owned(), content.to_owned())
                }
                Tagging::Untagged => eventide_lock::Tagging::Untagged,
            }),
        }
    }

    /// Adds the lines of what is inside a value at `at`.
    fn inside(&self, at: &Path, lines: &mut Vec<Line>) {
        match self.kind {
            Kind::Scalar(_) | Kind::Opaque(_) => {}
            Kind::Optional(inner) => inner.inside(at, lines),
            Kind::List(inner) | Kind::Array(inner, _) => {
                inner.inside(&join(at, Key::Element), lines);
            }
            Kind::Map(key, value) => {
                key.inside(&join(at, Key::Part(0)), lines);
                value.inside(&join(at, Key::Value), lines);
            }
            Kind::Tuple(parts) => {
                for (index, part) in (0..).zip(parts) {
                    part.inside(&join(at, Key::Part(index)), lines);
                }
            }
            Kind::Object { fields, .. } => {
                let mut beside = Beside {
                    lines,
                    unnamed: 0,
                    at,
                };
                beside.add(fields, false);
            }
            Kind::Enum { variants, .. } => {
                for variant in variants {
                    let path = join(at, Key::Variant(variant.name.to_owned()));
                    variant.shape.line(path, false, lines);
                }
            }
        }
    }

    /// Adds the line of a value at `path`, and of what is inside it.
    fn line(&self, path: Path, may_be_missing: bool, lines: &mut Vec<Line>) {
        self.inside(&path, lines);
        lines.push(Line {
            path,
            ty: self.ty(),
            may_be_missing,
        });
    }
}

fn join(path: &Path, key: Key) -> Path {
    Path(path.0.iter().cloned().chain([key]).collect())
}

/// The fields that stand beside one another in one object.
struct Beside<'a> {
    lines: &'a mut Vec<Line>,
    /// How many flat fields have no names of their own to give.
    unnamed: u32,
    /// Where the object is.
    at: &'a Path,
}

impl Beside<'_> {
    fn add(&mut self, fields: &[Field], may_be_missing: bool) {
        for field in fields {
            let may_be_missing = may_be_missing || field.may_be_missing;
            if field.flat {
                self.add_flat(field.shape, may_be_missing);
            } else {
                let path = join(self.at, Key::Name(field.name.to_owned()));
                field.shape.line(path, may_be_missing, self.lines);
            }
        }
    }

    fn add_flat(&mut self, shape: &TypeShape, may_be_missing: bool) {
        match shape.kind {
            Kind::Optional(inner) => self.add_flat(inner, true),
            Kind::Object { fields, .. } => self.add(fields, may_be_missing),
            _ => {
                let mut path = join(self.at, Key::Value);
                if self.unnamed > 0 {
                    path = join(&path, Key::Part(self.unnamed));
                }
                self.unnamed += 1;
                shape.line(path, may_be_missing, self.lines);
            }
        }
    }
}
