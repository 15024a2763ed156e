//! What became of each request of a run.

use std::path::PathBuf;

use serde::Serialize;

use crate::commands;
use crate::failure::{Exit, Failure, Progress};
use crate::render::{Answer, Plain, Text};
use crate::safe_text::Page;
use crate::view::View;

/// What became of one request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Signed, recorded and written.
    Issued {
        /// The serial number.
        serial: String,
        /// SHA-256 over the certificate.
        sha256: [u8; 32],
        /// Where it was written.
        path: Option<PathBuf>,
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

/// What became of all of them, in the order in which they were given.
#[derive(Debug)]
pub(crate) struct Issuance {
    requests: Vec<(String, Option<Outcome>)>,
    stopped: Option<Failure>,
    print: bool,
    token_failed: bool,
}

impl Issuance {
    /// Of these requests. A single certificate is printed if it goes into no file.
    pub(crate) fn new(paths: &[PathBuf], print: bool) -> Self {
        let requests = paths.iter().map(|path| (path.display().to_string(), None)).collect();
        Self { requests, stopped: None, print, token_failed: false }
    }

    /// Whether a certificate is printed.
    pub(crate) const fn prints(&self) -> bool {
        self.print
    }

    pub(crate) fn set(&mut self, place: usize, outcome: Outcome) {
        self.token_failed |= matches!(&outcome, Outcome::Failed(failure)
            if matches!(failure.exit(), Exit::Token | Exit::Integrity));
        if let Some((_, slot)) = self.requests.get_mut(place) {
            *slot = Some(outcome);
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

    /// What the command answers. The failure of a single request is the command's own.
    ///
    /// # Errors
    /// That failure, or the one that ended the run before anything was issued.
    pub(crate) fn answer(mut self) -> Result<Answer, Failure> {
        let nothing_done = self.requests.iter().all(|(_, outcome)| outcome.is_none());
        if nothing_done && let Some(failure) = self.stopped.take() {
            return Err(failure);
        }
        if let [(_, outcome)] = self.requests.as_mut_slice() {
            match outcome.take() {
                Some(Outcome::Issued { pem: Some(pem), serial, path: None, .. }) => {
                    let advice = format!("keyrite certificate export {serial} --out FILE writes it");
                    return Ok(Answer::new(Plain(pem)).signed(Progress::SignedNotPublished, advice));
                }
                Some(Outcome::Issued { serial, sha256, path, .. }) => {
                    let answer = Answer::new(commands::issued(&serial, sha256, path.as_deref()));
                    let advice =
                        format!("certificate {serial} is on record and written: nothing is to be done");
                    return Ok(answer.signed(Progress::Published, advice));
                }
                Some(Outcome::Previewed(view)) => return Ok(Answer::new(view)),
                Some(Outcome::Refused(failure) | Outcome::Failed(failure)) => return Err(failure),
                Some(Outcome::Foreseen(failure, view)) => {
                    let exit = failure.exit();
                    return Ok(Answer::new(Foreseen { view, failure }).exit(exit));
                }
                None => {}
            }
        }
        let exit = self.exit();
        let issued = self.requests.iter().any(|(_, outcome)| matches!(outcome, Some(Outcome::Issued { .. })));
        let requests =
            self.requests.into_iter().map(|(request, outcome)| Line::of(request, outcome)).collect();
        let answer = Answer::new(Listed { requests, stopped: self.stopped }).exit(exit);
        if !issued {
            return Ok(answer);
        }
        let advice = "what was issued is on record: keyrite certificate list shows it".to_owned();
        Ok(answer.signed(Progress::Published, advice))
    }

    /// The gravest of the exit codes: integrity before output before token before refused.
    fn exit(&self) -> Exit {
        let failures = self.requests.iter().filter_map(|(_, outcome)| match outcome {
            Some(Outcome::Refused(failure) | Outcome::Failed(failure) | Outcome::Foreseen(failure, _)) => {
                Some(failure.exit())
            }
            Some(Outcome::Issued { .. } | Outcome::Previewed(_)) | None => None,
        });
        let all = failures.chain(self.stopped.as_ref().map(Failure::exit));
        all.max_by_key(|exit| exit.code()).unwrap_or(Exit::Done)
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
    requests: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<Failure>,
}

/// One request of a batch.
#[derive(Debug, Serialize)]
struct Line {
    request: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<View>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

impl Line {
    fn of(request: String, outcome: Option<Outcome>) -> Self {
        let line = Self {
            request,
            status: "not attempted",
            serial: None,
            sha256: None,
            written: None,
            preview: None,
            failure: None,
        };
        match outcome {
            None => line,
            Some(Outcome::Issued { serial, sha256, path, .. }) => Self {
                status: "issued",
                serial: Some(serial),
                sha256: Some(hex::encode(sha256)),
                written: path.map(|path| path.display().to_string()),
                ..line
            },
            Some(Outcome::Previewed(view)) => Self { status: "acceptable", preview: Some(view), ..line },
            Some(Outcome::Refused(failure)) => Self { status: "refused", failure: Some(failure), ..line },
            Some(Outcome::Foreseen(failure, view)) => {
                Self { status: "refused", preview: Some(view), failure: Some(failure), ..line }
            }
            Some(Outcome::Failed(failure)) => Self { status: "failed", failure: Some(failure), ..line },
        }
    }
}

impl Text for Listed {
    fn text(&self, page: &mut Page) {
        for line in &self.requests {
            let Line { request, status, serial, written, preview, failure, .. } = line;
            let serial = serial.as_ref().map_or_else(String::new, |serial| format!(" {serial}"));
            let written = written.as_ref().map_or_else(String::new, |path| format!(" in {path}"));
            page.line(format!("{request}: {status}{serial}{written}"));
            if let Some(failure) = failure {
                failure.lines().iter().for_each(|text| page.line(format!("  {text}")));
            }
            if let Some(view) = preview {
                view.text(page);
                page.blank();
            }
        }
        let count = |status: &str| self.requests.iter().filter(|line| line.status == status).count();
        let words = ["issued", "acceptable", "refused", "failed", "not attempted"];
        let counts: Vec<String> = words
            .iter()
            .filter(|status| count(status) > 0)
            .map(|status| format!("{} {status}", count(status)))
            .collect();
        page.line(counts.join(", "));
        if let Some(failure) = &self.stopped {
            failure.lines().iter().for_each(|text| page.line(text));
        }
    }
}
