//! Key and signature algorithms, and the exact bytes by which certificates name them.
//!
//! A certificate names its signature algorithm twice (RFC 5280 s.4.1.1.2, s.4.1.2.3) and both must be
//! the same octets, so every identifier here is a constant rather than something that gets encoded:
//! the octets of CA/Browser Forum BR 7.1.3.2. SHA-1 and MD5 have no variant, so nothing that is
//! built on this module can sign or accept them.

use std::fmt;
use std::str::FromStr;

use sha2::Digest as _;

/// A named elliptic curve of RFC 5480 s.2.1.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Curve {
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
}

impl Curve {
    /// Every curve that keyrite offers.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// The octets of one field element, and so of each half of a raw `r || s` signature.
    #[must_use]
    pub const fn field_octets(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The DER of the curve's OBJECT IDENTIFIER, which is also PKCS#11's `CKA_EC_PARAMS`.
    #[must_use]
    pub const fn oid_der(self) -> &'static [u8] {
        match self {
            Self::P256 => &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
            Self::P384 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22],
            Self::P521 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23],
        }
    }

    /// The curve named by a DER OBJECT IDENTIFIER, if it is one that keyrite offers.
    #[must_use]
    pub fn from_oid_der(der: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.oid_der() == der)
    }

    /// The digest that is paired with the curve (BR 7.1.3.2.2): as long as the curve is strong.
    #[must_use]
    pub const fn digest(self) -> Digest {
        match self {
            Self::P256 => Digest::Sha256,
            Self::P384 => Digest::Sha384,
            Self::P521 => Digest::Sha512,
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        })
    }
}

/// A message digest of FIPS 180-4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Digest {
    /// SHA-256, 32 octets.
    Sha256,
    /// SHA-384, 48 octets.
    Sha384,
    /// SHA-512, 64 octets.
    Sha512,
}

impl Digest {
    /// Every digest that keyrite offers.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// The digest of a message.
    #[must_use]
    pub fn of(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => sha2::Sha256::digest(message).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(message).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(message).to_vec(),
        }
    }

    /// The octets of one digest.
    #[must_use]
    pub const fn octets(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The DER that stands before the digest in a `DigestInfo` (RFC 8017 s.9.2, note 1): what
    /// `CKM_RSA_PKCS` must be given in front of a digest made on the host.
    #[must_use]
    pub const fn digest_info_prefix(self) -> &'static [u8] {
        match self {
            Self::Sha256 => &[
                0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
                0x05, 0x00, 0x04, 0x20,
            ],
            Self::Sha384 => &[
                0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02,
                0x05, 0x00, 0x04, 0x30,
            ],
            Self::Sha512 => &[
                0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03,
                0x05, 0x00, 0x04, 0x40,
            ],
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

/// The kind and size of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyAlgorithm {
    /// An ECDSA key on a named curve.
    Ec(Curve),
    /// An RSA key.
    Rsa {
        /// The length of the modulus in bits.
        bits: u32,
    },
}

impl KeyAlgorithm {
    /// The algorithms by which keyrite generates CA keys, in the order in which `--help` lists them.
    pub const GENERATED: [Self; 6] = [
        Self::Ec(Curve::P256),
        Self::Ec(Curve::P384),
        Self::Ec(Curve::P521),
        Self::Rsa { bits: 2048 },
        Self::Rsa { bits: 3072 },
        Self::Rsa { bits: 4096 },
    ];

    /// The signature algorithm that a CA key of this kind uses unless told otherwise.
    #[must_use]
    pub const fn signature_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Ec(curve) => SignatureAlgorithm::Ecdsa(curve.digest()),
            Self::Rsa { .. } => SignatureAlgorithm::RsaPkcs1(Digest::Sha256),
        }
    }

    /// Whether a CA key of this kind may sign with `algorithm`: the pairs of BR 7.1.3.2.
    #[must_use]
    pub fn signs_with(self, algorithm: SignatureAlgorithm) -> bool {
        match (self, algorithm) {
            (Self::Ec(curve), SignatureAlgorithm::Ecdsa(digest)) => digest == curve.digest(),
            (Self::Rsa { .. }, SignatureAlgorithm::RsaPkcs1(_)) => true,
            (Self::Ec(_), SignatureAlgorithm::RsaPkcs1(_))
            | (Self::Rsa { .. }, SignatureAlgorithm::Ecdsa(_)) => false,
        }
    }

    /// The security strength in bits (NIST SP 800-57 part 1, table 2), to compare keys.
    #[must_use]
    pub const fn strength(self) -> u32 {
        match self {
            Self::Ec(Curve::P256) => 128,
            Self::Ec(Curve::P384) => 192,
            Self::Ec(Curve::P521) => 256,
            Self::Rsa { bits } => match bits {
                ..2048 => 80,
                2048..3072 => 112,
                3072..7680 => 128,
                7680..15360 => 192,
                _ => 256,
            },
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ec(Curve::P256) => f.write_str("ec-p256"),
            Self::Ec(Curve::P384) => f.write_str("ec-p384"),
            Self::Ec(Curve::P521) => f.write_str("ec-p521"),
            Self::Rsa { bits } => write!(f, "rsa-{bits}"),
        }
    }
}

impl FromStr for KeyAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, UnknownAlgorithm> {
        Self::GENERATED
            .into_iter()
            .find(|algorithm| algorithm.to_string() == text)
            .ok_or_else(|| UnknownAlgorithm(text.to_owned()))
    }
}

/// A key algorithm name that keyrite does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown key algorithm {0:?}, wanted one of {known}", known = known_algorithms())]
pub struct UnknownAlgorithm(pub String);

fn known_algorithms() -> String {
    KeyAlgorithm::GENERATED.map(|algorithm| algorithm.to_string()).join(" ")
}

/// A signature algorithm of a certificate, CRL or request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SignatureAlgorithm {
    /// ECDSA (RFC 5758 s.3.2); parameters absent.
    Ecdsa(Digest),
    /// RSASSA-PKCS1-v1_5 (RFC 4055 s.5); parameters NULL.
    RsaPkcs1(Digest),
}

impl SignatureAlgorithm {
    /// Every signature algorithm that keyrite offers.
    pub const ALL: [Self; 6] = [
        Self::Ecdsa(Digest::Sha256),
        Self::Ecdsa(Digest::Sha384),
        Self::Ecdsa(Digest::Sha512),
        Self::RsaPkcs1(Digest::Sha256),
        Self::RsaPkcs1(Digest::Sha384),
        Self::RsaPkcs1(Digest::Sha512),
    ];

    /// The digest that is signed.
    #[must_use]
    pub const fn digest(self) -> Digest {
        match self {
            Self::Ecdsa(digest) | Self::RsaPkcs1(digest) => digest,
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
        }
    }

    /// The algorithm whose `AlgorithmIdentifier` is exactly these octets.
    ///
    /// # Errors
    /// [`UnsupportedSignature`] names what was found: SHA-1 and MD5 by their names, anything else
    /// by its octets.
    pub fn from_identifier_der(der: &[u8]) -> Result<Self, UnsupportedSignature> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.identifier_der() == der)
            .ok_or_else(|| UnsupportedSignature { found: describe_unsupported(der) })
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecdsa(digest) => write!(f, "ECDSA with {digest}"),
            Self::RsaPkcs1(digest) => write!(f, "RSA PKCS#1 v1.5 with {digest}"),
        }
    }
}

/// A signature algorithm that keyrite neither makes nor accepts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unsupported signature algorithm: {found}")]
pub struct UnsupportedSignature {
    /// What was found, in words where it is a known weak algorithm.
    pub found: String,
}

/// Names the algorithms that people meet in old requests; the rest is shown as octets.
fn describe_unsupported(der: &[u8]) -> String {
    const KNOWN: [(&[u8], &str); 7] = [
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x02], "RSA with MD2, which is broken"),
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04], "RSA with MD5, which is broken"),
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05], "RSA with SHA-1, which is broken"),
        (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01], "ECDSA with SHA-1, which is broken"),
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a], "RSASSA-PSS"),
        (&[0x2b, 0x65, 0x70], "Ed25519"),
        (&[0x2b, 0x65, 0x71], "Ed448"),
    ];
    let named = KNOWN.iter().find(|(oid, _)| {
        // SEQUENCE header, OBJECT IDENTIFIER header, then the identifier itself.
        der.get(4..4 + oid.len()) == Some(oid) && der.get(3).map(|n| usize::from(*n)) == Some(oid.len())
    });
    match named {
        Some((_, name)) => (*name).to_owned(),
        None => format!("AlgorithmIdentifier {}", hex::encode(der.get(..der.len().min(64)).unwrap_or(der))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The strings of BR 7.1.3.2, as printed there.
    #[test]
    fn identifiers_are_the_octets_of_the_baseline_requirements() {
        let printed = [
            (SignatureAlgorithm::RsaPkcs1(Digest::Sha256), "300d06092a864886f70d01010b0500"),
            (SignatureAlgorithm::RsaPkcs1(Digest::Sha384), "300d06092a864886f70d01010c0500"),
            (SignatureAlgorithm::RsaPkcs1(Digest::Sha512), "300d06092a864886f70d01010d0500"),
            (SignatureAlgorithm::Ecdsa(Digest::Sha256), "300a06082a8648ce3d040302"),
            (SignatureAlgorithm::Ecdsa(Digest::Sha384), "300a06082a8648ce3d040303"),
            (SignatureAlgorithm::Ecdsa(Digest::Sha512), "300a06082a8648ce3d040304"),
        ];
        for (algorithm, text) in printed {
            assert_eq!(hex::encode(algorithm.identifier_der()), text);
            assert_eq!(SignatureAlgorithm::from_identifier_der(algorithm.identifier_der()), Ok(algorithm));
        }
    }

    #[test]
    fn rsa_without_null_and_ecdsa_with_null_are_refused() {
        for text in ["300b06092a864886f70d01010b", "300c06082a8648ce3d0403020500"] {
            let der = hex::decode(text).unwrap();
            assert!(SignatureAlgorithm::from_identifier_der(&der).is_err(), "{text}");
        }
    }

    #[test]
    fn sha1_is_named_when_refused() {
        let der = hex::decode("300d06092a864886f70d0101050500").unwrap();
        let error = SignatureAlgorithm::from_identifier_der(&der).unwrap_err();
        assert_eq!(error.found, "RSA with SHA-1, which is broken");
    }

    #[test]
    fn names_of_algorithms_read_back() {
        for algorithm in KeyAlgorithm::GENERATED {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
        assert!("rsa-1024".parse::<KeyAlgorithm>().is_err());
    }

    #[test]
    fn a_curve_signs_only_with_its_own_digest() {
        let p384 = KeyAlgorithm::Ec(Curve::P384);
        assert!(p384.signs_with(SignatureAlgorithm::Ecdsa(Digest::Sha384)));
        assert!(!p384.signs_with(SignatureAlgorithm::Ecdsa(Digest::Sha256)));
        assert!(!p384.signs_with(SignatureAlgorithm::RsaPkcs1(Digest::Sha384)));
    }
}
