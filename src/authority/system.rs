//! The real clock and the operating system's randomness: the one place where both are asked.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::port::{Clock, RandomError, RandomSource};
use crate::x509::time::Time;

/// The computer's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    /// The current time, UTC, whole seconds.
    #[must_use]
    pub fn now(self) -> Time {
        #[expect(clippy::disallowed_methods, reason = "this is the one clock that everything else is handed")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        // A clock beyond the year 9999 reads as its end: every validity rule refuses from there on.
        Time::from_unix(seconds).unwrap_or(Time::NO_EXPIRATION)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Time {
        Self::now(*self)
    }
}

/// The operating system's random generator, for what no token takes part in.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(out).map_err(|error| RandomError { reason: error.to_string() })
    }
}
