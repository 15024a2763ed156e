//! Checkpoints signed by keys of every kind, as the log and as a witness.

use keyrite::audit::note::first;
use keyrite::audit::{Checkpoint, Event, Fingerprint, KeyName, Note, Record};
use keyrite::authority::checkpoint::{CheckpointDraft, CheckpointError, complete};
use keyrite::evidence::{Scheme, signatories};
use keyrite::port::{Signer, SignerError};
use keyrite::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::signature::SignatureValue;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::time::Time;

use crate::scene::{At, Scene, at};
use crate::software::SoftwareKey;

const KEYS: [&str; 9] =
    ["ec-p256", "ec-p384", "ec-p521", "rsa-2048", "ed25519", "ed448", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87"];

fn draft(checkpoint: &Checkpoint, key: &SoftwareKey, witness: bool) -> CheckpointDraft {
    CheckpointDraft {
        checkpoint: checkpoint.clone(),
        name: "example.org/w".parse().unwrap(),
        key_uri: "pkcs11:token=test;object=key".to_owned(),
        algorithm: key.public_key().algorithm().signature_algorithm(),
        witness,
    }
}

fn events(scene: &Scene, from: u64) -> Vec<Event> {
    let mut events = Vec::new();
    scene
        .store
        .audit_entries(from, |entry| {
            events.push(Record::decode(&entry.encoding).unwrap().event);
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    events
}

#[test]
fn a_checkpoint_with_lines_of_every_kind_verifies_by_each_of_its_keys_alone() {
    let mut scene = Scene::new();
    let (checkpoint, _) = scene.store.audit_checkpoint().unwrap();
    let mut note = Note { text: checkpoint.text(), signatures: Vec::new() };
    let mut keys: Vec<PublicKey> = Vec::new();
    for name in KEYS {
        let mut key = SoftwareKey::load(name);
        for witness in [false, true] {
            let draft = draft(&checkpoint, &key, witness);
            let line = complete(Some(&mut scene.store), &mut key, &draft, &At(at(100))).unwrap();
            note.signatures.push(line);
        }
        keys.push(key.public_key().clone());
    }
    let note = Note::parse(note.to_text().as_bytes()).unwrap();
    for (number, key) in keys.iter().enumerate() {
        let found = signatories(&note, &checkpoint, std::slice::from_ref(key)).unwrap();
        assert_eq!(found.len(), 2, "{}", KEYS[number]);
        let timed = found.iter().filter(|one| one.time == Some(at(100))).count();
        let wanted = match KEYS[number] {
            "ed25519" => 1,
            "ml-dsa-44" => 2,
            _ => 0,
        };
        assert_eq!(timed, wanted, "{}", KEYS[number]);
    }
    assert_eq!(signatories(&note, &checkpoint, &keys).unwrap().len(), 18);
    let stranger = SoftwareKey::derived(KeyAlgorithm::Ed25519, "stranger");
    assert_eq!(signatories(&note, &checkpoint, &[stranger.public_key().clone()]), Ok(Vec::new()));
    // A line of a known key that is not right spoils the whole note.
    for number in 0..note.signatures.len() {
        let mut forged = note.clone();
        *forged.signatures[number].signature.last_mut().unwrap() ^= 1;
        let key = &keys[number / 2..=number / 2];
        assert!(signatories(&forged, &checkpoint, key).is_err(), "line {number}");
    }
    let mut other = checkpoint.clone();
    other.size += 1;
    for key in &keys {
        assert!(signatories(&note, &other, std::slice::from_ref(key)).is_err());
    }
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

/// The ids and messages of C2SP, spelled out once more.
#[test]
fn what_is_signed_is_what_the_specifications_say() {
    let checkpoint = Checkpoint {
        origin: "example.com/behind-the-sofa".to_owned(),
        size: 20_852_163,
        root: Fingerprint([0x30; 32]),
    };
    let name: KeyName = "witness.example.com/w1".parse().unwrap();
    let time = Time::from_unix(1_679_315_147).unwrap();
    let scheme = |key: &SoftwareKey, witness| {
        Scheme::of(key.public_key().algorithm().signature_algorithm(), key.public_key(), witness)
    };
    let message =
        |key: &SoftwareKey, witness| scheme(key, witness).message(&checkpoint, &name, time).unwrap();
    let id = |key: &SoftwareKey, witness| scheme(key, witness).id(&name, key.public_key());
    let hashed = |kind: u8, octets: &[u8]| {
        first(&Fingerprint::of(&[b"witness.example.com/w1\n", &[kind][..], octets].concat()).0)
    };
    let text = checkpoint.text();

    let key = SoftwareKey::load("ed25519");
    let public = key.public_key().key_octets();
    assert_eq!(message(&key, false).as_bytes(), text.as_bytes());
    assert_eq!(message(&key, true).as_bytes(), format!("cosignature/v1\ntime 1679315147\n{text}").as_bytes());
    assert_eq!([id(&key, false), id(&key, true)], [hashed(1, public), hashed(4, public)]);

    let key = SoftwareKey::load("ec-p256");
    assert_eq!(message(&key, true).as_bytes(), text.as_bytes());
    assert_eq!(id(&key, true), first(&Fingerprint::of(key.public_key().as_der()).0));

    let key = SoftwareKey::load("ml-dsa-44");
    let wanted = [
        &b"subtree/v1\n\0"[..],
        b"\x16witness.example.com/w1",
        &1_679_315_147_u64.to_be_bytes(),
        b"\x1bexample.com/behind-the-sofa",
        &[0; 8],
        &20_852_163_u64.to_be_bytes(),
        &[0x30; 32],
    ]
    .concat();
    assert_eq!(message(&key, false).as_bytes(), wanted);
    assert_eq!(id(&key, true), hashed(6, key.public_key().key_octets()));

    let key = SoftwareKey::load("rsa-2048");
    let identifier = key.public_key().algorithm().signature_algorithm().identifier_der();
    let rest = [b"x509-signature/v1\n", identifier, key.public_key().as_der()].concat();
    assert_eq!(id(&key, false), hashed(0xff, &rest));

    // Nothing that a key signs of a log begins as what it signs as a CA's.
    let der = Checkpoint { origin: "0rigin".to_owned(), ..checkpoint.clone() };
    let ec = SoftwareKey::load("ec-p256");
    assert_eq!(scheme(&ec, false).message(&der, &name, time), None);
    for name in KEYS {
        let key = SoftwareKey::load(name);
        for witness in [false, true] {
            assert_ne!(message(&key, witness).as_bytes()[0], 0x30, "{name}");
        }
    }
}

/// A token that does not sign, or signs something else.
struct Faulty {
    key: SoftwareKey,
    lies: bool,
}

impl Signer for Faulty {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn sign(
        &mut self,
        algorithm: SignatureAlgorithm,
        _messages: &[&[u8]],
    ) -> Vec<Result<SignatureValue, SignerError>> {
        if self.lies {
            self.key.sign(algorithm, &[b"something else"])
        } else {
            vec![Err(SignerError::Failed("it is gone".into()))]
        }
    }
}

#[test]
fn the_intent_is_recorded_before_and_the_outcome_after() {
    let mut scene = Scene::new();
    let (checkpoint, head) = scene.store.audit_checkpoint().unwrap();
    let key = SoftwareKey::load("ec-p256");
    let mut good = SoftwareKey::load("ec-p256");
    let draft = draft(&checkpoint, &key, false);
    let line = complete(Some(&mut scene.store), &mut good, &draft, &At(at(100))).unwrap();
    let told = events(&scene, head.entries + 1);
    let [
        Event::CheckpointSigning { checkpoint: before, message_sha256, algorithm },
        Event::CheckpointSigned { checkpoint: after, signature_sha256 },
    ] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!(before, after);
    assert_eq!(
        (before.size, before.root, before.key_name.as_str()),
        (checkpoint.size, checkpoint.root, "example.org/w")
    );
    assert_eq!(before.public_key_sha256.0, key.public_key().sha256());
    assert_eq!(*message_sha256, Fingerprint::of(checkpoint.text().as_bytes()));
    assert_eq!(*signature_sha256, Fingerprint::of(&line.signature));
    assert_eq!(algorithm, "ECDSA with SHA-256");
    for (lies, wanted) in [(false, "token"), (true, "signature")] {
        let from = scene.store.audit_head().unwrap().entries + 1;
        let mut faulty = Faulty { key: SoftwareKey::load("ec-p256"), lies };
        let error = complete(Some(&mut scene.store), &mut faulty, &draft, &At(at(100))).unwrap_err();
        assert!(matches!(error, CheckpointError::Sign(_)), "{error:?}");
        let told = events(&scene, from);
        let [Event::CheckpointSigning { .. }, Event::CheckpointFailed { failure, reason, .. }] =
            told.as_slice()
        else {
            panic!("{told:?}")
        };
        assert_eq!(serde_json::to_value(failure).unwrap(), wanted, "{reason}");
        assert_eq!(reason.contains("it is gone"), !lies, "{reason}");
    }
    // A witness without a home signs all the same.
    assert_eq!(complete(None, &mut good, &draft, &At(at(100))).unwrap().name, line.name);
}
