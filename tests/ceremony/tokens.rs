//! Steps about tokens: one that is initialised, a key and its backup, the log of a device.

use crate::scene::{SCRIPT, Scene, files};
use crate::support::tokens::PIN;

/// The small ceremony over a token that it initialises itself, and what follows.
fn scene() -> Scene {
    let scene = Scene::new();
    let init = "[[section.step]]\ndo = \"init-token\"\ntoken = \"new-token\"\n\n";
    let first = "[[section.step]]\ndo = \"create-root\"";
    let end = SCRIPT.find("[[section.step]]\ndo = \"request\"").unwrap();
    let script = SCRIPT[..end].replacen(first, &format!("{init}{first}"), 1);
    let script = script.replace("token = \"root-token\"", "token = \"new-token\"");
    let more = r#"[[section.step]]
do = "compare-key"
token = "root-token"
key = "copy"
with = "issuing-token"

[[section.step]]
do = "collect"
text = "Have the device write its log to the stick."
file = "device.log"
"#;
    scene.write("script.toml", &format!("{script}{more}"));
    scene.append("answers.toml", "[observe.\"1.5\"]\nfile = \"from-the-device.txt\"\n");
    scene.write("from-the-device.txt", "1 C_GenerateKeyPair\n2 C_Sign\n");
    let pin = scene.tokens().pin_source();
    scene.append(
        "site.toml",
        &format!(
            "[tokens.new-token]\nuri = \"pkcs11:token=new?pin-source={pin}\"\nblank = \"pkcs11:?pin-source={pin}\"\n\
             so_pin_source = \"{pin}\"\n"
        ),
    );
    scene
}

/// One key in two tokens, as only tokens that clone keys would have it.
fn copied(scene: &Scene, labels: &[&str]) {
    let pem = scene.path("key.pem");
    let made = scene
        .tokens()
        .command("openssl")
        .args(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out"])
        .arg(&pem)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    for label in labels {
        let imported = scene
            .tokens()
            .command("softhsm2-util")
            .args(["--import", pem.to_str().unwrap(), "--token", label, "--label", "copy"])
            .args(["--id", "0a", "--pin", PIN])
            .output()
            .unwrap();
        assert!(imported.status.success(), "{imported:?}");
    }
}

#[test]
fn a_token_is_initialised_a_backup_compared_and_a_log_taken_in() {
    let scene = scene();
    copied(&scene, &["root-g1", "issuing"]);
    let plan = scene.plan();
    scene.done(&Scene::run(&plan));
    let proven = scene.proven();
    assert!(proven.contains("good        yes\n"), "{proven}");
    let bundle = files(&scene.path("bundle"));
    assert_eq!(bundle["outputs/collected-1.5-device.log"], b"1 C_GenerateKeyPair\n2 C_Sign\n");
    let transcript = scene.read("bundle/transcript.jsonl");
    assert!(transcript.contains("The second key is a backup of the first"), "{transcript}");
    assert!(transcript.contains("from-the-device.txt"), "{transcript}");
    let log = scene.read("bundle/log/log.jsonl");
    assert_eq!(log.matches("\"event\":\"token-initialised\"").count(), 1);
}

/// I-47: backups of keys that nobody had ever tried turned out to be none when they were needed. A ceremony compares them
/// before anything is issued, and what is no backup stops it.
#[test]
fn i47_a_key_that_is_no_backup_is_a_step_that_is_not_done() {
    let scene = scene();
    copied(&scene, &["root-g1"]);
    copied(&scene, &["issuing"]);
    let plan = scene.plan();
    let ended = scene.keyrite(&Scene::run(&plan));
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("the public keys differ"), "{}", ended.stderr);
    assert!(ended.stderr.contains("step 1.4 is not done"), "{}", ended.stderr);
    let transcript = scene.read("out/transcript.jsonl");
    assert!(transcript.contains("\"good\":false"), "{transcript}");
}

#[test]
fn a_rehearsal_initialises_its_own_token_and_compares_nothing() {
    let scene = scene();
    let rehearse = ["ceremony", "rehearse", "script.toml", "--answers", "answers.toml", "--out", "bundle"];
    scene.done(&rehearse);
    let proven = scene.done(&["ceremony", "verify", "bundle"]);
    assert!(proven.contains("good        yes\n"), "{proven}");
    assert!(scene.read("bundle/transcript.jsonl").contains("nothing was compared"));
}

#[test]
fn a_token_with_a_key_is_not_initialised_and_one_token_is_no_backup() {
    let scene = scene();
    let text = scene.read("script.toml");
    for (from, to, wanted) in [
        (
            "do = \"init-token\"\ntoken = \"new-token\"",
            "do = \"init-token\"\ntoken = \"other\"",
            "the script initialises the token other, and the site does not say how it is found",
        ),
        ("with = \"issuing-token\"", "with = \"root-token\"", "what is in one token is no backup"),
        ("file = \"device.log\"", "file = \"a/device.log\"", "without a directory"),
    ] {
        scene.write("script.toml", &text.replacen(from, to, 1));
        let ended = scene.keyrite(&["ceremony", "plan", "script.toml", "--site", "site.toml"]);
        assert_eq!(ended.code, Some(3), "{to}: {}", ended.stderr);
        let flat: String = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(wanted), "no {wanted:?} in {}", ended.stderr);
    }
    scene.write("script.toml", &text);
    scene.replace("site.toml", "blank = ", "#");
    let ended = scene.keyrite(&["ceremony", "plan", "script.toml", "--site", "site.toml"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains("the site does not say how it is found"), "{}", ended.stderr);
}

/// The module's process dies when the token has its label, and when its user has a PIN.
#[test]
fn a_token_that_is_half_initialised_is_finished_and_one_that_is_whole_left_alone() {
    for (fault, initialised) in [("C_InitToken:late@1", 1), ("C_InitPIN:late@1", 0)] {
        let scene = scene();
        copied(&scene, &["root-g1", "issuing"]);
        let plan = scene.plan();
        let ended = scene.keyrite_with(&Scene::run(&plan), fault);
        assert_eq!(ended.code, Some(4), "{fault}: {}", ended.stderr);
        assert!(ended.stderr.contains("step 1.2 is not done"), "{fault}: {}", ended.stderr);
        let ended = scene.keyrite(Scene::RESUME);
        assert_eq!(ended.code, Some(0), "{fault}: {}", ended.stderr);
        let proven = scene.proven();
        assert!(proven.contains("good        yes\n"), "{fault}: {proven}");
        let log = scene.read("bundle/log/log.jsonl");
        let whole =
            log.lines().filter(|line| line.contains("token-initialised") && !line.contains("\"problem\""));
        assert_eq!(whole.count(), initialised, "{fault}: {log}");
        let listed = scene.done(&["--json", "token", "list"]);
        assert_eq!(listed.matches("\"label\": \"new\"").count(), 1, "{fault}: {listed}");
    }
}
