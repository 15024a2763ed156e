//! Modules that misuse the process that they are in: each is survived, with an error that names the call.

use std::time::Duration;

use keyrite::token::Error;

use super::faults::{open, sign_six, signer, with_key};
use super::opening::{session, uri};
use super::support::fault_module;
use super::support::softhsm::Token;

/// What the second signature came to; the first one is the proof of the key.
fn second(token: &Token, kind: &str) -> String {
    let mut signer = signer(token, &format!("C_Sign:{kind}@2")).unwrap();
    let results = sign_six(&mut signer);
    assert!(results[1..].iter().all(|result| result != "ok"), "{kind}: {results:?}");
    results[0].clone()
}

#[test]
fn every_way_to_end_the_process_is_named_with_the_call() {
    let token = with_key("ends");
    for (kind, wanted) in [
        ("abort", "the worker process ended in C_Sign: killed by SIGABRT"),
        ("leave", "the worker process ended in C_Sign: exit code 9"),
        ("exit", "the worker process ended in C_Sign: exit code 7"),
        ("alarm", "the worker process ended in C_Sign: killed by SIGALRM"),
        ("kill", "the worker process ended in C_Sign: killed by SIGKILL"),
        ("thread", "the worker process ended in C_Sign: killed by SIGSEGV"),
        ("stop", "C_Sign did not return within 700ms; the worker process was ended"),
        ("hang", "C_Sign did not return within 700ms; the worker process was ended"),
    ] {
        assert_eq!(second(&token, kind), wanted, "{kind}");
    }
}

/// The file's own initialisers run before the first call.
#[test]
fn a_module_that_ends_the_process_while_it_is_loaded_is_named() {
    let token = Token::new("loading");
    for (faults, wanted) in [
        ("dlopen:crash", "the worker process ended in dlopen: killed by SIGSEGV"),
        ("dlopen:leave", "the worker process ended in dlopen: exit code 9"),
        ("dlopen:hang", "dlopen did not return within 5s; the worker process was ended"),
    ] {
        assert_eq!(open(&token, faults).unwrap_err().to_string(), wanted);
    }
}

/// A child of the module's holds the connection open, and is ended with the rest of the worker's processes.
#[test]
fn a_process_that_the_module_leaves_behind_keeps_nobody_waiting() {
    let token = with_key("orphan");
    let session = open(&token, "C_Sign:orphan@2").unwrap();
    let group = session.worker_process_id();
    let mut signer = session.signer(&uri(&token.key_uri("signer"))).unwrap();
    // Not a time-out, which it would be if the end of the connection were waited for.
    assert_eq!(sign_six(&mut signer)[0], "the worker process ended in C_Sign: exit code 7");
    let gone = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        members(group).is_empty()
    });
    assert!(gone, "{:?} are left", members(group));
}

/// The processes of a group that are not dead yet.
fn members(group: u32) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap();
    let stat = |entry: std::fs::DirEntry| std::fs::read_to_string(entry.path().join("stat")).ok();
    let in_group = |stat: &String| {
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        fields[0] != "Z" && fields[2] == group.to_string()
    };
    entries.filter_map(|entry| stat(entry.unwrap())).filter(in_group).collect()
}

#[test]
fn a_module_that_closes_everything_or_writes_to_the_program_is_told() {
    let token = with_key("descriptors");
    let closed = second(&token, "closes");
    assert!(closed.starts_with("the worker process ended in C_Sign: "), "{closed}");
    let garbage = second(&token, "garbage");
    assert_eq!(
        garbage,
        "the worker process answered C_Sign with nonsense: message of 4294967295 octets, wanted at most 8388608"
    );
}

/// What a module changes about its process changes nothing for the program, nor for the signatures.
#[test]
fn a_module_that_changes_its_surroundings_signs_on() {
    let token = with_key("moves");
    for faults in ["C_Initialize:moves", "C_Sign:moves", "C_Login:moves"] {
        let mut signer = signer(&token, faults).unwrap();
        assert_eq!(sign_six(&mut signer), ["ok"; 6], "{faults}");
    }
    // A name of the process that is none of ours: the call that was asked for is named.
    let error = open(&token, "C_Initialize:moves,C_GetSlotList:crash").unwrap_err();
    assert_eq!(error.to_string(), "the worker process ended in C_GetSlotList: killed by SIGSEGV");
}

#[test]
fn a_module_that_takes_all_memory_gets_no_more_than_its_share() {
    let token = with_key("eats");
    let error = open(&token, "C_Login:eats").unwrap().login().unwrap_err();
    assert_eq!(error.to_string(), "CKR_HOST_MEMORY from C_Login");
    assert_eq!(fault_module::calls(&token, "C_Login"), 1);
}

#[test]
fn after_all_of_them_the_token_is_as_before() {
    let token = with_key("unharmed");
    for kind in ["abort", "closes", "garbage", "orphan"] {
        assert_ne!(second(&token, kind), "ok");
    }
    assert!(matches!(open(&token, "C_GetSlotList:abort"), Err(Error::WorkerEnded { .. })));
    let mut signer = session(&token).signer(&uri(&token.key_uri("signer"))).unwrap();
    assert_eq!(sign_six(&mut signer), ["ok"; 6]);
}
