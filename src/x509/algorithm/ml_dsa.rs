//! The parameter sets of ML-DSA (FIPS 204), as certificates use them (RFC 9881).
//!
//! Only the pure mode with an empty context: the pre-hashed one has no place in X.509 (RFC 9881 s.3, s.8.3).

use std::fmt;

use super::nist_identifier;

/// A parameter set of ML-DSA (FIPS 204 s.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MlDsaParameterSet {
    /// ML-DSA-44, security category 2.
    MlDsa44,
    /// ML-DSA-65, security category 3.
    MlDsa65,
    /// ML-DSA-87, security category 5.
    MlDsa87,
}

impl MlDsaParameterSet {
    /// Every parameter set.
    pub const ALL: [Self; 3] = [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    /// The AlgorithmIdentifier, for keys and for signatures: parameters absent (RFC 9881 s.2).
    #[must_use]
    pub const fn identifier_der(self) -> &'static [u8] {
        match self {
            Self::MlDsa44 => const { &nist_identifier(17) },
            Self::MlDsa65 => const { &nist_identifier(18) },
            Self::MlDsa87 => const { &nist_identifier(19) },
        }
    }

    /// The octets of a public key (FIPS 204 s.4, table 2).
    #[must_use]
    pub const fn public_key_octets(self) -> usize {
        match self {
            Self::MlDsa44 => 1312,
            Self::MlDsa65 => 1952,
            Self::MlDsa87 => 2592,
        }
    }

    /// The octets of a signature (FIPS 204 s.4, table 2).
    #[must_use]
    pub const fn signature_octets(self) -> usize {
        match self {
            Self::MlDsa44 => 2420,
            Self::MlDsa65 => 3309,
            Self::MlDsa87 => 4627,
        }
    }

    /// The security strength in bits: the collision search on SHA-256 for category 2, the key search on
    /// AES-192 and AES-256 for categories 3 and 5 (FIPS 204 s.4, table 1).
    #[must_use]
    pub const fn strength(self) -> u32 {
        match self {
            Self::MlDsa44 => 128,
            Self::MlDsa65 => 192,
            Self::MlDsa87 => 256,
        }
    }
}

impl fmt::Display for MlDsaParameterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
        })
    }
}
