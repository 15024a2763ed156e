//! The parameter sets of SLH-DSA (FIPS 205), as certificates use them (RFC 9909).
//!
//! Only the twelve pure ones with an empty context. keyrite certifies such keys and has none of its own:
//! the signatures are up to 50 kB long.

use std::fmt;

use super::nist_identifier;

/// A parameter set of SLH-DSA (FIPS 205 s.11): the hash family, the strength in bits, and whether
/// signatures are small (`s`) or fast to make (`f`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    non_camel_case_types,
    reason = "the digits of SHA2 and of the strength must not run into each other"
)]
pub enum SlhDsaParameterSet {
    /// SLH-DSA-SHA2-128s.
    Sha2_128s,
    /// SLH-DSA-SHA2-128f.
    Sha2_128f,
    /// SLH-DSA-SHA2-192s.
    Sha2_192s,
    /// SLH-DSA-SHA2-192f.
    Sha2_192f,
    /// SLH-DSA-SHA2-256s.
    Sha2_256s,
    /// SLH-DSA-SHA2-256f.
    Sha2_256f,
    /// SLH-DSA-SHAKE-128s.
    Shake_128s,
    /// SLH-DSA-SHAKE-128f.
    Shake_128f,
    /// SLH-DSA-SHAKE-192s.
    Shake_192s,
    /// SLH-DSA-SHAKE-192f.
    Shake_192f,
    /// SLH-DSA-SHAKE-256s.
    Shake_256s,
    /// SLH-DSA-SHAKE-256f.
    Shake_256f,
}

impl SlhDsaParameterSet {
    /// Every parameter set, in the order of their object identifiers.
    pub const ALL: [Self; 12] = [
        Self::Sha2_128s,
        Self::Sha2_128f,
        Self::Sha2_192s,
        Self::Sha2_192f,
        Self::Sha2_256s,
        Self::Sha2_256f,
        Self::Shake_128s,
        Self::Shake_128f,
        Self::Shake_192s,
        Self::Shake_192f,
        Self::Shake_256s,
        Self::Shake_256f,
    ];

    /// The AlgorithmIdentifier, for keys and for signatures: parameters absent (RFC 9909 s.3).
    #[must_use]
    pub const fn identifier_der(self) -> &'static [u8] {
        match self {
            Self::Sha2_128s => const { &nist_identifier(20) },
            Self::Sha2_128f => const { &nist_identifier(21) },
            Self::Sha2_192s => const { &nist_identifier(22) },
            Self::Sha2_192f => const { &nist_identifier(23) },
            Self::Sha2_256s => const { &nist_identifier(24) },
            Self::Sha2_256f => const { &nist_identifier(25) },
            Self::Shake_128s => const { &nist_identifier(26) },
            Self::Shake_128f => const { &nist_identifier(27) },
            Self::Shake_192s => const { &nist_identifier(28) },
            Self::Shake_192f => const { &nist_identifier(29) },
            Self::Shake_256s => const { &nist_identifier(30) },
            Self::Shake_256f => const { &nist_identifier(31) },
        }
    }

    /// The octets of a public key (FIPS 205 s.11, table 2): two hash values.
    #[must_use]
    pub const fn public_key_octets(self) -> usize {
        match self.strength() {
            ..192 => 32,
            192..256 => 48,
            256.. => 64,
        }
    }

    /// The octets of a signature (FIPS 205 s.11, table 2).
    #[must_use]
    pub const fn signature_octets(self) -> usize {
        match self {
            Self::Sha2_128s | Self::Shake_128s => 7856,
            Self::Sha2_128f | Self::Shake_128f => 17088,
            Self::Sha2_192s | Self::Shake_192s => 16224,
            Self::Sha2_192f | Self::Shake_192f => 35664,
            Self::Sha2_256s | Self::Shake_256s => 29792,
            Self::Sha2_256f | Self::Shake_256f => 49856,
        }
    }

    /// The security strength in bits: categories 1, 3 and 5 (FIPS 205 s.11).
    #[must_use]
    pub const fn strength(self) -> u32 {
        match self {
            Self::Sha2_128s | Self::Sha2_128f | Self::Shake_128s | Self::Shake_128f => 128,
            Self::Sha2_192s | Self::Sha2_192f | Self::Shake_192s | Self::Shake_192f => 192,
            Self::Sha2_256s | Self::Sha2_256f | Self::Shake_256s | Self::Shake_256f => 256,
        }
    }
}

impl fmt::Display for SlhDsaParameterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha2_128s => "SLH-DSA-SHA2-128s",
            Self::Sha2_128f => "SLH-DSA-SHA2-128f",
            Self::Sha2_192s => "SLH-DSA-SHA2-192s",
            Self::Sha2_192f => "SLH-DSA-SHA2-192f",
            Self::Sha2_256s => "SLH-DSA-SHA2-256s",
            Self::Sha2_256f => "SLH-DSA-SHA2-256f",
            Self::Shake_128s => "SLH-DSA-SHAKE-128s",
            Self::Shake_128f => "SLH-DSA-SHAKE-128f",
            Self::Shake_192s => "SLH-DSA-SHAKE-192s",
            Self::Shake_192f => "SLH-DSA-SHAKE-192f",
            Self::Shake_256s => "SLH-DSA-SHAKE-256s",
            Self::Shake_256f => "SLH-DSA-SHAKE-256f",
        })
    }
}
