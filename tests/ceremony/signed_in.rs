//! Names that are proven by a signature: asked for in the run, kept in the transcript, verified from the bundle alone.

use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

use keyrite::ceremony::{Fact, Record};
use keyrite::evidence::Memory;

use crate::scene::{Ended, SCRIPT, Scene, files, findings};
use crate::ssh_key::Key;

/// Alice and Wim have keys in the script, and an administrator has to have one.
fn scene() -> Scene {
    let scene = Scene::new();
    let people = format!(
        "[people.\"Alice\"]\nkey = \"{}\"\n[people.\"Wim\"]\nkey = \"{}\"\n[ca.root]",
        Key::of(1).line(),
        Key::of(2).line()
    );
    let script = SCRIPT.replacen("[ca.root]", &people, 1);
    scene.write("script.toml", &script.replacen("\"does it\"", "\"does it\"\nproof = \"ssh\"", 1));
    scene
}

/// Waits for a challenge and signs it: gives its text.
fn answer(scene: &Scene, run: &mut Child, number: u32, key: &Key, namespace: &str) -> String {
    let path = scene.path(&format!("out/sign-in-{number}.txt"));
    for _ in 0..600 {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if text.ends_with('\n') {
            put(scene.path(&format!("out/sign-in-{number}.txt.sig")), &key.sign(text.as_bytes(), namespace));
            return text;
        }
        assert!(run.try_wait().unwrap().is_none(), "the run has ended");
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{} does not come", path.display());
}

/// At once, as a file that is moved there.
#[expect(clippy::disallowed_methods, reason = "a file of a test, in a directory of its own")]
fn put(path: PathBuf, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(beside, path).unwrap();
}

fn ended(run: Child) -> Ended {
    let output = run.wait_with_output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn who_has_a_key_in_the_script_signs_in_with_it_and_the_bundle_proves_it() {
    let scene = scene();
    let shown = scene.done(&["ceremony", "plan", "script.toml"]);
    assert!(shown.contains(&format!("Alice: {}", Key::of(1).fingerprint())), "{shown}");
    let plan = scene.plan();
    let mut run = scene.command(&Scene::run(&plan), "").spawn().unwrap();
    let text = answer(&scene, &mut run, 2, &Key::of(1), "keyrite-ceremony");
    let start = format!("keyrite ceremony sign-in\nplan: {plan}\ntranscript: 1 records, ");
    assert!(
        text.starts_with(&start) && text.contains("\nrole: administrator\nperson: Alice\nnonce: "),
        "{text}"
    );
    answer(&scene, &mut run, 3, &Key::of(2), "keyrite-ceremony");
    let told = ended(run);
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    let wanted = "ssh-keygen -Y sign -n keyrite-ceremony -f KEY ";
    assert!(told.stderr.contains(wanted), "{}", told.stderr);
    assert!(!scene.path("out/sign-in-2.txt").exists() && !scene.path("out/sign-in-2.txt.sig").exists());

    let proven = scene.proven();
    assert!(proven.contains("findings    none\ngood        yes\n"), "{proven}");
    for seed in [1, 2] {
        assert!(proven.contains(&Key::of(seed).fingerprint()), "{proven}");
    }
    scene.done(&["ceremony", "report", "bundle", "--out", "report.html"]);
    assert!(scene.read("report.html").contains(&Key::of(2).fingerprint()));

    // Whatever is changed in a proof is found, besides by the sums and the audit log.
    let bundle = Memory(files(&scene.path("bundle")));
    changed(
        &bundle,
        |first, _| first.remove("proof"),
        "\"Alice\" has a key in the script, and has not signed with it",
    );
    let challenge = "\"Alice\" has not proven the name: the challenge that was signed is of another plan, moment, role or person";
    changed(&bundle, |first, other| first.insert("proof".to_owned(), other["proof"].clone()), challenge);
    let nonce = |first: &mut serde_json::Map<String, serde_json::Value>, nonce: &str| {
        first["proof"]["nonce"] = nonce.into();
        None
    };
    changed(&bundle, |first, _| nonce(first, &"0".repeat(32)), challenge);
    changed(&bundle, |first, _| nonce(first, "0"), "the proof is not in the form that a run writes");
    let other_key = |first: &mut serde_json::Map<String, serde_json::Value>, _: &serde_json::Value| {
        first["proof"]["key"] = Key::of(2).fingerprint().into();
        None
    };
    changed(&bundle, other_key, "and the script has");
    let signature = |first: &mut serde_json::Map<String, serde_json::Value>, other: &serde_json::Value| {
        first["proof"]["signature"] = other["proof"]["signature"].clone();
        None
    };
    changed(&bundle, signature, "\"Alice\" has not proven the name: signed by the key ");
}

/// Verifies the bundle with the first sign-in changed, which is given with the second one.
#[track_caller]
fn changed(
    bundle: &Memory,
    change: impl FnOnce(
        &mut serde_json::Map<String, serde_json::Value>,
        &serde_json::Value,
    ) -> Option<serde_json::Value>,
    wanted: &str,
) {
    let mut lines: Vec<serde_json::Value> = bundle.0["transcript.jsonl"]
        .split(|octet| *octet == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let other = lines[2].clone();
    change(lines[1].as_object_mut().unwrap(), &other);
    let mut text = Vec::new();
    for line in lines {
        let record: Record = serde_json::from_value(line).unwrap();
        text.extend(record.encode().unwrap());
        text.push(b'\n');
    }
    let mut spoilt = bundle.clone();
    spoilt.0.insert("transcript.jsonl".to_owned(), text);
    let findings = findings(&spoilt);
    assert!(findings.iter().any(|one| one.contains(wanted)), "no {wanted:?} in {findings:#?}");
}

#[test]
fn a_signature_by_another_key_or_for_something_else_signs_nobody_in() {
    let scene = scene();
    let plan = scene.plan();
    for (key, namespace, wanted) in [
        (Key::of(3), "keyrite-ceremony", "signed by the key "),
        (Key::of(1), "git", "signed in the namespace \"git\", wanted \"keyrite-ceremony\" (ssh-keygen's -n)"),
    ] {
        let resumed = scene.path("out").exists();
        let first = Scene::run(&plan);
        let arguments: &[&str] = if resumed { Scene::RESUME } else { &first };
        let mut run = scene.command(arguments, "").spawn().unwrap();
        let number = if resumed { 3 } else { 2 };
        answer(&scene, &mut run, number, &key, namespace);
        let told = ended(run);
        assert_eq!(told.code, Some(1), "{}", told.stderr);
        assert!(told.stderr.contains(wanted), "{}", told.stderr);
        assert!(told.stderr.contains("Alice has not proven who this is"), "{}", told.stderr);
    }
    assert_eq!(scene.calls("C_Initialize"), 0);
    // What was signed for one moment is nothing in another: the run that goes on asks for a new one.
    let mut run = scene.command(Scene::RESUME, "").spawn().unwrap();
    answer(&scene, &mut run, 4, &Key::of(1), "keyrite-ceremony");
    answer(&scene, &mut run, 5, &Key::of(2), "keyrite-ceremony");
    let told = ended(run);
    assert_eq!(told.code, Some(0), "{}", told.stderr);
}

#[test]
fn a_role_that_is_proven_is_nobody_elses_and_a_rehearsal_needs_no_key() {
    let scene = scene();
    scene.replace("answers.toml", "Alice", "Mallory");
    let told = scene.keyrite(&Scene::run(&scene.plan()));
    assert_eq!(told.code, Some(1), "{}", told.stderr);
    let wanted = "Mallory cannot sign in as administrator: the script has no key of this name";
    assert!(told.stderr.contains(wanted), "{}", told.stderr);
    let records = scene.read("out/transcript.jsonl");
    let signed = records
        .lines()
        .filter(|line| matches!(Record::decode(line.as_bytes()).unwrap().fact, Fact::SignedIn { .. }));
    assert_eq!(signed.count(), 0);
    // Names are enough where everything is thrown away, and whoever verifies it sees that.
    scene.done(&["ceremony", "rehearse", "script.toml", "--answers", "answers.toml", "--out", "rehearsal"]);
    let proven = scene.done(&["ceremony", "verify", "rehearsal"]);
    assert!(
        proven.contains("good        yes\n") && !proven.contains("signed in with a signature"),
        "{proven}"
    );
}

#[test]
fn what_is_wrong_with_people_is_told_with_its_line() {
    let scene = scene();
    let line = Key::of(1).line();
    scene.replace("script.toml", "people.\"Wim\"", "people.\"ALICE\"");
    scene.replace("script.toml", &Key::of(2).line(), &line);
    scene.replace("script.toml", "[ca.root]", "[people.\" \"]\nkey = \"ssh-dss AAAA\"\n[ca.root]");
    let told = scene.keyrite(&["ceremony", "plan", "script.toml"]);
    assert_eq!(told.code, Some(3), "{}", told.stderr);
    for wanted in [
        "is there twice [CER-PERSON]",
        "has the key of \"Alice\" [CER-PERSON]",
        "not a name of 1 to 200 characters without spaces around it [CER-PERSON]",
        "\"ssh-dss\" is not a kind of key that is taken",
    ] {
        assert!(told.stderr.contains(wanted), "no {wanted:?} in {}", told.stderr);
    }
    let scene = Scene::new();
    scene.replace("script.toml", "\"does it\"", "\"does it\"\nproof = \"ssh\"");
    let told = scene.keyrite(&["ceremony", "plan", "script.toml"]);
    let wanted = "1 people of this role prove who they are, and people has keys of 0 [CER-PERSON]";
    assert!(told.stderr.contains(wanted), "{}", told.stderr);
}
