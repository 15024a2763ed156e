//! The one encoding of an entry: canonical JSON (RFC 8785) without numbers that are not whole.
//!
//! Keys are sorted, there is no space between tokens, text is UTF-8 with the fewest escapes, and a number
//! is a whole one below 2^53: every record has exactly one sequence of octets, and any JSON reader can
//! read it. [`Record::decode`] refuses every other spelling of the same record.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::canonical::canonical;
use super::event::Event;

/// An event with its place in the log and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The number of the entry, counted from 1.
    pub entry: u64,
    /// When it was recorded: RFC 3339, UTC, whole seconds.
    pub time: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

impl Record {
    /// The octets that are hashed and kept.
    ///
    /// # Errors
    /// [`EncodingError`] when the record holds a number that this encoding has no room for, or is too long.
    pub fn encode(&self) -> Result<Vec<u8>, EncodingError> {
        let encoding = canonical(self)?;
        if encoding.len() > super::bundle::LONGEST_ENTRY {
            return Err(EncodingError::TooLong { found: encoding.len() });
        }
        Ok(encoding)
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`EncodingError`] when the octets are not JSON, not canonical, or not a record that this version
    /// knows.
    pub fn decode(octets: &[u8]) -> Result<Self, EncodingError> {
        Self::of_value(read_canonical(octets)?)
    }

    /// Takes a record from what [`read_canonical`] gave.
    ///
    /// # Errors
    /// [`EncodingError::UnknownRecord`] when it is not a record that this version knows.
    pub fn of_value(value: Value) -> Result<Self, EncodingError> {
        serde_json::from_value(value).map_err(|error| EncodingError::UnknownRecord(error.to_string()))
    }

    /// The time of a record, of whatever event it tells; none where the octets are not a record.
    #[must_use]
    pub fn time_of(octets: &[u8]) -> Option<String> {
        #[derive(Deserialize)]
        struct Timed {
            time: String,
        }
        serde_json::from_slice(octets).ok().map(|Timed { time }| time)
    }
}

/// The canonical JSON of a value that is no entry of the log, but kept and hashed as one.
///
/// # Errors
/// [`EncodingError`] when the value holds a number that this encoding has no room for.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, EncodingError> {
    canonical(value)
}

/// Reads JSON that must be in its canonical form, whatever it tells of.
///
/// # Errors
/// [`EncodingError`] when the octets are not JSON or are spelled in another way.
pub fn read_canonical(octets: &[u8]) -> Result<Value, EncodingError> {
    let value: Value =
        serde_json::from_slice(octets).map_err(|error| EncodingError::Json(error.to_string()))?;
    if canonical(&value)? == octets { Ok(value) } else { Err(EncodingError::NotCanonical) }
}

/// Why octets are not a record, or a record cannot be octets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// JSON in another spelling than the canonical one.
    #[error("not in canonical form (RFC 8785)")]
    NotCanonical,
    /// A fraction, a negative number or one from 2^53.
    #[error("number {found}, wanted a whole one from 0 to 2^53 - 1")]
    Number {
        /// The number that was found.
        found: String,
    },
    /// More octets than a bundle of entries has room for.
    #[error("{found} octets long, wanted at most {}", super::bundle::LONGEST_ENTRY)]
    TooLong {
        /// How many.
        found: usize,
    },
    /// Canonical JSON, but no record that this version knows.
    #[error("not a record that this version knows: {0}")]
    UnknownRecord(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Fingerprint;
    use crate::audit::samples::events;

    #[test]
    fn every_event_reads_back_from_its_only_spelling() {
        for event in events() {
            let record = Record { entry: 7, time: "2026-11-21T10:00:00Z".to_owned(), event };
            let encoding = record.encode().unwrap();
            assert_eq!(Record::decode(&encoding).as_ref(), Ok(&record));
            let reread: Value = serde_json::from_slice(&encoding).unwrap();
            let spaced = serde_json::to_vec_pretty(&reread).unwrap();
            assert_eq!(Record::decode(&spaced), Err(EncodingError::NotCanonical));
        }
    }

    #[test]
    fn keys_are_sorted_and_text_has_the_fewest_escapes() {
        let event =
            Event::LoginFailed { token: "a\"\\/\u{1f}\u{7f}é\u{202e}".to_owned(), reason: "\n".to_owned() };
        let encoding = Record { entry: 1, time: "t".to_owned(), event }.encode().unwrap();
        let wanted = "{\"entry\":1,\"event\":\"login-failed\",\"reason\":\"\\n\",\"time\":\"t\",\
                      \"token\":\"a\\\"\\\\/\\u001f\u{7f}é\u{202e}\"}";
        assert_eq!(String::from_utf8(encoding).unwrap(), wanted);
    }

    #[test]
    fn other_spellings_and_other_numbers_are_refused() {
        for (text, wanted) in [
            (r#"{"b":1,"a":2}"#, EncodingError::NotCanonical),
            (r#"{"a":1,"a":1}"#, EncodingError::NotCanonical),
            (r#"{"a":"\u0041"}"#, EncodingError::NotCanonical),
            (r#"{"a":"\/"}"#, EncodingError::NotCanonical),
            (r#"{"a":1.5}"#, EncodingError::Number { found: "1.5".to_owned() }),
            (r#"{"a":-1}"#, EncodingError::Number { found: "-1".to_owned() }),
            (r#"{"a":9007199254740992}"#, EncodingError::Number { found: "9007199254740992".to_owned() }),
        ] {
            assert_eq!(read_canonical(text.as_bytes()), Err(wanted), "{text}");
        }
        assert!(read_canonical(br#"{"a":9007199254740991}"#).is_ok());
        assert!(matches!(read_canonical(b"{} "), Err(EncodingError::NotCanonical)));
        assert!(matches!(read_canonical(b"{}x"), Err(EncodingError::Json(_))));
    }

    #[test]
    fn a_hash_in_upper_case_is_another_spelling() {
        let record = Record {
            entry: 1,
            time: "t".to_owned(),
            event: Event::ConfigurationChanged { sha256: Fingerprint([0xab; 32]) },
        };
        let upper = String::from_utf8(record.encode().unwrap()).unwrap().replace("ab", "AB");
        assert!(matches!(Record::decode(upper.as_bytes()), Err(EncodingError::UnknownRecord(_))));
    }
}
