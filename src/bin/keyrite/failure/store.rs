//! Errors of `keyrite::store` as failures.

use keyrite::audit::EncodingError;
use keyrite::store::Error;

use super::{Exit, Failure};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::of(exit(&error), &error).maybe_hint(error.hint())
    }
}

/// How the program ends when the store refuses.
pub(crate) fn exit(error: &Error) -> Exit {
    match error {
        Error::Missing { .. }
        | Error::NotADirectory { .. }
        | Error::Writable { .. }
        | Error::NetworkFileSystem { .. }
        | Error::NotALedger { .. }
        | Error::Newer { .. }
        | Error::Older { .. } => Exit::Configuration,
        Error::NoCa { .. } => Exit::Usage,
        Error::CaExists { .. }
        | Error::KeyTaken { .. }
        | Error::CaRevoked { .. }
        | Error::CaState { .. }
        | Error::OtherKey { .. }
        | Error::SerialTaken { .. }
        | Error::CrlNumberUsed { .. }
        | Error::CrlGoesBack { .. }
        | Error::RevocationsChanged { .. }
        | Error::NoCrlNumber
        | Error::OcspOutdated { .. }
        | Error::OcspGoesBack { .. }
        | Error::OcspUnreadable { .. }
        | Error::Unreadable { .. }
        | Error::AlreadySettled { .. }
        | Error::NotABackup { .. }
        | Error::NotAnExport { .. }
        | Error::NoCertificate { .. }
        | Error::AlreadyRevoked { .. }
        | Error::ClockBehind { .. }
        | Error::ClockAhead { .. }
        | Error::ClockImpossible { .. }
        | Error::RevocationInFuture { .. }
        | Error::NotOnHold { .. }
        | Error::GivenUp
        | Error::OtherCertificate { .. } => Exit::Refused,
        Error::Damaged { .. }
        | Error::Chain(_)
        | Error::NotAsReserved { .. }
        | Error::NotAsTold { .. }
        | Error::OcspNotAsReserved { .. }
        | Error::Contradicts { .. }
        | Error::BadSignature { .. } => Exit::Integrity,
        // What somebody said is longer than an entry of the log: nothing was done.
        Error::Encoding(EncodingError::TooLong { .. }) => Exit::Refused,
        Error::Encoding(_) => Exit::Defect,
        Error::Exists { .. }
        | Error::Locked { .. }
        | Error::ReadOnly { .. }
        | Error::Full { .. }
        | Error::Poisoned { .. }
        | Error::Io { .. }
        | Error::Export { .. }
        | Error::Database(_)
        | Error::Failed { .. }
        // The enum may grow in the library; what is new there is about the store.
        | _ => Exit::Output,
    }
}
