//! Keys that stand in for one that is not there yet, or not known: what will be signed is judged with them before
//! a token is asked for anything.
//!
//! They are sound public keys whose private halves were thrown away. Nothing with one of them is ever signed:
//! the signer's own key is compared with the one in the draft.

use crate::x509::algorithm::{Curve, KeyAlgorithm, MlDsaParameterSet};
use crate::x509::pem::{self, PemError};
use crate::x509::spki::{PublicKey, SpkiError};

/// How many different keys there are of each kind: those of CAs that are foreseen together must not be the same.
pub const STAND_INS: usize = 3;

/// The text of the first, second or third key of a kind.
macro_rules! pem {
    ($name:literal, $which:expr) => {
        match $which % STAND_INS {
            0 => include_str!(concat!("stand_in/", $name, ".pem")),
            1 => include_str!(concat!("stand_in/", $name, "-2.pem")),
            _ => include_str!(concat!("stand_in/", $name, "-3.pem")),
        }
    };
}

/// The key that stands in for one of this kind; none for kinds that keyrite does not generate.
///
/// # Errors
/// [`StandInError`] never, as the tests show.
pub fn stand_in(algorithm: KeyAlgorithm) -> Result<Option<PublicKey>, StandInError> {
    stand_in_of(algorithm, 0)
}

/// As [`stand_in`], one of [`STAND_INS`] different keys; after the last comes the first again.
///
/// # Errors
/// [`StandInError`] never, as the tests show.
pub fn stand_in_of(algorithm: KeyAlgorithm, which: usize) -> Result<Option<PublicKey>, StandInError> {
    let text = match algorithm {
        KeyAlgorithm::Ec(Curve::P256) => pem!("ec-p256", which),
        KeyAlgorithm::Ec(Curve::P384) => pem!("ec-p384", which),
        KeyAlgorithm::Ec(Curve::P521) => pem!("ec-p521", which),
        KeyAlgorithm::Rsa { bits: 2048 } => pem!("rsa-2048", which),
        KeyAlgorithm::Rsa { bits: 3072 } => pem!("rsa-3072", which),
        KeyAlgorithm::Rsa { bits: 4096 } => pem!("rsa-4096", which),
        KeyAlgorithm::Ed25519 => pem!("ed25519", which),
        KeyAlgorithm::Ed448 => pem!("ed448", which),
        KeyAlgorithm::MlDsa(MlDsaParameterSet::MlDsa44) => pem!("ml-dsa-44", which),
        KeyAlgorithm::MlDsa(MlDsaParameterSet::MlDsa65) => pem!("ml-dsa-65", which),
        KeyAlgorithm::MlDsa(MlDsaParameterSet::MlDsa87) => pem!("ml-dsa-87", which),
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
            let keys = [0, 1, 2].map(|which| stand_in_of(algorithm, which).unwrap().unwrap());
            assert!(keys.iter().all(|key| key.algorithm() == algorithm));
            assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2], "{algorithm}");
            assert_eq!(stand_in(algorithm).unwrap().unwrap(), keys[0]);
        }
    }
}
