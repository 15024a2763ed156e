//! What the operator can do about an error.

use super::Error;
use super::words::{paths, tokens, uris};
use crate::token::description::TokenInfo;
use crate::token::return_value::ReturnValue;
use crate::token::wire::ModuleFault;
use crate::x509::attestation::{AttestationError, PathError};

impl Error {
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
            Self::ModuleLoad { fault: ModuleFault::Unreadable(_), .. } => {
                Some("may this user read the file, and does it lie outside the home?".to_owned())
            }
            Self::ModuleLoad { fault: ModuleFault::Link(_), .. } => Some(
                "ldd PATH shows which library is missing, file PATH for which machine it is made".to_owned(),
            ),
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
            Self::NoKey { present, .. } | Self::NoKeyOfCertificate { present, .. } if present.is_empty() => {
                Some("the token holds no key".to_owned())
            }
            Self::NoKey { present, .. } | Self::NoKeyOfCertificate { present, .. } => {
                Some(format!("keys present: {}", uris(present.iter().cloned())))
            }
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
            Self::Unheard { .. } => {
                Some("keyrite key list shows whether it is there: destroy it before you go on".to_owned())
            }
            Self::Pin { source, .. } => source.hint(),
            Self::PinLocked { .. } | Self::PinIncorrect { locked: true, .. } => {
                Some("the security officer can set a new PIN".to_owned())
            }
            Self::PinExpired { .. } => Some("set a new PIN with the token's own tool".to_owned()),
            Self::TokenExchanged { .. } => {
                Some("put the right token in and run it again; its PIN was not asked for or sent".to_owned())
            }
            Self::OfficerLoggedIn { .. } => {
                Some("another program holds the login: end it, or its session".to_owned())
            }
            Self::PinNotSet { .. } => Some("the security officer sets it".to_owned()),
            Self::FinalTry { .. } => Some("be sure of the PIN, and give --final-try".to_owned()),
            Self::PinIncorrect { .. } | Self::PinRefused { .. } => {
                Some("nothing is tried again: be sure of the PIN before you run it again".to_owned())
            }
            Self::UnfitKey { .. } => Some(
                "generate a key with keyrite key generate; [keys] in keyrite.toml says what a home demands"
                    .to_owned(),
            ),
            Self::Unattested { source, .. } => Some(unattested(source).to_owned()),
            Self::Mechanism { offered, .. } => {
                let listed: Vec<String> = offered.iter().map(|number| format!("0x{number:x}")).collect();
                Some(format!("mechanisms offered: {}", listed.join(" ")))
            }
            Self::MessageLength { algorithm, .. } => Some(format!(
                "the token's limit is the probable cause: {algorithm} signs the message itself, of which many \
                 tokens take 1 MiB or less; a CA whose CRL grows so long needs an ECDSA or RSA key, which \
                 signs a digest"
            )),
            Self::TimedOut { .. } | Self::WorkerEnded { .. } => {
                Some("the module itself hung or crashed: look at the token and its software".to_owned())
            }
            Self::Undone { cause, .. } => cause.hint(),
            Self::Destroy(error) => error.hint(),
            Self::Initialise(error) => error.hint(),
            Self::Call { function, value } => call_hint(function, *value).map(str::to_owned),
            Self::NotKey { .. }
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
            | Self::Message(_)
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
        (_, ReturnValue::TOKEN_NOT_INITIALIZED) => {
            Some("initialise the token with keyrite token init, or with its own tool")
        }
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
        (_, ReturnValue::PIN_EXPIRED) => Some("set a new PIN with the token's own tool"),
        ("C_Sign", ReturnValue::USER_NOT_LOGGED_IN) => {
            Some("the login ended, or the key wants the PIN for every signature and does not say so")
        }
        _ => None,
    }
}

const fn unattested(error: &AttestationError) -> &'static str {
    match error {
        AttestationError::None { .. } => {
            "a YubiKey attests the keys that it generated; of a YubiHSM's key the device makes an attestation when \
             yubihsm-shell asks for it: add that to the file of the roots"
        }
        AttestationError::Path { source: PathError::Missing { .. }, .. } => {
            "add the root to the file, and what its vendor publishes between the root and the device"
        }
        AttestationError::Path { .. } => {
            "compare the roots with what the vendor publishes; else do not use the key"
        }
        AttestationError::Findings { .. } => "generate a key in the device, with keyrite key generate",
    }
}
