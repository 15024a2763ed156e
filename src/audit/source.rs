//! Source: from what a certificate is made.

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;

/// From what a certificate is made. Entries of versions that did not record it say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Source {
    /// Of which kind it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The serial number of the certificate that is renewed or certified across.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_serial: Option<String>,
    /// SHA-256 over that certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_sha256: Option<Fingerprint>,
    /// How it was proven that the holder of a bare key has its private half, in the words of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub possession: Option<String>,
}

/// The kinds of things from which a certificate is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A request that its own key has signed.
    Request,
    /// A public key and nothing else.
    PublicKey,
    /// A certificate of this home or of an issuer of it, which is renewed.
    Renewal,
    /// The certificate of another CA, which is certified across.
    Cross,
    /// A key on our own token.
    OwnKey,
}

impl Origin {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Request, Self::PublicKey, Self::Renewal, Self::Cross, Self::OwnKey];

    /// The word by which the log and the ledger name it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::PublicKey => "public-key",
            Self::Renewal => "renewal",
            Self::Cross => "cross",
            Self::OwnKey => "own-key",
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl std::str::FromStr for Origin {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|origin| origin.word() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_an_origin_is_its_encoding() {
        for origin in Origin::ALL {
            assert_eq!(serde_json::to_string(&origin).unwrap(), format!("\"{origin}\""));
            assert_eq!(origin.word().parse(), Ok(origin));
        }
    }
}
