//! Step: one thing that is done in a ceremony.

use crate::audit::Kind;
use crate::policy::Length;
use crate::x509::algorithm::KeyAlgorithm;
use crate::x509::extension::ReasonCode;
use crate::x509::name::Name;
use crate::x509::time::{Duration, Time};

/// One step of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number: that of the section, a dot, and its place there, both counted from 1.
    pub id: String,
    /// What is done, for people.
    pub title: String,
    /// What is done.
    pub task: Task,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Records program, machine and clock; a person confirms the clock.
    CheckEnvironment,
    /// Records what a token says of itself.
    CheckToken {
        /// The token's name in the site.
        token: String,
    },
    /// Makes a key alone.
    GenerateKey {
        /// What is made.
        key: NewKey,
    },
    /// Issues the certificate of a responder, whose key an earlier step has made.
    IssueResponder {
        /// The CA for which it answers.
        ca: String,
        /// The responder.
        responder: NewResponder,
        /// The profile.
        profile: String,
        /// notBefore; none means when it is signed.
        not_before: Option<Time>,
        /// How long it is valid; none means as the profile says.
        validity: Option<Length>,
    },
    /// Signs OCSP responses about every certificate of a CA that has not expired.
    SignOcsp {
        /// The CA.
        ca: String,
        /// The responder that signs, by the name that an earlier step gives it; none means the CA itself.
        responder: Option<String>,
        /// From thisUpdate to nextUpdate.
        next_update: Duration,
    },
    /// Writes what relying parties fetch.
    Publish {
        /// Only what is fetched from this host.
        host: Option<String>,
    },
    /// Verifies the audit log, and that every file is as it was written.
    Verify,
    /// Makes a key, and the certificate of a root that signs itself with it.
    CreateRoot {
        /// What is made.
        ca: NewCa,
        /// notBefore; none means when it is signed.
        not_before: Option<Time>,
        /// How long it is valid; none means as the profile says.
        validity: Option<Length>,
    },
    /// Makes a key, and the request for a CA below another one.
    Request {
        /// What is made.
        ca: NewCa,
    },
    /// Issues the certificate of a CA or of a request that is given as a file.
    Issue {
        /// The CA that issues.
        ca: String,
        /// For whom.
        subject: Subject,
        /// The profile.
        profile: String,
        /// notBefore; none means when it is signed.
        not_before: Option<Time>,
        /// How long it is valid; none means as the profile says.
        validity: Option<Length>,
    },
    /// Certifies another CA across: its subject and key, as its own certificate has them.
    CrossCertify {
        /// The CA that issues.
        ca: String,
        /// The other one: a CA of this home, or its self-signed certificate in a file.
        other: Subject,
        /// The profile.
        profile: String,
        /// notBefore; none means when it is signed.
        not_before: Option<Time>,
        /// How long it is valid; none means as the profile says.
        validity: Option<Length>,
    },
    /// Brings the certificate in that a step of this ceremony has issued for a CA of this home.
    Install {
        /// The CA.
        ca: String,
    },
    /// Revokes a certificate that a CA of this home has issued before.
    Revoke {
        /// The CA that issued it.
        ca: String,
        /// Its file, relative to the script.
        certificate: String,
        /// Why; none means unspecified.
        reason: Option<ReasonCode>,
    },
    /// Issues the next CRL of a CA.
    IssueCrl {
        /// The CA.
        ca: String,
        /// From thisUpdate to nextUpdate; none means a last CRL, which never expires.
        next_update: Option<Duration>,
    },
    /// Has the key of a CA sign a checkpoint of the audit log.
    Checkpoint {
        /// The CA.
        ca: String,
    },
    /// Destroys the key of a CA in its token.
    DestroyKey {
        /// The CA.
        ca: String,
    },
    /// Something that people do, and what they report of it.
    Action {
        /// What.
        text: String,
        /// What is to be typed in: the number of a bag, a name.
        observe: Vec<String>,
    },
    /// Nothing is done until somebody says so.
    Pause {
        /// Why.
        text: String,
    },
}

/// A key that is made alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// The token's name in the site.
    pub token: String,
    /// The label.
    pub label: String,
    /// The kind of key.
    pub algorithm: KeyAlgorithm,
}

/// A responder that a CA authorizes in the ceremony (RFC 6960 s.4.2.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewResponder {
    /// How later steps call it; the name of its file, too.
    pub name: String,
    /// The token's name in the site.
    pub token: String,
    /// The label of its key.
    pub key: String,
    /// Its distinguished name.
    pub subject: Name,
}

/// A CA whose key is made in the ceremony.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCa {
    /// What it is called in the home.
    pub name: String,
    /// The token's name in the site.
    pub token: String,
    /// The label of the key.
    pub key: String,
    /// The kind of key.
    pub algorithm: KeyAlgorithm,
    /// The profile of its certificate.
    pub profile: String,
    /// Its distinguished name.
    pub subject: Name,
}

/// For whom a certificate is issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A CA that an earlier step has made a request for, or that has its certificate where it is certified across.
    Ca(String),
    /// A request or a certificate in a file, relative to the script.
    File(String),
}

impl Task {
    /// What it has signed, as the audit log calls it, and by which CA; none where nothing is.
    #[must_use]
    pub fn signs(&self) -> Option<(Kind, &str)> {
        match self {
            Self::CreateRoot { ca, .. } => Some((Kind::Certificate, &ca.name)),
            Self::Request { ca } => Some((Kind::Request, &ca.name)),
            Self::Issue { ca, .. } | Self::CrossCertify { ca, .. } | Self::IssueResponder { ca, .. } => {
                Some((Kind::Certificate, ca))
            }
            Self::IssueCrl { ca, .. } => Some((Kind::Crl, ca)),
            Self::CheckEnvironment
            | Self::CheckToken { .. }
            | Self::GenerateKey { .. }
            | Self::SignOcsp { .. }
            | Self::Publish { .. }
            | Self::Verify
            | Self::Install { .. }
            | Self::Revoke { .. }
            | Self::Checkpoint { .. }
            | Self::DestroyKey { .. }
            | Self::Action { .. }
            | Self::Pause { .. } => None,
        }
    }

    /// The word of the script for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::CheckEnvironment => "check-environment",
            Self::CheckToken { .. } => "check-token",
            Self::GenerateKey { .. } => "generate-key",
            Self::IssueResponder { .. } => "issue-responder",
            Self::SignOcsp { .. } => "sign-ocsp",
            Self::Publish { .. } => "publish",
            Self::Verify => "verify",
            Self::CreateRoot { .. } => "create-root",
            Self::Request { .. } => "request",
            Self::Issue { .. } => "issue",
            Self::CrossCertify { .. } => "cross-certify",
            Self::Install { .. } => "install",
            Self::Revoke { .. } => "revoke",
            Self::IssueCrl { .. } => "issue-crl",
            Self::Checkpoint { .. } => "checkpoint",
            Self::DestroyKey { .. } => "destroy-key",
            Self::Action { .. } => "action",
            Self::Pause { .. } => "pause",
        }
    }

    /// Every word of the script.
    pub const WORDS: [&'static str; 18] = [
        "check-environment",
        "check-token",
        "create-root",
        "request",
        "issue",
        "cross-certify",
        "install",
        "revoke",
        "issue-crl",
        "checkpoint",
        "destroy-key",
        "generate-key",
        "issue-responder",
        "sign-ocsp",
        "publish",
        "verify",
        "action",
        "pause",
    ];

    /// Whether something is done in it that cannot be taken back, so that people approve it.
    #[must_use]
    pub const fn is_approved(&self) -> bool {
        matches!(
            self,
            Self::CreateRoot { .. }
                | Self::Request { .. }
                | Self::Issue { .. }
                | Self::CrossCertify { .. }
                | Self::DestroyKey { .. }
                | Self::Revoke { .. }
                | Self::IssueCrl { .. }
                | Self::Checkpoint { .. }
                | Self::IssueResponder { .. }
                | Self::SignOcsp { .. }
        )
    }

    /// The key that it makes, or by which it makes a CA: token and label.
    #[must_use]
    pub fn made_key(&self) -> Option<(&str, &str)> {
        if let Self::CreateRoot { ca, .. } | Self::Request { ca } = self {
            Some((&ca.token, &ca.key))
        } else if let Self::GenerateKey { key } = self {
            Some((&key.token, &key.label))
        } else {
            None
        }
    }

    /// Whether it runs a command that only looks or writes files, whose answer is what came of it.
    #[must_use]
    pub const fn is_answered(&self) -> bool {
        matches!(self, Self::Publish { .. } | Self::Verify)
    }

    /// The profile by which something is made in it.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        match self {
            Self::CreateRoot { ca, .. } | Self::Request { ca } => Some(&ca.profile),
            Self::Issue { profile, .. }
            | Self::CrossCertify { profile, .. }
            | Self::IssueResponder { profile, .. } => Some(profile),
            Self::CheckEnvironment
            | Self::CheckToken { .. }
            | Self::GenerateKey { .. }
            | Self::SignOcsp { .. }
            | Self::Publish { .. }
            | Self::Verify
            | Self::Install { .. }
            | Self::Revoke { .. }
            | Self::IssueCrl { .. }
            | Self::Checkpoint { .. }
            | Self::DestroyKey { .. }
            | Self::Action { .. }
            | Self::Pause { .. } => None,
        }
    }

    /// The file that goes into it.
    #[must_use]
    pub fn input(&self) -> Option<&str> {
        match self {
            Self::Issue { subject: Subject::File(path), .. }
            | Self::CrossCertify { other: Subject::File(path), .. }
            | Self::Revoke { certificate: path, .. } => Some(path),
            Self::CheckEnvironment
            | Self::CheckToken { .. }
            | Self::GenerateKey { .. }
            | Self::IssueResponder { .. }
            | Self::SignOcsp { .. }
            | Self::Publish { .. }
            | Self::Verify
            | Self::CreateRoot { .. }
            | Self::Request { .. }
            | Self::Issue { .. }
            | Self::CrossCertify { .. }
            | Self::DestroyKey { .. }
            | Self::Install { .. }
            | Self::IssueCrl { .. }
            | Self::Checkpoint { .. }
            | Self::Action { .. }
            | Self::Pause { .. } => None,
        }
    }

    /// The token that the site has to name for it.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        match self {
            Self::CheckToken { token } => Some(token),
            Self::CreateRoot { ca, .. } | Self::Request { ca } => Some(&ca.token),
            Self::GenerateKey { key } => Some(&key.token),
            Self::IssueResponder { responder, .. } => Some(&responder.token),
            Self::CheckEnvironment
            | Self::SignOcsp { .. }
            | Self::Publish { .. }
            | Self::Verify
            | Self::Issue { .. }
            | Self::CrossCertify { .. }
            | Self::DestroyKey { .. }
            | Self::Install { .. }
            | Self::Revoke { .. }
            | Self::IssueCrl { .. }
            | Self::Checkpoint { .. }
            | Self::Action { .. }
            | Self::Pause { .. } => None,
        }
    }
}
