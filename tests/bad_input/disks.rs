//! Disks that cannot be written or are full at any stage of an act.

use crate::aftermath::{Before, examine};
use crate::home::{Home, Run, finish};
use crate::refusal::{CRL, ISSUE, assert_refused};

/// Runs keyrite while a directory of the home lies on a file system of its own that is prepared by a line of
/// shell; brings what is then in it back. Needs no privilege where user namespaces are allowed.
pub(crate) fn on_disk(home: &Home, directory: &str, prepare: &str, arguments: &[&str]) -> Run {
    let script = r#"
set -e
directory="$1"; prepare="$2"; shift 2
cp -a "$directory" "$directory.disk"
mount -t tmpfs -o mode=700,size=8m none "$directory"
cp -a "$directory.disk/." "$directory/"
rm -r "$directory.disk"
eval "$prepare"
status=0
"$@" || status=$?
mount -o remount,rw,size=32m "$directory"
rm -f "$directory/filler"
cp -a "$directory" "$directory.disk"
exit "$status""#;
    let mut command = home.command("unshare", "");
    let prepare = format!("cd {}; {prepare}", home.path(".").display());
    command.args(["-rm", "sh", "-c", script, "sh"]).arg(home.path(directory)).arg(prepare);
    let run = finish(command.arg(env!("CARGO_BIN_EXE_keyrite")).args(home.arguments(arguments)));
    std::fs::remove_dir_all(home.path(directory)).unwrap();
    std::fs::rename(home.path(&format!("{directory}.disk")), home.path(directory)).unwrap();
    run
}

/// Fills the disk but for some KiB.
pub(crate) fn fill(directory: &str, free: usize) -> String {
    format!(
        "free=$(df -k --output=avail {directory} | tail -n 1); \
         dd if=/dev/zero of={directory}/filler bs=1024 count=$((free - {free})) status=none"
    )
}

#[test]
fn a_home_that_cannot_be_written_is_named_and_can_be_read() {
    let home = Home::template();
    let before = Before::of(&home);
    for arguments in
        [&ISSUE[..], &CRL, &["revoke", "www.pem", "--ca", "root", "--reason", "superseded"], &["recover"]]
    {
        let run = on_disk(&home, "ca", "mount -o remount,ro ca", arguments);
        assert_eq!(run.code, Some(5), "{run:#?}");
        assert!(run.stderr.contains("ledger.sqlite cannot be written"), "{run:#?}");
        assert!(!home.path("x.pem").exists() && !home.path("x.crl").exists(), "{run:#?}");
    }
    for arguments in [&["status"][..], &["audit", "verify"], &["certificate", "list"]] {
        let run = on_disk(&home, "ca", "mount -o remount,ro ca", arguments);
        assert_eq!(run.code, Some(0), "{run:#?}");
    }
    assert_eq!(examine(&home, &before), Ok(()));
}

/// The home's disk is full at every stage, from nothing at all to just not enough: what was signed is kept, and
/// goes on record when there is space again.
#[test]
fn a_full_disk_at_any_stage_loses_nothing() {
    let template = Home::template();
    let before = Before::of(&template);
    for (arguments, kind) in [(&ISSUE[..], "certificate"), (&CRL, "CRL")] {
        let (mut refused, mut rescued) = (0, 0);
        let mut free = 0;
        loop {
            assert!(free < 1024, "{kind}: never enough");
            let home = template.copy();
            let run = on_disk(&home, "ca", &fill("ca", free), arguments);
            let at = format!("{kind}, {free} KiB free: {run:#?}");
            if run.code == Some(0) {
                assert_eq!(examine(&home, &before), Ok(()), "{at}");
                break;
            }
            assert_eq!(run.code, Some(5), "{at}");
            assert!(run.stderr.contains("no space is left") && run.stderr.contains("hint: "), "{at}");
            assert!(!home.path("x.pem").exists() && !home.path("x.crl").exists(), "{at}");
            match home.files(".").into_iter().find(|name| name.starts_with("rescued-")) {
                None => refused += 1,
                Some(file) => {
                    rescued += 1;
                    assert!(run.stderr.contains(&file), "{at}");
                    let said = home.done(&["recover", "--found", &file]);
                    assert!(said.contains("found and recorded"), "{at}: {said}");
                    std::fs::remove_file(home.path(&file)).unwrap();
                }
            }
            assert_eq!(examine(&home, &before), Ok(()), "{at}");
            free += 4;
        }
        println!("{kind}: refused at {refused} sizes, rescued at {rescued}");
        assert!(refused > 0 && rescued > 0, "{kind}: refused {refused}, rescued {rescued}");
    }
}

/// The certificate is on record, its file is not there, and the advice in the error brings it.
#[test]
fn a_full_disk_for_the_file_leaves_a_certificate_on_record() {
    let home = Home::template();
    let before = Before::of(&home);
    let run = on_disk(&home, "out", &fill("out", 0), &[&ISSUE[..7], &["out/x.pem"]].concat());
    assert_eq!(run.code, Some(5), "{run:#?}");
    assert_eq!(home.files("out"), [""; 0], "{run:#?}");
    let serial = home.certificates().last().unwrap().number.clone();
    let advice = format!("keyrite certificate export {serial} --out FILE");
    assert!(run.stderr.contains(&advice), "{run:#?}");
    home.done(&["certificate", "export", &serial, "--out", "out/x.pem"]);
    assert_eq!(examine(&home, &before), Ok(()));
}

/// What cannot be written is told before the token is asked: a number that was taken for nothing is lost.
#[test]
fn an_output_that_no_file_can_have_is_refused_before_anything_is_signed() {
    let home = Home::template();
    let before = Before::of(&home);
    for out in ["new/", ".."] {
        let run = home.keyrite(&[&CRL[..4], &["--out", out]].concat(), "");
        assert_refused(&home, &before, &run, 5, &["does not name a file"]);
    }
    let configuration = std::fs::read_to_string(home.path("ca/keyrite.toml")).unwrap();
    home.write("ca/keyrite.toml", &format!("{configuration}output = \"nowhere\"\n"));
    let run = home.keyrite(&CRL[..4], "");
    assert_refused(&home, &before, &run, 5, &["nowhere", "the directory must exist"]);
}
