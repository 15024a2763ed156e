//! What can go wrong between the program and its ledger.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::audit::{ChainError, EncodingError, Object};
use crate::x509::extension::{CrlNumber, ReasonCode};
use crate::x509::name::Name;
use crate::x509::serial::SerialNumber;
use crate::x509::time::{Duration as Length, Time};

use super::ca::{CaName, CaState};
use super::cross_check::Discrepancy;

/// Why the store did not do what it was asked. Nothing was changed, unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no ledger.
    #[error("no ledger at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is a ledger already.
    #[error("{} exists already", path.display())]
    Exists {
        /// Where it is.
        path: PathBuf,
    },
    /// The home is no directory.
    #[error("the home {} is not a directory", path.display())]
    NotADirectory {
        /// What was found.
        path: PathBuf,
    },
    /// Machines share the home, and the ledger's locks hold on one alone.
    #[error("the home {} is on a network file system: {kind}", path.display())]
    NetworkFileSystem {
        /// The home.
        path: PathBuf,
        /// What kind of file system.
        kind: String,
    },
    /// Others could change the home or the ledger behind our back.
    #[error("{} has mode {mode:04o}, wanted no write permission for group and others", path.display())]
    Writable {
        /// Which one.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is something else than a ledger.
    #[error("{} is not a ledger of keyrite", path.display())]
    NotALedger {
        /// Which file.
        path: PathBuf,
    },
    /// A newer keyrite has written here.
    #[error("{} has schema version {found}, this keyrite knows versions up to {known}", path.display())]
    Newer {
        /// Which ledger.
        path: PathBuf,
        /// Its version.
        found: usize,
        /// The newest that this program knows.
        known: usize,
    },
    /// The ledger must be migrated, and may not be in this mode.
    #[error("{} has schema version {found}, wanted {known}, and was opened for reading only", path.display())]
    Older {
        /// Which ledger.
        path: PathBuf,
        /// Its version.
        found: usize,
        /// The version that is wanted.
        known: usize,
    },
    /// The file is no backup of a home.
    #[error("{} is not a backup of a keyrite home", path.display())]
    NotABackup {
        /// Which file.
        path: PathBuf,
    },
    /// A file is not what an export of a home has there.
    #[error("{}: not the export of a home: {why}", path.display())]
    NotAnExport {
        /// Which file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A file of an export could not be written.
    #[error("cannot write {file}")]
    Export {
        /// Its path in the export.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// Ledger and audit log of a copy contradict each other.
    #[error("ledger and audit log of the copy contradict each other: {}", first(discrepancies))]
    Contradicts {
        /// Where.
        discrepancies: Vec<Discrepancy>,
    },
    /// Another process kept the ledger locked for too long.
    #[error("the ledger {} is in use by another process, waited {} s", path.display(), waited.as_secs())]
    Locked {
        /// Which ledger.
        path: PathBuf,
        /// For how long.
        waited: Duration,
    },
    /// The file system or the file permissions do not allow writing.
    #[error("the ledger {} cannot be written", path.display())]
    ReadOnly {
        /// Which ledger.
        path: PathBuf,
    },
    /// No space is left.
    #[error("no space is left for the ledger {}", path.display())]
    Full {
        /// Which ledger.
        path: PathBuf,
    },
    /// An earlier write failed in a way after which the disk cannot be believed.
    #[error("an earlier write to the ledger {} failed, so nothing more is written", path.display())]
    Poisoned {
        /// Which ledger.
        path: PathBuf,
    },
    /// The operating system refused something.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// SQLite refused something that is none of the above.
    #[error("the ledger failed")]
    Database(#[from] rusqlite::Error),
    /// The same, of a ledger that is known.
    #[error("the ledger {} cannot be read or written", path.display())]
    Failed {
        /// Which ledger.
        path: PathBuf,
        /// What SQLite said.
        source: Box<rusqlite::Error>,
    },
    /// A row that this program cannot have written.
    #[error("the ledger is damaged: {what}")]
    Damaged {
        /// What was found where.
        what: String,
    },
    /// An event that the log cannot hold.
    #[error("the event cannot be recorded")]
    Encoding(#[from] EncodingError),
    /// The audit log is not what it was.
    #[error(transparent)]
    Chain(#[from] ChainError),

    /// The clock lies before the last entry of the log.
    #[error(
        "the clock says {now}, which is {} before the last entry of the audit log, {last}",
        distance(*now, *last)
    )]
    ClockBehind {
        /// The time of the last entry.
        last: Time,
        /// The time now.
        now: Time,
    },
    /// The clock lies further after the last entry of the log than a home rests.
    #[error(
        "the clock says {now}, which is {} after the last entry of the audit log, {last}: wanted at most {largest_gap}",
        distance(*last, *now)
    )]
    ClockAhead {
        /// The time of the last entry.
        last: Time,
        /// The time now.
        now: Time,
        /// The longest that may lie between them.
        largest_gap: Length,
    },
    /// The clock shows a time at which this program did not exist.
    #[error("the clock says {now}, and this program was not made before 2026-04-16")]
    ClockImpossible {
        /// The time now.
        now: Time,
    },

    /// A CA's name is taken.
    #[error("there is a CA {name} already")]
    CaExists {
        /// The name.
        name: CaName,
    },
    /// The key is another CA's already. Two CAs with one key would count their CRLs twice.
    #[error("the key is already that of CA {name}")]
    KeyTaken {
        /// The CA that has it.
        name: CaName,
    },
    /// A certificate of the CA's path is revoked on record.
    #[error("CA {name} cannot issue: the certificate {serial} of {subject} is revoked")]
    CaRevoked {
        /// The CA that was to issue.
        name: CaName,
        /// The serial number of the revoked certificate.
        serial: SerialNumber,
        /// Its subject.
        subject: Name,
    },
    /// No CA has the name.
    #[error("no CA {name} in this home")]
    NoCa {
        /// The name that was asked for.
        name: CaName,
        /// The names that are there.
        present: Vec<CaName>,
    },
    /// The CA is not ready for this.
    #[error("CA {name} is {state}, wanted {wanted}")]
    CaState {
        /// Which CA.
        name: CaName,
        /// Its state.
        state: CaState,
        /// The state that is needed.
        wanted: &'static str,
    },
    /// A certificate or key is not the CA's.
    #[error("the public key is not that of CA {name}")]
    OtherKey {
        /// Which CA.
        name: CaName,
    },
    /// A serial number is on record already. Nothing of the batch was reserved.
    #[error("serial number {serial} is taken")]
    SerialTaken {
        /// The place in the batch, counted from 0.
        index: usize,
        /// The number.
        serial: SerialNumber,
    },
    /// A CRL number that is not greater than all before it.
    #[error("CRL number {number} of CA {ca}, wanted one greater than {greatest}")]
    CrlNumberUsed {
        /// Which CA.
        ca: CaName,
        /// The number.
        number: CrlNumber,
        /// The greatest that was ever reserved.
        greatest: CrlNumber,
    },
    /// A CRL that is older than the one before it.
    #[error("the CRL's thisUpdate {this_update} lies before {latest}, the latest of CA {ca}")]
    CrlGoesBack {
        /// Which CA.
        ca: CaName,
        /// thisUpdate.
        this_update: Time,
        /// The latest thisUpdate ever reserved.
        latest: Time,
    },
    /// Something was revoked or released since the CRL's entries were read: read them again.
    #[error("revocations of CA {ca} changed while its CRL was made")]
    RevocationsChanged {
        /// Which CA.
        ca: CaName,
    },
    /// What an OCSP response would say is not what the ledger says.
    #[error("what the ledger says of certificate {serial} changed while its OCSP response was made")]
    OcspOutdated {
        /// Which certificate.
        serial: SerialNumber,
    },
    /// OCSP responses that are older than those before them.
    #[error("thisUpdate {this_update} lies before {latest}, the latest of the OCSP responses of CA {ca}")]
    OcspGoesBack {
        /// Which CA.
        ca: CaName,
        /// thisUpdate.
        this_update: Time,
        /// The latest thisUpdate ever reserved.
        latest: Time,
    },
    /// Octets that are no OCSP response with one answer.
    #[error("the OCSP response cannot be read: {reason}")]
    OcspUnreadable {
        /// Why.
        reason: String,
    },
    /// A signed OCSP response over other octets than the reserved ones.
    #[error("the OCSP response about certificate {serial} is not the one that was reserved")]
    OcspNotAsReserved {
        /// Which certificate.
        serial: SerialNumber,
    },
    /// A CRL without a usable number.
    #[error("the CRL has no cRLNumber")]
    NoCrlNumber,
    /// The octets are not what they were given as.
    #[error("the {kind} cannot be read: {reason}")]
    Unreadable {
        /// What it was to be.
        kind: crate::audit::Kind,
        /// Why.
        reason: String,
    },
    /// What was signed is not what was reserved.
    #[error("what was signed is not what was reserved as {object}")]
    NotAsReserved {
        /// The reservation.
        object: Box<Object>,
    },
    /// What is kept of a reservation is not what the audit log says was reserved.
    #[error("what is kept of {object} is not what the audit log says was to be signed")]
    NotAsTold {
        /// The reservation.
        object: Box<Object>,
    },
    /// A reservation that has its signed object already.
    #[error("{object} is on record already")]
    AlreadySettled {
        /// The reservation.
        object: Box<Object>,
    },
    /// A signature that is not the CA's.
    #[error("the signature of {object} does not verify under the CA's key")]
    BadSignature {
        /// The object.
        object: Box<Object>,
        /// Why.
        source: crate::x509::verify::VerifyError,
    },
    /// A serial number that was never taken.
    #[error("CA {ca} has no certificate {serial} on record")]
    NoCertificate {
        /// Which CA.
        ca: CaName,
        /// The serial number.
        serial: SerialNumber,
    },
    /// The certificate is revoked already, and the new reason is no graver.
    #[error("certificate {serial} was revoked on {date} already, {}", reason_text(*reason))]
    AlreadyRevoked {
        /// The serial number.
        serial: SerialNumber,
        /// revocationDate.
        date: Time,
        /// The reason on record.
        reason: Option<ReasonCode>,
    },
    /// A revocation, or a suspicion against the key, that is to begin later.
    #[error("the date {date} of a revocation lies in the future, it is {now}")]
    RevocationInFuture {
        /// The date.
        date: Time,
        /// The time now.
        now: Time,
    },
    /// The certificate is not on hold.
    #[error("certificate {serial} is not on hold")]
    NotOnHold {
        /// The serial number.
        serial: SerialNumber,
    },
    /// What was to be taken over was given up by whoever handed it over.
    #[error("what was to be taken over was given up")]
    GivenUp,
    /// Another certificate is on record under the same number.
    #[error("another certificate is on record with serial number {serial}")]
    OtherCertificate {
        /// The serial number.
        serial: SerialNumber,
    },
}

impl Error {
    /// What a person can do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "most situations need no advice beyond the message"
        )]
        match self {
            Self::NetworkFileSystem { .. } => Some(
                "SQLite's locks and shared memory do not hold between machines: put the home on a local disk. If only one machine ever uses it and its locks are sound, say so by network_file_system = true under [store] in keyrite.toml, or at init by --network-file-system".to_owned(),
            ),
            Self::Missing { .. } => Some("`keyrite init` makes a home; --home names one".to_owned()),
            Self::Exists { .. } => {
                Some("`keyrite status` says what is in it; another home needs another directory".to_owned())
            }
            Self::CaExists { name } => {
                Some(format!("`keyrite ca show {name}` shows it; a new one needs a new name"))
            }
            Self::KeyTaken { name } => {
                Some(format!("each CA has a key of its own: generate one, or go on with CA {name}"))
            }
            Self::NoCertificate { ca, .. } => {
                Some(format!("`keyrite certificate list --ca {ca}` shows all that it has"))
            }
            Self::Writable { path, .. } => Some(format!("chmod go-w {}", path.display())),
            Self::NotABackup { .. } => {
                Some("keyrite backup FILE makes one; keyrite import home reads plain files".to_owned())
            }
            Self::NotAnExport { .. } => Some("keyrite export home DIR makes one".to_owned()),
            Self::Newer { .. } => Some("use the keyrite that wrote it, or a newer one".to_owned()),
            Self::Older { .. } => Some("run once as a user who may write the home".to_owned()),
            Self::Locked { .. } => Some("--lock-timeout waits longer".to_owned()),
            Self::Full { .. } => Some("make space, then run `keyrite recover`".to_owned()),
            Self::Failed { source, .. } if is_of_the_disk(source) => {
                Some("look at the disk and at its quota, then run `keyrite recover`".to_owned())
            }
            Self::Poisoned { .. } => Some("look at the disk, then run `keyrite recover`".to_owned()),
            Self::NoCa { present, .. } if present.is_empty() => {
                Some("no CA is in this home yet; `keyrite ca create` makes one".to_owned())
            }
            Self::NoCa { present, .. } => {
                let names: Vec<String> = present.iter().map(ToString::to_string).collect();
                Some(format!("CAs in this home: {}", names.join(" ")))
            }
            Self::ClockBehind { .. } | Self::ClockAhead { .. } => Some(
                "set the clock; where it is right, `keyrite clock confirm --reason TEXT` records that it is"
                    .to_owned(),
            ),
            Self::ClockImpossible { .. } => Some("set the clock: `date -u` shows it".to_owned()),
            Self::RevocationsChanged { .. } | Self::OcspOutdated { .. } => Some("run the command again".to_owned()),
            _ => None,
        }
    }

    /// Gives SQLite's errors the names that people know them by.
    pub(super) fn located(self, path: &Path) -> Self {
        use rusqlite::ErrorCode;
        let Self::Database(source) = self else { return self };
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::DatabaseBusy) => Self::Locked { path, waited: super::writer::READ_WAIT },
            Some(ErrorCode::NotADatabase) => Self::NotALedger { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { what: source.to_string() },
            // The index that readers share could not grow: the same lack of space by another name.
            _ if source.sqlite_error().is_some_and(|error| error.extended_code == SHARED_INDEX_SIZE) => {
                Self::Full { path }
            }
            _ => Self::Failed { path, source: Box::new(source) },
        }
    }

    /// Whether a write or sync failed, after which the kernel may have dropped the very pages that failed.
    pub(super) fn is_write_failure(&self) -> bool {
        let Self::Database(source) = self else { return false };
        source.sqlite_error().is_some_and(|error| {
            error.code == rusqlite::ErrorCode::SystemIoFailure && error.extended_code != SHARED_INDEX_SIZE
        })
    }

    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

/// The time from one instant to a later one, for a person.
fn distance(from: Time, to: Time) -> String {
    let seconds = to.to_unix().saturating_sub(from.to_unix());
    let (unit, count) = match seconds {
        ..120 => ("second", seconds),
        120..7_200 => ("minute", seconds / 60),
        7_200..172_800 => ("hour", seconds / 3_600),
        _ => ("day", seconds / 86_400),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn first(discrepancies: &[Discrepancy]) -> String {
    let more = discrepancies.len().saturating_sub(1);
    let first = discrepancies.first().map(ToString::to_string).unwrap_or_default();
    if more == 0 { first } else { format!("{first}, and {more} more") }
}

fn is_of_the_disk(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode;
    matches!(error.sqlite_error_code(), Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen))
}

fn reason_text(reason: Option<ReasonCode>) -> String {
    reason.map_or_else(|| "unspecified".to_owned(), |reason| reason.to_string())
}

const SHARED_INDEX_SIZE: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
