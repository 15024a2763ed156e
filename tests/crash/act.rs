//! Each act that signs or records, killed at each of its boundaries.
//!
//! The main process dies under strace, by SIGKILL before one of its calls. The worker dies in the fault module,
//! before or after a function of the token. It is not killed inside of one: SoftHSM empties its token's file
//! and writes it anew at every login, so that a kill there breaks the token itself, which is no fault of a
//! home and nothing that a home could settle.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::aftermath::{Before, Fault, examine};
use crate::home::{Home, finish};
use crate::points::{self, Point};
use crate::support::fault_module;

/// How many of the boundaries that weigh less are left out between two that are tried, unless `KEYRITE_CRASH`
/// is `all`.
const STRIDE: usize = 8;
/// How many kills are tried at a time: each waits for the disk more than it computes.
const AT_ONCE: usize = 4;

/// What the loop over an act's boundaries has shown.
#[derive(Debug, Default)]
struct Count {
    tried: usize,
    killed: usize,
    lost: usize,
    reused: usize,
    unsettled: usize,
    partial: usize,
}

#[test]
fn one_certificate() {
    let home = Home::template();
    let arguments = home.issue(&["r1.csr"], &["--out", "one.pem"]);
    at_every_boundary("issue, one", &home, &arguments);
}

#[test]
fn a_batch_of_three() {
    let home = Home::template();
    let arguments = home.issue(&["r1.csr", "r2.csr", "r3.csr"], &["--out-dir", "out"]);
    at_every_boundary("issue, three", &home, &arguments);
}

#[test]
fn a_revocation() {
    let arguments = ["revoke", "www.pem", "--ca", "root", "--reason", "superseded"];
    at_every_boundary("revoke", &Home::template(), &arguments);
}

#[test]
fn a_crl() {
    let arguments = ["crl", "issue", "--ca", "root", "--out", "next.crl"];
    at_every_boundary("crl issue", &Home::template(), &arguments);
}

/// Settling is an act as well: killed at any boundary, it can be done again.
#[test]
fn a_recovery() {
    let home = Home::template();
    let arguments = home.issue(&["r1.csr", "r2.csr", "r3.csr"], &["--out-dir", "out"]);
    let run = home.keyrite(&arguments, "C_Sign:kill@2");
    assert_eq!(run.code, Some(4), "{run:#?}");
    fault_module::forget(home.token());
    at_every_boundary("recover", &home, &["recover", "--revoke"]);
}

/// A new root that is interrupted can be asked for again, and becomes active in the end.
#[test]
fn a_new_ca() {
    let home = Home::template();
    let key = home.token().key_uri("second");
    home.done(&["key", "generate", &key, "--algorithm", "ec-p256"]);
    fault_module::forget(home.token());
    let create = ["ca", "create", "second", "--key", &key, "--subject", "C=AT,O=Example,CN=Second", "--out"];
    let [first, again] = ["second.pem", "again.pem"].map(|out| [&create[..], &[out]].concat());
    at_every_boundary_and_then("ca create", &home, &first, |home| {
        let run = home.keyrite(&again, "");
        let active = run.code == Some(1) && run.stderr.contains("there is a CA second already");
        if run.code != Some(0) && !active {
            return Err(Fault::Unsettled(format!("{run:#?}")));
        }
        let run = home.keyrite(&["crl", "issue", "--ca", "second", "--out", "second.crl"], "");
        if run.code == Some(0) { Ok(()) } else { Err(Fault::Unsettled(format!("{run:#?}"))) }
    });
}

/// A home that is half made is finished by making it again.
#[test]
fn a_new_home() {
    at_every_boundary_and_then("init", &Home::template(), &["init", "fresh"], |home| {
        let run = home.keyrite(&["init", "fresh"], "");
        let exists = run.code != Some(0) && run.stderr.contains("exists already");
        let fresh =
            finish(home.command(env!("CARGO_BIN_EXE_keyrite"), "").args(["--home", "fresh", "status"]));
        let whole = home.path("fresh/keyrite.toml").exists() && home.path("fresh/profiles").exists();
        if (run.code == Some(0) || exists) && fresh.code == Some(0) && whole {
            return Ok(());
        }
        Err(Fault::Unsettled(format!("{run:#?}\n{fresh:#?}")))
    });
}

fn at_every_boundary(act: &str, template: &Home, arguments: &[&str]) {
    at_every_boundary_and_then(act, template, arguments, |_| Ok(()));
}

fn at_every_boundary_and_then(
    act: &str,
    template: &Home,
    arguments: &[&str],
    then: impl Fn(&Home) -> Result<(), Fault> + Sync,
) {
    let home = template.copy();
    let mut all = points::of_main(&points::trace(&home, arguments));
    all.extend(points::of_worker(&fault_module::all_calls(home.token())));
    let every = std::env::var_os("KEYRITE_CRASH").is_some_and(|value| value == "all");
    let boundaries = all.len();
    let chosen: Vec<Point> = all
        .into_iter()
        .enumerate()
        .filter(|(at, point)| every || point.weighs() || at % STRIDE == 0)
        .map(|(_, point)| point)
        .collect();

    let before = Before::of(template);
    let count = Mutex::new(Count { tried: chosen.len(), ..Count::default() });
    let faults = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(point) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let home = template.copy();
                    let run = point.run(&home, arguments);
                    let died = match point {
                        Point::Main { .. } => run.signal == Some(9),
                        Point::Worker { .. } => run.code != Some(0),
                    };
                    let result = examine(&home, &before).and_then(|()| then(&home));
                    let mut count = count.lock().unwrap();
                    count.killed += usize::from(died);
                    if let Err(fault) = result {
                        *match &fault {
                            Fault::Lost(_) => &mut count.lost,
                            Fault::Reused(_) => &mut count.reused,
                            Fault::Unsettled(_) => &mut count.unsettled,
                            Fault::Partial(_) => &mut count.partial,
                        } += 1;
                        faults.lock().unwrap().push(format!("{point:?}\n{fault:?}\n{run:#?}"));
                    }
                }
            });
        }
    });
    let (count, faults) = (count.into_inner().unwrap(), faults.into_inner().unwrap());
    println!("{act}: {boundaries} boundaries, {count:?}");
    assert!(faults.is_empty(), "{act}: {count:?}\n{}", faults.join("\n\n"));
    // A boundary that is not reached again is one that comes and goes with a length or a moment; most must be.
    assert!(count.killed * 10 >= count.tried * 9, "{act}: {count:?}");
}
