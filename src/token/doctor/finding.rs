//! What came of one part of an examination.

use crate::token::error::Error;

/// A part that was examined, could not be, or was not.
#[derive(Debug)]
pub enum Finding<T> {
    /// What was found.
    Found(T),
    /// The token did not let it be found.
    Failed(Error),
    /// Nobody looked.
    NotExamined(Omission),
}

/// Why a part was not examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Omission {
    /// Whoever asked did not want it.
    NotAsked,
    /// It needs a login, and there is none.
    NoLogin,
    /// The worker process had ended, and no other one could be started.
    NoWorker,
    /// The worker process had ended and with it the login, and a PIN is given once in a run.
    LoginGone,
    /// The token holds no key that would do.
    NoKey,
    /// The key wants the PIN for every signature.
    PinEachTime,
}

impl Omission {
    /// The reason for a person.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotAsked => "not asked for",
            Self::NoLogin => "needs a login",
            Self::NoWorker => "the module does not start again",
            Self::LoginGone => "the login went with the worker process, and a PIN is given once",
            Self::NoKey => "no key is fit",
            Self::PinEachTime => "the key wants the PIN for every signature",
        }
    }
}

impl<T> Finding<T> {
    /// What was found.
    #[must_use]
    pub const fn found(&self) -> Option<&T> {
        match self {
            Self::Found(found) => Some(found),
            Self::Failed(_) | Self::NotExamined(_) => None,
        }
    }

    /// Why nothing was found, in words.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Found(_) => None,
            Self::Failed(error) => Some(described(error)),
            Self::NotExamined(omission) => Some(omission.reason().to_owned()),
        }
    }
}

impl<T> From<Result<T, Error>> for Finding<T> {
    fn from(result: Result<T, Error>) -> Self {
        match result {
            Ok(found) => Self::Found(found),
            Err(error) => Self::Failed(error),
        }
    }
}

/// An error with everything that caused it, in one line.
pub(super) fn described(error: &Error) -> String {
    if let Error::Undone { cause, .. } = error {
        return format!(
            "such a key was generated, was not good and has been destroyed: {}",
            described(cause)
        );
    }
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}
