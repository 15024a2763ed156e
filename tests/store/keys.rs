//! Whoever signs must have the key that stands in what is signed.

use keyrite::authority::{Error, IssuerError, issue, subordinate};
use keyrite::policy::{IssuanceRequest, KeyRecord, Profile, SubjectKey, builtin, request_fields};
use keyrite::port::{Clock, RandomError, RandomSource, Signer as _};
use keyrite::x509::name::Name;
use keyrite::x509::time::Time;

use crate::scene::{ALGORITHM, Scene, at, new_ca};
use crate::software::SoftwareKey;

struct Now;

impl Clock for Now {
    fn now(&self) -> Time {
        at(60)
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

/// A token whose key changed between the approval and the signature would sign a certificate of another key.
#[test]
fn a_root_is_signed_by_its_own_key_alone() {
    let mut scene = Scene::new();
    let (own, mut other) = (SoftwareKey::load("sub-p256"), SoftwareKey::load("leaf-p256"));
    let profile = profile("root");
    let request = IssuanceRequest {
        profile: &profile,
        requester: "test",
        key: SubjectKey::Own(own.public_key(), ALGORITHM),
        subject: Some(subject()),
        alt_names: None,
        not_before: None,
        validity: None,
        ca_keys: &[],
        compromised_keys: &[],
        on_record: KeyRecord::default(),
        overrides: &[],
    };
    let approved = issue::decide_root(&mut scene.store, "second", &request, at(60)).unwrap();
    let draft = issue::draft(&mut scene.store, approved, &request, None, &mut Counter(0), at(60)).unwrap();
    let new = new_ca("second", own.public_key());
    let error = issue::issue_root(&mut scene.store, &new, draft, &mut other, &Now).unwrap_err();
    assert!(matches!(error, Error::Issuer(IssuerError::OtherKey { .. })), "{error:?}");
    assert_eq!(scene.store.open_reservations().unwrap(), []);
    assert_eq!(scene.store.cas().unwrap().len(), 1);
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
    let error = subordinate::request(&mut scene.store, &new, draft, &mut other, &Now).unwrap_err();
    assert!(matches!(error, Error::Issuer(IssuerError::OtherKey { .. })), "{error:?}");
    assert_eq!(scene.store.cas().unwrap().len(), 1);
}
