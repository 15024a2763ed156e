//! Entries that are taken out, put in or moved, with the rest of the export as it was.

use crate::history::{all, chosen, each_is_seen, original};
use crate::taken_up::Changed;

const SAMPLE: usize = 50;

#[test]
fn an_entry_is_deleted() {
    let lines = original().lines();
    each_is_seen("deletions", &chosen(lines.len(), SAMPLE), |at| {
        let mut lines = lines.clone();
        lines.remove(*at);
        Changed::lines(&lines).is_seen_from(*at)
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
        let lines = [&lines[..*from], &lines[*to..]].concat();
        Changed::lines(&lines).is_seen_from(*from)
    });
}

#[test]
fn two_entries_are_swapped() {
    let lines = original().lines();
    let pairs: Vec<(usize, usize)> = if all() {
        (0..lines.len()).flat_map(|one| (one + 1..lines.len()).map(move |other| (one, other))).collect()
    } else {
        let far = |one: usize| (one, (one * 7 + 13) % lines.len());
        let chosen = chosen(lines.len() - 1, SAMPLE);
        let adjacent = chosen.iter().map(|one| (*one, one + 1));
        adjacent.chain(chosen.iter().map(|one| far(*one)).filter(|(one, other)| one != other)).collect()
    };
    each_is_seen("swaps", &pairs, |(one, other)| {
        let mut lines = lines.clone();
        lines.swap(*one, *other);
        Changed::lines(&lines).is_seen_from(*one.min(other))
    });
}

/// Each entry once more, at each place.
#[test]
fn an_entry_is_inserted() {
    let lines = original().lines();
    let places: Vec<(usize, usize)> = if all() {
        (0..lines.len()).flat_map(|entry| (0..=lines.len()).map(move |place| (entry, place))).collect()
    } else {
        chosen(lines.len(), SAMPLE)
            .into_iter()
            .flat_map(|entry| [entry + 1, 0, lines.len() / 2, lines.len()].map(|place| (entry, place)))
            .collect()
    };
    each_is_seen("insertions", &places, |(entry, place)| {
        let mut lines = lines.clone();
        lines.insert(*place, lines[*entry]);
        Changed::lines(&lines).is_seen_from(*place)
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
        let mut lines = lines.clone();
        lines.insert(*place, line);
        Changed::lines(&lines).is_seen_from(*place)
    });
}
