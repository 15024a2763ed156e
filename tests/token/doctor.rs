//! The examination of a token: what it finds on SoftHSM, and what it does when a module fails in the middle.

use std::path::PathBuf;
use std::time::Duration;

use keyrite::token::doctor::{
    Examination, Finding, Generator, Login, Omission, Over, Quirk, Scope, TRIAL_LABEL, Usable, examine,
};
use keyrite::token::{Error, PinProvider, PinSource, SessionOptions, Timeouts};
use keyrite::x509::algorithm::{Curve, KeyAlgorithm};

use crate::opening::{options, right_pin, session, uri};
use crate::support::fault_module;
use crate::support::kryoptic::Kind;
use crate::support::softhsm::Tokens;

const P256: KeyAlgorithm = KeyAlgorithm::Ec(Curve::P256);

fn look() -> Scope {
    Scope { login: true, trial: false, key: None }
}

fn try_all() -> Scope {
    Scope { trial: true, ..look() }
}

fn examined(tokens: &Tokens, scope: &Scope) -> Examination {
    examine(&options(tokens), &uri(&tokens.uri()), right_pin(tokens), scope, &mut |_| {}).unwrap()
}

/// Before a module that commits faults; calls so far are forgotten.
fn with_faults(tokens: &Tokens, faults: &str, scope: &Scope) -> Examination {
    fault_module::forget(tokens);
    let mut options = SessionOptions { module: fault_module::path().to_owned(), ..options(tokens) };
    for (name, value) in fault_module::environment(tokens, faults) {
        options.launch = options.launch.environment(name, value);
    }
    let short = Timeouts { other: Duration::from_secs(8), ..Timeouts::default() };
    options.launch = options.launch.timeouts(short);
    examine(&options, &uri(&tokens.uri()), right_pin(tokens), scope, &mut |_| {}).unwrap()
}

fn usable(found: &Examination, algorithm: KeyAlgorithm) -> Vec<Usable> {
    let of = found.algorithms.iter().filter(|finding| finding.algorithm == algorithm);
    of.map(|finding| finding.usable()).collect()
}

#[test]
fn looking_writes_nothing_and_signs_with_one_key_alone() {
    let tokens = Tokens::new("doctor-looks");
    session(&tokens).generate(P256, "root", None).unwrap();
    let found = with_faults(&tokens, "", &look());
    assert!(found.verdict().is_fit(), "{:?}", found.verdict());
    assert!(matches!(found.login, Login::Done(_)));
    assert_eq!(found.speed.found().unwrap().key.label, "root");
    assert_eq!(usable(&found, P256), [Usable::Yes]);
    assert_eq!(usable(&found, KeyAlgorithm::Rsa { bits: 3072 }), [Usable::Listed, Usable::Listed]);
    assert_eq!(fault_module::calls(&tokens, "C_Login"), 1);
    // The pair is proven once, then five signatures are timed.
    assert_eq!(fault_module::calls(&tokens, "C_Sign"), 6);
    for function in
        ["C_GenerateKeyPair", "C_DestroyObject", "C_CreateObject", "C_SetAttributeValue", "C_InitPIN"]
    {
        assert_eq!(fault_module::calls(&tokens, function), 0, "{function}");
    }
}

#[test]
fn without_a_login_nothing_is_asked_that_needs_one() {
    let tokens = Tokens::new("doctor-outside");
    session(&tokens).generate(P256, "root", None).unwrap();
    let found = with_faults(&tokens, "", &Scope::default());
    assert!(matches!(found.login, Login::NotAsked));
    assert!(matches!(found.keys, Finding::NotExamined(Omission::NoLogin)));
    assert!(matches!(found.speed, Finding::NotExamined(Omission::NoLogin)));
    assert!(found.verdict().is_fit());
    assert!(found.verdict().warnings.contains(&"nobody logged in, so keys were not looked at".to_owned()));
    for function in ["C_Login", "C_Sign", "C_SignInit"] {
        assert_eq!(fault_module::calls(&tokens, function), 0, "{function}");
    }
}

#[test]
fn a_trial_proves_every_way_and_leaves_nothing() {
    let tokens = Tokens::new("doctor-tries");
    let mut steps = 0;
    let mut count = |_| steps += 1;
    let found =
        examine(&options(&tokens), &uri(&tokens.uri()), right_pin(&tokens), &try_all(), &mut count).unwrap();
    assert_eq!(steps, 11);
    for finding in &found.algorithms {
        let ml_dsa = matches!(finding.algorithm, KeyAlgorithm::MlDsa(_));
        let wanted = if ml_dsa { Usable::No } else { Usable::Yes };
        assert_eq!(finding.usable(), wanted, "{finding:?}");
        assert_eq!(finding.left, None, "{finding:?}");
    }
    // SoftHSM 2.6 hashes for RSA and not for ECDSA.
    let p256 = found.algorithms.iter().find(|finding| finding.algorithm == P256).unwrap();
    let works = |over| {
        let of = p256.ways.iter().filter(move |way| way.over == over);
        of.map(|way| way.tried.as_ref().unwrap().is_ok()).collect::<Vec<_>>()
    };
    assert_eq!((works(Over::Digest), works(Over::Message)), (vec![true], vec![false]));
    let rsa = found.algorithms.iter().find(|finding| finding.algorithm == KeyAlgorithm::Rsa { bits: 2048 });
    let hashed: Vec<Over> = rsa.unwrap().shown_ways().map(|way| way.over).collect();
    assert_eq!(hashed, [Over::Digest, Over::Message, Over::LongMessage]);
    assert_eq!(session(&tokens).keys().unwrap().len(), 0);
    let census = examined(&tokens, &look());
    assert_eq!(census.keys.found().unwrap().without_private, []);
}

#[test]
fn what_is_not_listed_is_said_so_and_a_trial_agrees() {
    let tokens = Tokens::without_mechanisms("doctor-lacks", "CKM_ECDSA,CKM_RSA_PKCS_PSS");
    let found = examined(&tokens, &look());
    assert_eq!(usable(&found, P256), [Usable::No]);
    assert_eq!(found.algorithms[0].reason().unwrap(), "not listed");
    assert_eq!(usable(&found, KeyAlgorithm::Rsa { bits: 2048 }), [Usable::Listed; 2]);
    assert!(found.verdict().is_fit());
    let none = Tokens::without_mechanisms(
        "doctor-lacks-all",
        "CKM_EC_KEY_PAIR_GEN,CKM_ECDSA,CKM_EDDSA,\
        CKM_RSA_PKCS,CKM_RSA_PKCS_PSS,CKM_SHA256_RSA_PKCS,CKM_SHA256_RSA_PKCS_PSS",
    );
    let found = examined(&none, &look());
    assert_eq!(found.verdict().reasons, ["no algorithm is listed"]);
}

#[test]
fn halves_that_a_crash_left_are_listed() {
    let tokens = Tokens::new("doctor-orphans");
    for (label, id) in [("whole", "01"), ("no-private", "02"), ("no-public", "03")] {
        let pair = ["--keypairgen", "--key-type", "EC:prime256v1", "--label", label, "--id", id];
        assert!(tokens.pkcs11_tool().args(pair).output().unwrap().status.success());
    }
    for (class, id) in [("privkey", "02"), ("pubkey", "03")] {
        let gone = ["--delete-object", "--type", class, "--id", id];
        assert!(tokens.pkcs11_tool().args(gone).output().unwrap().status.success());
    }
    let found = examined(&tokens, &look());
    let keys = found.keys.found().unwrap();
    let names = |names: &[keyrite::token::doctor::Named]| {
        names.iter().map(|name| name.label.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&keys.without_private), ["no-private"]);
    assert_eq!(names(&keys.without_public), ["no-public"]);
    let warnings = found.verdict().warnings;
    let wanted = "public keys without a private key: 1; keyrite key destroy removes them";
    assert!(warnings.contains(&wanted.to_owned()), "{warnings:?}");
}

#[test]
fn a_wrong_pin_is_given_once_and_the_rest_is_examined() {
    let tokens = Tokens::new("doctor-wrong-pin");
    let wrong = PinProvider::unattended(PinSource::File(tokens.write_private("wrong", "0000")));
    let found = examine(&options(&tokens), &uri(&tokens.uri()), wrong, &try_all(), &mut |_| {}).unwrap();
    assert!(matches!(found.login, Login::Failed(Error::PinIncorrect { .. })), "{:?}", found.login);
    assert!(matches!(found.keys, Finding::NotExamined(Omission::NoLogin)));
    assert!(!found.tried);
    assert_eq!(usable(&found, P256), [Usable::Listed]);
    assert_eq!(found.random.found(), Some(&Generator::Works));
    let reason = "no login: wrong PIN for token \"doctor-wrong-pin\"; the token has counted it; nothing is tried \
                  again: be sure of the PIN before you run it again";
    assert_eq!(found.verdict().reasons, [reason]);
}

#[test]
fn a_crash_ends_one_part_and_the_pin_is_not_given_again() {
    let tokens = Tokens::new("doctor-crash");
    session(&tokens).generate(P256, "root", None).unwrap();
    for fault in ["C_GenerateRandom:crash", "C_GenerateRandom:hang"] {
        let found = with_faults(&tokens, fault, &look());
        assert!(matches!(found.random, Finding::Failed(_)), "{fault}: {:?}", found.random);
        assert!(matches!(found.keys, Finding::NotExamined(Omission::LoginGone)), "{fault}: {:?}", found.keys);
        assert_eq!(fault_module::calls(&tokens, "C_Login"), 1, "{fault}");
        assert_eq!(found.ended.len(), 1, "{fault}: {:?}", found.ended);
        assert!(found.ended[0].contains("C_GenerateRandom"), "{fault}: {:?}", found.ended);
        assert!(!found.verdict().is_fit(), "{fault}");
    }
}

#[test]
fn a_crash_before_the_login_leaves_the_pin_to_the_next_worker() {
    let tokens = Tokens::new("doctor-early-crash");
    session(&tokens).generate(P256, "root", None).unwrap();
    for fault in ["C_GetMechanismList:crash", "C_GetInfo:exit", "C_OpenSession:kill@2"] {
        let found = with_faults(&tokens, fault, &look());
        assert!(matches!(found.login, Login::Done(_)), "{fault}: {:?}", found.login);
        assert_eq!(fault_module::calls(&tokens, "C_Login"), 1, "{fault}");
        assert_eq!(found.keys.found().unwrap().keys.len(), 1, "{fault}");
        assert!(found.speed.found().is_some(), "{fault}: {:?}", found.speed);
        assert!(!found.ended.is_empty(), "{fault}");
    }
}

#[test]
fn a_token_with_room_for_one_session_is_no_worse() {
    let tokens = Tokens::new("doctor-one-session");
    let found = with_faults(&tokens, "C_OpenSession:rv=0xb1@2,C_OpenSession:rv=0xb1@3", &look());
    assert!(matches!(found.sessions.second, Finding::Failed(_)));
    assert!(matches!(found.sessions.read_write, Finding::Failed(_)));
    assert!(found.verdict().is_fit(), "{:?}", found.verdict());
}

/// What kryoptic lists and does as modules of three kinds.
#[test]
fn the_mechanisms_of_other_modules_are_told_apart() {
    for (kind, digest, message) in
        [(Kind::Whole, true, true), (Kind::HashAndSign, false, true), (Kind::Raw, true, false)]
    {
        let tokens = Tokens::kryoptic(kind, "doctor-kryoptic");
        let found = examined(&tokens, &try_all());
        assert!(found.verdict().is_fit(), "{kind:?}: {:?}", found.verdict());
        for finding in &found.algorithms {
            assert_eq!(finding.usable(), Usable::Yes, "{kind:?}: {finding:?}");
            assert_eq!(finding.left, None, "{kind:?}");
            for way in &finding.ways {
                let hashes = matches!(finding.algorithm, KeyAlgorithm::Ec(_) | KeyAlgorithm::Rsa { .. });
                let wanted = match way.over {
                    Over::Digest => digest,
                    Over::Message | Over::LongMessage => message || !hashes,
                };
                assert_eq!(way.tried.as_ref().unwrap().is_ok(), wanted, "{kind:?}: {way:?}");
            }
        }
        assert!(!found.quirks.contains(&Quirk::StartRace), "{:?}", found.quirks);
        assert_eq!(found.keys.found().unwrap().keys.len(), 0);
    }
}

#[test]
fn each_part_that_fails_is_a_finding_of_its_own() {
    let tokens = Tokens::new("doctor-parts");
    session(&tokens).generate(P256, "root", None).unwrap();
    type Seen = fn(&Examination) -> bool;
    let first: [(&str, Seen); 6] = [
        ("C_GetInfo:rv=0x5", |found| matches!(found.library, Finding::Failed(_))),
        ("C_GetMechanismList:rv=0x5", |found| matches!(found.mechanisms, Finding::Failed(_))),
        ("C_GetMechanismInfo:rv=0x5", |found| found.mechanisms.found().is_some()),
        ("C_OpenSession:rv=0xb1@2", |found| matches!(found.sessions.second, Finding::Failed(_))),
        ("C_FindObjects:rv=0x5", |found| matches!(found.keys, Finding::Failed(_))),
        ("C_Sign:rv=0x30", |found| matches!(found.speed, Finding::Failed(_))),
    ];
    for (fault, is_found) in first {
        let found = with_faults(&tokens, fault, &look());
        assert!(is_found(&found), "{fault}: {found:#?}");
        assert!(matches!(found.login, Login::Done(_)), "{fault}: {:?}", found.login);
        assert_eq!(found.random.found(), Some(&Generator::Works), "{fault}");
        assert_eq!(found.ended, [""; 0], "{fault}");
    }
}

#[test]
fn a_module_that_crashes_at_every_start_ends_the_examination() {
    let tokens = Tokens::new("doctor-hopeless");
    // The first start goes well; what comes later dies wherever it is.
    let faults =
        "C_GetInfo:crash,C_GetMechanismList:crash,C_OpenSession:crash@2,C_Login:crash,C_GenerateRandom:crash";
    let found = with_faults(&tokens, faults, &look());
    assert!(matches!(found.mechanisms, Finding::Failed(_)));
    assert!(matches!(found.random, Finding::NotExamined(Omission::NoWorker)), "{:?}", found.random);
    assert_eq!(found.ended.len(), 5, "{:?}", found.ended);
    assert!(!found.verdict().is_fit());
}

#[test]
fn a_generator_that_is_none_is_told_from_one_that_works() {
    let tokens = Tokens::new("doctor-generator");
    let none = with_faults(&tokens, "C_GenerateRandom:rv=0x54", &look());
    assert!(matches!(none.random, Finding::Found(Generator::None(_))), "{:?}", none.random);
    assert!(none.quirks.contains(&Quirk::GeneratorFlag), "{:?}", none.quirks);
    assert!(none.verdict().is_fit());
    let constant = with_faults(&tokens, "C_GenerateRandom:constant", &look());
    assert_eq!(constant.random.found(), Some(&Generator::Constant));
    assert_eq!(constant.verdict().reasons, ["its generator gives constant octets"]);
}

#[test]
fn a_false_signature_in_a_trial_is_found_and_the_keys_are_destroyed() {
    let tokens = Tokens::new("doctor-false");
    // Every signature is false, so no generated key proves itself.
    let found = with_faults(&tokens, "C_Sign:flip", &try_all());
    assert!(found.tried);
    assert_eq!(found.verdict().reasons, ["no algorithm works"]);
    let usable: Vec<Usable> = found.algorithms.iter().map(|finding| finding.usable()).collect();
    assert_eq!(usable, [Usable::No; 14], "{found:#?}");
    let reason = found.algorithms[0].reason().unwrap();
    assert!(
        reason.starts_with("such a key was generated, was not good and has been destroyed: "),
        "{reason}"
    );
    assert_eq!(session(&tokens).keys().unwrap().len(), 0);
}

#[test]
fn what_a_trial_cannot_destroy_is_named() {
    let tokens = Tokens::new("doctor-left");
    let found = with_faults(&tokens, "C_DestroyObject:rv=0x6", &try_all());
    let left = found.algorithms[0].left.clone().unwrap();
    assert!(left.starts_with(&format!("\"{TRIAL_LABEL}")), "{left}");
    let wanted = "is still in the token: private keys 1, public keys 1 (private key: CKR_FUNCTION_FAILED from \
                  C_DestroyObject; public key: CKR_FUNCTION_FAILED from C_DestroyObject)";
    assert!(left.ends_with(wanted), "{left}");
    let named =
        found.verdict().warnings.iter().filter(|line| line.starts_with("left by the trial: ")).count();
    assert_eq!(named, 8, "one for each algorithm that the token has");
    // The next examination finds them.
    let next = examined(&tokens, &look());
    assert!(
        next.verdict()
            .warnings
            .contains(&"keys that a trial left before: 8; keyrite key destroy removes them".to_owned())
    );
}

#[test]
fn a_crash_in_a_trial_says_that_a_key_may_be_left() {
    let tokens = Tokens::new("doctor-trial-crash");
    let found = with_faults(&tokens, "C_GenerateKeyPair:late@2", &try_all());
    assert_eq!(usable(&found, P256), [Usable::Yes]);
    let p384 = &found.algorithms[1];
    let left = p384.left.clone().unwrap();
    assert!(
        left.ends_with("may be in the token, since the worker process ended while it was made"),
        "{left}"
    );
    // Nothing after it was tried, and the PIN was not given again.
    assert_eq!(usable(&found, KeyAlgorithm::Ed25519), [Usable::Listed]);
    assert_eq!(fault_module::calls(&tokens, "C_Login"), 1);
    assert_eq!(session(&tokens).keys().unwrap().len(), 1);
}

#[test]
fn a_session_that_a_signature_closed_is_opened_again_with_its_keys() {
    let tokens = Tokens::new("doctor-reopens");
    // The proof of the first pair, then its one way, which fails: the pair is destroyed all the same.
    let found = with_faults(&tokens, "C_Sign:rv=0x30@2", &try_all());
    assert_eq!(usable(&found, P256), [Usable::No]);
    assert_eq!(found.algorithms[0].reason().unwrap(), "CKR_DEVICE_ERROR from C_Sign");
    assert_eq!(usable(&found, KeyAlgorithm::Ed25519), [Usable::Yes]);
    assert_eq!(fault_module::calls(&tokens, "C_Login"), 1);
    assert_eq!(session(&tokens).keys().unwrap().len(), 0);
    assert_eq!(found.algorithms[0].left, None);
}

#[test]
fn a_missing_module_and_token_are_errors_as_elsewhere() {
    let tokens = Tokens::new("doctor-missing");
    let nowhere = SessionOptions { module: PathBuf::from("/nowhere.so"), ..options(&tokens) };
    let error = examine(&nowhere, &uri(&tokens.uri()), right_pin(&tokens), &look(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::ModuleLoad { .. }), "{error}");
    let other = uri("pkcs11:token=other");
    let error = examine(&options(&tokens), &other, right_pin(&tokens), &look(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::NoToken { .. }), "{error}");
}
