//! TLS feature (RFC 7633): extensions of TLS that a server with this certificate must answer with.

use std::fmt;
use std::str::FromStr;

use der::{Decode, Encode, Tag};

/// The features, in the order of encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFeature(pub Vec<Feature>);

/// One extension of TLS by its number at IANA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Feature(pub u16);

impl Feature {
    /// status_request (RFC 6066 s.8): an OCSP response in the handshake, "must staple".
    pub const STATUS_REQUEST: Self = Self(5);
    /// status_request_v2 (RFC 6961): OCSP responses for the whole path.
    pub const STATUS_REQUEST_V2: Self = Self(17);
}

/// Text that is not a feature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown TLS feature {0:?}, wanted status_request, status_request_v2 or the number of a TLS extension"
)]
pub struct UnknownFeature(pub String);

impl TlsFeature {
    pub(super) fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        if self.0.is_empty() {
            return Err(Tag::Sequence.length_error().into());
        }
        self.0.iter().map(|feature| feature.0).collect::<Vec<u16>>().to_der()
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        Ok(Self(Vec::<u16>::from_der(der)?.into_iter().map(Feature).collect()))
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::STATUS_REQUEST => f.write_str("status_request"),
            Self::STATUS_REQUEST_V2 => f.write_str("status_request_v2"),
            Self(number) => number.fmt(f),
        }
    }
}

impl FromStr for Feature {
    type Err = UnknownFeature;

    fn from_str(text: &str) -> Result<Self, UnknownFeature> {
        match text {
            "status_request" => Ok(Self::STATUS_REQUEST),
            "status_request_v2" => Ok(Self::STATUS_REQUEST_V2),
            _ => text.parse().map(Self).map_err(|_| UnknownFeature(text.to_owned())),
        }
    }
}

impl fmt::Display for TlsFeature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn must_staple_encodes_as_rfc_7633_has_it() {
        let value = TlsFeature(vec![Feature::STATUS_REQUEST, Feature::STATUS_REQUEST_V2]);
        assert_eq!(hex::encode(value.to_der().unwrap()), "3006020105020111");
        assert_eq!(TlsFeature::from_der(&value.to_der().unwrap()).unwrap(), value);
        assert_eq!(value.to_string(), "status_request, status_request_v2");
        for text in ["status_request", "status_request_v2", "300"] {
            assert_eq!(text.parse::<Feature>().unwrap().to_string(), text);
        }
        assert_eq!("5".parse(), Ok(Feature::STATUS_REQUEST));
        assert!("65536".parse::<Feature>().is_err() && "must-staple".parse::<Feature>().is_err());
        assert!(TlsFeature(vec![]).to_der().is_err());
    }
}
