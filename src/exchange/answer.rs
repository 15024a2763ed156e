//! AnswerBundle: what a CA gives, and what it refuses.

use serde::{Deserialize, Serialize};

use super::bundle_id::BundleId;
use super::ca_reference::CaReference;
use super::contents::{Contents, FileDigest, account, manifest, typed, unreadable, wanted};
use super::layout::{self, ANSWER};
use super::problem::BundleError;
use super::request::{is_requester_name, one_spelling};
use crate::audit::Fingerprint;
use crate::audit::encoding::{EncodingError, encode};
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// What separates this from every other JSON; the version is part of it.
const FORM: &str = "keyrite bundle answer v1";
/// The most reasons that are given for one refusal, and the most octets of each.
const MOST_REASONS: usize = 20;
const REASON: usize = 512;

/// What a CA gives, and what it refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AnswerManifest {
    form: String,
    /// The bundle that is answered.
    pub bundle: BundleId,
    /// SHA-256 over its manifest.
    pub request_sha256: Fingerprint,
    /// The CA.
    pub ca: CaReference,
    /// Who asked.
    pub requester: String,
    /// When it was answered, in RFC 3339.
    pub made_at: String,
    /// What became of each request, in the order of the requests.
    pub results: Vec<RequestResult>,
    /// What became of each revocation, in the order of the bundle.
    pub revocations: Vec<RevocationResult>,
    /// Whether there are OCSP responses about the certificates. They are signed themselves, and a later copy of this
    /// answer has newer ones, so that no sum of them is told here.
    pub ocsp: bool,
    /// Every file but the proofs and the OCSP responses.
    pub files: Vec<FileDigest>,
}

/// What became of one request: it has a certificate, or reasons for which there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequestResult {
    /// The file of the request, in its bundle.
    pub request: String,
    /// SHA-256 over it.
    pub sha256: Fingerprint,
    /// Its certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Given>,
    /// Why there is none, in words, with the ids of rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
}

/// A certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Given {
    /// Its serial number in upper-case hex.
    pub serial: String,
    /// Its file.
    pub file: String,
}

/// What became of one revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RevocationResult {
    /// The serial number in upper-case hex.
    pub serial: String,
    /// Why it is not revoked; it is where nothing stands here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
}

impl AnswerManifest {
    /// An answer that gives nothing yet.
    #[must_use]
    pub fn new(
        (bundle, request_sha256): (BundleId, Fingerprint),
        ca: CaReference,
        requester: String,
        made_at: String,
    ) -> Self {
        Self {
            form: FORM.to_owned(),
            bundle,
            request_sha256,
            ca,
            requester,
            made_at,
            results: Vec::new(),
            revocations: Vec::new(),
            ocsp: false,
            files: Vec::new(),
        }
    }

    /// Its one encoding: canonical JSON (RFC 8785).
    ///
    /// # Errors
    /// [`EncodingError`] when a size is no number that JSON keeps.
    pub fn encode(&self) -> Result<Vec<u8>, EncodingError> {
        encode(self)
    }

    /// The certificates, each with the number of its request, counted from 1.
    pub fn given(&self) -> impl Iterator<Item = (usize, &Given)> {
        let numbered = (1..).zip(&self.results);
        numbered.filter_map(|(number, result)| result.certificate.as_ref().map(|given| (number, given)))
    }

    /// How many things are refused.
    #[must_use]
    pub fn refused(&self) -> usize {
        let requests = self.results.iter().filter(|result| result.certificate.is_none()).count();
        let revocations = self.revocations.iter().filter(|result| !result.refused.is_empty()).count();
        requests.saturating_add(revocations)
    }

    /// The files of CRLs.
    pub fn crls(&self) -> impl Iterator<Item = &FileDigest> {
        self.files.iter().filter(|file| file.file.starts_with("crls/"))
    }

    /// Whether everything in it is such as may stand there.
    fn sound(&self) -> Result<(), BundleError> {
        let field = |field, found: &str, wanted: &str| Err(BundleError::field(ANSWER, field, found, wanted));
        if self.form != FORM {
            return field("form", &self.form, &format!("{FORM:?}"));
        }
        if !self.ca.is_sound() {
            return field("ca", &self.ca.name, "the name of a CA with the SHA-256 of its certificate");
        }
        if !is_requester_name(&self.requester) {
            return field("requester", &self.requester, "the name of a requester");
        }
        if !one_spelling::<Time>(&self.made_at) {
            return field("made-at", &self.made_at, "a time such as 2026-11-22T09:00:00Z");
        }
        for (name, found, most) in [
            ("results", self.results.len(), layout::MOST_REQUESTS),
            ("revocations", self.revocations.len(), layout::MOST_REVOCATIONS),
            ("files", self.files.len(), layout::MOST_FILES),
        ] {
            if found > most {
                return field(name, &found.to_string(), &format!("at most {most}"));
            }
        }
        for (number, result) in (1..).zip(&self.results) {
            if result.request != layout::request(number) {
                return field("results.request", &result.request, &layout::request(number));
            }
            if result.certificate.is_some() != result.refused.is_empty() {
                return field(
                    "results.refused",
                    &result.refused.join(", "),
                    "a certificate or reasons for none",
                );
            }
            if let Some(Given { serial, file }) = &result.certificate {
                if *file != layout::certificate(number) {
                    return field("results.certificate.file", file, &layout::certificate(number));
                }
                if !one_spelling::<SerialNumber>(serial) {
                    return field("results.certificate.serial", serial, "a serial number in upper-case hex");
                }
            }
        }
        self.sound_files()
    }

    /// The files are those that an answer has, in their order.
    fn sound_files(&self) -> Result<(), BundleError> {
        let certificates = self.given().map(|(_, given)| given.file.clone());
        let mut wanted: Vec<String> = certificates.chain([layout::CHAIN.to_owned()]).collect();
        let crls = self.files.len().saturating_sub(wanted.len());
        wanted.extend((1..=crls).map(layout::crl));
        let found = self.files.iter().map(|file| file.file.as_str());
        match found.zip(wanted.iter()).find(|(found, wanted)| found != wanted) {
            Some((found, wanted)) => Err(BundleError::field(ANSWER, "files", found, wanted)),
            None if self.files.len() < wanted.len() || crls > layout::MOST_CRLS => {
                let found = self.files.len().to_string();
                Err(BundleError::field(ANSWER, "files", &found, &format!("at least {} files", wanted.len())))
            }
            None => Ok(()),
        }
    }
}

/// Reasons as an answer has them: not more than there is room for.
#[must_use]
pub fn reasons(words: &[String]) -> Vec<String> {
    let short = |text: &String| {
        if text.len() <= REASON {
            return text.clone();
        }
        let end = (0..=REASON).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        format!("{}…", text.get(..end).unwrap_or_default())
    };
    words.iter().take(MOST_REASONS).map(short).collect()
}

/// An answer all of whose files are what its manifest says, or there to be proven. Whose it is has to be seen.
#[derive(Clone, Debug)]
pub struct AnswerBundle {
    /// What it says.
    pub manifest: AnswerManifest,
    /// SHA-256 over the manifest.
    pub sha256: Fingerprint,
    pub(super) contents: Contents,
}

impl AnswerBundle {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`BundleError`] names the first file with which something is wrong.
    pub fn read(contents: Contents) -> Result<Self, BundleError> {
        let manifest: AnswerManifest = typed(ANSWER, manifest(&contents, ANSWER)?)?;
        let octets = wanted(&contents, ANSWER)?;
        if manifest.encode().map_err(|error| unreadable(ANSWER, error))? != octets {
            return Err(unreadable(ANSWER, EncodingError::NotCanonical));
        }
        manifest.sound()?;
        let mut others: Vec<String> =
            [ANSWER, layout::ANSWER_PROOF, layout::CHECKPOINT].map(str::to_owned).to_vec();
        others.extend(manifest.given().map(|(number, _)| layout::proof(number)));
        if manifest.ocsp {
            others.extend(manifest.given().map(|(number, _)| layout::ocsp(number)));
        }
        for file in &others {
            wanted(&contents, file)?;
        }
        account((&contents, ANSWER), manifest.files.iter(), &others)?;
        let sha256 = Fingerprint::of(octets);
        Ok(Self { manifest, sha256, contents })
    }

    /// The octets of a file.
    #[must_use]
    pub fn file(&self, file: &str) -> &[u8] {
        self.contents.get(file).map(Vec::as_slice).unwrap_or_default()
    }

    /// All files.
    #[must_use]
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }
}
