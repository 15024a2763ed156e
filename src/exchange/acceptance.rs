//! Whether an answer is what it says: to this request, by this CA, with every proof.

use super::answer::{AnswerBundle, Given};
use super::layout;
use super::problem::BundleError;
use super::request::RequestBundle;
use crate::audit::{Bundle, Checkpoint, EntryProof, Event, Fingerprint, Kind, Note, Outcome, Record};
use crate::evidence::signatories;
use crate::x509::certificate::Certificate;
use crate::x509::crl::Crl;
use crate::x509::csr::Csr;
use crate::x509::ocsp::{CertStatus, OcspResponse};
use crate::x509::pem;
use crate::x509::signed::Kind as _;
use crate::x509::spki::PublicKey;

/// What an answer gives, all of it proven.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The certificates, each with the number of its request, counted from 1.
    pub certificates: Vec<(usize, Certificate)>,
    /// The CRLs, each with its file.
    pub crls: Vec<(String, Crl)>,
    /// The checkpoint that vouches for it.
    pub checkpoint: Checkpoint,
}

impl AnswerBundle {
    /// Holds an answer against the bundle to which it is said to be the answer, and against the certificate of the CA.
    ///
    /// # Errors
    /// [`BundleError`] names the first file with which something is wrong.
    pub fn accept(&self, asked: &RequestBundle, ca: &Certificate) -> Result<Accepted, BundleError> {
        self.answers(asked)?;
        self.manifest.ca.is(ca).map_err(|error| BundleError::other(layout::ANSWER, error))?;
        let key = ca.public_key().map_err(|error| BundleError::other(layout::CHAIN, error))?;
        let (checkpoint, note) = self.vouched(&key)?;
        self.chain(ca)?;
        let mut certificates = Vec::new();
        for (number, given) in self.manifest.given() {
            let certificate = self.certificate(given, ca, &key)?;
            self.of_request(asked, number, given, &certificate)?;
            self.proven(number, &certificate, &checkpoint, &note)?;
            if self.manifest.ocsp {
                self.responded(number, &certificate, ca)?;
            }
            certificates.push((number, certificate));
        }
        let mut crls = Vec::new();
        for file in self.manifest.crls() {
            let wrong = |error: &dyn ToString| BundleError::proof(&file.file, error.to_string());
            let crl = Crl::from_der(self.file(&file.file)).map_err(|error| wrong(&error))?;
            if crl.issuer() != ca.subject() {
                return Err(wrong(&format!("a CRL of {}", crl.issuer())));
            }
            crl.verify_signed_by(&key).map_err(|error| wrong(&error))?;
            crls.push((file.file.clone(), crl));
        }
        Ok(Accepted { certificates, crls, checkpoint })
    }

    /// It answers this very bundle, request by request.
    fn answers(&self, asked: &RequestBundle) -> Result<(), BundleError> {
        let other = |why: String| Err(BundleError::other(layout::ANSWER, why));
        if self.manifest.bundle != asked.manifest.bundle {
            return other(format!(
                "the answer to bundle {}, and the request is bundle {}",
                self.manifest.bundle, asked.manifest.bundle
            ));
        }
        if self.manifest.request_sha256 != asked.sha256 {
            return other(format!(
                "the answer to a bundle of this id with the SHA-256 {}, and the request has {}",
                self.manifest.request_sha256, asked.sha256
            ));
        }
        if self.manifest.requester != asked.manifest.requester {
            return other(format!("the answer to {}", self.manifest.requester));
        }
        let told = self.manifest.results.iter().map(|result| (&result.request, result.sha256));
        if !told.eq(asked.manifest.requests.iter().map(|asked| (&asked.file, asked.sha256))) {
            return other("the results are not those of the requests".to_owned());
        }
        let told = self.manifest.revocations.iter().map(|result| &result.serial);
        if !told.eq(asked.manifest.revocations.iter().map(|asked| &asked.serial)) {
            return other("the revocations are not those that were asked for".to_owned());
        }
        if asked.manifest.ocsp != self.manifest.ocsp {
            return other("OCSP responses were asked for or not, and the answer says otherwise".to_owned());
        }
        Ok(())
    }

    /// The log of the CA tells of this answer, at a checkpoint that the CA's key has signed.
    fn vouched(&self, key: &PublicKey) -> Result<(Checkpoint, Note), BundleError> {
        let (record, checkpoint, note) = self.entry(layout::ANSWER_PROOF)?;
        let wrong = |why: String| BundleError::proof(layout::ANSWER_PROOF, why);
        let Event::Bundle(Bundle::Answered { bundle, manifest_sha256, answer_sha256, .. }) = &record.event
        else {
            return Err(wrong("the entry tells of something else than an answer".to_owned()));
        };
        let manifest = &self.manifest;
        if *bundle != manifest.bundle.to_string() || *manifest_sha256 != manifest.request_sha256 {
            return Err(wrong(format!("the entry tells of the answer to bundle {bundle}")));
        }
        if *answer_sha256 != self.sha256 {
            return Err(BundleError::Changed {
                file: layout::ANSWER.to_owned(),
                manifest: layout::ANSWER_PROOF,
                found: self.sha256,
                told: *answer_sha256,
            });
        }
        if record.time != manifest.made_at {
            return Err(wrong(format!("the entry was made at {}", record.time)));
        }
        let [_] = note.signatures.as_slice() else {
            return Err(wrong(format!(
                "{} signatures under the checkpoint, wanted one",
                note.signatures.len()
            )));
        };
        let found = signatories(&note, &checkpoint, std::slice::from_ref(key))
            .map_err(|error| wrong(error.to_string()))?;
        if !found.iter().any(|one| one.name.as_str() == checkpoint.origin) {
            return Err(wrong("the checkpoint is not signed by the key of this CA".to_owned()));
        }
        if self.file(layout::CHECKPOINT) != note.to_text().as_bytes() {
            return Err(BundleError::proof(layout::CHECKPOINT, "not the checkpoint of the proofs"));
        }
        Ok((checkpoint, note))
    }

    /// The entry that a proof is of, and the checkpoint to which it leads.
    fn entry(&self, file: &str) -> Result<(Record, Checkpoint, Note), BundleError> {
        let wrong = |why: &dyn ToString| BundleError::proof(file, why.to_string());
        let octets = self.file(file);
        let proof = EntryProof::parse(octets).map_err(|error| wrong(&error))?;
        let checkpoint = proof.verify().map_err(|error| wrong(&error))?;
        let record = Record::decode(&proof.entry).map_err(|error| wrong(&error))?;
        if proof.index.checked_add(1) != Some(record.entry) {
            return Err(wrong(&format!("entry {} at place {} of the log", record.entry, proof.index)));
        }
        if proof.to_text().as_bytes() != octets {
            return Err(wrong(&"a proof in another spelling"));
        }
        Ok((record, checkpoint, proof.note))
    }

    /// The chain begins with the certificate of the CA.
    fn chain(&self, ca: &Certificate) -> Result<(), BundleError> {
        let wrong = |why: &dyn ToString| BundleError::proof(layout::CHAIN, why.to_string());
        let chain =
            pem::all(self.file(layout::CHAIN), &[Certificate::PEM_LABEL]).map_err(|error| wrong(&error))?;
        if chain.first().map(Vec::as_slice) == Some(ca.as_der()) {
            Ok(())
        } else {
            Err(wrong(&"it does not begin with the certificate of this CA"))
        }
    }

    /// A certificate that the CA has signed.
    fn certificate(
        &self,
        given: &Given,
        ca: &Certificate,
        key: &PublicKey,
    ) -> Result<Certificate, BundleError> {
        let wrong = |why: &dyn ToString| BundleError::proof(&given.file, why.to_string());
        let certificate = Certificate::read(self.file(&given.file)).map_err(|error| wrong(&error))?;
        if certificate.issuer() != ca.subject() {
            return Err(wrong(&format!("a certificate of {}", certificate.issuer())));
        }
        certificate.verify_signed_by(key).map_err(|error| wrong(&error))?;
        if certificate.serial().to_string() != given.serial {
            return Err(wrong(&format!(
                "serial number {}, and {} is told",
                certificate.serial(),
                given.serial
            )));
        }
        Ok(certificate)
    }

    /// A certificate has the key of its request.
    fn of_request(
        &self,
        asked: &RequestBundle,
        number: usize,
        given: &Given,
        certificate: &Certificate,
    ) -> Result<(), BundleError> {
        let wrong = |why: &dyn ToString| BundleError::proof(&given.file, why.to_string());
        let request = number.checked_sub(1).and_then(|at| asked.manifest.requests.get(at));
        let request = request.ok_or_else(|| wrong(&"no request is of this number"))?;
        let csr = Csr::parse(asked.request(request)).map_err(|error| wrong(&error))?;
        if csr.public_key().as_der() == certificate.spki_der() {
            Ok(())
        } else {
            Err(wrong(&format!("its key is not the one of {}", request.file)))
        }
    }

    /// The log tells of a certificate, at the same checkpoint.
    fn proven(
        &self,
        number: usize,
        certificate: &Certificate,
        checkpoint: &Checkpoint,
        note: &Note,
    ) -> Result<(), BundleError> {
        let file = layout::proof(number);
        let (record, leads_to, own) = self.entry(&file)?;
        if leads_to != *checkpoint || own != *note {
            return Err(BundleError::proof(&file, "it leads to another checkpoint than the answer"));
        }
        let serial = certificate.serial().to_string();
        #[expect(clippy::wildcard_enum_match_arm, reason = "no other event tells of a certificate")]
        let told = match &record.event {
            Event::Signed { object, sha256 }
            | Event::Settled { object, outcome: Outcome::Found, sha256: Some(sha256) } => {
                object.kind == Kind::Certificate
                    && object.number == serial
                    && *sha256 == Fingerprint(certificate.sha256())
            }
            _ => false,
        };
        if told {
            Ok(())
        } else {
            Err(BundleError::proof(&file, format!("the entry does not tell of certificate {serial}")))
        }
    }

    /// A response says that a certificate is good, by whom the CA lets say it.
    fn responded(
        &self,
        number: usize,
        certificate: &Certificate,
        ca: &Certificate,
    ) -> Result<(), BundleError> {
        let file = layout::ocsp(number);
        let wrong = |why: &dyn ToString| BundleError::proof(&file, why.to_string());
        let response = OcspResponse::from_der(self.file(&file)).map_err(|error| wrong(&error))?;
        let basic = response.basic().ok_or_else(|| wrong(&"a response without an answer"))?;
        basic.verify(ca).map_err(|error| wrong(&error))?;
        let [answer] = basic.data.answers.as_slice() else {
            return Err(wrong(&format!("{} answers, wanted one", basic.data.answers.len())));
        };
        if answer.certificate.serial().as_ref() != Some(certificate.serial()) {
            return Err(wrong(&"the answer is about another certificate"));
        }
        match answer.status {
            CertStatus::Good | CertStatus::Revoked { .. } => Ok(()),
            CertStatus::Unknown => Err(wrong(&"the certificate is unknown to the responder")),
        }
    }
}
