//! RequestBundle: who asks which CA for what.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::bundle_id::BundleId;
use super::ca_reference::CaReference;
use super::contents::{Contents, FileDigest, account, manifest, typed, unreadable, wanted};
use super::layout::{self, REQUEST};
use super::problem::BundleError;
use super::seal::{Seal, statement};
use crate::audit::encoding::{EncodingError, encode};
use crate::audit::{Checkpoint, Fingerprint};
use crate::x509::extension::ReasonCode;
use crate::x509::limits::REQUEST_FILE_OCTETS;
use crate::x509::serial::SerialNumber;
use crate::x509::spki::PublicKey;
use crate::x509::time::Time;

/// What separates this from every other JSON; the version is part of it.
const FORM: &str = "keyrite bundle request v1";
/// The most characters of what people write into a manifest.
const TEXT: usize = 128;

/// Who asks which CA for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequestManifest {
    form: String,
    /// By what it is known.
    pub bundle: BundleId,
    /// The CA that is asked.
    pub ca: CaReference,
    /// The profile of the certificates; there is one if there are requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Who asks, by the name under which the CA knows the keys that sign this.
    pub requester: String,
    /// How long the certificates are wanted to be valid; without it, as the profile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<String>,
    /// When it was made, in RFC 3339.
    pub made_at: String,
    /// After what moment it is not answered any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The requests, numbered in their order.
    pub requests: Vec<Asked>,
    /// The certificates that are to be revoked.
    pub revocations: Vec<AskedRevocation>,
    /// Whether a fresh CRL is wanted.
    pub crl: bool,
    /// Whether OCSP responses about the certificates are wanted.
    pub ocsp: bool,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Asked {
    /// Its path in the bundle.
    pub file: String,
    /// Its octets.
    pub size: u64,
    /// SHA-256 over the file.
    pub sha256: Fingerprint,
    /// What who asks calls it, such as the name of the file that it was.
    pub reference: String,
}

/// One certificate that is to be revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AskedRevocation {
    /// Its serial number in upper-case hex.
    pub serial: String,
    /// Why, in RFC 5280's words, or `unspecified`.
    pub reason: String,
}

impl AskedRevocation {
    /// Both, read; a reason that is none on purpose is `None`.
    #[must_use]
    pub fn read(&self) -> Option<(SerialNumber, Option<ReasonCode>)> {
        let serial: SerialNumber =
            self.serial.parse().ok().filter(|found: &SerialNumber| found.to_string() == self.serial)?;
        let reason = match self.reason.as_str() {
            "unspecified" => None,
            text => Some(text.parse().ok()?),
        };
        Some((serial, reason))
    }
}

/// Whether a text may name a requester, as it may name a CA: 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or
/// digit.
#[must_use]
pub fn is_requester_name(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let fits = text.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'));
    begins && fits && text.len() <= 64
}

impl RequestManifest {
    /// A manifest that asks for nothing yet.
    #[must_use]
    pub fn new(bundle: BundleId, ca: CaReference, requester: String, made_at: Time) -> Self {
        Self {
            form: FORM.to_owned(),
            bundle,
            ca,
            profile: None,
            requester,
            validity: None,
            made_at: made_at.to_string(),
            expires_at: None,
            requests: Vec::new(),
            revocations: Vec::new(),
            crl: false,
            ocsp: false,
        }
    }

    /// Adds a request; gives the path of its file. Whether what it is called may stand there is for
    /// [`sound`](Self::sound) to say.
    pub fn add(&mut self, octets: &[u8], reference: String) -> String {
        let file = layout::request(self.requests.len().saturating_add(1));
        let FileDigest { size, sha256, .. } = FileDigest::of(String::new(), octets);
        self.requests.push(Asked { file: file.clone(), size, sha256, reference });
        file
    }

    /// Its one encoding: canonical JSON (RFC 8785).
    ///
    /// # Errors
    /// [`EncodingError`] when a size is no number that JSON keeps.
    pub fn encode(&self) -> Result<Vec<u8>, EncodingError> {
        encode(self)
    }

    /// The moment after which it is not answered any more.
    #[must_use]
    pub fn expires_at(&self) -> Option<Time> {
        self.expires_at.as_deref().and_then(|text| text.parse().ok())
    }

    /// Whether everything in it is such as may stand there.
    ///
    /// # Errors
    /// [`BundleError::Field`] names the first that is not.
    pub fn sound(&self) -> Result<(), BundleError> {
        let field = |field, found: &str, wanted: &str| Err(BundleError::field(REQUEST, field, found, wanted));
        if self.form != FORM {
            return field("form", &self.form, &format!("{FORM:?}"));
        }
        if !self.ca.is_sound() {
            return field(
                "ca",
                &self.ca.name,
                "the name of a CA with its key identifier or the SHA-256 of its certificate",
            );
        }
        if !is_requester_name(&self.requester) {
            return field(
                "requester",
                &self.requester,
                "1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit",
            );
        }
        if let Some(profile) = self.profile.as_deref().filter(|text| !plain(text)) {
            return field("profile", profile, "the name of a profile");
        }
        if self.profile.is_none() != self.requests.is_empty() {
            return field(
                "profile",
                self.profile.as_deref().unwrap_or_default(),
                "one where there are requests, and none else",
            );
        }
        if let Some(validity) = self.validity.as_deref().filter(|text| !plain(text)) {
            return field("validity", validity, "a length of time such as 90d");
        }
        for (name, text) in [("made-at", Some(&self.made_at)), ("expires-at", self.expires_at.as_ref())] {
            if let Some(text) = text.filter(|text| !one_spelling::<Time>(text)) {
                return field(name, text, "a time such as 2026-11-22T09:00:00Z");
            }
        }
        self.sound_lists()
    }

    fn sound_lists(&self) -> Result<(), BundleError> {
        let field = |field, found: &str, wanted: &str| Err(BundleError::field(REQUEST, field, found, wanted));
        let (requests, revocations) = (self.requests.len(), self.revocations.len());
        if requests > layout::MOST_REQUESTS {
            return field("requests", &requests.to_string(), &format!("at most {}", layout::MOST_REQUESTS));
        }
        if revocations > layout::MOST_REVOCATIONS {
            return field(
                "revocations",
                &revocations.to_string(),
                &format!("at most {}", layout::MOST_REVOCATIONS),
            );
        }
        if requests == 0 && revocations == 0 && !self.crl {
            return field("requests", "none", "a request, a revocation or a CRL");
        }
        if self.ocsp && requests == 0 {
            return field("ocsp", "true", "a request, about whose certificate there can be a response");
        }
        for (number, asked) in (1..).zip(&self.requests) {
            // Of our own making, so that no path leads anywhere else, and none is there twice.
            if asked.file != layout::request(number) {
                return field("requests.file", &asked.file, &layout::request(number));
            }
            if usize::try_from(asked.size).map_or(true, |size| size > REQUEST_FILE_OCTETS) {
                return field(
                    "requests.size",
                    &asked.size.to_string(),
                    &format!("at most {REQUEST_FILE_OCTETS}"),
                );
            }
            if !plain(&asked.reference) {
                return field(
                    "requests.reference",
                    &asked.reference,
                    &format!("1 to {TEXT} characters, none of them for control"),
                );
            }
            let earlier = self.requests.iter().take(number.saturating_sub(1));
            if let Some(other) = earlier.into_iter().find(|other| other.sha256 == asked.sha256) {
                return Err(BundleError::Twice { file: asked.file.clone(), other: other.file.clone() });
            }
        }
        for (at, asked) in self.revocations.iter().enumerate() {
            if asked.read().is_none() {
                let found = format!("{}:{}", asked.serial, asked.reason);
                return field("revocations", &found, "a serial number in upper-case hex and a reason");
            }
            if self.revocations.iter().take(at).any(|other| other.serial == asked.serial) {
                return field("revocations", &asked.serial, "each serial number once");
            }
        }
        Ok(())
    }
}

/// Whether people can have written a text: short, and nothing that a terminal obeys.
fn plain(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= TEXT && !text.chars().any(char::is_control)
}

/// Whether a text is what it is read as, and spelled as that is written.
pub(super) fn one_spelling<T: FromStr + ToString>(text: &str) -> bool {
    text.parse::<T>().is_ok_and(|read| read.to_string() == text)
}

/// A bundle all of whose files are what its manifest says. Who has signed it is still to be seen.
#[derive(Clone, Debug)]
pub struct RequestBundle {
    /// What it says.
    pub manifest: RequestManifest,
    /// SHA-256 over the manifest: with it every file is fixed.
    pub sha256: Fingerprint,
    seal: Option<Seal>,
    statement: Checkpoint,
    contents: Contents,
}

impl RequestBundle {
    /// Reads a bundle.
    ///
    /// # Errors
    /// [`BundleError`] names the first file with which something is wrong.
    pub fn read(contents: Contents) -> Result<Self, BundleError> {
        let bundle = Self::read_unsigned(contents)?;
        if bundle.seal.is_none() {
            Seal::read(&bundle.contents)?;
        }
        Ok(bundle)
    }

    /// Reads a bundle that may have no signature yet.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_unsigned(contents: Contents) -> Result<Self, BundleError> {
        let manifest: RequestManifest = typed(REQUEST, manifest(&contents, REQUEST)?)?;
        let octets = wanted(&contents, REQUEST)?;
        // What is absent may not be spelled out.
        if manifest.encode().map_err(|error| unreadable(REQUEST, error))? != octets {
            return Err(unreadable(REQUEST, EncodingError::NotCanonical));
        }
        manifest.sound()?;
        let signed = contents.contains_key(layout::REQUEST_NOTE);
        let seal = signed.then(|| Seal::read(&contents)).transpose()?;
        let named: Vec<FileDigest> = manifest.requests.iter().map(Asked::digest).collect();
        let mut others = vec![REQUEST.to_owned()];
        others.extend(signed.then(|| layout::REQUEST_NOTE.to_owned()));
        account((&contents, REQUEST), named.iter(), &others)?;
        let statement = statement(manifest.bundle, &manifest.requester, octets);
        let sha256 = Fingerprint::of(octets);
        Ok(Self { manifest, sha256, seal, statement, contents })
    }

    /// The signature, if it has one.
    #[must_use]
    pub const fn seal(&self) -> Option<&Seal> {
        self.seal.as_ref()
    }

    /// The octets of a request.
    #[must_use]
    pub fn request(&self, asked: &Asked) -> &[u8] {
        self.contents.get(&asked.file).map(Vec::as_slice).unwrap_or_default()
    }

    /// Which of the known public keys has signed it, as a note.
    ///
    /// # Errors
    /// [`BundleError::Proof`] when none has, or the signature does not hold.
    pub fn signer(&self, keys: &[PublicKey]) -> Result<usize, BundleError> {
        let missing = || BundleError::Missing { file: layout::REQUEST_NOTE.to_owned() };
        self.seal.as_ref().ok_or_else(missing)?.signer(&self.statement, keys)
    }
}

impl Asked {
    /// The file that it names.
    #[must_use]
    pub fn digest(&self) -> FileDigest {
        FileDigest { file: self.file.clone(), size: self.size, sha256: self.sha256 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> RequestManifest {
        let ca = CaReference {
            name: "issuing".to_owned(),
            key_id: Some("00ff".to_owned()),
            certificate_sha256: None,
        };
        let now = Time::from_unix(1_800_000_000).unwrap();
        let mut manifest = RequestManifest::new(BundleId::new([7; 16]), ca, "web-team".to_owned(), now);
        manifest.profile = Some("tls-server".to_owned());
        manifest.add(b"one", "www.csr".to_owned());
        manifest.add(b"two", "mail.csr".to_owned());
        manifest
    }

    fn contents(manifest: &RequestManifest) -> Contents {
        let mut contents = Contents::new();
        contents.insert(REQUEST.to_owned(), manifest.encode().unwrap());
        contents.insert(layout::README.to_owned(), layout::REQUEST_README.as_bytes().to_vec());
        contents.insert(layout::request(1), b"one".to_vec());
        contents.insert(layout::request(2), b"two".to_vec());
        contents
    }

    fn said(contents: Contents) -> String {
        RequestBundle::read_unsigned(contents).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_bundle_reads_back_and_has_one_spelling() {
        let sound = contents(&manifest());
        let bundle = RequestBundle::read_unsigned(sound.clone()).unwrap();
        assert_eq!(bundle.manifest, manifest());
        assert_eq!(bundle.request(&bundle.manifest.requests[1]), b"two");
        assert_eq!(
            RequestBundle::read(sound.clone()).map(|_| ()).unwrap_err().to_string(),
            "request.note is missing"
        );
        let text = String::from_utf8(sound[REQUEST].clone()).unwrap();
        for (from, to) in
            [("{\"bundle\"", "{ \"bundle\""), ("\"crl\":false", "\"crl\":false,\"expires-at\":null")]
        {
            let mut other = sound.clone();
            let changed = text.replace(from, to);
            assert_ne!(changed, text);
            other.insert(REQUEST.to_owned(), changed.into_bytes());
            assert_eq!(said(other), "request.json cannot be read", "{to}");
        }
        let mut unknown = sound;
        unknown.insert(REQUEST.to_owned(), text.replace("{\"bundle\"", "{\"and\":1,\"bundle\"").into_bytes());
        assert_eq!(said(unknown), "request.json cannot be read");
    }

    #[test]
    fn what_cannot_stand_in_a_manifest_is_named() {
        type Edit = fn(&mut RequestManifest);
        let edits: [(Edit, &str); 12] = [
            (
                |m| m.form = "keyrite bundle request v2".to_owned(),
                "form is \"keyrite bundle request v2\", wanted",
            ),
            (|m| m.requester = "../x".to_owned(), "requester is \"../x\", wanted 1 to 64 of"),
            (|m| m.profile = None, "profile is \"\", wanted one where there are requests"),
            (|m| m.profile = Some("\u{1b}[2J".to_owned()), "profile is \"\\u{1b}[2J\", wanted the name"),
            (|m| m.made_at = "yesterday".to_owned(), "made-at is \"yesterday\", wanted a time"),
            (
                |m| m.requests[1].file = "../../etc/passwd".to_owned(),
                "requests.file is \"../../etc/passwd\", wanted requests/0002.csr",
            ),
            (
                |m| m.requests[1].file = layout::request(1),
                "requests.file is \"requests/0001.csr\", wanted requests/0002.csr",
            ),
            (
                |m| m.requests[1].sha256 = m.requests[0].sha256,
                "requests/0002.csr is the same as requests/0001.csr",
            ),
            (|m| m.requests[0].size = 1 << 40, "requests.size is \"1099511627776\", wanted at most 327680"),
            (
                |m| m.requests[0].reference = "a\u{7}".to_owned(),
                "requests.reference is \"a\\u{7}\", wanted 1 to 128",
            ),
            (
                |m| {
                    m.revocations
                        .push(AskedRevocation { serial: "4a".to_owned(), reason: "superseded".to_owned() });
                },
                "revocations is \"4a:superseded\"",
            ),
            (|m| m.requests = vec![m.requests[0].clone(); 251], "requests is \"251\", wanted at most 250"),
        ];
        for (edit, wanted) in edits {
            let mut changed = manifest();
            edit(&mut changed);
            let said = said(contents(&changed));
            assert!(said.contains(wanted), "{said}");
        }
    }

    #[test]
    fn every_file_is_accounted_for() {
        let sound = contents(&manifest());
        for file in sound.keys() {
            let mut without = sound.clone();
            without.remove(file);
            assert_eq!(said(without), format!("{file} is missing"));
            let mut changed = sound.clone();
            if let Some(first) = changed.get_mut(file).and_then(|octets| octets.first_mut()) {
                *first ^= 1;
            }
            assert!(said(changed).starts_with(file.as_str()));
        }
        let mut more = sound;
        more.insert("requests/0003.csr".to_owned(), Vec::new());
        assert_eq!(said(more), "requests/0003.csr is no part of this bundle: request.json does not name it");
    }
}
