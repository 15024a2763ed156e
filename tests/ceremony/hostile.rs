//! Bundles and scripts by somebody who means harm: a named error, and nothing on the terminal but text.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::scene::{Scene, bundle, findings};

/// Writes the files of the good bundle.
#[expect(clippy::disallowed_methods, reason = "files of a test, in a directory of its own")]
fn written(directory: &std::path::Path) {
    for (name, contents) in bundle().0 {
        let path = directory.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }
}

fn verify(directory: &std::path::Path) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_keyrite"))
        .current_dir(directory.parent().unwrap())
        .args(["ceremony", "verify"])
        .arg(directory)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    (output.status.code(), text)
}

#[test]
fn links_devices_and_pipes_are_no_files_of_a_bundle() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("bundle");
    written(&directory);
    std::fs::remove_file(directory.join("script.toml")).unwrap();
    symlink("/etc/passwd", directory.join("script.toml")).unwrap();
    std::fs::remove_file(directory.join("site.toml")).unwrap();
    assert!(Command::new("mkfifo").arg(directory.join("site.toml")).status().unwrap().success());
    symlink("/dev/zero", directory.join("outputs/zero.pem")).unwrap();
    let (code, text) = verify(&directory);
    assert_eq!(code, Some(6), "{text}");
    for wanted in [
        "script.toml: cannot be read: not a file",
        "site.toml: cannot be read: not a file",
        "outputs/zero.pem: is not listed",
    ] {
        assert!(text.contains(wanted), "no {wanted:?} in {text}");
    }
}

#[test]
fn paths_that_lead_out_of_a_bundle_are_not_followed() {
    let mut bundle = bundle();
    let sum = "0".repeat(64);
    for path in ["../../etc/passwd", "/etc/passwd", "outputs/../../x", "", "./script.toml"] {
        let mut sums = bundle.0["SHA256SUMS"].clone();
        sums.extend(format!("{sum}  {path}\n").into_bytes());
        let mut changed = bundle.clone();
        changed.0.insert("SHA256SUMS".to_owned(), sums);
        let told = findings(&changed);
        assert!(told.iter().any(|one| one.starts_with("SHA256SUMS: line ")), "{path}: {told:?}");
        assert!(
            !told.iter().any(|one| one.starts_with("../") || one.starts_with("/etc")),
            "{path}: {told:?}"
        );
    }
    // A record may name any file; only outputs are read.
    let text = String::from_utf8(bundle.0["transcript.jsonl"].clone()).unwrap();
    let changed = text.replacen("outputs/root.pem", "../../secret", 1);
    bundle.0.insert("transcript.jsonl".to_owned(), changed.into_bytes());
    let told = findings(&bundle);
    assert!(told.iter().any(|one| one.contains("tells of \"../../secret\", which is no output")), "{told:?}");
}

#[test]
fn deep_tables_and_huge_numbers_end_in_a_named_error() {
    let scene = Scene::new();
    let deep = format!("a = {}1{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let dotted = format!("[{}]\n", vec!["a"; 10_000].join("."));
    for text in [deep.as_str(), &dotted, "n = 99999999999999999999999999\n", "\u{0}", "x = \"\u{1b}[31m\"\n"]
    {
        scene.write("script.toml", text);
        let ended = scene.keyrite(&["ceremony", "plan", "script.toml"]);
        assert_eq!(ended.code, Some(3), "{}", ended.stderr);
        assert!(ended.stderr.starts_with("error: script.toml: "), "{}", ended.stderr);
        assert!(ended.stderr.contains("line 1: "), "{}", ended.stderr);
        assert!(ended.stderr.chars().all(|c| c == '\n' || !c.is_control()));
    }
}

#[test]
fn escape_sequences_in_names_reach_no_terminal_and_no_page() {
    let scene = Scene::new();
    scene.replace("script.toml", "title = \"Test Root\"", "title = \"Te\\u001b[31mst <b>\\u202e\"");
    let shown = scene.done(&["ceremony", "plan", "script.toml", "--site", "site.toml"]);
    assert!(shown.contains("Te\\u{1b}[31mst <b>\\u{202e}"), "{shown}");
    scene.done(&["ceremony", "script", "script.toml", "--out", "script.html"]);
    let page = scene.read("script.html");
    assert!(page.contains("Te\\u{1b}[31mst &lt;b&gt;\\u{202e}") && !page.contains('\u{1b}'));
    scene.done(&Scene::run(&scene.plan()));
    scene.proven();
    let (code, text) = verify(&scene.path("bundle"));
    assert_eq!(code, Some(0), "{text}");
    scene.done(&["ceremony", "report", "bundle", "--out", "report.html"]);
    let page = scene.read("report.html");
    assert!(page.contains("Te\\u{1b}[31mst &lt;b&gt;\\u{202e}") && !page.contains("<b>\u{202e}"));
}
