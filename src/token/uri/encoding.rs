//! Percent-encoding (RFC 3986 s.2.1) with the character sets of RFC 7512 s.2.3.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::UriError;
use crate::token::pin::PinSource;

/// Which half of the URI a value stands in: they allow different characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// Before the `?`: `pk11-pchar`.
    Path,
    /// After the `?`: `pk11-qchar`.
    Query,
}

const fn unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~')
}

fn allowed(octet: u8, half: Half) -> bool {
    // pk11-res-avail, and what each half adds to it.
    let reserved = b":[]@!$'()*+,=".contains(&octet);
    unreserved(octet)
        || reserved
        || match half {
            Half::Path => octet == b'&',
            Half::Query => b"/?|".contains(&octet),
        }
}

/// Decodes a value that begins at `position` of the URI.
pub(super) fn percent_decode(
    name: &'static str,
    value: &str,
    position: usize,
    half: Half,
) -> Result<Vec<u8>, UriError> {
    let mut decoded = Vec::with_capacity(value.len());
    let mut octets = value.bytes().enumerate();
    while let Some((index, octet)) = octets.next() {
        let at = position.saturating_add(index);
        if octet == b'%' {
            let digits = (octets.next(), octets.next());
            let (Some((_, high)), Some((_, low))) = digits else {
                return Err(UriError::Encoding { name, position: at });
            };
            match (hex_digit(high), hex_digit(low)) {
                (Some(high), Some(low)) => decoded.push(high << 4 | low),
                _ => return Err(UriError::Encoding { name, position: at }),
            }
        } else if allowed(octet, half) {
            decoded.push(octet);
        } else {
            let found = value.get(index..).and_then(|rest| rest.chars().next()).unwrap_or('\u{fffd}');
            return Err(UriError::Character { name, found, position: at });
        }
    }
    Ok(decoded)
}

const fn hex_digit(octet: u8) -> Option<u8> {
    match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'a'..=b'f' => Some(octet - b'a' + 10),
        b'A'..=b'F' => Some(octet - b'A' + 10),
        _ => None,
    }
}

fn encode(octets: &[u8], literal: impl Fn(u8) -> bool) -> String {
    let mut text = String::with_capacity(octets.len());
    for &octet in octets {
        if literal(octet) {
            text.push(char::from(octet));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{octet:02X}");
        }
    }
    text
}

pub(super) fn percent_encode(text: &str) -> String {
    encode(text.as_bytes(), unreserved)
}

/// RFC 7512 s.2.3: an id should be encoded whole, since it is binary.
pub(super) fn percent_encode_all(octets: &[u8]) -> String {
    encode(octets, |_| false)
}

pub(super) fn percent_encode_path(path: &Path) -> String {
    encode(path.as_os_str().as_bytes(), |octet| unreserved(octet) || octet == b'/')
}

pub(super) fn percent_encode_source(source: &PinSource) -> String {
    encode(&source.to_octets(), |octet| unreserved(octet) || octet == b'/' || octet == b':')
}
