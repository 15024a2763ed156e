//! Why octets are not a request or response of OCSP.

use crate::x509::certificate::BuildError;
use crate::x509::limits::LimitError;
use crate::x509::pem::PemError;
use crate::x509::time::TimeError;

/// Why octets are not a request or response of OCSP.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OcspError {
    /// Not one PEM block or DER.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// Too large, too deep, or not DER.
    #[error("not OCSP: {0}")]
    Limit(#[from] LimitError),
    /// Not the structure of RFC 6960.
    #[error("not OCSP: {0}")]
    Structure(String),
    /// Another version than v1.
    #[error("OCSP of version {}, wanted 1, which is left out", u16::from(*found).saturating_add(1))]
    Version {
        /// The number that is encoded, one less than the version.
        found: u8,
    },
    /// A request about nothing.
    #[error("the request asks about no certificate")]
    NoCertificate,
    /// A request about more certificates than anybody needs to know of at once.
    #[error("the request asks about more than {most} certificates")]
    TooMany {
        /// The most that are read.
        most: usize,
    },
    /// A nonce of a length that is none (RFC 9654 s.2.1).
    #[error("a nonce of {octets} octets, wanted 1 to 128")]
    Nonce {
        /// The octets that were found.
        octets: usize,
    },
    /// One extension twice.
    #[error("the extension {name} is there twice")]
    DuplicateExtension {
        /// Which one.
        name: String,
    },
    /// An extension that must be understood and is not known (RFC 6960 s.4.4).
    #[error("the critical extension {name} is not known")]
    CriticalExtension {
        /// Which one.
        name: String,
    },
    /// A responseStatus that RFC 6960 does not define.
    #[error("responseStatus {found}, wanted 0 to 3, 5 or 6")]
    Status {
        /// The contents of the ENUMERATED in hex.
        found: String,
    },
    /// A successful response that says nothing, or another one that does (RFC 6960 s.4.2.1).
    #[error("{}", if *successful { "the status is successful and there is no answer" } else { "the status is an error and there is an answer" })]
    Answer {
        /// Whether the status is "successful".
        successful: bool,
    },
    /// A type of response that is not id-pkix-ocsp-basic.
    #[error("a response of type {found}, wanted id-pkix-ocsp-basic")]
    Type {
        /// The object identifier.
        found: String,
    },
    /// A time outside what can be handled.
    #[error(transparent)]
    Time(#[from] TimeError),
}

impl From<der::Error> for OcspError {
    fn from(error: der::Error) -> Self {
        Self::Structure(error.to_string())
    }
}

impl From<OcspError> for BuildError {
    fn from(error: OcspError) -> Self {
        if let OcspError::Time(error) = error { Self::Time(error) } else { Self::Encoding(error.to_string()) }
    }
}
