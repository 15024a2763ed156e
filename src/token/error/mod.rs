//! Everything that can go wrong with a token, one variant per situation.

mod destroy;
mod hint;
mod initialise;
mod words;

use std::path::PathBuf;
use std::time::Duration;

pub use self::destroy::DestroyError;
pub use self::initialise::InitialiseError;
use self::words::{described, described_key, described_or_any, paths, tries_left};
use super::description::TokenInfo;
use super::key::UnreadableKey;
use super::pin::PinError;
use super::requirements::{self, Unfit};
use super::return_value::ReturnValue;
use super::uri::{ObjectType, Pkcs11Uri};
use super::wire::{Failure, ModuleFault};
use crate::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use crate::x509::attestation::AttestationError;
use crate::x509::signature::SignatureError;
use crate::x509::verify::VerifyError;

/// A token, key, module or worker did not do what was wanted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No module was named and none is registered with p11-kit.
    #[error("no PKCS#11 module is named, and none is registered in {}", paths(searched))]
    NoModule {
        /// The directories of p11-kit that were read.
        searched: Vec<PathBuf>,
    },
    /// No module was named and several are registered.
    #[error("no PKCS#11 module is named, and {} are registered", candidates.len())]
    SeveralModules {
        /// The registered modules.
        candidates: Vec<PathBuf>,
    },
    /// No registered module has the name.
    #[error("no registered PKCS#11 module is called {wanted:?}")]
    UnknownModule {
        /// The name in the URI.
        wanted: String,
        /// The registered modules.
        candidates: Vec<PathBuf>,
    },
    /// The module's path cannot be used.
    #[error("module {} cannot be loaded: {fault}", path.display())]
    ModuleLoad {
        /// The module.
        path: PathBuf,
        /// What is wrong with it.
        fault: ModuleFault,
    },
    /// No token agrees with the URI.
    #[error("no token {} in {}", described(wanted), module.display())]
    NoToken {
        /// The URI.
        wanted: Box<Pkcs11Uri>,
        /// The module that was asked.
        module: PathBuf,
        /// The tokens that are there.
        present: Vec<TokenInfo>,
    },
    /// Several tokens agree with the URI.
    #[error("{} tokens in {} agree with {}", candidates.len(), module.display(), described_or_any(wanted))]
    AmbiguousToken {
        /// The URI.
        wanted: Box<Pkcs11Uri>,
        /// The module that was asked.
        module: PathBuf,
        /// The tokens that agree with it.
        candidates: Vec<TokenInfo>,
    },
    /// The URI names something that is no key pair.
    #[error("the URI names an object of type {}, wanted a key", found.as_str())]
    NotKey {
        /// The type in the URI.
        found: ObjectType,
    },
    /// No private key agrees with the URI.
    #[error("no key {} in token {token:?}", described_key(wanted))]
    NoKey {
        /// The URI.
        wanted: Box<Pkcs11Uri>,
        /// The token's label.
        token: String,
        /// The keys that are there.
        present: Vec<Pkcs11Uri>,
    },
    /// No private key of the token belongs to a certificate.
    #[error("no key in token {token:?} belongs to the certificate")]
    NoKeyOfCertificate {
        /// The token's label.
        token: String,
        /// The keys that are there.
        present: Vec<Pkcs11Uri>,
    },
    /// Several private keys agree with the URI.
    #[error("{} keys are {} in token {token:?}", candidates.len(), described_key(wanted))]
    AmbiguousKey {
        /// The URI.
        wanted: Box<Pkcs11Uri>,
        /// The token's label.
        token: String,
        /// The keys that agree with it.
        candidates: Vec<Pkcs11Uri>,
    },
    /// The key's public half cannot be used.
    #[error("key {label:?} cannot be used: {reason}")]
    UnreadableKey {
        /// The key's label.
        label: String,
        /// Why.
        reason: UnreadableKey,
    },
    /// The key's attributes forbid its use by a CA.
    #[error("key {label:?} is not fit for a CA: {}", requirements::in_words(reasons))]
    UnfitKey {
        /// The key's label.
        label: String,
        /// The attributes that forbid it.
        reasons: Vec<Unfit>,
    },
    /// The key has no attestation that verifies.
    #[error("key {label:?} is not attested")]
    Unattested {
        /// The key's label.
        label: String,
        /// Why.
        #[source]
        source: Box<AttestationError>,
    },
    /// A key with the label is there already.
    #[error("label {label:?} is taken in token {token:?}")]
    LabelTaken {
        /// The label.
        label: String,
        /// The token's label.
        token: String,
    },
    /// A key with the id is there already; some tokens would silently destroy it.
    #[error("id {id} is taken in token {token:?}")]
    IdTaken {
        /// The id in hex.
        id: String,
        /// The token's label.
        token: String,
    },
    /// A label or id that a key cannot have.
    #[error("{what} of {octets} octets, wanted 1 to {limit}")]
    KeyName {
        /// `label` or `id`.
        what: &'static str,
        /// The octets that were given.
        octets: usize,
        /// The most that is accepted.
        limit: usize,
    },
    /// The token generated something else than was asked for.
    #[error("the token generated {found}, wanted {wanted}")]
    OtherKey {
        /// What was asked for.
        wanted: KeyAlgorithm,
        /// What came.
        found: String,
    },
    /// A generated key was not good and has been destroyed again.
    #[error("the generated key {label:?} was not good and has been destroyed")]
    Undone {
        /// The key's label.
        label: String,
        /// What was wrong with it.
        #[source]
        cause: Box<Self>,
    },
    /// A generated key was not good, and could not be destroyed either.
    #[error("the generated key {label:?} was not good, and part of it is still in the token ({left})")]
    NotUndone {
        /// The key's label.
        label: String,
        /// What was wrong with it.
        #[source]
        cause: Box<Self>,
        /// What is left, and why.
        left: String,
    },
    /// The module did not come back from the generation: the pair may be there all the same.
    #[error("nobody heard whether key {label:?} was generated: if it was, it is in the token, by id {id}")]
    Unheard {
        /// The key's label.
        label: String,
        /// The key's id in hex.
        id: String,
        /// What happened instead of an answer.
        #[source]
        cause: Box<Self>,
    },
    /// A key was not destroyed.
    #[error(transparent)]
    Destroy(#[from] DestroyError),
    /// A token was not initialised.
    #[error(transparent)]
    Initialise(#[from] InitialiseError),
    /// The pair's halves do not belong together, or the token signs wrongly.
    #[error("key {label:?} did not prove itself by a signature over a random challenge")]
    Unproven {
        /// The key's label.
        label: String,
        /// What the verification says.
        #[source]
        source: VerifyError,
    },
    /// No PIN.
    #[error("no PIN for token {token:?}")]
    Pin {
        /// The token's label.
        token: String,
        /// Why.
        #[source]
        source: PinError,
    },
    /// The token refused the PIN. It has not been and will not be tried again.
    #[error("wrong PIN for token {token:?}{}", tries_left(*count_low, *final_try, *locked))]
    PinIncorrect {
        /// The token's label.
        token: String,
        /// The token says that a wrong PIN was given since the last right one.
        count_low: bool,
        /// The token says that one try is left.
        final_try: bool,
        /// The token says that the PIN is locked now.
        locked: bool,
    },
    /// The token refused the PIN for its form.
    #[error("token {token:?} refused the PIN ({value}){}", tries_left(*count_low, *final_try, *locked))]
    PinRefused {
        /// The token's label.
        token: String,
        /// What `C_Login` returned.
        value: ReturnValue,
        /// The token says that a wrong PIN was given since the last right one.
        count_low: bool,
        /// The token says that one try is left.
        final_try: bool,
        /// The token says that the PIN is locked now.
        locked: bool,
    },
    /// The PIN is locked; nothing was tried.
    #[error("the PIN of token {token:?} is locked")]
    PinLocked {
        /// The token's label.
        token: String,
    },
    /// Another token is in the slot now: nothing was given to it.
    #[error("the token was exchanged: {expected} was there before, now it is {found}")]
    TokenExchanged {
        /// The token that the session was opened with.
        expected: String,
        /// The token that is there now.
        found: String,
    },
    /// The security officer is logged in, so the user cannot be.
    #[error("the security officer is logged in to token {token:?}, so the user cannot log in")]
    OfficerLoggedIn {
        /// The token's label.
        token: String,
    },
    /// The PIN has to be changed first.
    #[error("the PIN of token {token:?} has expired")]
    PinExpired {
        /// The token's label.
        token: String,
    },
    /// The token has no user PIN yet.
    #[error("token {token:?} has no user PIN")]
    PinNotSet {
        /// The token's label.
        token: String,
    },
    /// One more wrong PIN would lock the token, so it was not tried.
    #[error("one try is left for the PIN of token {token:?}, so it was not tried")]
    FinalTry {
        /// The token's label.
        token: String,
    },
    /// An earlier login in this run failed; there is one attempt per run.
    #[error("not logged in to token {token:?}: an earlier attempt failed, and there is one per run")]
    LoginSpent {
        /// The token's label.
        token: String,
    },
    /// The token has no mechanism for the signature.
    #[error("the token offers no mechanism for {wanted}")]
    Mechanism {
        /// The signature algorithm.
        wanted: SignatureAlgorithm,
        /// The numbers of the mechanisms that it lists.
        offered: Vec<u64>,
    },
    /// The key does not sign with the algorithm; the token was not asked.
    #[error("a key of {key} does not sign with {wanted}")]
    Algorithm {
        /// The key's algorithm.
        key: KeyAlgorithm,
        /// The signature algorithm.
        wanted: SignatureAlgorithm,
    },
    /// The token did not sign a message whose length it names as the cause, or that is long enough to be it.
    #[error("the token did not sign {octets} octets with {algorithm}: {value} from C_Sign")]
    MessageLength {
        /// The signature algorithm, one that signs the message itself.
        algorithm: SignatureAlgorithm,
        /// The octets of the message.
        octets: usize,
        /// What `C_Sign` returned.
        value: ReturnValue,
    },
    /// The message that the token wants as a whole could not be had.
    #[error("the message that is to be signed cannot be had as a whole")]
    Message(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The token returned something that is no signature by the key.
    #[error("the token returned no signature of the right form")]
    Signature(#[from] SignatureError),
    /// A C_ function failed.
    #[error("{value} from {function}")]
    Call {
        /// The function.
        function: String,
        /// What it returned.
        value: ReturnValue,
    },
    /// A C_ function returned `CKR_OK` and nonsense.
    #[error("{function} returned nonsense: {reason}")]
    Nonsense {
        /// The function.
        function: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The operating system gave no random octets.
    #[error("no random octets from the operating system: {reason}")]
    Random {
        /// Why.
        reason: String,
    },
    /// The worker process could not be started.
    #[error("worker process {} cannot be started", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// The module did not return in time, and its process was ended.
    #[error("{request} did not return within {after:?}; the worker process was ended")]
    TimedOut {
        /// The C_ function that it was in.
        request: String,
        /// The time that it had.
        after: Duration,
    },
    /// The worker process ended by itself: the module crashed.
    #[error("the worker process ended in {request}: {how}")]
    WorkerEnded {
        /// The C_ function that it was in.
        request: String,
        /// How it ended.
        how: String,
    },
    /// The worker process sent what it should not, and was ended.
    #[error("the worker process answered {request} with nonsense: {reason}")]
    Protocol {
        /// The request that it was to answer.
        request: String,
        /// What is wrong.
        reason: String,
    },
    /// The request reached the worker, which ended before it answered.
    #[error("no answer: the worker process ended before")]
    Unanswered,
    /// The token was not asked, since something failed before.
    #[error("not attempted, since the connection to the token had failed before")]
    NotAttempted,
}

impl Error {
    pub(super) fn from_failure(failure: Failure, request: &str) -> Self {
        match failure {
            Failure::Call { function, value } => Self::Call { function, value },
            Failure::Nonsense { function, reason } => Self::Nonsense { function, reason },
            Failure::NotAttempted => Self::NotAttempted,
            Failure::Module(fault) => {
                Self::Protocol { request: request.to_owned(), reason: fault.to_string() }
            }
            Failure::Order => Self::Protocol {
                request: request.to_owned(),
                reason: "it does not expect this request now".to_owned(),
            },
        }
    }

    /// Whether a token did not accept the PIN, as opposed to everything that goes wrong around it. Whoever
    /// keeps a record makes an entry of it.
    #[must_use]
    pub const fn is_refused_login(&self) -> bool {
        matches!(
            self,
            Self::PinIncorrect { .. }
                | Self::PinRefused { .. }
                | Self::PinLocked { .. }
                | Self::PinExpired { .. }
                | Self::Initialise(InitialiseError::OfficerPinIncorrect | InitialiseError::OfficerPinLocked)
        )
    }
}
