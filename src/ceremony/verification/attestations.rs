//! Attestations of keys, verified once more from what was written.

use super::super::finding::Finding;
use super::super::layout;
use super::super::log;
use super::super::record::Mode;
use super::super::step::{Step, Task};
use super::objects::{Objects, Told};
use crate::x509::attestation::{self, Roots};
use crate::x509::certificate::Certificate;
use crate::x509::pem;
use crate::x509::signed::Kind as _;
use crate::x509::spki::PublicKey;

impl Objects<'_> {
    /// The file has an attestation of the key up to a root of the vendor that went in.
    pub(super) fn attested(&mut self, step: &Step, told: &Told) {
        let Task::ExportAttestation { token, key, roots } = &step.task else { return };
        if self.parts.manifest.mode == Mode::Rehearsal {
            return;
        }
        if let Err(what) = self.attestation((token, key), roots, told) {
            let what = format!("step {} has no attestation of the key {key:?}: {what}", step.id);
            self.find(Finding::record(layout::TRANSCRIPT, told.record, what));
        }
    }

    fn attestation(&self, (token, key): (&str, &str), roots: &str, told: &Told) -> Result<(), String> {
        let public_key = self.key_of(token, key).ok_or("the key is not known")?;
        let roots = self.parts.inputs.get(roots).ok_or("there are no roots")?;
        let roots = Roots::read(roots).map_err(|error| error.to_string())?;
        let [(file, _)] = told.files.as_slice() else { return Err("wanted one file".to_owned()) };
        let octets = log::read(self.parts.files, file).map_err(|error| format!("{file}: {error}"))?;
        let shown =
            pem::all(&octets, &[Certificate::PEM_LABEL]).map_err(|error| format!("{file}: {error}"))?;
        attestation::verify(&public_key, &roots, &shown).map(drop).map_err(|error| format!("{file}: {error}"))
    }

    /// The key of a CA or of a step, by token and label.
    fn key_of(&self, token: &str, label: &str) -> Option<PublicKey> {
        if let Some(made) = self.lone.get(&(token.to_owned(), label.to_owned())) {
            return Some(made.clone());
        }
        let ca = self.parts.script.keys().find(|ca| ca.token == token && ca.key == label)?;
        if let Some((certificate, _)) = self.cas.get(&ca.name) {
            return certificate.public_key().ok();
        }
        self.requests.get(&ca.name).map(|csr| csr.public_key().clone())
    }
}
