//! Killed at boundaries and resumed: no second key, number or signature, and the transcript tells of it.

use std::io::{BufRead as _, BufReader};

use crate::scene::{Scene, files};
use crate::support::fault_module;

/// What a run has left, once it is resumed to its end: one key in each token, one reservation for each object.
#[track_caller]
fn nothing_twice(scene: &Scene, context: &str) {
    let proven = scene.proven();
    assert!(proven.contains("good        yes\n"), "{context}: {proven}");
    let bundle = files(&scene.path("bundle"));
    let log = String::from_utf8(bundle["log/log.jsonl"].clone()).unwrap();
    let count = |text: &str| log.matches(text).count();
    assert_eq!(count("\"event\":\"signing\""), 4, "{context}");
    assert_eq!(count("\"event\":\"signed\""), 4, "{context}");
    let transcript = String::from_utf8(bundle["transcript.jsonl"].clone()).unwrap();
    assert!(transcript.contains("\"record\":\"resumed\""), "{context}");
    for label in ["root-g1", "issuing"] {
        let listed = scene.done(&[
            "--json",
            "--pin-source",
            &scene.tokens().pin_source(),
            "key",
            "list",
            &format!("pkcs11:token={label}"),
        ]);
        let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
        assert_eq!(listed["keys"].as_array().map(Vec::len), Some(1), "{context}: {listed}");
    }
}

/// Runs until a line begins so on standard error for the `nth` time, and kills it there.
pub(crate) fn killed_at(scene: &Scene, plan: &str, line: &str, nth: usize) -> bool {
    let mut child = scene.command(&Scene::run(plan), "").spawn().unwrap();
    let mut seen = 0;
    for text in BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok) {
        seen += usize::from(text.starts_with(line));
        if seen == nth {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();
    seen == nth
}

/// The boundaries at which runs are killed: before a step, after what it signs was approved by all. All of them with
/// `KEYRITE_CEREMONY_KILLS=all`.
fn boundaries() -> Vec<(&'static str, usize)> {
    let all = std::env::var_os("KEYRITE_CEREMONY_KILLS").is_some();
    if all {
        (1..=7).map(|nth| ("Step ", nth)).chain((1..=10).map(|nth| ("Approved by ", nth))).collect()
    } else {
        vec![("Step ", 4), ("Approved by ", 2)]
    }
}

#[test]
fn a_run_that_is_killed_goes_on_without_a_second_key_number_or_signature() {
    for (line, nth) in boundaries() {
        let scene = Scene::new();
        let plan = scene.plan();
        let context = format!("killed at {line:?} {nth}");
        assert!(killed_at(&scene, &plan, line, nth), "{context}: never came there");
        let ended = scene.keyrite(Scene::RESUME);
        assert_eq!(ended.code, Some(0), "{context}: {}", ended.stderr);
        nothing_twice(&scene, &context);
    }
}

/// The module's process is killed before it signs, and after it has signed: what was reserved is signed under the same
/// number.
#[test]
fn a_module_that_dies_at_a_signature_leaves_a_number_that_is_used_all_the_same() {
    // The first signature over an object: those before show that the key is there.
    for fault in ["C_Sign:late@3", "C_GenerateKeyPair:late@1"] {
        let scene = Scene::new();
        let plan = scene.plan();
        let ended = scene.keyrite_with(&Scene::run(&plan), fault);
        assert_eq!(ended.code, Some(4), "{fault}: {}", ended.stderr);
        assert!(ended.stderr.contains("step 1.2 is not done"), "{fault}: {}", ended.stderr);
        let ended = scene.keyrite(Scene::RESUME);
        assert_eq!(ended.code, Some(0), "{fault}: {}", ended.stderr);
        nothing_twice(&scene, fault);
    }
}

#[test]
fn a_record_that_was_cut_off_is_taken_away_and_told_of() {
    let scene = Scene::new();
    scene.append(
        "answers.toml",
        "[stop]\nstep = \"1.2\"\nperson = \"Wim\"\nreason = \"the end of the day\"\n",
    );
    assert_eq!(scene.keyrite(&Scene::run(&scene.plan())).code, Some(1));
    scene.write("answers.toml", crate::scene::ANSWERS);
    scene.append("out/transcript.jsonl", "{\"entry\":");
    scene.done(Scene::RESUME);
    assert!(scene.read("out/transcript.jsonl").contains("\"torn\":9"));
    nothing_twice(&scene, "torn");
    // After the end there is nothing to go on with.
    let ended = scene.keyrite(Scene::RESUME);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("the ceremony has ended"), "{}", ended.stderr);
}

/// The steps in which something is signed.
const SIGNING: [&str; 5] = ["1.2", "1.3", "1.4", "1.6", "1.7"];

/// Where the process of the module dies: before a signature and after one, whichever in a step. All of them with
/// `KEYRITE_CEREMONY_KILLS=all`.
fn signatures() -> Vec<(&'static str, String)> {
    let all = std::env::var_os("KEYRITE_CEREMONY_KILLS").is_some();
    let (steps, most) = if all { (&SIGNING[..], 4) } else { (&SIGNING[2..3], 2) };
    let faults = |nth| ["kill", "late"].map(|kind| format!("C_Sign:{kind}@{nth}"));
    let of =
        |step: &&'static str| (1..=most).flat_map(faults).map(|fault| (*step, fault)).collect::<Vec<_>>();
    steps.iter().flat_map(of).collect()
}

#[test]
fn at_every_signature_a_module_that_dies_leaves_what_is_finished_afterwards() {
    let mut died = 0;
    for (step, fault) in signatures() {
        let scene = Scene::new();
        let stop = format!("[stop]\nstep = \"{step}\"\nperson = \"Wim\"\nreason = \"lunch\"\n");
        scene.append("answers.toml", &stop);
        assert_eq!(scene.keyrite(&Scene::run(&scene.plan())).code, Some(1));
        scene.write("answers.toml", crate::scene::ANSWERS);
        fault_module::forget(scene.tokens());
        let ended = scene.keyrite_with(Scene::RESUME, &fault);
        let context = format!("{fault} in step {step}");
        if fault_module::committed(scene.tokens()).is_empty() {
            // There are fewer signatures in each process.
            assert_eq!(ended.code, Some(0), "{context}: {}", ended.stderr);
        } else {
            died += 1;
            assert_eq!(ended.code, Some(4), "{context}: {}", ended.stderr);
            let ended = scene.keyrite(Scene::RESUME);
            assert_eq!(ended.code, Some(0), "{context}: {}", ended.stderr);
        }
        nothing_twice(&scene, &context);
    }
    assert!(died >= 4, "{died}");
}

/// The key of a CA that ends is gone, and the crash came before that was on record: it is, once the run goes on.
#[test]
fn a_key_that_was_destroyed_at_a_crash_is_on_record_afterwards() {
    let scene = Scene::new();
    let (before, _) = crate::scene::SCRIPT.split_once("[[section.step]]\ndo = \"request\"").unwrap();
    let issuing = "[ca.issuing]\ncrl_urls = [\"http://pki.example.test/issuing.crl\"]\n";
    let end = "[[section.step]]\ndo = \"destroy-key\"\nca = \"root\"\n";
    scene.write("script.toml", &format!("{}{end}", before.replace(issuing, "")));
    // How often the token is searched before it is looked whether a key is gone.
    let pin = scene.tokens().pin_source();
    let other = "pkcs11:token=issuing;object=other";
    scene.done(&["--pin-source", &pin, "key", "generate", other, "--algorithm", "ec-p256"]);
    scene.done(&["--pin-source", &pin, "--yes", "key", "destroy", other]);
    let search = fault_module::search_after_destruction(scene.tokens());

    let stop = "[stop]\nstep = \"1.3\"\nperson = \"Wim\"\nreason = \"lunch\"\n";
    scene.append("answers.toml", stop);
    assert_eq!(scene.keyrite(&Scene::run(&scene.plan())).code, Some(1));
    scene.write("answers.toml", crate::scene::ANSWERS);
    fault_module::forget(scene.tokens());
    let child = scene.command(Scene::RESUME, &format!("C_FindObjectsInit:hang@{search}")).spawn().unwrap();
    fault_module::kill_at_fault(scene.tokens(), child);

    scene.done(Scene::RESUME);
    let transcript = scene.read("out/transcript.jsonl");
    assert!(transcript.contains("is not in the token any more"), "{transcript}");
    assert!(scene.proven().contains("good        yes\n"));
    let listed = scene.done(&["--json", "--pin-source", &pin, "key", "list", "pkcs11:token=root-g1"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["keys"].as_array().map(Vec::len), Some(0), "{listed}");
}
