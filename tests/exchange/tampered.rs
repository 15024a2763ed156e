//! Every file changed, taken away and added to; a sample of octets in each.

use keyrite::exchange::{AnswerBundle, Contents, RequestBundle};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::pem;
use keyrite::x509::spki::PublicKey;

use crate::scene::Scene;

/// Whether anything is wrong with what was made of sound files; the error names this file.
#[track_caller]
fn found(made: &str, file: &str, judged: Result<(), String>) {
    let said = judged.expect_err(made);
    // A manifest without its signature, and a file without the manifest that names it, may be told of in its place.
    let partner = match file {
        "request.json" => "request.note",
        "answer.json" => "answer.tlog-proof",
        "checkpoint" => "checkpoint",
        other => other,
    };
    assert!(said.contains(file) || said.contains(partner), "{made}: {said}");
}

/// Changes files in every way, and looks whether `judge` finds each.
fn spoil(sound: &Contents, step: usize, judge: &dyn Fn(Contents) -> Result<(), String>) {
    judge(sound.clone()).unwrap();
    for (file, octets) in sound {
        let mut without = sound.clone();
        without.remove(file);
        found(&format!("without {file}"), file, judge(without));
        for at in (0..octets.len()).step_by(step) {
            let mut changed = sound.clone();
            changed.get_mut(file).unwrap()[at] ^= 1;
            found(&format!("{file}, octet {at}"), file, judge(changed));
        }
        let mut longer = sound.clone();
        longer.get_mut(file).unwrap().push(b'\n');
        found(&format!("{file} and an octet"), file, judge(longer));
        let mut empty = sound.clone();
        empty.get_mut(file).unwrap().clear();
        found(&format!("{file}, empty"), file, judge(empty));
        for (other, octets) in sound.iter().filter(|(other, _)| *other != file) {
            let mut swapped = sound.clone();
            swapped.insert(file.clone(), octets.clone());
            found(&format!("{file} with the octets of {other}"), file, judge(swapped));
        }
    }
    for more in
        ["more.txt", "requests/0009.csr", "certificates/0009.pem", "crls/0009.crl", "proofs/0009.tlog-proof"]
    {
        let mut longer = sound.clone();
        longer.insert(more.to_owned(), b"more".to_vec());
        found(&format!("with {more}"), more, judge(longer));
    }
}

#[test]
fn whatever_is_done_to_either_bundle_is_found_and_the_file_named() {
    let scene = Scene::new();
    scene.ask(&["r1.csr", "r2.csr"], &["--ocsp"]);
    let run = scene.answer("request", "answer");
    assert_eq!(run.code, Some(0), "{run:#?}");
    let request = scene.contents("request");
    let spki = pem::one(&std::fs::read(scene.path("ca/team.pub")).unwrap(), &["PUBLIC KEY"]).unwrap();
    let keys = [PublicKey::from_spki_der(&spki).unwrap()];
    spoil(&request, 3, &|contents| {
        let bundle = RequestBundle::read(contents).map_err(|error| error.to_string())?;
        bundle.signer(&keys).map(drop).map_err(|error| error.to_string())
    });
    let ca = Certificate::read(&std::fs::read(scene.path("root.pem")).unwrap()).unwrap();
    let asked = RequestBundle::read(request).unwrap();
    spoil(&scene.contents("answer"), 11, &|contents| {
        let bundle = AnswerBundle::read(contents).map_err(|error| error.to_string())?;
        bundle.accept(&asked, &ca).map(drop).map_err(|error| error.to_string())
    });
}

/// What the library finds is what the commands say, with the exit code for what is not what it was.
#[test]
fn the_commands_say_the_same() {
    let scene = Scene::new();
    scene.ask(&["r1.csr"], &[]);
    let mut changed = scene.contents("request");
    changed.get_mut("requests/0001.csr").unwrap()[100] ^= 1;
    scene.put("changed", &changed);
    let run = scene.answer("changed", "answer");
    assert_eq!(run.code, Some(6), "{run:#?}");
    assert!(run.stderr.contains("requests/0001.csr is not what it was: its SHA-256 is "), "{}", run.stderr);
    assert_eq!(scene.answer("request", "answer").code, Some(0));
    let mut changed = scene.contents("answer");
    changed.remove("proofs/0001.tlog-proof");
    scene.put("changed", &changed);
    let run = scene.accept("changed", "accepted");
    assert_eq!(run.code, Some(6), "{run:#?}");
    assert!(run.stderr.contains("proofs/0001.tlog-proof is missing"), "{}", run.stderr);
    assert!(!scene.path("accepted").exists());
}
