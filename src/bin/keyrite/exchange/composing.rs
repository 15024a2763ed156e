//! An answer, put together from what is on record: today and on any later day the same, octet for octet.

use std::path::Path;

use keyrite::audit::{Checkpoint, EntryProof, Fingerprint, Note};
use keyrite::authority::Authority;
use keyrite::authority::fresh_directory::FreshDirectory;
use keyrite::exchange::{
    AnswerManifest, CaReference, Contents, FileDigest, Given, RequestBundle, RequestResult, RevocationResult,
    layout,
};
use keyrite::store::Store;
use keyrite::x509::certificate::Certificate;
use keyrite::x509::csr::Csr;
use keyrite::x509::extension::CrlNumber;
use keyrite::x509::ocsp::CertIdHash;
use keyrite::x509::pem;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::signed::Kind as _;

use super::record::{Answered, OnRecord};
use super::revocations;
use crate::failure::{Exit, Failure};

/// What an answer is made from.
#[derive(Clone, Copy)]
pub(super) struct Composing<'a> {
    pub(super) store: &'a Store,
    pub(super) authority: &'a Authority,
    pub(super) bundle: &'a RequestBundle,
    pub(super) on_record: &'a OnRecord,
}

/// What became of a request, as far as it is on record.
pub(super) enum Standing {
    /// It has a certificate.
    Issued { serial: SerialNumber, der: Vec<u8> },
    /// It is refused.
    Refused(Vec<String>),
    /// A number was reserved for it, and its certificate given up.
    GivenUp { serial: String },
    /// Nothing.
    Open,
}

impl Composing<'_> {
    /// What became of a request.
    pub(super) fn standing(&self, file: &str, octets: &[u8]) -> Result<Standing, Failure> {
        let sha256 = Csr::parse(octets).ok().map(|csr| Fingerprint(csr.sha256()));
        if let Some(number) = sha256.and_then(|sha256| self.on_record.reserved.get(&sha256)) {
            let serial: SerialNumber =
                number.parse().map_err(|error| Failure::of(Exit::Integrity, &error))?;
            if let Some(der) = self.store.certificate_der(self.authority.name(), &serial)? {
                return Ok(Standing::Issued { serial, der });
            }
            if !self.on_record.refused.contains_key(file) {
                return Ok(Standing::GivenUp { serial: number.clone() });
            }
        }
        Ok(match self.on_record.refused.get(file) {
            Some(reasons) => Standing::Refused(reasons.clone()),
            None => Standing::Open,
        })
    }

    /// The manifest of the answer, and the files that it names.
    pub(super) fn manifest(
        &self,
        made_at: &str,
        crls: &[String],
    ) -> Result<(AnswerManifest, Contents), Failure> {
        let asked = &self.bundle.manifest;
        let ca = CaReference::of(self.authority.name().as_str(), self.authority.certificate());
        let about = (asked.bundle, self.bundle.sha256);
        let mut manifest = AnswerManifest::new(about, ca, asked.requester.clone(), made_at.to_owned());
        manifest.ocsp = asked.ocsp;
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for (number, request) in (1..).zip(&asked.requests) {
            let (certificate, refused) = match self.standing(&request.file, self.bundle.request(request))? {
                Standing::Issued { serial, der } => {
                    let file = layout::certificate(number);
                    files.push((file.clone(), pem::encode(Certificate::PEM_LABEL, &der).into_bytes()));
                    (Some(Given { serial: serial.to_string(), file }), Vec::new())
                }
                Standing::Refused(reasons) => (None, reasons),
                Standing::GivenUp { .. } | Standing::Open => {
                    let message = format!("the ledger does not tell what became of {}", request.file);
                    return Err(Failure::new(Exit::Integrity, message));
                }
            };
            let (request, sha256) = (request.file.clone(), request.sha256);
            manifest.results.push(RequestResult { request, sha256, certificate, refused });
        }
        for revocation in &asked.revocations {
            let refused = self.on_record.refused.get(&revocations::asked(revocation)).cloned();
            let (serial, refused) = (revocation.serial.clone(), refused.unwrap_or_default());
            manifest.revocations.push(RevocationResult { serial, refused });
        }
        let path = std::iter::once(self.authority.certificate()).chain(self.authority.path());
        let chain: String = path.map(|one| pem::encode(Certificate::PEM_LABEL, one.as_der())).collect();
        files.push((layout::CHAIN.to_owned(), chain.into_bytes()));
        for (number, crl) in (1..).zip(crls) {
            files.push((layout::crl(number), self.crl(crl)?));
        }
        manifest.files = files.iter().map(|(file, octets)| FileDigest::of(file.clone(), octets)).collect();
        Ok((manifest, files.into_iter().collect()))
    }

    fn crl(&self, number: &str) -> Result<Vec<u8>, Failure> {
        let name = self.authority.name();
        let missing = || Failure::new(Exit::Integrity, format!("CRL {number} of CA {name} is not on record"));
        let number: u128 = number.parse().map_err(|_| missing())?;
        self.store.crl_der(name, CrlNumber(number))?.ok_or_else(missing)
    }

    /// The checkpoint of the log at the entry that vouches for the answer.
    pub(super) fn checkpoint(&self, answered: &Answered) -> Result<Checkpoint, Failure> {
        let (now, _) = self.store.audit_checkpoint()?;
        let size = answered.entry.number;
        let (root, _) = self.store.audit_consistency(size, now.size)?;
        Ok(Checkpoint { origin: now.origin, size, root })
    }

    /// Every file of the answer.
    ///
    /// # Errors
    /// A [`Failure`] when it is not what was answered: the ledger or the CA's chain has changed since.
    pub(super) fn contents(
        &self,
        answered: &Answered,
        line: &str,
    ) -> Result<(AnswerManifest, Contents), Failure> {
        let (manifest, mut contents) = self.manifest(&answered.time, &answered.crls)?;
        let octets = manifest.encode().map_err(|error| Failure::of(Exit::Defect, &error))?;
        if Fingerprint::of(&octets) != answered.sha256 {
            let message = format!(
                "bundle {} was answered at {}, and that answer cannot be made again",
                self.bundle.manifest.bundle, answered.time
            );
            return Err(Failure::new(Exit::Integrity, message)
                .because("the certificate of the CA, or one above it, is another one now, or the ledger is")
                .hint("keyrite certificate export SERIAL writes each certificate that was issued"));
        }
        let checkpoint = self.checkpoint(answered)?;
        let text = format!("{}\n{line}\n", checkpoint.text());
        let note = Note::parse(text.as_bytes()).map_err(|error| Failure::of(Exit::Integrity, &error))?;
        let proof = |entry: &keyrite::audit::Entry| -> Result<Vec<u8>, Failure> {
            let path = self.store.audit_inclusion(entry.number, checkpoint.size)?;
            let index = entry.number.saturating_sub(1);
            let proof = EntryProof { entry: entry.encoding.clone(), index, path, note: note.clone() };
            proof.verify().map_err(|error| {
                Failure::new(Exit::Integrity, "the ledger gives no proof of its own entry").caused_by(&error)
            })?;
            Ok(proof.to_text().into_bytes())
        };
        for (number, given) in manifest.given() {
            let entry = self.on_record.signed.get(&given.serial).ok_or_else(|| {
                let message =
                    format!("the audit log does not tell that certificate {} was signed", given.serial);
                Failure::new(Exit::Integrity, message)
            })?;
            contents.insert(layout::proof(number), proof(entry)?);
            if manifest.ocsp {
                contents.insert(layout::ocsp(number), self.response(&given.serial)?);
            }
        }
        contents.insert(layout::ANSWER_PROOF.to_owned(), proof(&answered.entry)?);
        contents.insert(layout::CHECKPOINT.to_owned(), note.to_text().into_bytes());
        contents.insert(layout::ANSWER.to_owned(), octets);
        contents.insert(layout::README.to_owned(), layout::ANSWER_README.as_bytes().to_vec());
        Ok((manifest, contents))
    }

    fn response(&self, serial: &str) -> Result<Vec<u8>, Failure> {
        let number: SerialNumber = serial.parse().map_err(|error| Failure::of(Exit::Integrity, &error))?;
        let found = self.store.ocsp_answer(self.authority.name(), &number, CertIdHash::Sha1)?;
        let missing =
            || Failure::new(Exit::Integrity, format!("no OCSP response about {serial} is on record"));
        Ok(found.ok_or_else(missing)?.der)
    }
}

/// Writes the files of a bundle into a new directory, for everybody to read: it goes to people of another machine.
///
/// # Errors
/// A [`Failure`] when something stands there, or the disk does not take it: nothing is there then.
pub(super) fn write(directory: &Path, contents: &Contents) -> Result<(), Failure> {
    let mut fresh = FreshDirectory::begin(directory)?.for_everybody()?;
    for (file, octets) in contents {
        fresh.write(file, octets)?;
    }
    Ok(fresh.finish()?)
}
