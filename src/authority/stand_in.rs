//! Keys that stand in for one that is not there yet, or not known: what will be signed is judged with them before
//! a token is asked for anything.
//!
//! They are sound public keys whose private halves were thrown away. Nothing with one of them is ever signed:
//! the signer's own key is compared with the one in the draft.

use crate::x509::algorithm::{Curve, KeyAlgorithm, MlDsaParameterSet};
use crate::x509::spki::{PublicKey, SpkiError};

/// The key that stands in for one of this kind; none for kinds that keyrite does not generate.
///
/// # Errors
/// [`SpkiError`] never, as the tests show.
pub fn stand_in(algorithm: KeyAlgorithm) -> Result<Option<PublicKey>, SpkiError> {
    let der: &[u8] = match algorithm {
        KeyAlgorithm::Ec(Curve::P256) => include_bytes!("stand_in/ec-p256.der"),
        KeyAlgorithm::Ec(Curve::P384) => include_bytes!("stand_in/ec-p384.der"),
        KeyAlgorithm::Ec(Curve::P521) => include_bytes!("stand_in/ec-p521.der"),
        KeyAlgorithm::Rsa { bits: 2048 } => include_bytes!("stand_in/rsa-2048.der"),
        KeyAlgorithm::Rsa { bits: 3072 } => include_bytes!("stand_in/rsa-3072.der"),
        KeyAlgorithm::Rsa { bits: 4096 } => include_bytes!("stand_in/rsa-4096.der"),
        KeyAlgorithm::Ed25519 => include_bytes!("stand_in/ed25519.der"),
        KeyAlgorithm::Ed448 => include_bytes!("stand_in/ed448.der"),
        KeyAlgorithm::MlDsa(MlDsaParameterSet::MlDsa44) => include_bytes!("stand_in/ml-dsa-44.der"),
        KeyAlgorithm::MlDsa(MlDsaParameterSet::MlDsa65) => include_bytes!("stand_in/ml-dsa-65.der"),
        KeyAlgorithm::MlDsa(MlDsaParameterSet::MlDsa87) => include_bytes!("stand_in/ml-dsa-87.der"),
        KeyAlgorithm::Rsa { .. } | KeyAlgorithm::SlhDsa(_) => return Ok(None),
    };
    PublicKey::from_spki_der(der).map(Some)
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
