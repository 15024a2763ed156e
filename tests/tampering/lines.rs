//! Entries that are taken out, put in or moved, with the rest of the export as it was.

use crate::history::{Export, all, chosen, each_is_seen, original};

const SAMPLE: usize = 15;

#[test]
fn an_entry_is_deleted() {
    let lines = original().lines();
    each_is_seen("deletions", &chosen(lines.len(), SAMPLE), |at| {
        let mut lines = lines.clone();
        lines.remove(*at);
        original().with_lines(&lines)
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
        original().with_lines(&lines)
    });
}

/// Each entry once more, after itself, at the beginning, in the middle and at the end.
#[test]
fn an_entry_is_inserted() {
    let lines = original().lines();
    let places: Vec<(usize, usize)> = chosen(lines.len(), SAMPLE)
        .into_iter()
        .flat_map(|entry| [entry + 1, 0, lines.len() / 2, lines.len()].map(|place| (entry, place)))
        .collect();
    each_is_seen("insertions", &places, |(entry, place)| {
        let mut lines = lines.clone();
        lines.insert(*place, lines[*entry]);
        original().with_lines(&lines)
    });
}

/// Nothing is hidden in lines that are no entries.
#[test]
fn a_line_that_is_no_entry_is_inserted() {
    let lines = original().lines();
    let places: Vec<(usize, &[u8])> = chosen(lines.len(), 4)
        .into_iter()
        .flat_map(|place| [&b""[..], b" ", b"{}", b"\r"].map(|line| (place, line)))
        .collect();
    let insert = |(place, line): &(usize, &[u8])| -> Export {
        let mut lines = lines.clone();
        lines.insert(*place, line);
        original().with_lines(&lines)
    };
    each_is_seen("lines that are no entries", &places, insert);
}
