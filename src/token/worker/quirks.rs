//! What particular modules need, each with where it was seen.

use std::fs::File;
use std::time::Duration;

use rustix::fs::FlockOperation;

use crate::token::return_value::ReturnValue;
use crate::token::wire::{Failure, Library};

/// How a module departs from what all others do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quirks {
    /// SoftHSM 2.6.1 rewrites a token's file at every `C_Login`, emptying it first and unlocking it before
    /// the new text is written. A process that starts at that moment sees a broken token, or none: 5 % of
    /// 200 pairs of processes started together failed.
    pub(super) start_race: bool,
}

impl Quirks {
    /// Those of a module that races, to tell its failures from others before the module is asked what it is.
    pub(super) const RACING: Self = Self { start_race: true };

    pub(super) fn of(library: &Library) -> Self {
        Self { start_race: library.manufacturer.contains("SoftHSM") }
    }

    /// Whether a failure at start or login is one that the race produces. Never a wrong PIN.
    pub(super) fn raced(self, failure: &Failure) -> bool {
        self.start_race
            && matches!(failure, Failure::Call { function, value } if match function.as_str() {
                "C_GetTokenInfo" | "C_Initialize" | "C_OpenSession" => *value == ReturnValue::GENERAL_ERROR,
                "C_Login" => [ReturnValue::GENERAL_ERROR, ReturnValue::USER_PIN_NOT_INITIALIZED].contains(value),
                _ => false,
            })
    }
}

/// The pauses between attempts after a race.
pub(super) const PAUSES: [Duration; 5] = [
    Duration::from_millis(20),
    Duration::from_millis(40),
    Duration::from_millis(80),
    Duration::from_millis(160),
    Duration::from_millis(320),
];

const LOCK_PAUSE: Duration = Duration::from_millis(10);
const LOCK_ATTEMPTS: u32 = 1000;

/// Keeps other worker processes out of the start and login of the same module.
///
/// The lock is on the module's own file, which every process can open and none has to create. Whoever may
/// read the file can also hold the lock for ever, so after ten seconds the worker goes on without it: what
/// the lock prevents is then left to the attempts that follow a race.
pub(super) struct StartLock<'a>(&'a File);

impl<'a> StartLock<'a> {
    pub(super) fn acquire(module: &'a File) -> Self {
        for _ in 0..LOCK_ATTEMPTS {
            match rustix::fs::flock(module, FlockOperation::NonBlockingLockExclusive) {
                Err(rustix::io::Errno::WOULDBLOCK) => std::thread::sleep(LOCK_PAUSE),
                Ok(()) | Err(_) => break,
            }
        }
        Self(module)
    }
}

impl Drop for StartLock<'_> {
    fn drop(&mut self) {
        // Unlocking what is not locked does nothing.
        let _ = rustix::fs::flock(self.0, FlockOperation::NonBlockingUnlock);
    }
}
