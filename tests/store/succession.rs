//! A CRL that would take back what the one before it says is refused, whatever has become of the ledger.

use std::ops::ControlFlow;

use keyrite::audit::{Event, Record};
use keyrite::authority::crl::{self, CrlDraft, CrlPlan};
use keyrite::authority::evidence::export;
use keyrite::authority::{Authority, Error, Issuer};
use keyrite::policy::Break;
use keyrite::store::{CrlScope, Revocation};
use keyrite::x509::crl::{Crl, CrlFields, RevokedCertificate};
use keyrite::x509::extension::{Covers, CrlNumber, Extension, IssuingDistributionPoint, ReasonCode, Value};

use crate::evidence::{files, findings};
use crate::scene::{ALGORITHM, At, Scene, at, loose_crl, serial};

/// Three revoked certificates, one of them on hold and one for good with its end near, and a CRL that names them.
fn told() -> Scene {
    let mut scene = Scene::new();
    let ca = scene.ca();
    for number in 1..=3 {
        scene.issue_until(number, at(if number == 3 { 150 } else { 90 * 86_400 }));
    }
    for (number, reason) in
        [(1, ReasonCode::KeyCompromise), (2, ReasonCode::CertificateHold), (3, ReasonCode::Superseded)]
    {
        let said = Revocation { reason: Some(reason), date: at(20), invalidity_date: None };
        scene.store.revoke(&ca, &serial(number), said, at(20)).unwrap();
    }
    scene.issue_crl(at(100));
    scene
}

fn draft(scene: &mut Scene, previous: Option<Crl>) -> Result<CrlDraft, Error> {
    let ca = scene.store.ca(&scene.ca()).unwrap();
    let authority = Authority::of(&ca, None).unwrap();
    let plan = CrlPlan { previous, ..CrlPlan::full(at(200), at(86_400)) };
    crl::draft(&mut scene.store, &authority, &plan, 0, &mut |_| {})
}

fn breaks(result: Result<CrlDraft, Error>) -> Vec<Break> {
    match result {
        Err(Error::Succession { breaks, .. }) => breaks,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_said_is_not_taken_back() {
    let mut scene = told();
    assert_eq!(draft(&mut scene, None).unwrap().revoked().count, 3);
    for (change, wanted) in [
        (
            "UPDATE revocation SET ended_revision = 9 WHERE reason = 1",
            Break::NotRevoked { serial: serial(1) },
        ),
        (
            "UPDATE revocation SET retired_by = 1 WHERE reason = 1",
            Break::Lost { serial: serial(1), not_after: Some(at(90 * 86_400)) },
        ),
        // Named once before its end is not enough.
        (
            "UPDATE revocation SET retired_by = 1 WHERE reason = 4",
            Break::Lost { serial: serial(3), not_after: Some(at(150)) },
        ),
        (
            "UPDATE revocation SET revoked_at = revoked_at + 5 WHERE reason = 1",
            Break::Later { serial: serial(1), before: at(20), after: at(25) },
        ),
        (
            "UPDATE revocation SET reason = 4 WHERE reason = 1",
            Break::Weaker {
                serial: serial(1),
                before: Some(ReasonCode::KeyCompromise),
                after: Some(ReasonCode::Superseded),
            },
        ),
    ] {
        let mut scene = told();
        assert_eq!(scene.raw().execute(change, []).unwrap(), 1, "{change}");
        assert_eq!(breaks(draft(&mut scene, None)), std::slice::from_ref(&wanted), "{change}");
        // Nothing was numbered, and the log tells why.
        assert_eq!(scene.store.next_crl_number(&scene.ca()).unwrap(), CrlNumber(2));
        let mut last = None;
        scene
            .store
            .audit_entries(1, |entry| {
                last = Some(Record::decode(&entry.encoding).unwrap().event);
                ControlFlow::Continue(())
            })
            .unwrap();
        let Some(Event::LintRefused { findings, .. }) = last else { panic!("{last:?}") };
        assert_eq!(findings, [wanted.id()]);
    }
}

#[test]
fn what_may_change_does() {
    let mut scene = told();
    let ca = scene.ca();
    scene.store.unhold(&ca, &serial(2), at(110)).unwrap();
    let said = Revocation { reason: Some(ReasonCode::KeyCompromise), date: at(120), invalidity_date: None };
    scene.store.revoke(&ca, &serial(3), said, at(120)).unwrap();
    let drafted = draft(&mut scene, None).unwrap();
    let changes = drafted.changes();
    assert_eq!((changes.since, changes.added.count, changes.removed.count), (Some(CrlNumber(1)), 1, 1));
    assert_eq!(changes.removed.first[0].serial, serial(2));
}

/// A CRL by the CA's own key that its ledger has never seen.
fn elsewhere(scene: &Scene, number: u128, revoked: &[u32], extension: Option<Value>) -> Crl {
    let mut extensions = vec![Extension { critical: false, value: Value::CrlNumber(CrlNumber(number)) }];
    extensions.extend(extension.map(|value| Extension { critical: true, value }));
    let entry = |number: &u32| RevokedCertificate {
        serial: serial(*number),
        revocation_date: at(20),
        reason: Some(ReasonCode::KeyCompromise),
        invalidity_date: None,
        removed: false,
    };
    let fields = CrlFields {
        signature: ALGORITHM,
        issuer: scene.root.subject().clone(),
        this_update: at(150),
        next_update: at(86_400),
        extensions,
    };
    let revoked: Vec<RevokedCertificate> = revoked.iter().map(entry).collect();
    loose_crl(&scene.key, &fields.build(&revoked).unwrap())
}

#[test]
fn a_crl_from_elsewhere_is_gone_on_from() {
    let mut scene = told();
    let previous = elsewhere(&scene, 41, &[1], None);
    let drafted = draft(&mut scene, Some(previous)).unwrap();
    assert_eq!((drafted.number(), drafted.revoked().count), (CrlNumber(42), 3));
    // What it names and nobody here knows of has to come first.
    let previous = elsewhere(&scene, 41, &[1, 77], None);
    assert_eq!(breaks(draft(&mut scene, Some(previous))), [Break::Unknown { serial: serial(77) }]);
    let previous = elsewhere(&scene, 41, &[1], Some(Value::DeltaCrlIndicator(CrlNumber(40))));
    let error = draft(&mut scene, Some(previous)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the previous CRL cannot be used: it does not cover what the new one covers, or is a delta CRL"
    );
    let mut other = Scene::new();
    other.key = crate::software::SoftwareKey::load("leaf-p256");
    other.root = scene.root.clone();
    let forged = elsewhere(&other, 41, &[1], None);
    let error = draft(&mut scene, Some(forged)).unwrap_err();
    assert!(error.to_string().starts_with("the previous CRL cannot be used: "), "{error}");
}

/// Nobody knows whether a number without a certificate is a user's or a CA's, so every CRL names it, as whoever reads the
/// exported files expects.
#[test]
fn a_number_without_a_certificate_is_on_the_crl_of_every_scope() {
    let mut scene = told();
    let known_elsewhere = elsewhere(&scene, 41, &[77], None);
    scene.store.import_crl(&scene.ca(), &known_elsewhere, at(160)).unwrap();
    let ca = scene.store.ca(&scene.ca()).unwrap();
    let authority = Authority::of(&ca, None).unwrap();
    for (covers, wanted) in
        [(Covers::Users, vec![serial(1), serial(2), serial(3), serial(77)]), (Covers::Cas, vec![serial(77)])]
    {
        let point = IssuingDistributionPoint { uris: Vec::new(), covers };
        let scope = CrlScope { distribution: Some(point), of_one_point: false };
        let plan = CrlPlan { scope, ..CrlPlan::full(at(200), at(86_400)) };
        let drafted = crl::draft(&mut scene.store, &authority, &plan, 0, &mut |_| {}).unwrap();
        let mut named: Vec<_> = drafted.revoked().first.iter().map(|entry| entry.serial.clone()).collect();
        named.sort();
        assert_eq!(named, wanted, "{covers:?}");
        let mut issuer = Issuer::join(&authority, &mut scene.key).unwrap();
        crl::issue(&mut scene.store, &mut issuer, drafted, &At(at(200))).unwrap();
    }
    let directory = tempfile::tempdir().unwrap();
    export(&scene.store, &directory.path().join("export")).unwrap();
    assert_eq!(findings(&files(&directory), &[]), Vec::<String>::new());
}
