//! Dates as `openssl ca` writes them into its index: the text of a UTCTime or a GeneralizedTime.

use crate::x509::time::Time;

/// Text that is not a date of the index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a date, wanted YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ")]
pub struct DateError {
    /// The text that was found.
    pub found: String,
}

/// Reads a date: UTCTime (two digits of the year, of 1950 to 2049) or GeneralizedTime (four), with or without seconds,
/// ending in `Z` or an offset, all of which `openssl ca` accepts (X.680 s.46 and s.47).
///
/// # Errors
/// [`DateError`] for every other text, and for a time before 1970.
pub fn read(text: &str) -> Result<Time, DateError> {
    time(text).ok_or_else(|| DateError { found: text.chars().take(64).collect() })
}

fn time(text: &str) -> Option<Time> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (date, zone) = text.split_at_checked(digits)?;
    let full = match date.len() {
        10 | 12 => {
            let century = if date.get(..2)?.parse::<u8>().ok()? >= 50 { "19" } else { "20" };
            format!("{century}{date}")
        }
        14 => date.to_owned(),
        _ => return None,
    };
    let part = |from: usize| full.get(from..from.saturating_add(2));
    let seconds = if full.len() == 12 { "00" } else { part(12)? };
    let text = format!("{}-{}-{}T{}:{}:{seconds}Z", full.get(..4)?, part(4)?, part(6)?, part(8)?, part(10)?);
    text.parse::<Time>().ok()?.plus_seconds(-offset(zone)?).ok()
}

/// The seconds by which a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    if digits.len() != 4 || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = (digits.get(..2)?.parse::<i64>().ok()?, digits.get(2..)?.parse::<i64>().ok()?);
    (hours < 24 && minutes < 60).then(|| sign * (hours * 3600 + minutes * 60))
}

/// Writes a date as OpenSSL does: UTCTime through 2049, else GeneralizedTime (RFC 5280 s.4.1.2.5).
#[must_use]
pub fn write(time: Time) -> String {
    let full = generalized(time);
    // No time here lies before 1970, so that every year below 2050 has its two digits.
    match full.split_at_checked(2) {
        Some((century, rest)) if full.as_str() < "2050" && ["19", "20"].contains(&century) => rest.to_owned(),
        _ => full,
    }
}

/// Writes a date as GeneralizedTime, whatever its year.
#[must_use]
pub fn generalized(time: Time) -> String {
    time.to_string().chars().filter(|c| !matches!(c, '-' | ':' | 'T')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_written() {
        for (text, wanted) in [
            ("261121191122Z", "2026-11-21T19:11:22Z"),
            ("491231235959Z", "2049-12-31T23:59:59Z"),
            ("700101000000Z", "1970-01-01T00:00:00Z"),
            ("20500101000000Z", "2050-01-01T00:00:00Z"),
            ("99991231235959Z", "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(read(text).unwrap().to_string(), wanted);
            assert_eq!(write(read(text).unwrap()), text);
        }
        assert_eq!(read("20261121191122Z").unwrap(), read("261121191122Z").unwrap());
        assert_eq!(read("2611211911Z").unwrap().to_string(), "2026-11-21T19:11:00Z");
        assert_eq!(read("261121191122+0130").unwrap().to_string(), "2026-11-21T17:41:22Z");
        assert_eq!(generalized(read("261121191122Z").unwrap()), "20261121191122Z");
    }

    #[test]
    fn what_is_no_date_is_not_guessed() {
        for text in [
            "",
            "Z",
            "261121191122",
            "261321191122Z",
            "2611211911222Z",
            "500101000000Z",
            "261121191122ZZ",
            "261121191122+9900",
            "+61121191122Z",
            "２６1121191122Z",
        ] {
            assert_eq!(read(text), Err(DateError { found: text.to_owned() }), "{text}");
        }
    }
}
