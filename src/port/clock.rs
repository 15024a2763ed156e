//! The time, in UTC.

use crate::x509::time::Time;

/// A source of the current time.
pub trait Clock {
    /// The current time, UTC, whole seconds.
    fn now(&self) -> Time;

    /// Whether somebody has set the clock since this was asked last, as far as that can be seen.
    fn step(&self) -> Option<Step> {
        None
    }
}

/// A clock that was set while the program ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it would show if nobody had set it.
    pub expected: Time,
    /// What it shows.
    pub found: Time,
}
