//! Keys that stand in for one that is not there yet, or not known: what will be signed is judged with them before
//! a token is asked for anything.
//!
//! They are sound public keys whose private halves were thrown away. Nothing with one of them is ever signed:
//! the signer's own key is compared with the one in the draft.

use crate::x509::algorithm::{Curve, KeyAlgorithm, MlDsaParameterSet};
use crate::x509::pem::{self, PemError};
use crate::x509::spki::{PublicKey, SpkiError};

/// The key that stands in for one of this kind; none for kinds that keyrite does not generate.
///
/// # Errors
/// [`StandInError`] never, as the tests show.
pub fn stand_in(algorithm: KeyAlgorithm) -> Result<Option<PublicKey>, StandInError> {
    let text = match algorithm {
        KeyAlgorithm::Ec(Curve::P256) => include_str!("stand_in/ec-p256.pem"),
        KeyAlgorithm::Ec(Curve::P384) => include_str!("stand_in/ec-p384.pem"),
        KeyAlgorithm::Ec(Curve::P521) => include_str!("stand_in/ec-p521.pem"),
        KeyAlgorithm::Rsa { bits: 2048 } => include_str!("stand_in/rsa-2048.pem"),
        KeyAlgorithm::Rsa { bits: 3072 } => include_str!("stand_in/rsa-3072.pem"),
        KeyAlgorithm::Rsa { bits: 4096 } => include_str!("stand_in/rsa-4096.pem"),
        KeyAlgorithm::Ed25519 => include_str!("stand_in/ed25519.pem"),
        KeyAlgorithm::Ed448 => include_str!("stand_in/ed448.pem"),
        KeyAlgorithm::MlDsa(MlDsaParameterSet::MlDsa44) => include_str!("stand_in/ml-dsa-44.pem"),
        KeyAlgorithm::MlDsa(MlDsaParameterSet::MlDsa65) => include_str!("stand_in/ml-dsa-65.pem"),
        KeyAlgorithm::MlDsa(MlDsaParameterSet::MlDsa87) => include_str!("stand_in/ml-dsa-87.pem"),
        KeyAlgorithm::Rsa { .. } | KeyAlgorithm::SlhDsa(_) => return Ok(None),
    };
    let der = pem::one(text.as_bytes(), &["PUBLIC KEY"])?;
    Ok(Some(PublicKey::from_spki_der(&der)?))
}

/// A key of the program's own that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StandInError {
    /// Not one block of PEM.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// Not a sound key.
    #[error(transparent)]
    Key(#[from] SpkiError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_for_every_kind_that_is_generated() {
        for algorithm in KeyAlgorithm::GENERATED {
            let key = stand_in(algorithm).unwrap().unwrap();
            assert_eq!(key.algorithm(), algorithm);
        }
    }
}
