//! Inspection: what is served, held against what should be.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use keyrite::authority::publication::{AnswerPlace, Publication, Published, PublishedFile, fingerprint};
use keyrite::store::{CertificateFilter, State, Store};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::crl_head::CrlHead;
use keyrite::x509::excerpt::Excerpt;
use keyrite::x509::ocsp::{CertId, CertIdHash, CertStatus, IssuerId, OcspError, OcspRequest, OcspResponse};
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::time::Time;

use super::fetch::{Client, Fetched};
use crate::failure::{Exit, Failure};

/// About how many certificates of each CA a server is asked by OCSP.
pub(crate) const ASKED: usize = 20;

/// What is inspected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A directory, such as `publish` writes.
    Directory(PathBuf),
    /// A web server, by the URL that stands for its root.
    Server(String),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("https://") {
            return Err("relying parties are served by http, and so is this".to_owned());
        }
        if text.starts_with("http://") {
            return Ok(Self::Server(text.trim_end_matches('/').to_owned()));
        }
        Ok(Self::Directory(PathBuf::from(text)))
    }
}

/// What was found at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The path below the root.
    pub(crate) path: String,
    /// What should be there.
    pub(crate) wanted: String,
    /// What is wrong with what is there; none when it is as it should be.
    pub(crate) fault: Option<String>,
    /// What no relying party minds, and is not as it should be.
    pub(crate) remark: Option<String>,
}

/// The findings of one inspection.
#[derive(Debug)]
pub(crate) struct Inspection<'a> {
    store: &'a Store,
    target: &'a Target,
    client: Client,
    now: Time,
    findings: Vec<Finding>,
}

impl<'a> Inspection<'a> {
    /// Looks at everything that should be there.
    ///
    /// # Errors
    /// A [`Failure`] when the ledger cannot be read.
    pub(crate) fn of(
        store: &'a Store,
        publication: &Publication,
        target: &'a Target,
        now: Time,
    ) -> Result<Vec<Finding>, Failure> {
        let mut inspection = Self { store, target, client: Client::new(), now, findings: Vec::new() };
        for (path, file) in &publication.files {
            inspection.file(path, file);
        }
        for place in &publication.answers {
            inspection.answers(place)?;
        }
        Ok(inspection.findings)
    }

    fn fetch(&self, path: &str) -> Result<Fetched, String> {
        match self.target {
            Target::Server(root) => self.client.get(&format!("{root}/{}", encoded(path))),
            Target::Directory(root) => match std::fs::read(root.join(Path::new(path))) {
                Ok(contents) => Ok(Fetched { contents, media_type: None }),
                Err(error) => Err(error.to_string()),
            },
        }
    }

    fn file(&mut self, path: &str, file: &PublishedFile) {
        let wanted = format!("{} of CA {}", file.what, file.ca);
        // RFC 2585 s.4, RFC 5280 s.4.2.2.1.
        let media_type = match &file.what {
            Published::Certificate => "application/pkix-cert",
            Published::Certificates(_) => "application/pkcs7-mime",
            Published::Crl(_) => "application/pkix-crl",
        };
        let fetched = self.fetch(path);
        let remark = fetched.as_ref().ok().and_then(|fetched| self.media_type(fetched, media_type));
        let fault = match fetched {
            Err(why) => Some(why),
            Ok(fetched) if fetched.contents == file.contents => self.outdated(&file.what),
            Ok(fetched) => Some(difference(&fetched.contents, &file.what)),
        };
        self.findings.push(Finding { path: path.to_owned(), wanted, fault, remark });
    }

    fn outdated(&self, what: &Published) -> Option<String> {
        let Published::Crl(facts) = what else { return None };
        let next = facts.next_update.filter(|next| *next < self.now)?;
        Some(format!("was to be replaced by {next}"))
    }

    fn media_type(&self, fetched: &Fetched, wanted: &str) -> Option<String> {
        if matches!(self.target, Target::Directory(_)) {
            return None;
        }
        let found = fetched.media_type.as_deref().unwrap_or("none");
        (found != wanted).then(|| format!("media type {}, wanted {wanted}", Excerpt(found)))
    }

    /// What clients are told about certificates of a CA: about all that are on record as signed ahead in a directory, about some of a server,
    /// which may also sign when it is asked.
    fn answers(&mut self, place: &AnswerPlace) -> Result<(), Failure> {
        let ca = self.store.ca(&place.ca)?;
        let Some(issuer) = &ca.certificate else { return Ok(()) };
        let asked = match self.target {
            Target::Directory(_) => self.presigned(place)?,
            Target::Server(_) => self.some(place, issuer)?,
        };
        for (serial, hash) in asked {
            let status = self.store.ocsp_status(&place.ca, &serial)?;
            let request = |name: fn(&CertId) -> Result<String, OcspError>| {
                let id = IssuerId::of(hash, issuer).and_then(|id| CertId::new(&id, &serial));
                id.and_then(|certificate| name(&certificate))
                    .map_err(|error| Failure::of(Exit::Defect, &error))
            };
            let name = match self.target {
                Target::Directory(_) => request(OcspRequest::file)?,
                Target::Server(_) => request(OcspRequest::name)?,
            };
            let path = if place.path.is_empty() { name } else { format!("{}/{name}", place.path) };
            let wanted = format!("OCSP response about {serial} of CA {}", place.ca);
            let fetched = self.fetch(&path);
            let remark = fetched
                .as_ref()
                .ok()
                .and_then(|fetched| self.media_type(fetched, "application/ocsp-response"));
            let fault = match fetched {
                Err(why) => Some(why),
                Ok(fetched) => self.answer(&fetched.contents, issuer, &serial, status).err(),
            };
            self.findings.push(Finding { path, wanted, fault, remark });
        }
        Ok(())
    }

    /// Everything that publish would write.
    fn presigned(&self, place: &AnswerPlace) -> Result<Vec<(SerialNumber, CertIdHash)>, Failure> {
        let mut all = Vec::new();
        self.store.ocsp_answers(&place.ca, |answer| {
            if answer.next_update >= self.now {
                all.push((answer.serial, answer.hash));
            }
            ControlFlow::Continue(())
        })?;
        Ok(all)
    }

    /// The newest of the certificates that have not expired.
    fn some(
        &self,
        place: &AnswerPlace,
        issuer: &Certificate,
    ) -> Result<Vec<(SerialNumber, CertIdHash)>, Failure> {
        let filter = CertificateFilter {
            ca: Some(place.ca.clone()),
            expires_from: Some(self.now),
            ..CertificateFilter::default()
        };
        let mut some = Vec::new();
        self.store.certificates(&filter, |one| {
            let is_there = matches!(one.state, State::Issued | State::Imported);
            if is_there && !(issuer.is_self_issued() && one.serial == *issuer.serial()) {
                some.push((one.serial, CertIdHash::Sha1));
            }
            if some.len() < ASKED { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(some)
    }

    fn answer(
        &self,
        der: &[u8],
        issuer: &Certificate,
        serial: &SerialNumber,
        status: CertStatus,
    ) -> Result<(), String> {
        let response = OcspResponse::from_der(der).map_err(|_| "it is no OCSP response".to_owned())?;
        let basic = response.basic().ok_or_else(|| format!("it says {} alone", response.status()))?;
        basic.verify(issuer).map_err(|error| format!("it does not verify: {error}"))?;
        let mut about =
            basic.data.answers.iter().filter(|one| one.certificate.serial().as_ref() == Some(serial));
        let one = about.next().ok_or_else(|| "it is about another certificate".to_owned())?;
        if one.this_update > self.now || one.next_update.is_some_and(|next| next < self.now) {
            let next = one.next_update.map_or_else(String::new, |next| format!(" until {next}"));
            return Err(format!("it is of {}{next}, and not current", one.this_update));
        }
        if one.status != status {
            return Err(format!("it says {}, and the ledger {status}", one.status));
        }
        Ok(())
    }
}

/// How other contents differ from what is wanted.
fn difference(found: &[u8], wanted: &Published) -> String {
    match wanted {
        Published::Crl(facts) => match CrlHead::of(found) {
            Err(_) => "it is no CRL".to_owned(),
            Ok(head) => {
                let number = head.number().map_or_else(|| "none".to_owned(), |number| number.to_string());
                let which = if head.number() > Some(facts.number) {
                    ", newer than any on record"
                } else if head.number() == Some(facts.number) {
                    " with other contents"
                } else {
                    ", an older one"
                };
                format!("it is CRL {number} of {}{which}", head.this_update)
            }
        },
        Published::Certificate => match Certificate::from_der(found) {
            Ok(other) => format!("it is another certificate, SHA-256 {}", fingerprint(other.as_der())),
            Err(_) => "it is no certificate in DER".to_owned(),
        },
        Published::Certificates(_) => "it is something else".to_owned(),
    }
}

/// A path in a URL. The names of OCSP responses are asked for as clients do it: with `+`, `/` and `=` escaped.
fn encoded(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        percent_encoding::utf8_percent_encode(part, percent_encoding::NON_ALPHANUMERIC).to_string()
    });
    parts.collect::<Vec<_>>().join("/")
}
