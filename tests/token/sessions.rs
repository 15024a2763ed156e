//! Signatures in several sessions at a time: of the same login, in the same order, and as truthful as in one.

use keyrite::port::{Signer as _, SignerError};
use keyrite::token::TokenSigner;
use keyrite::x509::algorithm::{Digest, SignatureAlgorithm};
use keyrite::x509::verify::verify;

use super::faults::{open, signer, with_key};
use super::opening::uri;
use super::support::fault_module;
use super::support::softhsm::Tokens;

const ECDSA: SignatureAlgorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);

/// Signs a hundred messages in three sessions. Each result is `ok` if it verifies over its own message.
fn sign_hundred(tokens: &Tokens, faults: &str) -> Vec<String> {
    fault_module::forget(tokens);
    let mut signer = signer(tokens, faults).unwrap();
    hundred(&mut signer)
}

fn hundred(signer: &mut TokenSigner) -> Vec<String> {
    signer.use_sessions(3);
    let messages: Vec<[u8; 4]> = (0..100_u8).map(|number| [number; 4]).collect();
    let borrowed: Vec<&[u8]> = messages.iter().map(<[u8; 4]>::as_slice).collect();
    let key = signer.public_key().clone();
    let mut results = Vec::new();
    signer.sign_each(ECDSA, &borrowed, &mut |result| results.push(result));
    let shown = messages.iter().zip(results).map(|(message, result)| match result {
        Ok(signature) => match verify(&key, ECDSA, message, signature.as_bytes()) {
            Ok(()) => "ok".to_owned(),
            Err(error) => error.to_string(),
        },
        Err(SignerError::Failed(source)) => source.to_string(),
        Err(SignerError::NotAttempted) => "not attempted".to_owned(),
    });
    shown.collect()
}

fn all_ok(results: &[String]) -> bool {
    results.len() == 100 && results.iter().all(|one| one == "ok")
}

#[test]
fn a_hundred_signatures_come_from_three_sessions_of_one_login_in_their_order() {
    let token = with_key("sessions");
    let results = sign_hundred(&token, "");
    assert!(all_ok(&results), "{results:?}");
    let calls = |function: &str| fault_module::calls(&token, function);
    assert_eq!((calls("C_OpenSession"), calls("C_Login")), (3, 1));
    // One proves the key.
    assert_eq!((calls("C_SignInit"), calls("C_Sign")), (101, 101));
    assert_eq!(calls("C_CloseSession"), 0, "C_Finalize ends them all");
}

#[test]
fn a_token_without_room_for_further_sessions_signs_in_those_that_it_has() {
    let token = with_key("few-sessions");
    for (faults, sessions) in [("C_OpenSession:rv=0xb1@2+", 2), ("C_OpenSession:rv=0xb1@3+", 3)] {
        let results = sign_hundred(&token, faults);
        assert!(all_ok(&results), "{faults}: {results:?}");
        assert_eq!(fault_module::calls(&token, "C_OpenSession"), sessions, "{faults}");
    }
}

#[test]
fn a_module_that_cannot_lock_is_called_by_one_thread_alone() {
    let token = with_key("no-locks");
    let results = sign_hundred(&token, "C_Initialize:rv=0xa@1");
    assert!(all_ok(&results), "{results:?}");
    assert_eq!(fault_module::calls(&token, "C_Initialize"), 2);
    assert_eq!(fault_module::calls(&token, "C_OpenSession"), 1);
}

#[test]
fn after_a_failure_nothing_is_begun_and_every_signature_that_exists_is_told() {
    let token = with_key("sessions-fail");
    let results = sign_hundred(&token, "C_Sign:rv=0x30@40");
    let count = |text: &str| results.iter().filter(|one| *one == text).count();
    let (made, failed, left) = (count("ok"), count("CKR_DEVICE_ERROR from C_Sign"), count("not attempted"));
    assert_eq!((failed, made + failed + left), (1, 100), "{results:?}");
    // One proved the key, one failed; the others made signatures, each of which was told of.
    assert_eq!(fault_module::calls(&token, "C_Sign"), made + 2);
    // What the other two had begun until they heard of it was brought to its end.
    assert!((38..90).contains(&made) && left > 0, "{results:?}");
}

#[test]
fn a_module_that_crashes_in_one_session_leaves_nothing_unsaid() {
    let token = with_key("sessions-crash");
    let results = sign_hundred(&token, "C_Sign:crash@40");
    assert_eq!(results.len(), 100);
    let made = results.iter().filter(|one| *one == "ok").count();
    // Of signatures whose answers were still on their way it is said that there is none.
    assert!((1..=40).contains(&made), "{results:?}");
    assert!(results.iter().any(|one| one.starts_with("the worker process ended in C_")), "{results:?}");
    assert_eq!(results.last().map(String::as_str), Some("not attempted"));
}

#[test]
fn a_second_batch_has_the_sessions_of_the_first() {
    let token = with_key("sessions-again");
    fault_module::forget(&token);
    let session = open(&token, "").unwrap();
    let mut signer = session.signer(&uri(&token.key_uri("signer"))).unwrap();
    for _ in 0..2 {
        assert!(all_ok(&hundred(&mut signer)));
    }
    assert_eq!(fault_module::calls(&token, "C_OpenSession"), 3);
}
