//! The Merkle tree of the audit log in the ledger: made entry by entry, filled in for older ledgers, held against the log.

use keyrite::audit::checkpoint::origin;
use keyrite::audit::tile::{Tiler, WIDTH};
use keyrite::audit::{Event, Fingerprint, Head, KnownHead, Record, proof, tree};
use keyrite::store::{Discrepancy, Error, OpenOptions, Store};
use tempfile::TempDir;

use crate::intents::OLDER;
use crate::scene::{Scene, at};

/// The leaves of a log, read with SQLite alone.
fn leaves(ledger: &rusqlite::Connection) -> Vec<Fingerprint> {
    let mut statement = ledger.prepare("SELECT encoding FROM audit_log ORDER BY entry").unwrap();
    let rows = statement.query_map([], |row| Ok(tree::leaf(&row.get::<_, Vec<u8>>(0)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn tiles(ledger: &rusqlite::Connection) -> Vec<(u8, u64)> {
    let mut statement = ledger.prepare("SELECT level, tile FROM audit_tile ORDER BY level, tile").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?))).unwrap();
    rows.map(|row| row.map(|(level, tile)| (level, u64::try_from(tile).unwrap())).unwrap()).collect()
}

fn login(number: usize) -> Event {
    Event::LoginFailed { token: "pkcs11:token=a".to_owned(), reason: format!("wrong PIN, {number}") }
}

/// A home whose log has `size` entries and no tree, as a program of schema version 3 has left it.
fn older(size: u64) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(directory.path(), at(0)).unwrap();
    let mut head = store.audit_head().unwrap();
    let mut ledger = rusqlite::Connection::open(store.path()).unwrap();
    drop(store);
    let transaction = ledger.transaction().unwrap();
    {
        let mut insert = transaction.prepare("INSERT INTO audit_log VALUES (?1, ?2, ?3)").unwrap();
        while head.entries < size {
            let entry = head.entries + 1;
            let record = Record { entry, time: at(1).to_string(), event: login(7) };
            let encoding = record.encode().unwrap();
            head = head.extend(&encoding);
            let number = i64::try_from(entry).unwrap();
            insert.execute(rusqlite::params![number, encoding, head.hash.as_bytes()]).unwrap();
        }
    }
    transaction.execute_batch(OLDER).unwrap();
    transaction.execute_batch("DROP TABLE audit_tile; PRAGMA user_version = 3;").unwrap();
    transaction.commit().unwrap();
    directory
}

#[test]
fn a_tile_is_made_by_the_entry_that_completes_it_and_no_sooner() {
    let mut scene = Scene::new();
    let ledger = scene.raw();
    for number in 0..260 {
        scene.store.append(login(number), at(5)).unwrap();
        let size = scene.store.audit_head().unwrap().entries;
        let wanted: &[(u8, u64)] = if size < 256 { &[] } else { &[(0, 0)] };
        assert_eq!(tiles(&ledger), wanted, "{size} entries");
    }
    let (checkpoint, head) = scene.store.audit_checkpoint().unwrap();
    let mut tiler = Tiler::default();
    let all = leaves(&ledger);
    all.iter().for_each(|leaf| drop(tiler.push(*leaf)));
    assert_eq!((checkpoint.size, checkpoint.root), (head.entries, tiler.root()));
    let first: [u8; 32] =
        ledger.query_row("SELECT hash FROM audit_log WHERE entry = 1", [], |row| row.get(0)).unwrap();
    assert_eq!(checkpoint.origin, origin(&Fingerprint(first)));
    for (index, leaf) in all.iter().enumerate().filter(|(index, _)| index % 17 == 0 || *index > 254) {
        let index = u64::try_from(index).unwrap();
        let path = scene.store.audit_inclusion(index + 1, checkpoint.size).unwrap();
        proof::verify_inclusion(leaf, index, checkpoint.size, &path, &checkpoint.root).unwrap();
    }
    for old in [1, 2, 255, 256, 257, checkpoint.size] {
        let (root, path) = scene.store.audit_consistency(old, checkpoint.size).unwrap();
        proof::verify_consistency((old, &root), (checkpoint.size, &checkpoint.root), &path).unwrap();
    }
    let verified = scene.store.verify_audit(None).unwrap();
    assert_eq!((verified.root, verified.discrepancies), (checkpoint.root, Vec::new()));
}

/// 65,536 entries complete a tile of level 1. All but the last of them were there before there was a tree.
#[test]
fn an_older_ledger_is_given_its_tree_and_goes_on_with_it() {
    let home = older(65_534);
    assert!(matches!(Store::open_read_only(home.path()), Err(Error::Older { found: 3, .. })));
    let mut store = Store::open(home.path(), OpenOptions::default()).unwrap();
    let ledger = rusqlite::Connection::open(store.path()).unwrap();
    assert_eq!(tiles(&ledger).len(), 255, "those of level 0 that were full");
    for number in 0..4 {
        store.append(login(number), at(9)).unwrap();
        let (checkpoint, _) = store.audit_checkpoint().unwrap();
        let wanted = match checkpoint.size {
            65_535 => 255,
            _ => 257,
        };
        assert_eq!(tiles(&ledger).len(), wanted, "{}", checkpoint.size);
    }
    assert_eq!(tiles(&ledger).last(), Some(&(1, 0)));
    let (checkpoint, _) = store.audit_checkpoint().unwrap();
    let all = leaves(&ledger);
    let mut tiler = Tiler::default();
    all.iter().for_each(|leaf| drop(tiler.push(*leaf)));
    assert_eq!(checkpoint.root, tiler.root());
    for index in [0, 255, 65_279, 65_280, 65_535, 65_536, 65_537] {
        let path = store.audit_inclusion(index + 1, checkpoint.size).unwrap();
        let leaf = &all[usize::try_from(index).unwrap()];
        proof::verify_inclusion(leaf, index, checkpoint.size, &path, &checkpoint.root).unwrap();
    }
    let (root, path) = store.audit_consistency(65_535, checkpoint.size).unwrap();
    proof::verify_consistency((65_535, &root), (checkpoint.size, &checkpoint.root), &path).unwrap();
}

#[test]
fn a_tile_that_is_not_what_the_entries_give_is_found() {
    let home = older(600);
    let store = Store::open(home.path(), OpenOptions::default()).unwrap();
    let ledger = rusqlite::Connection::open(store.path()).unwrap();
    ledger.execute_batch("DROP TRIGGER audit_tile_no_update; DROP TRIGGER audit_tile_no_delete;").unwrap();
    assert_eq!(store.verify_audit(None).unwrap().discrepancies, []);
    let found = |sql: &str| {
        ledger.execute(sql, []).unwrap();
        let found: Vec<String> =
            store.verify_audit(None).unwrap().discrepancies.iter().map(ToString::to_string).collect();
        found
    };
    let wrong = "tile/0/001 is not what the entries of the audit log give";
    assert_eq!(found("UPDATE audit_tile SET hashes = zeroblob(8192) WHERE tile = 1"), [wrong]);
    let gone = "the audit log has other tiles than the 2 that its entries give";
    assert_eq!(found("DELETE FROM audit_tile WHERE tile = 1"), [wrong, gone]);
    assert_eq!(found("INSERT INTO audit_tile VALUES (0, 2, zeroblob(8192))"), [wrong]);
    assert_eq!(
        found("INSERT INTO audit_tile SELECT 0, 1, hashes FROM audit_tile WHERE tile = 0"),
        [wrong, "the audit log has other tiles than the 2 that its entries give"]
    );
    assert!(matches!(store.verify_audit(None).unwrap().discrepancies[0], Discrepancy::Tile { .. }));
    assert_eq!(WIDTH, 256);
}

/// A head is met as the root or as the hash of the chain, with its size and without, at every size the log had.
#[test]
fn every_head_that_the_log_ever_had_is_met_and_no_other() {
    let mut scene = Scene::new();
    let mut heads: Vec<KnownHead> = vec![Head::empty().hash.into(), tree::empty().into()];
    for number in 0..12 {
        scene.store.append(login(number), at(5)).unwrap();
        let (checkpoint, head) = scene.store.audit_checkpoint().unwrap();
        for hash in [checkpoint.root, head.hash] {
            heads.extend([KnownHead { size: None, hash }, KnownHead { size: Some(head.entries), hash }]);
        }
    }
    for known in &heads {
        assert_eq!(scene.store.verify_audit_against([*known]).unwrap().discrepancies, [], "{known}");
    }
    assert_eq!(scene.store.verify_audit_against(heads.clone()).unwrap().discrepancies, []);
    for known in heads {
        let mut bent = known;
        bent.hash.0[7] ^= 4;
        let later = KnownHead { size: Some(known.size.unwrap_or(3) + 1), ..known };
        for wrong in [bent, later] {
            let error = scene.store.verify_audit_against([wrong]).unwrap_err();
            let wanted = format!("audit log: the known head {wrong} is nowhere in the log of ");
            assert!(error.to_string().starts_with(&wanted), "{error}");
        }
    }
}

/// What is refused can be as long as it likes; an entry cannot.
#[test]
fn a_refusal_that_is_too_long_for_an_entry_says_less() {
    use keyrite::audit::{Objection, Source};
    let mut scene = Scene::new();
    let text = "\u{1}".repeat(Objection::TEXT_LIMIT);
    let refused = |requester| Event::RequestRefused {
        ca: "root".to_owned(),
        profile: "tls-server".to_owned(),
        profile_sha256: None,
        request_sha256: None,
        requester,
        source: Source::default(),
        violations: vec!["POL-NAMES".to_owned(); 20_000],
        objections: vec![Objection::new("POL-NAMES", "subject", &text, &text); 100],
        overrides: Vec::new(),
    };
    scene.store.append(refused(None), at(5)).unwrap();
    let head = scene.store.audit_head().unwrap();
    let mut kept = None;
    scene
        .store
        .audit_entries(head.entries, |entry| {
            kept = Some(entry.encoding);
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    let kept = kept.unwrap();
    assert!(kept.len() <= 65_535, "{}", kept.len());
    let Event::RequestRefused { violations, .. } = Record::decode(&kept).unwrap().event else { panic!() };
    assert_eq!(violations, ["POL-NAMES"]);
    let error = scene.store.append(refused(Some("x".repeat(70_000))), at(6)).unwrap_err();
    assert!(matches!(error, Error::Encoding(_)), "{error:?}");
    assert_eq!(scene.store.audit_head().unwrap(), head, "nothing was recorded");
}
