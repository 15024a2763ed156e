//! Every octet of every file.

use keyrite::evidence::layout;

use crate::history::{chosen, each_is_seen, original};

/// How many octets are changed where not all are.
const SAMPLE: usize = 60;

/// An octet is changed in its last bit, or by turns in the bit that tells capital from small letters. The list of sums
/// is mended, but for the text on how to verify: the log does not vouch for it.
#[test]
fn an_octet_of_any_file_is_changed() {
    let original = original();
    let places: Vec<(&String, usize)> = original
        .files
        .0
        .iter()
        .flat_map(|(path, octets)| (0..octets.len()).map(move |at| (path, at)))
        .collect();
    let places: Vec<_> = chosen(places.len(), SAMPLE).into_iter().map(|one| places[one]).collect();
    each_is_seen("octets", &places, |(path, at)| {
        let mut changed = original.clone();
        let mut octets = original.files.0[*path].clone();
        let bit = if octets[*at].is_ascii_alphabetic() && at % 2 == 0 { 0x20 } else { 0x01 };
        octets[*at] ^= bit;
        if *path == layout::README {
            changed.files.0.insert((*path).clone(), octets);
        } else {
            changed.put(path, octets);
        }
        changed
    });
}

#[test]
fn a_file_is_missing_or_one_is_added() {
    let original = original();
    let paths: Vec<&String> = original.files.0.keys().collect();
    let paths: Vec<_> = chosen(paths.len(), 15).into_iter().map(|one| paths[one]).collect();
    each_is_seen("files that are missing", &paths, |path| {
        let mut changed = original.clone();
        changed.remove(path);
        changed
    });
    each_is_seen("files that are added", &paths, |path| {
        let mut changed = original.clone();
        changed.files.0.insert(format!("{path}.old"), original.files.0[*path].clone());
        changed
    });
    each_is_seen("files with another's contents", &paths, |path| {
        let mut changed = original.clone();
        let other = paths
            .iter()
            .find(|other| **other != *path && original.files.0[**other] != original.files.0[*path]);
        changed.put(path, original.files.0[other.copied().unwrap()].clone());
        changed
    });
}

#[test]
fn the_log_is_cut_off_at_any_octet() {
    let original = original();
    let log = &original.files.0[layout::LOG];
    each_is_seen("truncations", &chosen(log.len(), 25), |length| {
        let mut changed = original.clone();
        changed.put(layout::LOG, log[..*length].to_vec());
        changed
    });
}
