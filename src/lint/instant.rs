//! UTCTime and GeneralizedTime as RFC 5280 allows them, read from their octets.

use super::report::{Faults, quoted};
use super::tlv::{Tlv, tag};

/// 99991231235959Z.
pub(super) const NO_EXPIRATION: i64 = 253_402_300_799;
/// No certificate is older; some begin at this epoch. An earlier year in UTCTime was meant to be a century later.
const FIRST_YEAR: i64 = 1970;
/// The year from which GeneralizedTime is used (s.4.1.2.5).
const GENERALIZED_FROM: i64 = 2050;

/// A time that has the right form: whole seconds in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instant {
    /// Seconds since 1970.
    pub(super) unix: i64,
    year: i64,
    generalized: bool,
}

/// Reads `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, and no other form.
pub(super) fn read(time: &Tlv<'_>) -> Option<Instant> {
    let generalized = time.tag == tag::GENERALIZED_TIME;
    let digits = time.contents.strip_suffix(b"Z")?;
    let (year, rest) = digits.split_at_checked(if generalized { 4 } else { 2 })?;
    let &[o1, o2, d1, d2, h1, h2, m1, m2, s1, s2] = rest else { return None };
    let (month, day) = (number(&[o1, o2])?, number(&[d1, d2])?);
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
    let year = match number(year)? {
        full if generalized => full,
        short @ 0..50 => short.saturating_add(2000),
        short => short.saturating_add(1900),
    };
    let sound = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let unix = days_from_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    sound.then_some(Instant { unix, year, generalized })
}

impl Instant {
    /// Reads a time unless its century is in doubt.
    pub(super) fn of(time: &Tlv<'_>) -> Option<i64> {
        read(time).filter(|instant| !instant.is_wrapped()).map(|instant| instant.unix)
    }

    /// Whether a year from 2050 was squeezed into UTCTime.
    const fn is_wrapped(&self) -> bool {
        !self.generalized && self.year < FIRST_YEAR
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0_i64, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counting years from March so that the leap day
/// comes last.
fn days_from_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// Whether [`form`], [`too_early`] and [`wrapped`] have nothing to report.
pub(super) fn is_as_wanted(time: &Tlv<'_>) -> bool {
    read(time).is_some_and(|instant| {
        let too_early = instant.generalized && instant.year < GENERALIZED_FROM;
        !too_early && !instant.is_wrapped()
    })
}

/// Reports a time that has not exactly the form of RFC 5280.
pub(super) fn form(place: &str, time: &Tlv<'_>, faults: &mut Faults<'_>) {
    if read(time).is_none() {
        let wanted = if time.tag == tag::UTC_TIME { "YYMMDDHHMMSSZ" } else { "YYYYMMDDHHMMSSZ" };
        faults.push(place, quoted(time.contents), format!("a date as {wanted}"));
    }
}

/// Reports a GeneralizedTime that ought to be a UTCTime.
pub(super) fn too_early(place: &str, time: &Tlv<'_>, faults: &mut Faults<'_>) {
    if read(time).is_some_and(|instant| instant.generalized && instant.year < GENERALIZED_FROM) {
        let found = format!("GeneralizedTime {}", quoted(time.contents));
        faults.push(place, found, "UTCTime through 2049");
    }
}

/// Reports a UTCTime that ought to be a GeneralizedTime.
pub(super) fn wrapped(place: &str, time: &Tlv<'_>, faults: &mut Faults<'_>) {
    if read(time).is_some_and(|instant| instant.is_wrapped()) {
        let found = format!("UTCTime {}, which is before 1970", quoted(time.contents));
        faults.push(place, found, "GeneralizedTime from 2050");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(tag: u8, text: &[u8]) -> Option<i64> {
        let tlv = Tlv { tag, contents: text, whole: text, minimal: true };
        read(&tlv).map(|instant| instant.unix)
    }

    #[test]
    fn the_ends_of_centuries_and_leap_days_are_where_they_are() {
        for (text, seconds) in [
            (&b"19700101000000Z"[..], 0),
            (b"20000229000000Z", 951_782_400),
            (b"20491231235959Z", 2_524_607_999),
            (b"20500101000000Z", 2_524_608_000),
            (b"21000301000000Z", 4_107_542_400),
            (b"99991231235959Z", NO_EXPIRATION),
        ] {
            assert_eq!(unix(tag::GENERALIZED_TIME, text), Some(seconds));
        }
        assert_eq!(unix(tag::UTC_TIME, b"491231235959Z"), Some(2_524_607_999));
        assert_eq!(unix(tag::UTC_TIME, b"500101000000Z"), Some(-631_152_000));
    }

    #[test]
    fn other_forms_are_not_read() {
        for text in [
            &b"2612010000Z"[..],
            b"261201000000",
            b"261201000000+0000",
            b"261201000000.5Z",
            b"261301000000Z",
            b"260229000000Z",
            b"261201240000Z",
            b"261201006000Z",
            b"261201000060Z",
            b"26120100000:Z",
            b"",
            b"Z",
        ] {
            assert_eq!(unix(tag::UTC_TIME, text), None, "{}", text.escape_ascii());
        }
        assert_eq!(unix(tag::GENERALIZED_TIME, b"21000229000000Z"), None);
        assert_eq!(unix(tag::GENERALIZED_TIME, b"261201000000Z"), None);
    }
}
