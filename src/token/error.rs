//! Everything that can go wrong with a token, one variant per situation.

use std::path::PathBuf;
use std::time::Duration;

use super::description::TokenInfo;
use super::key::{Unfit, UnreadableKey};
use super::pin::PinError;
use super::return_value::ReturnValue;
use super::uri::{ObjectType, Pkcs11Uri};
use super::wire::{Failure, ModuleFault};
use crate::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
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
    #[error("{} tokens are {} in {}", candidates.len(), described(wanted), module.display())]
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
    #[error("key {label:?} is not fit for a CA: {reason}")]
    UnfitKey {
        /// The key's label.
        label: String,
        /// The attribute that forbids it.
        reason: Unfit,
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
        )
    }

    /// The operator's next action, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoModule { .. } => Some("give --module PATH, or module-path in the URI".to_owned()),
            Self::SeveralModules { candidates } | Self::UnknownModule { candidates, .. } => Some(format!(
                "keyrite token list shows their tokens; give --module with one of {}",
                paths(candidates)
            )),
            Self::ModuleLoad { fault: ModuleFault::Missing, .. } => {
                Some("install the token's PKCS#11 module, or correct the path".to_owned())
            }
            Self::ModuleLoad { fault: ModuleFault::NotFile | ModuleFault::NotElf, .. } => {
                Some("a module is a shared library, such as /usr/lib/softhsm/libsofthsm2.so".to_owned())
            }
            Self::ModuleLoad { fault: ModuleFault::NoFunctionList, .. } => {
                Some("name the library that the token's maker calls its PKCS#11 module".to_owned())
            }
            Self::NoToken { present, .. } if present.is_empty() => {
                Some("no token is present: is it plugged in, and does its software run?".to_owned())
            }
            Self::NoToken { present, .. } => Some(format!("tokens present: {}", tokens(present))),
            Self::AmbiguousToken { candidates, .. } => {
                Some(format!("add what tells them apart: {}", uris(candidates.iter().map(TokenInfo::uri))))
            }
            Self::NoKey { present, .. } if present.is_empty() => Some("the token holds no key".to_owned()),
            Self::NoKey { present, .. } => Some(format!("keys present: {}", uris(present.iter().cloned()))),
            Self::AmbiguousKey { candidates, .. }
                if candidates.windows(2).all(|two| two.first() == two.last()) =>
            {
                Some("they have one label and one id: change them with the token's own tool".to_owned())
            }
            Self::AmbiguousKey { candidates, .. } => {
                Some(format!("add what tells them apart: {}", uris(candidates.iter().cloned())))
            }
            Self::LabelTaken { .. } => Some("choose another label".to_owned()),
            Self::IdTaken { .. } => Some("leave the id out to get a random one".to_owned()),
            Self::NotUndone { .. } => Some("destroy it by hand before you go on".to_owned()),
            Self::Pin { source, .. } => source.hint(),
            Self::PinLocked { .. } | Self::PinIncorrect { locked: true, .. } => {
                Some("the security officer can set a new PIN".to_owned())
            }
            Self::PinExpired { .. } => Some("set a new PIN with the token's own tool".to_owned()),
            Self::PinNotSet { .. } => Some("the security officer sets it".to_owned()),
            Self::FinalTry { .. } => {
                Some("be sure of the PIN, log in once with the token's own tool, and run again".to_owned())
            }
            Self::PinIncorrect { .. } | Self::PinRefused { .. } => {
                Some("nothing is tried again: be sure of the PIN before you run it again".to_owned())
            }
            Self::UnfitKey { .. } => Some("generate a key with keyrite key generate".to_owned()),
            Self::Mechanism { offered, .. } => {
                let listed: Vec<String> = offered.iter().map(|number| format!("0x{number:x}")).collect();
                Some(format!("mechanisms offered: {}", listed.join(" ")))
            }
            Self::TimedOut { .. } | Self::WorkerEnded { .. } => {
                Some("the module itself hung or crashed: look at the token and its software".to_owned())
            }
            Self::Undone { cause, .. } => cause.hint(),
            Self::Call { function, value } => call_hint(function, *value).map(str::to_owned),
            Self::ModuleLoad { .. }
            | Self::NotKey { .. }
            | Self::UnreadableKey { .. }
            | Self::KeyName { .. }
            | Self::OtherKey { .. }
            | Self::Unproven { .. }
            | Self::LoginSpent { .. }
            | Self::Algorithm { .. }
            | Self::Signature(_)
            | Self::Nonsense { .. }
            | Self::Random { .. }
            | Self::Start { .. }
            | Self::Protocol { .. }
            | Self::Unanswered
            | Self::NotAttempted => None,
        }
    }
}

/// What the failure of a call mostly means.
fn call_hint(function: &str, value: ReturnValue) -> Option<&'static str> {
    match (function, value) {
        // openCryptoki without its daemon HOST_MEMORY, tpm2-pkcs11 GENERAL_ERROR, NSS ARGUMENTS_BAD.
        ("C_Initialize", _) => Some(
            "the module does not start: does its service run, and is its configuration an absolute path?",
        ),
        (_, ReturnValue::TOKEN_NOT_INITIALIZED) => Some("initialise the token with its own tool"),
        (
            "C_GenerateKeyPair",
            ReturnValue::MECHANISM_INVALID
            | ReturnValue::CURVE_NOT_SUPPORTED
            | ReturnValue::DOMAIN_PARAMS_INVALID
            | ReturnValue::KEY_SIZE_RANGE
            | ReturnValue::ATTRIBUTE_VALUE_INVALID,
        ) => Some("the token may not offer this algorithm: try another one"),
        // PIV and OpenPGP cards make keys for their administrator alone.
        ("C_GenerateKeyPair", ReturnValue::FUNCTION_NOT_SUPPORTED | ReturnValue::USER_NOT_LOGGED_IN) => {
            Some("make the key with the token's own tool, and name it to keyrite ca create")
        }
        ("C_Sign", ReturnValue::USER_NOT_LOGGED_IN) => {
            Some("a key with CKA_ALWAYS_AUTHENTICATE wants the PIN for every signature: not done yet")
        }
        _ => None,
    }
}

/// The label alone where the URI says no more, else the URI.
fn described(uri: &Pkcs11Uri) -> String {
    let token = uri.without_object().without_query();
    match token.token() {
        Some(label) if token == Pkcs11Uri::of_label(label) => format!("{label:?}"),
        _ => token.to_string(),
    }
}

fn described_key(uri: &Pkcs11Uri) -> String {
    match (uri.object(), uri.id()) {
        (Some(label), None) => format!("{label:?}"),
        (None, None) => "at all".to_owned(),
        _ => uri.clone().without_query().to_string(),
    }
}

fn tries_left(count_low: bool, final_try: bool, locked: bool) -> &'static str {
    match (count_low, final_try, locked) {
        (_, _, true) => "; it is locked now",
        (_, true, false) => "; one try is left",
        (true, false, false) => "; the token has counted it",
        (false, false, false) => "",
    }
}

fn tokens(present: &[TokenInfo]) -> String {
    let shown: Vec<String> =
        present.iter().map(|token| format!("{:?} (serial {:?})", token.label, token.serial)).collect();
    shown.join(", ")
}

fn uris(uris: impl Iterator<Item = Pkcs11Uri>) -> String {
    uris.map(|uri| uri.to_string()).collect::<Vec<_>>().join(" , ")
}

fn paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
