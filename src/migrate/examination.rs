//! Index, certificates and CRLs of one CA held against each other.
//!
//! An examination goes over everything in a fixed order: certificates that lie elsewhere than where `openssl ca` puts
//! them, then the index line by line with the certificate of each, then the CRLs. It holds the serial numbers and what
//! is out of place, never the certificates. It can be made twice: what both take over is the same if the digests of
//! their reports are.

use std::collections::{HashMap, HashSet};
use std::io;

use super::crls::Crls;
use super::files::{CertificateFile, Files};
use super::intake::{Counted, Intake, Number, Revocation};
use super::openssl::index::IndexReader;
use super::openssl::number::{self, NumberFileError};
use super::problem::Problem;
use super::report::Report;
use crate::x509::certificate::{Certificate, CertificateError};
use crate::x509::crl::RevokedCertificate;
use crate::x509::extension::CrlNumber;
use crate::x509::pem;
use crate::x509::serial::SerialNumber;
use crate::x509::signed::Kind as _;
use crate::x509::spki::{PublicKey, SpkiError};
use crate::x509::time::Time;
use crate::x509::verify::verify;

/// Why an examination could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum ExaminationError<E> {
    /// The index cannot be read.
    #[error("the index cannot be read")]
    Index(#[source] io::Error),
    /// A directory cannot be read.
    #[error("the certificates cannot be looked through")]
    Files(#[source] io::Error),
    /// What was found could not be taken in.
    #[error(transparent)]
    Intake(E),
}

/// What the files `serial` and `crlnumber` say; nothing where they are not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberFiles {
    /// The contents of `serial`.
    pub serial: Option<Result<String, NumberFileError>>,
    /// The contents of `crlnumber`.
    pub crl_number: Option<CrlNumber>,
}

/// What a certificate is to the CA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The CA's key signed it.
    Ours,
    /// Another CA issued it.
    OtherIssuer,
    /// It says that the CA issued it, and the CA's key did not sign it.
    NotSigned(String),
    /// Whether the CA's key signed it cannot be told.
    NotVerified(String),
}

/// What is examined.
#[derive(Debug)]
pub struct Examination<'a, F> {
    pub(super) files: &'a F,
    ca: &'a Certificate,
    key: PublicKey,
    pub(super) now: Time,
    pub(super) crls: &'a Crls,
    numbers: &'a NumberFiles,
    /// What was found out about the CRLs before.
    before: Report,
    /// The certificates that are not the CA's, from the first time on.
    verdicts: HashMap<[u8; 32], Verdict>,
    verified: bool,
}

/// One pass over everything.
pub(super) struct Pass<'p, 'a, F, I> {
    pub(super) of: &'p mut Examination<'a, F>,
    pub(super) into: Counted<'p, I>,
    pub(super) report: Report,
    /// The serial numbers of the index, each once, in their order.
    pub(super) keys: Vec<SerialNumber>,
    /// Whether a row with the key at the same place was met.
    pub(super) met: Vec<bool>,
    /// Where certificates of rows lie that are not where they should.
    pub(super) elsewhere: HashMap<SerialNumber, CertificateFile>,
    /// Certificates whose serial number in decimal is a row's, by the row's.
    pub(super) decimal: HashMap<SerialNumber, CertificateFile>,
    /// The certificates without row, and their digests.
    extras: HashMap<SerialNumber, [u8; 32]>,
    /// Which entries of the newest CRL are accounted for.
    pub(super) listed: HashSet<usize>,
}

impl<'a, F: Files> Examination<'a, F> {
    /// Sets out to examine what a CA has. `report` has what was found out while the CRLs were read.
    ///
    /// # Errors
    /// [`SpkiError`] when the CA's key is not one that keyrite offers.
    pub fn new(
        files: &'a F,
        ca: &'a Certificate,
        crls: &'a Crls,
        numbers: &'a NumberFiles,
        report: Report,
        now: Time,
    ) -> Result<Self, SpkiError> {
        let key = ca.public_key()?;
        let verdicts = HashMap::new();
        Ok(Self { files, ca, key, now, crls, numbers, before: report, verdicts, verified: false })
    }

    /// Goes over everything and hands on what is to be taken over. Only the first time are signatures verified: what
    /// comes out of a later one counts only if its digest is that of the first.
    ///
    /// # Errors
    /// [`ExaminationError`].
    pub fn run<I: Intake>(&mut self, into: &mut I) -> Result<Report, ExaminationError<I::Error>> {
        let report = self.before.clone();
        let mut pass = Pass {
            of: self,
            into: Counted::new(into),
            report,
            keys: Vec::new(),
            met: Vec::new(),
            elsewhere: HashMap::new(),
            decimal: HashMap::new(),
            extras: HashMap::new(),
            listed: HashSet::new(),
        };
        let indexed = pass.read_keys().map_err(ExaminationError::Index)?;
        pass.out_of_place(indexed)?;
        if indexed {
            pass.rows()?;
        }
        pass.rest_of_crls().map_err(ExaminationError::Intake)?;
        pass.numbers(indexed).map_err(ExaminationError::Intake)?;
        let Pass { into, mut report, .. } = pass;
        report.totals = into.totals;
        report.sha256 = into.sha256();
        self.verified = true;
        Ok(report)
    }

    /// What a certificate is to the CA.
    pub(super) fn judge(&mut self, certificate: &Certificate) -> Verdict {
        if let Some(verdict) = self.verdicts.get(&certificate.sha256()) {
            return verdict.clone();
        }
        if self.verified {
            return Verdict::Ours;
        }
        let verdict = self.look(certificate);
        if verdict != Verdict::Ours {
            self.verdicts.insert(certificate.sha256(), verdict.clone());
        }
        verdict
    }

    fn look(&self, certificate: &Certificate) -> Verdict {
        // Another CA's software may have encoded the name anew, with other string types.
        if !certificate.issuer().reads_as(self.ca.subject()) {
            return Verdict::OtherIssuer;
        }
        let algorithm = match certificate.signature_algorithm() {
            Ok(algorithm) => algorithm,
            Err(error) => return Verdict::NotVerified(error.to_string()),
        };
        match verify(&self.key, algorithm, certificate.tbs_der(), certificate.signature_value()) {
            Ok(()) => Verdict::Ours,
            Err(error) => Verdict::NotSigned(error.to_string()),
        }
    }
}

impl<F: Files, I: Intake> Pass<'_, '_, F, I> {
    /// The serial numbers of the index; whether there is one.
    fn read_keys(&mut self) -> io::Result<bool> {
        let Some(source) = self.of.files.index()? else { return Ok(false) };
        for line in IndexReader::new(source) {
            let (_, row) = line?;
            if let Some(spelled) = row.ok().and_then(|row| number::serial(&row.serial).ok()) {
                self.keys.push(spelled.serial);
            }
        }
        self.keys.sort_unstable();
        self.keys.dedup();
        self.keys.shrink_to_fit();
        self.met = vec![false; self.keys.len()];
        Ok(true)
    }

    pub(super) fn is_key(&self, serial: &SerialNumber) -> bool {
        self.keys.binary_search(serial).is_ok()
    }

    /// Every certificate that is not where `openssl ca` would put it, or has no row.
    fn out_of_place(&mut self, indexed: bool) -> Result<(), ExaminationError<I::Error>> {
        let files = self.of.files;
        let mut failed = None;
        let visited = files.each(&mut |file| {
            let named = number::serial(&file.stem).ok().map(|spelled| spelled.serial);
            if file.regular && named.as_ref().is_some_and(|serial| self.is_key(serial)) {
                return Ok(());
            }
            for certificate in self.load(&file) {
                let named = named.as_ref().filter(|_| file.regular);
                self.heap(&file, named, &certificate, indexed).map_err(|error| {
                    failed = Some(error);
                    io::Error::other("stopped")
                })?;
            }
            Ok(())
        });
        match (visited, failed) {
            (_, Some(error)) => Err(ExaminationError::Intake(error)),
            (visited, None) => visited.map_err(ExaminationError::Files),
        }
    }

    /// A certificate that was found by looking through the files.
    pub(super) fn heap(
        &mut self,
        file: &CertificateFile,
        named: Option<&SerialNumber>,
        certificate: &Certificate,
        indexed: bool,
    ) -> Result<(), I::Error> {
        let place = file.path.display().to_string();
        let serial = certificate.serial();
        if let Some(named) = named.filter(|named| *named != serial) {
            self.report.differs(Problem::File, &place, serial.to_string(), named.to_string());
        }
        match self.of.judge(certificate) {
            Verdict::Ours => {}
            Verdict::OtherIssuer => {
                if certificate.as_der() != self.of.ca.as_der() {
                    let found = format!("{serial} by {}", certificate.issuer());
                    self.report.add(Problem::Issuer, place, found);
                }
                return Ok(());
            }
            Verdict::NotSigned(why) => {
                self.report.add(Problem::Signature, place, format!("{serial}: {why}"));
                return Ok(());
            }
            Verdict::NotVerified(why) => {
                self.report.add(Problem::Algorithm, place, format!("{serial}: {why}"));
                if self.is_key(serial) || self.extras.insert(serial.clone(), certificate.sha256()).is_some() {
                    return Ok(());
                }
                self.into.number(&number_of(certificate))?;
                return self.listed_extra(serial);
            }
        }
        if self.is_key(serial) {
            self.displaced(file, certificate);
            return Ok(());
        }
        if self.may_be_decimal(file, serial) {
            return Ok(());
        }
        self.extra(&place, certificate, indexed)
    }

    /// A certificate of a row that lies elsewhere than it should.
    fn displaced(&mut self, file: &CertificateFile, certificate: &Certificate) {
        let serial = certificate.serial();
        let regular = self.of.files.regular(&number::written(serial)).ok().flatten();
        let known = regular.or_else(|| self.elsewhere.get(serial).cloned());
        let Some(known) = known else {
            self.elsewhere.insert(serial.clone(), file.clone());
            return;
        };
        let others = self.of.files.read(&known).ok().map(|octets| certificates(&octets)).unwrap_or_default();
        let mut others = others.into_iter().flatten().filter(|other| other.serial() == serial);
        match others.next() {
            // What lies there is no certificate with this number: a row finds this one.
            None => drop(self.elsewhere.insert(serial.clone(), file.clone())),
            Some(other) if other == *certificate => {}
            Some(_) => self.report.differs(
                Problem::Twice,
                file.path.display().to_string(),
                serial.to_string(),
                format!("only the one in {}", known.path.display()),
            ),
        }
    }

    /// Whether somebody may have written the serial number into the index in decimal. What comes of it is seen at the row.
    fn may_be_decimal(&mut self, file: &CertificateFile, serial: &SerialNumber) -> bool {
        let Ok(read_as) = number::serial(&number::as_decimal(serial)) else { return false };
        let read_as = read_as.serial;
        let free = read_as != *serial
            && self.is_key(&read_as)
            && !self.decimal.contains_key(&read_as)
            && self.of.files.regular(&number::written(&read_as)).is_ok_and(|found| found.is_none());
        if free {
            self.decimal.insert(read_as, file.clone());
        }
        free
    }

    /// A certificate of the CA without row.
    pub(super) fn extra(
        &mut self,
        place: &str,
        certificate: &Certificate,
        indexed: bool,
    ) -> Result<(), I::Error> {
        let serial = certificate.serial();
        match self.extras.get(serial) {
            Some(known) if *known == certificate.sha256() => return Ok(()),
            Some(_) => {
                self.report.add(Problem::Twice, place, serial.to_string());
                return Ok(());
            }
            None => drop(self.extras.insert(serial.clone(), certificate.sha256())),
        }
        if indexed {
            let found = format!("{serial} for {}", certificate.subject());
            self.report.add(Problem::NotInIndex, place, found);
        }
        self.into.certificate(certificate)?;
        self.listed_extra(serial)
    }

    /// What the CRL says of a certificate without row.
    fn listed_extra(&mut self, serial: &SerialNumber) -> Result<(), I::Error> {
        let Some((at, entry)) = self.of.crls.entry(serial) else { return Ok(()) };
        self.listed.insert(at);
        self.into.revocation(serial, said(entry))
    }

    /// The certificates of a file; what is none is told.
    pub(super) fn load(&mut self, file: &CertificateFile) -> Vec<Certificate> {
        let place = || file.path.display().to_string();
        let octets = match self.of.files.read(file) {
            Ok(octets) => octets,
            Err(error) => {
                self.report.add(Problem::Unreadable, place(), error.to_string());
                return Vec::new();
            }
        };
        let mut found = Vec::new();
        for one in certificates(&octets) {
            match one {
                Ok(certificate) => found.push(certificate),
                Err(error) => self.report.add(Problem::Unreadable, place(), error.to_string()),
            }
        }
        found
    }

    /// What the CRLs name that is nowhere else.
    fn rest_of_crls(&mut self) -> Result<(), I::Error> {
        let crls = self.of.crls;
        for (at, entry) in crls.newest().map(|crl| crl.revoked()).unwrap_or_default().iter().enumerate() {
            if self.listed.contains(&at) {
                continue;
            }
            let serial = &entry.serial;
            if !self.is_key(serial) && !self.extras.contains_key(serial) {
                self.report.add(Problem::CrlOnly, "CRL", serial.to_string());
                self.into.number(&bare(serial))?;
            }
            self.into.revocation(serial, said(entry))?;
        }
        for serial in crls.older() {
            let known = self.is_key(&serial) || self.extras.contains_key(&serial);
            if !known && crls.entry(&serial).is_none() {
                self.report.add(Problem::CrlOld, "an older CRL", serial.to_string());
                self.into.number(&bare(&serial))?;
            }
        }
        Ok(())
    }

    /// The numbers that are taken.
    fn numbers(&mut self, indexed: bool) -> Result<(), I::Error> {
        if let Some(next) = &self.of.numbers.serial {
            match next {
                Err(error) => self.report.add(Problem::SerialFile, "serial", error.to_string()),
                Ok(next) => {
                    let used = number::serial(next).is_ok_and(|spelled| self.is_key(&spelled.serial));
                    if used {
                        self.report.add(Problem::SerialFile, "serial", next);
                    }
                }
            }
        }
        let (file, highest) = (self.of.numbers.crl_number, self.of.crls.highest());
        if let (Some(file), Some(highest)) = (file, highest)
            && file <= highest
        {
            let (found, wanted) = (file.to_string(), format!("above {highest}"));
            self.report.differs(Problem::CrlNumber, "crlnumber", found, wanted);
        }
        let newest = self.of.crls.newest();
        if file.is_none() && newest.is_none() {
            let place = if indexed { "crlnumber" } else { "--crl" };
            self.report.add(Problem::NoCrlNumber, place, "nothing");
        }
        if let Some(newest) = newest.filter(|newest| newest.number().is_some()) {
            self.into.crl(newest)?;
        }
        let last = file.max(highest);
        let recorded = newest.and_then(|newest| newest.number());
        if let Some(last) = last.filter(|last| recorded != Some(*last)) {
            self.into.crl_number(last)?;
        }
        Ok(())
    }
}

/// Every certificate in the octets of a file, in DER or PEM. Other PEM blocks are passed over.
fn certificates(octets: &[u8]) -> Vec<Result<Certificate, CertificateError>> {
    // Neither PEM nor, if this fails, DER.
    let Ok(blocks) = pem::blocks(octets) else { return vec![Certificate::read(octets)] };
    let is_certificate =
        |label: &str| label == Certificate::PEM_LABEL || Certificate::PEM_ALIASES.contains(&label);
    let wanted = blocks.into_iter().filter(|block| is_certificate(&block.label));
    wanted.map(|block| Certificate::from_der(&block.der)).collect()
}

pub(super) fn said(entry: &RevokedCertificate) -> Revocation {
    Revocation { reason: entry.reason, date: entry.revocation_date, invalidity_date: entry.invalidity_date }
}

fn bare(serial: &SerialNumber) -> Number {
    Number { serial: serial.clone(), subject: None, not_after: None }
}

/// What a certificate says that cannot be verified.
pub(super) fn number_of(certificate: &Certificate) -> Number {
    Number {
        serial: certificate.serial().clone(),
        subject: Some(certificate.subject().to_string()),
        not_after: Some(certificate.not_after()),
    }
}
