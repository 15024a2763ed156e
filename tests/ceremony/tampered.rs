//! A bundle that was changed: what is wrong is found, and the file named.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use keyrite::evidence::Memory;

use crate::scene::{bundle, findings};

/// The octets of a file that are changed: a few, or all of them with `KEYRITE_CEREMONY_OCTETS=all`.
fn places(length: usize) -> Vec<usize> {
    if std::env::var_os("KEYRITE_CEREMONY_OCTETS").is_some() {
        return (0..length).collect();
    }
    let mut places = vec![0, length / 2, length.saturating_sub(1)];
    places.dedup();
    places
}

#[track_caller]
fn found(bundle: &Memory, file: &str, what: &str) {
    let findings = findings(bundle);
    assert!(findings.iter().any(|finding| finding.contains(file)), "{what} {file}: {findings:?}");
}

/// Changes one octet after the other, on every processor: all of them are a hundred thousand.
fn every_octet_is_found(good: &Memory, names: &[String]) {
    let all: Vec<(&String, usize)> = names
        .iter()
        .flat_map(|name| places(good.0[name].len()).into_iter().map(move |at| (name, at)))
        .collect();
    let (next, told_of) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut changed = good.clone();
                while let Some((name, at)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    changed.0.get_mut(*name).unwrap()[*at] ^= 1;
                    // A sum that was changed is told of at the file that it is of, or as a line that is none.
                    let told = findings(&changed);
                    assert!(!told.is_empty(), "{name}, octet {at}");
                    if *name != "SHA256SUMS" {
                        assert!(told.iter().any(|one| one.contains(*name)), "{name}, octet {at}: {told:?}");
                    }
                    changed.0.get_mut(*name).unwrap()[*at] ^= 1;
                    if told_of.fetch_add(1, Ordering::Relaxed).is_multiple_of(10_000) {
                        drop(writeln!(std::io::stderr(), "{at} of {name}; {} octets in all", all.len()));
                    }
                }
            });
        }
    });
    assert_eq!(told_of.into_inner(), all.len());
}

#[test]
fn every_change_of_a_file_is_found_and_the_file_named() {
    let good = bundle();
    assert_eq!(findings(&good), Vec::<String>::new());
    let names: Vec<String> = good.0.keys().cloned().collect();
    every_octet_is_found(&good, &names);
    for name in &names {
        let mut removed = good.clone();
        removed.0.remove(name);
        found(&removed, name, "removed");
        let mut longer = good.clone();
        longer.0.get_mut(name).unwrap().push(b'\n');
        found(&longer, name, "longer");
    }
    for pair in names.windows(2) {
        let mut swapped = good.clone();
        let (one, other) = (good.0[&pair[0]].clone(), good.0[&pair[1]].clone());
        if one != other {
            swapped.0.insert(pair[0].clone(), other);
            swapped.0.insert(pair[1].clone(), one);
            found(&swapped, &pair[1], "swapped");
        }
    }
    for name in ["more.txt", "outputs/more.pem", "log/certificates/root/00.pem", "profiles/root/2.toml"] {
        let mut added = good.clone();
        added.0.insert(name.to_owned(), b"more".to_vec());
        found(&added, name, "added");
    }
}

/// Whoever changes a file can change the sums as well: then what the files say of each other tells.
#[test]
fn a_change_that_the_sums_agree_with_is_found() {
    let good = bundle();
    let with_sums = |mut bundle: Memory| {
        let mut sums = String::new();
        for (name, contents) in &bundle.0 {
            if name != "SHA256SUMS" {
                sums.push_str(&format!("{}  {name}\n", keyrite::audit::Fingerprint::of(contents)));
            }
        }
        bundle.0.insert("SHA256SUMS".to_owned(), sums.into_bytes());
        bundle
    };
    assert_eq!(findings(&with_sums(good.clone())), Vec::<String>::new());
    for name in good.0.keys().filter(|name| *name != "SHA256SUMS") {
        let mut changed = good.clone();
        let contents = changed.0.get_mut(name).unwrap();
        let middle = contents.len() / 2;
        contents[middle] ^= 1;
        let told = findings(&with_sums(changed));
        let place = name.strip_prefix("log/").unwrap_or(name);
        // Of a profile the text may change that is not in the canonical form, such as a comment.
        if !name.starts_with("profiles/") {
            assert!(told.iter().any(|one| one.contains(place)), "{name}: {told:?}");
        }
    }
    let mut added = good.clone();
    added.0.insert("outputs/more.pem".to_owned(), b"more".to_vec());
    let told = findings(&with_sums(added));
    assert_eq!(told, ["outputs/more.pem: no record tells of it"]);
}
