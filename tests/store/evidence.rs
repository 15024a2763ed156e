//! Exports for auditors, verified from their files alone: what is true is accepted, and whatever is done to it found.

use std::collections::BTreeMap;

use keyrite::audit::{KnownHead, tile::Tiler, tree};
use keyrite::authority::evidence::{Directory, export};
use keyrite::evidence::{Counts, Files as _, Finding, Memory, layout, verify};
use keyrite::store::{CrlIntent, Revocation};
use keyrite::x509::extension::ReasonCode;
use tempfile::TempDir;

use crate::scene::{Scene, at, serial, sign_crl};

/// A home in which a bit of everything has happened, and its export.
fn exported() -> (Scene, TempDir) {
    let mut scene = Scene::new();
    let ca = scene.ca();
    scene.issue(1);
    scene.issue(2);
    scene.issue_until(3, at(86_400));
    drop(scene.reserve(4));
    let said = |reason| Revocation { reason: Some(reason), date: at(20), invalidity_date: Some(at(15)) };
    scene.store.revoke(&ca, &serial(1), said(ReasonCode::CertificateHold), at(20)).unwrap();
    scene.store.revoke(&ca, &serial(3), said(ReasonCode::Superseded), at(20)).unwrap();
    scene.issue_crl(at(50));
    scene.store.unhold(&ca, &serial(1), at(60)).unwrap();
    scene.store.revoke(&ca, &serial(2), said(ReasonCode::KeyCompromise), at(70)).unwrap();
    // On this one certificate 3 is named after its end, and not on the next.
    scene.issue_crl(at(2 * 86_400));
    let last = scene.issue_crl(at(3 * 86_400));
    assert_eq!(last.revoked().len(), 1);
    let directory = tempfile::tempdir().unwrap();
    export(&scene.store, &directory.path().join("export")).unwrap();
    (scene, directory)
}

pub(crate) fn files(directory: &TempDir) -> Memory {
    let directory = Directory::of(&directory.path().join("export")).unwrap();
    let mut files = Memory::default();
    let mut paths = Vec::new();
    directory.each(&mut |path| paths.push(path.to_owned())).unwrap();
    for path in paths {
        let mut octets = Vec::new();
        directory.open(&path).unwrap().read_to_end(&mut octets).unwrap();
        files.0.insert(path, octets);
    }
    files
}

pub(crate) fn findings(files: &Memory, known: &[KnownHead]) -> Vec<String> {
    verify(files, known).findings.kept().iter().map(ToString::to_string).collect()
}

/// As whoever holds the export puts it right after an edit: tiles, bundles, checkpoint, head and sums anew, from the
/// lines as they are.
fn put_right(files: &mut Memory) {
    let log = files.0[layout::LOG].clone();
    files.0.retain(|path, _| !path.starts_with("tile/"));
    let mut tiler = Tiler::default();
    let mut bundle = Vec::new();
    let mut head = keyrite::audit::Head::empty();
    let mut first = head;
    for line in log.split(|octet| *octet == b'\n').filter(|line| !line.is_empty()) {
        keyrite::audit::bundle::add(&mut bundle, line).unwrap();
        head = head.extend(line);
        if head.entries == 1 {
            first = head;
        }
        assert!(tiler.push(tree::leaf(line)).is_empty(), "more entries than this is made for");
    }
    for filled in tiler.partial() {
        files.0.insert(filled.tile.path(), filled.octets());
        files.0.insert(filled.tile.entries_path(), bundle.clone());
    }
    let checkpoint = keyrite::audit::Checkpoint {
        origin: keyrite::audit::checkpoint::origin(&first.hash),
        size: tiler.size(),
        root: tiler.root(),
    };
    files.0.insert(layout::CHECKPOINT.to_owned(), checkpoint.text().into_bytes());
    files.0.insert(layout::HEAD.to_owned(), layout::head(&checkpoint, &head).into_bytes());
    sum(files);
}

fn sum(files: &mut Memory) {
    files.0.remove(layout::SUMS);
    let sums: String = files
        .0
        .iter()
        .map(|(path, octets)| format!("{}  {path}\n", keyrite::audit::Fingerprint::of(octets)))
        .collect();
    files.0.insert(layout::SUMS.to_owned(), sums.into_bytes());
}

#[test]
fn a_true_export_is_accepted_with_every_head() {
    let (scene, directory) = exported();
    let files = files(&directory);
    let (checkpoint, head) = scene.store.audit_checkpoint().unwrap();
    let known = [
        KnownHead::from(checkpoint.root),
        KnownHead::from(head.hash),
        KnownHead { size: Some(checkpoint.size), hash: checkpoint.root },
    ];
    let verified = verify(&files, &known);
    assert_eq!(verified.findings.kept(), []);
    let log = verified.log.unwrap();
    assert_eq!((log.checkpoint, log.head), (checkpoint, head));
    assert_eq!(verified.counts, Counts { certificates: 4, crls: 3, requests: 0, intents: 1 });
    let mut again = files.clone();
    put_right(&mut again);
    for (path, octets) in files.0.iter().filter(|(path, _)| *path != layout::SUMS) {
        assert!(again.0.get(path) == Some(octets), "what the tests put right is what an export is: {path}");
    }
    assert_eq!(again.0.len(), files.0.len());
}

#[test]
fn an_export_stands_whole_beside_nothing_and_replaces_nothing() {
    let (scene, directory) = exported();
    let path = directory.path().join("export");
    let before = files(&directory);
    let error = export(&scene.store, &path).unwrap_err();
    assert!(error.to_string().ends_with("exists already and was not changed"), "{error}");
    assert_eq!(files(&directory), before);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    assert!(Directory::of(&path.join("none")).is_err());
    // No link is followed, whatever it points to.
    std::os::unix::fs::symlink("/etc/passwd", path.join("link")).unwrap();
    let seen = Directory::of(&path).unwrap();
    assert!(seen.open("link").is_err());
    let found = verify(&seen, &[]);
    assert_eq!(found.findings.kept(), [Finding::Extra { path: "link".to_owned() }]);
}

/// Every file: gone, empty, longer, or with any octet changed. Nobody needs a head for that.
#[test]
fn every_octet_of_every_file_is_accounted_for() {
    let (_scene, directory) = exported();
    let files = files(&directory);
    for path in files.0.keys() {
        let mut gone = files.clone();
        gone.0.remove(path);
        assert!(!findings(&gone, &[]).is_empty(), "{path} removed");
        let mut longer = files.clone();
        longer.0.get_mut(path).unwrap().push(b'\n');
        assert!(!findings(&longer, &[]).is_empty(), "{path} longer");
        let octets = &files.0[path];
        // What is large is sampled; the ends are not.
        let step = octets.len().div_ceil(5).max(1);
        let places = (0..octets.len()).filter(|at| at % step == 0 || *at + 2 > octets.len());
        for at in places {
            let mut changed = files.clone();
            changed.0.get_mut(path).unwrap()[at] ^= 1;
            assert!(!findings(&changed, &[]).is_empty(), "{path} octet {at}");
        }
    }
    let mut more = files.clone();
    more.0.insert("certificates/root/AA.pem".to_owned(), Vec::new());
    sum(&mut more);
    assert_eq!(findings(&more, &[]), ["certificates/root/AA.pem is a file of which the log does not tell"]);
}

/// Lines deleted, swapped, repeated, changed or cut off, and everything else put right: what still looks like a log is
/// none that has the known head.
#[test]
fn every_edited_log_is_found_by_a_head_from_elsewhere() {
    let (scene, directory) = exported();
    let files = files(&directory);
    let (checkpoint, head) = scene.store.audit_checkpoint().unwrap();
    let text = String::from_utf8(files.0[layout::LOG].clone()).unwrap();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let renumbered = |lines: Vec<String>| {
        let number = |(at, line): (usize, String)| {
            let mut value: BTreeMap<String, serde_json::Value> = serde_json::from_str(&line).unwrap();
            value.insert("entry".to_owned(), (at + 1).into());
            serde_json::to_string(&value).unwrap()
        };
        lines.into_iter().enumerate().map(number).collect::<Vec<_>>()
    };
    assert_eq!(renumbered(lines.clone()), lines);
    let mut edited: Vec<Vec<String>> = (0..lines.len()).map(|kept| lines[..kept].to_vec()).collect();
    for at in 0..lines.len() {
        let mut deleted = lines.clone();
        deleted.remove(at);
        let mut repeated = lines.clone();
        repeated.insert(at, lines[0].clone());
        let mut changed = lines.clone();
        changed[at] = changed[at].replace("2026-11-2", "2026-11-1");
        edited.extend([deleted, repeated, changed]);
        if at > 0 {
            let mut swapped = lines.clone();
            swapped.swap(at - 1, at);
            edited.push(swapped);
        }
    }
    let known = [checkpoint.root, head.hash].map(KnownHead::from);
    for (at, lines) in edited.into_iter().enumerate() {
        let mut files = files.clone();
        let log: String = renumbered(lines).iter().map(|line| format!("{line}\n")).collect();
        files.0.insert(layout::LOG.to_owned(), log.into_bytes());
        put_right(&mut files);
        // One head or the other: both are looked for in the same way.
        for known in known.into_iter().skip(at % 2).take(1) {
            let found = findings(&files, &[known]);
            let wanted = format!("audit log: the known head {known} is nowhere in the log of ");
            assert!(found.iter().any(|found| found.starts_with(&wanted)), "{found:?}");
        }
    }
}

/// Of what an export says of objects nothing can be exchanged, even where the log is true.
#[test]
fn objects_that_are_exchanged_are_named() {
    let (_scene, directory) = exported();
    let files = files(&directory);
    let certificate = |number| format!("certificates/root/{}.pem", serial(number));
    let exchanged = |one: &str, other: &str| {
        let mut files = files.clone();
        let octets = files.0[other].clone();
        files.0.insert(one.to_owned(), octets);
        sum(&mut files);
        findings(&files, &[])
    };
    let found = exchanged(&certificate(1), &certificate(2));
    assert!(found.iter().any(|found| found.contains("and audit entry 7 gives it as ")), "{found:?}");
    assert!(found.iter().any(|found| found.contains(&format!("is of number {}", serial(2)))), "{found:?}");
    let found = exchanged("crls/root/2.pem", "crls/root/3.pem");
    let wanted = format!("crls/root/2.pem does not name certificate {}", serial(3));
    assert!(found.iter().any(|found| found.starts_with(&wanted)), "{found:?}");
    let intent = format!("intents/certificates/root/{}", serial(4));
    let mut changed = files.clone();
    let tbs = changed.0.get_mut(&format!("{intent}.tbs")).unwrap();
    *tbs.last_mut().unwrap() ^= 1;
    sum(&mut changed);
    let found = findings(&changed, &[]);
    assert!(found[0].starts_with(&format!("what is signed in {intent}.tbs has the SHA-256 ")), "{found:?}");
}

/// The ledger takes whatever CRL somebody builds; an auditor does not.
#[test]
fn a_crl_that_leaves_out_or_invents_a_revocation_is_found() {
    for invent in [false, true] {
        let mut scene = Scene::new();
        let ca = scene.ca();
        scene.issue(1);
        scene.issue(2);
        let said = Revocation { reason: None, date: at(20), invalidity_date: None };
        scene.store.revoke(&ca, &serial(1), said, at(20)).unwrap();
        let mut list = crate::scene::list(&scene.store, &ca);
        if invent {
            let mut other = list.revoked[0].clone();
            other.serial = serial(2);
            list.revoked.push(other);
        } else {
            list.revoked.clear();
        }
        let number = scene.store.next_crl_number(&ca).unwrap();
        let intent: CrlIntent = scene.crl_intent(list, number, at(50));
        let reservation = scene.store.reserve_crl(&ca, intent, at(50)).unwrap();
        let seal = sign_crl(&scene, &reservation);
        scene.store.commit_crl(reservation, seal, at(51)).unwrap();
        let directory = tempfile::tempdir().unwrap();
        export(&scene.store, &directory.path().join("export")).unwrap();
        let wanted = if invent {
            format!(
                "crls/root/1.pem names certificate {}, which the log does not revoke before it",
                serial(2)
            )
        } else {
            format!(
                "crls/root/1.pem does not name certificate {}, which the log revokes before it",
                serial(1)
            )
        };
        assert_eq!(findings(&files(&directory), &[]), [wanted]);
    }
}
