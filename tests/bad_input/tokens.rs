//! Tokens, PINs and keys that are not the ones that are wanted.

use crate::aftermath::Before;
use crate::home::Home;
use crate::refusal::{CRL, ISSUE, assert_refused, assert_unharmed};
use crate::support::fault_module;
use crate::support::softhsm::PIN;

#[test]
fn a_wrong_pin_is_tried_once_per_run_and_the_state_is_told() {
    let home = Home::template();
    let before = Before::of(&home);
    home.token().write_private("pin", "wrong-heron-5518");
    for arguments in [&ISSUE[..], &CRL] {
        fault_module::forget(home.token());
        let run = home.keyrite(arguments, "");
        assert_eq!(fault_module::calls(home.token(), "C_Login"), 1);
        assert_refused(&home, &before, &run, 4, &["wrong PIN for token \"crash\"", "hint: "]);
    }
    home.token().write_private("pin", PIN);
    assert_unharmed(&home, &before);
}

#[test]
fn a_locked_pin_or_one_before_its_last_try_is_not_tried() {
    let home = Home::template();
    let before = Before::of(&home);
    for (faults, logins, wanted) in [
        ("C_GetTokenInfo:flags=0x40000", 0, "the PIN of token \"crash\" is locked"),
        ("C_GetTokenInfo:flags=0x20000", 0, "crash"),
        ("C_Login:rv=0xa4", 1, "the PIN of token \"crash\" is locked"),
    ] {
        let run = home.keyrite(&ISSUE, faults);
        assert_eq!(fault_module::calls(home.token(), "C_Login"), logins, "{faults}");
        assert_refused(&home, &before, &run, 4, &[wanted, "hint: "]);
    }
    assert_unharmed(&home, &before);
}

/// Each by the URI of the CA's key in keyrite.toml, as an operator would get it wrong.
#[test]
fn a_token_or_key_that_is_absent_ambiguous_or_another_cas_is_not_used() {
    let mut home = Home::template();
    home.add_token("twin");
    home.add_token("twin");
    for id in ["01", "02"] {
        let made = home
            .token()
            .pkcs11_tool()
            .args(["--keypairgen", "--key-type", "EC:prime256v1"])
            .args(["--label", "double", "--id", id, "--sensitive"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    }
    let other = home.token().key_uri("other");
    home.done(&["key", "generate", &other, "--algorithm", "ec-p256"]);
    fault_module::forget(home.token());
    let before = Before::of(&home);
    let configuration = std::fs::read_to_string(home.path("ca/keyrite.toml")).unwrap();
    for (uri, wanted) in [
        (
            "pkcs11:token=nowhere;object=root",
            &["no token \"nowhere\" in", "hint: tokens present: ", "\"crash\" (serial"][..],
        ),
        ("pkcs11:token=twin;object=root", &["twin", "hint: "]),
        ("pkcs11:token=crash;object=nothing", &["no key \"nothing\" in token \"crash\"", "hint: "]),
        ("pkcs11:token=crash;object=double", &["double", "hint: "]),
        (&other, &["is not that of CA \"root\"", "hint: name the right key"]),
    ] {
        home.write("ca/keyrite.toml", &format!("{configuration}key = \"{uri}\"\n"));
        for arguments in [&ISSUE[..], &CRL] {
            let run = home.keyrite(arguments, "");
            assert_refused(&home, &before, &run, 4, wanted);
        }
    }
    home.write("ca/keyrite.toml", &configuration);
    assert_unharmed(&home, &before);
}

/// What is refused without the token does not even start it.
#[test]
fn what_needs_no_token_is_refused_before_it() {
    let home = Home::template();
    let before = Before::of(&home);
    let issue = |extra: &[&'static str]| [&ISSUE[..7], extra].concat();
    for (arguments, code, wanted) in [
        (issue(&["www.pem"]), 5, &["www.pem", "exists", "hint: keyrite replaces no file"][..]),
        (issue(&["nowhere/x.pem"]), 5, &["nowhere", "hint: the directory must exist"]),
        ([&CRL[..5], &["first.crl"]].concat(), 5, &["first.crl", "exists"]),
        (issue(&["x.pem", "--validity", "30y"]), 1, &["POL-NOT-AFTER-ISSUER"]),
        (issue(&["x.pem", "--validity", "101d"]), 1, &["POL-VALIDITY-MAXIMUM"]),
        (issue(&["x.pem", "--not-before", "2099-01-01T00:00:00Z"]), 1, &["POL-NOT-BEFORE-FUTURE"]),
    ] {
        let run = home.keyrite(&arguments, "");
        assert!(fault_module::all_calls(home.token()).is_empty(), "{arguments:?}");
        assert_refused(&home, &before, &run, code, wanted);
    }
    let old = std::fs::read(home.path("www.pem")).unwrap();
    home.write("ca/keyrite.toml", "[ca.root]\ncrl_url = [\"http://pki.example.test/root.crl\"]\n");
    let run = home.keyrite(&ISSUE, "");
    assert!(fault_module::all_calls(home.token()).is_empty());
    assert_refused(&home, &before, &run, 3, &["line 2", "crl_url", "did you mean \"crl_urls\"?"]);
    assert_eq!(std::fs::read(home.path("www.pem")).unwrap(), old);
    home.write("ca/keyrite.toml", "[ca.root]\ncrl_urls = [\"http://pki.example.test/root.crl\"]\n");
    assert_unharmed(&home, &before);
}
