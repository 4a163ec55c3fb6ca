//! Showing that work goes on: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How many steps make a line where there is no terminal.
const STEPS_PER_LINE: u64 = 100_000;

/// Progress through a number of steps; zero if it is not known.
pub struct Progress {
    bar: ProgressBar,
    what: &'static str,
    lines: bool,
}

impl Progress {
    pub fn new(what: &'static str, steps: u64) -> Self {
        let lines = !stderr().is_terminal();
        let target = if lines {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(steps), target);
        if let Ok(style) =
            ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}")
        {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self { bar, what, lines }
    }

    pub fn advance(&self, steps: u64) {
        let before = self.bar.position();
        self.bar.inc(steps);
        let now = self.bar.position();
        if self.lines && before / STEPS_PER_LINE != now / STEPS_PER_LINE {
            match self.bar.length() {
                Some(all @ 1..) => eprintln!("{}: {now} of {all}", self.what),
                _ => eprintln!("{}: {now}", self.what),
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
