//! The matrix itself: every row with every command, several at a time, and the count.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::cell::{self, Modules, Ran};
use crate::command::Command;
use crate::judge::{Wrong, judge};
use crate::row::Row;
use crate::rows::{self, everywhere, modules};
use crate::scene::Scene;
use crate::support::fault_module;

/// How many cells run at a time: each waits for files and time-outs more than it computes.
const AT_ONCE: usize = 6;

/// What the loop over the cells has shown.
#[derive(Default)]
struct Count {
    cells: usize,
    committed: usize,
    refused: usize,
    wrong: BTreeMap<Wrong, usize>,
    texts: Vec<String>,
    /// How often each row's fault was committed.
    rows: BTreeMap<usize, usize>,
}

#[test]
fn every_fault_with_every_command() {
    let scenes = [Scene::new("ec-p256"), Scene::new("rsa-2048")];
    let wanted = std::env::var_os("KEYRITE_FAULTS").unwrap_or_default().into_string().unwrap();
    let mut rows = rows::all();
    if wanted == "all" {
        rows.extend(everywhere::rows(&scenes));
    }
    let all = rows.len();
    if wanted.contains(':') {
        rows.retain(|row| row.to_string().starts_with(&wanted));
    }
    let count = run(&scenes, &rows, wanted == "show" || wanted.contains(':'));
    assert!(count.texts.is_empty(), "{}", count.texts.join("\n\n"));
    let never = rows.iter().enumerate().filter(|(at, row)| !row.rare && !count.rows.contains_key(at));
    let never: Vec<String> = never.map(|(_, row)| row.to_string()).collect();
    assert!(never.is_empty() || rows.len() < all, "never committed: {never:#?}");
}

fn run(scenes: &[Scene; 2], rows: &[Row], shown: bool) -> Count {
    let others = modules::prepared();
    let mut cells: Vec<(usize, &Row, Command)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        cells.extend(Command::ALL.map(|command| (at, row, command)));
    }
    // What waits longest begins first.
    cells.sort_by_key(|(_, row, _)| !row.hangs());
    let (count, next) = (Mutex::new(Count { cells: cells.len(), ..Count::default() }), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let directory = tempfile::tempdir().unwrap();
                let own = directory.path().join("fault_module.so");
                std::fs::copy(fault_module::path(), &own).unwrap();
                let modules = Modules { own: &own, others: others.path() };
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((number, row, command)) = cells.get(at) else { break };
                    let scene = &scenes[usize::from(row.rsa)];
                    let (ran, wrong) = tried(scene, row, *command, &modules, at);
                    let mut count = count.lock().unwrap();
                    count.committed += usize::from(ran.committed);
                    count.refused += usize::from(ran.run.code != Some(0));
                    if ran.committed {
                        *count.rows.entry(*number).or_default() += 1;
                    }
                    if shown {
                        let committed = if ran.committed { "" } else { "not " };
                        println!(
                            "{row} | {command:?} | {committed}committed | {:?} | {} | {wrong:?}",
                            ran.run.code,
                            ran.error().trim().replace('\n', " | ")
                        );
                    }
                    for (kind, text) in &wrong {
                        *count.wrong.entry(*kind).or_default() += 1;
                        let calls = fault_module::all_calls(ran.home.token()).len();
                        count.texts.push(format!(
                            "{row} x {command:?}: {kind:?}: {text}\ncode {:?} after {calls} calls\n{}",
                            ran.run.code,
                            ran.error()
                        ));
                    }
                }
            });
        }
    });
    let count = count.into_inner().unwrap();
    let of = |kind| count.wrong.get(&kind).copied().unwrap_or_default();
    let line = format!(
        "matrix: {} cells, the fault committed in {}, {} refused: {} bad outputs accepted, {} panics, {} hangs \
         past the time-out, {} damaged homes, {} PINs told, {} left in a token unsaid, {} other errors than wanted\n",
        count.cells,
        count.committed,
        count.refused,
        of(Wrong::Output),
        of(Wrong::Panic),
        of(Wrong::Hang),
        of(Wrong::Damage),
        of(Wrong::Pin),
        of(Wrong::Left),
        of(Wrong::Words) + of(Wrong::Signatures),
    );
    // Past the harness, which keeps what a test prints to itself when the test passes.
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    count
}

/// A run is tried again where a busy machine was too slow for a second's time-out in another call than the one
/// that hangs.
fn tried(
    scene: &Scene,
    row: &Row,
    command: Command,
    modules: &Modules<'_>,
    at: usize,
) -> (Ran, Vec<(Wrong, String)>) {
    let mut tries = 0;
    loop {
        let ran = cell::run(scene, row, command, modules, at);
        let wrong = judge(scene, row, command, &ran);
        let slow = row.hangs() && ran.error().contains("did not return within 1s");
        tries += 1;
        if wrong.is_empty() || !slow || tries == 3 || wrong.iter().any(|(kind, _)| *kind != Wrong::Words) {
            return (ran, wrong);
        }
    }
}
