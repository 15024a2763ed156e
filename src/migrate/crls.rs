//! The CRLs that a CA has signed before it moves in: the newest tells what is revoked, all of them which numbers are
//! taken.

use super::problem::Problem;
use super::report::Report;
use crate::x509::certificate::Certificate;
use crate::x509::crl::{Crl, RevokedCertificate};
use crate::x509::extension::CrlNumber;
use crate::x509::serial::SerialNumber;
use crate::x509::spki::PublicKey;

/// The CRLs of one CA.
#[derive(Debug, Default)]
pub struct Crls {
    newest: Option<Crl>,
    /// The places in the newest one's entries, in the order of their serial numbers.
    order: Vec<usize>,
    older: Vec<SerialNumber>,
    highest: Option<CrlNumber>,
}

impl Crls {
    /// Takes in what a file holds, if it is a CRL of this CA; says so in the report if not.
    pub fn add(
        &mut self,
        report: &mut Report,
        place: &str,
        octets: &[u8],
        ca: &Certificate,
        key: &PublicKey,
    ) {
        let crl = match Crl::read(octets) {
            Ok(crl) => crl,
            Err(error) => return report.add(Problem::Crl, place, error.to_string()),
        };
        if !crl.issuer().reads_as(ca.subject()) {
            let found = format!("a CRL of {}", crl.issuer());
            return report.differs(Problem::Crl, place, found, format!("one of {}", ca.subject()));
        }
        if let Err(error) = crl.verify_signed_by(key) {
            return report.add(Problem::Crl, place, error.to_string());
        }
        if let Some(critical) = crl.extensions().iter().find(|extension| extension.critical) {
            let found = format!("the critical extension {}", critical.value.name());
            return report.add(Problem::Crl, place, found);
        }
        self.highest = self.highest.max(crl.number());
        let when = |crl: &Crl| (crl.this_update(), crl.number());
        match self.newest.take() {
            Some(newest) if when(&newest) >= when(&crl) => {
                self.add_older(&crl);
                self.newest = Some(newest);
            }
            before => {
                if let Some(before) = before {
                    self.add_older(&before);
                }
                self.order = (0..crl.revoked().len()).collect();
                self.order.sort_by(|a, b| serial_at(&crl, *a).cmp(&serial_at(&crl, *b)));
                self.newest = Some(crl);
            }
        }
    }

    fn add_older(&mut self, crl: &Crl) {
        self.older.extend(crl.revoked().iter().map(|entry| entry.serial.clone()));
    }

    /// The newest CRL.
    #[must_use]
    pub const fn newest(&self) -> Option<&Crl> {
        self.newest.as_ref()
    }

    /// The highest number of them all.
    #[must_use]
    pub const fn highest(&self) -> Option<CrlNumber> {
        self.highest
    }

    /// The entry of the newest CRL with a serial number, and its place among the entries.
    #[must_use]
    pub fn entry(&self, serial: &SerialNumber) -> Option<(usize, &RevokedCertificate)> {
        let crl = self.newest.as_ref()?;
        let found = self.order.binary_search_by(|at| serial_at(crl, *at).cmp(&Some(serial))).ok()?;
        let at = *self.order.get(found)?;
        Some((at, crl.revoked().get(at)?))
    }

    /// The serial numbers of the older ones, each once, in their order.
    pub(super) fn older(&self) -> Vec<SerialNumber> {
        let mut older = self.older.clone();
        older.sort_unstable();
        older.dedup();
        older
    }
}

fn serial_at(crl: &Crl, at: usize) -> Option<&SerialNumber> {
    crl.revoked().get(at).map(|entry| &entry.serial)
}
