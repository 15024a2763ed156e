//! Homes of copies: backed up, restored with what is left of the time since, moved as plain files, recovered.

use crate::aftermath::{Before, examine, serial};
use crate::home::{Home, Run};
use crate::refusal::{CRL, ISSUE};

const OLD: &str = "ca.keyrite";

/// A home that was copied, went on, and is then put back to the copy.
fn gone_on() -> Home {
    let home = Home::template();
    home.done(&["backup", OLD]);
    home.done(&ISSUE);
    home.done(&["revoke", "www.pem", "--ca", "root", "--reason", "superseded"]);
    home.done(&["revoke", "x.pem", "--ca", "root", "--reason", "key-compromise"]);
    home.done(&CRL);
    home
}

fn head(said: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(said).unwrap();
    value["head"]["hex"].as_str().unwrap().to_owned()
}

#[track_caller]
fn refused(run: &Run, code: i32, wanted: &str) {
    assert_eq!(run.code, Some(code), "{run:#?}");
    assert!(run.stderr.contains(wanted), "{wanted}: {run:#?}");
}

#[test]
fn a_home_of_a_backup_uses_no_number_twice_and_forgets_no_revocation() {
    let home = gone_on();
    let lost = serial(&home, "x.pem");
    let before = std::fs::read(home.path("ca/ledger.sqlite")).unwrap();
    refused(&home.keyrite(&["restore", OLD, "--crl", "x.crl"], ""), 5, "exists already");
    refused(&home.keyrite(&["restore", OLD, "--replace"], ""), 1, "the last CRL of CA root is missing");
    refused(
        &home.keyrite(&["restore", OLD, "--replace", "--crl", "first.crl", "--head", &"0".repeat(64)], ""),
        0,
        "",
    );
    assert!(home.path("ca/replaced-1/ledger.sqlite").exists());
    drop(before);

    // The last CRL was not given that time; with it, the revocations are there and its number is behind.
    let said = home.done(&["--json", "restore", OLD, "--replace", "--crl", "x.crl"]);
    let told: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(told["next_crl_numbers"][0], "root: 1003", "{said}");
    assert_eq!(told["revocations_taken_in"], 2, "{said}");
    assert!(said.contains(&format!("{lost} of root")), "{said}");
    assert!(home.revoked().contains(&lost) && home.revoked().contains(&serial(&home, "www.pem")));
    let status = home.done(&["status"]);
    assert!(status.contains("RESTORED at ") && status.contains("is on no record"), "{status}");
    home.done(&["audit", "verify"]);
    for _ in 0..2 {
        let said = home.done(&["recover"]);
        assert!(said.contains("nothing is open"), "{said}");
    }
    home.done(&["crl", "issue", "--ca", "root", "--out", "next.crl"]);
    let shown = home.done(&["crl", "show", "next.crl"]);
    assert!(shown.contains("1003"), "{shown}");
    home.done(&["backup", "again.keyrite"]);
}

/// With the head that the backup has shown nothing is skipped, and the home goes on as if nothing had happened.
#[test]
fn a_backup_with_the_last_head_is_the_same_home() {
    let home = Home::template();
    let before = Before::of(&home);
    let said = home.done(&["--json", "backup", OLD]);
    let told: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(told["recorded"], true, "{said}");
    assert_eq!(told["octets"], std::fs::metadata(home.path(OLD)).unwrap().len());
    assert_eq!(told["files_beside_the_ledger"], serde_json::json!(["keyrite.toml"]), "{said}");
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(home.path(OLD)).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    std::fs::rename(home.path("ca"), home.path("fresh")).unwrap();
    let said = home.done(&["restore", OLD, "--head", &head(&said)]);
    assert!(said.contains("nothing: the head is that of the copy"), "{said}");
    let same = |name: &str| {
        std::fs::read(home.path("ca").join(name)).unwrap()
            == std::fs::read(home.path("fresh").join(name)).unwrap()
    };
    assert!(same("keyrite.toml"));
    std::fs::rename(home.path(OLD), home.path("out/copy.conf")).unwrap();
    assert_eq!(examine(&home, &before), Ok(()));
}

/// Lists of weak keys that lie in the home go along; of those elsewhere both sides are told.
#[test]
fn lists_of_weak_keys_are_copied_or_told_of() {
    let home = Home::template();
    let list = format!("# broken generators\n{}\n", "ab".repeat(32));
    std::fs::create_dir(home.path("ca/lists")).unwrap();
    home.write("ca/lists/weak.txt", &list);
    let elsewhere = home.path("elsewhere.txt").display().to_string();
    let lists = format!("[\"lists/weak.txt\", \"{elsewhere}\", \"gone.txt\"]");
    let configuration = std::fs::read_to_string(home.path("ca/keyrite.toml")).unwrap();
    let keys = format!("[keys]\nweak_key_lists = {lists}\n");
    home.write("ca/keyrite.toml", &configuration.replacen("[keys]\n", &keys, 1));
    let left_out = serde_json::json!([
        format!("{elsewhere} (keys.weak_key_lists): outside the home"),
        "gone.txt (keys.weak_key_lists): not there",
    ]);
    let backup = home.done(&["--json", "backup", OLD]);
    let told: serde_json::Value = serde_json::from_str(&backup).unwrap();
    assert_eq!(
        told["files_beside_the_ledger"],
        serde_json::json!(["keyrite.toml", "lists/weak.txt"]),
        "{backup}"
    );
    assert_eq!(told["not_in_the_copy"], left_out, "{backup}");
    let plain = home.done(&["--json", "export", "home", "plain"]);
    let told: serde_json::Value = serde_json::from_str(&plain).unwrap();
    assert_eq!(told["not_in_the_copy"], left_out, "{plain}");
    for (number, (command, said)) in
        [(&["restore", OLD][..], &backup), (&["import", "home", "plain"], &plain)].into_iter().enumerate()
    {
        std::fs::rename(home.path("ca"), home.path(&format!("before-{number}"))).unwrap();
        let head = head(said);
        let said = home.done(&[command, &["--head", &head]].concat());
        assert_eq!(std::fs::read_to_string(home.path("ca/lists/weak.txt")).unwrap(), list);
        for missing in [&elsewhere, &home.path("ca/gone.txt").display().to_string()] {
            assert!(said.contains(&format!("put {missing} there: keyrite.toml names it")), "{said}");
        }
    }
}

/// What was open when the copy was made is open in the home of the copy, and `recover` settles it there, twice.
#[test]
fn what_a_copy_has_open_is_settled_after_it_was_restored() {
    let home = Home::template();
    let before = Before::of(&home);
    assert_eq!(home.keyrite(&ISSUE, "C_Sign:crash@2").code, Some(4));
    let said = home.done(&["--json", "backup", OLD]);
    home.done(&["recover"]);
    refused(
        &home.keyrite(&["restore", OLD, "--replace", "--crl", "first.crl", "--head", &head(&said)], ""),
        0,
        "",
    );
    let open = home.done(&["recover", "--dry-run"]);
    assert!(open.contains(": open"), "{open}");
    for name in [OLD, "ca/replaced-1"] {
        std::fs::rename(
            home.path(name),
            home.path("out").join(name.replace('/', "-")).with_extension("conf"),
        )
        .unwrap();
    }
    assert_eq!(examine(&home, &before), Ok(()));
}

#[test]
fn a_home_moves_as_plain_files() {
    let home = gone_on();
    let said = home.done(&["--json", "export", "home", "one"]);
    std::fs::rename(home.path("ca"), home.path("fresh")).unwrap();
    refused(&home.keyrite(&["import", "home", "one"], ""), 1, "the last CRL of CA root is missing");
    home.done(&["import", "home", "one", "--head", &head(&said)]);
    home.done(&["audit", "verify", "--head", &head(&said)]);
    home.done(&["export", "home", "two"]);
    let run =
        std::process::Command::new("diff").args(["-r", "one", "two"]).current_dir(home.path(".")).output();
    let run = run.unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
    let (ok, text) =
        home.openssl(&["crl", "-inform", "DER", "-noout", "-text", "-in", "one/crls/root/2.crl"]);
    assert!(ok && text.contains("Key Compromise"), "{text}");
    refused(&home.keyrite(&["export", "home", "two"], ""), 5, "two exists already and was not changed");
    home.done(&["issue", "r2.csr", "--ca", "root", "--profile", "tls-server", "--out", "y.pem"]);
}

/// A home whose file system says that it is NFS: no command writes there, unless the configuration lets it.
#[test]
fn a_home_on_a_network_file_system_is_refused_unless_it_is_said() {
    let home = Home::template();
    let on_nfs = |arguments: &[&str]| {
        let mut command = home.command("strace", "");
        command.args(["-f", "-o", "/dev/null", "-e", "trace=statfs"]);
        command.args(["-e", "inject=statfs:poke_exit=@arg2=6969000000000000", env!("CARGO_BIN_EXE_keyrite")]);
        crate::home::finish(command.args(home.arguments(arguments)))
    };
    let fresh = home.path("fresh").display().to_string();
    for arguments in [&ISSUE[..], &CRL, &["recover"], &["init", &fresh]] {
        let run = on_nfs(arguments);
        refused(&run, 3, "is on a network file system: NFS");
        assert!(run.stderr.contains("do not hold between machines"), "{run:#?}");
    }
    assert!(!home.path("fresh/ledger.sqlite").exists());
    // Looking at it harms nothing.
    assert_eq!(on_nfs(&["status"]).code, Some(0));
    let configuration = std::fs::read_to_string(home.path("ca/keyrite.toml")).unwrap();
    let said = configuration.replace("# network_file_system = true", "network_file_system = true");
    home.write("ca/keyrite.toml", &said);
    assert_eq!(on_nfs(&["recover"]).code, Some(0));
    assert_eq!(on_nfs(&["init", &fresh, "--network-file-system"]).code, Some(0));
    let written = std::fs::read_to_string(home.path("fresh/keyrite.toml")).unwrap();
    assert!(written.contains("\nnetwork_file_system = true\n"), "{written}");
}
