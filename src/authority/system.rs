//! The real clock and the operating system's randomness: the one place where both are asked.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::port::{Clock, RandomError, RandomSource, Step};
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
        if let Some(running) = running() {
            // The first look; later ones are compared with it.
            let started = seconds.saturating_sub(running);
            let _kept = STARTED.compare_exchange(UNKNOWN, started, Ordering::Relaxed, Ordering::Relaxed);
        }
        // A clock beyond the year 9999 reads as its end: every validity rule refuses from there on.
        Time::from_unix(seconds).unwrap_or(Time::NO_EXPIRATION)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Time {
        Self::now(*self)
    }

    fn step(&self) -> Option<Step> {
        let found = Self::now(*self);
        let started = found.to_unix().saturating_sub(running()?);
        let before = STARTED.load(Ordering::Relaxed);
        let moved = started.saturating_sub(before);
        if before == UNKNOWN || moved.abs() <= LARGEST_STEP {
            // Network time moves a clock little by little: that is followed.
            STARTED.store(started, Ordering::Relaxed);
            return None;
        }
        let expected = found.plus_seconds(moved.saturating_neg()).unwrap_or(found);
        Some(Step { expected, found })
    }
}

/// The second in which the computer was started, as clock and running time have it: it stays the same while nobody
/// sets the clock.
static STARTED: AtomicI64 = AtomicI64::new(UNKNOWN);
/// Nobody has looked yet.
const UNKNOWN: i64 = i64::MIN;
/// The most seconds by which a clock may be moved at once.
const LARGEST_STEP: i64 = 60;

/// For how many seconds the computer has been running or asleep, where the system tells that.
fn running() -> Option<i64> {
    #[cfg(target_os = "linux")]
    #[expect(clippy::useless_conversion, reason = "a long of C is shorter on other machines")]
    return i64::try_from(rustix::system::sysinfo().uptime).ok();
    #[cfg(not(target_os = "linux"))]
    None
}

/// The operating system's random generator, for what no token takes part in.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(out).map_err(|error| RandomError { reason: error.to_string() })
    }
}
