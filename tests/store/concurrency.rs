//! Several processes on one home, and processes that are killed.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use keyrite::store::{Error, OpenOptions, Revocation, Settlement, State, Store};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::extension::ReasonCode;

use crate::scene::{Scene, at, name, serial, sign, sign_crl};
use crate::software::SoftwareKey;

/// Another process at the same home.
fn beside(home: &Path, root: &Certificate) -> Scene {
    let store = Store::open(home, OpenOptions::default()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    Scene { directory, store, key: SoftwareKey::load("ec-p256"), root: root.clone() }
}

/// Makes a CRL however often it takes: others revoke and make CRLs meanwhile.
fn crl_among_others(scene: &mut Scene) -> u128 {
    let ca = scene.ca();
    loop {
        let list = crate::scene::list(&scene.store, &ca);
        let number = scene.store.next_crl_number(&ca).unwrap();
        let intent = scene.crl_intent(list, number, at(50));
        match scene.store.reserve_crl(&ca, intent, at(50)) {
            Ok(reservation) => {
                let seal = sign_crl(scene, &reservation);
                return scene.store.commit_crl(reservation, seal, at(50)).unwrap().number().unwrap().0;
            }
            Err(error) => assert!(
                matches!(error.source, Error::RevocationsChanged { .. } | Error::CrlNumberUsed { .. }),
                "{error:?}"
            ),
        }
    }
}

#[test]
fn four_at_once_lose_nothing_and_use_nothing_twice() {
    let scene = Scene::new();
    let home = scene.directory.path().to_owned();
    let workers: Vec<_> = (0..4_u32)
        .map(|worker| {
            let (home, root) = (home.clone(), scene.root.clone());
            thread::spawn(move || {
                let mut scene = beside(&home, &root);
                let mut crls = Vec::new();
                for round in 0..15 {
                    let number = worker * 100 + round;
                    scene.issue(number);
                    if round % 3 == 0 {
                        let said = Revocation { reason: None, date: at(20), invalidity_date: None };
                        scene.store.revoke(&scene.ca(), &serial(number), said, at(20)).unwrap();
                    }
                    if round % 5 == 0 {
                        crls.push(crl_among_others(&mut scene));
                    }
                }
                crls
            })
        })
        .collect();
    let crls: Vec<u128> = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
    assert_eq!(crls.iter().collect::<BTreeSet<_>>().len(), 12, "{crls:?}");
    let ca = scene.ca();
    let status = scene.store.status(at(100), at(200)).unwrap();
    assert_eq!((status.cas[0].serials, status.cas[0].revoked, status.open_reservations), (61, 20, 0));
    for number in (0..4).flat_map(|worker| (0..15).map(move |round| worker * 100 + round)) {
        assert!(scene.store.certificate_der(&ca, &serial(number)).unwrap().is_some());
    }
    assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
}

#[test]
fn a_locked_ledger_is_waited_for_then_named_and_readers_do_not_care() {
    let scene = Scene::new();
    let other = scene.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let told = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&told);
    let options = OpenOptions {
        lock_timeout: Duration::from_millis(1300),
        on_wait: Box::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        }),
        ..OpenOptions::default()
    };
    let mut waiting = Store::open(scene.directory.path(), options).unwrap();
    let event = keyrite::audit::Event::HomeCreated { version: "x".to_owned(), id: None };
    let error = waiting.append(event.clone(), at(5)).unwrap_err();
    assert!(
        matches!(error, Error::Locked { waited, .. } if waited >= Duration::from_millis(1300)),
        "{error:?}"
    );
    assert_eq!(told.load(Ordering::SeqCst), 1, "said once, not once per attempt");
    // Reading goes on all the while, in new and in open stores.
    let (sender, receiver) = mpsc::channel();
    let home = scene.directory.path().to_owned();
    thread::spawn(move || {
        let found = Store::open_read_only(&home).unwrap().cas().unwrap().len();
        sender.send(found).unwrap();
    });
    assert_eq!(receiver.recv_timeout(Duration::from_secs(2)), Ok(1));
    assert_eq!(waiting.cas().unwrap().len(), 1);
    // Once the other is done, it goes through.
    other.execute_batch("COMMIT").unwrap();
    waiting.append(event, at(6)).unwrap();
    assert_eq!(told.load(Ordering::SeqCst), 1);
}

const HOME: &str = "KEYRITE_TEST_HOME";
const FIRST: &str = "KEYRITE_TEST_FIRST";

/// What the child does until it is killed; each line says what the store has acknowledged.
#[test]
#[ignore = "run by killed_processes_lose_nothing_acknowledged"]
fn child_issues_until_killed() {
    let Some(home) = std::env::var_os(HOME) else { return };
    let first = std::env::var_os(FIRST).unwrap().into_string().unwrap().parse::<u32>().unwrap();
    let home = Path::new(&home);
    let root = Store::open_read_only(home).unwrap().ca(&name("root")).unwrap().certificate.unwrap();
    let mut scene = beside(home, &root);
    for number in first.. {
        let reservation = scene.reserve(number);
        println!("\nreserved {number}");
        let signed = sign(&scene.key, reservation.tbs());
        scene.store.commit(vec![(reservation, signed)], at(11)).unwrap();
        println!("\nissued {number}");
        if number % 2 == 0 {
            let reason = Some(ReasonCode::Superseded);
            let said = Revocation { reason, date: at(20), invalidity_date: None };
            scene.store.revoke(&scene.ca(), &serial(number), said, at(20)).unwrap();
            println!("\nrevoked {number}");
        }
        if number % 3 == 0 {
            println!("\ncrl {}", crl_among_others(&mut scene));
        }
    }
}

#[test]
fn killed_processes_lose_nothing_acknowledged() {
    let mut scene = Scene::new();
    let ca = scene.ca();
    let mut greatest_crl = 0;
    for (round, lines) in [1, 2, 3, 4, 5, 7, 9, 12, 17, 25].into_iter().enumerate() {
        let first = 1000 * u32::try_from(round).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "concurrency::child_issues_until_killed", "--ignored", "--nocapture"])
            .env(HOME, scene.directory.path())
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut said = Vec::new();
        for line in output.lines().map(Result::unwrap) {
            if let Some((word, number)) = line.split_once(' ')
                && ["reserved", "issued", "revoked", "crl"].contains(&word)
            {
                said.push((word.to_owned(), number.parse::<u32>().unwrap()));
            }
            if said.len() == lines {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(said.len() >= lines, "the child ended by itself: {said:?}");

        scene = scene.reopen();
        for (word, number) in said {
            if word == "crl" {
                greatest_crl = greatest_crl.max(u128::from(number));
                continue;
            }
            let record = scene.store.certificate(&ca, &serial(number)).unwrap();
            assert!(word == "reserved" || record.state == State::Issued, "{number}: {record:?}");
            assert!(word != "revoked" || record.revocation.is_some(), "{number}: {record:?}");
        }
        assert!(scene.store.next_crl_number(&ca).unwrap().0 > greatest_crl);
        assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
        // Whatever is open can be settled, and the home goes on.
        for open in scene.store.open_reservations().unwrap() {
            scene.store.settle(open.id, Settlement::Abandon, at(50)).unwrap();
        }
        scene.issue(first + 999);
        assert_eq!(scene.store.verify_audit(None).unwrap().discrepancies, []);
    }
}
