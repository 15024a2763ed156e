//! HttpUrl: a place from which relying parties fetch CRLs, certificates and OCSP answers.

use std::fmt;
use std::str::FromStr;

use crate::x509::excerpt::Excerpt;

/// An absolute `http` or `https` URL in ASCII, with a host and without user information, query-free of
/// blanks and control characters (RFC 5280 s.4.2.1.13, s.4.2.2.1). It is kept octet for octet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpUrl(String);

impl HttpUrl {
    /// A text that is a URL, since another one that differs in a number alone is.
    pub(super) fn of_proven(text: String) -> Self {
        Self(text)
    }

    /// The text of the URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for HttpUrl {
    type Err = HttpUrlError;

    fn from_str(text: &str) -> Result<Self, HttpUrlError> {
        let refused = |why: &str| HttpUrlError { found: text.to_owned(), why: why.to_owned() };
        if text.chars().any(|c| !c.is_ascii_graphic()) {
            return Err(refused("it has a character that a URL does not have"));
        }
        let url = url::Url::parse(text).map_err(|error| refused(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || !text.contains("://") {
            return Err(refused("wanted http:// or https://"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(refused("it has no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("it has a user name or password"));
        }
        if url.fragment().is_some() {
            return Err(refused("it has a fragment, which is never sent to a server"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Text that is not such a URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a URL for a certificate: {why}", Excerpt(found))]
pub struct HttpUrlError {
    /// The text that was found.
    pub found: String,
    /// What is wrong with it.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_that_anyone_can_fetch_are_taken() {
        for text in ["http://crl.example.test/root.crl", "https://[2001:db8::1]:8080/a?b=c"] {
            assert_eq!(text.parse::<HttpUrl>().unwrap().as_str(), text);
        }
        for (text, why) in [
            ("", "relative URL"),
            ("crl.example.test/root.crl", "relative URL"),
            ("ldap://x.test/", "http:// or https://"),
            ("file:///root.crl", "http:// or https://"),
            ("http:example.test", "http:// or https://"),
            ("http://", "empty host"),
            ("http://u@x.test/", "user name"),
            ("http://x.test/a b", "character"),
            ("http://x.test/é", "character"),
            ("http://x.test/#a", "fragment"),
        ] {
            let error = text.parse::<HttpUrl>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
