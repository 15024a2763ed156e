//! Signed objects that the ledger could not record: they are written out before anything else is said.

use std::path::{Path, PathBuf};

use keyrite::authority::output::{self, Access};
use keyrite::authority::{Error, Rescued};

use crate::failure::Failure;
use crate::notice::notice;

/// Turns an error into a failure. If it carries signed objects, each is first written to a file of its own in
/// `directory`, and if that fails too, to standard error.
pub(crate) fn keep(error: Error, directory: &Path) -> Failure {
    if let Error::Commit { what, signed, .. } = &error {
        for object in signed {
            keep_one(what, object, directory);
        }
    }
    error.into()
}

fn keep_one(what: &str, object: &Rescued, directory: &Path) {
    let name = format!("rescued-{}-{}.pem", what.replace(' ', "-"), object.number);
    let path = directory.join(name);
    match output::publish(&path, object.pem.as_bytes(), Access::Public) {
        Ok(()) => notice(&format!("kept the signed {what} {} in {}", object.number, path.display())),
        Err(error) => {
            notice(&format!("cannot keep the signed {what} {}: {error}; here it is:", object.number));
            object.pem.lines().for_each(notice);
        }
    }
}

/// Where rescued objects go: beside the output that was named, else the current directory.
pub(crate) fn directory(out: Option<&Path>) -> PathBuf {
    match out.and_then(Path::parent) {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
