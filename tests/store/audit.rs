//! The audit log against the ledger: each must account for the other.

use std::ops::ControlFlow;

use keyrite::audit::{Event, Fingerprint, Record};
use keyrite::store::{Discrepancy, Error, Revocation, Store};
use keyrite::x509::extension::ReasonCode;

use crate::scene::{Scene, at, serial};

/// A home in which a bit of everything has happened.
fn busy() -> Scene {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    scene.issue(2);
    drop(scene.reserve(3));
    let revocation =
        Revocation { reason: Some(ReasonCode::Superseded), date: at(20), invalidity_date: Some(at(15)) };
    scene.store.revoke(&ca, &serial(1), revocation, at(20)).unwrap();
    scene.issue_crl(at(50));
    scene
}

#[test]
fn events_are_read_back_in_their_order_with_their_time() {
    let scene = busy();
    let mut words = Vec::new();
    let visit = |entry: keyrite::audit::Entry| {
        let record = Record::decode(&entry.encoding).unwrap();
        assert_eq!(record.entry, entry.number);
        let value: serde_json::Value = serde_json::from_slice(&entry.encoding).unwrap();
        words.push(format!("{} {}", record.time, value["event"].as_str().unwrap()));
        ControlFlow::Continue(())
    };
    scene.store.audit_entries(4, visit).unwrap();
    assert_eq!(
        words,
        [
            "2026-11-21T10:00:02Z signed",
            "2026-11-21T10:00:02Z ca-installed",
            "2026-11-21T10:00:10Z signing",
            "2026-11-21T10:00:11Z signed",
            "2026-11-21T10:00:11Z signing",
            "2026-11-21T10:00:11Z signed",
            "2026-11-21T10:00:11Z signing",
            "2026-11-21T10:00:20Z revoked",
            "2026-11-21T10:00:50Z signing",
            "2026-11-21T10:00:50Z signed",
        ]
    );
}

#[test]
fn a_true_ledger_has_no_discrepancy_and_a_known_head_is_met() {
    let mut scene = Scene::new();
    let early = scene.store.audit_head().unwrap();
    scene.issue(1);
    let verified = scene.store.verify_audit(Some(early.hash)).unwrap();
    assert_eq!(verified.discrepancies, []);
    assert_eq!(verified.head, scene.store.audit_head().unwrap());
    let error = scene.store.verify_audit(Some(Fingerprint([1; 32]))).unwrap_err();
    assert!(matches!(error, Error::Chain(_)), "{error:?}");
}

/// Whoever edits the ledger with SQLite at hand leaves the log behind.
#[test]
fn every_edit_of_the_ledger_is_a_discrepancy() {
    type Expected = fn(&Discrepancy) -> bool;
    let issued = format!("(SELECT id FROM certificate WHERE serial = x'{}')", serial(1));
    let edits: [(String, Expected); 12] = [
        (format!("UPDATE certificate_body SET der = x'3000' WHERE id = {issued}"), |found| {
            matches!(found, Discrepancy::OtherOctets { .. })
        }),
        (format!("DELETE FROM certificate_body WHERE id = {issued}"), |found| {
            matches!(found, Discrepancy::OtherOctets { .. })
        }),
        (format!("UPDATE certificate SET serial = x'01' WHERE id = {issued}"), |found| {
            matches!(found, Discrepancy::NotOnRecord { .. })
        }),
        (format!("UPDATE certificate SET serial = x'01' WHERE id = {issued}"), |found| {
            matches!(found, Discrepancy::NotInLog { what: "signed", .. })
        }),
        (
            "INSERT INTO certificate (ca, serial, state, reserved_at) VALUES (1, x'07', 'issued', 0)"
                .to_owned(),
            |found| matches!(found, Discrepancy::NotInLog { what: "reserved", .. }),
        ),
        ("UPDATE certificate SET state = 'issued' WHERE state = 'reserved'".to_owned(), |found| {
            matches!(found, Discrepancy::NotInLog { what: "signed", .. })
        }),
        ("UPDATE crl SET number = x'00000000000000000000000000000009'".to_owned(), |found| {
            matches!(found, Discrepancy::NotOnRecord { .. })
        }),
        ("UPDATE revocation SET reason = 1".to_owned(), is_revocation),
        ("UPDATE revocation SET revoked_at = revoked_at - 1".to_owned(), is_revocation),
        ("DELETE FROM revocation".to_owned(), is_revocation),
        ("UPDATE revocation SET ended_revision = 9".to_owned(), is_revocation),
        ("DELETE FROM ca_path".to_owned(), |found| matches!(found, Discrepancy::CaCertificate { .. })),
    ];
    for (sql, expected) in edits {
        let scene = busy();
        let raw = scene.raw();
        raw.pragma_update(None, "foreign_keys", false).unwrap();
        raw.execute_batch(&sql).unwrap();
        let found = scene.store.verify_audit(None).unwrap().discrepancies;
        assert!(found.iter().any(expected), "{sql}: {found:?}");
        assert!(found.iter().all(|each| !each.to_string().is_empty()));
    }
}

fn is_revocation(found: &Discrepancy) -> bool {
    matches!(found, Discrepancy::Revocation { .. })
}

#[test]
fn an_edited_log_is_a_broken_chain() {
    for sql in [
        "UPDATE audit_log SET encoding = cast(replace(encoding, 'superseded', 'key-compromise') AS BLOB)",
        "UPDATE audit_log SET hash = randomblob(32) WHERE entry = 5",
        "DELETE FROM audit_log WHERE entry = 5",
    ] {
        let scene = busy();
        let raw = scene.raw();
        raw.execute_batch("DROP TRIGGER audit_log_no_update; DROP TRIGGER audit_log_no_delete").unwrap();
        raw.execute_batch(sql).unwrap();
        let error = scene.store.verify_audit(None).unwrap_err();
        assert!(matches!(error, Error::Chain(_)), "{sql}: {error:?}");
    }
    // Cut off at the end: the chain holds, but the CRL is on record and its entry is gone.
    let scene = busy();
    let raw = scene.raw();
    let head = scene.store.audit_head().unwrap();
    raw.execute_batch(
        "DROP TRIGGER audit_log_no_delete;
         DELETE FROM audit_log WHERE entry = (SELECT max(entry) FROM audit_log)",
    )
    .unwrap();
    let found = scene.store.verify_audit(None).unwrap().discrepancies;
    assert!(matches!(found[..], [Discrepancy::NotInLog { what: "signed", .. }]), "{found:?}");
    assert!(matches!(scene.store.verify_audit(Some(head.hash)), Err(Error::Chain(_))));
}

/// A log that someone wrote anew with the right hashes may tell of what never was.
#[test]
fn invented_and_repeated_entries_are_discrepancies() {
    let mut scene = busy();
    let mut entries = Vec::new();
    scene
        .store
        .audit_entries(0, |entry| {
            entries.push(Record::decode(&entry.encoding).unwrap());
            ControlFlow::Continue(())
        })
        .unwrap();
    let signing = entries
        .into_iter()
        .map(|record| record.event)
        .find(|event| matches!(event, Event::Signing { .. }))
        .unwrap();
    scene.store.append(signing.clone(), at(60)).unwrap();
    let found = scene.store.verify_audit(None).unwrap().discrepancies;
    assert!(matches!(found[..], [Discrepancy::Repeated { what: "reserved", .. }]), "{found:?}");
    let Event::Signing { object, .. } = signing else { unreachable!() };
    let invented = keyrite::audit::Object { number: serial(77).to_string(), ..object };
    let event = Event::Signed { object: invented, sha256: Fingerprint([0; 32]) };
    scene.store.append(event, at(61)).unwrap();
    let found = scene.store.verify_audit(None).unwrap().discrepancies;
    assert!(matches!(found[..], [_, Discrepancy::NotOnRecord { .. }]), "{found:?}");
}

/// What a disk, a careless copy or a restored half does to a file.
#[test]
fn a_damaged_file_is_not_verified() {
    use std::os::unix::fs::FileExt as _;
    let mut scene = busy();
    for number in 100..120 {
        scene.issue(number);
    }
    let path = scene.store.path().to_owned();
    scene.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let file = std::fs::File::options().read(true).write(true).open(&path).unwrap();
    let pages = file.metadata().unwrap().len() / 4096;
    drop(scene.reserve(500));
    let Scene { directory, store, .. } = scene;
    drop(store);
    let mut unseen = Vec::new();
    for page in 1..pages {
        let mut before = [0; 64];
        file.read_exact_at(&mut before, page * 4096).unwrap();
        file.write_all_at(&[0x5a; 64], page * 4096).unwrap();
        let store = Store::open_read_only(directory.path());
        if store.is_ok_and(|store| store.verify_audit(None).is_ok_and(|found| found.discrepancies.is_empty()))
        {
            unseen.push(page);
        }
        file.write_all_at(&before, page * 4096).unwrap();
    }
    assert_eq!(unseen, [0; 0], "of {pages} pages");
    let store = Store::open_read_only(directory.path()).unwrap();
    assert_eq!(store.verify_audit(None).unwrap().discrepancies, []);
}

/// The events of a kind, as JSON.
fn told(scene: &Scene, kind: &str) -> Vec<serde_json::Value> {
    let mut found = Vec::new();
    let visit = |entry: keyrite::audit::Entry| {
        found.push(serde_json::from_slice::<serde_json::Value>(&entry.encoding).unwrap());
        ControlFlow::Continue(())
    };
    scene.store.audit_entries(0, visit).unwrap();
    found.retain(|entry| entry["event"] == kind);
    found
}

#[test]
fn another_text_of_a_profile_or_of_the_configuration_is_told_of_once() {
    let mut scene = Scene::new();
    scene.issue(1);
    scene.issue(2);
    assert_eq!(told(&scene, "profile-changed").len(), 0, "the first form is no change");
    for number in [3, 4] {
        let mut intent = scene.intent(number);
        intent.profile.sha256 = [8; 32];
        let ca = scene.ca();
        drop(scene.store.reserve_certificates(&ca, vec![intent], at(20)).unwrap());
    }
    let changed = told(&scene, "profile-changed");
    let [changed] = &changed[..] else { panic!("{changed:?}") };
    let hash = |octet: &str| octet.repeat(32);
    assert_eq!(changed["profile"], "tls-server");
    assert_eq!(
        (changed["before"].as_str(), changed["sha256"].as_str()),
        (Some(&*hash("07")), Some(&*hash("08")))
    );

    // Of the configuration the first text is told of as well; nothing that only tells of the past tells it.
    for (text, wanted) in [("a = 1", 1), ("a = 1", 1), ("a = 2", 2), ("a = 1", 3)] {
        scene.store.configured_by(text);
        scene
            .store
            .append(Event::LoginFailed { token: "t".to_owned(), reason: "r".to_owned() }, at(30))
            .unwrap();
        scene.issue(100 + u32::try_from(told(&scene, "signing").len()).unwrap());
        scene.issue(200 + u32::try_from(told(&scene, "signing").len()).unwrap());
        assert_eq!(told(&scene, "configuration-changed").len(), wanted, "{text}");
    }
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn what_is_noted_goes_with_the_next_transaction_or_with_the_end() {
    let mut scene = Scene::new();
    let counted = |calls: u64| Event::SignaturesCounted {
        token: "t".to_owned(),
        public_key_sha256: Fingerprint([1; 32]),
        calls,
        failed: 0,
        objects: 0,
        challenges: calls,
        unsure: 0,
    };
    scene.store.note(counted(1), at(10));
    assert_eq!(told(&scene, "signatures-counted").len(), 0);
    scene.issue(1);
    assert_eq!(told(&scene, "signatures-counted").len(), 1, "once, although there were two transactions");
    // What is refused takes nothing along, and loses nothing.
    scene.store.note(counted(2), at(11));
    let intent = scene.intent(1);
    let ca = scene.ca();
    scene.store.reserve_certificates(&ca, vec![intent], at(20)).unwrap_err();
    assert_eq!(told(&scene, "signatures-counted").len(), 1);
    let scene = scene.reopen();
    let told = told(&scene, "signatures-counted");
    assert_eq!(told.iter().map(|entry| entry["calls"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn more_counted_signatures_than_the_log_tells_of_are_a_discrepancy() {
    let mut scene = Scene::new();
    scene.issue(1);
    let key = Fingerprint(scene.store.ca(&scene.ca()).unwrap().public_key.sha256());
    let counted = |objects| Event::SignaturesCounted {
        token: "t".to_owned(),
        public_key_sha256: key,
        calls: objects,
        failed: 0,
        objects,
        challenges: 0,
        unsure: 0,
    };
    // The root itself and one certificate.
    scene.store.append(counted(2), at(20)).unwrap();
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
    let account = scene.store.signature_account(key, 0).unwrap();
    assert_eq!((account.objects, account.least(), account.most()), (2, 2, 2));
    scene.store.append(counted(1), at(20)).unwrap();
    let found = scene.store.verify_audit(None).unwrap().discrepancies;
    assert!(matches!(found[..], [Discrepancy::Uncovered { counted: 3, told: 2, .. }]), "{found:?}");
    assert_eq!(
        found[0].to_string(),
        "the signatures by the key of CA root were counted as 3, and the log tells of 2"
    );
    // What is reserved may be signed: it is in the account as open.
    drop(scene.reserve(2));
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
    let account = scene.store.signature_account(key, 0).unwrap();
    assert_eq!((account.least(), account.open), (2, 1));
}
