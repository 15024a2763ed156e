//! Copies of a home, and homes of copies: nothing that came after a copy may be signed a second time.

use std::collections::BTreeMap;
use std::path::Path;

use keyrite::audit::{KnownHead, Object};
use keyrite::authority::restore::{BroughtUp, Evidence, Recorded, RestoreError, bring_up};
use keyrite::authority::{self};
use keyrite::store::{
    Backup, Discrepancy, Error, HomeFile, LEDGER, MANIFEST, OpenOptions, Place, PlainSink, Restoration,
    Revocation, ShownBy, State, Store,
};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::extension::CrlNumber;
use tempfile::TempDir;

use crate::scene::{At, Scene, at, make_root, serial, sign};
use crate::software::SoftwareKey;

/// A copy, and what a home did before and after it was made.
struct Copied {
    scene: Scene,
    directory: TempDir,
    backup: Backup,
}

impl Copied {
    /// Two certificates and CRL 1 before the copy.
    fn new() -> Self {
        let mut scene = Scene::new();
        scene.issue(1);
        scene.issue(2);
        scene.issue_crl(at(50));
        Self::of(scene)
    }

    fn of(scene: Scene) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let backup = back_up(&scene.store, &directory.path().join("copy"));
        Self { scene, directory, backup }
    }

    /// Another certificate, two revocations, CRL 2 and CRL 3.
    fn go_on(&mut self) -> Crl {
        self.scene.issue(3);
        self.revoke(1);
        self.scene.issue_crl(at(100));
        self.revoke(3);
        self.scene.issue_crl(at(200))
    }

    fn revoke(&mut self, number: u32) {
        let ca = self.scene.ca();
        let said = Revocation { reason: None, date: at(90), invalidity_date: None };
        self.scene.store.revoke(&ca, &serial(number), said, at(90)).unwrap();
    }

    fn home(&self) -> std::path::PathBuf {
        self.directory.path().join("new")
    }

    fn begin(&self) -> Restoration {
        Restoration::of_backup(&self.directory.path().join("copy"), place(&self.home(), false)).unwrap()
    }

    fn restore(&self, evidence: &Evidence) -> Result<(BroughtUp, Store), authority::Error> {
        let mut copy = self.begin();
        let brought = bring_up(&mut copy, evidence, ("copy", Recorded::Always), &At(at(300)))?;
        assert_eq!(copy.finish()?, None);
        let store = Store::open(&self.home(), OpenOptions::default())?;
        let verified = store.verify_audit(Some(self.backup.facts.head.hash))?;
        assert_eq!(verified.discrepancies, []);
        Ok((brought, store))
    }

    fn refused(&self, evidence: &Evidence) -> RestoreError {
        match self.restore(evidence) {
            Err(authority::Error::Restore(error)) => {
                assert!(!self.home().join(LEDGER).exists(), "{error}");
                error
            }
            other => panic!("{:?}", other.map(|(brought, _)| brought)),
        }
    }
}

fn place(home: &Path, replace: bool) -> Place<'_> {
    Place { home, replace, network_file_system: false }
}

fn back_up(store: &Store, path: &Path) -> Backup {
    let files = [HomeFile { path: "keyrite.toml".to_owned(), contents: b"# nothing\n".to_vec() }];
    std::fs::File::create(path).unwrap();
    let backup = store.back_up(path, "copy", &files, at(60)).unwrap();
    assert_eq!(backup.discrepancies, []);
    backup
}

fn with_crls(crls: &[&Crl]) -> Evidence {
    let crls = crls.iter().map(|crl| Crl::from_der(crl.as_der()).unwrap()).collect();
    Evidence { crls, ..Evidence::default() }
}

fn with_head(head: KnownHead) -> Evidence {
    Evidence { head: Some(head), ..Evidence::default() }
}

#[test]
fn a_copy_holds_the_home_of_one_instant_and_is_no_ledger() {
    let copied = Copied::new();
    let head = copied.scene.store.audit_head().unwrap();
    assert_eq!(copied.backup.facts.head, head);
    let path = copied.directory.path().join("copy");
    assert_eq!(std::fs::metadata(&path).unwrap().len(), copied.backup.octets);
    let restoration = copied.begin();
    assert_eq!(restoration.sha256(), Some(copied.backup.sha256));
    assert_eq!(restoration.facts(), &copied.backup.facts);
    assert_eq!(restoration.files()[0].path, "keyrite.toml");
    drop(restoration);
    // Put in the place of a ledger, without being restored, it is refused.
    let home = tempfile::tempdir().unwrap();
    std::fs::copy(&path, home.path().join(LEDGER)).unwrap();
    std::fs::set_permissions(home.path().join(LEDGER), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .unwrap();
    let error = Store::open(home.path(), OpenOptions::default()).unwrap_err();
    assert!(matches!(error, Error::NotALedger { .. }), "{error:?}");
}

/// With a writer at work all the time each copy is whole, and from one instant.
#[test]
fn copies_are_made_while_others_write() {
    let mut scene = Scene::new();
    let reader = Store::open_read_only(scene.directory.path()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        let copies = scope.spawn(|| {
            let reader = reader;
            let copy =
                |number: u32| back_up(&reader, &directory.path().join(number.to_string())).facts.head.entries;
            (0..8).map(copy).collect::<Vec<u64>>()
        });
        for number in 0..60 {
            scene.issue(number);
        }
        let entries = copies.join().unwrap();
        assert!(entries.is_sorted(), "{entries:?}");
    });
}

#[test]
fn the_last_head_shows_that_nothing_was_lost() {
    let mut copied = Copied::new();
    let head = copied.backup.facts.head;
    let (checkpoint, _) = copied.scene.store.audit_checkpoint().unwrap();
    // The home records that it was copied, and that belongs to the copy.
    copied.scene.store.record_backup(&copied.backup, at(400)).unwrap();
    let (after, head_after) = copied.scene.store.audit_checkpoint().unwrap();
    for known in [
        KnownHead::from(head.hash),
        KnownHead { size: Some(head.entries), hash: head.hash },
        KnownHead::from(checkpoint.root),
        KnownHead::from(head_after.hash),
        KnownHead { size: Some(after.size), hash: after.root },
    ] {
        let (brought, store) = copied.restore(&with_head(known)).unwrap();
        assert_eq!(brought.shown_by, ShownBy::Head, "{known}");
        assert_eq!(brought.next_crl, [(copied.scene.ca(), CrlNumber(2))], "nothing is skipped");
        assert_eq!(store.last_restoration().unwrap().unwrap().shown_by, ShownBy::Head);
        assert_eq!(store.audit_head().unwrap().entries, head.entries + 1, "the entry that tells of it");
        assert_eq!(store.open_reservations().unwrap(), []);
        drop(store);
        std::fs::remove_dir_all(copied.home()).unwrap();
    }
}

#[test]
fn the_last_crl_brings_numbers_and_revocations_along() {
    let mut copied = Copied::new();
    let last = copied.go_on();
    let (brought, mut store) = copied.restore(&with_crls(&[&last])).unwrap();
    let ca = copied.scene.ca();
    assert_eq!(brought.shown_by, ShownBy::Crl);
    assert_eq!(brought.revocations, 2);
    assert_eq!(brought.unknown, [(ca.clone(), serial(3))]);
    assert_eq!(brought.next_crl, [(ca.clone(), CrlNumber(1_004))]);
    let mut revoked: Vec<_> =
        crate::scene::list(&store, &ca).revoked.into_iter().map(|one| one.serial).collect();
    revoked.sort();
    assert_eq!(revoked, [serial(1), serial(3)]);
    assert_eq!(store.certificate(&ca, &serial(3)).unwrap().state, State::Imported);
    // What is known to exist of the numbers that were skipped can be used by nobody any more.
    for number in [3, 4, 1_003] {
        let list = crate::scene::list(&store, &ca);
        let intent = copied.scene.crl_intent(list, CrlNumber(number), at(400));
        let error = store.reserve_crl(&ca, intent, at(400)).unwrap_err();
        assert!(matches!(error.source, Error::CrlNumberUsed { .. }), "{error:?}");
    }
    let record = store.last_restoration().unwrap().unwrap();
    assert_eq!((record.shown_by, record.made_at, record.restored_at), (ShownBy::Crl, Some(at(60)), at(300)));
}

#[test]
fn each_edit_of_what_is_on_record_of_a_restored_copy_is_found() {
    let mut copied = Copied::new();
    let last = copied.go_on();
    let (_, store) = copied.restore(&with_crls(&[&last])).unwrap();
    let entry = store.last_restoration().unwrap().unwrap().entry;
    let raw = rusqlite::Connection::open(store.path()).unwrap();
    raw.execute_batch(
        "CREATE TEMP TABLE saved AS SELECT * FROM restoration; DROP TRIGGER restoration_no_delete",
    )
    .unwrap();
    let found = || store.verify_audit(None).unwrap().discrepancies;
    assert_eq!(found(), []);
    let other = |entry| Discrepancy::Restoration { entry };
    for (edit, wanted) in [
        ("UPDATE restoration SET restored_at = restored_at + 1", vec![other(entry)]),
        ("UPDATE restoration SET made_at = made_at - 1", vec![other(entry)]),
        ("UPDATE restoration SET made_at = NULL", vec![other(entry)]),
        ("UPDATE restoration SET entries = entries + 1", vec![other(entry)]),
        ("UPDATE restoration SET shown_by = 'head'", vec![other(entry)]),
        ("UPDATE restoration SET entry = entry - 1", vec![other(entry - 1), other(entry)]),
        ("DELETE FROM restoration", vec![other(entry)]),
        ("INSERT INTO restoration SELECT entry - 1, 0, NULL, 0, 'crl' FROM saved", vec![other(entry - 1)]),
    ] {
        assert_eq!(raw.execute(edit, []).unwrap(), 1, "{edit}");
        assert_eq!(found(), wanted, "{edit}");
        raw.execute_batch("DELETE FROM restoration; INSERT INTO restoration SELECT * FROM saved").unwrap();
    }
    assert_eq!(found(), []);
}

#[test]
fn certificates_that_are_left_of_that_time_are_taken_in() {
    let mut copied = Copied::new();
    let third = copied.scene.issue(3);
    let last = copied.go_on_without_third();
    let other = SoftwareKey::load("sub-p256");
    let foreign_home = tempfile::tempdir().unwrap();
    let mut foreign = Store::create(foreign_home.path(), at(0)).unwrap();
    let foreign = make_root(&mut foreign, &other, "other", 7);
    let certificates =
        vec![Certificate::from_der(third.as_der()).unwrap(), copied.scene.root.clone(), foreign];
    let evidence = Evidence { certificates, ..with_crls(&[&last]) };
    let (brought, store) = copied.restore(&evidence).unwrap();
    let ca = copied.scene.ca();
    let taken: Vec<String> = brought.taken_in.iter().map(Object::to_string).collect();
    assert_eq!(taken, ["CRL 2 of root".to_owned(), format!("certificate {} of root", serial(3))]);
    assert_eq!(brought.unknown, []);
    assert_eq!(store.certificate_der(&ca, &serial(3)).unwrap().as_deref(), Some(third.as_der()));
}

impl Copied {
    fn go_on_without_third(&mut self) -> Crl {
        self.revoke(3);
        self.scene.issue_crl(at(100))
    }
}

/// What the copy only knows as reserved is found by what was published.
#[test]
fn reservations_of_the_copy_are_settled_by_what_was_published() {
    let mut scene = Scene::new();
    scene.issue_crl(at(50));
    let ca = scene.ca();
    let certificate = scene.reserve(1);
    let list = crate::scene::list(&scene.store, &ca);
    let intent = scene.crl_intent(list, CrlNumber(2), at(55));
    let crl = scene.store.reserve_crl(&ca, intent, at(55)).unwrap();
    let certificate_signed = sign(&scene.key, certificate.tbs()).as_der().to_vec();
    let crl_signed = crate::scene::signed_crl(&scene, &crl);
    let copied = Copied::of(scene);
    let evidence = Evidence {
        certificates: vec![Certificate::from_der(&certificate_signed).unwrap()],
        ..with_crls(&[&Crl::from_der(&crl_signed).unwrap()])
    };
    let (brought, store) = copied.restore(&evidence).unwrap();
    assert_eq!(brought.shown_by, ShownBy::Crl);
    assert_eq!(store.open_reservations().unwrap(), []);
    assert_eq!(store.certificate_der(&ca, &serial(1)).unwrap(), Some(certificate_signed));
    assert_eq!(store.current_crl(&ca).unwrap().unwrap().1, crl_signed);
}

#[test]
fn an_earlier_head_skips_more_numbers_than_anybody_uses() {
    let mut copied = Copied::new();
    copied.go_on();
    let mut early = None;
    let visit = |entry: keyrite::audit::Entry| {
        early = Some(entry.hash);
        std::ops::ControlFlow::Break(())
    };
    copied.scene.store.audit_entries(3, visit).unwrap();
    let (brought, store) = copied.restore(&with_head(early.unwrap().into())).unwrap();
    assert_eq!(brought.shown_by, ShownBy::EarlierHead);
    assert_eq!(brought.next_crl, [(copied.scene.ca(), CrlNumber(1_000_002))]);
    assert_eq!(store.last_restoration().unwrap().unwrap().shown_by, ShownBy::EarlierHead);
}

#[test]
fn what_does_not_show_how_far_the_home_had_come_is_refused() {
    let mut copied = Copied::new();
    let ca = copied.scene.ca();
    let (first, _) = copied.scene.store.current_crl(&ca).unwrap().unwrap();
    assert_eq!(first.number, CrlNumber(1));
    assert!(matches!(copied.refused(&Evidence::default()), RestoreError::NoEvidence { .. }));
    let never = Evidence { without_crl: vec![ca.clone()], ..Evidence::default() };
    assert!(matches!(copied.refused(&never), RestoreError::CrlKnown { latest: CrlNumber(1), .. }));

    let head_of_copy = copied.backup.facts.head.hash;
    let last = copied.go_on();
    let head = copied.scene.store.audit_head().unwrap().hash;
    assert!(matches!(copied.refused(&with_head(head.into())), RestoreError::UnknownHead { .. }));
    let contradicting = Evidence { head: Some(head_of_copy.into()), ..with_crls(&[&last]) };
    assert!(matches!(copied.refused(&contradicting), RestoreError::Later { .. }));

    // A CRL under whose number the copy has another.
    let mut twin = Scene::new();
    twin.issue(5);
    let said = Revocation { reason: None, date: at(20), invalidity_date: None };
    twin.store.revoke(&ca, &serial(5), said, at(20)).unwrap();
    let twin = twin.issue_crl(at(50));
    assert!(matches!(copied.refused(&with_crls(&[&twin])), RestoreError::Contradiction { .. }));
    // Together with the unknown head the last CRL is enough.
    let both = Evidence { head: Some(head.into()), ..with_crls(&[&last]) };
    assert_eq!(copied.restore(&both).unwrap().0.shown_by, ShownBy::Crl);
}

#[test]
fn a_crl_that_is_not_the_last_one_of_the_copy_is_refused() {
    let mut scene = Scene::new();
    let first = scene.issue_crl(at(20));
    scene.issue_crl(at(30));
    let copied = Copied::of(scene);
    let error = copied.refused(&with_crls(&[&first]));
    assert!(
        matches!(error, RestoreError::NotLast { number: CrlNumber(1), latest: CrlNumber(2), .. }),
        "{error:?}"
    );
}

#[test]
fn a_copy_that_was_changed_is_not_restored() {
    let copied = Copied::new();
    let path = copied.directory.path().join("copy");
    let whole = std::fs::read(&path).unwrap();
    let attempt = || Restoration::of_backup(&path, place(&copied.home(), false)).map(drop);
    for sql in [
        "CREATE TRIGGER quiet AFTER INSERT ON revocation BEGIN DELETE FROM revocation WHERE id = new.id; END",
        "CREATE TABLE more (x)",
        "DROP INDEX certificate_expiry",
        "DROP TRIGGER crl_no_delete; CREATE TRIGGER crl_no_delete BEFORE DELETE ON crl BEGIN SELECT 1; END",
        "UPDATE certificate_body SET der = (SELECT der FROM certificate_body WHERE id = 2) WHERE id = 3",
        "UPDATE crl SET state = 'abandoned'",
        "UPDATE backup SET head = zeroblob(32)",
        "UPDATE backup SET entries = entries - 1",
        "DROP TABLE backup",
        "PRAGMA application_id = 0x6b797274",
        "PRAGMA user_version = 99",
    ] {
        let raw = rusqlite::Connection::open(&path).unwrap();
        raw.execute_batch(sql).unwrap();
        raw.close().unwrap();
        let error = attempt().expect_err(sql);
        assert!(!copied.home().join(LEDGER).exists(), "{sql}: {error}");
        write(&path, &whole);
    }
    write(&path, &whole[..whole.len() - 4096]);
    assert!(attempt().is_err(), "cut off");
    write(&path, b"");
    assert!(matches!(attempt(), Err(Error::NotABackup { .. })), "empty");
    let error = Restoration::of_backup(copied.scene.store.path(), place(&copied.home(), false)).unwrap_err();
    assert!(matches!(error, Error::NotABackup { .. }), "a ledger itself: {error:?}");
    write(&path, &whole);
    attempt().unwrap();
}

fn write(path: &Path, octets: &[u8]) {
    use std::io::Write as _;
    std::fs::File::create(path).unwrap().write_all(octets).unwrap();
}

#[test]
fn a_ledger_that_is_there_is_moved_aside_and_never_deleted() {
    let copied = Copied::new();
    let head = with_head(copied.backup.facts.head.hash.into());
    let (_, store) = copied.restore(&head).unwrap();
    let before = store.audit_head().unwrap();
    let path = copied.directory.path().join("copy");
    let error = Restoration::of_backup(&path, place(&copied.home(), false)).unwrap_err();
    assert!(matches!(error, Error::Exists { .. }), "{error:?}");
    drop(store);
    // An attempt that was interrupted leaves what the next one clears away.
    write(&copied.home().join("ledger.sqlite.restoring"), b"half");
    write(&copied.home().join("ledger.sqlite.restoring-wal"), b"half");
    for number in 1..=2 {
        let mut copy = Restoration::of_backup(&path, place(&copied.home(), true)).unwrap();
        bring_up(&mut copy, &head, ("copy", Recorded::Always), &At(at(300))).unwrap();
        let aside = copy.finish().unwrap().unwrap();
        assert!(aside.ends_with(format!("replaced-{number}")), "{}", aside.display());
        let old = Store::open_read_only(&aside).unwrap();
        assert_eq!(old.audit_head().unwrap(), before, "the old ledger is whole");
        let new = Store::open(&copied.home(), OpenOptions::default()).unwrap();
        assert_eq!(new.verify_audit(None).unwrap().discrepancies, []);
    }
    let mut names: Vec<_> = std::fs::read_dir(copied.home())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["ledger.sqlite", "replaced-1", "replaced-2"]);
}

#[test]
fn nobody_restores_where_somebody_is_at_work() {
    let mut copied = Copied::new();
    drop(copied.scene.reserve(7));
    let path = copied.directory.path().join("copy");
    let error = Restoration::of_backup(&path, place(copied.scene.directory.path(), true)).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error:?}");
}

/// Plain files in memory, and on the disk when they are to be read.
#[derive(Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl PlainSink for Files {
    fn append(&mut self, path: &str, octets: &[u8]) -> std::io::Result<()> {
        self.0.entry(path.to_owned()).or_default().extend(octets);
        Ok(())
    }

    fn whole(&mut self, path: &str, contents: &[u8]) -> std::io::Result<()> {
        assert!(self.0.insert(path.to_owned(), contents.to_vec()).is_none(), "{path} twice");
        Ok(())
    }
}

impl Files {
    fn of(store: &Store) -> Self {
        let mut files = Self::default();
        let configuration =
            [HomeFile { path: "profiles/a.toml".to_owned(), contents: b"name = 1\n".to_vec() }];
        let manifest = store.snapshot().unwrap().write(&configuration, &mut files).unwrap();
        files.whole(MANIFEST, &manifest.to_json()).unwrap();
        files
    }

    fn save(&self, directory: &Path) {
        for (path, contents) in &self.0 {
            let path = directory.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            write(&path, contents);
        }
    }
}

#[test]
fn plain_files_make_the_same_home_and_the_same_plain_files() {
    let mut copied = Copied::new();
    copied.go_on();
    let ca = copied.scene.ca();
    let intent = copied.scene.intent(8);
    drop(copied.scene.store.reserve_certificates(&ca, vec![intent], at(201)).unwrap());
    let store = &copied.scene.store;
    let files = Files::of(store);
    for path in ["log.jsonl", "records/certificate.jsonl", "configuration/profiles/a.toml", "crls/root/3.crl"]
    {
        assert!(files.0.contains_key(path), "{path}: {:?}", files.0.keys());
    }
    let unsigned = &files.0[&format!("certificates/root/{}.unsigned.pem", serial(8))];
    assert!(unsigned.starts_with(b"-----BEGIN CERTIFICATE-----\n"));
    let directory = tempfile::tempdir().unwrap();
    files.save(directory.path());
    let head = store.audit_head().unwrap();
    let mut copy = Restoration::of_plain_files(directory.path(), place(&copied.home(), false)).unwrap();
    let evidence = with_head(head.hash.into());
    bring_up(&mut copy, &evidence, ("files", Recorded::IfLost), &At(at(300))).unwrap();
    copy.finish().unwrap();
    let new = Store::open(&copied.home(), OpenOptions::default()).unwrap();
    assert_eq!(new.audit_head().unwrap(), head);
    assert_eq!(new.verify_audit(Some(head.hash)).unwrap(), store.verify_audit(None).unwrap());
    assert_eq!(new.open_reservations().unwrap(), store.open_reservations().unwrap());
    assert_eq!(new.crls(&ca).unwrap(), store.crls(&ca).unwrap());
    assert_eq!(new.status(at(500), at(600)).unwrap(), store.status(at(500), at(600)).unwrap());
    let again = Files::of(&new);
    assert_eq!(again.0.keys().collect::<Vec<_>>(), files.0.keys().collect::<Vec<_>>());
    for (path, contents) in &files.0 {
        assert!(again.0[path] == *contents, "{path}");
    }
}

/// One octet of any file, and any file that is missing.
#[test]
fn plain_files_that_were_changed_are_refused() {
    let mut copied = Copied::new();
    drop(copied.scene.reserve(8));
    let files = Files::of(&copied.scene.store);
    let attempt = |files: &Files| {
        let directory = tempfile::tempdir().unwrap();
        files.save(directory.path());
        Restoration::of_plain_files(directory.path(), place(&copied.home(), false)).map(drop)
    };
    attempt(&files).unwrap();
    for (path, contents) in &files.0 {
        if contents.is_empty() {
            continue;
        }
        let mut changed = Files(files.0.clone());
        let middle = contents.len() / 2;
        changed.0.get_mut(path).unwrap()[middle] ^= 1;
        attempt(&changed).expect_err(path);
        let mut missing = Files(files.0.clone());
        missing.0.remove(path);
        attempt(&missing).expect_err(path);
    }
    let mut copy = {
        let directory = tempfile::tempdir().unwrap();
        files.save(directory.path());
        Restoration::of_plain_files(directory.path(), place(&copied.home(), false)).unwrap()
    };
    let error =
        bring_up(&mut copy, &Evidence::default(), ("files", Recorded::IfLost), &At(at(300))).unwrap_err();
    assert!(matches!(error, authority::Error::Restore(RestoreError::NoEvidence { .. })), "{error:?}");
}
