//! The list of sums: every file is what it was, and there is no other.

use std::collections::BTreeMap;
use std::io::Read as _;

use sha2::{Digest as _, Sha256};

use super::super::finding::Finding;
use super::super::{layout, log};
use crate::audit::Fingerprint;
use crate::evidence::Files;

/// Holds every file against its sum; gives the paths that are listed.
pub(super) fn verify(files: &dyn Files, findings: &mut Vec<Finding>) -> Vec<String> {
    let listed = match log::read(files, layout::SUMS) {
        Ok(octets) => parse(&octets, findings),
        Err(error) => {
            findings.push(Finding::file(layout::SUMS, format!("cannot be read: {error}")));
            return Vec::new();
        }
    };
    for (path, sum) in &listed {
        match sum_of(files, path) {
            Ok(found) if found == *sum => {}
            Ok(_) => findings.push(Finding::file(path, "is not what SHA256SUMS says")),
            Err(error) => findings.push(Finding::file(path, format!("cannot be read: {error}"))),
        }
    }
    let mut more = Vec::new();
    let each = files.each(&mut |path| {
        if path != layout::SUMS && !listed.contains_key(path) {
            more.push(path.to_owned());
        }
    });
    if let Err(error) = each {
        findings.push(Finding::file(".", format!("cannot be listed: {error}")));
    }
    findings.extend(more.into_iter().map(|path| Finding::file(path, "is not listed in SHA256SUMS")));
    match log::read(files, layout::README) {
        Ok(octets) if layout::is_readme(&octets) => {}
        Ok(_) => findings
            .push(Finding::file(layout::README, "has another text than any version of this program writes")),
        Err(error) => findings.push(Finding::file(layout::README, format!("cannot be read: {error}"))),
    }
    listed.into_keys().collect()
}

fn parse(octets: &[u8], findings: &mut Vec<Finding>) -> BTreeMap<String, Fingerprint> {
    let mut listed = BTreeMap::new();
    let text = String::from_utf8_lossy(octets);
    let mut last = String::new();
    for (number, line) in (1_u64..).zip(text.split_inclusive('\n')) {
        let parts = line.strip_suffix('\n').and_then(|line| line.split_once("  "));
        let read = parts.and_then(|(sum, path)| {
            let sum = Fingerprint::try_from(sum.to_owned()).ok()?;
            (is_below(path) && *path > *last).then(|| (path.to_owned(), sum))
        });
        match read {
            Some((path, sum)) => {
                last.clone_from(&path);
                listed.insert(path, sum);
            }
            None => {
                let what = format!("line {number} is not a sum and a path, in the order of paths");
                findings.push(Finding::file(layout::SUMS, what));
            }
        }
    }
    listed
}

/// Whether a path leads to something below the bundle.
fn is_below(path: &str) -> bool {
    !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn sum_of(files: &dyn Files, path: &str) -> std::io::Result<Fingerprint> {
    let mut file = files.open(path)?.take(log::OCTETS);
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(Fingerprint(hash.finalize().into()));
        }
        hash.update(buffer.get(..count).unwrap_or_default());
    }
}
