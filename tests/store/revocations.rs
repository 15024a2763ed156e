//! Revoking, changing one's mind, and what can never be taken back.

use keyrite::store::{Error, Revocation, SigningFailure};
use keyrite::x509::extension::ReasonCode;
use keyrite::x509::extension::ReasonCode::{
    AffiliationChanged, CaCompromise, CertificateHold, CessationOfOperation, KeyCompromise, Superseded,
};

use crate::scene::{Scene, at, name, serial};

fn revocation(reason: Option<ReasonCode>, date: i64) -> Revocation {
    Revocation { reason, date: at(date), invalidity_date: None }
}

#[test]
fn what_may_follow_what() {
    let cases: [(Option<ReasonCode>, Option<ReasonCode>, bool); 12] = [
        (None, None, false),
        (None, Some(Superseded), false),
        (None, Some(KeyCompromise), true),
        (Some(Superseded), Some(CessationOfOperation), false),
        (Some(Superseded), Some(CertificateHold), false),
        (Some(Superseded), Some(KeyCompromise), true),
        (Some(AffiliationChanged), Some(CaCompromise), true),
        (Some(KeyCompromise), Some(KeyCompromise), false),
        (Some(KeyCompromise), Some(Superseded), false),
        (Some(CertificateHold), Some(CertificateHold), false),
        (Some(CertificateHold), Some(Superseded), true),
        (Some(CertificateHold), None, true),
    ];
    let mut scene = Scene::new();
    let ca = scene.ca();
    for (number, (before, after, allowed)) in (1..).zip(cases) {
        scene.issue(number);
        scene.store.revoke(&ca, &serial(number), revocation(before, 20), at(30)).unwrap();
        let second = scene.store.revoke(&ca, &serial(number), revocation(after, 25), at(30));
        assert_eq!(second.is_ok(), allowed, "{before:?} then {after:?}: {second:?}");
        assert!(second.as_ref().map_or(true, |said| *said == revocation(after, 20)), "{second:?}");
        if let Err(error) = second {
            assert!(matches!(error, Error::AlreadyRevoked { reason, .. } if reason == before), "{error:?}");
        }
        let record = scene.store.certificate(&ca, &serial(number)).unwrap();
        let wanted = if allowed { after } else { before };
        assert_eq!(record.revocation, Some(revocation(wanted, 20)), "the first date stands");
    }
    // I-21: what changed reaches the next CRL; I-25: each serial number once.
    let crl = scene.issue_crl(at(100));
    let mut on_crl: Vec<_> = crl.revoked().iter().map(|entry| (entry.serial.clone(), entry.reason)).collect();
    on_crl.sort();
    let wanted: Vec<_> = (1..)
        .zip(cases)
        .map(|(number, (before, after, allowed))| (serial(number), if allowed { after } else { before }))
        .collect();
    assert_eq!(on_crl, wanted);
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn hold_is_released_and_nothing_else() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    let error = scene.store.unhold(&ca, &serial(1), at(30)).unwrap_err();
    assert!(matches!(error, Error::NotOnHold { .. }), "{error:?}");
    scene.store.revoke(&ca, &serial(1), revocation(Some(CertificateHold), 20), at(30)).unwrap();
    scene.store.unhold(&ca, &serial(1), at(30)).unwrap();
    assert_eq!(scene.store.certificate(&ca, &serial(1)).unwrap().revocation, None);
    assert!(scene.store.unhold(&ca, &serial(1), at(30)).is_err());
    scene.store.revoke(&ca, &serial(1), revocation(Some(KeyCompromise), 20), at(30)).unwrap();
    let error = scene.store.unhold(&ca, &serial(1), at(30)).unwrap_err();
    assert!(matches!(error, Error::NotOnHold { .. }), "{error:?}");
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

/// I-29: a number that was ever reserved can be revoked, whether or not a certificate is known.
#[test]
fn what_may_exist_can_be_revoked() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    drop(scene.reserve(1));
    let failed = scene.reserve(2);
    let failure = SigningFailure::Token { reason: "gone".to_owned() };
    scene.store.fail(&[(failed, failure)], at(12)).unwrap();
    for number in [1, 2] {
        scene.store.revoke(&ca, &serial(number), revocation(Some(Superseded), 20), at(30)).unwrap();
    }
    assert_eq!(scene.issue_crl(at(60)).revoked().len(), 2);
    let error = scene.store.revoke(&ca, &serial(3), revocation(None, 20), at(30)).unwrap_err();
    assert!(matches!(error, Error::NoCertificate { .. }), "{error:?}");
    let error = scene.store.revoke(&name("rott"), &serial(1), revocation(None, 20), at(30)).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("CAs in this home: root"));
}

#[test]
fn a_revocation_cannot_begin_later() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    let error = scene.store.revoke(&ca, &serial(1), revocation(None, 31), at(30)).unwrap_err();
    assert!(matches!(error, Error::RevocationInFuture { .. }), "{error:?}");
    let suspected =
        |since| Revocation { invalidity_date: Some(at(since)), ..revocation(Some(KeyCompromise), 20) };
    let error = scene.store.revoke(&ca, &serial(1), suspected(31), at(30)).unwrap_err();
    assert!(matches!(error, Error::RevocationInFuture { date, .. } if date == at(31)), "{error:?}");
    scene.store.revoke(&ca, &serial(1), suspected(30), at(30)).unwrap();
}
