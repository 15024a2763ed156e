//! The program around the signature: files, PINs, names of tokens.

use crate::home::Home;
use crate::support::fault_module;
use crate::support::tokens::PIN;

/// I-05: a second run of `openssl ca` cut the file of the first certificate to nothing before it failed (OpenSSL issue 6544).
#[test]
fn i05_a_file_that_is_there_is_never_changed() {
    let home = Home::template();
    let old = std::fs::read(home.path("www.pem")).unwrap();
    let before = home.certificates();
    fault_module::forget(home.token());
    let run = home.keyrite(&home.issue(&["r1.csr"], &["--out", "www.pem"]), "");
    assert_eq!(run.code, Some(5), "{run:#?}");
    assert!(run.stderr.contains("www.pem"), "{run:#?}");
    assert_eq!(std::fs::read(home.path("www.pem")).unwrap(), old);
    assert_eq!(fault_module::calls(home.token(), "C_Sign"), 0, "{run:#?}");
    assert_eq!(home.certificates(), before);
}

/// I-36: in a ceremony the token had another label than the script, its URI was found by trial, and the PIN stood in the command line
/// for all to see (CCAT, 2026).
#[test]
fn i36_a_pin_has_no_place_in_a_command_line_and_a_wrong_uri_names_the_right_one() {
    let home = Home::template();
    let issue = |key: &str| home.keyrite(&["key", "show", key], "");
    let with_pin = format!("{}?pin-value={PIN}", home.token().key_uri("root"));
    let refused = issue(&with_pin);
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(!refused.stderr.contains(PIN) && !refused.stdout.contains(PIN), "{refused:#?}");
    let option = home.keyrite(&["key", "list", "--pin", PIN], "");
    assert_eq!(option.code, Some(2), "{option:#?}");
    // What is there is listed where what was named is not.
    let renamed = issue("pkcs11:token=crash%20%28UserPIN%29;object=root");
    assert_eq!(renamed.code, Some(4), "{renamed:#?}");
    assert!(renamed.stderr.contains("hint: tokens present: \"crash\" (serial \""), "{renamed:#?}");
}

/// I-46: the PIN of an HSM was written to a log (Boulder 8794).
#[test]
fn i46_the_pin_is_in_nothing_that_is_said() {
    let home = Home::template();
    for fault in [
        "",
        "C_Login:rv=0xa0",
        "C_Login:rv=0xa4",
        "C_OpenSession:rv=0x30",
        "C_Sign:rv=0x30@1",
        "C_Sign:crash@2",
    ] {
        let copy = home.copy();
        let issue = copy.issue(&["r1.csr"], &["--out", "x.pem", "--log", "trace"]);
        let run = copy.keyrite(&issue, fault);
        assert_eq!(run.code == Some(0), fault.is_empty(), "{fault}: {run:#?}");
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains(PIN) && !text.contains(&hex::encode(PIN)), "{fault}: {run:#?}");
        }
    }
}
