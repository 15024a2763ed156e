//! `token init` at the command line, on throw-away tokens.

use serde_json::Value;

use crate::program::{Run, command, finish};
use crate::support::fault_module;
use crate::support::kryoptic::Kind;
use crate::support::tokens::{Library, PIN, SO_PIN, Tokens};

/// Runs the program with both PINs at hand and every question answered.
fn run(tokens: &Tokens, arguments: &[&str]) -> Run {
    with(tokens, &tokens.module(), "", &[arguments, &["--yes"]].concat())
}

/// The same through the module that commits faults.
fn faulty(tokens: &Tokens, faults: &str, arguments: &[&str]) -> Run {
    fault_module::forget(tokens);
    with(tokens, fault_module::path(), faults, &[arguments, &["--yes"]].concat())
}

fn with(tokens: &Tokens, module: &std::path::Path, faults: &str, arguments: &[&str]) -> Run {
    tokens.write_private("so-pin", SO_PIN);
    let mut command = command(tokens.path());
    command.envs(fault_module::environment(tokens, faults)).args(arguments).args(["--home", "home"]);
    command.arg("--module").arg(module).args(["--pin-source", "file:pin"]);
    if arguments.contains(&"init") && arguments.contains(&"token") {
        command.args(["--so-pin-source", "file:so-pin"]);
    }
    finish(command, b"")
}

fn listed(tokens: &Tokens) -> Value {
    run(tokens, &["token", "list", "--json"]).ends(0).json()
}

fn recorded(tokens: &Tokens, event: &str) -> Vec<Value> {
    let listed = run(tokens, &["audit", "list", "--event", event, "--json"]).ends(0).json();
    listed["entries"].as_array().unwrap().iter().map(|entry| entry["details"].clone()).collect()
}

#[test]
fn a_blank_token_is_initialised_and_named_by_its_exact_uri() {
    let tokens = Tokens::empty("");
    let made = run(&tokens, &["token", "init", "pkcs11:", "--label", "root-g1", "--json"]).ends(0);
    let made = made.json();
    assert_eq!(made["label"], "root-g1");
    // Found again by another process, under the slot number that it has from now on.
    let token = &listed(&tokens)["tokens"][0];
    assert_eq!((&token["uri"], &token["serial"]), (&made["uri"], &made["serial"]));
    let uri = made["uri"].as_str().unwrap();
    assert!(uri.contains("token=root-g1;serial="), "{uri}");
    let key = uri.replacen('?', ";object=first?", 1);
    run(&tokens, &["key", "generate", &key, "--algorithm", "ec-p256"]).ends(0);
    // Of several blank slots one has to be named; SoftHSM shows one only.
    let slot = format!("pkcs11:slot-id={}", listed(&tokens)["blank"][0]["slot"]);
    run(&tokens, &["token", "init", &slot, "--label", "spare"]).ends(0);
    assert_eq!(listed(&tokens)["tokens"].as_array().unwrap().len(), 2);
}

#[test]
fn the_order_of_the_calls_is_that_of_the_standard() {
    let tokens = Tokens::empty("");
    faulty(&tokens, "", &["token", "init", "pkcs11:", "--label", "x"]).ends(0);
    let calls = fault_module::all_calls(&tokens);
    let wanted = ["C_InitToken", "C_OpenSession", "C_Login", "C_InitPIN", "C_Logout"];
    let order: Vec<&str> =
        calls.iter().map(|call| call.trim_end_matches('_')).filter(|call| wanted.contains(call)).collect();
    assert_eq!(order, [&wanted[..], &["C_Login"]].concat());
}

#[test]
fn an_initialised_token_is_never_touched_by_accident() {
    let mut tokens = Tokens::new("ca");
    tokens.add("other");
    run(&tokens, &["key", "generate", &tokens.key_uri("k"), "--algorithm", "ec-p256"]).ends(0);
    for (arguments, code, wanted) in [
        (&["token", "init", "pkcs11:token=ca", "--label", "new"][..], 1, "token \"ca\" (serial \""),
        (
            &["token", "init", "pkcs11:token=ca", "--label", "new", "--erase", "other"],
            4,
            "no initialised token with label or serial \"other\" agrees with \"ca\"",
        ),
        (
            &["token", "init", "pkcs11:", "--label", "new", "--erase", "c"],
            4,
            "no initialised token with label or serial \"c\"",
        ),
        (
            &["token", "init", "pkcs11:token=nowhere", "--label", "new"],
            4,
            "no blank token agrees with \"nowhere\"",
        ),
        (
            &["token", "init", "pkcs11:", "--label", "a label of more than 32 octets in all"],
            2,
            "label of 37 octets in UTF-8, wanted 1 to 32",
        ),
        (&["token", "init", "pkcs11:", "--label", ""], 2, "label of 0 octets in UTF-8, wanted 1 to 32"),
        (&["token", "init", "pkcs11:", "--label", "x", "--of-ca", "root"], 2, "--erase"),
    ] {
        let run = faulty(&tokens, "", arguments).ends(code);
        assert!(run.stderr.contains(wanted), "{arguments:?}: {}", run.stderr);
        assert_eq!(fault_module::calls(&tokens, "C_InitToken"), 0, "{arguments:?}");
    }
    assert!(run(&tokens, &["key", "list", &tokens.uri()]).ends(0).stdout.contains("ec-p256"));
    // Named exactly, it is erased, and the SO PIN that it has is the one that counts.
    run(&tokens, &["token", "init", "pkcs11:", "--label", "new", "--erase", "ca"]).ends(0);
    assert!(run(&tokens, &["key", "list", "pkcs11:token=new"]).ends(0).stdout.contains("no keys"));
    run(&tokens, &["key", "list", "pkcs11:token=other"]).ends(0);
}

#[test]
fn a_ca_of_the_home_does_not_lose_its_key_unless_it_is_named() {
    let tokens = Tokens::new("ca");
    run(&tokens, &["init"]).ends(0);
    let key = tokens.key_uri("root");
    run(&tokens, &["key", "generate", &key, "--algorithm", "ec-p256"]).ends(0);
    run(&tokens, &["ca", "create", "root", "--key", &key, "--subject", "C=AT,O=Example,CN=Root"]).ends(0);
    let erase = ["token", "init", "pkcs11:", "--label", "new", "--erase", "ca"];
    let refused = run(&tokens, &erase).ends(1);
    assert!(refused.stderr.contains("a key in token \"ca\" is in use by CA root"), "{refused:#?}");
    assert!(refused.stderr.contains("--of-ca root"), "{refused:#?}");
    let other = run(&tokens, &[&erase[..], &["--of-ca", "root", "--of-ca", "issuing"]].concat()).ends(1);
    assert!(other.stderr.contains("is not in use by CA issuing"), "{other:#?}");
    run(&tokens, &["key", "show", &key]).ends(0);
    run(&tokens, &[&erase[..], &["--of-ca", "root"]].concat()).ends(0);
    let [event] = &recorded(&tokens, "token-initialised")[..] else { panic!() };
    assert_eq!((&event["label"], &event["model"]), (&"new".into(), &"SoftHSM v2".into()));
    assert_eq!(event["cas"], serde_json::json!(["root"]));
    assert!(event["erased"].as_str().unwrap().starts_with("pkcs11:token=ca;serial="), "{event}");
    assert_eq!(event["serial"], listed(&tokens)["tokens"][0]["serial"]);
    run(&tokens, &["audit", "verify"]).ends(0);
}

/// Each with its own message, one call to the token, and a record where something was lost.
#[test]
fn what_a_token_answers_is_told_in_words() {
    let tokens = Tokens::empty("");
    run(&tokens, &["init"]).ends(0);
    let init = ["token", "init", "pkcs11:", "--label", "x"];
    for (value, wanted, hint) in [
        ("0x54", "this kind of token is not initialised by PKCS#11", "with the vendor's tool"),
        ("0xa0", "wrong SO PIN", "nothing is tried again"),
        ("0xa4", "the SO PIN is locked", "vendor's tool"),
        (
            "0xa2",
            "the token does not take this SO PIN (CKR_PIN_LEN_RANGE); it says that it takes 4 to 255 octets",
            "",
        ),
        ("0xa1", "the token does not take this SO PIN (CKR_PIN_INVALID)", "choose a PIN"),
        ("0xb6", "another program has a session with the token", "end the programs"),
        ("0xe2", "the token is write-protected", ""),
        ("0x30", "CKR_DEVICE_ERROR from C_InitToken", ""),
    ] {
        let run = faulty(&tokens, &format!("C_InitToken:rv={value}"), &init).ends(4);
        assert!(run.stderr.contains(wanted) && run.stderr.contains(hint), "{value}: {}", run.stderr);
        assert_eq!(fault_module::calls(&tokens, "C_InitToken"), 1, "{value}");
        assert_eq!(fault_module::calls(&tokens, "C_OpenSession"), 0, "{value}");
    }
    assert_eq!(recorded(&tokens, "token-initialised").len(), 0);
    assert_eq!(recorded(&tokens, "login-failed").len(), 2);
    // Another token by the time that the PINs are there: it is not the one that was approved.
    let exchanged = faulty(&tokens, "C_GetTokenInfo:flags=0x400@2", &init).ends(4);
    assert!(exchanged.stderr.contains("exchanged"), "{exchanged:#?}");
    assert_eq!(fault_module::calls(&tokens, "C_InitToken"), 0);
    let protected = faulty(&tokens, "C_GetTokenInfo:flags=0x2", &init).ends(4);
    assert!(protected.stderr.contains("the token is write-protected"), "{protected:#?}");
    assert_eq!(fault_module::calls(&tokens, "C_InitToken"), 0);

    let crashed = faulty(&tokens, "C_InitToken:crash", &init).ends(4);
    assert!(crashed.stderr.contains("it is not known whether the token was initialised"), "{crashed:#?}");
    assert!(
        crashed.stderr.contains("the worker process ended in C_InitToken: killed by SIGSEGV"),
        "{crashed:#?}"
    );
    assert_eq!(recorded(&tokens, "token-initialised").len(), 1);
}

/// From here on the token is another one, so that it is on record, and running again with --erase heals it.
#[test]
fn a_token_that_is_half_initialised_is_told_recorded_and_healed() {
    let tokens = Tokens::empty("");
    run(&tokens, &["init"]).ends(0);
    let mut label = String::new();
    for (number, (faults, wanted)) in [
        ("C_InitPIN:rv=0xa2", "the token does not take this user PIN (CKR_PIN_LEN_RANGE)"),
        ("C_InitPIN:rv=0x54", "CKR_FUNCTION_NOT_SUPPORTED from C_InitPIN"),
        ("C_Login:rv=0xa3@1", "CKR_PIN_EXPIRED from C_Login"),
        ("C_Login:rv=0xa0@2", "wrong PIN for token"),
        ("C_Login:kill@2", "the worker process ended in C_Login: killed by SIGKILL"),
    ]
    .into_iter()
    .enumerate()
    {
        let old = std::mem::replace(&mut label, format!("t{number}"));
        let mut init = vec!["token", "init", "pkcs11:", "--label", &label];
        if !old.is_empty() {
            init.extend(["--erase", &old]);
        }
        let run = faulty(&tokens, faults, &init).ends(4);
        let half = format!("the token was initialised as {label:?}, but its user PIN is not set and proven");
        assert!(run.stderr.contains(&half) && run.stderr.contains(wanted), "{faults}: {}", run.stderr);
        assert!(run.stderr.contains(&format!("run again with --erase {label}")), "{faults}: {}", run.stderr);
        let events = recorded(&tokens, "token-initialised");
        assert_eq!(events.len(), number + 1);
        let problem = events[number]["problem"].as_str().unwrap();
        assert!(problem.contains(wanted), "{faults}: {problem}");
    }
    run(&tokens, &["token", "init", "pkcs11:", "--label", "whole", "--erase", &label]).ends(0);
    run(&tokens, &["key", "list", "pkcs11:token=whole"]).ends(0);
}

#[test]
fn a_token_with_a_keyboard_of_its_own_is_given_no_pin() {
    let tokens = Tokens::empty("");
    let mut command = command(tokens.path());
    let faults = "C_GetTokenInfo:flags=0x100,C_InitToken:pad,C_InitPIN:pad,C_Login:pad";
    command.envs(fault_module::environment(&tokens, faults));
    command.env("FAULT_SO_PIN", SO_PIN).env("FAULT_PIN", PIN);
    // No PIN source at all: a question would fail, since there is nobody to ask.
    command.args(["token", "init", "pkcs11:", "--label", "pad", "--yes", "--module"]);
    command.arg(fault_module::path());
    finish(command, b"").ends(0);
    run(&tokens, &["key", "list", "pkcs11:token=pad"]).ends(0);
}

/// kryoptic's blank token has a label of its own, no serial, and answers `C_GetMechanismList` with an error.
#[test]
fn a_blank_token_of_another_kind_is_initialised_too() {
    let tokens = Tokens::of(Library::Kryoptic(Kind::Whole));
    let made = run(&tokens, &["token", "init", "pkcs11:", "--label", "root-g1", "--json"]).ends(0).json();
    let uri = made["uri"].as_str().unwrap();
    assert!(uri.contains("token=root-g1;serial="), "{uri}");
    let key = uri.replacen('?', ";object=first?", 1);
    run(&tokens, &["key", "generate", &key, "--algorithm", "ml-dsa-44"]).ends(0);
    let refused = run(&tokens, &["token", "init", "pkcs11:", "--label", "again"]).ends(1);
    assert!(refused.stderr.contains("\"root-g1\""), "{refused:#?}");
    run(&tokens, &["key", "show", &key]).ends(0);
}

/// As behind p11-kit, whose proxy gives every caller a module of its own: only the crate's calls go through.
#[test]
fn a_token_behind_a_module_with_instances_is_initialised_too() {
    let tokens = Tokens::empty("");
    let init = ["token", "init", "pkcs11:", "--label", "behind"];
    faulty(&tokens, "C_GetFunctionList:instances", &init).ends(0);
    assert_eq!(fault_module::calls(&tokens, "C_InitToken"), 1);
    run(&tokens, &["key", "list", "pkcs11:token=behind"]).ends(0);
}

#[test]
fn nobody_is_asked_on_a_pipe_and_the_flag_is_named() {
    let tokens = Tokens::empty("");
    let ask = |more: &[&str]| {
        let mut command = command(tokens.path());
        command.envs(fault_module::environment(&tokens, ""));
        command.args(["token", "init", "pkcs11:", "--label", "x", "--module"]).arg(fault_module::path());
        command.args(more);
        finish(command, b"")
    };
    assert!(ask(&[]).ends(2).stderr.contains("--yes answers it"));
    let officer = ask(&["--yes"]).ends(2);
    assert!(officer.stderr.contains("give --so-pin-source file:PATH"), "{officer:#?}");
    tokens.write_private("so-pin", SO_PIN);
    let user = ask(&["--yes", "--so-pin-source", "file:so-pin"]).ends(2);
    assert!(user.stderr.contains("give --pin-source file:PATH"), "{user:#?}");
    assert_eq!(fault_module::calls(&tokens, "C_InitToken"), 0);
    let wrong = ask(&["--yes", "--so-pin-source", PIN]).ends(2);
    assert!(!wrong.stderr.contains(PIN), "{wrong:#?}");
}
