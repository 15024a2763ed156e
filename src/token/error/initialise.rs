//! Why a token was not initialised, or not wholly.

use super::Error;
use super::words::{described_or_any, tokens, uris};
use crate::token::description::TokenInfo;
use crate::token::pin::PinError;
use crate::token::return_value::ReturnValue;
use crate::token::uri::Pkcs11Uri;

/// A token was not initialised as it was wanted.
#[derive(Debug, thiserror::Error)]
pub enum InitialiseError {
    /// A label that no token can have: `CK_TOKEN_INFO.label` has room for 32 octets (PKCS#11 3.1 s.3.3).
    #[error("label of {octets} octets in UTF-8, wanted 1 to 32")]
    LabelLength {
        /// The octets of the label.
        octets: usize,
    },
    /// A label that would not be read back as it was given.
    #[error("label {label:?} has a control character, or blanks at its beginning or end")]
    LabelText {
        /// The label.
        label: String,
    },
    /// What agrees with the URI is initialised: to do so again destroys every key in it.
    #[error("{} initialised already, and initialising again destroys every key", are(present))]
    Initialised {
        /// The tokens that agree with the URI.
        present: Vec<TokenInfo>,
    },
    /// No token at all agrees with the URI.
    #[error("no blank token agrees with {}", described_or_any(wanted))]
    NoBlank {
        /// The URI.
        wanted: Box<Pkcs11Uri>,
        /// The tokens that are there.
        present: Vec<TokenInfo>,
    },
    /// Several blank tokens agree with the URI.
    #[error("{} blank tokens agree with {}", candidates.len(), described_or_any(wanted))]
    SeveralBlank {
        /// The URI.
        wanted: Box<Pkcs11Uri>,
        /// The tokens.
        candidates: Vec<TokenInfo>,
    },
    /// No token that agrees with the URI has the label or serial that was named for erasing.
    #[error("no initialised token with label or serial {named:?} agrees with {}", described_or_any(wanted))]
    NotNamed {
        /// What was named.
        named: String,
        /// The URI.
        wanted: Box<Pkcs11Uri>,
        /// The tokens that are there.
        present: Vec<TokenInfo>,
    },
    /// Several tokens have what was named for erasing.
    #[error("{} initialised tokens have the label or serial {named:?}", candidates.len())]
    SeveralNamed {
        /// What was named.
        named: String,
        /// The tokens.
        candidates: Vec<TokenInfo>,
    },
    /// No SO PIN.
    #[error("no SO PIN for the token")]
    NoOfficerPin {
        /// Why.
        #[source]
        source: PinError,
    },
    /// The token has no such function.
    #[error("this kind of token is not initialised by PKCS#11 ({function} is not supported)")]
    NotOffered {
        /// The function.
        function: String,
    },
    /// The token refused the SO PIN. It has not been and will not be tried again.
    #[error("wrong SO PIN")]
    OfficerPinIncorrect,
    /// The SO PIN is locked.
    #[error("the SO PIN is locked")]
    OfficerPinLocked,
    /// One more wrong SO PIN would lock the token, so it was not tried.
    #[error("one try is left for the SO PIN, so it was not tried")]
    OfficerFinalTry,
    /// The token does not take such a PIN.
    #[error("the token does not take this {whose} ({value}){}", range(*shortest, *longest))]
    PinForm {
        /// `SO PIN` or `user PIN`.
        whose: &'static str,
        /// What the token returned.
        value: ReturnValue,
        /// The fewest octets that it says it takes.
        shortest: u64,
        /// The most octets that it says it takes; 0 where it says nothing.
        longest: u64,
    },
    /// Another program has a session with the token.
    #[error("another program has a session with the token, which cannot be initialised now")]
    SessionExists,
    /// The token cannot be written to.
    #[error("the token is write-protected")]
    WriteProtected,
    /// The token's module failed in the middle: nobody knows whether the token is initialised.
    #[error("it is not known whether the token was initialised")]
    Unknown {
        /// What failed.
        #[source]
        cause: Box<Error>,
    },
    /// The token is initialised, but its user PIN is not set or not proven.
    #[error("the token was initialised as {label:?}, but its user PIN is not set and proven")]
    Half {
        /// The new label.
        label: String,
        /// What failed.
        #[source]
        cause: Box<Error>,
    },
    /// The token is initialised, and cannot be found again by its label and serial.
    #[error(
        "the token was initialised as {label:?}, but {count} tokens of its label and serial are found now"
    )]
    NotFoundAgain {
        /// The new label.
        label: String,
        /// How many are found.
        count: usize,
    },
}

impl InitialiseError {
    /// Whether what the token held before may be gone: whoever keeps a record makes an entry of it.
    #[must_use]
    pub const fn erased(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::Half { .. } | Self::NotFoundAgain { .. })
    }

    /// The operator's next action, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::LabelLength { .. } | Self::LabelText { .. } => {
                Some("choose another label, such as root-g1".to_owned())
            }
            Self::Initialised { present } => Some(format!(
                "if all of its keys are to be destroyed, name it by --erase with its label or serial: {}",
                tokens(present)
            )),
            Self::NoBlank { present, .. } | Self::NotNamed { present, .. } if present.is_empty() => {
                Some("no token is present: is it plugged in, and does its software run?".to_owned())
            }
            Self::NoBlank { present, .. } | Self::NotNamed { present, .. } => {
                Some(format!("tokens present: {}", seen(present)))
            }
            Self::SeveralBlank { candidates, .. } | Self::SeveralNamed { candidates, .. } => {
                Some(format!("name one of them: {}", uris(candidates.iter().map(Pkcs11Uri::of_slot))))
            }
            Self::NoOfficerPin { source: PinError::Terminal } => {
                Some("give --so-pin-source file:PATH, env:NAME or fd:N".to_owned())
            }
            Self::NoOfficerPin { source } => source.hint(),
            Self::NotOffered { .. } => {
                Some("this kind of token is initialised with the vendor's tool".to_owned())
            }
            Self::OfficerPinIncorrect => Some(
                "nothing is tried again, and few tries may be left: be sure of the SO PIN before you run it again"
                    .to_owned(),
            ),
            Self::OfficerPinLocked => {
                Some("only the vendor's tool, if anything, brings such a token back".to_owned())
            }
            Self::OfficerFinalTry => {
                Some("be sure of the SO PIN, log in once with the token's own tool, and run again".to_owned())
            }
            Self::PinForm { .. } => Some("choose a PIN that the token takes".to_owned()),
            Self::SessionExists => Some("end the programs that use the token, and run again".to_owned()),
            Self::WriteProtected => None,
            Self::Unknown { .. } => Some("keyrite token list shows what it is now".to_owned()),
            Self::Half { label, cause } => Some(match cause.hint() {
                Some(hint) => format!("{hint}; then run again with --erase {label}"),
                None => format!("run again with --erase {label}"),
            }),
            Self::NotFoundAgain { .. } => Some("keyrite token list shows the tokens that are there".to_owned()),
        }
    }
}

/// The tokens that are there, and the slots that wait for one.
fn seen(present: &[TokenInfo]) -> String {
    let (blank, named): (Vec<_>, Vec<_>) = present.iter().cloned().partition(TokenInfo::is_blank);
    let named = if named.is_empty() { Vec::new() } else { vec![tokens(&named)] };
    let blank = blank.iter().map(|token| format!("a blank one in slot {}", token.slot_id));
    named.into_iter().chain(blank).collect::<Vec<_>>().join(", ")
}

/// `token "a" (serial "1") is`, `2 tokens are`.
fn are(present: &[TokenInfo]) -> String {
    match present {
        [_] => format!("token {} is", tokens(present)),
        several => format!("{} tokens that agree with the URI are", several.len()),
    }
}

/// What the token says of the length of PINs, as far as it is of use: it may count otherwise than in octets.
fn range(shortest: u64, longest: u64) -> String {
    match (shortest, longest) {
        (shortest, longest) if longest == 0 || longest == u64::MAX || longest < shortest => String::new(),
        (shortest, longest) => format!("; it says that it takes {shortest} to {longest} octets"),
    }
}
