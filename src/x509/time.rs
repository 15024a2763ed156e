//! Time as certificates write it (RFC 5280 s.4.1.2.5): UTC, whole seconds, one encoding per instant.

use std::fmt;
use std::str::FromStr;

use der::DateTime;

use super::excerpt::Excerpt;

/// An instant in UTC, in whole seconds, from 1970 through 9999.
///
/// It encodes as UTCTime through 2049 and as GeneralizedTime from 2050 (RFC 5280 s.4.1.2.5), and
/// reads and prints as RFC 3339 with a `Z`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(i64);

impl Time {
    /// 99991231235959Z: the certificate has no well-defined expiration date (RFC 5280 s.4.1.2.5).
    pub const NO_EXPIRATION: Self = Self(253_402_300_799);

    /// The instant `seconds` after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`TimeError::Range`] outside 1970 through 9999.
    pub const fn from_unix(seconds: i64) -> Result<Self, TimeError> {
        if seconds < 0 || seconds > Self::NO_EXPIRATION.0 {
            return Err(TimeError::Range { seconds });
        }
        Ok(Self(seconds))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn to_unix(self) -> i64 {
        self.0
    }

    /// This instant moved by `seconds`, which may be negative.
    ///
    /// # Errors
    /// [`TimeError::Range`] when the result is outside 1970 through 9999.
    pub const fn plus_seconds(self, seconds: i64) -> Result<Self, TimeError> {
        Self::from_unix(self.0.saturating_add(seconds))
    }

    /// The form for certificates: x509-cert's time, which picks UTCTime or GeneralizedTime.
    ///
    /// # Errors
    /// [`TimeError::Range`] never for a value that this type can hold; kept for totality.
    pub fn to_x509(self) -> Result<x509_cert::time::Time, TimeError> {
        self.fields().map(x509_cert::time::Time::from)
    }

    /// Writes the DER at the end of `out`: UTCTime through 2049, GeneralizedTime from 2050 (s.4.1.2.5).
    ///
    /// # Errors
    /// [`TimeError::Range`] never for a value that this type can hold; kept for totality.
    pub(super) fn encode_into(self, out: &mut Vec<u8>) -> Result<(), TimeError> {
        let Some(text) = self.utc_digits() else { return self.encode_generalized_into(out) };
        out.extend([0x17, 13]);
        out.extend(text);
        out.push(b'Z');
        Ok(())
    }

    /// Year to second as the digits of a UTCTime; none from 2050. The calendar goes by eras of 400 years that begin with a
    /// March, so that the leap day comes last (the reverse of what the days of a date are).
    fn utc_digits(self) -> Option<[u8; 12]> {
        let days = self.0.div_euclid(86_400) + 719_468;
        let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let date = day - (153 * month + 2) / 5 + 1;
        let (month, more) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        let year = year + era * 400 + more;
        if year >= i64::from(GENERALIZED_FROM) {
            return None;
        }
        let second = self.0.rem_euclid(86_400);
        let mut text = [b'0'; 12];
        let fields = [year % 100, month, date, second / 3_600, second / 60 % 60, second % 60];
        for (pair, field) in text.chunks_exact_mut(2).zip(fields) {
            let digit = |value: i64| b'0'.saturating_add(u8::try_from(value % 10).unwrap_or_default());
            pair.copy_from_slice(&[digit(field / 10), digit(field)]);
        }
        Some(text)
    }

    /// Writes the DER of a GeneralizedTime at the end of `out`.
    ///
    /// # Errors
    /// As [`Time::encode_into`].
    pub(super) fn encode_generalized_into(self, out: &mut Vec<u8>) -> Result<(), TimeError> {
        let fields = self.fields()?;
        out.extend([0x18, 15]);
        digits(out, fields.year() / 100);
        digits(out, fields.year() % 100);
        encode_rest(out, fields);
        Ok(())
    }

    /// Reads the 15 octets of a UTCTime as RFC 5280 has it; none where they are another form or no such time.
    pub(super) fn from_utc_time(der: &[u8]) -> Option<Self> {
        let [0x17, 13, fields @ .., b'Z'] = der else { return None };
        let mut pairs = [0_u8; 6];
        if fields.len() != 12 {
            return None;
        }
        for (pair, digits) in pairs.iter_mut().zip(fields.chunks_exact(2)) {
            let &[tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = digits else { return None };
            *pair = (tens - b'0') * 10 + (ones - b'0');
        }
        let [year, month, day, hour, minute, second] = pairs;
        // What is from 50 on was meant to lie in the last century, of which keyrite knows the years from 1970.
        let century = if year < 50 { 2000 } else { 1900 };
        let fields = DateTime::new(century + u16::from(year), month, day, hour, minute, second).ok()?;
        Self::from_fields(fields).ok()
    }

    /// Reads a time out of a certificate.
    ///
    /// # Errors
    /// [`TimeError::Range`] outside 1970 through 9999.
    pub fn from_x509(time: x509_cert::time::Time) -> Result<Self, TimeError> {
        let seconds = time.to_unix_duration().as_secs();
        Self::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    /// Year to second, by der's calendar: jiff's instants end two days before 9999 does.
    fn fields(self) -> Result<DateTime, TimeError> {
        let range = || TimeError::Range { seconds: self.0 };
        let seconds = u64::try_from(self.0).map_err(|_| range())?;
        DateTime::from_unix_duration(std::time::Duration::from_secs(seconds)).map_err(|_| range())
    }

    fn from_fields(fields: DateTime) -> Result<Self, TimeError> {
        Self::from_unix(i64::try_from(fields.unix_duration().as_secs()).unwrap_or(i64::MAX))
    }
}

/// The year from which GeneralizedTime is used (s.4.1.2.5).
const GENERALIZED_FROM: u16 = 2050;

/// Month to second, and the Z.
fn encode_rest(out: &mut Vec<u8>, fields: DateTime) {
    for field in [fields.month(), fields.day(), fields.hour(), fields.minutes(), fields.seconds()] {
        digits(out, u16::from(field));
    }
    out.push(b'Z');
}

/// Two decimal digits.
fn digits(out: &mut Vec<u8>, number: u16) {
    let digit = |value: u16| b'0'.saturating_add(u8::try_from(value % 10).unwrap_or_default());
    out.extend([digit(number / 10), digit(number)]);
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fields() {
            // der prints exactly this profile of RFC 3339: UTC, whole seconds, `Z`.
            Ok(fields) => fmt::Display::fmt(&fields, f),
            Err(_) => write!(f, "{}s", self.0),
        }
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Time {
    type Err = TimeError;

    /// Reads RFC 3339 in UTC, `2026-11-21T10:00:00Z`, or a date alone, which means its first second.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let syntax = || TimeError::Syntax { found: text.to_owned() };
        let full =
            if text.len() == "2026-11-21".len() { format!("{text}T00:00:00Z") } else { text.to_owned() };
        let fields: DateTime = full.parse().map_err(|_| syntax())?;
        Self::from_fields(fields)
    }
}

/// A length of time as people plan it: a number and a unit, where months and years follow the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duration {
    /// A fixed number of seconds (`90s`, `15m`, `12h`, `90d`, `2w`).
    Seconds(i64),
    /// Calendar months (`6mo`).
    Months(i32),
    /// Calendar years (`20y`).
    Years(i32),
}

impl Duration {
    /// The last second of a validity of this length that begins at `start`: RFC 5280 counts both ends,
    /// so 90 days from noon end one second before noon (s.4.1.2.5).
    ///
    /// # Errors
    /// [`TimeError::Range`] when the end is after 9999.
    pub fn last_second_from(self, start: Time) -> Result<Time, TimeError> {
        self.after(start)?.plus_seconds(-1)
    }

    /// The instant that is this much later than `start`.
    ///
    /// # Errors
    /// [`TimeError::Range`] when the end is after 9999.
    pub fn after(self, start: Time) -> Result<Time, TimeError> {
        let range = TimeError::Range { seconds: i64::MAX };
        let span = match self {
            Self::Seconds(seconds) => return start.plus_seconds(seconds),
            Self::Months(months) => jiff::Span::new().try_months(months),
            Self::Years(years) => jiff::Span::new().try_years(years),
        }
        .map_err(|_| range.clone())?;
        // The time of day stays; only the date moves, and a day that the month lacks becomes its last.
        let fields = start.fields()?;
        let calendar = |value: u8| i8::try_from(value).unwrap_or(i8::MAX);
        let year = i16::try_from(fields.year()).unwrap_or(i16::MAX);
        let end = jiff::civil::Date::new(year, calendar(fields.month()), calendar(fields.day()))
            .and_then(|date| date.checked_add(span))
            .map_err(|_| range.clone())?;
        let (year, month, day) =
            (u16::try_from(end.year()), u8::try_from(end.month()), u8::try_from(end.day()));
        let (Ok(year), Ok(month), Ok(day)) = (year, month, day) else { return Err(range) };
        DateTime::new(year, month, day, fields.hour(), fields.minutes(), fields.seconds())
            .map_err(|_| range)
            .and_then(Time::from_fields)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Years(years) => write!(f, "{years}y"),
            Self::Months(months) => write!(f, "{months}mo"),
            Self::Seconds(seconds) if seconds % 86_400 == 0 => write!(f, "{}d", seconds / 86_400),
            Self::Seconds(seconds) if seconds % 3_600 == 0 => write!(f, "{}h", seconds / 3_600),
            Self::Seconds(seconds) if seconds % 60 == 0 => write!(f, "{}m", seconds / 60),
            Self::Seconds(seconds) => write!(f, "{seconds}s"),
        }
    }
}

impl FromStr for Duration {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let syntax = || TimeError::Duration { found: text.to_owned() };
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(syntax)?;
        let (number, unit) = text.split_at_checked(digits).ok_or_else(syntax)?;
        let count: i32 = number.parse().map_err(|_| syntax())?;
        // Nothing lasts longer than from 1970 through 9999: what is read can be printed and read again.
        let seconds = |each: i64| match i64::from(count).saturating_mul(each) {
            sum if sum <= Time::NO_EXPIRATION.0 => Ok(Self::Seconds(sum)),
            _ => Err(syntax()),
        };
        if count == 0 {
            return Err(syntax());
        }
        Ok(match unit {
            "s" => seconds(1)?,
            "m" => seconds(60)?,
            "h" => seconds(3_600)?,
            "d" => seconds(86_400)?,
            "w" => seconds(7 * 86_400)?,
            "mo" => Self::Months(count),
            "y" => Self::Years(count),
            _ => return Err(syntax()),
        })
    }
}

/// A time or duration that cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not an RFC 3339 time in UTC.
    #[error("{} is not a time, wanted RFC 3339 in UTC such as 2026-11-21T10:00:00Z", Excerpt(found))]
    Syntax {
        /// The text that was found.
        found: String,
    },
    /// Not a duration.
    #[error(
        "{} is not a duration, wanted a number and one of s m h d w mo y, such as 90d or 20y",
        Excerpt(found)
    )]
    Duration {
        /// The text that was found.
        found: String,
    },
    /// Outside the years that certificates written by keyrite can name.
    #[error("time out of range, wanted 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z")]
    Range {
        /// Seconds since 1970.
        seconds: i64,
    },
}

#[cfg(test)]
mod tests {
    use der::Encode;

    use super::*;

    fn encoded(text: &str) -> String {
        hex::encode(text.parse::<Time>().unwrap().to_x509().unwrap().to_der().unwrap())
    }

    #[test]
    fn utc_time_ends_with_2049() {
        assert_eq!(encoded("2049-12-31T23:59:59Z"), hex::encode(b"\x17\x0d491231235959Z"));
        assert_eq!(encoded("2050-01-01T00:00:00Z"), hex::encode(b"\x18\x0f20500101000000Z"));
        assert_eq!(encoded("9999-12-31T23:59:59Z"), hex::encode(b"\x18\x0f99991231235959Z"));
    }

    #[test]
    fn a_validity_counts_both_ends() {
        let start: Time = "2026-01-01T00:00:00Z".parse().unwrap();
        let days: Duration = "90d".parse().unwrap();
        assert_eq!(days.last_second_from(start).unwrap().to_string(), "2026-03-31T23:59:59Z");
        let years: Duration = "20y".parse().unwrap();
        assert_eq!(years.last_second_from(start).unwrap().to_string(), "2045-12-31T23:59:59Z");
    }

    #[test]
    fn leap_day_plus_a_year_is_the_last_of_february() {
        let start: Time = "2028-02-29T12:00:00Z".parse().unwrap();
        assert_eq!(Duration::Years(1).after(start).unwrap().to_string(), "2029-02-28T12:00:00Z");
    }

    #[test]
    fn what_is_not_utc_or_not_whole_is_refused() {
        for text in ["2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00.5Z", "yesterday", "", "2026-13-01"] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
        for text in ["", "90", "d", "0d", "-1d", "1.5h", "99999999999y", "3 d", "602999999w"] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }

    #[test]
    fn durations_print_as_they_read() {
        for text in ["90d", "12h", "20y", "6mo", "90s", "15m"] {
            assert_eq!(text.parse::<Duration>().unwrap().to_string(), text);
        }
    }
}
