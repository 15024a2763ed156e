//! What is wrong with the files of a bundle. Every problem names the file.

use crate::audit::{EncodingError, Fingerprint};

/// Why files are not the bundle that they seem to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// A file that a bundle has is not there.
    #[error("{file} is missing")]
    Missing {
        /// The file.
        file: String,
    },
    /// A file of which nothing tells.
    #[error("{file} is no part of this bundle: {manifest} does not name it")]
    Extra {
        /// The file.
        file: String,
        /// The file that tells of the others.
        manifest: &'static str,
    },
    /// A file of another length than is told.
    #[error("{file} has {found} octets, and {manifest} says {told}")]
    Size {
        /// The file.
        file: String,
        /// The file that tells of the others.
        manifest: &'static str,
        /// Its octets.
        found: u64,
        /// What the manifest says.
        told: u64,
    },
    /// A file with other octets than is told.
    #[error("{file} is not what it was: its SHA-256 is {found}, and {manifest} says {told}")]
    Changed {
        /// The file.
        file: String,
        /// The file that tells of the others.
        manifest: &'static str,
        /// Over what is there.
        found: Fingerprint,
        /// What the manifest says.
        told: Fingerprint,
    },
    /// Larger than any honest file of its kind.
    #[error("{file} has {found} octets, wanted at most {most}")]
    Large {
        /// The file.
        file: String,
        /// Its octets.
        found: usize,
        /// The most that are read.
        most: usize,
    },
    /// A manifest that is not in the one form that it has.
    #[error("{file} cannot be read")]
    Encoding {
        /// The file.
        file: String,
        /// Why.
        source: EncodingError,
    },
    /// Something in a file that cannot be there.
    #[error("{file}: {field} is {found}, wanted {wanted}")]
    Field {
        /// The file.
        file: String,
        /// Which part of it.
        field: &'static str,
        /// What it says.
        found: String,
        /// What may stand there.
        wanted: String,
    },
    /// One request twice.
    #[error("{file} is the same as {other}")]
    Twice {
        /// The file.
        file: String,
        /// The one before.
        other: String,
    },
    /// A signature or proof that does not hold.
    #[error("{file}: {why}")]
    Proof {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// An answer to something else.
    #[error("{file}: {why}")]
    Other {
        /// The file.
        file: String,
        /// What it belongs to.
        why: String,
    },
}

impl BundleError {
    /// Whether the files were never a bundle, rather than one that somebody has changed.
    #[must_use]
    pub const fn is_form(&self) -> bool {
        matches!(
            self,
            Self::Large { .. }
                | Self::Encoding { .. }
                | Self::Field { .. }
                | Self::Twice { .. }
                | Self::Other { .. }
        )
    }

    /// A part of a file that is not what may stand there; what is shown of it is bounded.
    pub(super) fn field(file: &str, field: &'static str, found: &str, wanted: &str) -> Self {
        let shown: String = found.chars().take(80).collect();
        let more = if shown.len() < found.len() { "…" } else { "" };
        Self::Field {
            file: file.to_owned(),
            field,
            found: format!("{shown:?}{more}"),
            wanted: wanted.to_owned(),
        }
    }

    pub(super) fn proof(file: &str, why: impl ToString) -> Self {
        Self::Proof { file: file.to_owned(), why: why.to_string() }
    }

    pub(super) fn other(file: &str, why: impl ToString) -> Self {
        Self::Other { file: file.to_owned(), why: why.to_string() }
    }
}
