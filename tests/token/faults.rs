//! Modules that crash, hang and lie: the error names the call, and nothing wrong gets through.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use keyrite::port::{RandomSource as _, Signer as _, SignerError};
use keyrite::token::{
    Error, Launch, Pin, PinProvider, PinSource, Requirement, Requirements, SessionOptions, Timeouts,
    TokenSession, TokenSigner,
};
use keyrite::x509::algorithm::{Curve, Digest, KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::verify::verify_twice;

use super::opening::{options, right_pin, session, uri};
use super::support::fault_module;
use super::support::softhsm::{PIN, Token, Tokens};

const P256: KeyAlgorithm = KeyAlgorithm::Ec(Curve::P256);
const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);

pub(crate) fn faulty(tokens: &Tokens, faults: &str) -> SessionOptions {
    let short = Duration::from_millis(700);
    let mut launch = Launch::default().program(env!("CARGO_BIN_EXE_keyrite")).timeouts(Timeouts {
        signature: short,
        generation: short,
        pin_pad: short,
        other: Duration::from_secs(5),
    });
    for (name, value) in fault_module::environment(tokens, faults) {
        launch = launch.environment(name, value);
    }
    SessionOptions { launch, ..SessionOptions::new(fault_module::path()) }
}

pub(crate) fn open(tokens: &Tokens, faults: &str) -> Result<TokenSession, Error> {
    TokenSession::open(&faulty(tokens, faults), &uri(&tokens.uri()), right_pin(tokens))
}

/// A token with a key that was made without faults.
pub(crate) fn with_key(label: &str) -> Token {
    let token = Token::new(label);
    session(&token).generate(P256, "signer", None).unwrap();
    token
}

pub(crate) fn signer(tokens: &Tokens, faults: &str) -> Result<TokenSigner, Error> {
    open(tokens, faults)?.signer(&uri(&tokens.key_uri("signer")))
}

/// Six messages signed, as texts: `ok`, or the error with its source.
pub(crate) fn sign_six(signer: &mut TokenSigner) -> Vec<String> {
    let messages: Vec<[u8; 4]> = (0..6_u8).map(|number| [number; 4]).collect();
    let borrowed: Vec<&[u8]> = messages.iter().map(<[u8; 4]>::as_slice).collect();
    let public_key = signer.public_key().clone();
    let results = signer.sign(ECDSA, &borrowed);
    let shown = messages.iter().zip(results).map(|(message, result)| match result {
        Ok(signature) => match verify_twice(&public_key, ECDSA, message, signature.as_bytes()) {
            Ok(()) => "ok".to_owned(),
            Err(error) => error.to_string(),
        },
        Err(SignerError::Failed(source)) => source.to_string(),
        Err(SignerError::NotAttempted) => "not attempted".to_owned(),
    });
    shown.collect()
}

#[test]
fn a_module_that_crashes_at_its_start_is_named_with_the_call() {
    let token = Token::new("crash-at-start");
    let error = open(&token, "C_Initialize:crash").unwrap_err();
    assert_eq!(error.to_string(), "the worker process ended in C_Initialize: killed by SIGSEGV");
    let error = open(&token, "C_GetSlotList:exit").unwrap_err();
    assert_eq!(error.to_string(), "the worker process ended in C_GetSlotList: exit code 7");
}

#[test]
fn a_module_that_hangs_is_ended_and_the_call_named() {
    let token = with_key("hang");
    let mut signer = signer(&token, "C_Sign:hang@3").unwrap();
    let results = sign_six(&mut signer);
    assert_eq!(results[0], "ok");
    assert_eq!(results[1], "C_Sign did not return within 700ms; the worker process was ended");
    for result in &results[2..] {
        assert!(result.contains("no answer") || result == "not attempted", "{result}");
    }
    // Nothing is asked of it again.
    assert!(sign_six(&mut signer).iter().all(|result| result == "not attempted"));
}

#[test]
fn a_module_that_crashes_in_a_batch_ends_the_batch() {
    let token = with_key("crash");
    let mut signer = signer(&token, "C_SignInit:crash@4").unwrap();
    let results = sign_six(&mut signer);
    assert_eq!(results[..2], ["ok", "ok"]);
    assert_eq!(results[2], "the worker process ended in C_SignInit: killed by SIGSEGV");
    assert!(results[3..].iter().all(|result| result != "ok"), "{results:?}");
}

#[test]
fn an_error_ends_the_batch_and_the_rest_is_not_asked_for() {
    let token = with_key("device-removed");
    let mut signer = signer(&token, "C_Sign:rv=0x32@3").unwrap();
    fault_module::forget(&token);
    let results = sign_six(&mut signer);
    assert_eq!(results[..2], ["ok", "CKR_DEVICE_REMOVED from C_Sign"]);
    assert!(results[2..].iter().all(|result| result == "not attempted"), "{results:?}");
    assert_eq!(fault_module::calls(&token, "C_Sign"), 2);
}

#[test]
fn what_has_not_the_form_of_a_signature_is_refused_with_its_length() {
    let token = with_key("form");
    for (fault, message) in [
        ("empty", "signature of 0 octets, wanted exactly 64"),
        ("short", "signature of 63 octets, wanted exactly 64"),
        ("long", "signature of 65 octets, wanted exactly 64"),
        ("zeros", "the signature is 64 octets of zero"),
    ] {
        let mut signer = signer(&token, &format!("C_Sign:{fault}@2")).unwrap();
        let mut results = signer.sign(ECDSA, &[b"one", b"two"]);
        assert_eq!(results.len(), 2);
        assert!(results.pop().unwrap().is_err(), "{fault}");
        let Err(SignerError::Failed(error)) = results.pop().unwrap() else { panic!("{fault}") };
        assert_eq!(error.source().unwrap().to_string(), message);
    }
    let mut signer = signer(&token, "C_Sign:length@2").unwrap();
    let results = sign_six(&mut signer);
    assert!(results[0].starts_with("C_Sign returned nonsense: claims 18446744073709551615 octets"));
}

/// The form is right and the signature wrong: at the birth and at every load of a key the proof notices.
#[test]
fn a_module_that_signs_wrongly_does_not_become_a_signer() {
    let token = with_key("wrong-signature");
    let error = signer(&token, "C_Sign:flip").unwrap_err();
    assert!(matches!(error, Error::Unproven { .. }), "{error}");
    let error = open(&token, "C_Sign:flip").unwrap().generate(P256, "another", None).unwrap_err();
    assert_eq!(error.to_string(), "the generated key \"another\" was not good and has been destroyed");
    let keys = session(&token).keys().unwrap();
    assert_eq!(keys.len(), 1, "only the first key is left");
}

/// The session in which the signature failed is closed; tpm2-pkcs11 answers so for its keys of P-521.
#[test]
fn a_new_key_that_does_not_sign_is_destroyed() {
    let token = Token::new("not-signing");
    for faults in ["C_SignInit:rv=0x2", "C_Sign:rv=0x5", "C_SignInit:rv=0x70"] {
        let error = open(&token, faults).unwrap().generate(P256, "gone", None).unwrap_err();
        assert!(matches!(error, Error::Undone { .. }), "{faults}: {error}");
        assert!(session(&token).keys().unwrap().is_empty(), "{faults}");
    }
}

#[test]
fn a_key_that_cannot_be_destroyed_either_is_named() {
    let token = Token::new("not-undone");
    let error = open(&token, "C_Sign:flip,C_DestroyObject:rv=0x6")
        .unwrap()
        .generate(P256, "stays", None)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the generated key \"stays\" was not good, and part of it is still in the token (private key: \
         CKR_FUNCTION_FAILED from C_DestroyObject; public key: CKR_FUNCTION_FAILED from C_DestroyObject)"
    );
}

/// A token that refuses attributes gets fewer of them, and what the key may do then is told.
#[test]
fn a_template_that_is_refused_is_followed_by_a_weaker_one() {
    let token = Token::new("templates");
    let (encrypt, decrypt) = (0x104, 0x105);
    for (value, attribute, tries, only_signs) in [
        // CKR_TEMPLATE_INCONSISTENT for the public half alone.
        (0xd1, encrypt, 2, true),
        // As tpm2-pkcs11 answers.
        (0x5, decrypt, 3, false),
        (0x12, decrypt, 3, false),
        (0x13, decrypt, 3, false),
        (0x6, decrypt, 3, false),
    ] {
        fault_module::forget(&token);
        let faults = format!("C_GenerateKeyPair:refuses=0x{:x}", (value << 16) | attribute);
        let session = open(&token, &faults).unwrap();
        let key = session.generate(P256, &faults, None).unwrap();
        assert_eq!(fault_module::calls(&token, "C_GenerateKeyPair"), tries, "{faults}");
        let doubts = session.requirements().doubts(&key.attributes);
        let doubts: Vec<String> = doubts.iter().map(ToString::to_string).collect();
        let expected: &[&str] = if only_signs { &[] } else { &["CKA_DECRYPT is true", "CKA_UNWRAP is true"] };
        assert_eq!(doubts, expected, "{faults}");
        session.fit(&key).unwrap();
    }
}

/// openCryptoki 3.8 answers a request for a key on a curve so, and without its daemon the other way.
#[test]
fn what_a_token_does_not_offer_and_a_service_that_is_down_are_told() {
    let token = Token::new("hints");
    let session = open(&token, "C_GenerateKeyPair:rv=0x70").unwrap();
    let error = session.generate(P256, "never", None).unwrap_err();
    assert!(error.hint().unwrap().contains("may not offer this algorithm"), "{error}");
    let session = open(&token, "C_GenerateKeyPair:rv=0x54").unwrap();
    let error = session.generate(P256, "never", None).unwrap_err();
    assert!(error.hint().unwrap().contains("with the token's own tool"), "{error}");
    let error = open(&token, "C_Initialize:rv=0x2").unwrap_err();
    assert_eq!(error.to_string(), "CKR_HOST_MEMORY from C_Initialize");
    assert!(error.hint().unwrap().contains("does its service run"), "{error}");
}

#[test]
fn what_is_no_refusal_of_a_template_is_not_tried_again() {
    let token = Token::new("no-template");
    for (value, tries) in [("0x30", 1), ("0x101", 1), ("0x70", 1), ("0x5", 3)] {
        fault_module::forget(&token);
        let session = open(&token, &format!("C_GenerateKeyPair:rv={value}")).unwrap();
        let error = session.generate(P256, "never", None).unwrap_err();
        assert!(matches!(&error, Error::Call { function, .. } if function == "C_GenerateKeyPair"), "{error}");
        assert_eq!(fault_module::calls(&token, "C_GenerateKeyPair"), tries, "{value}");
    }
    assert!(session(&token).keys().unwrap().is_empty());
}

/// A failure that made the pair all the same: no second pair is put beside it.
#[test]
fn what_a_failed_generation_leaves_is_named() {
    let token = Token::new("left");
    let error = open(&token, "C_GenerateKeyPair:after=0x5").unwrap().generate(P256, "half", Some(&[7]));
    assert_eq!(
        error.unwrap_err().to_string(),
        "the generated key \"half\" was not good, and part of it is still in the token (private keys: 1; \
         public keys: 1; id 07)"
    );
    assert_eq!(fault_module::calls(&token, "C_GenerateKeyPair"), 1);
}

#[test]
fn a_locked_pin_and_a_final_try_are_not_tried() {
    let token = Token::new("final-try");
    let error = open(&token, "C_GetTokenInfo:flags=0x40000").unwrap().login().unwrap_err();
    assert!(matches!(error, Error::PinLocked { .. }), "{error}");
    let error = open(&token, "C_GetTokenInfo:flags=0x20000").unwrap().login().unwrap_err();
    assert!(matches!(error, Error::FinalTry { .. }), "{error}");
    assert_eq!(fault_module::calls(&token, "C_Login"), 0);
    let options = SessionOptions { final_try: true, ..faulty(&token, "C_GetTokenInfo:flags=0x20000") };
    TokenSession::open(&options, &uri(&token.uri()), right_pin(&token)).unwrap().login().unwrap();
    assert_eq!(fault_module::calls(&token, "C_Login"), 1);
}

#[test]
fn every_refusal_of_a_pin_is_final_and_named() {
    let token = Token::new("refusals");
    for (value, message) in [
        ("0xa0", "wrong PIN for token \"refusals\""),
        ("0xa2", "token \"refusals\" refused the PIN (CKR_PIN_LEN_RANGE)"),
        ("0xa3", "the PIN of token \"refusals\" has expired"),
        ("0xa4", "the PIN of token \"refusals\" is locked"),
        ("0x7", "token \"refusals\" refused the PIN (CKR_ARGUMENTS_BAD)"),
        ("0x30", "CKR_DEVICE_ERROR from C_Login"),
    ] {
        fault_module::forget(&token);
        let session = open(&token, &format!("C_Login:rv={value}")).unwrap();
        assert_eq!(session.login().unwrap_err().to_string(), message);
        assert!(matches!(session.login(), Err(Error::LoginSpent { .. })));
        assert_eq!(fault_module::calls(&token, "C_Login"), 1, "{value}");
    }
    // Already logged in is as good as logged in.
    open(&token, "C_Login:rv=0x100").unwrap().login().unwrap();
}

/// What SoftHSM's start race looks like is tried again, after a restart of the module.
#[test]
fn the_start_race_is_bridged() {
    let token = Token::new("bridged");
    for faults in
        ["C_Login:rv=0x102@1", "C_Login:rv=0x5@1", "C_GetTokenInfo:rv=0x5@1", "C_GetTokenInfo:rv=0x5@3"]
    {
        open(&token, faults).unwrap().login().unwrap_or_else(|error| panic!("{faults}: {error}"));
    }
    let error = open(&token, "C_Login:rv=0x102").unwrap().login().unwrap_err();
    assert!(matches!(error, Error::PinNotSet { .. }), "{error}");
}

#[test]
fn one_slot_that_fails_does_not_hide_the_others() {
    let mut tokens = Tokens::new("first");
    tokens.add("second");
    // The first of three slots never answers; an error that is not the start race's.
    let session = open(&tokens, "C_GetTokenInfo:rv=0x30@1");
    let other = TokenSession::open(
        &faulty(&tokens, "C_GetTokenInfo:rv=0x30@1"),
        &uri("pkcs11:token=second"),
        right_pin(&tokens),
    );
    assert!(session.is_ok() || other.is_ok());
}

/// p11-kit's proxy and client do this: what one caller has initialised and opened is unknown to the other.
#[test]
fn a_module_that_is_another_for_each_caller_is_only_called_one_way() {
    let token = with_key("instances");
    let mut signer = signer(&token, "C_GetFunctionList:instances").unwrap();
    assert_eq!(sign_six(&mut signer), ["ok"; 6]);
    let described = open(&token, "C_GetFunctionList:instances").unwrap().token().clone();
    assert_eq!(&described, open(&token, "").unwrap().token());
}

#[test]
fn a_module_whose_tokens_all_fail_says_how() {
    let token = with_key("silent");
    let error = open(&token, "C_GetTokenInfo:rv=0x30").unwrap_err();
    assert_eq!(error.to_string(), "CKR_DEVICE_ERROR from C_GetTokenInfo");
}

#[test]
fn a_mechanism_that_is_listed_and_refused_falls_back_on_the_other() {
    let token = Token::new("fallback");
    let rsa = KeyAlgorithm::Rsa { bits: 2048 };
    session(&token).generate(rsa, "signer", None).unwrap();
    let mut signer = signer(&token, "C_SignInit:without=0x1").unwrap();
    let algorithm = SignatureAlgorithm::RsaPkcs1(Digest::Sha512);
    let results = signer.sign(algorithm, &[b"one", b"two", b"three"]);
    assert!(results.iter().all(Result::is_ok), "{results:?}");
}

#[test]
fn a_token_without_a_mechanism_for_the_key_says_what_it_offers() {
    let token = Token::new("no-mechanism");
    let error = open(&token, "C_SignInit:rv=0x70").unwrap().generate(P256, "signer", None).unwrap_err();
    let Error::Undone { cause, .. } = &error else { panic!("{error}") };
    assert_eq!(cause.to_string(), "the token offers no mechanism for ECDSA with SHA-256");
    assert!(error.hint().unwrap().starts_with("mechanisms offered: 0x"));
    assert!(session(&token).keys().unwrap().is_empty(), "nothing is left of it");
}

#[test]
fn a_generator_that_fails_or_is_constant_is_refused_and_a_missing_one_is_told() {
    let token = Token::new("generator");
    let fill = |faults: &str| {
        let mut random = open(&token, faults).unwrap().random().unwrap();
        let mut out = [0; 20];
        random.fill(&mut out).map(|()| random.token_has_none())
    };
    assert!(fill("C_GenerateRandom:constant").unwrap_err().to_string().contains("constant"));
    assert!(fill("C_GenerateRandom:rv=0x30").unwrap_err().to_string().contains("CKR_DEVICE_ERROR"));
    assert_eq!(fill("C_GenerateRandom:rv=0x121").unwrap().unwrap().to_string(), "CKR_RANDOM_NO_RNG");
    assert_eq!(fill("").unwrap(), None);
}

/// Two calls per signature and none that grows with their number.
#[test]
fn a_signature_costs_two_calls() {
    let token = with_key("two-calls");
    let mut signer = signer(&token, "").unwrap();
    fault_module::forget(&token);
    assert_eq!(sign_six(&mut signer), ["ok"; 6]);
    assert_eq!(fault_module::calls(&token, "C_SignInit"), 6);
    assert_eq!(fault_module::calls(&token, "C_Sign"), 6);
    assert_eq!(fault_module::calls(&token, "C_FindObjects"), 0);
    assert_eq!(fault_module::calls(&token, "C_GetAttributeValue"), 0);
}

/// One question to the person; then a login of the session, and one for each signature.
#[test]
fn a_key_that_wants_the_pin_for_every_signature_gets_it() {
    let token = Token::new("always");
    let made = token
        .pkcs11_tool()
        .args(["--keypairgen", "--key-type", "EC:prime256v1", "--label", "signer", "--id", "01"])
        .args(["--usage-sign", "--sensitive", "--always-auth"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let provider = PinProvider::new(PinSource::Terminal, move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Pin::from_text(PIN.to_owned())
    });
    let session = TokenSession::open(&faulty(&token, ""), &uri(&token.uri()), provider).unwrap();
    let key = session.find_key(&uri(&token.key_uri("signer"))).unwrap();
    let _random = session.random().unwrap();
    let mut signer = session.signer_with(key).unwrap();
    assert_eq!(sign_six(&mut signer), ["ok"; 6]);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(fault_module::calls(&token, "C_Login"), 8);
    // The PIN was right before: that it is refused now ends the batch, and it is not tried again.
    let mut signer = self::signer(&token, "C_Login:rv=0xa0@3").unwrap();
    fault_module::forget(&token);
    let results = sign_six(&mut signer);
    assert_eq!(results[0], "wrong PIN for token \"always\"");
    assert!(results[1..].iter().all(|result| result == "not attempted"), "{results:?}");
    assert_eq!(fault_module::calls(&token, "C_Login"), 1);
}

/// The PIN of the login also proves the key that was generated with it: a descriptor can be read once.
#[test]
fn a_new_key_that_wants_the_pin_for_every_signature_is_proven_with_one_question() {
    let token = Token::new("always-new");
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let provider = PinProvider::new(PinSource::Terminal, move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Pin::from_text(PIN.to_owned())
    });
    let requirements = Requirements::new(&[Requirement::AlwaysAuthenticate], &[]);
    let options = SessionOptions { requirements, ..faulty(&token, "") };
    let session = TokenSession::open(&options, &uri(&token.uri()), provider).unwrap();
    let key = session.generate(P256, "signer", None).unwrap();
    assert!(key.always_authenticates());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(fault_module::calls(&token, "C_Login"), 2);
}

#[test]
fn a_worker_that_is_killed_is_noticed() {
    let token = with_key("killed");
    let session = TokenSession::open(&options(&token), &uri(&token.uri()), right_pin(&token)).unwrap();
    let mut signer = session.signer(&uri(&token.key_uri("signer"))).unwrap();
    let killed = std::process::Command::new("kill")
        .args(["-KILL", &session.worker_process_id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let results = sign_six(&mut signer);
    assert_eq!(results[0], "the worker process ended in C_Sign: killed by SIGKILL");
    assert!(results[1..].iter().all(|result| result != "ok"), "{results:?}");
    assert!(matches!(session.keys(), Err(Error::NotAttempted)));
}

/// The end of the program ends the worker, even one that hangs in its module.
#[test]
fn the_worker_closes_the_module_when_the_session_goes() {
    let token = with_key("farewell");
    let session = open(&token, "").unwrap();
    session.login().unwrap();
    let process = session.worker_process_id();
    drop(session);
    assert_eq!(fault_module::calls(&token, "C_Finalize"), 1);
    assert!(!std::path::Path::new(&format!("/proc/{process}")).exists());
}
