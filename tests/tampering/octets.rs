//! Every octet of every file.

use keyrite::audit::Examiner;
use keyrite::evidence::layout;

use crate::history::{all, chosen, each_is_seen, original};
use crate::taken_up::{Changed, line_of, steps};

/// How many octets are changed where not all are.
const SAMPLE: usize = 400;

/// An octet of the log is changed in its last bit, or by turns in the bit that tells capital from small letters, and
/// the log followed until that shows. What an octet of it can be otherwise is tried below.
#[test]
fn an_octet_of_the_log_is_changed() {
    let log = &original().files.0[layout::LOG];
    each_is_seen("octets of the log", &chosen(log.len(), SAMPLE), |at| {
        let bit = if log[*at].is_ascii_alphabetic() && at % 2 == 0 { 0x20 } else { 0x01 };
        Changed::at(layout::LOG, *at..at + 1, &[log[*at] ^ bit]).is_seen_from(line_of(*at))
    });
}

/// Every other value of every octet of the log: no line is an entry then, or it is one after which the head of the
/// chain is another. That such a log never meets the head on paper again is shown for every entry in `rewritten`.
#[test]
fn an_octet_of_the_log_has_any_other_value() {
    let lines = original().lines();
    let mut before = vec![Examiner::new([original().head])];
    for line in &lines {
        let mut next = before[before.len() - 1].clone();
        next.add_encoding(line).unwrap();
        before.push(next);
    }
    let places: Vec<(usize, usize)> = lines
        .iter()
        .enumerate()
        .flat_map(|(number, line)| (0..line.len()).map(move |at| (number, at)))
        .collect();
    let places: Vec<_> = chosen(places.len(), SAMPLE).into_iter().map(|one| places[one]).collect();
    each_is_seen("octets of the log, each with 255 other values", &places, |(number, at)| {
        let mut examiner = before[*number].clone();
        let mut line = lines[*number].to_vec();
        (1..=u8::MAX).all(|mask| {
            line[*at] = lines[*number][*at] ^ mask;
            // A line end makes two lines of it.
            let parts: Vec<&[u8]> = line.split(|octet| *octet == b'\n').collect();
            if parts.iter().any(|part| examiner.add_encoding(part).is_err()) {
                return parts.len() == 1 || examiner.head() == before[*number].head();
            }
            let seen = examiner.head() != before[number + 1].head();
            examiner = before[*number].clone();
            seen
        })
    });
}

/// Every single bit of every octet of the others, which are compared or hashed as they are.
#[test]
fn an_octet_of_any_other_file_is_changed() {
    let places: Vec<(&str, usize)> = original()
        .files
        .0
        .iter()
        .filter(|(path, _)| *path != layout::LOG)
        .flat_map(|(path, octets)| (0..octets.len()).map(move |at| (path.as_str(), at)))
        .collect();
    let places: Vec<_> = chosen(places.len(), SAMPLE).into_iter().map(|one| places[one]).collect();
    let bits = if all() { 0..8 } else { 0..1 };
    let changes: Vec<(&str, usize, u8)> =
        places.into_iter().flat_map(|(path, at)| bits.clone().map(move |bit| (path, at, 1 << bit))).collect();
    each_is_seen("bits of other files", &changes, |(path, at, mask)| {
        let other = original().files.0[*path][*at] ^ mask;
        Changed::at(path, *at..at + 1, &[other]).is_seen()
    });
}

#[test]
fn a_file_is_missing_or_one_is_added() {
    let files = &original().files.0;
    let paths: Vec<&String> = files.keys().collect();
    let paths: Vec<_> = chosen(paths.len(), 15).into_iter().map(|one| paths[one]).collect();
    each_is_seen("files that are missing", &paths, |path| Changed::without(path).is_seen());
    each_is_seen("files that are added", &paths, |path| {
        Changed::new(&format!("{path}.old"), [files[*path].as_slice()]).is_seen()
    });
    let pairs: Vec<(&String, &String)> = paths
        .iter()
        .flat_map(|path| paths.iter().map(move |other| (*path, *other)))
        .filter(|(path, other)| files[*path] != files[*other])
        .collect();
    each_is_seen("files with another's contents", &pairs, |(path, other)| {
        Changed::new(path, [files[*other].as_slice()]).is_seen()
    });
}

/// Octets that are put in or taken out, anywhere in any file.
#[test]
fn an_octet_is_inserted_or_deleted() {
    let places: Vec<(&str, usize)> = original()
        .files
        .0
        .iter()
        .flat_map(|(path, octets)| (0..=octets.len()).map(move |at| (path.as_str(), at)))
        .collect();
    let places: Vec<_> = chosen(places.len(), SAMPLE).into_iter().map(|one| places[one]).collect();
    let step = |path: &str, at: usize| if path == layout::LOG { line_of(at) } else { steps().first(path) };
    for inserted in [b' ', b'\n', b'A'] {
        let what = format!("octets {:?} inserted", char::from(inserted));
        each_is_seen(&what, &places, |(path, at)| {
            Changed::at(path, *at..*at, &[inserted]).is_seen_from(step(path, *at))
        });
    }
    each_is_seen("octets deleted", &places, |(path, at)| {
        let whole = *at == original().files.0[*path].len();
        whole || Changed::at(path, *at..at + 1, &[]).is_seen_from(step(path, *at))
    });
}

#[test]
fn the_log_is_cut_off_at_any_octet() {
    let log = &original().files.0[layout::LOG];
    each_is_seen("truncations", &chosen(log.len(), SAMPLE), |length| {
        Changed::at(layout::LOG, *length..log.len(), &[]).is_seen_from(line_of(*length))
    });
}
