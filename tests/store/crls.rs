//! CRL numbers that only grow, and entries that stay as long as they must.

use keyrite::store::{Error, Revocation, Settlement, SigningFailure};
use keyrite::x509::extension::{CrlNumber, ReasonCode};

use crate::scene::{Scene, at, crl_der, serial, sign_crl};

fn revoked(reason: Option<ReasonCode>) -> Revocation {
    Revocation { reason, date: at(20), invalidity_date: None }
}

/// I-24: greater than every number ever reserved, through failures, crashes and reopening.
#[test]
fn crl_numbers_grow_whatever_became_of_the_crls() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    assert_eq!(scene.store.next_crl_number(&ca).unwrap(), CrlNumber(1));
    assert_eq!(scene.issue_crl(at(100)).number(), Some(CrlNumber(1)));
    // Reserved and lost in a crash.
    let list = crate::scene::list(&scene.store, &ca);
    let intent = scene.crl_intent(list, CrlNumber(2), at(200));
    drop(scene.store.reserve_crl(&ca, intent, at(200)).unwrap());
    let mut scene = scene.reopen();
    assert_eq!(scene.store.next_crl_number(&ca).unwrap(), CrlNumber(3));
    // Reserved, and the token failed.
    let list = crate::scene::list(&scene.store, &ca);
    let intent = scene.crl_intent(list, CrlNumber(300), at(300));
    let reservation = scene.store.reserve_crl(&ca, intent, at(300)).unwrap();
    let failure = SigningFailure::NotAttempted { reason: "no token".to_owned() };
    scene.store.fail_crl(&reservation, &failure, at(300)).unwrap();
    for number in [0, 1, 2, 299, 300] {
        let list = crate::scene::list(&scene.store, &ca);
        let intent = scene.crl_intent(list, CrlNumber(number), at(400));
        let error = scene.store.reserve_crl(&ca, intent, at(400)).unwrap_err();
        assert!(
            matches!(error.source, Error::CrlNumberUsed { greatest: CrlNumber(300), .. }),
            "{number}: {error:?}"
        );
        assert_eq!(error.intents.len(), 1);
    }
    assert_eq!(scene.issue_crl(at(400)).number(), Some(CrlNumber(301)));
    // Far beyond what 64 bits hold, as those that count nanoseconds or worse.
    let list = crate::scene::list(&scene.store, &ca);
    let intent = scene.crl_intent(list, CrlNumber(1 << 100), at(500));
    let reservation = scene.store.reserve_crl(&ca, intent, at(500)).unwrap();
    let seal = sign_crl(&scene, &reservation);
    let issued = scene.store.commit_crl(reservation, seal, at(500)).unwrap();
    assert_eq!(issued.number().unwrap(), CrlNumber(1 << 100));
    assert_eq!(scene.store.next_crl_number(&ca).unwrap(), CrlNumber((1 << 100) + 1));
    let numbers: Vec<u128> = scene.store.crls(&ca).unwrap().iter().map(|crl| crl.number.0).collect();
    assert_eq!(numbers, [1 << 100, 301, 300, 2, 1]);
    assert_eq!(scene.store.current_crl(&ca).unwrap().unwrap().1, crl_der(&scene.store, &issued));
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn this_update_never_goes_back() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue_crl(at(100));
    let list = crate::scene::list(&scene.store, &ca);
    let intent = scene.crl_intent(list, CrlNumber(2), at(99));
    let error = scene.store.reserve_crl(&ca, intent, at(100)).unwrap_err();
    assert!(matches!(error.source, Error::CrlGoesBack { .. }), "{error:?}");
    assert_eq!(scene.issue_crl(at(100)).number(), Some(CrlNumber(2)), "the same second is not back");
}

#[test]
fn a_crl_made_before_a_revocation_is_refused_after_it() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    let list = crate::scene::list(&scene.store, &ca);
    let outdated = scene.crl_intent(list, CrlNumber(1), at(100));
    scene.store.revoke(&ca, &serial(1), revoked(Some(ReasonCode::CertificateHold)), at(50)).unwrap();
    let error = scene.store.reserve_crl(&ca, outdated, at(100)).unwrap_err();
    assert!(matches!(error.source, Error::RevocationsChanged { .. }), "{error:?}");
    let list = crate::scene::list(&scene.store, &ca);
    let outdated = scene.crl_intent(list, CrlNumber(1), at(100));
    scene.store.unhold(&ca, &serial(1), at(60)).unwrap();
    let error = scene.store.reserve_crl(&ca, outdated, at(100)).unwrap_err();
    assert!(matches!(error.source, Error::RevocationsChanged { .. }), "{error:?}");
}

/// I-20, RFC 5280 s.3.3: an entry goes only after it has been on a CRL issued after the certificate's end.
#[test]
fn an_entry_stays_until_it_was_on_a_crl_after_expiry() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue_until(1, at(1000));
    scene.issue(2);
    for number in [1, 2] {
        scene.store.revoke(&ca, &serial(number), revoked(None), at(50)).unwrap();
    }
    let names = |crl: &keyrite::x509::crl::Crl| -> Vec<_> {
        crl.revoked().iter().map(|entry| entry.serial.clone()).collect()
    };
    let both = vec![serial(1), serial(2)];
    assert_eq!(names(&scene.issue_crl(at(900))), both, "before expiry");
    assert_eq!(names(&scene.issue_crl(at(1000))), both, "in the last second");
    // One that was reserved after expiry and never came out does not count.
    let list = crate::scene::list(&scene.store, &ca);
    let number = scene.store.next_crl_number(&ca).unwrap();
    let intent = scene.crl_intent(list, number, at(1001));
    drop(scene.store.reserve_crl(&ca, intent, at(1001)).unwrap());
    let mut scene = scene.reopen();
    assert_eq!(names(&scene.issue_crl(at(1002))), both, "the first after expiry");
    assert_eq!(names(&scene.issue_crl(at(1003))), [serial(2)], "the second after expiry");
    assert_eq!(scene.store.status(at(1003), at(2000)).unwrap().cas[0].revoked, 1);
    // The one that was lost turns up: it names them too, and that changes nothing any more.
    let open = scene.store.open_reservations().unwrap();
    let tbs = open[0].tbs.clone();
    assert_eq!(open.len(), 1);
    scene.store.settle(open[0].id, Settlement::Abandon, at(1004)).unwrap();
    assert!(!tbs.is_empty());
}

/// A revocation between reservation and commit is on the next CRL even if its certificate is long expired.
#[test]
fn what_is_revoked_while_a_crl_is_signed_is_on_the_next_one() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue_until(1, at(1000));
    let list = crate::scene::list(&scene.store, &ca);
    let intent = scene.crl_intent(list, CrlNumber(1), at(2000));
    let reservation = scene.store.reserve_crl(&ca, intent, at(2000)).unwrap();
    scene.store.revoke(&ca, &serial(1), revoked(None), at(2000)).unwrap();
    let seal = sign_crl(&scene, &reservation);
    scene.store.commit_crl(reservation, seal, at(2000)).unwrap();
    assert_eq!(scene.issue_crl(at(2001)).revoked().len(), 1);
    assert_eq!(scene.issue_crl(at(2002)).revoked().len(), 0);
}
