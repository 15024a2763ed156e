//! What a step has written for relying parties.

use std::collections::BTreeSet;

use super::super::finding::Finding;
use super::super::layout;
use super::super::log;
use super::super::step::{Step, Task};
use super::objects::{Objects, Told};
use crate::audit::{Event, Fingerprint};
use crate::evidence;
use crate::x509::certificate::Certificate;
use crate::x509::ocsp::OcspResponse;
use crate::x509::pem;
use crate::x509::signed::Kind as _;

/// What stands at the root beside what relying parties fetch: for people, and with the hashes of all.
const OWN: [&str; 2] = ["index.html", "manifest.json"];

impl Objects<'_> {
    /// Every file that was published is something that a CA of the home has signed, or its certificate.
    pub(super) fn published(&mut self, step: &Step, told: &Told) {
        if !matches!(step.task, Task::Publish { .. }) {
            return;
        }
        let known = self.known();
        let root = layout::published(&step.id);
        for (file, _) in &told.files {
            if file.strip_prefix(&root).is_some_and(|path| OWN.contains(&path)) {
                continue;
            }
            let fits = log::read(self.parts.files, file)
                .is_ok_and(|octets| known.contains(&Fingerprint::of(&octets)) || self.is_response(&octets));
            if !fits {
                self.find(Finding::file(file, "is nothing that a CA of this home has signed"));
            }
        }
    }

    /// SHA-256 over everything that the log says was signed, and over the certificates of the CAs.
    fn known(&self) -> BTreeSet<Fingerprint> {
        let signed = self.parts.log.events().filter_map(|(_, event)| {
            let Event::Signed { sha256, .. } = event else { return None };
            Some(*sha256)
        });
        let mut known: BTreeSet<Fingerprint> = signed.collect();
        for name in self.cas.keys() {
            let path = format!("{}{}", layout::LOG, evidence::layout::path_of(name));
            let octets = log::read(self.parts.files, &path).unwrap_or_default();
            let ders = pem::all(&octets, &[Certificate::PEM_LABEL]).unwrap_or_default();
            known.extend(ders.iter().map(|der| Fingerprint::of(der)));
        }
        known
    }

    fn is_response(&self, octets: &[u8]) -> bool {
        let Ok(response) = OcspResponse::from_der(octets) else { return false };
        let basic = response.basic();
        self.cas.values().any(|(issuer, _)| basic.is_some_and(|basic| basic.verify(issuer).is_ok()))
    }
}
