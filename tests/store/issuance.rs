//! From reservation to record, and every way in which that is cut short.

use keyrite::store::{CertificateFilter, Error, Settlement, SigningFailure, State};
use keyrite::x509::certificate::Certificate;

use crate::scene::{Scene, at, name, new_ca, root_intent, serial, sign};
use crate::software::SoftwareKey;

#[test]
fn an_issued_certificate_is_on_record_with_all_that_is_known_of_it() {
    let mut scene = Scene::new();
    let issued = scene.issue(1);
    let scene = scene.reopen();
    let record = scene.store.certificate(&scene.ca(), &serial(1)).unwrap();
    assert_eq!((record.state, record.ca, record.serial), (State::Issued, scene.ca(), serial(1)));
    assert_eq!(record.subject.as_deref(), Some("O=Example,CN=www.example.test"));
    assert_eq!((record.not_before, record.not_after), (Some(at(0)), Some(at(90 * 86_400))));
    assert_eq!(record.profile.as_deref(), Some("tls-server"));
    assert_eq!(record.requester.as_deref(), Some("web team"));
    assert_eq!((record.reserved_at, record.settled_at), (at(10), Some(at(11))));
    let der = scene.store.certificate_der(&scene.ca(), &serial(1)).unwrap();
    assert_eq!(der.as_deref(), Some(issued.as_der()));
    assert_eq!(issued.serial().unwrap(), serial(1));
    assert_eq!(scene.store.find_serial(&serial(1)).unwrap().len(), 1);
    assert!(scene.store.open_reservations().unwrap().is_empty());
}

/// Incident I-31's shape: the one bad item of a batch must be found wherever it stands.
#[test]
fn a_taken_serial_anywhere_in_a_batch_is_named_and_nothing_is_reserved() {
    let mut scene = Scene::new();
    scene.issue(50);
    let ca = scene.ca();
    for bad in 0..4_u32 {
        let numbers = (0..4).map(|index| if index == bad { 50 } else { 100 + index });
        let intents = numbers.map(|number| scene.intent(number)).collect();
        let head = scene.store.audit_head().unwrap();
        let error = scene.store.reserve_certificates(&ca, intents, at(20)).unwrap_err();
        let index = usize::try_from(bad).unwrap();
        assert!(
            matches!(&error.source, Error::SerialTaken { index: found, serial: taken }
                if *found == index && *taken == serial(50)),
            "{error:?}"
        );
        assert_eq!(error.intents.len(), 4);
        assert_eq!(scene.store.audit_head().unwrap(), head);
        assert!(scene.store.open_reservations().unwrap().is_empty());
        // The batch goes through once that one is drawn again.
        let mut intents = error.intents;
        intents[index] = scene.intent(200 + bad);
        for (at_index, intent) in intents.iter_mut().enumerate() {
            if at_index != index {
                *intent = scene.intent(300 + 10 * bad + u32::try_from(at_index).unwrap());
            }
        }
        let reserved = scene.store.reserve_certificates(&ca, intents, at(20)).unwrap();
        let signed = reserved.into_iter().map(|reservation| {
            let signed = sign(&scene.key, reservation.tbs());
            (reservation, signed)
        });
        let signed = signed.collect();
        assert_eq!(scene.store.commit(signed, at(21)).unwrap().len(), 4);
    }
}

#[test]
fn one_serial_twice_in_a_batch_is_taken() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    let intents = vec![scene.intent(1), scene.intent(2), scene.intent(1)];
    let error = scene.store.reserve_certificates(&ca, intents, at(20)).unwrap_err();
    assert!(matches!(error.source, Error::SerialTaken { index: 2, .. }), "{error:?}");
}

/// I-03, I-04: whatever became of a number, it is never used again; also not by another CA of the home.
#[test]
fn serials_stay_taken_whatever_became_of_them() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    drop(scene.reserve(2));
    let failed = scene.reserve(3);
    let failure = SigningFailure::NotAttempted { reason: "the session ended".to_owned() };
    scene.store.fail(&[(failed, failure)], at(12)).unwrap();
    drop(scene.reserve(4));
    let open = scene.store.open_reservations().unwrap();
    assert_eq!(open.len(), 2, "2 and 4: for 3 there is no signature");
    scene.store.settle(open[1].id, Settlement::Abandon, at(13)).unwrap();
    let mut scene = scene.reopen();
    for number in 1..=4 {
        let intent = scene.intent(number);
        let error = scene.store.reserve_certificates(&ca, vec![intent], at(20)).unwrap_err();
        assert!(matches!(error.source, Error::SerialTaken { .. }), "{number}: {error:?}");
    }
    // Another CA may not use it either.
    let other = SoftwareKey::load("sub-p256");
    let new = new_ca("other", keyrite::port::Signer::public_key(&other));
    let error = scene.store.reserve_root(&new, root_intent(&new, 0), at(20)).unwrap_err();
    assert!(matches!(error.source, Error::SerialTaken { .. }), "{error:?}");
    assert!(scene.store.cas().unwrap().iter().all(|ca| ca.name != name("other")), "nothing of it was kept");
}

/// What was signed must have been reserved: a mix-up within a batch changes nothing and loses nothing.
#[test]
fn signatures_over_other_octets_are_not_recorded_and_come_back() {
    let mut scene = Scene::new();
    let reservations = [scene.reserve(1), scene.reserve(2), scene.reserve(3)];
    let mut signed: Vec<_> =
        reservations.iter().map(|reservation| sign(&scene.key, reservation.tbs())).collect();
    signed.swap(1, 2);
    let head = scene.store.audit_head().unwrap();
    let batch = reservations.into_iter().zip(signed).collect();
    let error = scene.store.commit(batch, at(12)).unwrap_err();
    assert!(matches!(*error.source, Error::NotAsReserved { .. }), "{error:?}");
    assert_eq!(scene.store.audit_head().unwrap(), head);
    assert_eq!(scene.store.open_reservations().unwrap().len(), 3);
    let (reservations, mut signed): (Vec<_>, Vec<_>) = error.signed.into_iter().unzip();
    signed.swap(1, 2);
    let batch = reservations.into_iter().zip(signed).collect();
    assert_eq!(scene.store.commit(batch, at(13)).unwrap().len(), 3);
    assert!(scene.store.open_reservations().unwrap().is_empty());
}

#[test]
fn a_failed_signature_stays_open_with_what_the_token_said() {
    let mut scene = Scene::new();
    let reservation = scene.reserve(1);
    let tbs = reservation.tbs().as_der().to_vec();
    let failure = SigningFailure::Token { reason: "CKR_DEVICE_ERROR in C_Sign".to_owned() };
    scene.store.fail(&[(reservation, failure)], at(12)).unwrap();
    let scene = scene.reopen();
    let open = scene.store.open_reservations().unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].failure.as_deref(), Some("CKR_DEVICE_ERROR in C_Sign"));
    assert_eq!(open[0].tbs, tbs);
    assert_eq!(open[0].object.number, serial(1).to_string());
    assert_eq!(scene.store.status(at(20), at(30)).unwrap().open_reservations, 1);
}

#[test]
fn a_certificate_found_after_a_crash_is_recorded_if_it_is_the_reserved_one() {
    let mut scene = Scene::new();
    let reservation = scene.reserve(1);
    let found = sign(&scene.key, reservation.tbs()).as_der().to_vec();
    let other = scene.issue(2).as_der().to_vec();
    drop(reservation);
    let mut scene = scene.reopen();
    let id = scene.store.open_reservations().unwrap()[0].id;
    let error = scene.store.settle(id, Settlement::Found(&other), at(20)).unwrap_err();
    assert!(matches!(error, Error::NotAsReserved { .. }), "{error:?}");
    let mut forged = found.clone();
    *forged.last_mut().unwrap() ^= 1;
    let error = scene.store.settle(id, Settlement::Found(&forged), at(20)).unwrap_err();
    assert!(matches!(error, Error::BadSignature { .. }), "{error:?}");
    scene.store.settle(id, Settlement::Found(&found), at(20)).unwrap();
    assert_eq!(scene.store.certificate_der(&scene.ca(), &serial(1)).unwrap(), Some(found));
    let error = scene.store.settle(id, Settlement::Abandon, at(21)).unwrap_err();
    assert!(matches!(error, Error::AlreadySettled { .. }), "{error:?}");
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

/// `recover` may run while another process still waits for its token: what that one signs is not lost.
#[test]
fn a_commit_after_the_reservation_was_given_up_still_records_the_certificate() {
    let mut scene = Scene::new();
    let reservation = scene.reserve(1);
    let id = scene.store.open_reservations().unwrap()[0].id;
    scene.store.settle(id, Settlement::Abandon, at(12)).unwrap();
    assert!(matches!(
        scene.store.settle(id, Settlement::Abandon, at(12)).unwrap_err(),
        Error::AlreadySettled { .. }
    ));
    let signed = sign(&scene.key, reservation.tbs());
    scene.store.commit(vec![(reservation, signed)], at(13)).unwrap();
    assert_eq!(scene.store.certificate(&scene.ca(), &serial(1)).unwrap().state, State::Issued);
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

/// Of several objects that could not be recorded the first is found, and the rest given up: they are found later.
#[test]
fn an_object_that_is_found_after_its_number_was_given_up_is_recorded() {
    let mut scene = Scene::new();
    let reservation = scene.reserve(1);
    let signed = sign(&scene.key, reservation.tbs());
    let tbs = reservation.tbs().as_der().to_vec();
    let open = scene.store.reservation_of(&tbs).unwrap().unwrap();
    scene.store.settle(open.id, Settlement::Abandon, at(20)).unwrap();
    assert_eq!(scene.store.open_reservations().unwrap(), []);

    let found = scene.store.reservation_of(&tbs).unwrap().unwrap();
    assert_eq!(found, open);
    scene.store.settle(found.id, Settlement::Found(signed.as_der()), at(21)).unwrap();
    assert_eq!(scene.store.certificate(&scene.ca(), &serial(1)).unwrap().state, State::Issued);
    assert_eq!(scene.store.reservation_of(&tbs).unwrap(), None);
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn certificates_are_listed_by_each_filter() {
    use std::ops::ControlFlow;
    let mut scene = Scene::new();
    for number in 1..=3 {
        scene.issue_until(number, at(i64::from(number) * 86_400));
    }
    drop(scene.reserve(4));
    let ca = scene.ca();
    let revocation = keyrite::store::Revocation { reason: None, date: at(20), invalidity_date: None };
    scene.store.revoke(&ca, &serial(2), revocation, at(20)).unwrap();
    let root = Certificate::serial(&scene.root).clone();
    let list = |filter: CertificateFilter| {
        let mut found = Vec::new();
        let visit = |record: keyrite::store::CertificateRecord| {
            found.push(record.serial);
            ControlFlow::Continue(())
        };
        scene.store.certificates(&filter, visit).unwrap();
        found
    };
    let all = CertificateFilter::default;
    let numbers = |numbers: &[u32]| numbers.iter().map(|number| serial(*number)).collect::<Vec<_>>();
    let mut everything = vec![root.clone()];
    everything.extend(numbers(&[1, 2, 3, 4]));
    assert_eq!(list(all()), everything);
    assert_eq!(list(CertificateFilter { ca: Some(scene.ca()), ..all() }), everything);
    assert_eq!(list(CertificateFilter { revoked: Some(true), ..all() }), numbers(&[2]));
    assert_eq!(
        list(CertificateFilter { revoked: Some(false), state: Some(State::Issued), ..all() }),
        [vec![root], numbers(&[1, 3])].concat()
    );
    assert_eq!(list(CertificateFilter { state: Some(State::Reserved), ..all() }), numbers(&[4]));
    assert_eq!(list(CertificateFilter { subject: Some("WWW.example".to_owned()), ..all() }).len(), 4);
    assert_eq!(
        list(CertificateFilter {
            expires_from: Some(at(86_400)),
            expires_before: Some(at(2 * 86_400)),
            ..all()
        }),
        numbers(&[1])
    );
    assert_eq!(list(CertificateFilter { profile: Some("root".to_owned()), ..all() }), []);
    let mut seen = 0;
    let stop = |_| {
        seen += 1;
        ControlFlow::Break(())
    };
    scene.store.certificates(&all(), stop).unwrap();
    assert_eq!(seen, 1);
}
