//! What a difference means for deploying.

use std::fmt;

/// Whether old data and old programs go together with the new lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compatibility {
    /// New programs read what old programs wrote.
    pub reads_old_data: bool,
    /// Old programs read what new programs write.
    pub readable_by_old_programs: bool,
}

impl Compatibility {
    pub(crate) const BOTH: Self = Self::new(true, true);
    pub(crate) const READS_OLD_DATA: Self = Self::new(true, false);
    pub(crate) const READABLE_BY_OLD_PROGRAMS: Self = Self::new(false, true);
    pub(crate) const NEITHER: Self = Self::new(false, false);

    pub(crate) const fn new(reads_old_data: bool, readable_by_old_programs: bool) -> Self {
        Self {
            reads_old_data,
            readable_by_old_programs,
        }
    }

    /// What two differences mean together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self::new(
            self.reads_old_data && other.reads_old_data,
            self.readable_by_old_programs && other.readable_by_old_programs,
        )
    }

    /// The order in which to deploy.
    pub const fn order(self) -> Order {
        match (self.reads_old_data, self.readable_by_old_programs) {
            (true, true) => Order::Any,
            (true, false) => Order::ReadersFirst,
            (false, true) => Order::WritersFirst,
            (false, false) => Order::TwoSteps,
        }
    }
}

/// The order in which to deploy the programs of a new lock.
///
/// ```
/// use eventide_lock::Order;
///
/// assert_eq!(Order::ReadersFirst.to_string(), "deploy every reader first, then the writers");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Old and new programs read each other's events.
    Any,
    /// New programs read old data; old programs do not read what new ones write.
    ReadersFirst,
    /// Old programs read what new ones write; new programs do not read old data.
    WritersFirst,
    /// Neither reads what the other writes.
    TwoSteps,
}

impl Order {
    /// One word for programs: `any`, `readers_first`, `writers_first` or `two_steps`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::ReadersFirst => "readers_first",
            Self::WritersFirst => "writers_first",
            Self::TwoSteps => "two_steps",
        }
    }
}

/// The sentence that says what to do.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "deploy in any order",
            Self::ReadersFirst => "deploy every reader first, then the writers",
            Self::WritersFirst => {
                "deploy every writer first, then the readers, once no event of the old form is left to read"
            }
            Self::TwoSteps => {
                "deploy in two steps: first readers that know both forms (a new version and a step to it), then the writers"
            }
        })
    }
}
