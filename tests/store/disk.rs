//! Disks that are full, read-only or failing. Each case runs in a process of its own, since what is wrong
//! with the disk holds for that process alone.

use std::path::{Path, PathBuf};
use std::process::Command;

use keyrite::audit::Event;
use keyrite::store::{Error, OpenOptions, State, Store};

use crate::scene::{Scene, at, make_root, serial, sign};
use crate::software::SoftwareKey;

const HOME: &str = "KEYRITE_TEST_HOME";

/// Runs an ignored test of this file below a shell command that prepares its disk.
fn run_in(shell: &str, test: &str, home: &Path) {
    let status = Command::new("sh")
        .args(["-c", shell, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("disk::{test}"), "--ignored", "--nocapture"])
        .env(HOME, home)
        .status()
        .unwrap();
    assert!(status.success(), "{test}: {status}");
}

/// A file system of its own for the child, of a size; needs no privilege where user namespaces are allowed.
fn on_tmpfs(size: &str, test: &str) {
    let directory = tempfile::tempdir().unwrap();
    let shell = format!(
        "unshare -rm sh -c 'mount -t tmpfs -o mode=700,size={size} none \"${HOME}\" && exec \"$@\"' sh \"$@\""
    );
    run_in(&shell, test, directory.path());
}

fn home() -> Option<PathBuf> {
    std::env::var_os(HOME).map(PathBuf::from)
}

fn scene_at(home: &Path) -> Scene {
    let mut store = Store::create(home, at(0)).unwrap();
    let key = SoftwareKey::load("ec-p256");
    let root = make_root(&mut store, &key, "root", 0);
    Scene { directory: tempfile::tempdir().unwrap(), store, key, root }
}

#[test]
fn a_full_disk_is_named_and_nothing_acknowledged_is_lost() {
    on_tmpfs("6m", "child_fills_the_disk");
}

#[test]
#[ignore = "run by a_full_disk_is_named_and_nothing_acknowledged_is_lost"]
fn child_fills_the_disk() {
    let Some(home) = home() else { return };
    let mut scene = scene_at(&home);
    let ca = scene.ca();
    let mut issued = Vec::new();
    let (mut refused, mut kept) = (0, 0);
    // Until it is full, from then on every attempt meets the full disk, at either step.
    for number in 0..5000 {
        let mut intent = scene.intent(number);
        intent.requester = Some("large ".repeat(5000));
        let reservation = match scene.store.reserve_certificates(&ca, vec![intent], at(10)) {
            Ok(mut reserved) => reserved.pop().unwrap(),
            Err(error) => {
                assert!(matches!(error.source, Error::Full { .. }), "{error:?}");
                refused += 1;
                if refused > 5 {
                    break;
                }
                continue;
            }
        };
        let signed = sign(&scene.key, reservation.tbs());
        match scene.store.commit(vec![(reservation, signed)], at(11)) {
            Ok(_) => issued.push(number),
            Err(error) => {
                assert!(matches!(*error.source, Error::Full { .. }), "{error:?}");
                assert_eq!(error.signed.len(), 1, "the certificate comes back");
                kept += 1;
            }
        }
    }
    assert!(refused > 5, "the disk never was full");
    assert!(issued.len() > 20, "{} issued, {kept} given back", issued.len());
    // Reading goes on, and after space is made so does writing.
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
    let remounted = Command::new("mount").args(["-o", "remount,size=32m"]).arg(&home).status().unwrap();
    assert!(remounted.success());
    scene.store = Store::open(&home, OpenOptions::default()).unwrap();
    scene.issue(9999);
    for number in issued {
        assert_eq!(scene.store.certificate(&ca, &serial(number)).unwrap().state, State::Issued);
    }
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn a_disk_too_small_for_any_ledger_is_named() {
    on_tmpfs("16k", "child_creates_on_a_tiny_disk");
}

#[test]
#[ignore = "run by a_disk_too_small_for_any_ledger_is_named"]
fn child_creates_on_a_tiny_disk() {
    let Some(home) = home() else { return };
    let error = Store::create(&home, at(0)).unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error:?}");
    let remounted = Command::new("mount").args(["-o", "remount,size=32m"]).arg(&home).status().unwrap();
    assert!(remounted.success());
    drop(scene_at(&home));
}

#[test]
fn a_read_only_file_system_is_named_and_can_be_read() {
    on_tmpfs("8m", "child_reads_a_read_only_disk");
}

#[test]
#[ignore = "run by a_read_only_file_system_is_named_and_can_be_read"]
fn child_reads_a_read_only_disk() {
    let Some(home) = home() else { return };
    let remount = |options: &str| {
        let status = Command::new("mount").args(["-o", options]).arg(&home).status().unwrap();
        assert!(status.success());
    };
    let mut scene = scene_at(&home);
    scene.issue(1);
    drop(scene);
    remount("remount,ro");
    let error = Store::open(&home, OpenOptions::default()).unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error:?}");
    let store = Store::open_read_only(&home).unwrap();
    assert_eq!(store.find_serial(&serial(1)).unwrap().len(), 1);
    assert_eq!(store.verify_audit(None).unwrap().discrepancies, []);
    drop(store);
    let error = Store::create(&home.join("new"), at(0)).unwrap_err();
    assert!(error.to_string().contains("new"), "{error:?}");
    remount("remount,rw");
    let mut store = Store::open(&home, OpenOptions::default()).unwrap();
    store.append(Event::HomeCreated { version: "x".to_owned(), id: None }, at(20)).unwrap();
}

/// The kernel refuses to write beyond a size, as a failing disk does: an error that is not "full".
#[test]
fn after_a_failed_write_nothing_more_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("home");
    run_in("trap '' XFSZ; ulimit -f 1000; exec \"$@\"", "child_meets_a_failing_disk", &home);
    let store = Store::open(&home, OpenOptions::default()).unwrap();
    assert_eq!(store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
#[ignore = "run by after_a_failed_write_nothing_more_is_written"]
fn child_meets_a_failing_disk() {
    let Some(home) = home() else { return };
    let mut scene = scene_at(&home);
    let ca = scene.ca();
    let event = || Event::LoginFailed { token: "x".repeat(2000), reason: "y".to_owned() };
    let error = (0..2000).find_map(|_| scene.store.append(event(), at(10)).err()).unwrap();
    assert!(matches!(error, Error::Failed { .. }), "{error:?}");
    let intent = scene.intent(1);
    let error = scene.store.reserve_certificates(&ca, vec![intent], at(11)).unwrap_err();
    assert!(matches!(error.source, Error::Poisoned { .. }), "{error:?}");
    assert_eq!(scene.store.cas().unwrap().len(), 1, "reading goes on");
}
