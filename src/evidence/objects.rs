//! The objects of an export, each held against the entries that tell of it.

use std::collections::{BTreeMap, HashMap};

use super::ca::{Ca, LARGEST_PATH};
use super::files::{self, Files};
use super::finding::{Finding, Findings};
use super::revocations::Covered;
use super::{layout, tree};
use crate::audit::{Event, Fingerprint, Kind, Object, Outcome};
use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::certificate::Certificate;
use crate::x509::crl::{Crl, RevokedCertificate};
use crate::x509::csr::Csr;
use crate::x509::extension::{CrlNumber, ReasonCode, oid};
use crate::x509::pem;
use crate::x509::serial::SerialNumber;
use crate::x509::signed::{Kind as _, Parts};
use crate::x509::spki::PublicKey;
use crate::x509::time::Time;
use crate::x509::unsigned::UnsignedCertificate;
use crate::x509::verify::{VerifyError, verify};

/// The most octets of one object's file: the PEM of the largest CRL.
const LARGEST: u64 = 512 * 1024 * 1024;
/// The octets by which an object or path is remembered: half of a SHA-256, so that a million take some megabytes.
type Mark = [u8; 16];

/// What was said of an object, and whether a file is accounted for.
const SIGNING: u8 = 1;
const SIGNED: u8 = 2;
const IMPORTED: u8 = 4;
const EXPECTED: u8 = 8;
const SUMMED: u8 = 16;

/// How many objects of each kind are in the export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Certificates.
    pub certificates: u64,
    /// CRLs.
    pub crls: u64,
    /// Certification requests.
    pub requests: u64,
    /// Objects that were to be signed and of which no signature is on record.
    pub intents: u64,
}

/// Everything that the log has told of so far.
pub(super) struct Objects<'a> {
    files: &'a dyn Files,
    marks: HashMap<Mark, u8>,
    cas: BTreeMap<String, Ca>,
    /// What is to be signed and was not yet: few at any time, but for what failed.
    open: BTreeMap<Object, Fingerprint>,
    pub(super) counts: Counts,
}

impl<'a> Objects<'a> {
    /// The same so far, going on with other files.
    pub(super) fn with<'b>(&self, files: &'b dyn Files) -> Objects<'b> {
        let Self { files: _, marks, cas, open, counts } = self;
        Objects { files, marks: marks.clone(), cas: cas.clone(), open: open.clone(), counts: *counts }
    }

    pub(super) fn new(files: &'a dyn Files) -> Self {
        Self {
            files,
            marks: HashMap::new(),
            cas: BTreeMap::new(),
            open: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    /// Accounts for a file.
    pub(super) fn expect(&mut self, path: &str) {
        *self.marks.entry(mark(path)).or_default() |= EXPECTED;
    }

    /// A file that stands in the list of sums; `false` when it is for the second time.
    pub(super) fn summed(&mut self, path: &str) -> bool {
        self.mark(path, SUMMED)
    }

    /// Whether a file is accounted for, and stands in the list of sums.
    pub(super) fn of(&self, path: &str) -> (bool, bool) {
        let bits = self.marks.get(&mark(path)).copied().unwrap_or_default();
        (bits & EXPECTED != 0, bits & SUMMED != 0)
    }

    fn mark(&mut self, text: &str, bit: u8) -> bool {
        let bits = self.marks.entry(mark(text)).or_default();
        let new = *bits & bit == 0;
        *bits |= bit;
        new
    }

    /// Takes what an entry tells.
    pub(super) fn event(&mut self, entry: u64, event: Event, findings: &mut Findings) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "of all other events there is nothing in the export"
        )]
        match event {
            Event::CaCreated { ca, public_key_sha256, .. } => {
                self.ca(&ca, findings).key_sha256 = Some(public_key_sha256);
            }
            Event::CaInstalled { ca, sha256, path_sha256 } => {
                self.installed(entry, ca, sha256, path_sha256, findings);
            }
            Event::CaAdopted { ca, sha256, path_sha256, .. } => {
                let of = self.ca(&ca, findings);
                let certificate = of.certificates.get(&sha256).map(|(certificate, _)| certificate);
                of.key_sha256 = certificate.map(|certificate| Fingerprint::of(certificate.spki_der()));
                self.installed(entry, ca, sha256, path_sha256, findings);
            }
            Event::Signing { object, tbs_sha256, .. } => self.signing(entry, object, tbs_sha256, findings),
            Event::Signed { object, sha256 }
            | Event::Settled { object, outcome: Outcome::Found, sha256: Some(sha256) } => {
                self.signed(entry, object, sha256, findings);
            }
            Event::Imported { object, sha256 } => self.imported(entry, object, sha256, findings),
            Event::NumberTaken { object } if object.kind == Kind::Crl => {
                self.next_crl(entry, &object, findings);
            }
            Event::Revoked { ca, serial, reason, date, invalidity_date } => {
                match revoked(&serial, reason, &date, invalidity_date) {
                    Some(revoked) => self.ca(&ca, findings).revocations.revoke(revoked),
                    None => findings.add(Finding::UnreadableRevocation { entry }),
                }
            }
            Event::Unheld { ca, serial } => match serial.parse() {
                Ok(serial) => self.ca(&ca, findings).revocations.release(&serial),
                Err(_) => findings.add(Finding::UnreadableRevocation { entry }),
            },
            _ => {}
        }
    }

    /// The CA of a name; its file is read when it is first met.
    fn ca(&mut self, name: &str, findings: &mut Findings) -> &mut Ca {
        if !self.cas.contains_key(name) {
            let path = layout::path_of(name);
            let read = if is_name(name) { files::read(self.files, &path, LARGEST_PATH) } else { Ok(None) };
            let ca = match read {
                Ok(octets) => {
                    if octets.is_some() {
                        self.expect(&path);
                    }
                    Ca::of_file(octets.as_deref())
                }
                Err(error) => Err(error.to_string()),
            };
            let ca = ca.unwrap_or_else(|why| {
                findings.add(Finding::Unreadable { path, why });
                Ca::default()
            });
            self.cas.insert(name.to_owned(), ca);
        }
        self.cas.entry(name.to_owned()).or_default()
    }

    fn installed(
        &mut self,
        entry: u64,
        ca: String,
        sha256: Fingerprint,
        path_sha256: Vec<Fingerprint>,
        findings: &mut Findings,
    ) {
        let path: Vec<Fingerprint> = std::iter::once(sha256).chain(path_sha256).collect();
        for sha256 in &path {
            match self.ca(&ca, findings).certificates.get_mut(sha256) {
                Some((_, told)) => *told = true,
                None => findings.add(Finding::NoCaCertificate { entry, ca: ca.clone(), sha256: *sha256 }),
            }
        }
        self.ca(&ca, findings).paths.push(path);
    }

    /// An object is about to be signed. A CRL must name what is revoked now: later is too late to tell.
    fn signing(&mut self, entry: u64, object: Object, tbs_sha256: Fingerprint, findings: &mut Findings) {
        if !is_object(&object) {
            findings.add(Finding::Impossible { entry, object });
            return;
        }
        if !self.mark(&object.to_string(), SIGNING) {
            findings.add(Finding::Repeated { entry, object: object.clone(), what: "reserved" });
        }
        if object.kind == Kind::Crl {
            self.next_crl(entry, &object, findings);
            let path = layout::signed(&object);
            if let Ok(Some((der, _))) = self.der(&path, Kind::Crl)
                && let Ok(crl) = Crl::from_der(&der)
            {
                let files = self.files;
                let ca = self.ca(&object.ca, findings);
                let covered = |serial: &SerialNumber| covered(files, &object.ca, serial);
                for finding in ca.revocations.compare(&path, &crl, &covered) {
                    findings.add(finding);
                }
            }
        }
        self.open.insert(object, tbs_sha256);
    }

    /// CRL numbers only ever rise, those of reservations and of imported CRLs included.
    fn next_crl(&mut self, entry: u64, object: &Object, findings: &mut Findings) {
        let Ok(CrlNumber(number)) = object.number.parse::<u128>().map(CrlNumber) else { return };
        let ca = self.ca(&object.ca, findings);
        let greatest = ca.greatest_crl.replace(number);
        if let Some(greatest) = greatest.filter(|greatest| *greatest >= number) {
            ca.greatest_crl = Some(greatest);
            findings.add(Finding::CrlNumber { entry, object: object.clone(), greatest });
        }
    }

    fn signed(&mut self, entry: u64, object: Object, sha256: Fingerprint, findings: &mut Findings) {
        if !self.mark(&object.to_string(), SIGNED) {
            findings.add(Finding::Repeated { entry, object: object.clone(), what: "signed" });
        }
        let tbs_sha256 = self.open.remove(&object);
        if tbs_sha256.is_none() {
            findings.add(Finding::NoIntent { entry, object: object.clone() });
        }
        self.object(entry, &object, sha256, tbs_sha256, findings);
    }

    fn imported(&mut self, entry: u64, object: Object, sha256: Fingerprint, findings: &mut Findings) {
        if !is_object(&object) {
            findings.add(Finding::Impossible { entry, object });
            return;
        }
        if !self.mark(&object.to_string(), IMPORTED) {
            findings.add(Finding::Repeated { entry, object: object.clone(), what: "imported" });
        }
        if object.kind == Kind::Crl {
            self.next_crl(entry, &object, findings);
        }
        self.object(entry, &object, sha256, None, findings);
    }

    /// The file of an object: its octets, what was signed, its number, its signature.
    fn object(
        &mut self,
        entry: u64,
        object: &Object,
        sha256: Fingerprint,
        tbs_sha256: Option<Fingerprint>,
        findings: &mut Findings,
    ) {
        if !is_object(object) {
            return;
        }
        let path = layout::signed(object);
        self.expect(&path);
        let der = match self.der(&path, object.kind) {
            Ok(Some((der, exact))) => {
                if !exact {
                    findings.add(Finding::OtherForm { path: path.clone() });
                }
                der
            }
            Ok(None) => return findings.add(Finding::NoObject { entry, object: object.clone(), path }),
            Err(why) => return findings.add(Finding::Unreadable { path, why }),
        };
        let count = match object.kind {
            Kind::Certificate => &mut self.counts.certificates,
            Kind::Crl => &mut self.counts.crls,
            Kind::Request => &mut self.counts.requests,
        };
        *count = count.saturating_add(1);
        let found = Fingerprint::of(&der);
        if found != sha256 {
            findings.add(Finding::OtherOctets { entry, path: path.clone(), found, wanted: sha256 });
        }
        let parts = match Parts::from_der(&der) {
            Ok(parts) => parts,
            Err(error) => return findings.add(Finding::Unreadable { path, why: error.to_string() }),
        };
        let found = Fingerprint::of(parts.tbs);
        if let Some(wanted) = tbs_sha256.filter(|wanted| *wanted != found) {
            findings.add(Finding::OtherTbs { path: path.clone(), found, wanted });
        }
        match number(object.kind, &der) {
            Ok(Some(found)) if found != object.number => {
                let path = path.clone();
                findings.add(Finding::OtherNumber { entry, object: object.clone(), path, found });
            }
            Ok(_) => {}
            Err(why) => findings.add(Finding::Unreadable { path: path.clone(), why }),
        }
        let ca = self.ca(&object.ca, findings);
        if object.kind == Kind::Crl
            && let Ok(crl) = Crl::from_der(&der)
        {
            ca.revocations.named(&crl);
        }
        match ca.key().or_else(|| own_key(object.kind, &der, ca.key_sha256)) {
            None => findings.add(Finding::NoKey { entry, object: object.clone() }),
            Some(key) => {
                if let Err(source) = by(&key, &parts) {
                    findings.add(Finding::Signature { path, ca: object.ca.clone(), source });
                }
            }
        }
    }

    /// The DER in an object's file, and whether the file is the PEM of it to the octet: in text around it, in
    /// blanks and in other line ends something could be changed that no hash of the log covers.
    fn der(&self, path: &str, kind: Kind) -> Result<Option<(Vec<u8>, bool)>, String> {
        let octets = files::read(self.files, path, LARGEST).map_err(|error| error.to_string())?;
        let label = match kind {
            Kind::Certificate => Certificate::PEM_LABEL,
            Kind::Crl => Crl::PEM_LABEL,
            Kind::Request => Csr::PEM_LABEL,
        };
        let Some(octets) = octets else { return Ok(None) };
        let der = pem::one(&octets, &[label]).map_err(|error| error.to_string())?;
        let exact = pem::encode(label, &der).as_bytes() == octets;
        Ok(Some((der, exact)))
    }

    /// The log has ended: of what is still open, the octets that were to be signed must be there.
    pub(super) fn end(&mut self, findings: &mut Findings) {
        for (object, wanted) in std::mem::take(&mut self.open) {
            self.counts.intents = self.counts.intents.saturating_add(1);
            let path = layout::intent(&object);
            self.expect(&path);
            match files::read(self.files, &path, LARGEST) {
                Ok(Some(tbs)) => {
                    let found = Fingerprint::of(&tbs);
                    if found != wanted {
                        findings.add(Finding::OtherTbs { path, found, wanted });
                    }
                    // The same for people to look at, where it can be shown so.
                    if object.kind == Kind::Certificate
                        && let Ok(unsigned) = UnsignedCertificate::of(&tbs)
                    {
                        let path = layout::unsigned(&object);
                        self.expect(&path);
                        let wanted = pem::encode(Certificate::PEM_LABEL, unsigned.as_der());
                        tree::exact(self.files, &path, &wanted, findings);
                    }
                }
                Ok(None) => findings.add(Finding::Missing { path }),
                Err(error) => findings.add(Finding::Unreadable { path, why: error.to_string() }),
            }
        }
        for (name, ca) in &self.cas {
            for (sha256, _) in ca.certificates.iter().filter(|(_, (_, told))| !told) {
                findings.add(Finding::ExtraCaCertificate { ca: name.clone(), sha256: *sha256 });
            }
            if ca.is_otherwise() {
                findings.add(Finding::OtherForm { path: layout::path_of(name) });
            }
        }
    }
}

fn mark(text: &str) -> Mark {
    let Fingerprint(hash) = Fingerprint::of(text.as_bytes());
    let mut mark = [0; 16];
    mark.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    mark
}

/// Whether a name can be a CA's, and so a part of a path.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && name.bytes().all(|octet| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
}

/// Whether an object can be one, and its names parts of a path.
fn is_object(object: &Object) -> bool {
    is_name(&object.ca)
        && match object.kind {
            Kind::Certificate => {
                object.number.parse::<SerialNumber>().is_ok_and(|serial| serial.to_string() == object.number)
            }
            Kind::Crl | Kind::Request => {
                object.number.parse::<u128>().is_ok_and(|number| number.to_string() == object.number)
            }
        }
}

/// The number inside an object; requests have none.
fn number(kind: Kind, der: &[u8]) -> Result<Option<String>, String> {
    match kind {
        Kind::Certificate => Certificate::from_der(der)
            .map(|it| Some(it.serial().to_string()))
            .map_err(|error| error.to_string()),
        Kind::Crl => Crl::from_der(der)
            .map(|crl| Some(crl.number().map_or_else(|| "none".to_owned(), |number| number.to_string())))
            .map_err(|error| error.to_string()),
        Kind::Request => Ok(None),
    }
}

/// The key inside an object that its own key signs, if it is the one that the log gives the CA.
fn own_key(kind: Kind, der: &[u8], wanted: Option<Fingerprint>) -> Option<PublicKey> {
    let key = match kind {
        Kind::Request => Csr::from_der(der).ok()?.public_key().clone(),
        Kind::Certificate => Certificate::from_der(der).ok()?.public_key().ok()?,
        Kind::Crl => return None,
    };
    (wanted == Some(Fingerprint(key.sha256()))).then_some(key)
}

fn by(key: &PublicKey, parts: &Parts<'_>) -> Result<(), VerifyError> {
    let refused = VerifyError::Signature { key: key.algorithm() };
    let algorithm = SignatureAlgorithm::from_identifier_der(parts.algorithm).map_err(|_| refused)?;
    verify(key, algorithm, parts.tbs, parts.signature)
}

/// What a certificate that is in the export says of itself.
fn covered(files: &dyn Files, ca: &str, serial: &SerialNumber) -> Option<Covered> {
    let object = Object { kind: Kind::Certificate, ca: ca.to_owned(), number: serial.to_string() };
    let read = |path: &str| files::read(files, path, LARGEST).ok().flatten();
    let octets = read(&layout::signed(&object)).or_else(|| read(&layout::unsigned(&object)))?;
    let certificate = Certificate::read(&octets).ok()?;
    let point = certificate.extension(oid::CRL_DISTRIBUTION_POINTS);
    let uris = point.and_then(|point| point.value.as_distribution_point()).map(<[String]>::to_vec);
    Some(Covered { not_after: certificate.not_after(), is_ca: certificate.is_ca(), uris })
}

fn revoked(
    serial: &str,
    reason: Option<String>,
    date: &str,
    invalidity_date: Option<String>,
) -> Option<RevokedCertificate> {
    Some(RevokedCertificate {
        serial: serial.parse().ok()?,
        revocation_date: date.parse().ok()?,
        reason: reason.map(|reason| reason.parse::<ReasonCode>()).transpose().ok()?,
        invalidity_date: invalidity_date.map(|date| date.parse::<Time>()).transpose().ok()?,
        removed: false,
    })
}
