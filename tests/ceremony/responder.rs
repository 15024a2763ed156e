//! A responder in a ceremony: its key made alone, its certificate, the responses that it signs; what is published, and
//! all of it verified once more.

use keyrite::ceremony::{Fact, Record};
use keyrite::evidence::Memory;

use crate::interrupted::killed_at;
use crate::scene::{SCRIPT, Scene, files, findings};

/// What follows the section of the small ceremony.
const ANSWERED: &str = r#"
[[section]]
title = "Answers"
present = { administrator = 1, witness = 1 }
approvals = 2

[[section.step]]
do = "generate-key"
token = "issuing-token"
key = "ocsp-1"
algorithm = "ec-p256"

[[section.step]]
do = "issue-responder"
ca = "root"
responder = "ocsp-root"
token = "issuing-token"
key = "ocsp-1"
subject = "C=AT,O=Example,CN=Example OCSP"

[[section.step]]
do = "sign-ocsp"
ca = "root"
responder = "ocsp-root"
next_update = "30d"

[[section.step]]
do = "publish"

[[section.step]]
do = "verify"
"#;

fn scene() -> Scene {
    let scene = Scene::new();
    scene.write("script.toml", &format!("{SCRIPT}{ANSWERED}"));
    scene
}

fn transcript(bundle: &Memory) -> Vec<Record> {
    let lines = bundle.0["transcript.jsonl"].split(|octet| *octet == b'\n');
    lines.filter(|line| !line.is_empty()).map(|line| Record::decode(line).unwrap()).collect()
}

/// One key under the label, and one group of responses, whatever came between.
#[track_caller]
fn nothing_twice(scene: &Scene, context: &str) {
    let proven = scene.proven();
    assert!(proven.contains("good        yes\n"), "{context}: {proven}");
    let log = scene.read("bundle/log/log.jsonl");
    assert_eq!(log.matches("\"event\":\"ocsp-signed\"").count(), 1, "{context}");
    assert_eq!(log.matches("\"event\":\"signed\"").count(), 5, "{context}");
    let source = scene.tokens().pin_source();
    let listed = scene.done(&["--json", "--pin-source", &source, "key", "list", "pkcs11:token=issuing"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["keys"].as_array().map(Vec::len), Some(2), "{context}: {listed}");
}

#[test]
fn a_responder_is_made_signs_ahead_and_what_is_published_is_verified() {
    let scene = scene();
    let shown = scene.done(&["ceremony", "plan", "script.toml", "--site", "site.toml"]);
    for wanted in [
        "keyrite key generate",
        "--public-out=DIR/outputs/key-2.1.pem",
        "--public-key=DIR/outputs/key-2.1.pem",
        "--profile=ocsp-responder",
        "keyrite ocsp sign --ca=root --all --responder=DIR/outputs/ocsp-root.pem",
        "every certificate that has not expired, as the ledger has it then",
        "keyrite publish DIR/outputs/published-2.4/",
        "keyrite audit verify",
    ] {
        let flat: String = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(wanted), "no {wanted:?} in {shown}");
    }
    scene.done(&Scene::run(&scene.plan()));
    nothing_twice(&scene, "whole");
    let responses: Vec<String> = files(&scene.path("bundle"))
        .into_keys()
        .filter(|path| path.starts_with("outputs/ocsp-2.3/"))
        .collect();
    // About the certificate of the CA below and that of the responder, each under two names.
    assert_eq!(responses.len(), 4, "{responses:?}");
    let published = scene.read("bundle/outputs/published-2.4/manifest.json");
    assert!(published.contains("root.crl"), "{published}");

    // Another program takes the responses.
    let serial = responses.iter().find(|path| path.contains("by-serial")).unwrap();
    let verified = scene
        .tokens()
        .command("openssl")
        .current_dir(scene.path("bundle"))
        .args(["ocsp", "-respin", serial, "-CAfile", "outputs/root.pem", "-issuer", "outputs/root.pem"])
        .output()
        .unwrap();
    let said = String::from_utf8(verified.stderr).unwrap();
    assert!(said.contains("Response verify OK"), "{said}");

    let bundle = Memory(files(&scene.path("bundle")));
    let records = transcript(&bundle);
    let key = records.iter().find_map(|record| {
        let Fact::Key { step, token, found } = &record.fact else { return None };
        (step == "2.1").then(|| (token.clone(), found.clone()))
    });
    let (token, found) = key.unwrap();
    assert_eq!(token, "issuing-token");
    for (name, value) in [
        ("CKA_SENSITIVE", "yes"),
        ("CKA_ALWAYS_SENSITIVE", "yes"),
        ("CKA_EXTRACTABLE", "no"),
        ("CKA_NEVER_EXTRACTABLE", "yes"),
        ("CKA_LOCAL", "yes"),
        ("CKA_LABEL", "ocsp-1"),
        ("CKA_KEY_TYPE", "CKK_EC (0x3)"),
        ("algorithm", "ec-p256"),
    ] {
        assert_eq!(found.get(name).map(String::as_str), Some(value), "{name} in {found:?}");
    }
    let calls = records.iter().any(|record| {
        matches!(&record.fact, Fact::Calls { step, key_pairs: 1, signatures: 1, failed: 0 } if step == "2.1")
    });
    assert!(calls, "no calls of step 2.1");
    assert!(records.iter().any(|record| matches!(&record.fact, Fact::Answered { step, good: true, lines }
        if step == "2.5" && lines.iter().any(|line| line.contains("are as they were written")))));

    scene.done(&["ceremony", "report", "bundle", "--out", "report.html"]);
    let report = scene.read("report.html");
    for wanted in ["key in token issuing-token: CKA_NEVER_EXTRACTABLE", "1 calls that sign (C_Sign)"] {
        assert!(report.contains(wanted), "no {wanted:?}");
    }

    spoilt(&bundle);
}

/// What is changed in the transcript, or in what was signed, is told.
fn spoilt(bundle: &Memory) {
    let with = |change: &dyn Fn(&mut Vec<Record>)| {
        let mut records = transcript(bundle);
        change(&mut records);
        let mut text = Vec::new();
        for (entry, record) in (1..).zip(records) {
            text.extend(Record { entry, ..record }.encode().unwrap());
            text.push(b'\n');
        }
        let mut changed = bundle.clone();
        changed.0.insert("transcript.jsonl".to_owned(), text);
        findings(&changed)
    };
    let tells = |found: Vec<String>, wanted: &str| {
        assert!(found.iter().any(|one| one.contains(wanted)), "no {wanted:?} in {found:#?}");
    };
    let found = with(&|records| {
        records.retain(|record| !matches!(&record.fact, Fact::Key { step, .. } if step == "2.1"));
    });
    tells(found, "is done without the key on record, as its token shows it");
    let found = with(&|records| {
        for record in records {
            if let Fact::Key { found, .. } = &mut record.fact {
                found.insert("public key SHA-256".to_owned(), "0".repeat(64));
            }
        }
    });
    tells(found.clone(), "has another key than its token has shown in step 2.1");
    tells(found, "which its token has not shown in the step");
    let found = with(&|records| {
        for record in records {
            if let Fact::Calls { step, signatures, .. } = &mut record.fact
                && step == "2.3"
            {
                *signatures -= 1;
            }
        }
    });
    tells(found, "signatures, and the log tells of");
    let found = with(&|records| records.retain(|record| !matches!(record.fact, Fact::Calls { .. })));
    tells(found, "step 2.3 is done without its calls of the token on record");
    let found = with(&|records| records.retain(|record| !matches!(record.fact, Fact::Answered { .. })));
    tells(found, "is done without an answer that all is as it should be");
    // A response that another one stands in for, and one that is missing.
    let paths: Vec<String> =
        bundle.0.keys().filter(|path| path.starts_with("outputs/ocsp-2.3/by-serial/")).cloned().collect();
    let [one, other] = paths.as_slice() else { panic!("{paths:?}") };
    let mut changed = bundle.clone();
    let last = changed.0[one].len() - 1;
    changed.0.get_mut(one).unwrap()[last] ^= 1;
    tells(findings(&changed), &format!("{one}: "));
    let mut changed = bundle.clone();
    changed.0.remove(other);
    tells(findings(&changed), &format!("{other}: cannot be read"));
}

#[test]
fn a_run_that_ends_at_a_responder_goes_on_without_a_second_key_or_response() {
    // When the token has made its key and nobody received that; after its responses are approved; when they are signed.
    for (line, nth) in [("", 0), ("Approved by ", 14), ("Step 2.4", 1)] {
        let scene = scene();
        let plan = scene.plan();
        let context = format!("{line:?} {nth}");
        if line.is_empty() {
            scene.append("answers.toml", "[stop]\nstep = \"2.1\"\nperson = \"Wim\"\nreason = \"noon\"\n");
            assert_eq!(scene.keyrite(&Scene::run(&plan)).code, Some(1));
            scene.write("answers.toml", crate::scene::ANSWERS);
            let ended = scene.keyrite_with(Scene::RESUME, "C_GenerateKeyPair:late@1");
            assert_eq!(ended.code, Some(4), "{context}: {}", ended.stderr);
            assert!(ended.stderr.contains("step 2.1 is not done"), "{context}: {}", ended.stderr);
        } else {
            assert!(killed_at(&scene, &plan, line, nth), "{context}: never came there");
        }
        let ended = scene.keyrite(Scene::RESUME);
        assert_eq!(ended.code, Some(0), "{context}: {}", ended.stderr);
        nothing_twice(&scene, &context);
    }
}

#[test]
fn steps_that_do_not_fit_together_are_told_with_their_lines() {
    let scene = scene();
    for (from, to, wanted) in [
        ("key = \"ocsp-1\"\nalgorithm", "key = \"issuing-1\"\nalgorithm", "has a key \"issuing-1\" already"),
        (
            "do = \"sign-ocsp\"\nca = \"root\"",
            "do = \"sign-ocsp\"\nca = \"issuing\"",
            "no step before issues a certificate of CA issuing to a responder of this name",
        ),
        ("responder = \"ocsp-root\"\ntoken", "responder = \"root\"\ntoken", "has this name already"),
        (
            "key = \"ocsp-1\"\nsubject",
            "key = \"ocsp-2\"\nsubject",
            "that is nothing else's: wanted do = \"generate-key\"",
        ),
    ] {
        let text = format!("{SCRIPT}{ANSWERED}");
        assert!(text.contains(from), "{from}");
        scene.write("script.toml", &text.replacen(from, to, 1));
        let ended = scene.keyrite(&["ceremony", "plan", "script.toml"]);
        assert_eq!(ended.code, Some(3), "{to}: {}", ended.stderr);
        let flat: String = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(wanted), "no {wanted:?} in {}", ended.stderr);
    }
    // Responses that would outlive their responder, before anything is made.
    scene.write(
        "script.toml",
        &format!("{SCRIPT}{ANSWERED}").replace("next_update = \"30d\"", "next_update = \"1y\""),
    );
    let ended = scene.keyrite(&["ceremony", "plan", "script.toml"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("outlive the certificate of responder \"ocsp-root\""), "{}", ended.stderr);
}

/// A key that a step makes alone is what the root is made of.
#[test]
fn a_root_is_made_of_a_key_that_a_step_before_has_made() {
    let scene = Scene::new();
    let step = "[[section.step]]\ndo = \"generate-key\"\ntoken = \"root-token\"\nkey = \"root-g1\"\nalgorithm = \"ec-p256\"\n\n";
    let root = "[[section.step]]\ndo = \"create-root\"";
    scene.replace("script.toml", root, &format!("{step}{root}"));
    let plan = scene.plan();
    scene.done(&Scene::run(&plan));
    let proven = scene.proven();
    assert!(proven.contains("good        yes\n"), "{proven}");
    let public = scene
        .tokens()
        .command("openssl")
        .current_dir(scene.path("bundle/outputs"))
        .args(["x509", "-in", "root.pem", "-noout", "-pubkey"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(public.stdout).unwrap(), scene.read("bundle/outputs/key-1.2.pem"));
}
