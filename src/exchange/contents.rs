//! The files of a bundle in memory, and whether each of them is accounted for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::layout;
use super::problem::BundleError;
use crate::audit::Fingerprint;
use crate::audit::encoding::{EncodingError, read_canonical};

/// The files of a bundle by their paths in it, with `/` between names.
pub type Contents = BTreeMap<String, Vec<u8>>;

/// A file, as a manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileDigest {
    /// Its path in the bundle.
    pub file: String,
    /// Its octets.
    pub size: u64,
    /// SHA-256 over it.
    pub sha256: Fingerprint,
}

impl FileDigest {
    /// Of these octets.
    #[must_use]
    pub fn of(file: String, octets: &[u8]) -> Self {
        let size = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        Self { file, size, sha256: Fingerprint::of(octets) }
    }
}

/// A file that must be there.
pub(super) fn wanted<'c>(contents: &'c Contents, file: &str) -> Result<&'c [u8], BundleError> {
    contents.get(file).map(Vec::as_slice).ok_or_else(|| BundleError::Missing { file: file.to_owned() })
}

/// A manifest in its only spelling.
pub(super) fn manifest(contents: &Contents, file: &str) -> Result<Value, BundleError> {
    let octets = wanted(contents, file)?;
    if octets.len() > layout::MANIFEST_OCTETS {
        let (found, most) = (octets.len(), layout::MANIFEST_OCTETS);
        return Err(BundleError::Large { file: file.to_owned(), found, most });
    }
    read_canonical(octets).map_err(|source| unreadable(file, source))
}

pub(super) fn unreadable(file: &str, source: EncodingError) -> BundleError {
    BundleError::Encoding { file: file.to_owned(), source }
}

/// What a JSON value is read as.
pub(super) fn typed<T: for<'a> Deserialize<'a>>(file: &str, value: Value) -> Result<T, BundleError> {
    serde_json::from_value(value)
        .map_err(|error| unreadable(file, EncodingError::UnknownRecord(error.to_string())))
}

/// Every file that is named is there as it is told, and no other but `others`, which are looked at elsewhere. The text
/// for people is one of those that this program writes.
pub(super) fn account<'n>(
    (contents, manifest): (&Contents, &'static str),
    named: impl Iterator<Item = &'n FileDigest>,
    others: &[String],
) -> Result<(), BundleError> {
    let mut left: Vec<&String> = contents.keys().filter(|file| !others.contains(file)).collect();
    for FileDigest { file, size, sha256 } in named {
        let octets = wanted(contents, file)?;
        let found = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        if found != *size {
            return Err(BundleError::Size { file: file.clone(), manifest, found, told: *size });
        }
        let found = Fingerprint::of(octets);
        if found != *sha256 {
            return Err(BundleError::Changed { file: file.clone(), manifest, found, told: *sha256 });
        }
        left.retain(|other| *other != file);
    }
    let readme = wanted(contents, layout::README)?;
    if !layout::is_readme(readme) {
        return Err(BundleError::proof(layout::README, "not a text that keyrite has written"));
    }
    left.retain(|file| *file != layout::README);
    match left.first() {
        None => Ok(()),
        Some(file) => Err(BundleError::Extra { file: (*file).clone(), manifest }),
    }
}
