//! Errors of `keyrite::token` as failures.

use keyrite::token::{DestroyError, Error, InitialiseError, PinError, PinSourceError, UriError};
use keyrite::x509::attestation::AttestationError;

use super::{Exit, Failure};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match &error {
            Error::NotKey { .. } | Error::KeyName { .. } => Exit::Usage,
            Error::LabelTaken { .. } | Error::IdTaken { .. } => Exit::Refused,
            Error::Pin { source, .. } => pin_exit(source),
            Error::Unattested { source, .. } => unattested_exit(source),
            Error::Undone { cause, .. } => {
                if let Error::Unattested { source, .. } = cause.as_ref() {
                    unattested_exit(source)
                } else {
                    Exit::Token
                }
            }
            Error::Unproven { .. } => Exit::Integrity,
            Error::Destroy(error) => destroy_exit(error),
            Error::Initialise(error) => initialise_exit(error),
            Error::NoModule { .. }
            | Error::SeveralModules { .. }
            | Error::UnknownModule { .. }
            | Error::ModuleLoad { .. }
            | Error::NoToken { .. }
            | Error::AmbiguousToken { .. }
            | Error::NoKey { .. }
            | Error::NoKeyOfCertificate { .. }
            | Error::AmbiguousKey { .. }
            | Error::UnreadableKey { .. }
            | Error::UnfitKey { .. }
            | Error::OtherKey { .. }
            | Error::NotUndone { .. }
            | Error::Unheard { .. }
            | Error::PinIncorrect { .. }
            | Error::PinRefused { .. }
            | Error::PinLocked { .. }
            | Error::PinExpired { .. }
            | Error::PinNotSet { .. }
            | Error::TokenExchanged { .. }
            | Error::OfficerLoggedIn { .. }
            | Error::FinalTry { .. }
            | Error::LoginSpent { .. }
            | Error::Mechanism { .. }
            | Error::MessageLength { .. }
            | Error::Message(_)
            | Error::Algorithm { .. }
            | Error::Signature(_)
            | Error::Call { .. }
            | Error::Nonsense { .. }
            | Error::Random { .. }
            | Error::Start { .. }
            | Error::TimedOut { .. }
            | Error::WorkerEnded { .. }
            | Error::Protocol { .. }
            | Error::Unanswered
            | Error::NotAttempted => Exit::Token,
        };
        Self::of(exit, &error).maybe_hint(error.hint())
    }
}

/// That nothing attests a key is a refusal; an attestation that does not verify, or that speaks against the key, is
/// more than that.
const fn unattested_exit(error: &AttestationError) -> Exit {
    match error {
        AttestationError::None { .. } => Exit::Refused,
        AttestationError::Path { .. } | AttestationError::Findings { .. } => Exit::Integrity,
    }
}

const fn destroy_exit(error: &DestroyError) -> Exit {
    match error {
        DestroyError::Unnamed | DestroyError::HalfOfPair { .. } => Exit::Usage,
        DestroyError::Prohibited { .. }
        | DestroyError::Kept { .. }
        | DestroyError::PublicKept { .. }
        | DestroyError::Partly { .. }
        | DestroyError::StillThere { .. }
        | DestroyError::Unverified { .. } => Exit::Token,
    }
}

const fn initialise_exit(error: &InitialiseError) -> Exit {
    match error {
        InitialiseError::LabelLength { .. } | InitialiseError::LabelText { .. } => Exit::Usage,
        InitialiseError::Initialised { .. } => Exit::Refused,
        InitialiseError::NoOfficerPin { source } => pin_exit(source),
        InitialiseError::NoBlank { .. }
        | InitialiseError::SeveralBlank { .. }
        | InitialiseError::NotNamed { .. }
        | InitialiseError::SeveralNamed { .. }
        | InitialiseError::NotOffered { .. }
        | InitialiseError::OfficerPinIncorrect
        | InitialiseError::OfficerPinLocked
        | InitialiseError::OfficerFinalTry
        | InitialiseError::PinForm { .. }
        | InitialiseError::SessionExists
        | InitialiseError::WriteProtected
        | InitialiseError::Unknown { .. }
        | InitialiseError::Half { .. }
        | InitialiseError::NotFoundAgain { .. } => Exit::Token,
    }
}

/// A question that nobody can answer is the caller's affair, like every other one.
const fn pin_exit(error: &PinError) -> Exit {
    match error {
        PinError::Terminal => Exit::Usage,
        PinError::Cancelled
        | PinError::Shares(_)
        | PinError::Random(_)
        | PinError::File { .. }
        | PinError::NotFile { .. }
        | PinError::Readable { .. }
        | PinError::Variable { .. }
        | PinError::Descriptor { .. }
        | PinError::Empty
        | PinError::Length
        | PinError::Differs
        | PinError::Lines => Exit::Token,
    }
}

impl From<PinError> for Failure {
    fn from(error: PinError) -> Self {
        Self::of(pin_exit(&error), &error).maybe_hint(error.hint())
    }
}

impl From<PinSourceError> for Failure {
    fn from(error: PinSourceError) -> Self {
        Self::of(Exit::Usage, &error)
    }
}

impl From<UriError> for Failure {
    fn from(error: UriError) -> Self {
        Self::of(Exit::Usage, &error).maybe_hint(error.hint())
    }
}
