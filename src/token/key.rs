//! Keys of a token: what was read of them, and whether they are fit for a CA.

use serde::{Deserialize, Serialize};

use super::description::TokenInfo;
use super::uri::Pkcs11Uri;
use super::wire;
use crate::x509::algorithm::{Curve, KeyAlgorithm, MlDsaParameterSet};
use crate::x509::spki::{PublicKey, SpkiError};

/// A private key of a token and what belongs to it.
#[derive(Clone, Debug)]
pub struct KeyInfo {
    /// `CKA_LABEL`; it comes from outside, so escape it before a person sees it.
    pub label: String,
    /// `CKA_ID`.
    pub id: Vec<u8>,
    /// The public half, or why there is none that keyrite could use.
    pub public_key: Result<PublicKey, UnreadableKey>,
    /// What the token says about the private half.
    pub attributes: KeyAttributes,
    /// The exact URI.
    pub uri: Pkcs11Uri,
    /// `CKA_KEY_TYPE`, if the token answers it.
    pub key_type: Option<u64>,
    pub(super) number: u64,
}

impl KeyInfo {
    pub(super) fn new(token: &TokenInfo, key: &wire::Key) -> Self {
        let label = String::from_utf8_lossy(&key.label).trim_end_matches('\0').to_owned();
        Self {
            uri: Pkcs11Uri::of_key(token, &label, &key.id),
            label,
            id: key.id.clone(),
            key_type: key.key_type,
            public_key: public_key(key),
            attributes: key.attributes.clone(),
            number: key.private,
        }
    }

    /// The key with the public half that its certificate tells, where the token tells none. The signature
    /// that proves the pair has to show that they belong together.
    pub(super) fn or_known(mut self, public_key: &PublicKey) -> Self {
        if self.public_key == Err(UnreadableKey::Absent) {
            self.public_key = Ok(public_key.clone());
        }
        self
    }

    /// Whether the token wants the PIN for every signature.
    #[must_use]
    pub fn always_authenticates(&self) -> bool {
        self.attributes.always_authenticate == Some(true)
    }

    /// The kind and size of the key, if it is one that keyrite uses.
    #[must_use]
    pub fn algorithm(&self) -> Option<KeyAlgorithm> {
        self.public_key.as_ref().ok().map(PublicKey::algorithm)
    }
}

/// Attributes of a private key (PKCS#11 3.1 s.4.9); `None` where the token does not answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAttributes {
    /// `CKA_TOKEN`: stored in the token; else it is gone at the end of the session.
    pub token: Option<bool>,
    /// `CKA_PRIVATE`: of no use to anybody who is not logged in.
    pub private: Option<bool>,
    /// `CKA_SENSITIVE`: cannot be read in plain.
    pub sensitive: Option<bool>,
    /// `CKA_EXTRACTABLE`: can be wrapped and so leave the token.
    pub extractable: Option<bool>,
    /// `CKA_ALWAYS_SENSITIVE`: sensitive since its birth.
    pub always_sensitive: Option<bool>,
    /// `CKA_NEVER_EXTRACTABLE`: not extractable since its birth.
    pub never_extractable: Option<bool>,
    /// `CKA_LOCAL`: generated on the token.
    pub local: Option<bool>,
    /// `CKA_SIGN`: may sign.
    pub sign: Option<bool>,
    /// `CKA_DECRYPT`: may decrypt.
    pub decrypt: Option<bool>,
    /// `CKA_UNWRAP`: may unwrap other keys.
    pub unwrap: Option<bool>,
    /// `CKA_DERIVE`: other keys may be derived from it.
    pub derive: Option<bool>,
    /// `CKA_ALWAYS_AUTHENTICATE`: wants the PIN for every signature.
    pub always_authenticate: Option<bool>,
    /// `CKA_WRAP_WITH_TRUSTED`: can be wrapped only by keys that the SO trusts.
    pub wrap_with_trusted: Option<bool>,
    /// `CKA_MODIFIABLE`: its attributes can be changed.
    pub modifiable: Option<bool>,
    /// `CKA_COPYABLE`: copies of it can be made in the token.
    pub copyable: Option<bool>,
    /// `CKA_DESTROYABLE`: can be destroyed.
    pub destroyable: Option<bool>,
    /// `CKA_KEY_GEN_MECHANISM`: the number of the mechanism that generated it in a token; none of a key
    /// that was imported.
    pub key_gen_mechanism: Option<u64>,
    /// `CKA_ALLOWED_MECHANISMS`: the numbers of the only mechanisms that it may be used with; an empty list
    /// is that of a token that does not restrict it.
    pub allowed_mechanisms: Option<Vec<u64>>,
}

/// Why a key of the token has no public half that keyrite could use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableKey {
    /// A kind of key that keyrite does not use.
    #[error("unsupported key type 0x{key_type:x}")]
    Type {
        /// `CKA_KEY_TYPE`.
        key_type: u64,
    },
    /// A curve that keyrite does not use.
    #[error("unsupported curve {params}")]
    Curve {
        /// `CKA_EC_PARAMS` in hex.
        params: String,
    },
    /// A parameter set that keyrite does not use.
    #[error("unsupported ML-DSA parameter set {number}")]
    ParameterSet {
        /// `CKA_PARAMETER_SET`.
        number: u64,
    },
    /// Neither half of the pair tells the public key.
    #[error("the token holds no public key for it")]
    Absent,
    /// Several public keys have the private key's id.
    #[error("{count} public keys belong to it, wanted one")]
    Several {
        /// How many there are.
        count: usize,
    },
    /// The two halves tell different public keys.
    #[error("the public key object and the private key disagree about the public key")]
    Contradiction,
    /// What the token tells is not a sound public key.
    #[error("the token's public key is not sound: {0}")]
    Unsound(SpkiError),
}

const KEY_TYPE_RSA: u64 = 0x0;
const KEY_TYPE_EC: u64 = 0x3;
const KEY_TYPE_EDWARDS: u64 = 0x40;
const KEY_TYPE_ML_DSA: u64 = 0x4a;

/// `CKA_EC_PARAMS` of the Edwards curves (PKCS#11 3.1 s.6.3.10): an OBJECT IDENTIFIER (RFC 8410 s.3), or the
/// curve's name as a PrintableString. Tokens know one or the other, and read back either.
pub(super) const ED25519_PARAMS: [&[u8]; 2] = [&[0x06, 0x03, 0x2b, 0x65, 0x70], b"\x13\x0cedwards25519"];
pub(super) const ED448_PARAMS: [&[u8]; 2] = [&[0x06, 0x03, 0x2b, 0x65, 0x71], b"\x13\x0aedwards448"];

/// `CK_ML_DSA_PARAMETER_SET_TYPE` (PKCS#11 3.2 s.6.67.2).
pub(super) const fn ml_dsa_number(set: MlDsaParameterSet) -> u64 {
    match set {
        MlDsaParameterSet::MlDsa44 => 1,
        MlDsaParameterSet::MlDsa65 => 2,
        MlDsaParameterSet::MlDsa87 => 3,
    }
}

fn public_key(key: &wire::Key) -> Result<PublicKey, UnreadableKey> {
    if key.public.len() > 1 {
        return Err(UnreadableKey::Several { count: key.public.len() });
    }
    let public = from_parts(key.key_type, &key.public_parts)?;
    let private = match from_parts(key.key_type, &key.private_parts) {
        // The private key object need not tell it, and what it tells may be in a form of its own.
        Err(_) if public.is_some() => None,
        result => result?,
    };
    match (public, private) {
        (Some(public), Some(private)) if public != private => Err(UnreadableKey::Contradiction),
        (Some(found), _) | (None, Some(found)) => Ok(found),
        (None, None) => Err(UnreadableKey::Absent),
    }
}

fn from_parts(key_type: Option<u64>, parts: &wire::PublicParts) -> Result<Option<PublicKey>, UnreadableKey> {
    match key_type {
        Some(KEY_TYPE_RSA) => match (&parts.modulus, &parts.exponent) {
            (Some(modulus), Some(exponent)) => {
                PublicKey::from_rsa(modulus, exponent).map(Some).map_err(UnreadableKey::Unsound)
            }
            _ => from_key_info(parts),
        },
        Some(KEY_TYPE_EC) => match (&parts.ec_params, &parts.ec_point) {
            (Some(params), Some(point)) => {
                let curve = Curve::from_oid_der(params).ok_or_else(|| UnreadableKey::Curve {
                    params: hex::encode(params.get(..64).unwrap_or(params)),
                })?;
                PublicKey::from_ec_point(curve, unwrapped(curve, point))
                    .map(Some)
                    .map_err(UnreadableKey::Unsound)
            }
            _ => from_key_info(parts),
        },
        Some(KEY_TYPE_EDWARDS) => match (&parts.ec_params, &parts.ec_point) {
            (Some(params), Some(point)) => edwards(params, point).map(Some),
            _ => from_key_info(parts),
        },
        Some(KEY_TYPE_ML_DSA) => match (parts.parameter_set, &parts.value) {
            (Some(number), Some(value)) => {
                let set = MlDsaParameterSet::ALL.into_iter().find(|set| ml_dsa_number(*set) == number);
                let set = set.ok_or(UnreadableKey::ParameterSet { number })?;
                PublicKey::from_key_octets(KeyAlgorithm::MlDsa(set), value)
                    .map(Some)
                    .map_err(UnreadableKey::Unsound)
            }
            _ => from_key_info(parts),
        },
        Some(key_type) => Err(UnreadableKey::Type { key_type }),
        None => Ok(None),
    }
}

/// An Edwards point is the DER of an OCTET STRING on some tokens and bare on others; its length decides.
fn edwards(params: &[u8], point: &[u8]) -> Result<PublicKey, UnreadableKey> {
    let (algorithm, octets) = if ED25519_PARAMS.contains(&params) {
        (KeyAlgorithm::Ed25519, 32_u8)
    } else if ED448_PARAMS.contains(&params) {
        (KeyAlgorithm::Ed448, 57)
    } else {
        let params = hex::encode(params.get(..64).unwrap_or(params));
        return Err(UnreadableKey::Curve { params });
    };
    let bare = point.strip_prefix(&[0x04, octets]).filter(|bare| bare.len() == usize::from(octets));
    PublicKey::from_key_octets(algorithm, bare.unwrap_or(point)).map_err(UnreadableKey::Unsound)
}

/// `CKA_PUBLIC_KEY_INFO` is a SubjectPublicKeyInfo (PKCS#11 3.1 s.4.9).
fn from_key_info(parts: &wire::PublicParts) -> Result<Option<PublicKey>, UnreadableKey> {
    parts.key_info.as_deref().map(PublicKey::from_spki_der).transpose().map_err(UnreadableKey::Unsound)
}

/// `CKA_EC_POINT` is the DER of an OCTET STRING by the standard (PKCS#11 3.1 s.6.3.3) and the bare point
/// on some tokens. An uncompressed point begins with 04 too, so its length decides.
fn unwrapped(curve: Curve, point: &[u8]) -> &[u8] {
    let octets = curve.field_octets().saturating_mul(2).saturating_add(1);
    let header: &[u8] = match curve {
        Curve::P256 => &[0x04, 0x41],
        Curve::P384 => &[0x04, 0x61],
        Curve::P521 => &[0x04, 0x81, 0x85],
    };
    point.strip_prefix(header).filter(|inner| inner.len() == octets).unwrap_or(point)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The base point of P-256 (SEC 2 s.2.4.2).
    const POINT: &str = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
                         4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

    fn ec(point: Vec<u8>) -> wire::PublicParts {
        let params = Curve::P256.oid_der().to_vec();
        wire::PublicParts { ec_params: Some(params), ec_point: Some(point), ..Default::default() }
    }

    fn key(public: wire::PublicParts, private: wire::PublicParts) -> wire::Key {
        wire::Key {
            public: vec![1],
            key_type: Some(KEY_TYPE_EC),
            public_parts: public,
            private_parts: private,
            ..Default::default()
        }
    }

    #[test]
    fn points_are_read_raw_and_wrapped() {
        let raw = hex::decode(POINT).unwrap();
        let wrapped = [&[0x04, 0x41][..], &raw].concat();
        let one = public_key(&key(ec(raw.clone()), Default::default())).unwrap();
        let other = public_key(&key(ec(wrapped), Default::default())).unwrap();
        assert_eq!(one, other);
        let only_private = public_key(&key(Default::default(), ec(raw))).unwrap();
        assert_eq!(one, only_private);
    }

    /// As on kryoptic when the public key object is gone.
    #[test]
    fn the_private_half_alone_tells_the_key_by_its_key_info() {
        let point = hex::decode(POINT).unwrap();
        let wanted = PublicKey::from_ec_point(Curve::P256, &point).unwrap();
        let told = wire::PublicParts { key_info: Some(wanted.as_der().to_vec()), ..Default::default() };
        let mut private = key(Default::default(), told);
        private.public.clear();
        assert_eq!(public_key(&private), Ok(wanted));
    }

    #[test]
    fn rubbish_after_a_point_is_refused() {
        let mut point = [&[0x04, 0x41][..], &hex::decode(POINT).unwrap()].concat();
        point.resize(259, 0xaa);
        let error = public_key(&key(ec(point), Default::default())).unwrap_err();
        assert_eq!(error, UnreadableKey::Unsound(SpkiError::Point { curve: Curve::P256 }));
    }

    #[test]
    fn halves_that_disagree_are_refused() {
        let point = hex::decode(POINT).unwrap();
        // The negative of the base point is on the curve too: y becomes p - y.
        let negative = hex::decode(
            "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
             b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a",
        )
        .unwrap();
        let error = public_key(&key(ec(point), ec(negative))).unwrap_err();
        assert_eq!(error, UnreadableKey::Contradiction);
    }

    #[test]
    fn no_public_half_and_several_are_told_apart() {
        assert_eq!(public_key(&key(Default::default(), Default::default())), Err(UnreadableKey::Absent));
        let mut several = key(Default::default(), Default::default());
        several.public = vec![1, 2];
        assert_eq!(public_key(&several), Err(UnreadableKey::Several { count: 2 }));
    }
}
