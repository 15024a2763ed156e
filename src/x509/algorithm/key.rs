//! The kinds of keys, by the names that people give them.

use std::fmt;
use std::str::FromStr;

use super::{Curve, Digest, MlDsaParameterSet, SignatureAlgorithm, SlhDsaParameterSet};

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
    /// An Ed25519 key (RFC 8032 s.5.1).
    Ed25519,
    /// An Ed448 key (RFC 8032 s.5.2).
    Ed448,
    /// An ML-DSA key (FIPS 204).
    MlDsa(MlDsaParameterSet),
    /// An SLH-DSA key (FIPS 205): the key of a subject, never of a CA of ours.
    SlhDsa(SlhDsaParameterSet),
}

impl KeyAlgorithm {
    /// The algorithms by which keyrite generates CA keys, in the order in which `--help` lists them.
    pub const GENERATED: [Self; 11] = [
        Self::Ec(Curve::P256),
        Self::Ec(Curve::P384),
        Self::Ec(Curve::P521),
        Self::Rsa { bits: 2048 },
        Self::Rsa { bits: 3072 },
        Self::Rsa { bits: 4096 },
        Self::Ed25519,
        Self::Ed448,
        Self::MlDsa(MlDsaParameterSet::MlDsa44),
        Self::MlDsa(MlDsaParameterSet::MlDsa65),
        Self::MlDsa(MlDsaParameterSet::MlDsa87),
    ];

    /// Every algorithm that has a name: those that are generated, and those of subjects alone.
    pub fn named() -> impl Iterator<Item = Self> {
        Self::GENERATED.into_iter().chain(SlhDsaParameterSet::ALL.into_iter().map(Self::SlhDsa))
    }

    /// The algorithm of a CA key by its name.
    ///
    /// # Errors
    /// [`NotGenerated`] when there is none of this name, or keyrite only certifies such keys.
    pub fn generated(name: &str) -> Result<Self, NotGenerated> {
        let found = Self::GENERATED.into_iter().find(|algorithm| algorithm.to_string() == name);
        found.ok_or_else(|| match name.parse::<Self>() {
            Ok(algorithm) => NotGenerated::OfSubjects(algorithm),
            Err(UnknownAlgorithm(name)) => NotGenerated::Unknown(name),
        })
    }

    /// The signature algorithm that a CA key of this kind uses unless told otherwise.
    #[must_use]
    pub const fn signature_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Ec(curve) => SignatureAlgorithm::Ecdsa(curve.digest()),
            Self::Rsa { .. } => SignatureAlgorithm::RsaPkcs1(Digest::Sha256),
            Self::Ed25519 => SignatureAlgorithm::Ed25519,
            Self::Ed448 => SignatureAlgorithm::Ed448,
            Self::MlDsa(set) => SignatureAlgorithm::MlDsa(set),
            Self::SlhDsa(set) => SignatureAlgorithm::SlhDsa(set),
        }
    }

    /// Whether a CA key of this kind may sign with `algorithm`: the pairs of BR 7.1.3.2; a key that names
    /// its own signature algorithm signs with that one alone.
    #[must_use]
    pub fn signs_with(self, algorithm: SignatureAlgorithm) -> bool {
        match self {
            Self::Rsa { .. } => {
                matches!(algorithm, SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_))
            }
            Self::Ec(_) | Self::Ed25519 | Self::Ed448 | Self::MlDsa(_) | Self::SlhDsa(_) => {
                algorithm == self.signature_algorithm()
            }
        }
    }

    /// Whether the key can do nothing but sign: its certificate has only usages of signatures
    /// (RFC 9295 s.3, RFC 9881 s.5, RFC 9909 s.6).
    #[must_use]
    pub const fn signs_only(self) -> bool {
        match self {
            Self::Ec(_) | Self::Rsa { .. } => false,
            Self::Ed25519 | Self::Ed448 | Self::MlDsa(_) | Self::SlhDsa(_) => true,
        }
    }

    /// The octets of such a key in subjectPublicKey, which are always as many; an RSA key has no fixed number.
    #[must_use]
    pub const fn key_octets(self) -> Option<usize> {
        match self {
            Self::Ec(curve) => Some(curve.field_octets().saturating_mul(2).saturating_add(1)),
            Self::Rsa { .. } => None,
            Self::Ed25519 => Some(32),
            Self::Ed448 => Some(57),
            Self::MlDsa(set) => Some(set.public_key_octets()),
            Self::SlhDsa(set) => Some(set.public_key_octets()),
        }
    }

    /// The security strength in bits, to compare keys: NIST SP 800-57 part 1 table 2, RFC 8032 s.8.5, and
    /// the categories of FIPS 204 and FIPS 205.
    #[must_use]
    pub const fn strength(self) -> u32 {
        match self {
            Self::Ec(Curve::P256) | Self::Ed25519 => 128,
            Self::Ec(Curve::P384) => 192,
            Self::Ec(Curve::P521) => 256,
            Self::Ed448 => 224,
            Self::Rsa { bits } => match bits {
                ..2048 => 80,
                2048..3072 => 112,
                3072..7680 => 128,
                7680..15360 => 192,
                _ => 256,
            },
            Self::MlDsa(set) => set.strength(),
            Self::SlhDsa(set) => set.strength(),
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
            Self::Ed25519 => f.write_str("ed25519"),
            Self::Ed448 => f.write_str("ed448"),
            Self::MlDsa(set) => f.write_str(&set.to_string().to_ascii_lowercase()),
            Self::SlhDsa(set) => f.write_str(&set.to_string().to_ascii_lowercase()),
        }
    }
}

impl FromStr for KeyAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, UnknownAlgorithm> {
        Self::named()
            .find(|algorithm| algorithm.to_string() == text)
            .ok_or_else(|| UnknownAlgorithm(text.to_owned()))
    }
}

/// A key algorithm name that keyrite does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown key algorithm {0:?}, wanted one of {known} slh-dsa-{{sha2,shake}}-{{128,192,256}}{{s,f}}", known = names(KeyAlgorithm::GENERATED))]
pub struct UnknownAlgorithm(pub String);

/// A name by which no CA key is generated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGenerated {
    /// No algorithm has this name.
    #[error("unknown key algorithm {0:?}, wanted one of {known}", known = names(KeyAlgorithm::GENERATED))]
    Unknown(String),
    /// Such keys are certified, but never those of a CA.
    #[error("{0} is for the keys of subjects, wanted one of {known}", known = names(KeyAlgorithm::GENERATED))]
    OfSubjects(KeyAlgorithm),
}

fn names(algorithms: impl IntoIterator<Item = KeyAlgorithm>) -> String {
    let names: Vec<String> = algorithms.into_iter().map(|algorithm| algorithm.to_string()).collect();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_algorithms_read_back() {
        for algorithm in KeyAlgorithm::named() {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
        assert!("rsa-1024".parse::<KeyAlgorithm>().is_err());
        let names = names(KeyAlgorithm::GENERATED);
        assert_eq!(
            names,
            "ec-p256 ec-p384 ec-p521 rsa-2048 rsa-3072 rsa-4096 ed25519 ed448 ml-dsa-44 ml-dsa-65 ml-dsa-87"
        );
    }

    #[test]
    fn a_key_of_subjects_alone_is_not_generated() {
        for algorithm in KeyAlgorithm::GENERATED {
            assert_eq!(KeyAlgorithm::generated(&algorithm.to_string()), Ok(algorithm));
        }
        let error = KeyAlgorithm::generated("slh-dsa-sha2-128s").unwrap_err().to_string();
        assert!(error.starts_with("slh-dsa-sha2-128s is for the keys of subjects, wanted one of ec-p256 "));
        let error = KeyAlgorithm::generated("dsa").unwrap_err().to_string();
        assert!(error.starts_with("unknown key algorithm \"dsa\", wanted one of ec-p256 "), "{error}");
        assert!(!error.contains("slh"), "{error}");
    }

    #[test]
    fn a_key_signs_only_with_its_own_algorithms() {
        let p384 = KeyAlgorithm::Ec(Curve::P384);
        assert!(p384.signs_with(SignatureAlgorithm::Ecdsa(Digest::Sha384)));
        assert!(!p384.signs_with(SignatureAlgorithm::Ecdsa(Digest::Sha256)));
        assert!(!p384.signs_with(SignatureAlgorithm::RsaPkcs1(Digest::Sha384)));
        let rsa = KeyAlgorithm::Rsa { bits: 3072 };
        let signs = SignatureAlgorithm::all().filter(|algorithm| rsa.signs_with(*algorithm)).count();
        assert_eq!(signs, 6, "two paddings, three digests");
        for algorithm in KeyAlgorithm::named().filter(|algorithm| algorithm.signs_only()) {
            let signs: Vec<_> =
                SignatureAlgorithm::all().filter(|candidate| algorithm.signs_with(*candidate)).collect();
            assert_eq!(signs, [algorithm.signature_algorithm()]);
        }
    }
}
