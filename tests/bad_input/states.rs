//! How far an act got before it failed, as one word for scripts: what may be tried again, and what must be settled.

use std::process::Stdio;

use crate::aftermath::{Before, examine};
use crate::disks::{fill, on_disk};
use crate::home::{Home, Run};
use crate::refusal::ISSUE;
use crate::support::fault_module;

/// The word, and how the program ended.
#[track_caller]
fn state(run: &Run) -> (String, i32) {
    let failure: serde_json::Value =
        serde_json::from_str(&run.stderr).unwrap_or_else(|error| panic!("{error}: {run:#?}"));
    assert_eq!(failure["exit_code"], run.code.unwrap(), "{run:#?}");
    (failure["state"].as_str().unwrap().to_owned(), run.code.unwrap())
}

fn json<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["--json"], arguments].concat()
}

#[test]
fn not_signed_perhaps_signed_and_signed_are_told_apart() {
    let template = Home::template();
    let before = Before::of(&template);
    let mut met = Vec::new();
    for (faults, wanted) in [
        ("C_Login:rv=0x5", ("not-signed", 4)),
        // The first signature proves the key pair and is over no object.
        ("C_Sign:rv=0x30@1", ("not-signed", 4)),
        ("C_Sign:rv=0x30@2", ("may-be-signed", 4)),
        ("C_Sign:crash@2", ("may-be-signed", 4)),
        ("C_Sign:flip@2", ("may-be-signed", 6)),
    ] {
        let home = template.copy();
        let run = home.keyrite(&json(&ISSUE), faults);
        let (word, code) = state(&run);
        assert_eq!((word.as_str(), code), wanted, "{faults}: {run:#?}");
        let open = home.done(&["recover", "--dry-run"]);
        assert_eq!(open.contains("nothing is open"), word == "not-signed", "{faults}: {open}");
        assert_eq!(examine(&home, &before), Ok(()), "{faults}");
        met.push(word);
    }
    // From nothing at all to just enough for the reservation and not for what comes of it.
    for free in (0..1024).step_by(4) {
        let home = template.copy();
        let run = on_disk(&home, "ca", &fill("ca", free), &json(&ISSUE));
        let rescued = home.files(".").into_iter().find(|name| name.starts_with("rescued-"));
        // What was kept is told of before the failure, on a line of its own.
        let at = run.stderr.find('{').unwrap_or_default();
        let (word, code) = state(&Run { stderr: run.stderr[at..].to_owned(), ..run });
        assert_eq!(code, 5);
        assert_eq!(word, if rescued.is_some() { "signed-not-recorded" } else { "not-signed" }, "{free} KiB");
        met.push(word);
        if rescued.is_some() {
            break;
        }
    }
    let home = template.copy();
    let run = on_disk(&home, "out", &fill("out", 0), &json(&[&ISSUE[..7], &["out/x.pem"]].concat()));
    assert_eq!(state(&run), ("signed-not-published".to_owned(), 5), "{run:#?}");
    assert!(run.stderr.contains("keyrite certificate export "), "{run:#?}");
    met.sort();
    met.dedup();
    assert_eq!(met, ["may-be-signed", "not-signed", "signed-not-recorded"]);
}

/// A certificate that goes to standard output and does not arrive is on record, and the advice brings it.
#[test]
fn a_certificate_that_standard_output_does_not_take_is_not_lost() {
    let home = Home::template();
    let before = Before::of(&home);
    let serials = || home.certificates().len();
    for (at, redirected) in [">/dev/full", ">&-", "| true"].into_iter().enumerate() {
        let count = serials();
        // What waits for the reader to be gone meets a closed pipe.
        let wait = if redirected == "| true" { "sleep 0.2; " } else { "" };
        let script = format!("{{ {wait}\"$@\"; echo \"code $?\" >&2; }} {redirected}");
        let mut command = home.command("sh", "");
        command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_keyrite")]);
        command.args(home.arguments(&ISSUE[..6])).stdin(Stdio::null());
        let said = String::from_utf8(command.output().unwrap().stderr).unwrap();
        assert!(said.contains("code 5"), "{redirected}: {said}");
        assert!(said.contains("error: standard output does not take the result"), "{redirected}: {said}");
        assert_eq!(serials(), count + 1, "{redirected}");
        let serial = home.certificates().last().unwrap().number.clone();
        let advice = format!("keyrite certificate export {serial} --out FILE writes it");
        assert!(said.contains(&advice), "{redirected}: {said}");
        let out = format!("out/{at}.pem");
        home.done(&["certificate", "export", &serial, "--out", &out]);
    }
    // Whoever throws it away has said so.
    let mut command = home.command(env!("CARGO_BIN_EXE_keyrite"), "");
    let status = command.args(home.arguments(&ISSUE[..6])).stdout(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(0));
    fault_module::forget(home.token());
    assert_eq!(examine(&home, &before), Ok(()));
}
