//! Entries that are taken out, put in or moved, with the rest of the export as it was.

use keyrite::evidence::layout;

use crate::history::{all, chosen, each_is_seen, original};
use crate::taken_up::{Changed, beginnings};

const SAMPLE: usize = 50;

#[test]
fn an_entry_is_deleted() {
    let lines = original().lines();
    each_is_seen("deletions", &chosen(lines.len(), SAMPLE), |at| {
        Changed::at(layout::LOG, beginnings()[*at]..beginnings()[at + 1], &[]).is_seen_from(*at)
    });
}

#[test]
fn entries_one_after_another_are_deleted() {
    let lines = original().lines();
    let ranges: Vec<(usize, usize)> = if all() {
        (0..lines.len()).flat_map(|from| (from + 1..=lines.len()).map(move |to| (from, to))).collect()
    } else {
        chosen(lines.len(), SAMPLE).into_iter().map(|from| (from, lines.len().min(from + 7))).collect()
    };
    each_is_seen("deletions of several", &ranges, |(from, to)| {
        Changed::at(layout::LOG, beginnings()[*from]..beginnings()[*to], &[]).is_seen_from(*from)
    });
}

#[test]
fn two_entries_are_swapped() {
    let (lines, log) = (original().lines(), &original().files.0[layout::LOG]);
    let pairs: Vec<(usize, usize)> = if all() {
        (0..lines.len()).flat_map(|one| (one + 1..lines.len()).map(move |other| (one, other))).collect()
    } else {
        let far = |one: usize| (one, (one * 7 + 13) % lines.len());
        let chosen = chosen(lines.len() - 1, SAMPLE);
        let adjacent = chosen.iter().map(|one| (*one, one + 1));
        adjacent.chain(chosen.iter().map(|one| far(*one)).filter(|(one, other)| one != other)).collect()
    };
    each_is_seen("swaps", &pairs, |(one, other)| {
        let (one, other) = (*one.min(other), *one.max(other));
        let part = |from: usize, to: usize| &log[beginnings()[from]..beginnings()[to]];
        let (between, after) = (part(one + 1, other), part(other + 1, lines.len()));
        let swapped = [part(0, one), part(other, other + 1), between, part(one, one + 1), after];
        Changed::new(layout::LOG, swapped).is_seen_from(one)
    });
}

/// Each entry once more, at each place.
#[test]
fn an_entry_is_inserted() {
    let (lines, log) = (original().lines(), &original().files.0[layout::LOG]);
    let places: Vec<(usize, usize)> = if all() {
        (0..lines.len()).flat_map(|entry| (0..=lines.len()).map(move |place| (entry, place))).collect()
    } else {
        chosen(lines.len(), SAMPLE)
            .into_iter()
            .flat_map(|entry| [entry + 1, 0, lines.len() / 2, lines.len()].map(|place| (entry, place)))
            .collect()
    };
    each_is_seen("insertions", &places, |(entry, place)| {
        let (at, line) = (beginnings()[*place], &log[beginnings()[*entry]..beginnings()[entry + 1]]);
        Changed::at(layout::LOG, at..at, line).is_seen_from(*place)
    });
}

/// Nothing is hidden in lines that are no entries.
#[test]
fn a_line_that_is_no_entry_is_inserted() {
    let lines = original().lines();
    let places: Vec<(usize, &[u8])> = chosen(lines.len() + 1, 15)
        .into_iter()
        .flat_map(|place| [&b""[..], b" ", b"{}", b"\r", b"null", b"0"].map(|line| (place, line)))
        .collect();
    each_is_seen("lines that are no entries", &places, |(place, line)| {
        let at = beginnings()[*place];
        Changed::at(layout::LOG, at..at, &[line, &b"\n"[..]].concat()).is_seen_from(*place)
    });
}
