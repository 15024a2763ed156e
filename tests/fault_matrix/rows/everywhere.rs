//! The bigger matrix: what can go wrong anywhere, in each call of each function that the commands make.

use std::collections::BTreeMap;

use crate::command::Command;
use crate::row::Row;
use crate::scene::Scene;
use crate::support::fault_module;

/// The most calls of one function that are tried: what comes later is more of the same.
const MOST: usize = 12;

/// The rows: every way to fail in every call. What the error says depends on the call; that nothing wrong comes of
/// it does not.
pub(crate) fn rows(scenes: &[Scene]) -> Vec<Row> {
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    for scene in scenes {
        for command in Command::ALL {
            let home = scene.copy(false);
            let arguments = command.arguments(&home, scene.algorithm);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            home.done(&arguments);
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for function in fault_module::all_calls(home.token()) {
                *counts.entry(function).or_default() += 1;
            }
            for (function, count) in counts {
                let known = most.entry(function).or_default();
                *known = count.max(*known).min(MOST);
            }
        }
    }
    let mut rows = Vec::new();
    for (function, most) in most {
        for nth in 1..=most {
            for kind in [
                "hang",
                "crash",
                "late",
                "exit=0",
                "babble",
                "ok",
                "rv=0x5",
                "rv=0x6",
                "rv=0x30",
                "rv=0x32",
                "rv=0xb3",
                "rv=0x101",
                "rv=0x80000123",
                "after=0x5",
                "after=0x30",
                "after=0x150",
            ] {
                rows.push(Row::any(format!("{function}:{kind}@{nth}")));
                rows.push(Row::any(format!("{function}:{kind}@{nth}")).rsa());
            }
        }
    }
    rows
}
