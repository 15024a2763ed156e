//! What is wrong with an export.

use crate::audit::{ChainError, CheckpointError, Fingerprint, Miscount, NoteError, Object, TimeProblem};
use crate::x509::serial::SerialNumber;
use crate::x509::verify::VerifyError;

/// How many findings are kept; those after it are counted.
const KEPT: usize = 1_000;

/// One thing that is not as the log has it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// A file is missing.
    #[error("{path} is missing")]
    Missing {
        /// Which one.
        path: String,
    },
    /// A file cannot be read, or not as what it is to be.
    #[error("{path} cannot be read: {why}")]
    Unreadable {
        /// Which one.
        path: String,
        /// Why.
        why: String,
    },
    /// Nothing in the log tells of a file.
    #[error("{path} is a file of which the log does not tell")]
    Extra {
        /// Which one.
        path: String,
    },
    /// A file is another than when the export was made.
    #[error("{path} is not what SHA256SUMS says")]
    OtherSum {
        /// Which one.
        path: String,
    },
    /// A file stands in SHA256SUMS twice or not at all.
    #[error("{path} stands in SHA256SUMS {times}, wanted once")]
    Sums {
        /// Which one.
        path: String,
        /// How often.
        times: &'static str,
    },
    /// The chain is broken, or a known head is none of this log.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The time of an entry contradicts the order of the log.
    #[error("audit entry {entry}: {problem}")]
    Time {
        /// The entry.
        entry: u64,
        /// What is wrong.
        problem: TimeProblem,
    },
    /// A run of the program whose token signed more or less often than is accounted for.
    #[error("audit entry {entry}: {miscount}")]
    Miscounted {
        /// The entry.
        entry: u64,
        /// The numbers.
        miscount: Miscount,
    },
    /// What is said of the log for people or auditors is not what its entries say.
    #[error("{path} is not what the entries of the log give")]
    NotOfLog {
        /// Which file.
        path: String,
    },
    /// A tile or bundle is not what the entries give.
    #[error("{path} is not what entries {first} to {last} of the log give")]
    Tile {
        /// Which one.
        path: String,
        /// The first entry below it, counted from 1.
        first: u64,
        /// The last one.
        last: u64,
    },
    /// A file has the right objects, and other octets than the export that was made.
    #[error("{path} is not the PEM that an export has: these objects in their order, and nothing else")]
    OtherForm {
        /// Which one.
        path: String,
    },
    /// The text on how to look at the export is none that a version of this program has written.
    #[error("{path} is not a text that any version of this program has written")]
    OtherReadme {
        /// The file.
        path: String,
    },
    /// The checkpoint is no note.
    #[error("checkpoint: {0}")]
    Note(NoteError),
    /// The checkpoint is a note of something else.
    #[error("checkpoint: {0}")]
    Checkpoint(CheckpointError),
    /// An entry that this version cannot read; the hashes over it hold.
    #[error("audit entry {entry} is of a kind that this version does not know")]
    UnknownEvent {
        /// The entry.
        entry: u64,
    },
    /// A number was reserved, signed or imported more than once.
    #[error("audit entry {entry} tells a second time that {object} was {what}")]
    Repeated {
        /// The entry.
        entry: u64,
        /// The object.
        object: Object,
        /// What was done twice.
        what: &'static str,
    },
    /// An object was signed without intent.
    #[error("audit entry {entry} tells that {object} was signed, and no entry before it that it was to be")]
    NoIntent {
        /// The entry.
        entry: u64,
        /// The object.
        object: Object,
    },
    /// The object of an entry is not in the export.
    #[error("audit entry {entry} tells of {object}, and {path} is missing")]
    NoObject {
        /// The entry.
        entry: u64,
        /// The object.
        object: Object,
        /// Where it should be.
        path: String,
    },
    /// An object is not the one of which an entry tells.
    #[error("{path} has the SHA-256 {found}, and audit entry {entry} gives it as {wanted}")]
    OtherOctets {
        /// The entry.
        entry: u64,
        /// The file.
        path: String,
        /// What it hashes to.
        found: Fingerprint,
        /// What the entry says.
        wanted: Fingerprint,
    },
    /// What was signed is not what was to be signed.
    #[error("what is signed in {path} has the SHA-256 {found}, and {wanted} was to be signed")]
    OtherTbs {
        /// The file.
        path: String,
        /// The hash of the signed octets.
        found: Fingerprint,
        /// What the entry `signing` says.
        wanted: Fingerprint,
    },
    /// The object has another number than its entries.
    #[error("{path} is of number {found}, and audit entry {entry} tells of {object}")]
    OtherNumber {
        /// The entry.
        entry: u64,
        /// The object.
        object: Object,
        /// The file.
        path: String,
        /// The number inside.
        found: String,
    },
    /// A signature is not by the CA's key.
    #[error("the signature in {path} is not right under the key of CA {ca}: {source}")]
    Signature {
        /// The file.
        path: String,
        /// The CA.
        ca: String,
        /// Why.
        source: VerifyError,
    },
    /// A CRL has a number that is not greater than all before it.
    #[error("audit entry {entry} tells of {object}, and number {greatest} came before it")]
    CrlNumber {
        /// The entry.
        entry: u64,
        /// The CRL.
        object: Object,
        /// The greatest number before.
        greatest: u128,
    },
    /// A CRL names a certificate that is not revoked in the log.
    #[error("{path} names certificate {serial}, which the log does not revoke before it")]
    NotRevoked {
        /// The CRL.
        path: String,
        /// The certificate.
        serial: SerialNumber,
    },
    /// A CRL leaves out a certificate.
    #[error("{path} does not name certificate {serial}, which the log revokes before it")]
    NotNamed {
        /// The CRL.
        path: String,
        /// The certificate.
        serial: SerialNumber,
    },
    /// A CRL says other things of a revocation than the log.
    #[error("{path} names certificate {serial} with another date or reason than the log")]
    OtherRevocation {
        /// The CRL.
        path: String,
        /// The certificate.
        serial: SerialNumber,
    },
    /// What a revocation says cannot be.
    #[error("audit entry {entry} is a revocation that cannot be read")]
    UnreadableRevocation {
        /// The entry.
        entry: u64,
    },
    /// A CA's certificate is not in the export.
    #[error("audit entry {entry} tells of a certificate {sha256} of CA {ca}, which is not in cas/{ca}.pem")]
    NoCaCertificate {
        /// The entry.
        entry: u64,
        /// The CA.
        ca: String,
        /// Its SHA-256.
        sha256: Fingerprint,
    },
    /// A certificate that the log does not tell of stands among those of a CA.
    #[error("cas/{ca}.pem holds a certificate {sha256} of which the log does not tell")]
    ExtraCaCertificate {
        /// The CA.
        ca: String,
        /// Its SHA-256.
        sha256: Fingerprint,
    },
    /// No certificate in the export has the key of the CA that signed.
    #[error("audit entry {entry} tells of {object}, and no certificate in cas/{}.pem has the CA's key", object.ca)]
    NoKey {
        /// The entry.
        entry: u64,
        /// The object.
        object: Object,
    },
    /// The name of a CA or a number in the log is none.
    #[error("audit entry {entry} names an object that cannot be: {object}")]
    Impossible {
        /// The entry.
        entry: u64,
        /// The object.
        object: Object,
    },
}

/// Findings in the order in which they were made; of very many only the first are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    kept: Vec<Finding>,
    more: u64,
}

impl Findings {
    /// Adds one.
    pub(super) fn add(&mut self, finding: impl Into<Finding>) {
        if self.kept.len() < KEPT {
            self.kept.push(finding.into());
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// Those that were kept.
    #[must_use]
    pub fn kept(&self) -> &[Finding] {
        &self.kept
    }

    /// How many there were beyond them.
    #[must_use]
    pub const fn more(&self) -> u64 {
        self.more
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}
