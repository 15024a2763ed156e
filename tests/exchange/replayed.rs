//! The same bundle twice, by accident, by malice and after a crash.

use std::time::Duration;

use keyrite::audit::{KeyName, Note};
use keyrite::evidence::Scheme;
use keyrite::exchange::{Contents, RequestManifest, layout, statement};
use keyrite::x509::algorithm::{Digest, SignatureAlgorithm};
use keyrite::x509::pem;
use keyrite::x509::spki::PublicKey;
use keyrite::x509::time::Time;

use crate::home::program;
use crate::scene::Scene;
use crate::support::fault_module;

#[test]
fn a_bundle_that_comes_twice_has_nothing_signed_and_the_same_answer() {
    let scene = Scene::new();
    scene.ask(&["r1.csr", "r2.csr"], &["--crl", "--ocsp"]);
    assert_eq!(scene.answer("request", "answer").code, Some(0));
    let serials = scene.serials();
    // From a copy, and after other things have happened in the home.
    let copy = scene.contents("request");
    scene.put("copy", &copy);
    scene.home.done(&scene.home.issue(&["r3.csr"], &["--out", "r3.pem"]));
    scene.home.done(&["crl", "issue", "--ca", "root", "--out", "later.crl"]);
    fault_module::forget(scene.home.token());
    let run = scene.answer("copy", "again");
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stdout.contains("nothing: this bundle was answered before"), "{}", run.stdout);
    assert_eq!(fault_module::all_calls(scene.home.token()), Vec::<String>::new(), "no token was asked");
    assert_eq!(scene.contents("answer"), scene.contents("again"));
    assert_eq!(scene.serials().len(), serials.len() + 1);
}

/// A key that is none of a token's, so that a bundle of a known id can be made by hand.
fn signed_by_hand(scene: &Scene, manifest: &RequestManifest, mut contents: Contents) -> Contents {
    let octets = manifest.encode().unwrap();
    let checkpoint = statement(manifest.bundle, &manifest.requester, &octets);
    scene.home.write("statement", &checkpoint.text());
    let sign = ["dgst", "-sha256", "-sign", "soft.key", "-out", "statement.sig", "statement"];
    assert!(scene.home.openssl(&sign).0);
    let signature = std::fs::read(scene.path("statement.sig")).unwrap();
    let spki = pem::one(&std::fs::read(scene.path("ca/soft.pub")).unwrap(), &["PUBLIC KEY"]).unwrap();
    let key = PublicKey::from_spki_der(&spki).unwrap();
    let name: KeyName = checkpoint.origin.parse().unwrap();
    let scheme = Scheme::of(SignatureAlgorithm::Ecdsa(Digest::Sha256), &key, false);
    let line = scheme.line(name, &key, Time::from_unix(0).unwrap(), &signature);
    let note = Note { text: checkpoint.text(), signatures: vec![line] };
    contents.insert(layout::REQUEST.to_owned(), octets);
    contents.insert(layout::REQUEST_NOTE.to_owned(), note.to_text().into_bytes());
    contents
}

#[test]
fn one_id_stands_for_one_bundle_for_ever() {
    let scene = Scene::new();
    scene.ask(&["r1.csr"], &[]);
    assert_eq!(scene.answer("request", "answer").code, Some(0));
    let contents = scene.contents("request");
    let mut manifest: RequestManifest = serde_json::from_slice(&contents["request.json"]).unwrap();
    manifest.requests[0].reference = "another.csr".to_owned();
    scene.put("other", &signed_by_hand(&scene, &manifest, contents.clone()));
    let serials = scene.serials();
    fault_module::forget(scene.home.token());
    let run = scene.answer("other", "second");
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("with other contents: its manifest had the SHA-256"), "{}", run.stderr);
    assert_eq!((scene.signatures(), scene.serials()), (0, serials));
    // The answer to the one is none to the other.
    scene.put("request", &scene.contents("other"));
    let run = scene.accept("answer", "accepted");
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(
        run.stderr.contains("answer.json: the answer to a bundle of this id with the SHA-256"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_old_answer_is_none_to_a_new_request() {
    let scene = Scene::new();
    scene.ask(&["r1.csr"], &[]);
    assert_eq!(scene.answer("request", "answer").code, Some(0));
    std::fs::remove_dir_all(scene.path("request")).unwrap();
    scene.ask(&["r1.csr"], &[]);
    let run = scene.accept("answer", "accepted");
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("answer.json: the answer to bundle "), "{}", run.stderr);
    assert!(!scene.path("accepted").exists());
}

/// Killed while the token was at each of its signatures: the numbers that were reserved are those of the answer.
#[test]
fn killed_in_the_middle_and_answered_again_there_is_one_serial_for_each_request() {
    for hanging in 2..=5 {
        let scene = Scene::new();
        scene.ask(&["r1.csr", "r2.csr"], &["--crl"]);
        let before = scene.serials();
        let mut command = scene.home.command(program(), &format!("C_Sign:hang@{hanging}"));
        let mut child = command
            .args(scene.home.arguments(&["bundle", "answer", "request", "--out", "answer"]))
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut waited = 0;
        while scene.signatures() < hanging {
            waited += 1;
            assert!(waited < 6_000, "the token is not asked for signature {hanging}");
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!scene.path("answer").exists());
        let reserved = scene.serials();
        assert_eq!(reserved.len(), before.len() + 2, "killed at signature {hanging}");
        let run = scene.answer("request", "answer");
        assert_eq!(run.code, Some(0), "killed at signature {hanging}: {run:#?}");
        let after = scene.serials();
        assert!(after.keys().eq(reserved.keys()), "killed at signature {hanging}: {after:?}");
        assert!(after.values().all(|state| state == "issued"), "killed at signature {hanging}: {after:?}");
        assert_eq!(scene.accept("answer", "accepted").code, Some(0));
        fault_module::forget(scene.home.token());
        assert_eq!(scene.answer("request", "again").code, Some(0));
        assert_eq!(scene.signatures(), 0);
        assert_eq!(scene.contents("answer"), scene.contents("again"));
        scene.home.done(&["audit", "verify"]);
    }
}

/// What was given up stays given up: the number may be in somebody's hands.
#[test]
fn a_request_whose_number_was_given_up_gets_no_other() {
    let scene = Scene::new();
    scene.ask(&["r1.csr", "r2.csr"], &[]);
    let run = scene.home.keyrite(&["bundle", "answer", "request", "--out", "answer"], "C_Sign:rv=0x30@2");
    assert_eq!(run.code, Some(4), "{run:#?}");
    let reserved = scene.serials();
    scene.home.done(&["recover"]);
    let run = scene.answer("request", "answer");
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(
        run.stdout.contains("was reserved for it and given up, and a request gets one alone"),
        "{}",
        run.stdout
    );
    assert!(scene.serials().keys().eq(reserved.keys()));
    assert_eq!(scene.accept("answer", "accepted").code, Some(1));
}
