//! Errors of `keyrite::x509` as failures: what is read from others is refused.

use keyrite::x509::certificate::{CertificateError, SignedByError};
use keyrite::x509::crl::CrlError;
use keyrite::x509::csr::CsrError;
use keyrite::x509::limits::LimitError;
use keyrite::x509::ocsp::OcspError;
use keyrite::x509::pem::PemError;
use keyrite::x509::spki::SpkiError;
use keyrite::x509::verify::VerifyError;

use super::{Exit, Failure};

impl From<CsrError> for Failure {
    fn from(error: CsrError) -> Self {
        let hint = match &error {
            CsrError::Pem(error) => pem_hint(error),
            CsrError::Limit(error) => limit_hint(error),
            CsrError::Algorithm(error) if error.pss => Some(
                "OpenSSL makes what is wanted with -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest",
            ),
            CsrError::Algorithm(_) => Some(
                "ask for a request signed by an EC or RSA key with SHA-256, SHA-384 or SHA-512, or by a key of Ed25519, Ed448, ML-DSA or SLH-DSA",
            ),
            CsrError::Key(SpkiError::NamedByPss) => Some(
                "ask for a request with a key that openssl genpkey -algorithm RSA makes; RSA-PSS may still sign the request",
            ),
            CsrError::Key(SpkiError::Parameters { .. }) => {
                Some("ask for a request made anew by a program that keeps to RFC 8410, RFC 9881 or RFC 9909")
            }
            CsrError::Key(_) => Some(
                "ask for a request with another key: EC on P-256, P-384 or P-521, RSA of 2048 bits and more with exponent 65537, Ed25519, Ed448, ML-DSA or SLH-DSA",
            ),
            CsrError::AltNames { .. } => Some("ask for several requests with fewer names each"),
            CsrError::Structure(_)
            | CsrError::Version { .. }
            | CsrError::Attribute { .. }
            | CsrError::TwoRequests { .. }
            | CsrError::Attributes
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

impl From<OcspError> for Failure {
    fn from(error: OcspError) -> Self {
        let hint = match &error {
            OcspError::Pem(error) => pem_hint(error),
            OcspError::Limit(error) => limit_hint(error),
            OcspError::Structure(_)
            | OcspError::Version { .. }
            | OcspError::NoCertificate
            | OcspError::TooMany { .. }
            | OcspError::Nonce { .. }
            | OcspError::DuplicateExtension { .. }
            | OcspError::CriticalExtension { .. }
            | OcspError::Status { .. }
            | OcspError::Answer { .. }
            | OcspError::Type { .. }
            | OcspError::Time(_) => None,
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
