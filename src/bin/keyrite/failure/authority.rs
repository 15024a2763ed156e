//! Errors of `keyrite::authority` as failures: how far an act got decides the exit code.

use keyrite::authority::{Error, Failure as SigningFailure, IssuerError};
use keyrite::policy::{Problems, Refusal};
use keyrite::port::{RandomError, SignerError};

use super::{Exit, Failure, store};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Issuer(error) => error.into(),
            Error::Refused(refusal) => refusal.into(),
            Error::Lint(report) => {
                let failure = Self::new(
                    Exit::Refused,
                    "what would have been signed breaks a rule, so nothing was signed",
                );
                report.findings.iter().fold(failure, |failure, finding| failure.because(finding.to_string()))
            }
            Error::Consistency(error) => Self::of(Exit::Refused, &error),
            Error::Install(error) => Self::of(Exit::Refused, &error),
            Error::Adopt(error) => Self::of(Exit::Refused, &error),
            Error::Revoke(error) => Self::of(Exit::Refused, &error),
            Error::Build(error) => Self::of(Exit::Refused, &error),
            Error::Random(error) => error.into(),
            Error::Repeating { .. } => Self::of(Exit::Token, &error),
            Error::Store(error) => error.into(),
            Error::Reserve(ref source) => {
                let hint = source.hint();
                Self::of(store::exit(source), &error).maybe_hint(hint)
            }
            Error::Sign { ref source, .. } => {
                let (exit, hint) = match source {
                    SigningFailure::Sign(SignerError::NotAttempted) => (Exit::Token, None),
                    SigningFailure::Sign(SignerError::Failed(_)) => (
                        Exit::Token,
                        Some("it may have been signed all the same: keyrite recover lists it and settles it"),
                    ),
                    SigningFailure::Verify(_) => (
                        Exit::Integrity,
                        Some(
                            "the token or its module is faulty or hostile: do not go on with it before you know why",
                        ),
                    ),
                };
                Self::of(exit, &error).maybe_hint(hint.map(str::to_owned))
            }
            Error::Commit { ref source, .. } => {
                let hint = source.hint();
                let recover = "keep the files named above; keyrite recover --found FILE records them";
                Self::of(Exit::Output, &error)
                    .hint(hint.map_or_else(|| recover.to_owned(), |hint| format!("{hint}; {recover}")))
            }
            Error::Publish { what, ref number, .. } => {
                let hint = match what {
                    "certificate" => format!("keyrite certificate export {number} --out FILE writes it"),
                    _ => "it is on record: issue it again to another file".to_owned(),
                };
                Self::of(Exit::Output, &error).hint(hint)
            }
        }
    }
}

impl From<IssuerError> for Failure {
    fn from(error: IssuerError) -> Self {
        let hint = match &error {
            IssuerError::State { .. } => Some("keyrite ca install NAME CERT brings its certificate in"),
            IssuerError::OtherKey { .. } => {
                Some("name the right key as key = \"pkcs11:…\" under [ca.NAME] in keyrite.toml")
            }
            IssuerError::NotYetValid { .. } => Some("is the clock right?"),
            IssuerError::Expired { .. }
            | IssuerError::Usage { .. }
            | IssuerError::Algorithm { .. }
            | IssuerError::OtherIssuer { .. }
            | IssuerError::Key(_) => None,
        };
        let exit = match &error {
            IssuerError::OtherKey { .. } => Exit::Token,
            IssuerError::Algorithm { .. } => Exit::Configuration,
            IssuerError::OtherIssuer { .. } => Exit::Defect,
            IssuerError::State { .. }
            | IssuerError::NotYetValid { .. }
            | IssuerError::Expired { .. }
            | IssuerError::Usage { .. }
            | IssuerError::Key(_) => Exit::Refused,
        };
        Self::of(exit, &error).maybe_hint(hint.map(str::to_owned))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let failure = match refusal.violations() {
            [one] => return Self::new(Exit::Refused, format!("refused by the profile: {one}")),
            several => {
                Self::new(Exit::Refused, format!("refused by the profile for {} reasons", several.len()))
            }
        };
        refusal.violations().iter().fold(failure, |failure, violation| failure.because(violation.to_string()))
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        match problems.as_slice() {
            [one] => Self::new(Exit::Configuration, one.to_string()),
            several => several.iter().fold(
                Self::new(Exit::Configuration, format!("{} problems", several.len())),
                |failure, problem| failure.because(problem.to_string()),
            ),
        }
    }
}

impl From<RandomError> for Failure {
    fn from(error: RandomError) -> Self {
        Self::of(Exit::Token, &error)
    }
}
