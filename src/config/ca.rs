//! CaConfig: what holds for one CA of a home.

use std::fmt;
use std::path::{Path, PathBuf};

use super::ocsp::OcspConfig;
use crate::policy::Places;
use crate::token::uri::Pkcs11Uri;
use crate::x509::algorithm::{Digest, KeyAlgorithm, SignatureAlgorithm};
use crate::x509::time::Duration;

/// The configuration of one CA. The default is that of an empty section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaConfig {
    pub(super) key: Option<Pkcs11Uri>,
    pub(super) places: Places,
    pub(super) output: Option<PathBuf>,
    pub(super) next_update: Option<Duration>,
    pub(super) ocsp: OcspConfig,
    pub(super) digest: Option<Digest>,
    pub(super) padding: Option<RsaPadding>,
}

/// The two paddings of RSA signatures (RFC 8017 s.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaPadding {
    /// RSASSA-PKCS1-v1_5.
    Pkcs1,
    /// RSASSA-PSS.
    Pss,
}

impl fmt::Display for RsaPadding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs1 => "pkcs1",
            Self::Pss => "pss",
        })
    }
}

impl CaConfig {
    /// How long a CRL is good for where nothing else is said.
    pub const NEXT_UPDATE: Duration = Duration::Seconds(30 * 86_400);

    /// Where the key is; absent means where it was when the CA was created.
    #[must_use]
    pub fn key(&self) -> Option<&Pkcs11Uri> {
        self.key.as_ref()
    }

    /// Where what the CA publishes is found: the URLs that certificates issued by it carry.
    #[must_use]
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The directory into which files are written that no `--out` names; relative to the home.
    #[must_use]
    pub fn output(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    /// From thisUpdate to nextUpdate of the CA's CRLs.
    #[must_use]
    pub fn next_update(&self) -> Duration {
        self.next_update.unwrap_or(Self::NEXT_UPDATE)
    }

    /// Who answers for the CA by OCSP, and for how long.
    #[must_use]
    pub fn ocsp(&self) -> &OcspConfig {
        &self.ocsp
    }

    /// The algorithm by which the CA signs with a key of this kind.
    ///
    /// # Errors
    /// [`NotOfThisKey`] when the digest or the padding of the configuration is not one for such keys.
    pub fn signature(&self, key: KeyAlgorithm) -> Result<SignatureAlgorithm, NotOfThisKey> {
        let usual = key.signature_algorithm();
        if matches!(key, KeyAlgorithm::Rsa { .. }) {
            let digest = self.digest.or(usual.digest()).unwrap_or(Digest::Sha256);
            return Ok(match self.padding {
                Some(RsaPadding::Pss) => SignatureAlgorithm::RsaPss(digest),
                Some(RsaPadding::Pkcs1) | None => SignatureAlgorithm::RsaPkcs1(digest),
            });
        }
        match (self.padding, self.digest, usual.digest()) {
            (Some(padding), _, _) => Err(NotOfThisKey::Padding { padding, key }),
            (None, Some(digest), None) => Err(NotOfThisKey::NoDigest { digest, key }),
            (None, Some(digest), Some(own)) if digest != own => Err(NotOfThisKey::Digest { digest, key }),
            (None, _, _) => Ok(usual),
        }
    }
}

/// Something in the configuration of a CA that does not go with its key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOfThisKey {
    /// Another digest than that of the key's curve.
    #[error("configured digest {digest} does not go with the key, {key}, which signs with {}", .key.signature_algorithm())]
    Digest {
        /// The digest of the configuration.
        digest: Digest,
        /// The kind of key.
        key: KeyAlgorithm,
    },
    /// A digest for a key that signs the whole message.
    #[error("configured digest {digest} does not go with the key, {key}, which signs without one")]
    NoDigest {
        /// The digest of the configuration.
        digest: Digest,
        /// The kind of key.
        key: KeyAlgorithm,
    },
    /// A padding for a key that is not RSA.
    #[error("configured padding {padding} does not go with the key, {key}: only RSA signatures have one")]
    Padding {
        /// The padding of the configuration.
        padding: RsaPadding,
        /// The kind of key.
        key: KeyAlgorithm,
    },
}

impl NotOfThisKey {
    /// The setting that has to go.
    #[must_use]
    pub const fn setting(&self) -> &'static str {
        match self {
            Self::Digest { .. } | Self::NoDigest { .. } => "digest",
            Self::Padding { .. } => "padding",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::algorithm::{Curve, MlDsaParameterSet};

    #[test]
    fn digest_and_padding_are_for_rsa_keys() {
        let rsa = KeyAlgorithm::Rsa { bits: 4096 };
        let plain = CaConfig::default();
        assert_eq!(plain.signature(rsa), Ok(SignatureAlgorithm::RsaPkcs1(Digest::Sha256)));
        let strong = CaConfig { digest: Some(Digest::Sha512), ..CaConfig::default() };
        assert_eq!(strong.signature(rsa), Ok(SignatureAlgorithm::RsaPkcs1(Digest::Sha512)));
        let pss = CaConfig { padding: Some(RsaPadding::Pss), ..strong };
        assert_eq!(pss.signature(rsa), Ok(SignatureAlgorithm::RsaPss(Digest::Sha512)));
        let pss = CaConfig { padding: Some(RsaPadding::Pss), ..CaConfig::default() };
        assert_eq!(pss.signature(rsa), Ok(SignatureAlgorithm::RsaPss(Digest::Sha256)));
        let pkcs1 = CaConfig { padding: Some(RsaPadding::Pkcs1), ..CaConfig::default() };
        assert_eq!(pkcs1.signature(rsa), Ok(SignatureAlgorithm::RsaPkcs1(Digest::Sha256)));
    }

    #[test]
    fn what_does_not_go_with_the_key_is_named() {
        let p384 = KeyAlgorithm::Ec(Curve::P384);
        let digest = |digest| CaConfig { digest: Some(digest), ..CaConfig::default() };
        let padding = CaConfig { padding: Some(RsaPadding::Pss), ..CaConfig::default() };
        assert_eq!(CaConfig::default().signature(p384), Ok(SignatureAlgorithm::Ecdsa(Digest::Sha384)));
        assert_eq!(digest(Digest::Sha384).signature(p384), Ok(SignatureAlgorithm::Ecdsa(Digest::Sha384)));
        for (config, key, wanted, setting) in [
            (
                digest(Digest::Sha512),
                p384,
                "configured digest SHA-512 does not go with the key, ec-p384, which signs with ECDSA with SHA-384",
                "digest",
            ),
            (
                digest(Digest::Sha512),
                KeyAlgorithm::Ed25519,
                "configured digest SHA-512 does not go with the key, ed25519, which signs without one",
                "digest",
            ),
            (
                padding.clone(),
                KeyAlgorithm::MlDsa(MlDsaParameterSet::MlDsa65),
                "configured padding pss does not go with the key, ml-dsa-65: only RSA signatures have one",
                "padding",
            ),
            (
                padding,
                p384,
                "configured padding pss does not go with the key, ec-p384: only RSA signatures have one",
                "padding",
            ),
        ] {
            let error = config.signature(key).unwrap_err();
            assert_eq!((error.to_string().as_str(), error.setting()), (wanted, setting));
        }
    }
}
