//! What became of each request of a run.
//!
//! Of a batch no more is kept than what is told at its end: some dozens of octets for each certificate that was issued.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::failure::{Exit, Failure, Progress};
use crate::paths::Paths;
use crate::render::{Answer, Plain, Text};
use crate::safe_text::Page;
use crate::view::View;
use crate::{commands, own};

/// What became of one request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Signed, recorded and written.
    Issued {
        /// The serial number.
        serial: String,
        /// SHA-256 over the certificate.
        sha256: [u8; 32],
        /// The certificate, where it is to be printed.
        pem: Option<String>,
    },
    /// Nothing was signed, and nothing was to be.
    Previewed(View),
    /// The request is not acceptable.
    Refused(Failure),
    /// It is not acceptable, and nothing was to be signed: what is asked beside what would be given.
    Foreseen(Failure, View),
    /// The request was acceptable, and something else went wrong.
    Failed(Failure),
}

/// Where certificates go.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// To standard output.
    Output,
    /// Into one file.
    File(PathBuf),
    /// Into files of a directory, by their serial numbers.
    Directory(PathBuf),
}

impl Place {
    /// The file of the certificate with a serial number, if it goes into one.
    pub(crate) fn of(&self, serial: &str) -> Option<PathBuf> {
        match self {
            Self::Output => None,
            Self::File(path) => Some(path.clone()),
            Self::Directory(directory) => Some(directory.join(own::file_name(serial))),
        }
    }
}

/// An outcome as it is kept. Most are of the first kind, and there may be many.
#[derive(Debug)]
enum Kept {
    Issued { serial: Box<str>, sha256: [u8; 32] },
    Other(Box<Outcome>),
}

impl Kept {
    fn is_issued(&self) -> bool {
        match self {
            Self::Issued { .. } => true,
            Self::Other(other) => matches!(other.as_ref(), Outcome::Issued { .. }),
        }
    }
}

/// What became of all of them, in the order in which they were given.
#[derive(Debug)]
pub(crate) struct Issuance {
    outcomes: Vec<Option<Kept>>,
    stopped: Option<Failure>,
    place: Place,
    token_failed: bool,
}

impl Issuance {
    /// Of so many requests.
    pub(crate) fn new(requests: usize, place: Place) -> Self {
        let outcomes = (0..requests).map(|_| None).collect();
        Self { outcomes, stopped: None, place, token_failed: false }
    }

    pub(crate) fn set(&mut self, at: usize, outcome: Outcome) {
        self.token_failed |= matches!(&outcome, Outcome::Failed(failure)
            if matches!(failure.exit(), Exit::Token | Exit::Integrity));
        let kept = match outcome {
            Outcome::Issued { serial, sha256, pem: None } => Kept::Issued { serial: serial.into(), sha256 },
            other @ (Outcome::Issued { .. }
            | Outcome::Previewed(_)
            | Outcome::Refused(_)
            | Outcome::Foreseen(..)
            | Outcome::Failed(_)) => Kept::Other(Box::new(other)),
        };
        if let Some(slot) = self.outcomes.get_mut(at) {
            *slot = Some(kept);
        }
    }

    /// Whether a signature failed: after that there is no going on with the token.
    pub(crate) const fn token_failed(&self) -> bool {
        self.token_failed
    }

    /// Ends the run before its end.
    pub(crate) fn stop(&mut self, failure: Failure) {
        self.stopped = Some(failure);
    }

    /// What became of each, and what ended the run before its end.
    pub(crate) fn into_outcomes(self) -> (Vec<Option<Outcome>>, Option<Failure>) {
        let outcome = |kept: Kept| match kept {
            Kept::Issued { serial, sha256 } => Outcome::Issued { serial: serial.into(), sha256, pem: None },
            Kept::Other(other) => *other,
        };
        (self.outcomes.into_iter().map(|kept| kept.map(outcome)).collect(), self.stopped)
    }

    /// What the command answers about the requests of these files. The failure of a single request is the command's
    /// own.
    ///
    /// # Errors
    /// That failure, or the one that ended the run before anything was issued.
    pub(crate) fn answer(mut self, paths: Paths) -> Result<Answer, Failure> {
        let nothing_done = self.outcomes.iter().all(Option::is_none);
        if nothing_done && let Some(failure) = self.stopped.take() {
            return Err(failure);
        }
        if let [outcome] = self.outcomes.as_mut_slice() {
            match outcome.take() {
                Some(Kept::Issued { serial, sha256 }) => {
                    let path = self.place.of(&serial);
                    let answer = Answer::new(commands::issued(&serial, sha256, path.as_deref()));
                    let advice =
                        format!("certificate {serial} is on record and written: nothing is to be done");
                    return Ok(answer.signed(Progress::Published, advice));
                }
                Some(Kept::Other(other)) => return single(*other),
                None => {}
            }
        }
        let exit = self.exit();
        let issued = self.outcomes.iter().flatten().any(Kept::is_issued);
        let Self { outcomes, stopped, place, .. } = self;
        let answer = Answer::new(Listed { requests: Lines { paths, outcomes, place }, stopped }).exit(exit);
        if !issued {
            return Ok(answer);
        }
        let advice = "what was issued is on record: keyrite certificate list shows it".to_owned();
        Ok(answer.signed(Progress::Published, advice))
    }

    /// The gravest of the exit codes: integrity before output before token before refused.
    fn exit(&self) -> Exit {
        let failures = self.outcomes.iter().flatten().filter_map(|kept| match kept {
            Kept::Issued { .. } => None,
            Kept::Other(other) => match other.as_ref() {
                Outcome::Refused(failure) | Outcome::Failed(failure) | Outcome::Foreseen(failure, _) => {
                    Some(failure.exit())
                }
                Outcome::Issued { .. } | Outcome::Previewed(_) => None,
            },
        });
        let all = failures.chain(self.stopped.as_ref().map(Failure::exit));
        all.max_by_key(|exit| exit.code()).unwrap_or(Exit::Done)
    }
}

/// The answer about the only request.
fn single(outcome: Outcome) -> Result<Answer, Failure> {
    match outcome {
        Outcome::Issued { pem: Some(pem), serial, .. } => {
            let advice = format!("keyrite certificate export {serial} --out FILE writes it");
            Ok(Answer::new(Plain(pem)).signed(Progress::SignedNotPublished, advice))
        }
        Outcome::Issued { serial, sha256, pem: None } => {
            Ok(Answer::new(commands::issued(&serial, sha256, None)))
        }
        Outcome::Previewed(view) => Ok(Answer::new(view)),
        Outcome::Refused(failure) | Outcome::Failed(failure) => Err(failure),
        Outcome::Foreseen(failure, view) => {
            let exit = failure.exit();
            Ok(Answer::new(Foreseen { view, failure }).exit(exit))
        }
    }
}

/// A request that would be refused.
#[derive(Debug, Serialize)]
pub(crate) struct Foreseen {
    #[serde(flatten)]
    pub(crate) view: View,
    pub(crate) failure: Failure,
}

impl Text for Foreseen {
    fn text(&self, page: &mut Page) {
        self.view.text(page);
        page.blank();
        self.failure.lines().iter().for_each(|line| page.line(line));
    }
}

/// All requests of a batch.
#[derive(Debug, Serialize)]
struct Listed {
    requests: Lines,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<Failure>,
}

/// The lines of a batch, each made when it is told.
#[derive(Debug)]
struct Lines {
    paths: Paths,
    outcomes: Vec<Option<Kept>>,
    place: Place,
}

/// One request of a batch.
#[derive(Debug, Serialize)]
struct Line<'a> {
    request: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<&'a View>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a Failure>,
}

impl Lines {
    fn each(&self) -> impl Iterator<Item = Line<'_>> {
        self.paths.iter().zip(&self.outcomes).map(|(path, outcome)| self.line(path, outcome.as_ref()))
    }

    fn line<'a>(&'a self, path: &Path, outcome: Option<&'a Kept>) -> Line<'a> {
        let line = Line {
            request: path.display().to_string(),
            status: "not attempted",
            serial: None,
            sha256: None,
            written: None,
            preview: None,
            failure: None,
        };
        let issued = |serial: &'a str, sha256: &[u8; 32], line: Line<'a>| Line {
            status: "issued",
            serial: Some(serial),
            sha256: Some(hex::encode(sha256)),
            written: self.place.of(serial).map(|path| path.display().to_string()),
            ..line
        };
        match outcome {
            None => line,
            Some(Kept::Issued { serial, sha256 }) => issued(serial, sha256, line),
            Some(Kept::Other(other)) => match other.as_ref() {
                Outcome::Issued { serial, sha256, .. } => issued(serial, sha256, line),
                Outcome::Previewed(view) => Line { status: "acceptable", preview: Some(view), ..line },
                Outcome::Refused(failure) => Line { status: "refused", failure: Some(failure), ..line },
                Outcome::Foreseen(failure, view) => {
                    Line { status: "refused", preview: Some(view), failure: Some(failure), ..line }
                }
                Outcome::Failed(failure) => Line { status: "failed", failure: Some(failure), ..line },
            },
        }
    }
}

impl Serialize for Lines {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.each())
    }
}

impl Text for Listed {
    fn text(&self, page: &mut Page) {
        const WORDS: [&str; 5] = ["issued", "acceptable", "refused", "failed", "not attempted"];
        let mut counts = [0_usize; WORDS.len()];
        for line in self.requests.each() {
            let Line { request, status, serial, written, preview, failure, .. } = line;
            for (word, count) in WORDS.iter().zip(&mut counts) {
                *count = count.saturating_add(usize::from(*word == status));
            }
            let serial = serial.map_or_else(String::new, |serial| format!(" {serial}"));
            let written = written.map_or_else(String::new, |path| format!(" in {path}"));
            page.line(format!("{request}: {status}{serial}{written}"));
            if let Some(failure) = failure {
                failure.lines().iter().for_each(|text| page.line(format!("  {text}")));
            }
            if let Some(view) = preview {
                view.text(page);
                page.blank();
            }
        }
        let counted = WORDS.iter().zip(counts).filter(|(_, count)| *count > 0);
        page.line(counted.map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", "));
        if let Some(failure) = &self.stopped {
            failure.lines().iter().for_each(|text| page.line(text));
        }
    }
}
