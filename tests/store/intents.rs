//! What a reservation keeps of what is to be signed, and what becomes of it when somebody changes it.

use keyrite::port::Signer as _;
use keyrite::store::{Error, Settlement};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::unsigned::UnsignedCertificate;

use crate::scene::{Scene, at, serial, sign};

#[test]
fn a_reservation_is_kept_as_a_certificate_without_signature() {
    let mut scene = Scene::new();
    let reservation = scene.reserve(1);
    let intent = scene.store.certificate_intent(&scene.ca(), &serial(1)).unwrap().unwrap();
    let read = Certificate::from_der(&intent).unwrap();
    assert_eq!(*read.serial(), serial(1));
    assert!(read.verify_signed_by(scene.key.public_key()).is_err());
    assert_eq!(intent, UnsignedCertificate::of(reservation.tbs().as_der()).unwrap().as_der());
    let open = scene.store.open_reservations().unwrap();
    assert_eq!(open[0].tbs, reservation.tbs().as_der());
    // The signed certificate takes its place; what was given up stays to be looked at.
    let signed = sign(&scene.key, reservation.tbs());
    scene.store.commit(vec![(reservation, signed)], at(12)).unwrap();
    assert_eq!(scene.store.certificate_intent(&scene.ca(), &serial(1)).unwrap(), None);
    drop(scene.reserve(2));
    let id = scene.store.open_reservations().unwrap()[0].id;
    scene.store.settle(id, Settlement::Abandon, at(13)).unwrap();
    assert!(scene.store.certificate_intent(&scene.ca(), &serial(2)).unwrap().is_some());
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

/// Whoever could exchange what was reserved could have something else recorded as found.
#[test]
fn a_reservation_that_is_not_what_the_log_tells_is_not_settled() {
    for change in [
        "unsigned = (SELECT unsigned FROM certificate_body WHERE id = 3)",
        "signature_algorithm = x'300a06082a8648ce3d040303'",
        "signature_algorithm = NULL",
        "unsigned = x'3000'",
    ] {
        let mut scene = Scene::new();
        drop(scene.reserve(1));
        let id = scene.store.open_reservations().unwrap()[0].id;
        let other = scene.reserve(2);
        let found = sign(&scene.key, other.tbs()).as_der().to_vec();
        scene.raw().execute(&format!("UPDATE certificate_body SET {change} WHERE id = 2"), []).unwrap();
        for settlement in [Settlement::Abandon, Settlement::Found(&found)] {
            let error = scene.store.settle(id, settlement, at(20)).unwrap_err();
            assert!(matches!(error, Error::NotAsTold { .. } | Error::Damaged { .. }), "{change}: {error:?}");
        }
        let error = scene.store.open_reservations().unwrap_err();
        assert!(matches!(error, Error::NotAsTold { .. } | Error::Damaged { .. }), "{change}: {error:?}");
    }
}

/// What the schema has since is taken away again, as an older ledger has it: the plain octets.
#[test]
fn the_reservations_of_an_older_ledger_are_given_their_new_form() {
    let mut scene = Scene::new();
    scene.issue(1);
    let reservation = scene.reserve(2);
    let before: i64 = scene.raw().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(before, VERSION);
    let raw = scene.raw();
    raw.execute_batch(OLDER).unwrap();
    raw.execute("UPDATE certificate_body SET tbs = ?1 WHERE tbs IS NOT NULL", [reservation.tbs().as_der()])
        .unwrap();
    drop(raw);
    let mut scene = scene.reopen();
    let open = scene.store.open_reservations().unwrap();
    assert_eq!(open[0].tbs, reservation.tbs().as_der());
    let intent = scene.store.certificate_intent(&scene.ca(), &serial(2)).unwrap().unwrap();
    assert_eq!(*Certificate::from_der(&intent).unwrap().serial(), serial(2));
    let found = sign(&scene.key, reservation.tbs()).as_der().to_vec();
    scene.store.settle(open[0].id, Settlement::Found(&found), at(20)).unwrap();
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

/// The newest version.
const VERSION: i64 = 8;
/// What takes it away.
pub(crate) const OLDER: &str = "
    DROP TABLE crl_part;
    DROP TABLE crl_body;
    CREATE TABLE crl_body (
        id            INTEGER PRIMARY KEY REFERENCES crl (id),
        tbs           BLOB,
        der           BLOB,
        CHECK ((tbs IS NULL) <> (der IS NULL))
    ) STRICT;
    DROP INDEX revocation_listed;
    CREATE INDEX revocation_listed ON revocation (ca) WHERE ended_revision IS NULL AND retired_by IS NULL;
    DROP TABLE ocsp_answer;
    DROP TABLE ocsp_group;
    DROP INDEX revocation_retired;
    DROP INDEX revocation_ended;
    ALTER TABLE certificate DROP COLUMN distribution_point;
    ALTER TABLE crl DROP COLUMN scope;
    ALTER TABLE crl DROP COLUMN point;
    ALTER TABLE crl DROP COLUMN base;
    DROP TABLE distribution_point;
    ALTER TABLE certificate_body DROP COLUMN signature_algorithm;
    ALTER TABLE certificate_body RENAME COLUMN unsigned TO tbs;
    DROP TABLE restoration;
    PRAGMA user_version = 4;";
