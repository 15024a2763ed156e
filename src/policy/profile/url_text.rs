//! UrlText: a URL of a profile in which the issuing CA fills places.

use std::fmt;
use std::str::FromStr;

use crate::policy::http_url::{HttpUrl, HttpUrlError};

/// A URL that may name the issuing CA: `{ca}` is its name in the home, `{key-id}` its subjectKeyIdentifier in
/// lower-case hex. Whatever a CA fills in, the result is a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlText(String);

/// The places that a CA fills.
const CA: &str = "{ca}";
const KEY_ID: &str = "{key-id}";

impl UrlText {
    /// The URL for the CA of this name and key identifier.
    ///
    /// # Errors
    /// [`HttpUrlError`] when a CA's name cannot stand in a URL.
    pub fn of(&self, ca: &str, key_identifier: &[u8]) -> Result<HttpUrl, HttpUrlError> {
        self.0.replace(CA, ca).replace(KEY_ID, &hex::encode(key_identifier)).parse()
    }
}

impl fmt::Display for UrlText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for UrlText {
    type Err = UrlTextError;

    fn from_str(text: &str) -> Result<Self, UrlTextError> {
        let one = Self(text.to_owned());
        let left = text.replace(CA, "").replace(KEY_ID, "");
        if left.contains(['{', '}']) {
            return Err(UrlTextError::Place { found: text.to_owned() });
        }
        one.of("ca", &[0; 20])?;
        Ok(one)
    }
}

/// A text that can never be a URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlTextError {
    /// Braces around something else than a place.
    #[error("{found:?} has braces, wanted {{ca}} or {{key-id}} in them")]
    Place {
        /// The text.
        found: String,
    },
    /// Not a URL whatever is filled in.
    #[error(transparent)]
    Url(#[from] HttpUrlError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_by_the_issuing_ca() {
        let text: UrlText = "http://pki.example.test/{ca}/{key-id}.crl".parse().unwrap();
        let url = text.of("issuing-g1", &[0xab, 0x01]).unwrap();
        assert_eq!(url.as_str(), "http://pki.example.test/issuing-g1/ab01.crl");
    }

    #[test]
    fn other_places_are_refused() {
        let error = "http://pki.example.test/{serial}.crl".parse::<UrlText>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"http://pki.example.test/{serial}.crl\" has braces, wanted {ca} or {key-id} in them"
        );
        assert!("ldap://x/{ca}".parse::<UrlText>().is_err());
    }
}
