//! What is decided before a token is asked for anything: overrides, the comparison, linters outside, stand-in keys.

use std::os::unix::fs::PermissionsExt as _;

use crate::issued::Home;
use crate::program::{Run, assert_safe, save};
use crate::request::Request;

const WEB: &str = "inherits = \"tls-server\"\nwaivable = [\"POL-VALIDITY-MAXIMUM\"]\n";
const OVERRIDE: [&str; 6] =
    ["--override", "POL-VALIDITY-MAXIMUM", "--reason", "new HSM in spring", "--by", "Zoe Adams"];

/// A home with a root, a request and a profile of its own.
fn home(label: &str, profile: &str) -> Home {
    let home = Home::with_root(label);
    write_profile(&home, profile);
    save(&home.tokens.path().join("www.csr"), Request::good().to_der());
    home
}

fn write_profile(home: &Home, profile: &str) {
    let path = home.tokens.path().join("home/profiles/web.toml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    save(&path, profile);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// A profile with one linter, which is this shell script.
fn linted(home: &Home, script: &str, timeout: &str) -> String {
    let path = home.tokens.path().join("linter.sh");
    // Written by another process: a file that a child of this one still has open for writing cannot be run.
    let write = ["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\"", "sh", script];
    let status = std::process::Command::new("sh").args(write).arg(&path).status().unwrap();
    assert!(status.success());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    format!(
        "inherits = \"tls-server\"\n[[linter]]\nname = \"judge\"\ncommand = [{:?}, \"a b\"]\ntimeout = \"{timeout}\"\n",
        path.display().to_string()
    )
}

fn issue(home: &Home, more: &[&str]) -> Run {
    home.run(&[&["issue", "www.csr", "--ca", "root", "--profile", "web", "--yes"], more].concat())
}

/// The same with a module that cannot be loaded: whatever asks a token for something ends with 4.
fn issue_without_a_token(home: &Home, more: &[&str]) -> Run {
    let mut command = home.command(&["issue", "www.csr", "--ca", "root", "--profile", "web", "--yes"]);
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut without = crate::program::command(home.tokens.path());
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        without.arg(&argument);
        if argument == "--module" {
            arguments.next();
            without.arg("/nowhere/module.so");
        }
    }
    command = without;
    crate::program::finish(
        {
            command.args(more);
            command
        },
        b"",
    )
}

/// What the program says of a failure, without its log.
fn told(run: &Run) -> String {
    let said = |line: &&str| ["error: ", "caused by: ", "hint: "].iter().any(|begin| line.starts_with(begin));
    run.stderr.lines().filter(said).map(|line| format!("{line}\n")).collect()
}

fn audit(home: &Home) -> String {
    home.run(&["audit", "list", "--json"]).ends(0).stdout
}

#[test]
fn an_override_is_shown_recorded_and_waives_nothing_else() {
    let home = home("decided-override", WEB);
    let long = ["--validity", "300d"];
    let run = issue(&home, &long).ends(1);
    assert!(run.stderr.contains("[POL-VALIDITY-MAXIMUM]"), "{run:#?}");
    let dry = issue(&home, &[&long[..], &OVERRIDE, &["--dry-run"]].concat()).ends(0);
    for line in [
        "OVERRIDDEN\n  rule          POL-VALIDITY-MAXIMUM\n",
        "  reason        new HSM in spring\n  says          Zoe Adams\n",
        "    300d                      ",
    ] {
        assert!(dry.stdout.contains(line), "{line:?}: {}", dry.stdout);
    }
    let json = issue(&home, &[&long[..], &OVERRIDE, &["--dry-run", "--json"]].concat()).ends(0).json();
    assert_eq!(json["overridden"][0]["rule"], "POL-VALIDITY-MAXIMUM");
    assert_eq!(json["overridden"][0]["says"], "Zoe Adams");
    issue(&home, &[&long[..], &OVERRIDE, &["--out", "www.pem"]].concat()).ends(0);
    let log = audit(&home);
    assert!(log.contains("new HSM in spring") && log.contains("\"overrides\""), "{log}");
    let run = issue(&home, &[&["--san", "email:a@example.test"], &OVERRIDE[..]].concat()).ends(1);
    assert!(run.stderr.contains("[POL-SAN-TYPE]"), "{run:#?}");
    home.run(&["audit", "verify"]).ends(0);
}

#[test]
fn an_override_needs_a_rule_of_the_profile_a_reason_and_a_person() {
    let home = home("decided-words", "inherits = \"tls-server\"\n");
    let run = issue(&home, &[&["--validity", "300d"], &OVERRIDE[..]].concat()).ends(1);
    assert!(
        run.stderr.contains("wanted none, since the profile lists no rule as waivable [POL-OVERRIDE]"),
        "{run:#?}"
    );
    let run = issue(&home, &["--override", "POL-PLACES", "--reason", "-", "--by", "Zoe"]).ends(2);
    assert_eq!(told(&run), "error: the reason of the override of POL-PLACES says nothing\n");
    let run = issue(&home, &["--override", "POL-PLACES", "--reason", "why"]).ends(2);
    let wanted = "error: found --override 1 times, --reason 1 times and --by 0 times, wanted as many of each\n\
                  hint: write --override RULE --reason TEXT --by NAME for each rule\n";
    assert_eq!(told(&run), wanted);
    issue(&home, &["--override", "POL-NOTHING", "--reason", "why", "--by", "Zoe"]).ends(2);
}

#[test]
fn what_is_refused_is_shown_beside_what_it_would_get() {
    let home = home("decided-table", WEB);
    let asked = ["request", "show", "www.csr", "--profile", "web", "--san", "email:a@example.test"];
    let run = home.run(&asked).ends(1);
    assert!(run.stdout.contains("judged by    the profile alone"), "{}", run.stdout);
    let row = "  subjectAltName\n    email:a@example.test      -                         REFUSED: wanted only dns\n";
    assert!(run.stdout.contains(row), "{}", run.stdout);
    assert!(
        run.stdout.contains("subjectAltName: found email:a@example.test, wanted only dns ip [POL-SAN-TYPE]")
    );
    assert_safe(&run);
    let json = home.run(&[&asked[..], &["--ca", "root", "--json"]].concat()).ends(1).json();
    let row =
        json["comparison"].as_array().unwrap().iter().find(|row| row["asked"] == "email:a@example.test");
    assert_eq!(row.unwrap()["violations"][0]["rule"], "POL-SAN-TYPE");
    assert_eq!(row.unwrap()["given"], serde_json::Value::Null);
    assert_eq!(json["acceptable"], false);
    // Nothing is recorded by looking.
    assert!(!audit(&home).contains("request-refused"));
    let run = issue(&home, &["--san", "email:a@example.test", "--dry-run"]).ends(1);
    assert!(run.stdout.contains("DROPPED OR REFUSED"), "{run:#?}");
}

#[test]
fn nothing_that_is_refused_asks_a_token_for_anything() {
    let home = home("decided-before", WEB);
    issue_without_a_token(&home, &["--validity", "300d"]).ends(1);
    write_profile(&home, &linted(&home, "exit 3", "5s"));
    issue_without_a_token(&home, &[]).ends(1);
    // The same that is acceptable does ask.
    write_profile(&home, WEB);
    issue_without_a_token(&home, &[]).ends(4);
}

#[test]
fn a_linter_that_passes_is_shown_and_recorded() {
    let home = home("decided-linter", WEB);
    let script =
        "grep -q 'BEGIN CERTIFICATE' && test \"$1\" = 'a b' && test \"$PWD\" = / && test -z \"$HOME\"";
    write_profile(&home, &linted(&home, script, "20s"));
    let run = issue(&home, &["--dry-run"]).ends(0);
    assert!(run.stdout.contains("outside linters  judge: passed, exit status 0 ("), "{}", run.stdout);
    issue(&home, &["--out", "www.pem"]).ends(0);
    assert!(audit(&home).contains("\"program-sha256\""));
}

#[test]
fn a_linter_that_does_not_pass_refuses_with_what_it_says() {
    let home = home("decided-refusal", WEB);
    write_profile(&home, &linted(&home, "cat > /dev/null; printf 'no\\033[31m good\\n'; exit 3", "20s"));
    let run = issue(&home, &[]).ends(1);
    let wanted = "error: linter \"judge\" of the profile does not pass it: exit status 3 [LINT-OUTSIDE]\n\
                  caused by: no\\u{1b}[31m good\n";
    assert_eq!(told(&run), wanted);
    assert!(audit(&home).contains("linter-refused"));
    assert!(home.run(&["certificate", "list", "--json"]).ends(0).stdout.matches("serial").count() == 1);
}

#[test]
fn a_linter_that_hangs_is_ended_with_what_it_started() {
    let home = home("decided-hang", WEB);
    let marker = home.tokens.path().join("alive");
    let script = format!("(sleep 4; touch {}) & sleep 300", marker.display());
    write_profile(&home, &linted(&home, &script, "1s"));
    let run = issue(&home, &[]).ends(1);
    assert!(run.stderr.contains("did not end within 1s, and was ended [LINT-OUTSIDE]"), "{run:#?}");
    std::thread::sleep(std::time::Duration::from_secs(5));
    assert!(!marker.exists(), "what the linter had started lived on");
}

#[test]
fn a_linter_that_floods_its_output_is_read_and_bounded() {
    let home = home("decided-flood", WEB);
    let script = "cat > /dev/null; head -c 20000000 /dev/zero | tr '\\0' 'x' | fold -w 60; exit 1";
    write_profile(&home, &linted(&home, script, "60s"));
    let run = issue(&home, &[]).ends(1);
    assert!(run.stderr.contains("exit status 1") && run.stderr.contains("further lines)"), "{run:#?}");
    assert!(told(&run).len() < 5_000, "{}", told(&run).len());
}

#[test]
fn a_linter_that_others_may_write_is_not_run() {
    let home = home("decided-writable", WEB);
    write_profile(&home, &linted(&home, "exit 0", "5s"));
    let path = home.tokens.path().join("linter.sh");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o720)).unwrap();
    let run = issue(&home, &[]).ends(1);
    assert!(
        run.stderr.contains("has mode 0720, wanted no write permission for group and others"),
        "{run:#?}"
    );
}

/// Gives a file to the user `nobody`; false, and said, where this user may not.
fn given_away(path: &std::path::Path) -> bool {
    match std::os::unix::fs::chown(path, Some(65_534), None) {
        Ok(()) => true,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            eprintln!("SKIPPED: only root can give {} to another user", path.display());
            false
        }
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

#[test]
fn a_linter_of_another_user_is_not_run() {
    let home = home("decided-owner", WEB);
    write_profile(&home, &linted(&home, "exit 0", "5s"));
    issue(&home, &["--dry-run"]).ends(0);
    if !given_away(&home.tokens.path().join("linter.sh")) {
        return;
    }
    let run = issue(&home, &[]).ends(1);
    let wanted = "error: linter \"judge\" of the profile does not pass it: belongs to user 65534, wanted root or \
                  user 0 [LINT-OUTSIDE]\n";
    assert_eq!(told(&run), wanted);
}

#[test]
fn a_linter_in_a_directory_of_another_user_is_not_run() {
    let home = home("decided-place", WEB);
    let text = linted(&home, "exit 0", "5s");
    // Not the directory next above it alone: whoever owns one further up can rename what lies in it.
    let (above, place) = (home.tokens.path().join("theirs"), home.tokens.path().join("theirs/bin"));
    std::fs::create_dir_all(&place).unwrap();
    std::fs::rename(home.tokens.path().join("linter.sh"), place.join("linter.sh")).unwrap();
    write_profile(&home, &text.replace("/linter.sh", "/theirs/bin/linter.sh"));
    issue(&home, &["--dry-run"]).ends(0);
    if !given_away(&above) {
        return;
    }
    let run = issue(&home, &[]).ends(1);
    let wanted = format!(
        "error: linter \"judge\" of the profile does not pass it: lies in {}, which belongs to user 65534, wanted \
         root or user 0 [LINT-OUTSIDE]\n",
        above.display()
    );
    assert_eq!(told(&run), wanted);
}

#[test]
fn a_profile_that_became_another_says_which_rows_changed() {
    let home = home("decided-changed", WEB);
    let first = issue(&home, &["--out", "a.pem"]).ends(0);
    assert!(!first.stdout.contains("profile changed"), "{first:#?}");
    write_profile(&home, &format!("{WEB}[validity]\nmaximum = \"95d\"\n"));
    let run = issue(&home, &["--dry-run"]).ends(0);
    assert!(run.stdout.contains("profile changed\n"), "{}", run.stdout);
    assert!(
        run.stdout.contains("- validity.maximum: 100d") && run.stdout.contains("+ validity.maximum: 95d")
    );
    issue(&home, &["--out", "b.pem"]).ends(0);
    let run = issue(&home, &["--dry-run"]).ends(0);
    assert!(!run.stdout.contains("profile changed"), "{}", run.stdout);
}

#[test]
fn a_key_is_not_made_for_a_ca_that_would_be_refused() {
    let home = Home::empty("decided-generate");
    let key = home.tokens.key_uri("fresh");
    let create = ["ca", "create", "fresh", "--key", &key, "--generate", "ec-p256", "--yes"];
    let subject = ["--subject", "C=AT,O=Example,CN=Fresh Root"];
    let run = home.run(&[&create[..], &subject, &["--validity", "100y"]].concat()).ends(1);
    assert!(run.stderr.contains("[POL-VALIDITY-MAXIMUM]"), "{run:#?}");
    let listed = home.run(&["key", "list", &home.tokens.uri(), "--json"]).ends(0);
    assert!(!listed.stdout.contains("fresh"), "{listed:#?}");
    let run = home.run(&[&create[..], &subject].concat()).ends(0);
    assert!(run.stdout.contains("key made"), "{run:#?}");
    let log = audit(&home);
    assert!(log.contains("key-generated") && log.contains("ca-installed"), "{log}");
    // The label is taken now: the token itself refuses the second key, and nothing is left of it.
    let run = home
        .run(&[
            "ca",
            "create",
            "other",
            "--key",
            &key,
            "--generate",
            "ec-p256",
            "--subject",
            "C=AT,O=Example,CN=Other",
            "--yes",
        ])
        .ends(1);
    assert!(
        run.stderr.contains("label \"fresh\" is taken") && !run.stderr.contains("the key was made"),
        "{run:#?}"
    );
}

#[test]
fn a_request_makes_its_key_as_well() {
    let home = Home::empty("decided-request");
    let key = home.tokens.key_uri("sub");
    let make = ["ca", "request", "sub", "--key", &key, "--generate", "ec-p384", "--out", "sub.csr", "--yes"];
    home.run(&[&make[..], &["--subject", "C=AT,O=Example,CN=Sub CA"]].concat()).ends(0);
    let log = audit(&home);
    let signing = log.split("\"signing\"").nth(1).unwrap();
    assert!(signing.contains("profile-sha256"), "{signing}");
}
