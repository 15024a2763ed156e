//! The time, in UTC.

use crate::x509::time::Time;

/// A source of the current time.
pub trait Clock {
    /// The current time, UTC, whole seconds.
    fn now(&self) -> Time;
}
