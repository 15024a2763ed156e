//! Errors of `keyrite::x509` as failures: what is read from others is refused.

use keyrite::x509::certificate::{CertificateError, SignedByError};
use keyrite::x509::crl::CrlError;
use keyrite::x509::csr::CsrError;
use keyrite::x509::limits::LimitError;
use keyrite::x509::pem::PemError;
use keyrite::x509::verify::VerifyError;

use super::{Exit, Failure};

impl From<CsrError> for Failure {
    fn from(error: CsrError) -> Self {
        let hint = match &error {
            CsrError::Pem(error) => pem_hint(error),
            CsrError::Limit(error) => limit_hint(error),
            CsrError::Algorithm(_) => {
                Some("ask for a request signed with SHA-256, SHA-384 or SHA-512 by an EC or RSA key")
            }
            CsrError::Key(_) => Some(
                "ask for a request with another key: ECDSA on P-256, P-384 or P-521, or RSA of 2048 bits and more with exponent 65537",
            ),
            CsrError::AltNames { .. } => Some("ask for several requests with fewer names each"),
            CsrError::Structure(_)
            | CsrError::Version { .. }
            | CsrError::DuplicateAttribute { .. }
            | CsrError::AttributeValues { .. }
            | CsrError::DuplicateExtension { .. }
            | CsrError::Criticality { .. } => {
                Some("ask for a request made anew; what is broken is not mended here")
            }
        };
        Self::of(Exit::Refused, &error).maybe_hint(hint.map(str::to_owned))
    }
}

impl From<CertificateError> for Failure {
    fn from(error: CertificateError) -> Self {
        let hint = match &error {
            CertificateError::Pem(error) => pem_hint(error),
            CertificateError::Limit(error) => limit_hint(error),
            CertificateError::Structure(_)
            | CertificateError::Serial(_)
            | CertificateError::Time(_)
            | CertificateError::Version { .. }
            | CertificateError::DuplicateExtension { .. }
            | CertificateError::TwoAlgorithms => None,
        };
        Self::of(Exit::Refused, &error).maybe_hint(hint.map(str::to_owned))
    }
}

impl From<CrlError> for Failure {
    fn from(error: CrlError) -> Self {
        let hint = match &error {
            CrlError::Pem(error) => pem_hint(error),
            CrlError::Limit(error) => limit_hint(error),
            CrlError::Structure(_)
            | CrlError::Version { .. }
            | CrlError::DuplicateExtension { .. }
            | CrlError::Serial(_)
            | CrlError::Time(_)
            | CrlError::CriticalEntryExtension { .. }
            | CrlError::TwoAlgorithms => None,
        };
        Self::of(Exit::Refused, &error).maybe_hint(hint.map(str::to_owned))
    }
}

impl From<SignedByError> for Failure {
    fn from(error: SignedByError) -> Self {
        match error {
            SignedByError::Algorithm(error) => Self::of(Exit::Refused, &error),
            SignedByError::Signature(error) => error.into(),
        }
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        let exit = match error {
            VerifyError::Algorithm { .. } | VerifyError::Signature { .. } => Exit::Refused,
            VerifyError::Disagreement { .. } => Exit::Defect,
        };
        Self::of(exit, &error)
    }
}

fn pem_hint(error: &PemError) -> Option<&'static str> {
    match error {
        PemError::NoBlock => Some("the file must hold DER, or PEM from -----BEGIN to -----END"),
        PemError::NotClosed { .. } | PemError::Base64 { .. } => {
            Some("the file may have been cut or changed on its way")
        }
        PemError::Several { .. } => Some("one file per object: split it"),
        PemError::Label { .. } => None,
    }
}

fn limit_hint(error: &LimitError) -> Option<&'static str> {
    match error {
        LimitError::Size { .. } | LimitError::Depth => None,
        LimitError::Der(_) => Some("the file may have been cut or changed on its way"),
    }
}
