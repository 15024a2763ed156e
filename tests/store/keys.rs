//! Whoever signs must have the key that stands in what is signed.

use keyrite::authority::{Error, IssuerError, issue, subordinate};
use keyrite::policy::{IssuanceRequest, KeyRecord, Profile, SubjectKey, builtin, request_fields};
use keyrite::port::{Clock, RandomError, RandomSource, SignatureCount, Signer, SignerError, Step};
use keyrite::store::Discrepancy;
use keyrite::x509::algorithm::SignatureAlgorithm;
use keyrite::x509::name::Name;
use keyrite::x509::signature::SignatureValue;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::time::Time;

use crate::scene::{ALGORITHM, At, Scene, at, new_ca};
use crate::software::SoftwareKey;

/// A clock that somebody has set.
struct Moved;

impl Clock for Moved {
    fn now(&self) -> Time {
        at(60)
    }

    fn step(&self) -> Option<Step> {
        Some(Step { expected: at(60), found: at(4_000) })
    }
}

/// A signer whose worker counts another number of signatures than it gives.
struct Counted {
    key: SoftwareKey,
    made: u64,
}

impl Signer for Counted {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn sign(
        &mut self,
        algorithm: SignatureAlgorithm,
        messages: &[&[u8]],
    ) -> Vec<Result<SignatureValue, SignerError>> {
        self.key.sign(algorithm, messages)
    }

    fn take_count(&mut self) -> Option<SignatureCount> {
        Some(SignatureCount {
            token: "pkcs11:token=test".to_owned(),
            made: self.made,
            ..SignatureCount::default()
        })
    }
}

struct Counter(u8);

impl RandomSource for Counter {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        self.0 += 1;
        out.fill(self.0);
        Ok(())
    }
}

fn profile(name: &str) -> Profile {
    Profile::parse(name, builtin::text(name).unwrap()).unwrap()
}

fn subject() -> Name {
    "C=AT,O=Example,CN=Example Second".parse().unwrap()
}

/// A root that is to be made, with a key of its own.
fn request<'a>(profile: &'a Profile, key: &'a PublicKey) -> IssuanceRequest<'a> {
    IssuanceRequest {
        profile,
        requester: "test",
        key: SubjectKey::Own(key, ALGORITHM),
        subject: Some(subject()),
        alt_names: None,
        not_before: None,
        validity: None,
        ca_keys: &[],
        on_record: KeyRecord::default(),
        overrides: &[],
    }
}

/// A token whose key changed between the approval and the signature would sign a certificate of another key.
#[test]
fn a_root_is_signed_by_its_own_key_alone() {
    let mut scene = Scene::new();
    let (mut own, mut other) = (SoftwareKey::load("sub-p256"), SoftwareKey::load("leaf-p256"));
    let profile = profile("root");
    let own_public = own.public_key().clone();
    let request = request(&profile, &own_public);
    let approved = issue::decide_root(&mut scene.store, "second", &request, at(60)).unwrap();
    let draft = issue::draft(&mut scene.store, approved, &request, None, &mut Counter(0), at(60)).unwrap();
    let new = new_ca("second", &own_public);
    let error = issue::issue_root(&mut scene.store, &new, draft, &mut other, &At(at(60))).unwrap_err();
    assert!(matches!(error, Error::Issuer(IssuerError::OtherKey { .. })), "{error:?}");
    let approved = issue::decide_root(&mut scene.store, "second", &request, at(60)).unwrap();
    let draft = issue::draft(&mut scene.store, approved, &request, None, &mut Counter(0), at(60)).unwrap();
    let error = issue::issue_root(&mut scene.store, &new, draft, &mut own, &Moved).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the clock was set while this ran: it says 2026-11-21T11:06:40Z, and would say 2026-11-21T10:01:00Z if it \
         had not been"
    );
    assert_eq!(scene.store.open_reservations().unwrap(), []);
    assert_eq!(scene.store.cas().unwrap().len(), 1);
}

/// The alarm comes after what was signed is on record, and stays in the log.
#[test]
fn more_signatures_than_are_accounted_for_are_an_alarm() {
    for (made, wanted) in [
        (2, "the token made 2 signatures, 1 are accounted for and 0 more are possible"),
        (0, "the token made 0"),
    ] {
        let mut scene = Scene::new();
        let key = SoftwareKey::load("sub-p256");
        let public_key = key.public_key().clone();
        let profile = profile("root");
        let request = request(&profile, &public_key);
        let approved = issue::decide_root(&mut scene.store, "second", &request, at(60)).unwrap();
        let draft =
            issue::draft(&mut scene.store, approved, &request, None, &mut Counter(0), at(60)).unwrap();
        let new = new_ca("second", &public_key);
        let mut signer = Counted { key, made };
        let error = issue::issue_root(&mut scene.store, &new, draft, &mut signer, &At(at(60))).unwrap_err();
        assert!(matches!(error, Error::Miscounted(_)), "{error:?}");
        assert!(error.to_string().starts_with(wanted), "{error}");
        assert_eq!(scene.store.open_reservations().unwrap(), []);
        assert!(scene.store.ca(&new.name).unwrap().certificate.is_some());
        let found = scene.store.verify_audit(None).unwrap().discrepancies;
        assert!(
            matches!(found[..], [Discrepancy::Miscounted { miscount, .. }] if miscount.made == made),
            "{found:?}"
        );
    }
}

#[test]
fn a_request_is_signed_by_its_own_key_alone() {
    let mut scene = Scene::new();
    let (own, mut other) = (SoftwareKey::load("sub-p256"), SoftwareKey::load("leaf-p256"));
    let fields = request_fields(
        &profile("intermediate"),
        &subject(),
        own.public_key(),
        ALGORITHM,
        KeyRecord::default(),
    )
    .unwrap();
    let draft = subordinate::RequestDraft::new(&profile("intermediate"), fields).unwrap();
    let new = new_ca("second", own.public_key());
    let error = subordinate::request(&mut scene.store, &new, draft, &mut other, &At(at(60))).unwrap_err();
    assert!(matches!(error, Error::Issuer(IssuerError::OtherKey { .. })), "{error:?}");
    assert_eq!(scene.store.cas().unwrap().len(), 1);
}
