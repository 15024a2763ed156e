//! The targets of what strangers hand over to have a log verified: signed notes, proofs, exports for auditors.

use std::sync::LazyLock;

use keyrite::audit::tile::Tiler;
use keyrite::audit::{
    Checkpoint, Conditions, Continuation, EntryProof, Event, Fingerprint, Head, KeyName, Kind, KnownHead,
    Note, Object, Record, Source, bundle, checkpoint, tree,
};
use keyrite::evidence::{Memory, Scheme, Verification, Verified, layout, signatories, verify};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl::Crl;
use keyrite::x509::pem;
use keyrite::x509::signed::{Kind as _, Parts};
use keyrite::x509::spki::PublicKey;
use keyrite::x509::time::Time;
use sha2::{Digest as _, Sha256};

use crate::corpus::golden;
use crate::invariant::{fault, shown};

/// Keys that may have signed a note: one of each kind of line.
static KEYS: LazyLock<Vec<PublicKey>> = LazyLock::new(|| {
    let certificates =
        ["root-ec-p256", "root-ed25519", "root-ml-dsa-44", "root-rsa-2048"].map(golden).concat();
    certificates
        .iter()
        .map(|der| Certificate::from_der(der).ok().and_then(|one| one.public_key().ok()))
        .map(|key| key.expect("the golden roots are read"))
        .collect()
});

/// Seeds of [`note`]: checkpoints with lines that have the ids of known keys, as logs and as witnesses.
pub(crate) fn notes() -> Vec<Vec<u8>> {
    let checkpoint =
        Checkpoint { origin: "keyrite.log/x".to_owned(), size: 7, root: Fingerprint::of(b"root") };
    let name = || "example.test".parse::<KeyName>().expect("a name");
    let time = Time::from_unix(1_795_219_200).expect("a time of today");
    let lines = KEYS.iter().flat_map(|key| {
        [false, true].map(|witness| {
            let scheme = Scheme::of(key.algorithm().signature_algorithm(), key, witness);
            scheme.line(name(), key, time, &[0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01])
        })
    });
    let of = |signatures| Note { text: checkpoint.text(), signatures }.to_text().into_bytes();
    lines.map(|line| of(vec![line])).collect()
}

/// A signed note, and the checkpoint in it.
pub(crate) fn note(octets: &[u8]) {
    let note = match Note::parse(octets) {
        Ok(note) => note,
        Err(error) => return fault(&error),
    };
    assert_eq!(note.to_text().as_bytes(), octets, "a note has one spelling");
    match Checkpoint::parse(&note.text) {
        Ok(checkpoint) => {
            assert_eq!(checkpoint.text(), note.text, "a checkpoint has one spelling");
            match signatories(&note, &checkpoint, &KEYS) {
                Ok(found) => assert!(found.len() <= note.signatures.len() * KEYS.len()),
                Err(error) => fault(&error),
            }
        }
        Err(error) => fault(&error),
    }
}

/// The proof that an entry is in a log, or that a log continues an earlier one.
pub(crate) fn proof(octets: &[u8]) {
    if Continuation::begins(octets) {
        match Continuation::parse(octets) {
            Ok(continuation) => {
                assert_eq!(continuation.to_text().as_bytes(), octets, "a proof has one spelling");
                let Ok(new) = Checkpoint::parse(&continuation.note.text) else { return };
                let old = Checkpoint { size: continuation.old, ..new.clone() };
                match continuation.verify(&old) {
                    // With its own root as the earlier one nothing shows but that it continues itself.
                    Ok(shown) => {
                        assert!(shown == new && (old.size == new.size || old.size == 0), "{shown:?}");
                    }
                    Err(error) => fault(&error),
                }
            }
            Err(error) => fault(&error),
        }
        return;
    }
    match EntryProof::parse(octets) {
        Ok(proof) => {
            assert_eq!(proof.to_text().as_bytes(), octets, "a proof has one spelling");
            match proof.verify() {
                Ok(checkpoint) => {
                    assert!(proof.index < checkpoint.size);
                    let other = EntryProof { entry: [&proof.entry[..], b" "].concat(), ..proof.clone() };
                    assert!(other.verify().is_err(), "another entry is not in the log");
                }
                Err(error) => fault(&error),
            }
            if let Err(error) = Record::decode(&proof.entry) {
                fault(&error);
            }
        }
        Err(error) => fault(&error),
    }
}

/// An export for auditors: the log and, after a zero octet each, paths and contents. What an export derives from the
/// log is derived here as well, so that mutants come further than its first tile.
pub(crate) fn evidence(octets: &[u8]) {
    let files = export(octets);
    let verified = verify(&files, &[]);
    // Paths are of whoever made the export: they are escaped where they are shown.
    verified.findings.kept().iter().for_each(|finding| shown(&finding.to_string()));
    // Each of these verifies it once more: of some inputs, in every run the same ones.
    if !octets.len().is_multiple_of(4) {
        return;
    }
    let mut steps = Verification::begin(&files, &[]);
    while steps.go_on(1) {}
    assert_eq!(steps.end(), verified, "line by line nothing else is found");
    let Some(log) = &verified.log else { return };
    let known = |hash| KnownHead { size: Some(log.head.entries), hash };
    for hash in [log.head.hash, log.checkpoint.root] {
        assert_eq!(verify(&files, &[known(hash)]), verified, "its own heads are met");
    }
    let Fingerprint(mut other) = log.checkpoint.root;
    other[0] ^= 1;
    let Verified { findings, .. } = verify(&files, &[known(Fingerprint(other))]);
    assert_eq!(findings.kept().len().min(999), verified.findings.kept().len().min(998) + 1, "another is not");
}

fn export(octets: &[u8]) -> Memory {
    let mut files = Memory::default();
    let mut parts = octets.split(|octet| *octet == 0);
    let log = parts.next().unwrap_or_default();
    while let (Some(path), Some(contents)) = (parts.next(), parts.next()) {
        files.0.insert(String::from_utf8_lossy(path).into_owned(), contents.to_vec());
    }
    let (mut tiler, mut entries, mut head, mut first) =
        (Tiler::default(), Vec::new(), Head::empty(), Head::empty());
    let mut tiles = Vec::new();
    for line in log.split_inclusive(|octet| *octet == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        head = head.extend(line);
        first = if head.entries == 1 { head } else { first };
        drop(bundle::add(&mut entries, line));
        tiles.extend(tiler.push(tree::leaf(line)));
    }
    tiles.extend(tiler.partial());
    for filled in tiles {
        files.0.insert(filled.tile.path(), filled.octets());
        if filled.tile.level == 0 {
            files.0.insert(filled.tile.entries_path(), std::mem::take(&mut entries));
        }
    }
    let of = Checkpoint { origin: checkpoint::origin(&first.hash), size: head.entries, root: tiler.root() };
    files.0.insert(layout::LOG.to_owned(), log.to_vec());
    files.0.insert(layout::CHECKPOINT.to_owned(), of.text().into_bytes());
    files.0.insert(layout::HEAD.to_owned(), layout::head(&of, &head).into_bytes());
    files.0.insert(layout::README.to_owned(), layout::README_TEXT.as_bytes().to_vec());
    let sums: String = files
        .0
        .iter()
        .filter(|(path, _)| *path != layout::SUMS)
        .map(|(path, octets)| format!("{}  {path}\n", hex::encode(Sha256::digest(octets))))
        .collect();
    files.0.insert(layout::SUMS.to_owned(), sums.into_bytes());
    files
}

/// Seeds of [`evidence`]: an empty log, and one with a root, a leaf and a CRL.
pub(crate) fn exports() -> Vec<Vec<u8>> {
    let one = |name| golden(name).remove(0);
    let (root, leaf, crl) = (one("root-ec-p256"), one("leaf-ec-p256"), one("crl-ec-p256"));
    let certificate = |der: &[u8]| Certificate::from_der(der).expect("a golden certificate is read");
    let object = |kind, number: String| Object { kind, ca: "root".to_owned(), number };
    let number = Crl::from_der(&crl).ok().and_then(|crl| crl.number()).expect("a golden CRL has a number");
    let objects = [
        (object(Kind::Certificate, certificate(&root).serial().to_string()), &root, Certificate::PEM_LABEL),
        (object(Kind::Certificate, certificate(&leaf).serial().to_string()), &leaf, Certificate::PEM_LABEL),
        (object(Kind::Crl, number.to_string()), &crl, Crl::PEM_LABEL),
    ];
    let mut events = vec![
        Event::HomeCreated { version: "0.1.0".to_owned(), id: Some("00".repeat(16)) },
        Event::CaCreated {
            ca: "root".to_owned(),
            key: "pkcs11:object=root".to_owned(),
            profile: "root".to_owned(),
            profile_sha256: None,
            subject: certificate(&root).subject().to_string(),
            public_key_sha256: Fingerprint::of(certificate(&root).spki_der()),
        },
    ];
    let mut files = vec![(layout::path_of("root"), pem::encode(Certificate::PEM_LABEL, &root))];
    for entry in Crl::from_der(&crl).map(|crl| crl.revoked().to_vec()).unwrap_or_default() {
        let (reason, invalid) = (entry.reason, entry.invalidity_date);
        events.push(Event::Revoked {
            ca: "root".to_owned(),
            serial: entry.serial.to_string(),
            reason: reason.map(|reason| reason.to_string()),
            date: entry.revocation_date.to_string(),
            invalidity_date: invalid.map(|date| date.to_string()),
        });
    }
    for (object, der, label) in objects {
        let parts = Parts::from_der(der).expect("a golden object is signed");
        events.push(Event::Signing {
            object: object.clone(),
            tbs_sha256: Fingerprint::of(parts.tbs),
            profile: None,
            profile_sha256: None,
            request_sha256: None,
            requester: None,
            source: Source::default(),
            conditions: Conditions::default(),
        });
        files.push((layout::signed(&object), pem::encode(label, der)));
        events.push(Event::Signed { object, sha256: Fingerprint::of(der) });
        if events.len() < 12 && label == Certificate::PEM_LABEL && der == &root {
            events.push(Event::CaInstalled {
                ca: "root".to_owned(),
                sha256: Fingerprint::of(der),
                path_sha256: vec![],
            });
        }
    }
    let mut whole = Vec::new();
    for (number, event) in (1..).zip(events) {
        let record = Record { entry: number, time: "2026-11-21T10:00:00Z".to_owned(), event };
        whole.extend(record.encode().expect("a record has room"));
        whole.push(b'\n');
    }
    let log = whole.clone();
    for (path, contents) in files {
        whole.push(0);
        whole.extend(path.as_bytes());
        whole.push(0);
        whole.extend(contents.as_bytes());
    }
    let seed = export(&whole);
    let found = verify(&seed, &[]).findings;
    assert!(found.is_empty(), "the seed is a good export: {:#?}", found.kept());
    vec![Vec::new(), log, whole]
}
