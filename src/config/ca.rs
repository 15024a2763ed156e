//! CaConfig: what holds for one CA of a home.

use std::path::{Path, PathBuf};

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
    pub(super) digest: Option<Digest>,
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

    /// The algorithm by which the CA signs with a key of this kind.
    ///
    /// # Errors
    /// [`DigestOfOtherKey`] when the digest of the configuration is not one for such keys.
    pub fn signature(&self, key: KeyAlgorithm) -> Result<SignatureAlgorithm, DigestOfOtherKey> {
        let Some(digest) = self.digest else { return Ok(key.signature_algorithm()) };
        let algorithm = match key {
            KeyAlgorithm::Rsa { .. } => SignatureAlgorithm::RsaPkcs1(digest),
            KeyAlgorithm::Ec(_) => SignatureAlgorithm::Ecdsa(digest),
        };
        if key.signs_with(algorithm) { Ok(algorithm) } else { Err(DigestOfOtherKey { digest, key }) }
    }
}

/// A digest in the configuration that does not go with the CA's key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("configured digest {digest} does not go with the key, {key}, which signs with {}", .key.signature_algorithm())]
pub struct DigestOfOtherKey {
    /// The digest of the configuration.
    pub digest: Digest,
    /// The kind of key.
    pub key: KeyAlgorithm,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::x509::algorithm::Curve;

    #[test]
    fn the_digest_is_for_rsa_keys_and_for_curves_only_their_own() {
        let rsa = KeyAlgorithm::Rsa { bits: 4096 };
        let p384 = KeyAlgorithm::Ec(Curve::P384);
        let plain = CaConfig::default();
        assert_eq!(plain.signature(rsa), Ok(SignatureAlgorithm::RsaPkcs1(Digest::Sha256)));
        assert_eq!(plain.signature(p384), Ok(SignatureAlgorithm::Ecdsa(Digest::Sha384)));
        let strong = CaConfig { digest: Some(Digest::Sha512), ..CaConfig::default() };
        assert_eq!(strong.signature(rsa), Ok(SignatureAlgorithm::RsaPkcs1(Digest::Sha512)));
        assert_eq!(
            strong.signature(p384).unwrap_err().to_string(),
            "configured digest SHA-512 does not go with the key, ec-p384, which signs with ECDSA with SHA-384"
        );
    }
}
