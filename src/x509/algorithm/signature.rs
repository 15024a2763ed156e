//! Signature algorithms, and their AlgorithmIdentifiers octet for octet.

use std::fmt;

use super::{Digest, ED448_IDENTIFIER, ED25519_IDENTIFIER, MlDsaParameterSet, SlhDsaParameterSet, pss};

/// A signature algorithm of a certificate, CRL or request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SignatureAlgorithm {
    /// ECDSA (RFC 5758 s.3.2); parameters absent.
    Ecdsa(Digest),
    /// RSASSA-PKCS1-v1_5 (RFC 4055 s.5); parameters NULL.
    RsaPkcs1(Digest),
    /// RSASSA-PSS (RFC 4055 s.3) with MGF1 over the same digest and a salt as long as the digest.
    RsaPss(Digest),
    /// Ed25519 (RFC 8410 s.6); parameters absent.
    Ed25519,
    /// Ed448 (RFC 8410 s.6); parameters absent.
    Ed448,
    /// Pure ML-DSA with an empty context (RFC 9881 s.2); parameters absent.
    MlDsa(MlDsaParameterSet),
    /// Pure SLH-DSA with an empty context (RFC 9909 s.3); parameters absent.
    SlhDsa(SlhDsaParameterSet),
}

impl SignatureAlgorithm {
    /// Every signature algorithm that keyrite makes or reads.
    pub fn all() -> impl Iterator<Item = Self> {
        let hashed = [Self::Ecdsa, Self::RsaPkcs1, Self::RsaPss];
        hashed
            .into_iter()
            .flat_map(|padding| Digest::ALL.into_iter().map(padding))
            .chain([Self::Ed25519, Self::Ed448])
            .chain(MlDsaParameterSet::ALL.into_iter().map(Self::MlDsa))
            .chain(SlhDsaParameterSet::ALL.into_iter().map(Self::SlhDsa))
    }

    /// The digest that is signed, for the algorithms that sign one. The others take the whole message.
    #[must_use]
    pub const fn digest(self) -> Option<Digest> {
        match self {
            Self::Ecdsa(digest) | Self::RsaPkcs1(digest) | Self::RsaPss(digest) => Some(digest),
            Self::Ed25519 | Self::Ed448 | Self::MlDsa(_) | Self::SlhDsa(_) => None,
        }
    }

    /// The DER of the `AlgorithmIdentifier`, octet for octet as BR 7.1.3.2 demands.
    #[must_use]
    pub const fn identifier_der(self) -> &'static [u8] {
        match self {
            Self::Ecdsa(Digest::Sha256) => {
                &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]
            }
            Self::Ecdsa(Digest::Sha384) => {
                &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03]
            }
            Self::Ecdsa(Digest::Sha512) => {
                &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04]
            }
            Self::RsaPkcs1(Digest::Sha256) => {
                &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00]
            }
            Self::RsaPkcs1(Digest::Sha384) => {
                &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c, 0x05, 0x00]
            }
            Self::RsaPkcs1(Digest::Sha512) => {
                &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d, 0x05, 0x00]
            }
            Self::RsaPss(digest) => pss::identifier_der(digest),
            Self::Ed25519 => ED25519_IDENTIFIER,
            Self::Ed448 => ED448_IDENTIFIER,
            Self::MlDsa(set) => set.identifier_der(),
            Self::SlhDsa(set) => set.identifier_der(),
        }
    }

    /// The algorithm whose `AlgorithmIdentifier` is exactly these octets; of RSASSA-PSS also one whose
    /// digests have absent parameters in place of NULL, which readers must accept (RFC 4055 s.2.1).
    ///
    /// # Errors
    /// [`UnsupportedSignature`] names what was found: known algorithms by their names, parameters of
    /// RSASSA-PSS by what is wrong with them, anything else by its octets.
    pub fn from_identifier_der(der: &[u8]) -> Result<Self, UnsupportedSignature> {
        if let Some(exact) = Self::all().find(|algorithm| algorithm.identifier_der() == der) {
            return Ok(exact);
        }
        match pss::parse(der) {
            Some(Ok(digest)) => Ok(Self::RsaPss(digest)),
            Some(Err(found)) => Err(UnsupportedSignature { found, pss: true }),
            None => Err(UnsupportedSignature { found: describe_unsupported(der), pss: false }),
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecdsa(digest) => write!(f, "ECDSA with {digest}"),
            Self::RsaPkcs1(digest) => write!(f, "RSA PKCS#1 v1.5 with {digest}"),
            Self::RsaPss(digest) => write!(f, "RSA PSS with {digest}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Ed448 => f.write_str("Ed448"),
            Self::MlDsa(set) => set.fmt(f),
            Self::SlhDsa(set) => set.fmt(f),
        }
    }
}

/// A signature algorithm that keyrite neither makes nor accepts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unsupported signature algorithm: {found}")]
pub struct UnsupportedSignature {
    /// What was found, in words where it is a known weak algorithm.
    pub found: String,
    /// Whether it is RSASSA-PSS with other parameters than those that are accepted.
    pub pss: bool,
}

/// Names the algorithms that people meet in old and in very new requests; the rest is shown as octets.
fn describe_unsupported(der: &[u8]) -> String {
    if let Some(algorithm) = SignatureAlgorithm::all()
        .find(|known| oid_of(known.identifier_der()).is_some_and(|oid| oid_of(der) == Some(oid)))
    {
        let wanted = if matches!(algorithm, SignatureAlgorithm::RsaPkcs1(_)) { "NULL" } else { "none" };
        return format!("{algorithm} with other parameters than it has, wanted {wanted}");
    }
    describe(der)
}

/// What an AlgorithmIdentifier that is not accepted names, in words where it is known.
pub(in crate::x509) fn describe(der: &[u8]) -> String {
    const KNOWN: [(&[u8], &str); 12] = [
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x02], "RSA with MD2, which is broken"),
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04], "RSA with MD5, which is broken"),
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05], "RSA with SHA-1, which is broken"),
        (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01], "ECDSA with SHA-1, which is broken"),
        (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], "DSA"),
        (&[0x2b, 0x65, 0x6e], "X25519, which cannot sign"),
        (&[0x2b, 0x65, 0x6f], "X448, which cannot sign"),
        (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, 0x01], "ML-KEM-512, which cannot sign"),
        (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, 0x02], "ML-KEM-768, which cannot sign"),
        (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, 0x03], "ML-KEM-1024, which cannot sign"),
        (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x01], "DSA"),
        (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x02], "DSA"),
    ];
    let oid = oid_of(der);
    let named = KNOWN.iter().find(|(known, _)| oid == Some(known)).map(|(_, name)| *name);
    match (named, oid) {
        (Some(name), _) => name.to_owned(),
        // RFC 9881 s.8.3 says why, RFC 9909 s.3 names the pure modes alone.
        (None, Some([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 32..=34])) => {
            "HashML-DSA, wanted pure ML-DSA (RFC 9881 s.8.3)".to_owned()
        }
        (None, Some([0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 35..=46])) => {
            "HashSLH-DSA, wanted pure SLH-DSA (RFC 9909 s.3)".to_owned()
        }
        _ => format!("AlgorithmIdentifier {}", hex::encode(der.get(..64).unwrap_or(der))),
    }
}

/// The contents of the OBJECT IDENTIFIER of an AlgorithmIdentifier of at most 127 octets.
fn oid_of(der: &[u8]) -> Option<&[u8]> {
    let [0x30, _, 0x06, octets, rest @ ..] = der else { return None };
    rest.get(..usize::from(*octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The strings of BR 7.1.3.2, as printed there, then those of RFC 8410, RFC 9881 and RFC 9909.
    #[test]
    fn identifiers_are_the_octets_of_the_baseline_requirements() {
        let printed = [
            (SignatureAlgorithm::RsaPkcs1(Digest::Sha256), "300d06092a864886f70d01010b0500"),
            (SignatureAlgorithm::RsaPkcs1(Digest::Sha384), "300d06092a864886f70d01010c0500"),
            (SignatureAlgorithm::RsaPkcs1(Digest::Sha512), "300d06092a864886f70d01010d0500"),
            (
                SignatureAlgorithm::RsaPss(Digest::Sha256),
                "304106092a864886f70d01010a3034a00f300d0609608648016503040201\
                 0500a11c301a06092a864886f70d010108300d0609608648016503040201\
                 0500a203020120",
            ),
            (
                SignatureAlgorithm::RsaPss(Digest::Sha384),
                "304106092a864886f70d01010a3034a00f300d0609608648016503040202\
                 0500a11c301a06092a864886f70d010108300d0609608648016503040202\
                 0500a203020130",
            ),
            (
                SignatureAlgorithm::RsaPss(Digest::Sha512),
                "304106092a864886f70d01010a3034a00f300d0609608648016503040203\
                 0500a11c301a06092a864886f70d010108300d0609608648016503040203\
                 0500a203020140",
            ),
            (SignatureAlgorithm::Ecdsa(Digest::Sha256), "300a06082a8648ce3d040302"),
            (SignatureAlgorithm::Ecdsa(Digest::Sha384), "300a06082a8648ce3d040303"),
            (SignatureAlgorithm::Ecdsa(Digest::Sha512), "300a06082a8648ce3d040304"),
            (SignatureAlgorithm::Ed25519, "300506032b6570"),
            (SignatureAlgorithm::Ed448, "300506032b6571"),
            (SignatureAlgorithm::MlDsa(MlDsaParameterSet::MlDsa44), "300b0609608648016503040311"),
            (SignatureAlgorithm::MlDsa(MlDsaParameterSet::MlDsa65), "300b0609608648016503040312"),
            (SignatureAlgorithm::MlDsa(MlDsaParameterSet::MlDsa87), "300b0609608648016503040313"),
            (SignatureAlgorithm::SlhDsa(SlhDsaParameterSet::Sha2_128s), "300b0609608648016503040314"),
            (SignatureAlgorithm::SlhDsa(SlhDsaParameterSet::Shake_256f), "300b060960864801650304031f"),
        ];
        for (algorithm, text) in printed {
            assert_eq!(hex::encode(algorithm.identifier_der()), text);
        }
        for algorithm in SignatureAlgorithm::all() {
            assert_eq!(SignatureAlgorithm::from_identifier_der(algorithm.identifier_der()), Ok(algorithm));
        }
        assert_eq!(SignatureAlgorithm::all().count(), 26);
    }

    #[test]
    fn parameters_other_than_those_of_the_algorithm_are_refused_by_name() {
        for (text, found) in [
            (
                "300b06092a864886f70d01010b",
                "RSA PKCS#1 v1.5 with SHA-256 with other parameters than it has, wanted NULL",
            ),
            (
                "300c06082a8648ce3d0403020500",
                "ECDSA with SHA-256 with other parameters than it has, wanted none",
            ),
            ("300706032b65700500", "Ed25519 with other parameters than it has, wanted none"),
            ("300d06096086480165030403120500", "ML-DSA-65 with other parameters than it has, wanted none"),
        ] {
            let der = hex::decode(text).unwrap();
            let error = SignatureAlgorithm::from_identifier_der(&der).unwrap_err();
            assert_eq!(error.found, found);
        }
    }

    #[test]
    fn what_is_not_accepted_is_named_where_it_is_known() {
        for (text, found) in [
            ("300d06092a864886f70d0101050500", "RSA with SHA-1, which is broken"),
            ("300b0609608648016503040321", "HashML-DSA, wanted pure ML-DSA (RFC 9881 s.8.3)"),
            ("300b0609608648016503040323", "HashSLH-DSA, wanted pure SLH-DSA (RFC 9909 s.3)"),
            ("3003060155", "AlgorithmIdentifier 3003060155"),
            ("30", "AlgorithmIdentifier 30"),
        ] {
            let der = hex::decode(text).unwrap();
            assert_eq!(SignatureAlgorithm::from_identifier_der(&der).unwrap_err().found, found);
        }
    }
}
