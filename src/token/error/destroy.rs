//! Why a key was not destroyed, or not wholly.

use super::Error;

/// A key was not destroyed as it was wanted.
#[derive(Debug, thiserror::Error)]
pub enum DestroyError {
    /// The URI names a token, but nothing in it.
    #[error("the URI names no key of the token")]
    Unnamed,
    /// The URI names a public key that has a private one.
    #[error("the public key {label:?} is half of a pair")]
    HalfOfPair {
        /// The label in the URI.
        label: String,
    },
    /// The token does not let it be destroyed.
    #[error("the token does not let key {label:?} be destroyed (CKA_DESTROYABLE is false)")]
    Prohibited {
        /// The key's label.
        label: String,
    },
    /// Nothing was destroyed.
    #[error("key {label:?} could not be destroyed, neither half of it")]
    Kept {
        /// The key's label.
        label: String,
        /// What the token said to it.
        #[source]
        cause: Box<Error>,
    },
    /// A public key without a private one was not destroyed.
    #[error("the public key {label:?} could not be destroyed ({left})")]
    PublicKept {
        /// The key's label.
        label: String,
        /// What the token said to it.
        left: String,
    },
    /// The private half is destroyed, the public one is not.
    #[error("the private key {label:?} is destroyed, but part of the pair is still in the token ({left})")]
    Partly {
        /// The key's label.
        label: String,
        /// What is left, and why.
        left: String,
    },
    /// The token claims to have destroyed what it still shows.
    #[error("the token says that key {label:?} is destroyed, and still shows it ({left})")]
    StillThere {
        /// The key's label.
        label: String,
        /// What is left.
        left: String,
    },
    /// The token could not be searched afterwards.
    #[error("the token says that key {label:?} is destroyed, but could not be searched for what is left")]
    Unverified {
        /// The key's label.
        label: String,
        /// Why not.
        #[source]
        cause: Box<Error>,
    },
}

impl DestroyError {
    /// Whether part of the key may be gone: whoever keeps a record makes an entry of it.
    #[must_use]
    pub const fn destroyed_something(&self) -> bool {
        matches!(self, Self::Partly { .. } | Self::StillThere { .. } | Self::Unverified { .. })
    }

    /// The operator's next action, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unnamed => Some("add ;object=LABEL or ;id=%01, as keyrite key list shows them".to_owned()),
            Self::HalfOfPair { .. } => {
                Some("without ;type=public the URI names the pair, which is destroyed as a whole".to_owned())
            }
            Self::Prohibited { .. } => {
                Some("such a key goes only with the whole token: keyrite token init --erase".to_owned())
            }
            Self::Partly { .. } => Some(
                "destroy the rest by the same URI with ;type=public in place of any other type".to_owned(),
            ),
            Self::StillThere { .. } => {
                Some("look with the token's own tool: keyrite cannot say what the token did".to_owned())
            }
            Self::Kept { cause, .. } | Self::Unverified { cause, .. } => cause.hint(),
            Self::PublicKept { .. } => None,
        }
    }
}
