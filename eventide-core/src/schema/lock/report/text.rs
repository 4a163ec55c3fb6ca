//! The report for people.

use std::fmt::{self, Display, Formatter};

use super::{LockReport, Unknown, VersionReport, WayUp};

impl Display for LockReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "domain `{}`", self.domain)?;
        let mut above = None;
        for version in &self.versions {
            let event = (version.aggregate, &version.event);
            if above != Some(event) {
                write!(f, "\nevent `{}`", version.event)?;
                match version.aggregate {
                    Some(aggregate) => write!(f, " of aggregate `{aggregate}`")?,
                    None => f.write_str(" of no aggregate")?,
                }
                above = Some(event);
            }
            write!(f, "\n  {version}")?;
        }
        if !self.unknown.is_empty() {
            f.write_str("\nstored, and unknown:")?;
        }
        self.unknown
            .iter()
            .try_for_each(|unknown| write!(f, "\n  {unknown}"))
    }
}

/// ``version 1, published, 2 goldens: 0 events stored: the declared step from version 1 is needed by nobody``
impl Display for VersionReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            version, stored, ..
        } = self;
        write!(f, "version {version}")?;
        match (self.in_lock, self.published) {
            (false, _) => f.write_str(", not in the lock")?,
            (true, true) => f.write_str(", published")?,
            (true, false) => {}
        }
        match self.goldens {
            0 => f.write_str(", no golden")?,
            1 => f.write_str(", 1 golden")?,
            goldens => write!(f, ", {goldens} goldens")?,
        }
        write!(f, ": {}", Events(*stored))?;
        let nobody = self.needed == Some(false);
        let step = match self.way_up {
            WayUp::Current => return f.write_str(", current"),
            WayUp::NotRead => return f.write_str(", not read by this program"),
            WayUp::Retired if nobody => {
                return f.write_str(": the event is retired and needed by nobody");
            }
            WayUp::Retired => return f.write_str(", retired"),
            WayUp::Split if nobody => {
                return f.write_str(": splitting it is needed by nobody");
            }
            WayUp::Split => return f.write_str(", read as other events"),
            WayUp::Raw if nobody => {
                return write!(
                    f,
                    ": the raw step from version {version} is needed by nobody"
                );
            }
            WayUp::Raw => return f.write_str(", read as JSON by the raw step"),
            WayUp::Declared => "declared step",
            WayUp::Written => "written step",
            WayUp::LooksUp => "step that looks something up",
        };
        if nobody {
            write!(f, ": the {step} from version {version} is needed by nobody")
        } else {
            write!(f, ", {step} to version {}", version + 1)
        }
    }
}

impl Display for Unknown {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            aggregate,
            event,
            version,
            stored,
            ..
        } = self;
        write!(
            f,
            "event `{event}` version {version} of aggregate `{aggregate}`: {}",
            Events(*stored)
        )?;
        if !self.in_lock {
            f.write_str(", not in the lock")?;
        }
        if !self.in_program {
            f.write_str(", not read by this program")?;
        }
        Ok(())
    }
}

struct Events(u64);

impl Display for Events {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 event stored"),
            events => write!(f, "{events} events stored"),
        }
    }
}
