//! Modules that are missing, are none, crash or hang.

use std::process::Command;

use crate::aftermath::{Before, examine};
use crate::home::Home;
use crate::refusal::{CRL, ISSUE, assert_refused, assert_unharmed};
use crate::support::fault_module;

/// Gives the module a second for each call.
fn impatient(home: &Home) {
    let text = std::fs::read_to_string(home.path("ca/keyrite.toml")).unwrap();
    let short = "[worker]\nsignature_timeout = \"1s\"\nother_timeout = \"1s\"\n";
    assert_eq!(text.matches("[worker]\n").count(), 1, "{text}");
    home.write("ca/keyrite.toml", &text.replace("[worker]\n", short));
}

#[test]
fn what_is_no_module_is_named() {
    let home = Home::template();
    let before = Before::of(&home);
    home.write("text.so", "not ELF");
    let empty = home.path("empty.so");
    let built =
        Command::new("cc").args(["-shared", "-x", "c", "/dev/null", "-o"]).arg(&empty).status().unwrap();
    assert!(built.success());
    for (module, wanted) in [
        ("/nowhere/module.so", "/nowhere/module.so cannot be loaded"),
        (home.path("text.so").to_str().unwrap(), "text.so cannot be loaded"),
        (empty.to_str().unwrap(), "empty.so cannot be loaded"),
        ("/", "/ cannot be loaded"),
    ] {
        for arguments in [&ISSUE[..], &CRL] {
            let run = home.keyrite_by(module, arguments, "");
            assert_refused(&home, &before, &run, 4, &[wanted, "hint: "]);
        }
    }
    for file in ["text.so", "empty.so"] {
        std::fs::remove_file(home.path(file)).unwrap();
    }
    assert_unharmed(&home, &before);
}

/// Before the first signature a module may fail as it likes: nothing is reserved, nothing is open.
#[test]
fn a_module_that_crashes_or_hangs_before_the_signature_leaves_nothing() {
    let home = Home::template();
    impatient(&home);
    let before = Before::of(&home);
    for (faults, wanted) in [
        ("C_Initialize:crash", "ended in C_Initialize: killed by SIGSEGV"),
        ("C_GetSlotList:exit", "ended in C_GetSlotList: exit code 7"),
        ("C_Login:kill", "ended in C_Login: killed by SIGKILL"),
        ("C_Initialize:hang", "C_Initialize did not return within 1s"),
        ("C_Login:hang", "C_Login did not return within 1s"),
        ("C_FindObjects:hang", "C_FindObjects did not return within 1s"),
    ] {
        let run = home.keyrite(&ISSUE, faults);
        assert_refused(&home, &before, &run, 4, &[wanted]);
    }
    assert_unharmed(&home, &before);
}

/// At the signature itself: it may exist, so the number stays taken and is settled by `recover`.
#[test]
fn a_module_that_fails_in_the_signature_leaves_what_recover_settles() {
    let template = Home::template();
    impatient(&template);
    let before = Before::of(&template);
    for (faults, code, wanted) in [
        ("C_Sign:hang@2", 4, "C_Sign did not return within 1s"),
        ("C_Sign:crash@2", 4, "ended in C_Sign: killed by SIGSEGV"),
        ("C_Sign:late@2", 4, "ended in C_Sign: killed by SIGKILL"),
        ("C_Sign:rv=0x32@2", 4, "CKR_DEVICE_REMOVED from C_Sign"),
        ("C_Sign:short@2", 4, "signature of 63 octets, wanted exactly 64"),
        ("C_Sign:flip@2", 6, "signature that is not right"),
        ("C_Sign:replay@2", 6, "signature that is not right"),
    ] {
        for arguments in [&ISSUE[..], &CRL] {
            let home = template.copy();
            let run = home.keyrite(arguments, faults);
            assert_eq!(run.code, Some(code), "{faults}: {run:#?}");
            assert!(run.stderr.contains(wanted) && run.stderr.contains("hint: "), "{faults}: {run:#?}");
            assert!(!home.path("x.pem").exists() && !home.path("x.crl").exists(), "{faults}");
            let open = home.keyrite(&["recover", "--dry-run"], "").stdout;
            assert!(open.contains("open"), "{faults}: {open}");
            shown_by_openssl(&home);
            assert_eq!(examine(&home, &before), Ok(()), "{faults}");
        }
    }
    fault_module::forget(template.token());
}

/// What was to be signed is written for other programs, which take it for nothing.
fn shown_by_openssl(home: &Home) {
    home.done(&["recover", "--dry-run", "--export", "out"]);
    let files = home.files("out");
    let [file] = files.as_slice() else { panic!("{files:?}") };
    let path = format!("out/{file}");
    if let Some(serial) = file.strip_prefix("unsigned-certificate-") {
        let (ok, text) = home.openssl(&["x509", "-noout", "-text", "-in", &path]);
        assert!(ok && text.contains("CN = r1.example.test"), "{text}");
        let (ok, said) = home.openssl(&["verify", "-CAfile", "root.pem", &path]);
        assert!(!ok, "{said}");
        let serial = serial.trim_end_matches(".pem");
        home.done(&["certificate", "export", serial, "--intent", "--out", "out/again.pem"]);
        assert_eq!(
            std::fs::read(home.path("out/again.pem")).unwrap(),
            std::fs::read(home.path(&path)).unwrap()
        );
        let refused = home.keyrite(&["certificate", "export", serial, "--out", "out/signed.pem"], "");
        assert_eq!(refused.code, Some(1), "{refused:#?}");
        assert!(refused.stderr.contains("--intent writes what was to be signed"), "{refused:#?}");
        std::fs::remove_file(home.path("out/again.pem")).unwrap();
    } else {
        assert_eq!(file, "unsigned-crl-root-2.der");
        let (ok, text) = home.openssl(&["asn1parse", "-inform", "DER", "-in", &path]);
        assert!(ok && text.contains("X509v3 CRL Number"), "{text}");
    }
    std::fs::remove_file(home.path(&path)).unwrap();
}
