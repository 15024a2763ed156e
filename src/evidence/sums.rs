//! The list of sums, and that there is no file of which nothing tells.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::files::Files;
use super::finding::{Finding, Findings};
use super::objects::Objects;
use super::{layout, tree};

/// The longest line of a list of sums.
const LONGEST_PATH: u64 = 4_096;

/// Every file is what it was when the export was made.
pub(super) fn sums(files: &dyn Files, objects: &mut Objects<'_>, findings: &mut Findings) -> io::Result<()> {
    let file = match files.open(layout::SUMS) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            findings.add(Finding::Missing { path: layout::SUMS.to_owned() });
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let mut lines = tree::Lines::new(file);
    let mut line = Vec::new();
    let mut part = vec![0; 1 << 16];
    while lines.next(&mut line)? {
        let text = std::str::from_utf8(&line).map_err(|_| io::ErrorKind::InvalidData)?;
        let (sum, path) = text.split_once("  ").ok_or(io::ErrorKind::InvalidData)?;
        let long = u64::try_from(path.len()).map_or(true, |length| length > LONGEST_PATH);
        if long || path.starts_with('/') || path.split('/').any(|part| ["", ".", ".."].contains(&part)) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let path = path.to_owned();
        if !objects.summed(&path) {
            findings.add(Finding::Sums { path: path.clone(), times: "twice" });
        }
        match files.open(&path).and_then(|file| digest(file, &mut part)) {
            Ok(found) if found == sum => {}
            Ok(_) => findings.add(Finding::OtherSum { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => findings.add(Finding::Missing { path }),
            Err(error) => findings.add(Finding::Unreadable { path, why: error.to_string() }),
        }
    }
    Ok(())
}

/// SHA-256 over a file, in hex; it is read by way of `part`.
fn digest(mut file: Box<dyn Read + '_>, part: &mut [u8]) -> io::Result<String> {
    let mut hash = Sha256::new();
    loop {
        let count = match file.read(part) {
            Ok(0) => return Ok(hex::encode(hash.finalize())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(part.get(..count).unwrap_or_default());
    }
}

/// There is no file of which nothing tells.
pub(super) fn nothing_else(files: &dyn Files, objects: &Objects<'_>, findings: &mut Findings) {
    let listed = files.each(&mut |path| {
        let (expected, summed) = objects.of(path);
        if !expected {
            findings.add(Finding::Extra { path: path.to_owned() });
        } else if !summed && path != layout::SUMS {
            findings.add(Finding::Sums { path: path.to_owned(), times: "not at all" });
        }
    });
    if let Err(error) = listed {
        findings.add(Finding::Unreadable { path: ".".to_owned(), why: error.to_string() });
    }
}
