//! The fold of a CA's revocations as the log tells them, and CRLs held against it (RFC 5280 s.3.3).

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use crate::x509::crl::{Crl, RevokedCertificate};
use crate::x509::extension::{IssuingDistributionPoint, Value};
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// What is in force, by serial number, and what was released from hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Revocations {
    in_force: BTreeMap<SerialNumber, Revocation>,
    released: BTreeMap<SerialNumber, Vec<Naming>>,
}

#[derive(Clone, Debug)]
struct Revocation {
    entry: RevokedCertificate,
    /// The newest CRLs on record that named it in this form: one of each scope, complete and delta apart.
    named: Vec<Naming>,
}

/// A CRL that has named a certificate.
#[derive(Clone, Debug)]
struct Naming {
    scope: Scope,
    number: u128,
    this_update: Time,
}

/// What a CRL covers, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Scope {
    distribution: Option<IssuingDistributionPoint>,
    is_delta: bool,
}

/// What bears on whether a CRL covers a certificate, as the certificate itself says it.
#[derive(Clone, Debug)]
pub(super) struct Covered {
    /// The last second of its validity.
    pub(super) not_after: Time,
    /// Whether its subject is a CA.
    pub(super) is_ca: bool,
    /// The URIs of its one distribution point, if it has one.
    pub(super) uris: Option<Vec<String>>,
}

impl Scope {
    fn of(crl: &Crl) -> Self {
        let mut values = crl.extensions().iter().map(|extension| &extension.value);
        let distribution = values.find_map(Value::as_issuing_distribution_point).cloned();
        Self { distribution, is_delta: base(crl).is_some() }
    }

    fn of_complete(&self) -> Self {
        Self { is_delta: false, ..self.clone() }
    }

    /// Whether a certificate is covered. One of which nothing is known is covered by every CRL.
    fn covers(&self, certificate: Option<&Covered>) -> bool {
        let (Some(scope), Some(certificate)) = (&self.distribution, certificate) else { return true };
        let named = certificate.uris.as_ref().is_none_or(|uris| *uris == scope.uris);
        scope.covers.holds(certificate.is_ca) && (scope.uris.is_empty() || named)
    }
}

/// Of a delta CRL, the number of the complete CRL to which it is added.
fn base(crl: &Crl) -> Option<u128> {
    crl.extensions().iter().find_map(|extension| extension.value.as_delta_base()).map(|number| number.0)
}

impl Revocations {
    /// A revocation, or another word on one.
    pub(super) fn revoke(&mut self, entry: RevokedCertificate) {
        self.released.remove(&entry.serial);
        self.in_force.insert(entry.serial.clone(), Revocation { entry, named: Vec::new() });
    }

    /// A certificate that is no longer on hold.
    pub(super) fn release(&mut self, serial: &SerialNumber) {
        if let Some(revocation) = self.in_force.remove(serial) {
            self.released.insert(serial.clone(), revocation.named);
        }
    }

    /// What a CRL on record named.
    pub(super) fn named(&mut self, crl: &Crl) {
        let scope = Scope::of(crl);
        let number = crl.number().map_or(0, |number| number.0);
        for entry in crl.revoked().iter().filter(|entry| !entry.removed) {
            let Some(revocation) = self.in_force.get_mut(&entry.serial) else { continue };
            let naming = Naming { scope: scope.clone(), number, this_update: crl.this_update() };
            match revocation.named.iter_mut().find(|named| named.scope == scope) {
                Some(named) if named.this_update > naming.this_update => {}
                Some(named) => *named = naming,
                None => revocation.named.push(naming),
            }
        }
    }

    /// What a CRL that is about to be signed says otherwise than the log. `covered` finds what a certificate says of
    /// itself: what has been on a complete CRL after its end may be left out.
    pub(super) fn compare(
        &self,
        path: &str,
        crl: &Crl,
        covered: &dyn Fn(&SerialNumber) -> Option<Covered>,
    ) -> Vec<Finding> {
        let path = || path.to_owned();
        let scope = Scope::of(crl);
        let complete = scope.of_complete();
        let base = base(crl);
        let ended = |serial: &SerialNumber, revocation: &Revocation| {
            let on = revocation.named.iter().filter(|named| named.scope == complete);
            let on = on.map(|named| named.this_update).max();
            on.is_some_and(|on| covered(serial).is_some_and(|certificate| certificate.not_after < on))
        };
        let mut found = Vec::new();
        let mut named = BTreeSet::new();
        for entry in crl.revoked() {
            let serial = || entry.serial.clone();
            named.insert(&entry.serial);
            match self.in_force.get(&entry.serial) {
                None if entry.removed && base.is_some() => {}
                None => found.push(Finding::NotRevoked { path: path(), serial: serial() }),
                Some(revocation) if entry.removed && ended(&entry.serial, revocation) => {}
                Some(revocation) if !same(&revocation.entry, entry) => {
                    found.push(Finding::OtherRevocation { path: path(), serial: serial() });
                }
                Some(_) => {}
            }
        }
        for (serial, revocation) in self.in_force.iter().filter(|(serial, _)| !named.contains(serial)) {
            let told = base.is_some_and(|base| {
                revocation.named.iter().any(|named| named.scope == complete && named.number >= base)
            });
            if !told && !ended(serial, revocation) && scope.covers(covered(serial).as_ref()) {
                found.push(Finding::NotNamed { path: path(), serial: serial.clone() });
            }
        }
        let Some(base) = base else { return found };
        // Whoever has the base, or a delta CRL that was added to it, has these on the list.
        for (serial, naming) in self.released.iter().filter(|(serial, _)| !named.contains(serial)) {
            let has = |named: &&Naming| named.scope.of_complete() == complete && named.number >= base;
            if naming.iter().any(|named| has(&named)) {
                found.push(Finding::NotNamed { path: path(), serial: serial.clone() });
            }
        }
        found
    }
}

/// Whether two entries say the same.
fn same(told: &RevokedCertificate, named: &RevokedCertificate) -> bool {
    !named.removed
        && told.revocation_date == named.revocation_date
        && told.invalidity_date == named.invalidity_date
        && told.reason == named.reason
}
