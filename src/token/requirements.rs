//! What a home demands of the keys of its CAs: the attributes that the token must show.
//!
//! Pure: attributes in, what is wrong with them out. All of this is the token's own word; the proof of the pair by
//! a signature is not part of it.

use std::fmt;

use super::key::KeyAttributes;

/// Something that a token must say of a private key (PKCS#11 3.1 s.4.7 to 4.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    /// `CKA_SENSITIVE` is true: the key cannot be read in plain.
    Sensitive,
    /// `CKA_EXTRACTABLE` is false: the key cannot be wrapped and so leave the token.
    NotExtractable,
    /// `CKA_ALWAYS_SENSITIVE` is true: it has been sensitive since its birth.
    AlwaysSensitive,
    /// `CKA_NEVER_EXTRACTABLE` is true: it has not been extractable since its birth.
    NeverExtractable,
    /// `CKA_LOCAL` is true: it was generated on the token.
    Local,
    /// `CKA_KEY_GEN_MECHANISM` names a mechanism that generates key pairs.
    KeyGenMechanism,
    /// `CKA_DECRYPT`, `CKA_UNWRAP` and `CKA_DERIVE` are false.
    SignOnly,
    /// `CKA_ALLOWED_MECHANISMS` names mechanisms for signatures and nothing else.
    AllowedMechanisms,
    /// `CKA_ALWAYS_AUTHENTICATE` is true: it wants the PIN for every signature.
    AlwaysAuthenticate,
}

impl Requirement {
    /// Every requirement, those that nobody can do without first.
    pub const ALL: [Self; 9] = [
        Self::Sensitive,
        Self::NotExtractable,
        Self::AlwaysSensitive,
        Self::NeverExtractable,
        Self::Local,
        Self::KeyGenMechanism,
        Self::SignOnly,
        Self::AllowedMechanisms,
        Self::AlwaysAuthenticate,
    ];
    /// What is demanded of every key, whatever a home says: without these it could leave the token.
    pub const ALWAYS: [Self; 2] = [Self::Sensitive, Self::NotExtractable];
    /// What else is demanded where a home says nothing: that the key could never have left the token.
    pub const USUAL: [Self; 2] = [Self::AlwaysSensitive, Self::NeverExtractable];

    /// The word for it in configurations.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sensitive => "sensitive",
            Self::NotExtractable => "not-extractable",
            Self::AlwaysSensitive => "always-sensitive",
            Self::NeverExtractable => "never-extractable",
            Self::Local => "local",
            Self::KeyGenMechanism => "key-gen-mechanism",
            Self::SignOnly => "sign-only",
            Self::AllowedMechanisms => "allowed-mechanisms",
            Self::AlwaysAuthenticate => "always-authenticate",
        }
    }

    /// What of the attributes is not as it demands.
    fn failings(self, key: &KeyAttributes) -> Vec<Unfit> {
        match self {
            Self::Sensitive => flag("CKA_SENSITIVE", key.sensitive, true),
            Self::NotExtractable => flag("CKA_EXTRACTABLE", key.extractable, false),
            Self::AlwaysSensitive => flag("CKA_ALWAYS_SENSITIVE", key.always_sensitive, true),
            Self::NeverExtractable => flag("CKA_NEVER_EXTRACTABLE", key.never_extractable, true),
            Self::Local => flag("CKA_LOCAL", key.local, true),
            Self::AlwaysAuthenticate => flag("CKA_ALWAYS_AUTHENTICATE", key.always_authenticate, true),
            Self::SignOnly => [
                flag("CKA_DECRYPT", key.decrypt, false),
                flag("CKA_UNWRAP", key.unwrap, false),
                flag("CKA_DERIVE", key.derive, false),
            ]
            .concat(),
            Self::KeyGenMechanism => {
                let attribute = "CKA_KEY_GEN_MECHANISM";
                match key.key_gen_mechanism {
                    Some(number) if PAIR_GENERATION.contains(&number) || number >= VENDOR => Vec::new(),
                    Some(number) => vec![Unfit { attribute, found: Shown::Mechanisms(vec![number]) }],
                    None => vec![Unfit { attribute, found: Shown::Nothing }],
                }
            }
            Self::AllowedMechanisms => {
                let attribute = "CKA_ALLOWED_MECHANISMS";
                let Some(allowed) = &key.allowed_mechanisms else {
                    return vec![Unfit { attribute, found: Shown::Nothing }];
                };
                let others: Vec<u64> = allowed
                    .iter()
                    .copied()
                    .filter(|number| !SIGNATURE.contains(number) && *number < VENDOR)
                    .collect();
                if !allowed.is_empty() && others.is_empty() {
                    return Vec::new();
                }
                vec![Unfit { attribute, found: Shown::Mechanisms(others) }]
            }
        }
    }
}

/// From here on numbers of mechanisms are the vendors' own (PKCS#11 3.1 s.3.6).
const VENDOR: u64 = 0x8000_0000;
/// `CKM_` numbers of generating key pairs that sign: RSA, X9.31 RSA, EC, Edwards, ML-DSA (3.2, pkcs11t.h).
const PAIR_GENERATION: [u64; 5] = [0x0, 0xa, 0x1040, 0x1055, 0x1c];
/// `CKM_` numbers by which a CA's key signs: RSA PKCS #1 and PSS, ECDSA, EdDSA, ML-DSA, raw or with SHA-2.
const SIGNATURE: [u64; 14] =
    [0x1, 0x40, 0x41, 0x42, 0xd, 0x43, 0x44, 0x45, 0x1041, 0x1044, 0x1045, 0x1046, 0x1057, 0x1d];

fn flag(attribute: &'static str, found: Option<bool>, wanted: bool) -> Vec<Unfit> {
    match found {
        Some(value) if value == wanted => Vec::new(),
        Some(value) => vec![Unfit { attribute, found: Shown::Flag(value) }],
        None => vec![Unfit { attribute, found: Shown::Nothing }],
    }
}

/// What a home demands. The default is that of a home that says nothing: what makes a key unexportable, now and
/// since its birth, where the token need not answer what is only about its birth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirements {
    required: Vec<Requirement>,
    /// Which of them the token may leave unanswered.
    unanswered: Vec<Requirement>,
}

impl Default for Requirements {
    fn default() -> Self {
        Self::new(&Requirement::USUAL, &Requirement::USUAL)
    }
}

impl Requirements {
    /// What `required` demands, and [`Requirement::ALWAYS`] besides. Of `unanswered` the token may say nothing,
    /// unless it is among the latter; it must still not say otherwise.
    #[must_use]
    pub fn new(required: &[Requirement], unanswered: &[Requirement]) -> Self {
        let mut all = [&Requirement::ALWAYS, required].concat();
        all.sort_unstable();
        all.dedup();
        let mut unanswered = unanswered.to_vec();
        unanswered.retain(|one| !Requirement::ALWAYS.contains(one));
        Self { required: all, unanswered }
    }

    /// What is demanded, in the order of [`Requirement::ALL`].
    #[must_use]
    pub fn required(&self) -> &[Requirement] {
        &self.required
    }

    /// Whether a requirement is among them.
    #[must_use]
    pub fn requires(&self, one: Requirement) -> bool {
        self.required.contains(&one)
    }

    /// What forbids the use of a key by a CA; nothing if it is fit. Of every key `CKA_SIGN` must be true, and the
    /// token must not deny that it is stored, nor that its use wants a login.
    #[must_use]
    pub fn judge(&self, key: &KeyAttributes) -> Vec<Unfit> {
        let demanded = self.required.iter().flat_map(|one| {
            let tolerated = self.unanswered.contains(one);
            let failings = one.failings(key).into_iter();
            failings.filter(move |failing| !(tolerated && failing.found == Shown::Nothing))
        });
        let kept = [flag("CKA_TOKEN", key.token, true), flag("CKA_PRIVATE", key.private, true)];
        let denied = kept.into_iter().flatten().filter(|failing| failing.found != Shown::Nothing);
        demanded.chain(flag("CKA_SIGN", key.sign, true)).chain(denied).collect()
    }

    /// What this home puts up with although it is not as it should be: what the token does not answer of the
    /// key's birth, or denies of it, and what the key may do besides signing. NSS denies `CKA_LOCAL` even of
    /// keys that it generated itself.
    #[must_use]
    pub fn doubts(&self, key: &KeyAttributes) -> Vec<Unfit> {
        let forbidding = self.judge(key);
        let watched = Requirement::ALL.into_iter().filter(|one| self.requires(*one) || DOUBTED.contains(one));
        watched
            .flat_map(|one| {
                let silence_matters = self.requires(one) || one != Requirement::SignOnly;
                let failings = one.failings(key).into_iter();
                failings.filter(move |failing| silence_matters || failing.found != Shown::Nothing)
            })
            .filter(|failing| !forbidding.contains(failing))
            .collect()
    }
}

/// What is remarked on in every home, demanded or not.
const DOUBTED: [Requirement; 4] =
    [Requirement::AlwaysSensitive, Requirement::NeverExtractable, Requirement::Local, Requirement::SignOnly];

/// An attribute that is not what a CA's key needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// The attribute by its standard name.
    pub attribute: &'static str,
    /// What the token says.
    pub found: Shown,
}

/// What a token says of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It does not answer.
    Nothing,
    /// True or false.
    Flag(bool),
    /// The mechanisms that ought not to be there, by their `CKM_` numbers; none where some ought to be.
    Mechanisms(Vec<u64>),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            Shown::Flag(value) => write!(f, "{} is {value}", self.attribute),
            Shown::Nothing => write!(f, "the token does not answer {}", self.attribute),
            Shown::Mechanisms(numbers) if numbers.is_empty() => {
                write!(f, "{} names no mechanism", self.attribute)
            }
            Shown::Mechanisms(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(|number| format!("0x{number:x}")).collect();
                write!(f, "{} names {}", self.attribute, numbers.join(" "))
            }
        }
    }
}

/// Several in one sentence.
pub(super) fn in_words(unfit: &[Unfit]) -> String {
    unfit.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> KeyAttributes {
        KeyAttributes {
            sensitive: Some(true),
            extractable: Some(false),
            always_sensitive: Some(true),
            never_extractable: Some(true),
            local: Some(true),
            sign: Some(true),
            decrypt: Some(false),
            unwrap: Some(false),
            derive: Some(false),
            ..KeyAttributes::default()
        }
    }

    fn judged(requirements: &Requirements, change: impl FnOnce(&mut KeyAttributes)) -> String {
        let mut attributes = good();
        change(&mut attributes);
        in_words(&requirements.judge(&attributes))
    }

    #[test]
    fn a_key_that_could_leave_the_token_is_never_fit() {
        for requirements in [Requirements::default(), Requirements::new(&[], &Requirement::ALL)] {
            let unfit = |change: fn(&mut KeyAttributes)| judged(&requirements, change);
            assert_eq!(unfit(|_| {}), "");
            assert_eq!(unfit(|of| of.sensitive = Some(false)), "CKA_SENSITIVE is false");
            assert_eq!(unfit(|of| of.extractable = Some(true)), "CKA_EXTRACTABLE is true");
            assert_eq!(unfit(|of| of.extractable = None), "the token does not answer CKA_EXTRACTABLE");
            assert_eq!(unfit(|of| of.sensitive = None), "the token does not answer CKA_SENSITIVE");
            assert_eq!(unfit(|of| of.sign = Some(false)), "CKA_SIGN is false");
            assert_eq!(unfit(|of| of.sign = None), "the token does not answer CKA_SIGN");
            assert_eq!(unfit(|of| of.token = Some(false)), "CKA_TOKEN is false");
            assert_eq!(unfit(|of| of.private = Some(false)), "CKA_PRIVATE is false");
            assert_eq!(unfit(|of| (of.token, of.private) = (None, None)), "");
        }
    }

    #[test]
    fn of_its_birth_the_token_may_be_silent_but_not_deny_it() {
        let usual = Requirements::default();
        let unfit = |change: fn(&mut KeyAttributes)| judged(&usual, change);
        assert_eq!(unfit(|of| of.never_extractable = Some(false)), "CKA_NEVER_EXTRACTABLE is false");
        assert_eq!(unfit(|of| of.always_sensitive = Some(false)), "CKA_ALWAYS_SENSITIVE is false");
        assert_eq!(unfit(|of| (of.always_sensitive, of.never_extractable) = (None, None)), "");
        // NSS denies CKA_LOCAL of the keys that it generates.
        assert_eq!(unfit(|of| of.local = Some(false)), "");
        let silent =
            KeyAttributes { never_extractable: None, local: Some(false), decrypt: Some(true), ..good() };
        assert_eq!(
            in_words(&usual.doubts(&silent)),
            "the token does not answer CKA_NEVER_EXTRACTABLE, CKA_LOCAL is false, CKA_DECRYPT is true"
        );
        assert_eq!(usual.doubts(&good()), []);
        // What is forbidden already is no mere doubt.
        let imported = KeyAttributes { never_extractable: Some(false), ..good() };
        assert_eq!(usual.doubts(&imported), []);
    }

    #[test]
    fn a_home_that_demands_less_keeps_the_rest_as_doubts() {
        let lenient = Requirements::new(&[], &[]);
        let imported = KeyAttributes { always_sensitive: Some(false), local: Some(false), ..good() };
        assert_eq!(lenient.judge(&imported), []);
        assert_eq!(in_words(&lenient.doubts(&imported)), "CKA_ALWAYS_SENSITIVE is false, CKA_LOCAL is false");
    }

    #[test]
    fn a_strict_home_demands_answers() {
        let strict = Requirements::new(&Requirement::ALL, &[]);
        let whole = KeyAttributes {
            always_authenticate: Some(true),
            key_gen_mechanism: Some(0x1040),
            allowed_mechanisms: Some(vec![0x1041]),
            ..good()
        };
        assert_eq!(strict.judge(&whole), []);
        let bare = KeyAttributes { derive: None, ..good() };
        assert_eq!(
            in_words(&strict.judge(&bare)),
            "the token does not answer CKA_KEY_GEN_MECHANISM, the token does not answer CKA_DERIVE, \
             the token does not answer CKA_ALLOWED_MECHANISMS, \
             the token does not answer CKA_ALWAYS_AUTHENTICATE"
        );
        let tolerant = Requirements::new(&Requirement::ALL, &Requirement::ALL);
        assert_eq!(tolerant.judge(&bare), []);
        assert_eq!(tolerant.doubts(&bare).len(), 4);
        let odd = KeyAttributes {
            key_gen_mechanism: Some(0x1080),
            allowed_mechanisms: Some(vec![0x1041, 0x1050]),
            ..whole.clone()
        };
        assert_eq!(
            in_words(&strict.judge(&odd)),
            "CKA_KEY_GEN_MECHANISM names 0x1080, CKA_ALLOWED_MECHANISMS names 0x1050"
        );
        let open = KeyAttributes { allowed_mechanisms: Some(Vec::new()), ..whole };
        assert_eq!(in_words(&strict.judge(&open)), "CKA_ALLOWED_MECHANISMS names no mechanism");
    }

    #[test]
    fn every_word_is_one() {
        let mut words: Vec<&str> = Requirement::ALL.iter().map(|one| one.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Requirement::ALL.len());
        assert_eq!(Requirements::default().required().len(), 4);
    }
}
