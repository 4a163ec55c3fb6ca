//! What differs between a block of the lock and a shape, in words. Only run when something does.

use eventide_lock::hash::{line, path};

use super::super::message::Message;
use super::LockedLine;
use super::line::Line;
use super::words::{At, Key, add_subject, add_type};
use crate::schema::shape::{Field, Kind, TypeShape};

/// Adds a line for every field and variant that is new, gone, or of another type. What is inside
/// such a one is not listed once more.
pub(super) const fn changes(
    locked: &'static [LockedLine],
    shape: &TypeShape,
    report: &mut Message,
) {
    let mut walk = Walk::Word { locked, report };
    walk.root(shape);
    let mut lines = locked;
    while let [this, rest @ ..] = lines {
        let this = Line::of(this);
        if matches!(state(&this, shape), State::Gone) && !is_inside_a_change(&this, locked, shape) {
            report.add("\n  ");
            this.add_subject(report);
            report.add(" is gone: it was `");
            this.add_type(report);
        }
        lines = rest;
    }
}

/// What became of a line of the lock.
enum State {
    Same,
    Changed,
    Gone,
}

const fn state(locked: &Line, shape: &TypeShape) -> State {
    let mut walk = Walk::Find {
        locked: *locked,
        state: State::Gone,
    };
    walk.root(shape);
    match walk {
        Walk::Find { state, .. } => state,
        Walk::Word { .. } => State::Same,
    }
}

const fn is_inside_a_change(
    inner: &Line,
    mut locked: &'static [LockedLine],
    shape: &TypeShape,
) -> bool {
    while let [outer, rest @ ..] = locked {
        let outer = Line::of(outer);
        if inner.is_inside(&outer) && !matches!(state(&outer, shape), State::Same) {
            return true;
        }
        locked = rest;
    }
    false
}

/// A walk over all lines of a shape.
enum Walk<'a> {
    /// Says what is new, and what is of another type.
    Word {
        locked: &'static [LockedLine],
        report: &'a mut Message,
    },
    /// Looks for the place of a line.
    Find { locked: Line, state: State },
}

impl Walk<'_> {
    const fn root(&mut self, shape: &TypeShape) {
        let at = At {
            hash: path::ROOT,
            key: Key::Root,
            outer: None,
        };
        match shape.kind() {
            Kind::Object { strict: false, .. } => self.inside(&at, shape, false),
            _ => self.line(&at, shape, false, false),
        }
    }

    /// A line of the code; `in_change` if what it lies in is of another type than it was.
    const fn line(
        &mut self,
        at: &At<'_>,
        shape: &TypeShape,
        may_be_missing: bool,
        mut in_change: bool,
    ) {
        let hash = line(at.hash, shape.word(), may_be_missing);
        match self {
            Self::Find { locked, state } => {
                if locked.path_hash == at.hash {
                    *state = if locked.hash == hash {
                        State::Same
                    } else {
                        State::Changed
                    };
                }
            }
            Self::Word { locked, report } => match find(locked, at.hash) {
                Some(was) if was.hash == hash => {}
                Some(was) => {
                    in_change = true;
                    report.add("\n  ");
                    add_subject(at, report);
                    report.add(" was `");
                    was.add_type(report);
                    report.add(", is `");
                    add_type(shape, may_be_missing, report);
                }
                None => {
                    if !in_change {
                        report.add("\n  ");
                        add_subject(at, report);
                        report.add(" is new: `");
                        add_type(shape, may_be_missing, report);
                    }
                    in_change = true;
                }
            },
        }
        self.inside(at, shape, in_change);
    }

    const fn inside(&mut self, at: &At<'_>, shape: &TypeShape, in_change: bool) {
        match *shape.kind() {
            Kind::Scalar(_) | Kind::Opaque(_) => {}
            Kind::Optional(inner) => self.inside(at, inner, in_change),
            Kind::List(inner) | Kind::Array(inner, _) => {
                self.inside(&at.element(), inner, in_change);
            }
            Kind::Map(key, value) => {
                self.inside(&at.part(0), key, in_change);
                self.inside(&at.value(), value, in_change);
            }
            Kind::Tuple(mut parts) => {
                let mut index = 0;
                while let [part, rest @ ..] = parts {
                    self.inside(&at.part(index), part, in_change);
                    index += 1;
                    parts = rest;
                }
            }
            Kind::Object { fields, .. } => {
                self.beside(at, fields, false, in_change, 0);
            }
            Kind::Enum { mut variants, .. } => {
                while let [variant, rest @ ..] = variants {
                    let at = at.variant(variant.name, variant.name_hash);
                    self.line(&at, variant.shape, false, in_change);
                    variants = rest;
                }
            }
        }
    }

    /// The fields that stand beside one another in the object at `at`. Returns how many flat ones
    /// have no names of their own to give; `unnamed` is how many there were before.
    const fn beside(
        &mut self,
        at: &At<'_>,
        mut fields: &[Field],
        may_be_missing: bool,
        in_change: bool,
        mut unnamed: u64,
    ) -> u64 {
        while let [field, rest @ ..] = fields {
            let may_be_missing = may_be_missing || field.may_be_missing;
            if field.flat {
                unnamed = self.flat(at, field.shape, may_be_missing, in_change, unnamed);
            } else {
                let at = at.key(field.name, field.name_hash);
                self.line(&at, field.shape, may_be_missing, in_change);
            }
            fields = rest;
        }
        unnamed
    }

    const fn flat(
        &mut self,
        at: &At<'_>,
        shape: &TypeShape,
        may_be_missing: bool,
        in_change: bool,
        unnamed: u64,
    ) -> u64 {
        match *shape.kind() {
            Kind::Optional(inner) => self.flat(at, inner, true, in_change, unnamed),
            Kind::Object { fields, .. } => {
                self.beside(at, fields, may_be_missing, in_change, unnamed)
            }
            _ => {
                let rest = at.value();
                if unnamed > 0 {
                    self.line(&rest.part(unnamed), shape, may_be_missing, in_change);
                } else {
                    self.line(&rest, shape, may_be_missing, in_change);
                }
                unnamed + 1
            }
        }
    }
}

const fn find(mut locked: &'static [LockedLine], path_hash: u64) -> Option<Line> {
    while let [this, rest @ ..] = locked {
        if this.0 == path_hash {
            return Some(Line::of(this));
        }
        locked = rest;
    }
    None
}
