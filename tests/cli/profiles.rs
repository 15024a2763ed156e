//! Profiles and linting at the command line.

use crate::program::{run, save};
use crate::request::Request;

#[test]
fn every_profile_that_is_listed_can_be_shown_and_copied() {
    let directory = tempfile::tempdir().unwrap();
    let listed = run(directory.path(), ["profile", "list", "--json"]).ends(0).json();
    let names: Vec<&str> =
        listed["profiles"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(["root", "intermediate", "tls-server", "tls-client"].iter().all(|name| names.contains(name)));
    std::fs::create_dir(directory.path().join("profiles")).unwrap();
    for name in names {
        let shown = run(directory.path(), ["profile", "show", name, "--json"]).ends(0).json();
        assert_eq!(shown["sha256"]["hex"].as_str().unwrap().len(), 64, "{name}");
        // The file that is printed is a profile: in the home it is listed under its new name.
        let toml = run(directory.path(), ["profile", "show", name, "--toml"]).ends(0).stdout;
        let path = directory.path().join(format!("profiles/my-{name}.toml"));
        save(&path, toml);
        run(directory.path(), ["profile".into(), "lint".into(), path.into_os_string()]).ends(0);
        let copy = run(directory.path(), ["profile", "show", &format!("my-{name}"), "--json"]).ends(0).json();
        assert_eq!(copy["rules"].as_array().unwrap().len(), shown["rules"].as_array().unwrap().len());
    }
}

#[test]
fn problems_of_a_profile_have_their_place() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("profiles")).unwrap();
    let toml = run(directory.path(), ["profile", "show", "tls-server", "--toml"]).ends(0).stdout;
    let line = toml.lines().position(|line| line.starts_with("kind")).unwrap() + 1;
    let path = directory.path().join("profiles/web.toml");
    save(&path, toml.replacen("\nkind", "\nkimd", 1));

    let linted = run(directory.path(), ["profile", "lint", "profiles/web.toml"]).ends(3);
    assert!(linted.stdout.contains(&format!("profiles/web.toml:{line}:1: kimd: unknown key")), "{linted:#?}");
    assert!(linted.stdout.contains("TOML-UNKNOWN-KEY"), "{linted:#?}");
    let shown = run(directory.path(), ["profile", "show", "web"]).ends(3);
    assert!(shown.stderr.contains(&format!("line {line}: kimd: unknown key")), "{shown:#?}");
    // One faulty file does not hide the others.
    let listed = run(directory.path(), ["profile", "list"]).ends(0);
    assert!(listed.stdout.contains("FAULTY") && listed.stdout.contains("tls-client"), "{listed:#?}");
    let missing = run(directory.path(), ["profile", "show", "tls-sever"]).ends(2);
    assert!(missing.stderr.contains("tls-server"), "{missing:#?}");
}

#[test]
fn a_profile_inherits_from_the_home_and_from_the_program() {
    let directory = tempfile::tempdir().unwrap();
    let profiles = directory.path().join("profiles");
    std::fs::create_dir(&profiles).unwrap();
    let base = "inherits = \"tls-server\"\n\n[validity]\ndefault = \"7d\"\n";
    save(&profiles.join("tls-server.toml"), base);
    save(&profiles.join("web.toml"), "inherits = \"tls-server\"\n\n[validity]\nmaximum = \"10d\"\n");
    let home = |arguments: &[&str]| run(directory.path(), arguments);

    let shown = home(&["profile", "show", "web", "--json"]).ends(0).json();
    let inherits = shown["inherits"].as_str().unwrap();
    assert!(inherits.ends_with("profiles/tls-server.toml, built-in tls-server"), "{inherits}");
    let rules = shown["rules"].as_array().unwrap();
    let rule = |key: &str| rules.iter().find(|rule| rule["key"] == key).unwrap()["value"].clone();
    assert_eq!(rule("validity.default"), "7d");
    assert_eq!(rule("validity.maximum"), "10d");
    let listed = home(&["profile", "list", "--json"]).ends(0).json();
    let web = listed["profiles"].as_array().unwrap().iter().find(|one| one["name"] == "web").unwrap();
    assert_eq!(web["standards"], serde_json::json!(["rfc5280"]));
    assert_eq!(web["inherits"].as_array().unwrap().len(), 2);

    // What differs from the parent, and from any other profile or file.
    let compared = home(&["profile", "diff", "web"]).ends(0);
    assert!(compared.stdout.ends_with("validity.maximum\n  - 100d\n  + 10d\n"), "{compared:#?}");
    let compared = home(&["profile", "diff", "tls-server", "profiles/web.toml", "--json"]).ends(0).json();
    assert_eq!(compared["differing"].as_array().unwrap().len(), 1, "{compared:#?}");
    let same = home(&["profile", "diff", "web", "web"]).ends(0);
    assert!(same.stdout.ends_with("no rule differs\n"), "{same:#?}");
    assert!(home(&["profile", "diff", "root"]).ends(2).stderr.contains("inherits from nothing"));

    // A fault of the parent is told with its file.
    save(&profiles.join("tls-server.toml"), format!("{base}typo = 1\n"));
    let linted = home(&["profile", "lint", "profiles/web.toml"]).ends(3);
    assert!(
        linted.stdout.contains("profiles/tls-server.toml:5:1: validity.typo: unknown key"),
        "{linted:#?}"
    );
}

#[test]
fn a_profile_that_is_its_own_ancestor_or_an_orphan_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let profiles = directory.path().join("profiles");
    std::fs::create_dir(&profiles).unwrap();
    save(&profiles.join("one.toml"), "inherits = \"two\"\n");
    save(&profiles.join("two.toml"), "inherits = \"one\"\n");
    let shown = run(directory.path(), ["profile", "show", "one"]).ends(3);
    assert!(shown.stderr.contains("a profile inherits from itself: "), "{shown:#?}");
    save(&profiles.join("two.toml"), "inherits = \"nobody\"\n");
    let shown = run(directory.path(), ["profile", "show", "one"]).ends(3);
    assert!(shown.stderr.contains("no profile \"nobody\" to inherit from [PRF-INHERITS]"), "{shown:#?}");
}

#[test]
fn a_lint_that_does_not_exist_cannot_be_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let text =
        "inherits = \"tls-client\"\n[[lint.excluded]]\nid = \"N99-none\"\nreason = \"none\"\nby = \"Ann\"\n";
    save(&directory.path().join("web.toml"), text);
    let linted = run(directory.path(), ["profile", "lint", "web.toml"]).ends(3);
    assert!(linted.stdout.contains("N99-none") && linted.stdout.contains("PRF-EXCLUSION"), "{linted:#?}");
}

#[test]
fn a_profile_that_others_may_write_is_refused() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let (profiles, path) = (directory.path().join("profiles"), directory.path().join("profiles/web.toml"));
    std::fs::create_dir(&profiles).unwrap();
    save(&path, run(directory.path(), ["profile", "show", "tls-server", "--toml"]).ends(0).stdout);
    for (place, mode) in [(&path, 0o664), (&path, 0o602), (&profiles, 0o777)] {
        let before = std::fs::metadata(place).unwrap().permissions();
        set_permissions(place, Permissions::from_mode(mode)).unwrap();
        let refused = run(directory.path(), ["profile", "show", "web"]).ends(3);
        assert!(refused.stderr.contains("wanted no write permission"), "{mode:o}: {refused:#?}");
        set_permissions(place, before).unwrap();
    }
    run(directory.path(), ["profile", "show", "web"]).ends(0);
}

#[test]
fn a_profile_name_does_not_lead_out_of_its_directory() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("profiles")).unwrap();
    let toml = run(directory.path(), ["profile", "show", "root", "--toml"]).ends(0).stdout;
    save(&directory.path().join("outside.toml"), toml);
    run(directory.path(), ["profile", "show", "../outside"]).ends(2);
}

#[test]
fn files_are_linted_by_what_they_hold_and_a_bad_one_does_not_stop_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    save(&directory.path().join("good.csr"), Request::good().to_der());
    save(&directory.path().join("junk"), b"hello");
    let made = std::process::Command::new("openssl")
        .current_dir(directory.path())
        .args(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -out c.pem"
                .split(' '),
        )
        .args(["-subj", "/CN=Example", "-days", "10"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let json =
        run(directory.path(), ["lint", "junk", "missing", "good.csr", "c.pem", "--json"]).ends(1).json();
    let objects = json["objects"].as_array().unwrap();
    let kinds: Vec<&serde_json::Value> = objects.iter().map(|object| &object["kind"]).collect();
    assert_eq!(
        kinds,
        [&serde_json::Value::Null, &serde_json::Value::Null, &"request".into(), &"certificate".into()]
    );
    assert!(objects[0]["error"].as_str().unwrap().starts_with("junk: neither DER nor PEM"));
    assert_eq!(objects[2]["good"], true);
    // By a profile that it was not issued by, it is not good.
    let by_profile = run(directory.path(), ["lint", "c.pem", "--profile", "tls-server"]).ends(1);
    assert!(by_profile.stdout.contains("error "), "{by_profile:#?}");
}
