//! The scripts of `softhsm-setup/`: they explain themselves, can be run again, and leave the user's own tokens alone.

#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and writes its fixtures plainly"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("softhsm-setup")
}

fn script(name: &str) -> Command {
    let mut command = Command::new(directory().join(name));
    command.env_remove("KEYRITE_MODULE").env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

fn stdout_of(output: &Output) -> String {
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// What `softhsm2-util` says of the tokens in the directory that `setup.sh` made: labels and serial numbers.
fn tokens(made: &Path) -> String {
    let output = Command::new("softhsm2-util")
        .arg("--show-slots")
        .env("SOFTHSM2_CONF", made.join("softhsm2.conf"))
        .output()
        .expect("softhsm2-util");
    let keep = |line: &&str| line.contains("Label:") || line.contains("Serial number:");
    stdout_of(&output).lines().filter(keep).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_script_explains_itself_and_refuses_what_it_does_not_know() {
    let mut seen = 0;
    for entry in fs::read_dir(directory()).expect("softhsm-setup") {
        let path = entry.expect("entry").path();
        if !path.extension().is_some_and(|extension| extension == "sh" || extension == "py") {
            continue;
        }
        seen += 1;
        let name = path.file_name().expect("name").to_string_lossy().into_owned();
        let help = stdout_of(&script(&name).arg("--help").output().expect("the script runs"));
        assert!(help.contains(&format!("usage: {name}")), "{name} --help says {help}");
        let unknown = script(&name).arg("--no-such-option").output().expect("the script runs");
        assert_eq!(unknown.status.code(), Some(2), "{name} --no-such-option");
    }
    assert_eq!(seen, 14, "scripts in softhsm-setup; the table in its README names them all");
}

#[test]
fn setup_can_be_run_again_and_keeps_tokens_and_pin() {
    let made = tempfile::tempdir().expect("directory");
    let run = || {
        stdout_of(&script("setup.sh").arg(made.path()).args(["root", "root2"]).output().expect("setup.sh"))
    };
    let first = (run(), tokens(made.path()), fs::read(made.path().join("pin")).expect("pin"));
    let second = (run(), tokens(made.path()), fs::read(made.path().join("pin")).expect("pin"));
    assert_eq!(first, second);
    assert!(first.1.contains("root2"), "{}", first.1);
    for secret in ["pin", "so-pin", "softhsm2.conf"] {
        let mode = fs::metadata(made.path().join(secret)).expect(secret).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{secret}");
    }
}

#[test]
fn setup_leaves_the_tokens_of_an_inherited_configuration_alone() {
    let own = tempfile::tempdir().expect("directory");
    fs::create_dir(own.path().join("tokens")).expect("tokens");
    let configuration = format!("directories.tokendir = {}\n", own.path().join("tokens").display());
    fs::write(own.path().join("softhsm2.conf"), configuration).expect("configuration");
    let made = tempfile::tempdir().expect("directory");
    let output = script("setup.sh")
        .arg(made.path())
        .arg("root")
        .env("SOFTHSM2_CONF", own.path().join("softhsm2.conf"))
        .output()
        .expect("setup.sh");
    assert!(stdout_of(&output).contains(&made.path().display().to_string()));
    assert_eq!(fs::read_dir(own.path().join("tokens")).expect("tokens").count(), 0);
}

#[test]
fn setup_and_quickstart_refuse_a_directory_that_is_not_theirs() {
    let foreign = tempfile::tempdir().expect("directory");
    fs::write(foreign.path().join("thesis.tex"), "years of work").expect("file");
    let setup = script("setup.sh").arg(foreign.path()).arg("root").output().expect("setup.sh");
    let quickstart = script("quickstart.sh")
        .args(["--program", "/bin/true"])
        .arg(foreign.path())
        .output()
        .expect("quickstart.sh");
    for output in [setup, quickstart] {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("was not made by this script"), "{said}");
    }
    assert_eq!(fs::read_dir(foreign.path()).expect("directory").count(), 1);
}

#[test]
fn with_softhsm_hands_on_the_exit_status_and_removes_the_tokens() {
    let look =
        "test -r \"$KEYRITE_MODULE\" && test -s \"$KEYRITE_PIN_FILE\" && dirname \"$SOFTHSM2_CONF\"; exit 7";
    let output = script("with-softhsm.sh")
        .args(["--token", "root", "sh", "-c", look])
        .output()
        .expect("with-softhsm.sh");
    assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
    let temporary = String::from_utf8(output.stdout).expect("a path");
    assert!(temporary.starts_with('/'), "{temporary:?}");
    assert!(!Path::new(temporary.trim_end()).exists(), "{temporary} is still there");
}

#[test]
fn find_module_says_what_to_do_about_a_module_that_is_not_there() {
    let output =
        script("find-module.sh").env("KEYRITE_MODULE", "/nowhere.so").output().expect("find-module.sh");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("'/nowhere.so'") && said.contains("hint:"), "{said}");
}

/// What was built from the lock file that is there now is used as it is; what was built from another is kept until
/// its successor is whole.
#[test]
fn kryoptic_is_built_once_and_replaced_only_by_what_is_whole() {
    let cache = tempfile::tempdir().expect("directory");
    let lock = fs::read_to_string(directory().join("kryoptic/Cargo.lock")).expect("Cargo.lock");
    let built = cache.path().canonicalize().expect("path").join("kryoptic-1.5.4-openssl-3.5.5");
    fs::create_dir(&built).expect("directory");
    let run = |lock: &str| {
        fs::write(built.join("Cargo.lock"), lock).expect("Cargo.lock");
        // Neither a network nor anything that was loaded before.
        script("kryoptic.sh")
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_HOME", cache.path().join("cargo"))
            .arg("--cache")
            .arg(cache.path())
            .args(["--print", "directory"])
            .output()
            .expect("kryoptic.sh")
    };
    let said = stdout_of(&run(&lock));
    assert_eq!(Path::new(said.trim_end()), built);

    let refused = run("another");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("error: cargo cannot load kryoptic's sources\nhint: "), "{said}");
    assert_eq!(fs::read_to_string(built.join("Cargo.lock")).expect("Cargo.lock"), "another");
    let unfinished = fs::read_dir(cache.path()).expect("cache").filter(|entry| {
        let name = entry.as_ref().expect("entry").file_name();
        name.to_string_lossy().starts_with(".build")
    });
    assert_eq!(unfinished.count(), 0);
}
