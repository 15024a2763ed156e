//! The keys of a token: which a CA may use, and which lack their other half.

use std::collections::BTreeMap;

use crate::token::key::KeyInfo;
use crate::token::requirements::Unfit;
use crate::token::wire::Object;

/// The label of a key pair that an examination generates for a trial begins with this.
pub const TRIAL_LABEL: &str = "keyrite-doctor-";

/// A private key and what is to be said of it.
#[derive(Clone, Debug)]
pub struct KeyFinding {
    /// The key.
    pub key: KeyInfo,
    /// What forbids its use by a CA, besides a public half that cannot be read.
    pub unfit: Vec<Unfit>,
    /// What is not as it should be and yet does not forbid it.
    pub doubts: Vec<Unfit>,
    /// The public key has the fingerprint of ROCA.
    pub roca: bool,
}

impl KeyFinding {
    /// Whether a CA may use it. One with the fingerprint of ROCA it may not.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        self.unfit.is_empty() && self.key.public_key.is_ok() && !self.roca
    }
}

/// Every key of the token.
#[derive(Clone, Debug, Default)]
pub struct KeyObjects {
    /// The private keys; those of a trial that was cut short are among them.
    pub keys: Vec<KeyFinding>,
    /// Private keys without a public key object of their id: cards have none, and a crash leaves such.
    pub without_public: Vec<Named>,
    /// Public key objects without a private key of their id.
    pub without_private: Vec<Named>,
    /// Names that several private keys share, so that no URI tells them apart; with how many there are.
    pub ambiguous: Vec<(Named, usize)>,
    /// How many certificate objects there are.
    pub certificates: usize,
}

/// What an object is called. The label comes from outside: escape it before a person sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// `CKA_LABEL`.
    pub label: String,
    /// `CKA_ID`.
    pub id: Vec<u8>,
}

impl Named {
    fn of_key(key: &KeyInfo) -> Self {
        Self { label: key.label.clone(), id: key.id.clone() }
    }

    fn of_object(object: &Object) -> Self {
        let label = String::from_utf8_lossy(&object.label).trim_end_matches('\0').to_owned();
        Self { label, id: object.id.clone() }
    }

    /// Whether the other one is the other half of a pair: by the id, and by the label where there is none.
    fn belongs_to(&self, other: &Self) -> bool {
        if self.id.is_empty() { self.label == other.label } else { self.id == other.id }
    }

    /// Whether a trial that was cut short left it.
    #[must_use]
    pub fn is_of_trial(&self) -> bool {
        self.label.starts_with(TRIAL_LABEL)
    }
}

impl KeyObjects {
    pub(super) fn new(keys: Vec<KeyFinding>, public_keys: &[Object], certificates: usize) -> Self {
        let private: Vec<Named> = keys.iter().map(|key| Named::of_key(&key.key)).collect();
        let public: Vec<Named> = public_keys.iter().map(Named::of_object).collect();
        let alone = |these: &[Named], those: &[Named]| {
            let lonely = these.iter().filter(|one| !those.iter().any(|other| one.belongs_to(other)));
            lonely.cloned().collect::<Vec<_>>()
        };
        let mut counted: BTreeMap<Named, usize> = BTreeMap::new();
        for name in &private {
            let count = counted.entry(name.clone()).or_default();
            *count = count.saturating_add(1);
        }
        Self {
            without_public: alone(&private, &public),
            without_private: alone(&public, &private),
            ambiguous: counted.into_iter().filter(|(_, count)| *count > 1).collect(),
            certificates,
            keys,
        }
    }

    /// The first key that a CA may use and that wants no PIN for each signature.
    pub(super) fn first_fit(&self) -> Option<&KeyFinding> {
        let mut fit = self.keys.iter().filter(|key| key.is_fit());
        fit.find(|key| !key.key.always_authenticates())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::description::TokenInfo;
    use crate::token::wire;

    fn private(label: &str, id: &[u8]) -> KeyFinding {
        let key = wire::Key { label: label.as_bytes().to_vec(), id: id.to_vec(), ..Default::default() };
        let key = KeyInfo::new(&TokenInfo::default(), &key);
        KeyFinding { key, unfit: Vec::new(), doubts: Vec::new(), roca: false }
    }

    fn public(label: &str, id: &[u8]) -> Object {
        Object { label: label.as_bytes().to_vec(), id: id.to_vec(), ..Object::default() }
    }

    #[test]
    fn halves_without_their_other_half_are_told() {
        let public_keys = vec![public("other label", &[1]), public("lonely", &[3]), public("by label", &[])];
        let keys = vec![private("a", &[1]), private("b", &[2]), private("by label", &[])];
        let found = KeyObjects::new(keys, &public_keys, 2);
        let name = |label: &str, id: &[u8]| Named { label: label.to_owned(), id: id.to_vec() };
        assert_eq!(found.without_public, [name("b", &[2])]);
        assert_eq!(found.without_private, [name("lonely", &[3])]);
        assert_eq!((found.ambiguous.len(), found.certificates), (0, 2));
    }

    #[test]
    fn keys_of_one_name_are_told() {
        let keys = vec![private("a", &[1]), private("a", &[1]), private("a", &[2])];
        let found = KeyObjects::new(keys, &[], 0);
        assert_eq!(found.ambiguous, [(Named { label: "a".to_owned(), id: vec![1] }, 2)]);
    }
}
