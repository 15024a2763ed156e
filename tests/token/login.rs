//! The login: which token, which PIN, and once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use keyrite::token::{Error, Pin, PinError, PinProvider, PinSource, TokenSession, list};

use super::opening::{launch, options, right_pin, session, uri};
use super::support::softhsm::{self, PIN, Token, Tokens};

#[test]
fn tokens_are_listed_with_their_exact_uris() {
    let mut tokens = Tokens::new("first");
    tokens.add("second");
    let listed = list(&launch(&tokens), &softhsm::module()).unwrap();
    let labels: Vec<&str> =
        listed.iter().map(|token| token.label.as_str()).filter(|label| !label.is_empty()).collect();
    assert_eq!(labels.len(), 2);
    for token in listed.iter().filter(|token| token.flags.token_initialized()) {
        let opened = TokenSession::open(&options(&tokens), &token.uri(), right_pin(&tokens)).unwrap();
        assert_eq!(opened.token().serial, token.serial);
    }
}

#[test]
fn a_missing_token_lists_those_that_are_there() {
    let tokens = Token::new("root-g1");
    let error =
        TokenSession::open(&options(&tokens), &uri("pkcs11:token=root-g2"), right_pin(&tokens)).unwrap_err();
    let module = softhsm::module();
    assert_eq!(error.to_string(), format!("no token \"root-g2\" in {}", module.display()));
    assert!(error.hint().unwrap().starts_with("tokens present: \"root-g1\" (serial \""), "{error}");
    let none = Tokens::empty("");
    let error =
        TokenSession::open(&options(&none), &uri("pkcs11:token=root-g2"), right_pin(&none)).unwrap_err();
    assert!(error.hint().unwrap().starts_with("no token is present"));
}

#[test]
fn an_ambiguous_token_lists_the_candidates() {
    let mut tokens = Tokens::new("twin");
    tokens.add("twin");
    let error =
        TokenSession::open(&options(&tokens), &uri("pkcs11:token=twin"), right_pin(&tokens)).unwrap_err();
    let Error::AmbiguousToken { candidates, .. } = &error else { panic!("{error}") };
    assert_eq!(candidates.len(), 2);
    TokenSession::open(&options(&tokens), &candidates[1].uri(), right_pin(&tokens)).unwrap();
    // With one token alone, none needs to be named: the blank slot does not count.
    let one = Token::new("one");
    TokenSession::open(&options(&one), &uri("pkcs11:"), right_pin(&one)).unwrap();
}

#[test]
fn a_wrong_pin_is_tried_once_and_the_warning_passed_on() {
    let token = Token::new("wrong-pin");
    let wrong = PinSource::File(token.write_private("wrong", "not-the-pin-4711\n"));
    let session =
        TokenSession::open(&options(&token), &uri(&token.uri()), PinProvider::unattended(wrong)).unwrap();
    let error = session.login().unwrap_err();
    assert!(matches!(error, Error::PinIncorrect { count_low: true, locked: false, .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("4711"));
    // Asked again, the token is not.
    assert!(matches!(session.login(), Err(Error::LoginSpent { .. })));
    assert!(matches!(session.keys(), Err(Error::LoginSpent { .. })));
    // The right PIN in a new session clears the warning.
    super::opening::session(&token).login().unwrap();
    let again = TokenSession::open(&options(&token), &uri(&token.uri()), right_pin(&token)).unwrap();
    assert!(!again.token().flags.user_pin_count_low());
}

#[test]
fn the_prompt_is_asked_only_when_something_needs_a_login_and_only_once() {
    let token = Token::new("prompt");
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let provider = PinProvider::new(PinSource::Terminal, move |token| {
        count.fetch_add(1, Ordering::SeqCst);
        assert_eq!(token.label, "prompt");
        Pin::from_text(PIN.to_owned())
    });
    let session = TokenSession::open(&options(&token), &uri(&token.uri()), provider).unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    session.keys().unwrap();
    session.keys().unwrap();
    session.random().unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn without_a_pin_the_token_is_not_asked() {
    let token = Token::new("no-pin");
    let provider = PinProvider::unattended(PinSource::Terminal);
    let session = TokenSession::open(&options(&token), &uri(&token.uri()), provider).unwrap();
    let error = session.login().unwrap_err();
    assert!(matches!(error, Error::Pin { source: PinError::Terminal, .. }), "{error}");
    assert_eq!(error.hint().unwrap(), "give --pin-source file:PATH, env:NAME or fd:N");
}

/// The worker inherits the environment but for the variable that holds the PIN.
#[test]
fn the_worker_does_not_inherit_the_pin() {
    let token = Token::new("environment");
    let (name, value) = token.environment();
    let launch = launch(&token).environment("KEYRITE_TEST_PIN", PIN).environment(name, value);
    let options = keyrite::token::SessionOptions { launch, ..options(&token) };
    let provider = PinProvider::unattended(PinSource::Env("KEYRITE_TEST_PIN".into()));
    let session = TokenSession::open(&options, &uri(&token.uri()), provider).unwrap();
    let environment = std::fs::read(format!("/proc/{}/environ", session.worker_process_id())).unwrap();
    assert!(!String::from_utf8_lossy(&environment).contains(PIN));
    assert!(String::from_utf8_lossy(&environment).contains("SOFTHSM2_CONF"));
}

/// What is left of the PIN in the worker once it is logged in: nothing that a reader of its memory finds.
#[test]
fn the_worker_is_not_dumpable_and_leaves_no_core() {
    let token = Token::new("hardened");
    let session = session(&token);
    session.login().unwrap();
    let process = session.worker_process_id();
    let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"]);
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    assert!(status.lines().any(|line| line == "NoNewPrivs:\t1"));
    assert_eq!(std::fs::read_link(format!("/proc/{process}/cwd")).unwrap().to_str(), Some("/"));
}

/// SoftHSM rewrites the token's file at every login; processes that start then see a broken token.
#[test]
fn processes_that_start_together_all_get_in() {
    let token = Token::new("start-race");
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (options, uri, pin) = (options(&token), uri(&token.uri()), right_pin(&token));
            std::thread::spawn(move || {
                let mut pin = Some(pin);
                let session = TokenSession::open(&options, &uri, pin.take().unwrap())?;
                session.login()?;
                session.keys().map(|_| ())
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
}
