//! Manifest: which files are published where, with their hashes.

use keyrite::authority::publication::{AnswerPlace, Published, PublishedFile, fingerprint};
use keyrite::store::OcspAnswer;
use keyrite::x509::time::Time;
use serde::Serialize;

/// Everything that is there.
#[derive(Debug, Serialize)]
pub(crate) struct Manifest {
    format: &'static str,
    made: String,
    /// Certificates and CRLs.
    pub(crate) files: Vec<File>,
    /// Directories of OCSP responses.
    pub(crate) ocsp: Vec<Answers>,
}

/// One file.
#[derive(Debug, Serialize)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) urls: Vec<String>,
    pub(crate) ca: String,
    pub(crate) what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delta_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) covers: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) this_update: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_update: Option<String>,
    pub(crate) octets: usize,
    pub(crate) sha256: String,
}

/// The responses about one CA's certificates.
#[derive(Debug, Serialize)]
pub(crate) struct Answers {
    pub(crate) ca: String,
    /// The directory; empty for the root.
    pub(crate) path: String,
    pub(crate) urls: Vec<String>,
    pub(crate) answers: u64,
    /// Those on record that are outdated, or say something else than the ledger does now.
    pub(crate) left_out: u64,
    /// How many of these say something else: what was published before may say it still.
    pub(crate) contradicted: u64,
    /// The earliest nextUpdate.
    pub(crate) next_update: Option<String>,
    /// SHA-256 over a line for each response in the order of serial numbers: its own SHA-256, two blanks, its path.
    pub(crate) sha256: String,
}

impl Manifest {
    pub(crate) fn new(made: Time) -> Self {
        Self { format: "keyrite-publication-1", made: made.to_string(), files: Vec::new(), ocsp: Vec::new() }
    }

    /// The file's text.
    pub(crate) fn to_json(&self) -> String {
        // Texts and numbers alone: nothing in it can fail to be JSON.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

impl File {
    pub(super) fn of(path: &str, file: &PublishedFile) -> Self {
        let crl = match &file.what {
            Published::Certificate | Published::Certificates(_) => None,
            Published::Crl(facts) => Some(facts),
        };
        let time = |time: Time| time.to_string();
        Self {
            path: path.to_owned(),
            urls: file.urls.clone(),
            ca: file.ca.to_string(),
            what: file.what.to_string(),
            number: crl.map(|crl| crl.number.to_string()),
            delta_to: crl.and_then(|crl| crl.base).map(|base| base.to_string()),
            covers: crl.and_then(|crl| crl.covers.clone()),
            this_update: crl.map(|crl| time(crl.this_update)),
            next_update: crl.and_then(|crl| crl.next_update).map(time),
            octets: file.contents.len(),
            sha256: fingerprint(&file.contents).to_string(),
        }
    }

    /// What it is, in a few words.
    pub(crate) fn title(&self) -> String {
        format!("{} of CA {}", self.what, self.ca)
    }
}

impl Answers {
    pub(super) fn of(place: &AnswerPlace) -> Self {
        Self {
            ca: place.ca.to_string(),
            path: place.path.clone(),
            urls: place.urls.clone(),
            answers: 0,
            left_out: 0,
            contradicted: 0,
            next_update: None,
            sha256: String::new(),
        }
    }

    pub(super) fn add(&mut self, answer: &OcspAnswer) {
        self.answers = self.answers.saturating_add(1);
        let next = answer.next_update.to_string();
        // All times are of one form, so that their texts have their order.
        if self.next_update.as_ref().is_none_or(|earliest| next < *earliest) {
            self.next_update = Some(next);
        }
    }
}
