//! Numbers as OpenSSL writes them: hex of the magnitude, upper case, an even number of digits.

use crate::x509::extension::CrlNumber;
use crate::x509::serial::{SerialError, SerialNumber};

/// A serial number of the index, and whether it stands there as OpenSSL writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelled {
    /// The number.
    pub serial: SerialNumber,
    /// Whether the text is OpenSSL's own spelling of it.
    pub usual: bool,
}

/// Text that is no serial number that a certificate of today may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SerialTextError {
    /// Not hex.
    #[error("{found:?} is not a number in hex")]
    NotHex {
        /// The text, or its beginning.
        found: String,
    },
    /// A number outside RFC 5280 s.4.1.2.2: zero, negative, or longer than 20 octets.
    #[error(transparent)]
    Range(#[from] SerialError),
}

/// Reads a serial number as it stands in the index: hex, in whatever case and with however many digits.
///
/// # Errors
/// [`SerialTextError`].
pub fn serial(text: &str) -> Result<Spelled, SerialTextError> {
    let not_hex = || SerialTextError::NotHex { found: text.chars().take(64).collect() };
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_hexdigit()) {
        return Err(not_hex());
    }
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Err(SerialError::Zero.into());
    }
    if negative {
        return Err(SerialError::Negative { found: text.chars().take(64).collect() }.into());
    }
    if significant.len() > 2 * LONGEST {
        return Err(SerialError::TooLong { octets: significant.len().div_ceil(2) }.into());
    }
    let serial: SerialNumber = significant.parse()?;
    let usual = text == written(&serial);
    Ok(Spelled { serial, usual })
}

/// The most octets of a magnitude that are looked at.
const LONGEST: usize = 64;

/// A serial number as OpenSSL writes it, in its index and as the name of a file in `newcerts`: without the zero octet
/// that DER puts before a number with its first bit set.
#[must_use]
pub fn written(serial: &SerialNumber) -> String {
    let octets = serial.as_bytes();
    hex::encode_upper(octets.strip_prefix(&[0]).unwrap_or(octets))
}

/// The number that somebody took who wrote a serial number in decimal where hex is wanted: `1000` for 3E8.
#[must_use]
pub fn as_decimal(serial: &SerialNumber) -> String {
    num_bigint::BigUint::from_bytes_be(serial.as_bytes()).to_string()
}

/// Text that is not the number in a `serial` or `crlnumber` file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberFileError {
    /// Not one number in hex.
    #[error("{found:?} is not a number in hex")]
    NotHex {
        /// The text, or its beginning.
        found: String,
    },
    /// A CRL number beyond what keyrite counts with.
    #[error("the number {found} is longer than 16 octets")]
    TooLong {
        /// The text, or its beginning.
        found: String,
    },
}

/// Reads a `crlnumber` file: the number that the next CRL would get.
///
/// # Errors
/// [`NumberFileError`] when it does not hold one number in hex of at most 16 octets.
pub fn crl_number(contents: &[u8]) -> Result<CrlNumber, NumberFileError> {
    let digits = digits(contents)?;
    u128::from_str_radix(&digits, 16)
        .map(CrlNumber)
        .map_err(|_| NumberFileError::TooLong { found: begin(&digits) })
}

/// Reads a `serial` file: the serial number that the next certificate would get, as hex digits without leading zeros;
/// empty for zero.
///
/// # Errors
/// [`NumberFileError::NotHex`].
pub fn next_serial(contents: &[u8]) -> Result<String, NumberFileError> {
    digits(contents).map(|digits| digits.trim_start_matches('0').to_ascii_uppercase())
}

/// The digits of a file: one line, blanks around it, and a byte order mark that an editor left, do not count.
fn digits(contents: &[u8]) -> Result<String, NumberFileError> {
    let text = String::from_utf8_lossy(contents);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() || !text.bytes().all(|c| c.is_ascii_hexdigit()) {
        return Err(NumberFileError::NotHex { found: begin(text) });
    }
    Ok(text.to_owned())
}

fn begin(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_are_one_number() {
        let usual = serial("03E8").unwrap();
        assert!(usual.usual);
        for text in ["3E8", "3e8", "0003E8", "03e8"] {
            assert_eq!(serial(text), Ok(Spelled { usual: false, ..usual.clone() }), "{text}");
        }
        let high = serial("9F00").unwrap();
        assert!(high.usual, "OpenSSL writes no zero octet before it");
        assert_eq!(high.serial.as_bytes(), [0, 0x9f, 0]);
        assert_eq!(written(&high.serial), "9F00");
        assert_eq!(as_decimal(&usual.serial), "1000");
    }

    #[test]
    fn numbers_that_no_certificate_may_have_are_named() {
        for (text, wanted) in [
            ("", "\"\" is not a number in hex"),
            ("12 34", "\"12 34\" is not a number in hex"),
            ("0x12", "\"0x12\" is not a number in hex"),
            ("-", "\"-\" is not a number in hex"),
            ("00", "serial number is zero, wanted a positive number"),
            ("-05", "serial number -05 is negative"),
        ] {
            assert_eq!(serial(text).unwrap_err().to_string(), wanted);
        }
        let long = serial(&"7F".repeat(21)).unwrap_err().to_string();
        assert_eq!(long, "serial number of 21 octets, wanted at most 20");
        assert!(serial(&"F".repeat(1 << 20)).unwrap_err().to_string().contains("wanted at most 20"));
    }

    #[test]
    fn number_files_hold_one_number() {
        assert_eq!(crl_number(b"1000\n"), Ok(CrlNumber(0x1000)));
        assert_eq!(crl_number(b"\xef\xbb\xbf0a\r\n"), Ok(CrlNumber(10)));
        assert_eq!(next_serial(b"0001f\n"), Ok("1F".to_owned()));
        for text in [&b""[..], b"\n", b"12 13", b"zz", b"\xff\xfe"] {
            assert!(matches!(crl_number(text), Err(NumberFileError::NotHex { .. })), "{text:?}");
        }
        let long = "F".repeat(33);
        assert_eq!(crl_number(long.as_bytes()), Err(NumberFileError::TooLong { found: long.clone() }));
    }
}
