//! Errors of `keyrite::authority` as failures: how far an act got decides the exit code.

use keyrite::authority::adopt::AdoptError;
use keyrite::authority::install::InstallError;
use keyrite::authority::ocsp::ResponderError;
use keyrite::authority::restore::RestoreError;
use keyrite::authority::{Error, Failure as SigningFailure, IssuerError, PathError};
use keyrite::policy::{Problems, Refusal, Rule};
use keyrite::port::{RandomError, SignerError};
use keyrite::token;

use super::{Exit, Failure, Progress, store};

/// How many entries are told that a CRL would take back.
const BREAKS: usize = 10;

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
            Error::Succession { previous, breaks, count } => {
                let previous = previous.map_or_else(|| "the previous CRL".to_owned(), |it| format!("CRL {it}"));
                let message = format!("the new CRL would take back what {previous} says, so nothing was signed");
                let failure = breaks.iter().take(BREAKS).fold(Self::new(Exit::Integrity, message), |failure, one| {
                    failure.because(format!("{one} [{}]", one.id()))
                });
                let shown = u64::try_from(breaks.len().min(BREAKS)).unwrap_or(u64::MAX);
                let more = count.saturating_sub(shown);
                let failure =
                    if more > 0 { failure.because(format!("and {more} more of {count}")) } else { failure };
                failure.hint(
                    "keyrite audit verify shows whether the ledger was changed; keyrite migrate and keyrite rebuild take in what another program revoked",
                )
            }
            Error::PreviousCrl { .. } => Self::of(Exit::Refused, &error),
            Error::NoBase => Self::of(Exit::Refused, &error).hint("issue a complete CRL first, without --delta"),
            Error::OutsideLinter(ref judgement) => judgement
                .said
                .iter()
                .fold(Self::of(Exit::Refused, &error), |failure, line| failure.because(line.clone())),
            Error::ClockStepped { .. } => Self::of(Exit::Refused, &error)
                .hint("what was done before stands; begin again when the clock is right"),
            Error::NotAsForeseen { .. } => Self::of(Exit::Integrity, &error),
            Error::Consistency(error) => Self::of(Exit::Refused, &error),
            Error::Install(InstallError::Path(error)) => of_path(&error),
            Error::Adopt(AdoptError::Path(error)) => of_path(&error),
            Error::Install(error) => {
                let hint = match &error {
                    InstallError::OtherKey { .. } | InstallError::OtherSubject { .. } => {
                        Some("keyrite ca list shows which CA waits for which certificate")
                    }
                    InstallError::NoRequest { .. } => Some(
                        "keyrite ca request makes one; keyrite ca adopt brings in a CA that exists already",
                    ),
                    InstallError::Path(_) => None,
                };
                Self::of(Exit::Refused, &error).maybe_hint(hint.map(str::to_owned))
            }
            Error::WeakKeys(error) => Self::of(Exit::Configuration, &error).hint(error.hint()),
            Error::Exclusion(_) => {
                Self::of(Exit::Configuration, &error).hint("docs/lints.md says which lints may be left out")
            }
            Error::Adopt(error) => Self::of(Exit::Refused, &error),
            Error::Revoke(error) => Self::of(Exit::Refused, &error),
            Error::Restore(error) => {
                let exit = match &error {
                    RestoreError::Contradiction { .. } => Exit::Integrity,
                    RestoreError::NoEvidence { .. }
                    | RestoreError::UnknownHead { .. }
                    | RestoreError::NotLast { .. }
                    | RestoreError::Later { .. }
                    | RestoreError::NoCa { .. }
                    | RestoreError::NoNumber { .. }
                    | RestoreError::Part { .. }
                    | RestoreError::CrlKnown { .. }
                    | RestoreError::Certificate { .. } => Exit::Refused,
                };
                Self::of(exit, &error).maybe_hint(error.hint())
            }
            Error::Build(error) => Self::of(Exit::Refused, &error),
            Error::Random(error) => error.into(),
            Error::Repeating { .. } => Self::of(Exit::Token, &error),
            Error::Store(error) => error.into(),
            Error::Reserve(ref source) => {
                let hint = source.hint();
                Self::of(store::exit(source), &error).maybe_hint(hint)
            }
            Error::Sign { ref source, .. } => {
                let recover = "it may have been signed all the same: keyrite recover lists it and settles it";
                Self::of(not_signed(source), &error).not_signed(source, recover)
            }
            Error::SignOcsp { ref source, .. } => {
                let again = "what was signed before is on record and written; run the command again for the rest";
                Self::of(not_signed(source), &error).not_signed(source, again)
            }
            Error::Responder(ref source) => of_responder(source, &error),
            Error::Miscounted(_) => Self::of(Exit::Integrity, &error).hint(
                "what was signed is on record, and so is this: do not go on with this token before you know why; \
                 keyrite audit reconcile shows what the log accounts for",
            ),
            Error::Commit { ref source, .. } => {
                let hint = source.hint();
                let recover = "keep the files named above; keyrite recover --found FILE records them";
                Self::of(Exit::Output, &error)
                    .after(Progress::SignedNotRecorded)
                    .hint(hint.map_or_else(|| recover.to_owned(), |hint| format!("{hint}; {recover}")))
            }
            Error::CommitOcsp { ref source, .. } => {
                let again = "nobody has got them, and no number is spent: keyrite recover settles the group, then sign again";
                let hint = source.hint().map_or_else(|| again.to_owned(), |hint| format!("{hint}; {again}"));
                Self::of(Exit::Output, &error).after(Progress::SignedNotRecorded).hint(hint)
            }
            Error::Publish { what, ref number, .. } => {
                let hint = match what {
                    "certificate" => format!("keyrite certificate export {number} --out FILE writes it"),
                    _ => "it is on record: issue it again to another file".to_owned(),
                };
                Self::of(Exit::Output, &error).after(Progress::SignedNotPublished).hint(hint)
            }
        }
    }
}

/// How the program ends when a token has not signed, or wrongly.
const fn not_signed(source: &SigningFailure) -> Exit {
    match source {
        SigningFailure::Sign(_) => Exit::Token,
        SigningFailure::Verify(_) => Exit::Integrity,
    }
}

impl Failure {
    /// The same with how far the token got, and what to do then.
    fn not_signed(self, source: &SigningFailure, advice: &str) -> Self {
        match source {
            SigningFailure::Sign(SignerError::NotAttempted) => self.after(Progress::NotSigned),
            SigningFailure::Sign(SignerError::Failed(cause)) => {
                let cause = cause.downcast_ref::<token::Error>().and_then(token::Error::hint);
                let hint = cause.map_or_else(|| advice.to_owned(), |hint| format!("{hint}; {advice}"));
                self.hint(hint).after(Progress::MayBeSigned)
            }
            SigningFailure::Verify(_) => self
                .hint(
                    "the token or its module is faulty or hostile: do not go on with it before you know why",
                )
                .after(Progress::MayBeSigned),
        }
    }
}

/// Why nobody may sign the OCSP responses of a CA like that.
fn of_responder(source: &ResponderError, error: &Error) -> Failure {
    let hint = match source {
        ResponderError::Issuer(IssuerError::Usage { .. }) => {
            "its certificate lets the CA sign certificates and CRLs alone: give --responder CERT and --key URI, of a certificate that it issues under the profile ocsp-responder"
        }
        ResponderError::NotDelegated { .. } => {
            "give --responder CERT --key URI, or responder and key in [ca.NAME.ocsp]; a CA's key stays off the network"
        }
        ResponderError::Revoked { .. } => {
            "make it a new key, and issue a certificate under the profile ocsp-responder"
        }
        ResponderError::Outlived { .. } => {
            "give an earlier --until, or renew the responder's certificate first"
        }
        ResponderError::NotValid { .. } => "issue it a new certificate under the profile ocsp-responder",
        ResponderError::NotAuthorized { .. } => "keyrite issue --ca NAME --profile ocsp-responder makes one",
        ResponderError::OtherKey => {
            return Failure::of(Exit::Token, error).hint("name the key of that certificate by --key");
        }
        ResponderError::Issuer(_)
        | ResponderError::IsCa
        | ResponderError::OwnKey
        | ResponderError::Usage { .. }
        | ResponderError::Key(_)
        | ResponderError::Algorithm { .. }
        | ResponderError::Backwards { .. }
        | ResponderError::Id(_) => return Failure::of(Exit::Refused, error),
    };
    Failure::of(Exit::Refused, error).hint(hint)
}

/// Why a CA's certificate has no path, or does not hold in it.
fn of_path(error: &PathError) -> Failure {
    let failure = Failure::of(Exit::Refused, error);
    match error {
        PathError::Nesting(refusal) => refusal
            .violations()
            .iter()
            .fold(Failure::new(Exit::Refused, error.to_string()), |failure, violation| {
                failure.because(violation.to_string())
            })
            .hint("its issuer has to make it anew, within the limits of the CAs above"),
        PathError::Missing { .. } => {
            failure.hint("--chain FILE gives the certificates above it, up to the root")
        }
        PathError::NotCa { .. }
        | PathError::Usage { .. }
        | PathError::NotValid { .. }
        | PathError::Key { .. }
        | PathError::Signature { .. } => failure,
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
            [one] => Self::new(Exit::Refused, format!("refused by the profile: {one}")),
            several => refusal.violations().iter().fold(
                Self::new(Exit::Refused, format!("refused by the profile for {} reasons", several.len())),
                |failure, violation| failure.because(violation.to_string()),
            ),
        };
        failure.maybe_hint(refusal_hint(&refusal))
    }
}

/// What the operator can change, where it is not for the requester alone.
fn refusal_hint(refusal: &Refusal) -> Option<String> {
    const SUBJECT: &[Rule] = &[
        Rule::SubjectMissing,
        Rule::SubjectAttribute,
        Rule::SubjectFixed,
        Rule::SubjectRepeated,
        Rule::SubjectValue,
        Rule::SubjectSet,
    ];
    const NAMES: &[Rule] = &[
        Rule::NoName,
        Rule::CommonName,
        Rule::AltNameType,
        Rule::AltNameValue,
        Rule::AltNameWildcard,
        Rule::AltNameCount,
        Rule::AltNameRepeated,
    ];
    const STRENGTH: &[Rule] = &[Rule::KeyStrength, Rule::SignatureStrength];
    const END: &[Rule] = &[Rule::ValidityMaximum, Rule::NotAfterIssuer];
    let broken = |rules: &[Rule]| rules.iter().any(|rule| refusal.has(*rule));
    let flags: Vec<&str> = [
        (SUBJECT, "--subject DN gives another subject"),
        (NAMES, "--san TYPE:VALUE gives other names"),
        (END, "--validity D gives another length"),
        (STRENGTH, "weaker_than_issuer = true under [key] in a profile of your own allows it"),
    ]
    .into_iter()
    .filter_map(|(rules, flag)| broken(rules).then_some(flag))
    .collect();
    (!flags.is_empty()).then(|| format!("{}; keyrite profile show says what is allowed", flags.join(", ")))
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
