//! What the ledger knows against a CA or a key is in the way of what comes next.

use keyrite::port::Signer as _;
use keyrite::store::{Error, Revocation};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::extension::ReasonCode::{self, CertificateHold, KeyCompromise, Superseded};

use crate::scene::{Scene, at, name, new_ca, root_intent, serial};
use crate::software::SoftwareKey;

fn revocation(reason: ReasonCode) -> Revocation {
    Revocation { reason: Some(reason), date: at(20), invalidity_date: None }
}

/// S04: what is on record about the CA counts in the transaction that takes the number, so that a
/// revocation by another process is not overlooked either.
#[test]
fn a_ca_that_is_revoked_on_record_reserves_nothing() {
    let mut scene = Scene::new();
    let (ca, own) = (scene.ca(), scene.root.serial().clone());
    scene.store.revoke(&ca, &own, revocation(CertificateHold), at(30)).unwrap();
    let intent = scene.intent(1);
    let error = scene.store.reserve_certificates(&ca, vec![intent], at(31)).unwrap_err();
    assert!(matches!(&error.source, Error::CaRevoked { serial, .. } if *serial == own), "{error:?}");
    assert_eq!(scene.store.revoked_of_path(&ca).unwrap(), [scene.root.clone()]);
    assert_eq!(scene.store.open_reservations().unwrap(), []);
    scene.issue_crl(at(32));

    scene.store.unhold(&ca, &own, at(33)).unwrap();
    scene.issue(1);
    scene.store.revoke(&ca, &own, revocation(KeyCompromise), at(34)).unwrap();
    let error = scene.store.reserve_certificates(&ca, vec![scene.intent(2)], at(35)).unwrap_err();
    assert!(matches!(error.source, Error::CaRevoked { .. }), "{error:?}");
}

/// K11: the keys are those of the certificates on record, whether or not the certificate came out.
#[test]
fn the_keys_of_what_was_revoked_as_compromised_are_known() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    drop(scene.reserve(2));
    scene.store.revoke(&ca, &serial(1), revocation(Superseded), at(30)).unwrap();
    let (leaf, other) = (SoftwareKey::load("leaf-p256"), SoftwareKey::load("sub-p256"));
    let compromised =
        |scene: &Scene| [&leaf, &other].map(|key| scene.store.is_compromised(key.public_key()).unwrap());
    assert_eq!(compromised(&scene), [false, false]);
    scene.store.revoke(&ca, &serial(2), revocation(KeyCompromise), at(31)).unwrap();
    assert_eq!(compromised(&scene), [true, false]);
    scene.store.revoke(&ca, &serial(1), revocation(KeyCompromise), at(32)).unwrap();
    assert_eq!(compromised(&scene), [true, false]);
}

/// A hold that was taken for a compromise, and is lifted, says nothing of the key any more.
#[test]
fn a_key_is_compromised_as_long_as_a_revocation_says_so() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    let leaf = SoftwareKey::load("leaf-p256").public_key().clone();
    scene.store.revoke(&ca, &serial(1), revocation(CertificateHold), at(30)).unwrap();
    assert!(!scene.store.is_compromised(&leaf).unwrap());
    scene.store.revoke(&ca, &serial(1), revocation(KeyCompromise), at(31)).unwrap();
    assert!(scene.store.is_compromised(&leaf).unwrap());
}

/// Two CAs with one key would each count CRLs from one, and each leave out what the other revoked.
#[test]
fn a_key_is_one_ca_only() {
    let mut scene = Scene::new();
    let again = new_ca("again", scene.key.public_key());
    let error = scene.store.reserve_root(&again, root_intent(&again, 7), at(30)).unwrap_err();
    assert!(matches!(&error.source, Error::KeyTaken { name: found } if *found == name("root")), "{error:?}");
    let root: Certificate = scene.root.clone();
    let error = scene.store.adopt_ca(&again, &root, &[], None, at(31)).unwrap_err();
    assert!(matches!(error, Error::KeyTaken { .. }), "{error:?}");
    assert_eq!(scene.store.cas().unwrap().len(), 1);
}
