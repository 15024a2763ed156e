//! The journal of a responder that signs live: what the token is asked to sign, on disk before it is asked, and what it signed.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use keyrite::x509::time::Time;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// A file that only grows. It is opened anew for each entry, so that it can be moved away.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
}

/// What responses are about to be signed, or were.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Entry<'a> {
    time: String,
    event: &'static str,
    ca: &'a str,
    public_key_sha256: String,
    count: usize,
    /// Over the SHA-256 of each, one after the other.
    sha256: String,
}

impl<'a> Entry<'a> {
    /// The octets that are to be signed.
    pub(super) fn signing(now: Time, ca: &'a str, key: [u8; 32], tbs: &[[u8; 32]]) -> Self {
        Self::of("signing", now, ca, key, tbs)
    }

    /// The responses that were signed.
    pub(super) fn signed(now: Time, ca: &'a str, key: [u8; 32], responses: &[[u8; 32]]) -> Self {
        Self::of("signed", now, ca, key, responses)
    }

    fn of(event: &'static str, now: Time, ca: &'a str, key: [u8; 32], each: &[[u8; 32]]) -> Self {
        Self {
            time: now.to_string(),
            event,
            ca,
            public_key_sha256: hex::encode(key),
            count: each.len(),
            sha256: hex::encode(Sha256::digest(each.as_flattened())),
        }
    }
}

impl Journal {
    /// A journal in this file, which is made if it is not there.
    ///
    /// # Errors
    /// Whatever the disk says.
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        let journal = Self { path };
        journal.append(&[])?;
        Ok(journal)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes an entry; it is on the disk then.
    ///
    /// # Errors
    /// Whatever the disk says.
    pub(super) fn note(&self, entry: &Entry<'_>) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.append(&line)
    }

    fn append(&self, octets: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
        file.write_all(octets)?;
        file.sync_data()
    }
}
