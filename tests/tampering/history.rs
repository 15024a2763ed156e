//! A home with a log of some length, its export, and the head of it that is on paper.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use keyrite::audit::{Event, KnownHead};
use keyrite::authority::evidence::export;
use keyrite::evidence::{Memory, layout, verify};
use keyrite::store::{Reservation, Revocation};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::extension::ReasonCode;
use keyrite::x509::time::Time;

use crate::scene::{Scene, at, serial, sign};

/// How many entries the log has.
pub(crate) const ENTRIES: usize = 1_000;

/// An export, and the head that was written down when it was made.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    pub(crate) files: Memory,
    pub(crate) head: KnownHead,
}

/// Whether everything is to be tried.
pub(crate) fn all() -> bool {
    std::env::var_os("KEYRITE_TAMPER").is_some_and(|value| value == "all")
}

/// Every number below `end` if everything is tried, else about `sample` of them, spread evenly.
pub(crate) fn chosen(end: usize, sample: usize) -> Vec<usize> {
    let step = if all() { 1 } else { (end / sample).max(1) };
    (0..end).filter(|at| at % step == step / 2).collect()
}

/// A home in which all kinds of things happened, most of them such as take little time to verify.
pub(crate) fn home(entries: usize) -> Scene {
    let mut scene = Scene::new();
    let ca = scene.ca();
    let mut number: u32 = 0;
    loop {
        number += 1;
        let now = at(100 + i64::from(number));
        match number % 40 {
            3 | 23 => issue(&mut scene, number, now),
            11 => {
                let reason = Some(ReasonCode::Superseded);
                let revocation = Revocation { reason, date: now, invalidity_date: None };
                scene.store.revoke(&ca, &serial(number - 8), revocation, now).unwrap();
            }
            17 if number % 160 == 17 => drop(scene.issue_crl(now)),
            31 if number % 80 == 31 => drop(reserve(&mut scene, number, now)),
            _ => {
                let (token, reason) = (format!("root-{number}"), "CKR_PIN_INCORRECT".to_owned());
                scene.store.append(Event::LoginFailed { token, reason }, now).unwrap();
            }
        }
        if length(&scene) >= entries {
            return scene;
        }
    }
}

fn reserve(scene: &mut Scene, number: u32, now: Time) -> Reservation<Certificate> {
    let (ca, intent) = (scene.ca(), scene.intent(number));
    scene.store.reserve_certificates(&ca, vec![intent], now).unwrap().pop().unwrap()
}

fn issue(scene: &mut Scene, number: u32, now: Time) {
    let reservation = reserve(scene, number, now);
    let signed = sign(&scene.key, reservation.tbs());
    drop(scene.store.commit(vec![(reservation, signed)], now).unwrap());
}

pub(crate) fn length(scene: &Scene) -> usize {
    usize::try_from(scene.store.audit_head().unwrap().entries).unwrap()
}

/// The export of a home, in memory.
pub(crate) fn export_of(scene: &Scene) -> Export {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("export");
    let exported = export(&scene.store, &path).unwrap();
    let mut files = Memory::default();
    read_below(&path, "", &mut files);
    let head = KnownHead { size: Some(exported.head.entries), hash: exported.checkpoint.root };
    Export { files, head }
}

/// The one that the tests of this program tamper with.
pub(crate) fn original() -> &'static Export {
    static MADE: OnceLock<Export> = OnceLock::new();
    MADE.get_or_init(|| export_of(&home(ENTRIES)))
}

fn read_below(directory: &Path, prefix: &str, files: &mut Memory) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            read_below(&entry.path(), &format!("{path}/"), files);
        } else {
            files.0.insert(path, std::fs::read(entry.path()).unwrap());
        }
    }
}

impl Export {
    /// Whether the files account for each other and for the head on paper.
    pub(crate) fn is_good(&self) -> bool {
        verify(&self.files, &[self.head]).findings.is_empty()
    }

    /// The lines of the log.
    pub(crate) fn lines(&self) -> Vec<&[u8]> {
        let log = &self.files.0[layout::LOG];
        log.strip_suffix(b"\n").unwrap().split(|octet| *octet == b'\n').collect()
    }
}

/// Asks of each change, on every processor, whether it is seen; says how many there were.
#[expect(clippy::disallowed_methods, reason = "how long it took is printed, and judged by nobody")]
pub(crate) fn each_is_seen<C: std::fmt::Debug + Sync>(
    what: &str,
    changes: &[C],
    is_seen: impl Fn(&C) -> bool + Sync,
) {
    let begun = std::time::Instant::now();
    let next = AtomicUsize::new(0);
    let unseen = std::sync::Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(one) = changes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !is_seen(one) {
                        unseen.lock().unwrap().push(format!("{one:?}"));
                    }
                }
            });
        }
    });
    let unseen = unseen.into_inner().unwrap();
    println!(
        "{what}: {} changes, {} not seen, {:.1} s",
        changes.len(),
        unseen.len(),
        begun.elapsed().as_secs_f64()
    );
    assert!(
        unseen.is_empty(),
        "{what}: {} are not seen: {:?}",
        unseen.len(),
        &unseen[..unseen.len().min(50)]
    );
}

#[test]
fn what_nobody_changed_is_good() {
    let original = original();
    assert_eq!(original.lines().len(), ENTRIES);
    let verified = verify(&original.files, &[original.head]);
    assert_eq!(verified.findings.kept(), [], "{:#?}", original.files.0.keys());
}
