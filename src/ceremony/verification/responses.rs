//! OCSP responses that a step has signed.

use std::collections::{BTreeMap, BTreeSet};

use super::super::finding::Finding;
use super::super::layout;
use super::super::log;
use super::super::step::{Step, Task};
use super::objects::{Objects, Told, log_path};
use crate::audit::{Event, Fingerprint, OcspSigned, OcspSigning};
use crate::x509::certificate::Certificate;
use crate::x509::ocsp::{CertStatus, IssuerId, OcspResponse, SignedBy};

/// What the log tells of the groups of a step.
#[derive(Debug, Default)]
struct Groups {
    signed: u64,
    /// thisUpdate and nextUpdate.
    dates: BTreeSet<(String, String)>,
}

impl Objects<'_> {
    /// Every response is by the responder of the script, about a certificate of its CA, with the dates that the log
    /// tells, and says what the log says; and there are as many as were signed.
    pub(super) fn responses(&mut self, step: &Step, told: &Told, (begun, done): (u64, u64)) {
        let wanted = if let Task::SignOcsp { ca, .. } = &step.task { Some(ca.as_str()) } else { None };
        let mut groups = Groups::default();
        let mut strays = Vec::new();
        for record in self.parts.log.between(begun, done) {
            if let Event::OcspSigning(OcspSigning { group, this_update, next_update, .. }) = &record.event {
                if wanted == Some(&*group.ca) {
                    groups.dates.insert((this_update.clone(), next_update.clone()));
                } else {
                    strays.push((
                        record.entry,
                        format!("{group} was signed in step {}, which is not about it", step.id),
                    ));
                }
            } else if let Event::OcspSigned(OcspSigned { group, signed, .. }) = &record.event
                && wanted == Some(&*group.ca)
            {
                groups.signed = groups.signed.saturating_add(*signed);
            }
        }
        strays.into_iter().for_each(|(entry, what)| self.find(Finding::record(log_path(), entry, what)));
        let Task::SignOcsp { ca, responder, .. } = &step.task else { return };
        let Some((issuer, _)) = self.cas.get(ca).cloned() else {
            let what = format!("step {} answers for CA {ca:?}, which has no certificate", step.id);
            return self.find(Finding::record(layout::TRANSCRIPT, told.record, what));
        };
        let by = responder.as_ref().map(|name| self.responders.get(name).cloned());
        let mut distinct: BTreeSet<Fingerprint> = BTreeSet::new();
        for (file, sha256) in &told.files {
            distinct.insert(*sha256);
            if let Err(what) = self.response(file, (ca, &issuer), by.as_ref(), &groups, done) {
                self.find(Finding::file(file, what));
            }
        }
        if u64::try_from(distinct.len()).unwrap_or(u64::MAX) != groups.signed || groups.signed == 0 {
            let what = format!(
                "step {} has written {} responses, and the log tells of {}",
                step.id,
                distinct.len(),
                groups.signed
            );
            self.find(Finding::record(layout::TRANSCRIPT, told.record, what));
        }
    }

    fn response(
        &self,
        file: &str,
        (ca, issuer): (&str, &Certificate),
        by: Option<&Option<Certificate>>,
        groups: &Groups,
        done: u64,
    ) -> Result<(), String> {
        let octets = log::read(self.parts.files, file).map_err(|error| format!("cannot be read: {error}"))?;
        let response = OcspResponse::from_der(&octets).map_err(|error| error.to_string())?;
        let basic = response.basic().ok_or("is a response without an answer")?;
        match (basic.verify(issuer).map_err(|error| error.to_string())?, by) {
            (SignedBy::Issuer, None) => {}
            (SignedBy::Delegate(found), Some(Some(wanted))) if found.as_der() == wanted.as_der() => {}
            (SignedBy::Issuer | SignedBy::Delegate(_), _) => {
                return Err("is signed by another responder than the script says".to_owned());
            }
        }
        let [answer] = basic.data.answers.as_slice() else { return Err("wanted one answer".to_owned()) };
        let hash = answer.certificate.hash().ok_or("names its issuer by a hash that is not ours")?;
        let of = IssuerId::of(hash, issuer).map_err(|error| error.to_string())?;
        if !answer.certificate.is_of(&of) {
            return Err(format!("is about a certificate of another CA than {ca:?}"));
        }
        let next_update = answer.next_update.map(|time| time.to_string()).unwrap_or_default();
        if !groups.dates.contains(&(answer.this_update.to_string(), next_update)) {
            return Err("has other dates than the log tells".to_owned());
        }
        let serial = answer.certificate.serial().map(|serial| serial.to_string()).unwrap_or_default();
        let revoked = self.revoked(ca, done).get(&serial).copied().unwrap_or(false);
        if revoked != matches!(answer.status, CertStatus::Revoked { .. }) {
            let now = if revoked { "revoked" } else { "not revoked" };
            return Err(format!("says {} of {serial}, which the log tells is {now}", answer.status));
        }
        Ok(())
    }

    /// What the log tells to be revoked, or not any more, up to an entry.
    fn revoked(&self, ca: &str, to: u64) -> BTreeMap<String, bool> {
        let mut all = BTreeMap::new();
        for record in self.parts.log.between(0, to) {
            if let Event::Revoked { ca: of, serial, .. } = &record.event
                && of == ca
            {
                all.insert(serial.clone(), true);
            } else if let Event::Unheld { ca: of, serial, .. } = &record.event
                && of == ca
            {
                all.insert(serial.clone(), false);
            }
        }
        all
    }
}
