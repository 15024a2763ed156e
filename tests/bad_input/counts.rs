//! Signatures that are counted: by the worker process, by the device, and by the audit log.

use serde_json::Value;

use crate::home::{Home, Run};
use crate::refusal::ISSUE;
use crate::support::fault_module;

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:#?}"))
}

fn entries(home: &Home) -> u64 {
    json(&home.keyrite(&["status", "--json"], ""))["audit_entries"].as_u64().unwrap()
}

/// The entries of a kind after some entry.
fn told(home: &Home, since: u64, event: &str) -> Vec<Value> {
    let from = (since + 1).to_string();
    let run = home.keyrite(&["audit", "list", "--json", "--from", &from, "--event", event], "");
    let listed = json(&run);
    let entries = listed["entries"].as_array().unwrap_or_else(|| panic!("{run:#?}"));
    entries.iter().map(|entry| entry["details"].clone()).collect()
}

fn reconcile(home: &Home, since: u64, count: u64) -> Run {
    let (since, count) = (since.to_string(), count.to_string());
    home.keyrite(&["audit", "reconcile", "--ca", "root", "--since-entry", &since, "--count", &count], "")
}

/// What the device has signed: the calls that reached it, and those that the module made for itself.
fn device(home: &Home) -> u64 {
    let twice = fault_module::committed(home.token()).iter().filter(|fault| *fault == "C_Sign:twice").count();
    u64::try_from(fault_module::calls(home.token(), "C_Sign") + twice).unwrap()
}

fn numbers(event: &Value) -> [u64; 5] {
    ["calls", "failed", "objects", "challenges", "unsure"].map(|field| event[field].as_u64().unwrap())
}

/// With the keys that it makes for a trial and destroys again.
#[test]
fn what_the_doctor_signs_is_counted_by_the_worker() {
    let home = Home::template();
    let since = entries(&home);
    let run = home.keyrite(&["token", "doctor", &home.token().uri(), "--try"], "");
    assert_eq!(run.code, Some(0), "{run:#?}");
    let counted = told(&home, since, "signatures-counted");
    assert_eq!(numbers(&counted[0]), [6, 0, 0, 6, 0], "the key that is measured");
    let calls: u64 = counted.iter().map(|event| numbers(event)[0]).sum();
    let reached = ["C_Sign", "C_SignFinal"].map(|function| fault_module::calls(home.token(), function));
    assert_eq!(calls, u64::try_from(reached.iter().sum::<usize>()).unwrap(), "{counted:?}");
    let keys: std::collections::BTreeSet<_> =
        counted.iter().map(|event| event["public-key-sha256"].as_str().unwrap().to_owned()).collect();
    assert_eq!(keys.len(), counted.len(), "each key has a count of its own");
    assert!(keys.len() > 4, "{keys:?}");
    assert_eq!(home.keyrite(&["audit", "verify"], "").code, Some(0));
}

#[test]
fn every_signature_is_counted_and_accounted_for() {
    let home = Home::template();
    let since = entries(&home);
    assert_eq!(home.keyrite(&ISSUE, "").code, Some(0));
    // The challenge before the reservation, the certificate with its record.
    let counted = told(&home, since, "signatures-counted");
    assert_eq!(
        counted.iter().map(numbers).collect::<Vec<_>>(),
        [[1, 0, 0, 1, 0], [1, 0, 1, 0, 0]],
        "{counted:?}"
    );
    assert_eq!(device(&home), 2);
    for (count, code, words) in [
        (2, 0, "accounted for"),
        (3, 6, "1 more than the log accounts for: something was signed that is on no record"),
        (1, 6, "1 fewer than the log tells of"),
    ] {
        let run = reconcile(&home, since, count);
        assert_eq!(run.code, Some(code), "{run:#?}");
        assert!(run.stdout.contains(words), "{run:#?}");
    }
    let compared = told(&home, since, "reconciled");
    assert_eq!(compared.len(), 3);
    assert_eq!((compared[0]["counted"].as_u64(), compared[0]["most"].as_u64()), (Some(2), Some(2)));
    // The same key by its URI, and all of its signatures from the first on.
    let key = home.token().key_uri("root");
    let whole = json(&home.keyrite(&["audit", "reconcile", "--key", &key, "--json"], ""));
    let objects = whole["objects"].as_u64().unwrap();
    assert_eq!(objects, 5, "the root, three certificates and a CRL: {whole}");
    assert_eq!(whole["least"], whole["most"], "{whole}");
    assert!(home.done(&["audit", "verify"]).contains("good"));
}

#[test]
fn a_module_that_signs_and_says_that_it_did_not_is_within_bounds() {
    let home = Home::template();
    let since = entries(&home);
    let run = home.keyrite(&ISSUE, "C_Sign:after=0x5@2");
    assert_eq!(run.code, Some(4), "{run:#?}");
    let counted = told(&home, since, "signatures-counted");
    assert_eq!(
        counted.iter().map(numbers).collect::<Vec<_>>(),
        [[1, 0, 0, 1, 0], [1, 1, 0, 0, 1]],
        "{counted:?}"
    );
    assert_eq!(device(&home), 2);
    for (count, code) in [(1, 0), (2, 0), (3, 6), (0, 6)] {
        let run = reconcile(&home, since, count);
        assert_eq!(run.code, Some(code), "{count}: {run:#?}");
    }
    home.done(&["recover"]);
    let recovered = told(&home, since, "recovered");
    assert_eq!(recovered.len(), 1);
    assert_eq!((recovered[0]["open"].as_u64(), recovered[0]["abandoned"].as_u64()), (Some(1), Some(1)));
    // Whoever gives a number up does not know whether it was signed either.
    assert_eq!(reconcile(&home, since, 2).code, Some(0));
    assert!(home.done(&["audit", "verify"]).contains("good"));
}

/// What the module does for itself no program can see: the device's own count tells.
#[test]
fn a_module_that_signs_once_more_for_itself_is_told_by_the_count_of_the_device() {
    let home = Home::template();
    let since = entries(&home);
    let run = home.keyrite(&ISSUE, "C_Sign:twice@2");
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert_eq!(device(&home), 3);
    let run = reconcile(&home, since, device(&home));
    assert_eq!(run.code, Some(6), "{run:#?}");
    assert!(run.stdout.contains("NOT ACCOUNTED FOR: 1 more than the log accounts for"), "{run:#?}");
}

#[test]
fn a_worker_that_dies_leaves_no_count_and_what_it_may_have_signed_is_bounded() {
    let home = Home::template();
    let since = entries(&home);
    let run = home.keyrite(&ISSUE, "C_Sign:crash@2");
    assert_eq!(run.code, Some(4), "{run:#?}");
    let counted = told(&home, since, "signatures-counted");
    assert_eq!(counted.iter().map(numbers).collect::<Vec<_>>(), [[1, 0, 0, 1, 0]], "{counted:?}");
    for (count, code) in [(1, 0), (2, 0), (4, 6)] {
        let run = reconcile(&home, since, count);
        assert_eq!(run.code, Some(code), "{count}: {run:#?}");
    }
}

#[test]
fn what_reads_and_is_still_worth_recording_is_recorded() {
    let home = Home::template();
    let since = entries(&home);
    let serial = &home.certificates()[1].number;
    home.done(&["certificate", "export", serial, "--out", "copy.pem"]);
    let exported = told(&home, since, "exported");
    assert_eq!(exported.len(), 1);
    assert_eq!(
        (exported[0]["what"].as_str(), exported[0]["ca"].as_str(), exported[0]["to"].as_str()),
        (Some("certificate"), Some("root"), Some("copy.pem"))
    );
    let wrong = home.token().write_private("wrong", "00000000");
    let token = home.token().uri();
    for arguments in [
        &["key", "list", &token][..],
        &["token", "doctor", &token],
        &["key", "show", &home.token().key_uri("root")],
    ] {
        let before = told(&home, since, "login-failed").len();
        let mut command = home.command(env!("CARGO_BIN_EXE_keyrite"), "");
        let (ca, module) =
            (home.path("ca").display().to_string(), fault_module::path().display().to_string());
        command.args(["--home", &ca, "--module", &module, "--pin-source"]);
        command.arg(format!("file:{}", wrong.display())).args(arguments);
        let run = crate::home::finish(&mut command);
        assert_ne!(run.code, Some(0), "{run:#?}");
        assert_eq!(told(&home, since, "login-failed").len(), before + 1, "{run:#?}");
    }
    // Another text of keyrite.toml is told of once, by the next command that begins something.
    let changed = || told(&home, 0, "configuration-changed").len();
    assert_eq!(changed(), 1, "the one by which the home was begun");
    home.append("ca/keyrite.toml", "next_update = \"7d\"\n");
    home.done(&["revoke", "www.pem", "--ca", "root", "--reason", "superseded"]);
    home.done(&["crl", "issue", "--ca", "root", "--out", "second.crl"]);
    assert_eq!(changed(), 2);
    assert!(home.done(&["audit", "verify"]).contains("good"));
}
