//! Many processes at once in one home: they wait for each other, and nothing is lost or used twice.

use std::collections::BTreeSet;
use std::thread;
use std::time::Instant;

use crate::home::{Home, Run, finish, program};
use crate::support::softhsm;

/// How much is done at once.
struct Load {
    /// Processes that issue a batch each.
    batches: usize,
    /// Certificates in each batch.
    certificates: usize,
    /// CRLs made meanwhile by each of two processes.
    crls: usize,
}

/// Eight processes with a thousand certificates each if `KEYRITE_CONCURRENCY` is `all`.
fn load() -> Load {
    if std::env::var_os("KEYRITE_CONCURRENCY").is_some_and(|value| value == "all") {
        Load { batches: 8, certificates: 1_000, crls: 50 }
    } else {
        Load { batches: 4, certificates: 25, crls: 5 }
    }
}

/// Runs keyrite with SoftHSM's own module.
fn keyrite(home: &Home, arguments: &[&str]) -> Run {
    let (name, value) = home.token().environment();
    let mut command = std::process::Command::new(program());
    command.env_remove("LD_LIBRARY_PATH").env(name, value).current_dir(home.path("."));
    command.arg("--module").arg(softhsm::module()).args(["--home", "ca", "--yes"]);
    finish(
        command.args(["--pin-source", &home.token().pin_source(), "--lock-timeout", "30m"]).args(arguments),
    )
}

/// Nothing but success, and nothing said but that it waits.
#[track_caller]
fn succeeded(run: &Run) {
    let spoke = run.stderr.lines().find(|line| !line.starts_with("waiting for another keyrite"));
    assert!(run.code == Some(0) && spoke.is_none(), "{run:#?}");
}

#[expect(clippy::disallowed_methods, reason = "how long it took is printed, and judged by nobody")]
#[test]
fn batches_and_crls_and_a_revocation_at_once() {
    let load = load();
    let home = Home::template();
    let names: Vec<String> = (0..load.certificates).map(|number| format!("b{number}")).collect();
    names.iter().for_each(|name| home.request(name));
    let requests: Vec<String> = names.iter().map(|name| format!("{name}.csr")).collect();
    let requests: Vec<&str> = requests.iter().map(String::as_str).collect();
    let before = (home.certificates().len(), home.crls().len());

    let (home, requests) = (&home, &requests);
    let begun = Instant::now();
    thread::scope(|scope| {
        for batch in 0..load.batches {
            scope.spawn(move || {
                let directory = format!("out/{batch}");
                std::fs::create_dir(home.path(&directory)).unwrap();
                succeeded(&keyrite(home, &home.issue(requests, &["--out-dir", &directory])));
            });
        }
        for maker in 0..2 {
            scope.spawn(move || {
                for number in 0..load.crls {
                    let out = format!("out/{maker}-{number}.crl");
                    succeeded(&keyrite(home, &["crl", "issue", "--ca", "root", "--out", &out]));
                }
            });
        }
        scope.spawn(|| {
            succeeded(&keyrite(home, &["revoke", "www.pem", "--ca", "root", "--reason", "superseded"]));
        });
    });

    let Load { batches, certificates: each, crls: lists } = load;
    println!(
        "{batches} x {each} certificates and 2 x {lists} CRLs in {:.1} s",
        begun.elapsed().as_secs_f64()
    );

    // Every file is there, and every number is of one thing only.
    let (certificates, crls) = (home.certificates(), home.crls());
    assert_eq!(certificates.len(), before.0 + batches * each);
    assert!(certificates.iter().all(|each| each.state == "issued"));
    let serials: BTreeSet<&String> = certificates.iter().map(|each| &each.number).collect();
    assert_eq!(serials.len(), certificates.len());
    let mut published = BTreeSet::new();
    for batch in 0..load.batches {
        for name in home.files(&format!("out/{batch}")) {
            let serial = name.strip_suffix(".pem").unwrap().to_owned();
            assert!(serials.contains(&serial), "{serial} is not on record");
            assert!(published.insert(serial));
        }
    }
    assert_eq!(published.len(), batches * each);
    let issued: Vec<&String> =
        crls.iter().filter(|each| each.state == "issued").map(|each| &each.number).collect();
    assert_eq!(issued.len(), before.1 + 2 * lists);
    assert_eq!(issued.iter().collect::<BTreeSet<_>>().len(), issued.len());
    assert!(keyrite(home, &["recover"]).stdout.contains("nothing is open"));
    let verified = keyrite(home, &["--json", "audit", "verify"]);
    let verified: serde_json::Value = serde_json::from_str(&verified.stdout).unwrap();
    assert_eq!((&verified["good"], &verified["discrepancies"]), (&true.into(), &serde_json::json!([])));
}
