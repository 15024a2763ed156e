//! Each act, disturbed at each of its boundaries in each way, and judged.
//!
//! The main process meets its disturbance under strace or by a preloaded library. The worker is left alone but for
//! kills, before or after a function of the token: it writes nothing of the home's. It is not killed inside of a
//! function: SoftHSM empties its token's file and writes it anew at every login, so that a kill there breaks the token
//! itself, which is no fault of a home and nothing that a home could settle.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::acts::Act;
use crate::aftermath::{Before, Fault};
use crate::disturbance::{Disturbance, Errno, How};
use crate::judge::judge;
use crate::points::{self, Point};
use crate::support::fault_module;

/// How many runs are tried at a time: each waits for the disk more than it computes.
const AT_ONCE: usize = 4;

/// In which way the boundaries of an act are disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The program, or its worker, is killed.
    Kill,
    /// A call fails.
    Error,
    /// A write comes short.
    Short,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Error => "error",
            Self::Short => "short",
        }
    }

    /// Of so many disturbances one is tried where nothing is said; of kills that weigh more, every second one.
    fn stride(self) -> usize {
        match self {
            Self::Kill => 29,
            Self::Error => 127,
            Self::Short => 41,
        }
    }
}

/// Disturbs an act at its boundaries: at all if `KEYRITE_CRASH` is `all`, at one in N if it is N, at a sample of ours
/// otherwise. `KEYRITE_CRASH_KIND` and `KEYRITE_CRASH_COMMAND` choose kinds and commands by their names, and a row of
/// the report goes to the file `KEYRITE_CRASH_REPORT`.
pub(crate) fn disturb(act: &Act, kind: Kind) {
    if !chosen("KEYRITE_CRASH_KIND", kind.name()) || !chosen("KEYRITE_CRASH_COMMAND", act.name) {
        return;
    }
    let template = (act.prepare)();
    let home = template.copy();
    let arguments = (act.arguments)(&home);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut points = points::of_main(&points::trace(&home, &arguments));
    if kind == Kind::Kill {
        points.extend(points::of_worker(&fault_module::all_calls(home.token())));
    } else {
        points.retain(Point::is_of_a_file);
    }
    if kind == Kind::Short {
        points.retain(|point| {
            matches!(point, Point::Main { call, line, .. }
            if line.split_once('(').is_some_and(|(_, rest)| points::writes_a_file(call, rest)))
        });
    }
    let boundaries = points.len();
    let all = points.into_iter().enumerate().flat_map(|(at, point)| {
        ways(kind, at, &point)
            .into_iter()
            .map(move |how| Disturbance { point: point.clone(), how })
            .collect::<Vec<_>>()
    });
    let sample = std::env::var_os("KEYRITE_CRASH");
    let (stride, weighed) = match sample.as_deref().map(|sample| sample.to_str().expect("a number")) {
        Some("all") => (1, false),
        Some(number) => (number.parse().expect("KEYRITE_CRASH: all or a number"), false),
        None => (kind.stride(), kind == Kind::Kill),
    };
    let disturbances: Vec<Disturbance> = all
        .enumerate()
        .filter(|(at, one)| at % stride == stride / 2 || (weighed && at % 2 == 0 && one.point.weighs()))
        .map(|(_, one)| one)
        .collect();

    let before = Before::of(&template);
    let (met, next, gone) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let faults = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(one) = disturbances.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let home = template.copy();
                    let arguments = (act.arguments)(&home);
                    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                    let ran = one.run(&home, &arguments);
                    met.fetch_add(usize::from(ran.was_met(one)), Ordering::Relaxed);
                    if let Err(fault) = judge(act, &home, &before, one, &ran) {
                        if sample.is_some() {
                            tell(&format!("{}, {}: {fault:?} after {one:?}", act.name, kind.name()));
                        }
                        faults.lock().unwrap().push((fault, format!("{one:?}\n{:#?}", ran.run)));
                    }
                    let gone = gone.fetch_add(1, Ordering::Relaxed) + 1;
                    if sample.is_some() && gone.is_multiple_of(100) {
                        tell(&format!("{}, {}: {gone} of {}", act.name, kind.name(), disturbances.len()));
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    report(act, kind, boundaries, disturbances.len(), &faults);
    assert!(faults.is_empty(), "{}, {}: {faults:#?}", act.name, kind.name());
    // A boundary that is not reached again is one that comes and goes with a length or a moment; most must be.
    let met = met.into_inner();
    assert!(
        (met + 2) * 10 >= disturbances.len() * 9,
        "{}, {}: {met} of {}",
        act.name,
        kind.name(),
        disturbances.len()
    );
}

/// Tells who waits for hours how far it is: past the test, which keeps what is printed until its end.
fn tell(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// The ways in which a point can be disturbed. The errors that are rarer take turns.
fn ways(kind: Kind, at: usize, point: &Point) -> Vec<How> {
    let Point::Main { call, .. } = point else { return vec![How::Kill] };
    match (kind, call.as_str()) {
        (Kind::Kill, _) => vec![How::Kill],
        (Kind::Short, _) => vec![How::Short, How::ShortThenFull],
        (Kind::Error, "fcntl" | "flock") => vec![How::Once([Errno::Io, Errno::NoLock][at % 2])],
        (Kind::Error, _) => vec![
            How::Once(Errno::Io),
            How::Always(Errno::Io),
            How::Once(Errno::NoSpace),
            How::Always(Errno::NoSpace),
            [
                How::Once(Errno::Quota),
                How::Always(Errno::ReadOnly),
                How::Always(Errno::Quota),
                How::Once(Errno::ReadOnly),
            ][at % 4],
        ],
    }
}

/// Whether the environment asks for it: nothing asked is everything.
fn chosen(variable: &str, name: &str) -> bool {
    let wanted = std::env::var_os(variable).map(|wanted| wanted.to_string_lossy().into_owned());
    wanted.is_none_or(|wanted| wanted.is_empty() || wanted.split(';').any(|one| one == name))
}

/// One line, for people and for the table of `softhsm-setup/crash.sh`.
fn report(act: &Act, kind: Kind, points: usize, runs: usize, faults: &[(Fault, String)]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (fault, _) in faults {
        *counts.entry(fault.name()).or_default() += 1;
    }
    let counts = Fault::NAMES.map(|name| counts.get(name).copied().unwrap_or_default().to_string());
    let row = format!("{}\t{}\t{points}\t{runs}\t{}", act.name, kind.name(), counts.join("\t"));
    println!("{row}");
    if let Some(path) = std::env::var_os("KEYRITE_CRASH_REPORT") {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
        file.and_then(|mut file| writeln!(file, "{row}")).expect("the report");
    }
}
