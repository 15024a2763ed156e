//! Public keys of Ed25519 and Ed448 (RFC 8032 s.5.1.3, s.5.2.3): points in their one encoding.
//!
//! RFC 8032 asks of a decoder to refuse a y that is not reduced; libraries differ in that, and a key
//! with two encodings has two fingerprints. A point of low order is on the curve, but a signature under it
//! can be made to fit nearly every message.

use super::SpkiError;
use crate::x509::algorithm::KeyAlgorithm;

pub(super) fn ed25519(key: &[u8]) -> Result<(), SpkiError> {
    let algorithm = KeyAlgorithm::Ed25519;
    let no_point = SpkiError::EdwardsPoint { algorithm };
    let Ok(octets) = <&[u8; 32]>::try_from(key) else { return Err(no_point) };
    let Ok(point) = ed25519_dalek::VerifyingKey::from_bytes(octets) else { return Err(no_point) };
    if point.to_edwards().compress().as_bytes() != octets {
        return Err(no_point);
    }
    if point.is_weak() { Err(SpkiError::LowOrder { algorithm }) } else { Ok(()) }
}

pub(super) fn ed448(key: &[u8]) -> Result<(), SpkiError> {
    let algorithm = KeyAlgorithm::Ed448;
    let no_point = SpkiError::EdwardsPoint { algorithm };
    let Ok(octets) = <[u8; 57]>::try_from(key) else { return Err(no_point) };
    let decoded = ed448_goldilocks::CompressedEdwardsY(octets).decompress_unchecked().into_option();
    let Some(affine) = decoded else { return Err(no_point) };
    if affine.compress().as_bytes() != &octets || !bool::from(affine.is_on_curve()) {
        return Err(no_point);
    }
    // The cofactor is 4: doubling a point of low order twice gives the identity.
    let point = affine.to_edwards();
    if point.double().double() == ed448_goldilocks::EdwardsPoint::IDENTITY {
        return Err(SpkiError::LowOrder { algorithm });
    }
    // The subgroup of the base point: what every honest key is in, and the verifier takes no other.
    if bool::from(point.is_torsion_free()) { Ok(()) } else { Err(no_point) }
}
