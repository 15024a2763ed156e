//! The clock against the log: the last time that was seen, and what may come after it.
//!
//! A CA's records are as good as their times, and a computer without a network has only its own clock: a dead
//! battery sets it back to its first day, a typing error a year ahead. The time of the last audit entry is the last
//! that this home has seen. What begins something new is refused where the clock contradicts it, until a person
//! confirms the clock; what only tells of something that has happened is never lost for it.

use rusqlite::{Connection, OptionalExtension as _};

use super::Store;
use super::error::Error;
use crate::audit::{Event, Record};
use crate::x509::time::{Duration, Time};

/// How far the clock may lie before the last entry, in seconds: clocks are set by network time, and entries are
/// made by several processes.
pub const TOLERANCE_SECONDS: i64 = 60;

/// How far the clock may lie after the last entry where nothing else is configured: an offline root sleeps for a year.
pub const LARGEST_GAP: Duration = Duration::Seconds(400 * 86_400);

/// The day on which the oldest compiler that can build this program was released, in seconds since 1970
/// (2026-04-16, Rust 1.95.0): an earlier time is wrong wherever the program runs.
pub const EARLIEST: i64 = 1_776_297_600;

/// The time of an entry that begins something new: `now`, or the last time where that lies a little after it.
///
/// # Errors
/// [`Error::ClockBehind`] and [`Error::ClockAhead`].
pub fn believed(last: Option<Time>, now: Time, largest_gap: Duration) -> Result<Time, Error> {
    let Some(last) = last else { return Ok(now) };
    if now < last {
        let near = now.plus_seconds(TOLERANCE_SECONDS).is_ok_and(|later| later >= last);
        return if near { Ok(last) } else { Err(Error::ClockBehind { last, now }) };
    }
    // A gap that leads beyond the year 9999 is none.
    match largest_gap.after(last) {
        Ok(limit) if now > limit => Err(Error::ClockAhead { last, now, largest_gap }),
        Ok(_) | Err(_) => Ok(now),
    }
}

/// The time of a transaction that begins something new.
pub(super) fn of_a_beginning(
    connection: &Connection,
    now: Time,
    largest_gap: Duration,
) -> Result<Time, Error> {
    believed(last_seen(connection)?, now, largest_gap)
}

/// The time of a transaction that tells of what has happened.
pub(super) fn of_what_happened(
    connection: &Connection,
    now: Time,
    largest_gap: Duration,
) -> Result<Time, Error> {
    at_least(last_seen(connection)?, now, largest_gap)
}

/// The time of a transaction that puts a copy in place, which may have rested for as long as it likes: how far the home
/// had come is shown by other means.
pub(super) fn after_any_rest(connection: &Connection, now: Time, _: Duration) -> Result<Time, Error> {
    believed(last_seen(connection)?, now, Duration::Seconds(i64::MAX))
}

/// The time of a transaction by a clock with which nothing can be compared, or that a person has compared.
pub(super) fn of_the_clock(_: &Connection, now: Time, _: Duration) -> Result<Time, Error> {
    Ok(now)
}

/// The time of an entry that tells of what has happened: where the clock is not believed, that of the entry before.
fn at_least(last: Option<Time>, now: Time, largest_gap: Duration) -> Result<Time, Error> {
    believed(last, now, largest_gap).or_else(|error| last.ok_or(error))
}

/// The time of the last entry of the audit log.
pub(super) fn last_seen(connection: &Connection) -> Result<Option<Time>, Error> {
    let encoding: Option<Vec<u8>> = connection
        .prepare_cached("SELECT encoding FROM audit_log ORDER BY entry DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let Some(encoding) = encoding else { return Ok(None) };
    let time = Record::time_of(&encoding).and_then(|time| time.parse().ok());
    time.map(Some).ok_or_else(|| Error::damaged("the last audit entry has no time"))
}

/// Refuses a time at which this program did not exist.
///
/// # Errors
/// [`Error::ClockImpossible`].
pub fn possible(now: Time) -> Result<Time, Error> {
    if now.to_unix() < EARLIEST { Err(Error::ClockImpossible { now }) } else { Ok(now) }
}

impl Store {
    /// The last time that this home has seen: that of the last entry of its log.
    ///
    /// # Errors
    /// Those of reading.
    pub fn last_seen(&self) -> Result<Option<Time>, Error> {
        self.read(last_seen)
    }

    /// Finds out whether the clock will be believed, before anything is begun.
    ///
    /// # Errors
    /// [`Error::ClockBehind`] and [`Error::ClockAhead`], or those of reading.
    pub fn believe(&self, now: Time) -> Result<(), Error> {
        believed(self.last_seen()?, now, self.largest_gap).map(drop)
    }

    /// Records that a person has found the clock to be right; from then on this is the last time that was seen. Gives
    /// the time that was the last one, or nothing where there is nothing to confirm, and then records nothing.
    ///
    /// # Errors
    /// [`Error::ClockImpossible`], or those of writing.
    pub fn confirm_clock(&mut self, now: Time, reason: &str, by: &str) -> Result<Option<Time>, Error> {
        let now = possible(now)?;
        let largest_gap = self.largest_gap;
        self.write_at(now, of_the_clock, |writer| {
            let Some(last) = last_seen(writer.connection)? else { return Ok(None) };
            if believed(Some(last), now, largest_gap).is_ok() {
                return Ok(None);
            }
            writer.append(Event::ClockConfirmed {
                before: last.to_string(),
                now: now.to_string(),
                reason: Some(reason.to_owned()),
                by: Some(by.to_owned()),
            })?;
            Ok(Some(last))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn the_earliest_day_is_that_of_the_compiler_that_the_package_names() {
        assert_eq!(env!("CARGO_PKG_RUST_VERSION"), "1.95", "then EARLIEST is to be another day");
        assert_eq!(Time::from_unix(EARLIEST).unwrap().to_string(), "2026-04-16T00:00:00Z");
        assert!(possible(at("2026-04-15T23:59:59Z")).is_err());
        assert!(possible(at("2026-04-16T00:00:00Z")).is_ok());
    }

    #[test]
    fn the_limits_are_exact() {
        let last = at("2026-11-21T10:00:00Z");
        let judge = |now: &str| believed(Some(last), at(now), Duration::Seconds(86_400));
        assert_eq!(judge("2026-11-21T10:00:01Z").unwrap(), at("2026-11-21T10:00:01Z"));
        assert_eq!(judge("2026-11-21T09:59:00Z").unwrap(), last, "time does not run backwards in the log");
        assert!(matches!(judge("2026-11-21T09:58:59Z"), Err(Error::ClockBehind { .. })));
        assert_eq!(judge("2026-11-22T10:00:00Z").unwrap(), at("2026-11-22T10:00:00Z"));
        assert!(matches!(judge("2026-11-22T10:00:01Z"), Err(Error::ClockAhead { .. })));
        assert_eq!(believed(None, last, Duration::Seconds(1)).unwrap(), last);
        let told = |now: &str| at_least(Some(last), at(now), Duration::Seconds(86_400)).unwrap();
        assert_eq!(told("2020-01-01T00:00:00Z"), last);
        assert_eq!(told("2036-01-01T00:00:00Z"), last);
        assert_eq!(told("2026-11-21T11:00:00Z"), at("2026-11-21T11:00:00Z"));
    }
}
