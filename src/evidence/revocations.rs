//! The fold of a CA's revocations as the log tells them, and CRLs held against it (RFC 5280 s.3.3).

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use crate::x509::crl::{Crl, RevokedCertificate};
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// What is in force, by serial number.
#[derive(Clone, Debug, Default)]
pub(super) struct Revocations(BTreeMap<SerialNumber, Revocation>);

#[derive(Clone, Debug)]
struct Revocation {
    entry: RevokedCertificate,
    /// The latest thisUpdate of a CRL on record that named it.
    named: Option<Time>,
}

impl Revocations {
    /// A revocation, or another word on one.
    pub(super) fn revoke(&mut self, entry: RevokedCertificate) {
        self.0.insert(entry.serial.clone(), Revocation { entry, named: None });
    }

    /// A certificate that is no longer on hold.
    pub(super) fn release(&mut self, serial: &SerialNumber) {
        self.0.remove(serial);
    }

    /// What a CRL on record named.
    pub(super) fn named(&mut self, crl: &Crl) {
        for entry in crl.revoked() {
            if let Some(revocation) = self.0.get_mut(&entry.serial) {
                revocation.named = revocation.named.max(Some(crl.this_update()));
            }
        }
    }

    /// What a CRL that is about to be signed says otherwise than the log. `not_after` finds the end of a
    /// certificate: what has been on a CRL after its end may be left out.
    pub(super) fn compare(
        &self,
        path: &str,
        crl: &Crl,
        not_after: &dyn Fn(&SerialNumber) -> Option<Time>,
    ) -> Vec<Finding> {
        let path = || path.to_owned();
        let mut found = Vec::new();
        let mut named = BTreeSet::new();
        for entry in crl.revoked() {
            let serial = || entry.serial.clone();
            match self.0.get(&entry.serial) {
                None => found.push(Finding::NotRevoked { path: path(), serial: serial() }),
                Some(revocation) if !same(&revocation.entry, entry) => {
                    found.push(Finding::OtherRevocation { path: path(), serial: serial() });
                }
                Some(_) => {}
            }
            named.insert(&entry.serial);
        }
        for (serial, revocation) in self.0.iter().filter(|(serial, _)| !named.contains(serial)) {
            let ended = || revocation.named.is_some_and(|on| not_after(serial).is_some_and(|end| end < on));
            if !ended() {
                found.push(Finding::NotNamed { path: path(), serial: serial.clone() });
            }
        }
        found
    }
}

/// Whether two entries say the same.
fn same(told: &RevokedCertificate, named: &RevokedCertificate) -> bool {
    told.revocation_date == named.revocation_date
        && told.invalidity_date == named.invalidity_date
        && told.reason == named.reason
}
