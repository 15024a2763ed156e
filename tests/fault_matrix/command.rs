//! The commands that use a token: how each is run, and what it may leave.

use crate::home::Home;

/// A column of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Command {
    /// `issue`, a batch of three.
    Issue,
    /// `crl issue`.
    Crl,
    /// `key generate`.
    Generate,
    /// `ca create`.
    Create,
    /// `token doctor`, which goes on after what fails and says so in its answer.
    Doctor,
}

impl Command {
    /// All columns.
    pub(crate) const ALL: [Self; 5] = [Self::Issue, Self::Crl, Self::Generate, Self::Create, Self::Doctor];

    /// The arguments; keys are of `algorithm`.
    pub(crate) fn arguments(self, home: &Home, algorithm: &str) -> Vec<String> {
        let key = |label| home.token().key_uri(label);
        let words: Vec<&str> = match self {
            Self::Issue => home.issue(&["r1.csr", "r2.csr", "r3.csr"], &["--out-dir", "out"]),
            Self::Crl => vec!["crl", "issue", "--ca", "root", "--out", "x.crl"],
            Self::Generate => {
                return ["key", "generate", &key("new"), "--algorithm", algorithm].map(str::to_owned).into();
            }
            Self::Doctor => {
                return ["token", "doctor", &key("next")].map(str::to_owned).into();
            }
            Self::Create => {
                let subject = "C=AT,O=Example,CN=Example New";
                return [
                    "ca",
                    "create",
                    "new",
                    "--key",
                    &key("next"),
                    "--subject",
                    subject,
                    "--out",
                    "new.pem",
                ]
                .map(str::to_owned)
                .into();
            }
        };
        words.into_iter().map(str::to_owned).collect()
    }

    /// The file by which whoever runs it sees that it has succeeded, if it writes one.
    pub(crate) const fn output(self) -> Option<&'static str> {
        match self {
            Self::Crl => Some("x.crl"),
            Self::Create => Some("new.pem"),
            Self::Issue | Self::Generate | Self::Doctor => None,
        }
    }

    /// The certificate of the CA that has signed what comes out.
    pub(crate) const fn issuer(self) -> &'static str {
        match self {
            Self::Create => "new.pem",
            Self::Issue | Self::Crl | Self::Generate | Self::Doctor => "root.pem",
        }
    }
}
