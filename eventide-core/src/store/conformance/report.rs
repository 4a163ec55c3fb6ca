//! What came of trying all laws on a store.

use std::fmt;

use super::law::{Law, Verdict};

/// Every law, and whether the store keeps it. Its `Display` is a table.
#[derive(Debug, Clone)]
pub struct Report {
    findings: Vec<(Law, Verdict)>,
}

impl Report {
    pub(super) fn new(findings: Vec<(Law, Verdict)>) -> Self {
        Self { findings }
    }

    /// The verdicts, in the order of [`laws`](super::laws).
    pub fn findings(&self) -> impl Iterator<Item = (&Law, &Verdict)> {
        self.findings.iter().map(|(law, verdict)| (law, verdict))
    }

    /// The laws that the store breaks.
    pub fn violated(&self) -> impl Iterator<Item = &Law> {
        self.findings()
            .filter(|(_, verdict)| matches!(verdict, Verdict::Violated(_)))
            .map(|(law, _)| law)
    }

    /// Demands that the store breaks no law.
    ///
    /// # Panics
    /// It breaks one. The message is the whole table.
    pub fn assert_all_hold(&self) {
        assert!(self.violated().next().is_none(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.findings.iter().map(|(law, _)| law.name.len()).max();
        let width = width.unwrap_or_default();
        let broken = self.violated().count();
        writeln!(f, "{broken} of {} laws violated", self.findings.len())?;
        for (law, verdict) in &self.findings {
            writeln!(f, "{:width$}  {verdict}", law.name)?;
            if let Verdict::Violated(_) = verdict {
                writeln!(f, "{:width$}  the law: {}", "", law.promise)?;
            }
        }
        Ok(())
    }
}
