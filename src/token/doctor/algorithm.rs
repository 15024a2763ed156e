//! What a token can do with each algorithm of a CA's key: by its lists, and by trial where there was one.

use std::sync::Arc;
use std::time::Duration;

use super::finding::described;
use super::mechanism::Mechanisms;
use crate::token::error::Error;
use crate::token::mechanism::{MlDsaMechanisms, mechanisms, number};
use crate::token::wire::SignMechanism;
use crate::x509::algorithm::{Curve, Digest, KeyAlgorithm, SignatureAlgorithm};

/// An algorithm of keys with one of its signature schemes.
#[derive(Debug)]
pub struct AlgorithmFinding {
    /// The kind and size of the key.
    pub algorithm: KeyAlgorithm,
    /// The scheme, with the digest that was looked for: RSA keys have two.
    pub signature: SignatureAlgorithm,
    /// How the token may sign.
    pub ways: Vec<Way>,
    /// How it may generate such keys.
    pub generation: Generation,
    /// What was left in the token after a trial, in words.
    pub left: Option<String>,
    known: bool,
}

/// The time that a call took, or what went wrong: one trial may speak for several schemes.
pub type Tried = Result<Duration, Arc<Error>>;

/// A mechanism that signs, and what it is given.
#[derive(Debug)]
pub struct Way {
    /// The number of the mechanism.
    pub mechanism: u64,
    /// What goes to the token.
    pub over: Over,
    /// Whether the token lists it.
    pub listed: bool,
    /// The time that a signature took, verified in software; or what went wrong. None if it was not tried.
    pub tried: Option<Tried>,
    pub(super) sign: SignMechanism,
}

/// What a mechanism is given to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// A digest that keyrite makes.
    Digest,
    /// The message, in one call.
    Message,
    /// A long message: in parts if the token hashes it, else in one call.
    LongMessage,
}

impl Over {
    /// For a person.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Digest => "over our digest",
            Self::Message => "over the message",
            Self::LongMessage => "over 16 KiB",
        }
    }
}

/// The mechanism that generates such keys.
#[derive(Debug)]
pub struct Generation {
    /// Its number.
    pub mechanism: u64,
    /// Whether the token lists it.
    pub listed: bool,
    /// The smallest and largest key, if the token says so.
    pub sizes: Option<(u64, u64)>,
    /// The time that it took, or what went wrong. None if it was not tried.
    pub tried: Option<Tried>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usable {
    /// A signature was made and verified just now.
    Yes,
    /// The token lists what is needed.
    Listed,
    /// The token signs with such keys, or lists that it does, but generates none over PKCS#11.
    SignsOnly,
    /// It does not list what is needed, or failed at it.
    No,
    /// The token does not tell what it can do, and it was not tried.
    Unknown,
}

impl Usable {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Listed => "listed",
            Self::SignsOnly => "signs only",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

impl AlgorithmFinding {
    /// Every algorithm of CA keys, RSA once with each padding.
    pub(super) fn all(mechanisms: Option<&Mechanisms>, ml_dsa: MlDsaMechanisms) -> Vec<Self> {
        let schemes = |algorithm: KeyAlgorithm| match algorithm {
            KeyAlgorithm::Rsa { .. } => {
                vec![SignatureAlgorithm::RsaPkcs1(Digest::Sha256), SignatureAlgorithm::RsaPss(Digest::Sha256)]
            }
            KeyAlgorithm::Ec(_)
            | KeyAlgorithm::Ed25519
            | KeyAlgorithm::Ed448
            | KeyAlgorithm::MlDsa(_)
            | KeyAlgorithm::SlhDsa(_) => vec![algorithm.signature_algorithm()],
        };
        let all = KeyAlgorithm::GENERATED.into_iter();
        all.flat_map(|algorithm| schemes(algorithm).into_iter().map(move |scheme| (algorithm, scheme)))
            .map(|(algorithm, signature)| Self::new(algorithm, signature, mechanisms, ml_dsa))
            .collect()
    }

    fn new(
        algorithm: KeyAlgorithm,
        signature: SignatureAlgorithm,
        listed: Option<&Mechanisms>,
        ml_dsa: MlDsaMechanisms,
    ) -> Self {
        let lists = |number| listed.is_some_and(|listed| listed.lists(number));
        let way = |sign: SignMechanism, over| {
            let mechanism = number(sign);
            Way { mechanism, over, listed: lists(mechanism), tried: None, sign }
        };
        let ways = mechanisms(signature, ml_dsa).into_iter().flat_map(|sign| match sign {
            SignMechanism::Ecdsa | SignMechanism::RsaPkcs | SignMechanism::RsaPss(_) => {
                vec![way(sign, Over::Digest)]
            }
            SignMechanism::EcdsaHashed(_)
            | SignMechanism::RsaPkcsHashed(_)
            | SignMechanism::RsaPssHashed(_)
            | SignMechanism::Ed25519
            | SignMechanism::Ed448
            | SignMechanism::MlDsa(_) => vec![way(sign, Over::Message), way(sign, Over::LongMessage)],
        });
        let mechanism = generation(algorithm, ml_dsa);
        let sizes = listed.and_then(|listed| listed.key_sizes(mechanism));
        Self {
            algorithm,
            signature,
            ways: ways.collect(),
            generation: Generation { mechanism, listed: lists(mechanism), sizes, tried: None },
            left: None,
            known: listed.is_some(),
        }
    }

    /// What came of it all.
    #[must_use]
    pub fn usable(&self) -> Usable {
        let generated = self.generation.tried.as_ref().map(Result::is_ok);
        let tried: Vec<bool> =
            self.ways.iter().filter_map(|way| way.tried.as_ref()).map(Result::is_ok).collect();
        let signs = tried.contains(&true);
        let lists = self.ways.iter().any(|way| way.listed) && self.fits();
        match (generated, signs) {
            (Some(false), true) => Usable::SignsOnly,
            (_, true) => Usable::Yes,
            (Some(true), false) => Usable::No,
            // Cards make keys for their administrator alone, and sign with them.
            (Some(false), false) if lists && !self.generation.listed => Usable::SignsOnly,
            (Some(false), false) => Usable::No,
            (None, false) if !tried.is_empty() => Usable::No,
            (None, false) if !self.known => Usable::Unknown,
            (None, false) if lists && self.generation.listed => Usable::Listed,
            (None, false) if lists => Usable::SignsOnly,
            (None, false) => Usable::No,
        }
    }

    /// Why not, where the answer is no.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let failed = |tried: &Option<Tried>| {
            tried.as_ref().and_then(|tried| tried.as_ref().err()).map(|error| described(error))
        };
        match self.usable() {
            Usable::Yes | Usable::Listed | Usable::Unknown => None,
            Usable::SignsOnly => Some(match failed(&self.generation.tried) {
                Some(reason) => format!("generates none: {reason}"),
                None => "generates none: make the key with the token's own tool".to_owned(),
            }),
            Usable::No => failed(&self.generation.tried)
                .or_else(|| self.ways.iter().find_map(|way| failed(&way.tried)))
                .or_else(|| (!self.fits()).then(|| self.range()))
                .or_else(|| Some("not listed".to_owned())),
        }
    }

    /// Whether keys of this size are among those that the token generates. Of Edwards curves and ML-DSA the unit
    /// differs from token to token.
    fn fits(&self) -> bool {
        let bits = match self.algorithm {
            KeyAlgorithm::Ec(Curve::P256) => 256,
            KeyAlgorithm::Ec(Curve::P384) => 384,
            KeyAlgorithm::Ec(Curve::P521) => 521,
            KeyAlgorithm::Rsa { bits } => u64::from(bits),
            KeyAlgorithm::Ed25519
            | KeyAlgorithm::Ed448
            | KeyAlgorithm::MlDsa(_)
            | KeyAlgorithm::SlhDsa(_) => return true,
        };
        // No curve of fewer bits than that is in use: smaller numbers are in another unit.
        let range = self.generation.sizes.filter(|(_, largest)| *largest >= 192);
        range.is_none_or(|(smallest, largest)| (smallest..=largest).contains(&bits))
    }

    fn range(&self) -> String {
        let (smallest, largest) = self.generation.sizes.unwrap_or_default();
        format!("keys of {smallest} to {largest} bits only")
    }

    /// The ways to show: those that the token lists and those that worked.
    pub fn shown_ways(&self) -> impl Iterator<Item = &Way> {
        self.ways.iter().filter(|way| match &way.tried {
            Some(tried) => tried.is_ok(),
            None => way.listed && way.over != Over::LongMessage,
        })
    }
}

/// The `CKM_` number of the generation (PKCS#11 3.2, pkcs11t.h).
const fn generation(algorithm: KeyAlgorithm, ml_dsa: MlDsaMechanisms) -> u64 {
    match algorithm {
        KeyAlgorithm::Rsa { .. } => 0x0,
        KeyAlgorithm::Ec(_) => 0x1040,
        KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 => 0x1055,
        KeyAlgorithm::MlDsa(_) => ml_dsa.generate,
        KeyAlgorithm::SlhDsa(_) => 0x2d,
    }
}

/// The mechanisms whose details are asked for: those of CA keys that the token lists.
pub(super) fn asked(listed: &[u64], ml_dsa: MlDsaMechanisms) -> Vec<u64> {
    let of = |algorithm: KeyAlgorithm| {
        let signing = mechanisms(algorithm.signature_algorithm(), ml_dsa).into_iter().map(number);
        signing.chain([generation(algorithm, ml_dsa)])
    };
    let mut all: Vec<u64> = KeyAlgorithm::GENERATED.into_iter().flat_map(of).collect();
    all.sort_unstable();
    all.dedup();
    all.retain(|number| listed.contains(number));
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::token::return_value::ReturnValue;
    use crate::token::wire::MechanismInfo;

    fn findings(listed: &[u64]) -> Vec<AlgorithmFinding> {
        let info = MechanismInfo { smallest: 256, largest: 384, flags: 0 };
        let mechanisms = Mechanisms::new(listed.to_vec(), BTreeMap::from([(0x1040, info)]));
        AlgorithmFinding::all(Some(&mechanisms), MlDsaMechanisms::default())
    }

    fn one(listed: &[u64], algorithm: KeyAlgorithm) -> AlgorithmFinding {
        findings(listed).into_iter().find(|finding| finding.algorithm == algorithm).unwrap()
    }

    fn refused() -> Arc<Error> {
        let function = "C_SignInit".to_owned();
        Arc::new(Error::Call { function, value: ReturnValue::MECHANISM_INVALID })
    }

    #[test]
    fn lists_tell_what_is_to_be_expected() {
        let p256 = KeyAlgorithm::Ec(Curve::P256);
        assert_eq!(one(&[0x1040, 0x1041], p256).usable(), Usable::Listed);
        assert_eq!(one(&[0x1040, 0x1044], p256).usable(), Usable::Listed);
        assert_eq!(one(&[0x1041], p256).usable(), Usable::SignsOnly);
        assert_eq!(one(&[0x1040], p256).usable(), Usable::No);
        // The digest of another curve is of no use.
        assert_eq!(one(&[0x1040, 0x1045], p256).usable(), Usable::No);
        let large = one(&[0x1040, 0x1041], KeyAlgorithm::Ec(Curve::P521));
        assert_eq!(large.usable(), Usable::No);
        assert_eq!(large.reason().unwrap(), "keys of 256 to 384 bits only");
        let none = AlgorithmFinding::all(None, MlDsaMechanisms::default());
        assert!(none.iter().all(|finding| finding.usable() == Usable::Unknown));
        assert_eq!(none.len(), 14, "RSA twice");
    }

    #[test]
    fn a_trial_weighs_more_than_a_list() {
        let p256 = KeyAlgorithm::Ec(Curve::P256);
        let mut finding = one(&[], p256);
        finding.generation.tried = Some(Ok(Duration::ZERO));
        finding.ways[0].tried = Some(Ok(Duration::ZERO));
        assert_eq!(finding.usable(), Usable::Yes);
        let mut finding = one(&[0x1040, 0x1041], p256);
        finding.generation.tried = Some(Err(refused()));
        assert_eq!(finding.usable(), Usable::No);
        assert_eq!(finding.reason().unwrap(), "CKR_MECHANISM_INVALID from C_SignInit");
        let mut finding = one(&[0x1041], p256);
        finding.generation.tried = Some(Err(refused()));
        assert_eq!(finding.usable(), Usable::SignsOnly);
        let mut finding = one(&[0x1040, 0x1041], p256);
        finding.generation.tried = Some(Ok(Duration::ZERO));
        finding.ways[0].tried = Some(Err(refused()));
        assert_eq!(finding.usable(), Usable::No);
    }
}
