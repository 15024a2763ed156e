//! Which certificates there are: profiles by algorithms by names by dates.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyrite::policy::{Kind, Precedent, Profile, Purpose, Rule, SubjectKey, builtin};
use keyrite::port::Signer as _;
use keyrite::x509::algorithm::{Curve, KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::csr::ProvenCsr;
use keyrite::x509::standard::Standard;
use keyrite::x509::time::Time;

use super::dates::{self, Dates};
use super::issuance::{self, Authority, Wish, issue};
use super::names::{self, Names};
use super::software::SoftwareKey;

/// When the certificates are issued, unless their dates say otherwise; their CAs are twenty days older.
const NOW: &str = "2026-11-21T12:00:00Z";
const FOUNDED: &str = "2026-11-01T12:00:00Z";

/// A certificate, and who is to find it good.
pub(crate) struct Issued {
    pub(crate) label: String,
    pub(crate) profile: String,
    pub(crate) certificate: Certificate,
    /// From its issuer up to the root; empty for a root.
    pub(crate) path: Vec<Certificate>,
    /// The time at which it was issued, and is to be good.
    pub(crate) now: Time,
    /// The algorithm of every signature of the path and of the subject's key.
    pub(crate) algorithms: (SignatureAlgorithm, KeyAlgorithm),
}

/// Everything that was issued, and how many were refused because they lie beyond a limit.
#[derive(Default)]
pub(crate) struct Corpus {
    pub(crate) issued: Vec<Issued>,
    pub(crate) refused: BTreeMap<&'static str, usize>,
}

/// The rules of policy that a date beyond a limit breaks.
const OF_DATES: [Rule; 8] = [
    Rule::NotBeforeFuture,
    Rule::NotBeforeBackdated,
    Rule::NotBeforeIssuer,
    Rule::ValidityRange,
    Rule::ValidityMaximum,
    Rule::NotAfterIssuer,
    Rule::CrossValidity,
    Rule::ValidityStandard,
];

/// Profiles that inherit from built-in ones, for sets of rules that no built-in one follows and for extensions that
/// none has.
const OWN: [(&str, &str); 5] = [
    ("email-public", include_str!("own/email-public.toml")),
    ("signature-qualified", include_str!("own/signature-qualified.toml")),
    ("every-extension-ca", include_str!("own/every-extension-ca.toml")),
    (EVERY_EXTENSION.0, EVERY_EXTENSION.1),
    ("short-lived", include_str!("own/short-lived.toml")),
];

/// The profile that has extensions of every form, and its text.
pub(crate) const EVERY_EXTENSION: (&str, &str) =
    ("every-extension", include_str!("own/every-extension.toml"));

/// Profiles whose certificates are issued by a CA by this other one, rather than by the first that fits.
const BELOW: [(&str, &str); 1] = [(EVERY_EXTENSION.0, "every-extension-ca")];

/// The built-in profiles, and those of ours.
pub(crate) fn profiles() -> Vec<Profile> {
    let parse = |(name, text): &(&str, &str)| {
        Profile::parse(name, text).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    builtin::TEXTS.iter().chain(&OWN).map(parse).collect()
}

/// The keys of the subjects, each with a request, and of the CAs.
struct Keys {
    subjects: Vec<(KeyAlgorithm, ProvenCsr, Arc<SoftwareKey>)>,
    /// Requests whose keys are of no use here.
    others: Vec<ProvenCsr>,
    roots: Vec<(KeyAlgorithm, Arc<SoftwareKey>)>,
}

impl Keys {
    fn new() -> Self {
        let derived = |label: &'static str| {
            KeyAlgorithm::GENERATED
                .into_iter()
                .map(move |one| (one, Arc::new(SoftwareKey::derived(one, label))))
        };
        let subjects =
            derived("a subject").map(|(one, key)| (one, issuance::request(&key, one), key)).collect();
        Self { subjects, others: issuance::slh_dsa_requests(), roots: derived("a root").collect() }
    }

    fn root(&self, algorithm: KeyAlgorithm) -> Arc<SoftwareKey> {
        self.roots.iter().find(|(one, _)| *one == algorithm).unwrap().1.clone()
    }
}

/// Every certificate, of which `share` asks for a part only: one in so many.
pub(crate) fn corpus(share: usize) -> Corpus {
    let keys = Keys::new();
    let profiles = profiles();
    let schemes: Vec<(KeyAlgorithm, SignatureAlgorithm)> = KeyAlgorithm::GENERATED
        .into_iter()
        .flat_map(|key| {
            SignatureAlgorithm::all().filter(move |one| key.signs_with(*one)).map(move |one| (key, one))
        })
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<Corpus> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let (keys, profiles, schemes) = (&keys, &profiles, &schemes);
                scope.spawn(move || {
                    let mut builder = Builder { keys, profiles, share, asked: 0, corpus: Corpus::default() };
                    for (at, scheme) in schemes.iter().enumerate().filter(|(at, _)| at % threads == thread) {
                        builder.below(at, *scheme);
                    }
                    builder.corpus
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut whole = Corpus::default();
    for part in parts {
        whole.issued.extend(part.issued);
        for (rule, count) in part.refused {
            *whole.refused.entry(rule).or_default() += count;
        }
    }
    whole
}

struct Builder<'a> {
    keys: &'a Keys,
    profiles: &'a [Profile],
    share: usize,
    asked: usize,
    corpus: Corpus,
}

/// The keys of CAs under which every name meets every date, with the first signature that they can make; under the
/// others names and dates take turns.
const IN_FULL: [KeyAlgorithm; 3] =
    [KeyAlgorithm::Ec(Curve::P256), KeyAlgorithm::Rsa { bits: 2048 }, KeyAlgorithm::Ed25519];

impl Builder<'_> {
    /// Everything under one algorithm of CAs.
    fn below(&mut self, at: usize, (algorithm, signature): (KeyAlgorithm, SignatureAlgorithm)) {
        let scheme = scheme_of(algorithm, signature);
        let key = self.keys.root(algorithm);
        let founded: Time = FOUNDED.parse().unwrap();
        let now: Time = NOW.parse().unwrap();
        let signs = |profile: &Profile| profile.key().algorithms.contains(&algorithm);
        for profile in self.profiles.iter().filter(|one| matches!(one.kind(), Kind::Root(_)) && signs(one)) {
            let own = SubjectKey::Own(key.public_key(), signature);
            self.wishes(at, &scheme, profile, now, None, &key, &[(algorithm, own)]);
        }
        let root = self.root(&scheme, "root", signature, &key, founded);
        // BR 7.1.3.2: a CA of the web PKI signs by RSA or ECDSA.
        let of_web_pki = matches!(algorithm, KeyAlgorithm::Ec(_) | KeyAlgorithm::Rsa { .. });
        // What the public rules of our own profiles say of the subject's key, they say of the issuer's too.
        let of_own = |one: &Profile| OWN.iter().all(|(name, _)| one.name() != *name) || signs(one);
        let fits = |one: &&Profile| (of_web_pki || !one.follows(Standard::WebPki)) && of_own(one);
        for profile in self.profiles.iter().filter(fits) {
            let issuer = match profile.kind() {
                Kind::Root(_) => continue,
                Kind::Subordinate(_) => root.clone(),
                Kind::Cross(_) => {
                    self.cross(&scheme, profile, &root, now);
                    continue;
                }
                Kind::EndEntity(_) | Kind::OcspResponder(_) | Kind::TimeStamping(_) => {
                    let Some(issuing) = self.issuing(&scheme, algorithm, profile, &root, founded) else {
                        continue;
                    };
                    issuing
                }
            };
            let subjects: Vec<(KeyAlgorithm, SubjectKey<'_>)> = self
                .keys
                .subjects
                .iter()
                .map(|(one, request, _)| (*one, SubjectKey::Request(request)))
                .chain(
                    self.keys
                        .others
                        .iter()
                        .map(|csr| (csr.csr().public_key().algorithm(), SubjectKey::Request(csr))),
                )
                .filter(|(one, _)| profile.key().algorithms.contains(one))
                // A CA is no weaker than its issuer.
                .filter(|(one, _)| profile.kind().ca().is_none() || one.strength() >= algorithm.strength())
                .collect();
            self.wishes(at, &scheme, profile, now, Some(&issuer), &issuer.key, &subjects);
        }
    }

    /// The certificates by one profile under one issuer.
    #[expect(clippy::too_many_arguments, reason = "the dimensions of the corpus")]
    fn wishes(
        &mut self,
        at: usize,
        scheme: &str,
        profile: &Profile,
        now: Time,
        issuer: Option<&Authority>,
        signer: &SoftwareKey,
        subjects: &[(KeyAlgorithm, SubjectKey<'_>)],
    ) {
        let names = names::of(profile, &format!("{} {at}", profile.name()));
        let dates = dates::of(profile, now, issuer.map(|issuer| issuer.certificate.not_after()));
        let kept: Vec<&Dates> = dates.iter().filter(|dates| dates.kept).collect();
        for (turn, (of, key)) in subjects.iter().enumerate() {
            let turn = turn + at;
            let one = (&names[turn % names.len()], kept[turn % kept.len()]);
            self.wish(scheme, profile, issuer, signer, (*of, *key), one);
        }
        let full = IN_FULL.iter().any(|full| scheme == scheme_of(*full, full.signature_algorithm()));
        for (row, names) in names.iter().enumerate() {
            for (column, dates) in dates.iter().enumerate() {
                let turn = row * dates_len(&kept) + column;
                if full || (turn + at).is_multiple_of(7) {
                    self.wish(
                        scheme,
                        profile,
                        issuer,
                        signer,
                        subjects[turn % subjects.len()],
                        (names, dates),
                    );
                }
            }
        }
    }

    fn wish(
        &mut self,
        scheme: &str,
        profile: &Profile,
        issuer: Option<&Authority>,
        signer: &SoftwareKey,
        (of, key): (KeyAlgorithm, SubjectKey<'_>),
        (names, dates): (&Names, &Dates),
    ) {
        self.asked += 1;
        if !self.asked.is_multiple_of(self.share) {
            return;
        }
        let label =
            format!("{} under {scheme}: {of}, {} names, {}", profile.name(), names.label, dates.label);
        let result = issue(&Wish { label: &label, profile, key, names, dates, issuer, signer });
        match result {
            Ok(certificate) => {
                assert!(dates.kept, "{label}: it is beyond a limit");
                let path = issuer.map_or_else(Vec::new, |issuer| {
                    [std::slice::from_ref(&issuer.certificate), &issuer.above].concat()
                });
                if self.corpus.issued.iter().any(|other| other.label == label) {
                    return;
                }
                let algorithms = (certificate.signature_algorithm().unwrap(), of);
                let profile = profile.name().to_owned();
                self.corpus.issued.push(Issued {
                    label,
                    profile,
                    certificate,
                    path,
                    now: dates.now,
                    algorithms,
                });
            }
            Err(refusal) => {
                assert!(!dates.kept, "{label}: {refusal}");
                for violation in refusal.violations() {
                    assert!(OF_DATES.contains(&violation.rule), "{label}: {refusal}");
                    *self.corpus.refused.entry(violation.rule.id()).or_default() += 1;
                }
            }
        }
    }

    fn root(
        &self,
        scheme: &str,
        name: &str,
        signature: SignatureAlgorithm,
        key: &Arc<SoftwareKey>,
        founded: Time,
    ) -> Authority {
        let profile = self.profiles.iter().find(|profile| profile.name() == "root").unwrap();
        let names = &names::of(profile, &format!("{name} {scheme}"))[0];
        let wish = Wish {
            label: &format!("the root of {name} under {scheme}"),
            profile,
            key: SubjectKey::Own(key.public_key(), signature),
            names,
            dates: &usual(founded),
            issuer: None,
            signer: key,
        };
        let certificate = issue(&wish).unwrap_or_else(|refusal| panic!("{}: {refusal}", wish.label));
        Authority { name: name.to_owned(), certificate, above: vec![], key: key.clone(), signature }
    }

    /// A CA that may issue by this profile, itself by the first built-in profile that fits; none where that profile
    /// has no keys of this algorithm.
    fn issuing(
        &self,
        scheme: &str,
        algorithm: KeyAlgorithm,
        leaf: &Profile,
        root: &Authority,
        founded: Time,
    ) -> Option<Authority> {
        let purposes =
            leaf.extensions().ext_key_usage.as_ref().map(|rules| rules.purposes.clone()).unwrap_or_default();
        let named = BELOW.iter().find(|(name, _)| *name == leaf.name()).map(|(_, issuer)| *issuer);
        let fits = |profile: &&Profile| {
            if let Some(name) = named {
                return profile.name() == name;
            }
            let theirs = profile.extensions().ext_key_usage.as_ref();
            let covered = theirs.is_none_or(|theirs| {
                !purposes.is_empty() && purposes.iter().all(|one| theirs.purposes.contains(one))
            });
            matches!(profile.kind(), Kind::Subordinate(_))
                && covered
                && profile.follows(Standard::WebPki) == leaf.follows(Standard::WebPki)
        };
        let profile = self.profiles.iter().find(fits).unwrap_or_else(|| panic!("no CA for {}", leaf.name()));
        if !profile.key().algorithms.contains(&algorithm) {
            return None;
        }
        let (of, request, key) = self.keys.subjects.iter().find(|(one, ..)| *one == algorithm).unwrap();
        let names = &names::of(profile, &format!("issuing {scheme}"))[0];
        let wish = Wish {
            label: &format!("the CA for {} under {scheme}, {of}", leaf.name()),
            profile,
            key: SubjectKey::Request(request),
            names,
            // So long that time stamps and documents fit in.
            dates: &Dates { length: Some(profile.validity().maximum), ..usual(founded) },
            issuer: Some(root),
            signer: &root.key,
        };
        let certificate = issue(&wish).unwrap_or_else(|refusal| panic!("{}: {refusal}", wish.label));
        Some(Authority {
            name: "issuing".to_owned(),
            certificate,
            above: vec![root.certificate.clone()],
            key: key.clone(),
            signature: root.signature,
        })
    }

    /// Vouching for the root of another CA.
    fn cross(&mut self, scheme: &str, profile: &Profile, root: &Authority, now: Time) {
        let others: Vec<_> = self
            .keys
            .subjects
            .iter()
            .filter(|(one, ..)| {
                profile.key().algorithms.contains(one)
                    && one.strength() >= root.certificate.public_key().unwrap().algorithm().strength()
            })
            .collect();
        for (one, _, key) in others {
            let founded: Time = FOUNDED.parse().unwrap();
            let other = self.root(&format!("{one}"), "another", one.signature_algorithm(), key, founded);
            let precedent = Precedent::verified(other.certificate, key.public_key(), Purpose::Cross).unwrap();
            let names = Names { label: "another CA's", subject: None, alt_names: vec![] };
            for dates in dates::of(profile, now, Some(root.certificate.not_after())) {
                let key = (*one, SubjectKey::Certificate(&precedent));
                self.wish(scheme, profile, Some(root), &root.key, key, (&names, &dates));
            }
        }
    }
}

fn scheme_of(algorithm: KeyAlgorithm, signature: SignatureAlgorithm) -> String {
    format!("{algorithm} {signature}")
}

fn dates_len(kept: &[&Dates]) -> usize {
    kept.len() + 1
}

fn usual(now: Time) -> Dates {
    Dates { label: "usual".to_owned(), now, not_before: None, length: None, kept: true }
}
