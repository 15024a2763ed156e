//! OCSP responses that say what the ledger says, in groups of which the log tells.

use keyrite::audit::{Event, Fingerprint, OcspFailed, OcspSigned, OcspSigning, Record};
use keyrite::lint::{self, IssuerFacts, OcspContext};
use keyrite::port::Signer as _;
use keyrite::store::{
    Chosen, Discrepancy, Error, OcspIntent, OcspReservation, OpenOptions, Revocation, SigningFailure, Store,
};
use keyrite::x509::extension::ReasonCode;
use keyrite::x509::ocsp::{
    CertId, CertIdHash, CertStatus, IssuerId, OcspResponse, ResponderId, ResponseFields, Single, seal,
};
use keyrite::x509::signed::{Signed, Verification};
use keyrite::x509::time::Time;

use crate::scene::{ALGORITHM, Scene, at, serial};

/// What is about to be signed about some numbers.
fn intent(scene: &Scene, said: &[(u32, CertStatus)], this_update: Time) -> OcspIntent {
    let facts = IssuerFacts::of(&scene.root).unwrap();
    let context = OcspContext {
        issuer: facts.clone(),
        signer: facts,
        about_ca: false,
        certificates: Vec::new(),
        now: Some(this_update),
        standards: Vec::new(),
    };
    let issuer = IssuerId::of(CertIdHash::Sha1, &scene.root).unwrap();
    let response = |(number, status): &(u32, CertStatus)| {
        let answer = Single {
            certificate: CertId::new(&issuer, &serial(*number)).unwrap(),
            status: *status,
            this_update,
            next_update: Some(this_update.plus_seconds(86_400).unwrap()),
            archive_cutoff: None,
        };
        let fields = ResponseFields {
            signature: ALGORITHM,
            responder: ResponderId::by_key(&scene.root).unwrap(),
            produced_at: this_update,
            answers: vec![answer],
            nonce: None,
        };
        lint::ocsp(fields.build().unwrap(), &context).unwrap()
    };
    OcspIntent {
        responses: said.iter().map(response).collect(),
        key: "pkcs11:token=test;object=root".to_owned(),
        public_key_sha256: Fingerprint(scene.key.public_key().sha256()),
        responder_sha256: None,
    }
}

fn signatures(scene: &mut Scene, reservation: &OcspReservation) -> Vec<Signed<OcspResponse>> {
    let key = scene.key.public_key().clone();
    reservation
        .octets()
        .map(|tbs| {
            let signature = scene.key.sign(tbs.algorithm(), &[tbs.as_der()]).pop().unwrap().unwrap();
            seal(tbs, &signature, &key, &[], Verification::Twice).unwrap()
        })
        .collect()
}

pub(crate) fn sign(scene: &mut Scene, said: &[(u32, CertStatus)], this_update: Time) {
    let ca = scene.ca();
    let intent = intent(scene, said, this_update);
    let reservation = scene.store.reserve_ocsp(&ca, intent, this_update).unwrap();
    let signed = signatures(scene, &reservation);
    let issued =
        scene.store.commit_ocsp(reservation, signed.into_iter().map(Ok).collect(), this_update).unwrap();
    assert_eq!(issued.answers.len(), said.len());
}

pub(crate) fn revoke(scene: &mut Scene, number: u32, reason: ReasonCode, when: Time) -> CertStatus {
    let ca = scene.ca();
    let said = Revocation { reason: Some(reason), date: when, invalidity_date: None };
    scene.store.revoke(&ca, &serial(number), said, when).unwrap();
    CertStatus::Revoked { at: when, reason: Some(reason.code()) }
}

fn events(store: &Store) -> Vec<Event> {
    let mut events = Vec::new();
    store
        .audit_entries(0, |entry| {
            events.push(Record::decode(&entry.encoding).unwrap().event);
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    events
}

fn sound(scene: &Scene) {
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

/// I-29: every number that was ever taken has a status, and can be revoked although no certificate came of it.
#[test]
fn good_is_what_is_on_record_and_unknown_whatever_may_have_come_out() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    scene.issue(2);
    drop(scene.reserve(3));
    drop(scene.reserve(4));
    scene.issue_until(5, at(50));
    let bad = revoke(&mut scene, 2, ReasonCode::KeyCompromise, at(20));
    let held = revoke(&mut scene, 4, ReasonCode::CertificateHold, at(30));
    let of = |scene: &Scene, chosen| -> Vec<_> {
        let standings = scene.store.ocsp_standings(&ca, chosen).unwrap();
        standings.into_iter().map(|one| (one.serial, one.status)).collect()
    };
    let wanted = [(1, CertStatus::Good), (2, bad), (3, CertStatus::Unknown), (4, held)];
    let wanted = wanted.map(|(number, status)| (serial(number), status));
    assert_eq!(of(&scene, Chosen::Unexpired(at(100))), wanted);
    let named = [serial(5), serial(99)];
    let wanted = [(serial(5), CertStatus::Good), (serial(99), CertStatus::Unknown)];
    assert_eq!(of(&scene, Chosen::Serials(&named)), wanted);
    scene.store.unhold(&ca, &serial(4), at(110)).unwrap();
    assert_eq!(scene.store.ocsp_status(&ca, &serial(4)).unwrap(), CertStatus::Unknown);
}

#[test]
fn nothing_is_reserved_that_the_ledger_does_not_say() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    scene.issue(2);
    drop(scene.reserve(3));
    let bad = revoke(&mut scene, 2, ReasonCode::Superseded, at(20));
    let other = CertStatus::Revoked { at: at(20), reason: None };
    for (number, status) in [
        (1, bad),
        (1, CertStatus::Unknown),
        (2, CertStatus::Good),
        (2, other),
        (3, CertStatus::Good),
        (9, CertStatus::Good),
    ] {
        let intent = intent(&scene, &[(number, status)], at(100));
        let error = scene.store.reserve_ocsp(&ca, intent, at(100)).unwrap_err();
        assert!(
            matches!(&error.source, Error::OcspOutdated { serial: found } if *found == serial(number)),
            "{error:?}"
        );
        assert_eq!(error.intents.len(), 1);
    }
    sign(&mut scene, &[(1, CertStatus::Good), (2, bad), (3, CertStatus::Unknown)], at(100));
    let older = intent(&scene, &[(1, CertStatus::Good)], at(99));
    let error = scene.store.reserve_ocsp(&ca, older, at(101)).unwrap_err();
    assert!(matches!(error.source, Error::OcspGoesBack { .. }), "{error:?}");
    sound(&scene);
}

#[test]
fn the_newest_response_is_kept_and_the_log_tells_of_all() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    scene.issue(2);
    sign(&mut scene, &[(1, CertStatus::Good), (2, CertStatus::Good)], at(100));
    let first = scene.store.ocsp_answer(&ca, &serial(1), CertIdHash::Sha1).unwrap().unwrap();
    assert_eq!((first.status(), first.status_now), (Some(CertStatus::Good), CertStatus::Good));
    assert_eq!(scene.store.ocsp_answer(&ca, &serial(1), CertIdHash::Sha256).unwrap(), None);
    let bad = revoke(&mut scene, 1, ReasonCode::KeyCompromise, at(150));
    // What was signed before is still on record, beside what the ledger says by now.
    let before = scene.store.ocsp_answer(&ca, &serial(1), CertIdHash::Sha1).unwrap().unwrap();
    assert_eq!((before.status(), before.status_now), (Some(CertStatus::Good), bad));
    sign(&mut scene, &[(1, bad)], at(200));
    sound(&scene);
    sign(&mut scene, &[(1, bad), (2, CertStatus::Good)], at(300));
    let now = scene.store.ocsp_answer(&ca, &serial(1), CertIdHash::Sha1).unwrap().unwrap();
    assert_eq!((now.status(), now.this_update), (Some(bad), at(300)));
    sound(&scene);
    let kept: Vec<bool> = {
        let raw = scene.raw();
        let mut statement = raw.prepare("SELECT hashes IS NOT NULL FROM ocsp_group ORDER BY id").unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(kept, [false, false, true], "a group without a current response keeps no hashes");
    let told: Vec<(u64, u64, u64, u64)> = events(&scene.store)
        .into_iter()
        .filter_map(|event| {
            let Event::OcspSigning(OcspSigning { group, good, revoked, unknown, .. }) = event else {
                return None;
            };
            Some((group.group, good, revoked, unknown))
        })
        .collect();
    assert_eq!(told, [(1, 2, 0, 0), (2, 0, 1, 0), (3, 1, 1, 0)]);
    let key = Fingerprint(scene.key.public_key().sha256());
    let account = scene.store.signature_account(key, 0).unwrap();
    assert_eq!((account.objects, account.open), (1 + 2 + 5, 0));
}

#[test]
fn a_failing_token_leaves_what_it_signed_and_the_log_counts_the_rest() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    for number in 1..=4 {
        scene.issue(number);
    }
    let all = [1, 2, 3, 4].map(|number| (number, CertStatus::Good));
    let intent = intent(&scene, &all, at(100));
    let reservation = scene.store.reserve_ocsp(&ca, intent, at(100)).unwrap();
    let signed = signatures(&mut scene, &reservation).into_iter().next().unwrap();
    let token = SigningFailure::Token { reason: "it was pulled".to_owned() };
    let wrong = SigningFailure::Signature { reason: "it lies".to_owned() };
    // The fourth is not even told of.
    let issued =
        scene.store.commit_ocsp(reservation, vec![Ok(signed), Err(token), Err(wrong)], at(101)).unwrap();
    assert_eq!(issued.answers.len(), 1);
    assert_eq!(issued.answers[0].serial, serial(1));
    let events = events(&scene.store);
    let [.., Event::OcspSigned(OcspSigned { signed, .. }), Event::OcspFailed(failed)] = events.as_slice()
    else {
        panic!("{events:#?}")
    };
    let OcspFailed { failed, wrong, not_attempted, reason, .. } = failed;
    assert_eq!((*signed, *failed, *wrong, *not_attempted, reason.as_str()), (1, 2, 1, 1, "it was pulled"));
    let key = Fingerprint(scene.key.public_key().sha256());
    let account = scene.store.signature_account(key, 0).unwrap();
    // Those that were asked for and did not come may exist; the one that was never asked for does not.
    assert_eq!(account.open, 2);
    assert_eq!(scene.store.open_ocsp_groups().unwrap(), []);
    sound(&scene);
}

#[test]
fn a_group_that_a_crash_left_open_is_given_up_and_stays_in_the_account() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    let one = intent(&scene, &[(1, CertStatus::Good)], at(100));
    drop(scene.store.reserve_ocsp(&ca, one, at(100)).unwrap());
    let mut scene = scene.reopen();
    sound(&scene);
    assert_eq!(scene.store.status(at(100), at(200)).unwrap().open_reservations, 1);
    let open = scene.store.open_ocsp_groups().unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].ca.as_str(), open[0].group, open[0].count), ("root", 1, 1));
    scene.store.give_up_ocsp(&open[0], at(110)).unwrap();
    assert_eq!(scene.store.open_ocsp_groups().unwrap(), []);
    sound(&scene);
    let key = Fingerprint(scene.key.public_key().sha256());
    let account = scene.store.signature_account(key, 0).unwrap();
    assert_eq!((account.objects, account.open), (2, 1));
    sign(&mut scene, &[(1, CertStatus::Good)], at(120));
    sound(&scene);
}

#[test]
fn whatever_is_changed_in_the_tables_is_seen() {
    let mut scene = Scene::new();
    scene.issue(1);
    scene.issue(2);
    sign(&mut scene, &[(1, CertStatus::Good), (2, CertStatus::Good)], at(100));
    let bad = revoke(&mut scene, 1, ReasonCode::KeyCompromise, at(150));
    sign(&mut scene, &[(1, bad)], at(200));
    let ca = scene.ca();
    let open = intent(&scene, &[(2, CertStatus::Good)], at(300));
    drop(scene.store.reserve_ocsp(&ca, open, at(300)).unwrap());
    sound(&scene);
    let path = scene.store.path().to_owned();
    for statement in [
        "UPDATE ocsp_group SET state = 'abandoned' WHERE id = 1",
        "UPDATE ocsp_group SET state = 'issued' WHERE id = 3",
        "UPDATE ocsp_group SET next_update = next_update + 1 WHERE id = 1",
        "UPDATE ocsp_group SET key_sha256 = zeroblob(32) WHERE id = 1",
        "UPDATE ocsp_group SET responder_sha256 = zeroblob(32) WHERE id = 1",
        "UPDATE ocsp_group SET answers = 3 WHERE id = 1",
        "UPDATE ocsp_group SET signed = 1 WHERE id = 1",
        "UPDATE ocsp_group SET hashes = zeroblob(64) WHERE id = 1",
        "UPDATE ocsp_group SET hashes = NULL WHERE id = 1",
        "UPDATE ocsp_group SET tbs = NULL WHERE id = 3",
        "UPDATE ocsp_group SET tbs = CAST(tbs || x'0500' AS BLOB) WHERE id = 3",
        "UPDATE ocsp_answer SET status = 'good' WHERE status = 'revoked'",
        "UPDATE ocsp_answer SET next_update = next_update + 1 WHERE place = 1",
        "UPDATE ocsp_answer SET der = CAST(der || x'00' AS BLOB) WHERE place = 1",
        "UPDATE ocsp_answer SET hash = 'sha256' WHERE place = 1",
        "UPDATE ocsp_answer SET serial = x'01' WHERE place = 1",
        "UPDATE ocsp_answer SET place = 5 WHERE place = 1",
        "INSERT INTO ocsp_group (ca, state, key_sha256, this_update, next_update, answers, reserved_at)
         VALUES (1, 'abandoned', zeroblob(32), 1, 2, 1, 1)",
    ] {
        let copy = tempfile::tempdir().unwrap();
        let file = copy.path().join(path.file_name().unwrap());
        scene.raw().execute("VACUUM INTO ?1", [file.to_str().unwrap()]).unwrap();
        let raw = rusqlite::Connection::open(&file).unwrap();
        raw.execute_batch(statement).unwrap();
        assert!(raw.changes() > 0, "{statement}");
        raw.pragma_update(None, "journal_mode", "WAL").unwrap();
        drop(raw);
        let tampered = Store::open(copy.path(), OpenOptions::default()).unwrap();
        let found = tampered.verify_audit(None).unwrap().discrepancies;
        assert!(found.iter().any(|one| matches!(one, Discrepancy::Ocsp(_))), "{statement}: {found:?}");
    }
}
