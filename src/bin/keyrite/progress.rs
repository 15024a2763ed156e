//! Long work on a terminal: a bar on standard error, and nothing on a pipe.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that counts up to a known number.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Begins. `what` is a verb of our own, such as `signing`: it is not escaped.
    pub(crate) fn start(what: &'static str, total: usize) -> Self {
        let shown = total > 1 && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(u64::try_from(total).ok(), target);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self { bar }
    }

    /// Begins something of which nobody knows how much it is. `what` as for [`Progress::start`].
    pub(crate) fn count(what: &'static str) -> Self {
        let shown = std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{msg} {human_pos}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self { bar }
    }

    /// So many are done.
    pub(crate) fn reach(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// Counts `done` more.
    pub(crate) fn add(&self, done: usize) {
        self.bar.inc(u64::try_from(done).unwrap_or(u64::MAX));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
