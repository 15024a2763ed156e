//! What the operator and the files of the home say: arguments, errors, profiles.

use std::fmt::Write as _;

use crate::points::{assert_shown, texts};
use crate::program::{Run, run, save};

fn both(directory: &std::path::Path, arguments: &[&str]) -> [Run; 2] {
    [arguments.to_vec(), [arguments, &["--json"]].concat()].map(|arguments| {
        let run = run(directory, &arguments);
        assert_shown(&run, &arguments);
        run
    })
}

#[test]
fn arguments_come_back_in_errors() {
    let directory = tempfile::tempdir().unwrap();
    for text in texts(700) {
        // No argument has a NUL.
        let text = format!("x{}", text.replace('\0', ""));
        for arguments in [
            &["request", "show", &text][..],
            &["certificate", "show", &text],
            &["crl", "show", &text],
            &["lint", &text],
            &["profile", "show", &text],
            &["profile", "lint", &text],
            &["key", "list", "--token", &text],
            &["--home", &text, "status"],
            &["--log", &text, "status"],
            &["issue", "www.csr", "--ca", "root", "--profile", "tls-client", "--subject", &text],
            &["issue", "www.csr", "--ca", "root", "--profile", "tls-client", "--san", &text],
            &["issue", "www.csr", "--ca", &text, "--profile", &text, "--validity", &text],
            &["revoke", "01", "--ca", "root", "--reason", &text],
            &[&text],
        ] {
            for run in both(directory.path(), arguments) {
                assert!(run.code != 0 && !(run.stdout + &run.stderr).is_empty(), "{arguments:?}");
            }
        }
    }
}

/// A TOML string with everything escaped.
fn toml(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        write!(out, "\\U{:08x}", u32::from(c)).unwrap();
    }
    out + "\""
}

#[test]
fn texts_of_profiles_are_shown() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("profiles")).unwrap();
    let sound = run(directory.path(), ["profile", "show", "tls-client", "--toml"]).ends(0).stdout;
    let line = sound.lines().find(|line| line.starts_with("description")).unwrap();
    for (at, text) in texts(600).iter().enumerate() {
        let text = toml(text);
        let described = sound.replace(line, &format!("description = {text}"));
        let broken = format!("{sound}\n{text} = {text}\n[subject.{text}]\n{text} = [{text}]\n");
        let kind = sound.replace("kind = \"end-entity\"", &format!("kind = {text}"));
        for (kind, toml) in [("a", described), ("b", broken), ("c", kind)] {
            let name = format!("{kind}{at}");
            let path = format!("profiles/{name}.toml");
            save(&directory.path().join(&path), toml);
            both(directory.path(), &["profile", "lint", &path]);
            both(directory.path(), &["profile", "show", &name]);
        }
    }
    for run in both(directory.path(), &["profile", "list"]) {
        assert!(run.stdout.contains("tls-server"), "{run:#?}");
    }
}

#[test]
fn names_of_profiles_are_shown() {
    let directory = tempfile::tempdir().unwrap();
    let profiles = directory.path().join("profiles");
    std::fs::create_dir(&profiles).unwrap();
    // The name of a file has 255 octets at most, and neither a NUL nor a slash.
    for text in texts(60) {
        let name: String = text.chars().filter(|c| !matches!(c, '\0' | '/')).collect();
        save(&profiles.join(format!("x{name}.toml")), "kind = 1");
    }
    for run in both(directory.path(), &["profile", "list"]) {
        assert!(run.stdout.contains("tls-server"), "{run:#?}");
    }
}
