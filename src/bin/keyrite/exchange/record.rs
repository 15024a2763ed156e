//! What the ledger has of a bundle: its id is known for ever, and everything that was signed for it is found by it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use keyrite::audit::{Bundle, Entry, Event, Fingerprint, Kind, Outcome, Record};
use keyrite::exchange::{BundleId, RequestBundle};
use keyrite::store::{CaName, Store};

use crate::failure::{Exit, Failure};

/// Who asked, as every certificate of a bundle has it on record.
pub(super) fn tag(requester: &str, bundle: BundleId) -> String {
    format!("{requester} by bundle {bundle}")
}

/// What begins the tags of all bundles of a requester.
pub(super) fn tags_of(requester: &str) -> String {
    format!("{requester} by bundle ")
}

/// All that the audit log tells of a bundle.
#[derive(Clone, Debug, Default)]
pub(super) struct OnRecord {
    /// When it came first: the entry, its time, and SHA-256 over the manifest.
    pub(super) received: Option<(u64, String, Fingerprint)>,
    /// The serial numbers that were reserved for it, by SHA-256 over the DER of the request.
    pub(super) reserved: BTreeMap<Fingerprint, String>,
    /// The entries that tell of certificates that were signed for it, by serial number.
    pub(super) signed: BTreeMap<String, Entry>,
    /// What is refused, and why.
    pub(super) refused: BTreeMap<String, Vec<String>>,
    /// CRLs that the CA has signed since then, with their entries.
    pub(super) crls: Vec<(u64, String)>,
    /// The last entry by which the CA has revoked anything.
    pub(super) revoked: u64,
    /// The answer.
    pub(super) answered: Option<Answered>,
    /// The signature line under the checkpoint that vouches for it.
    pub(super) sealed: Option<String>,
}

/// The answer, as it was fixed.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    pub(super) entry: Entry,
    pub(super) time: String,
    pub(super) sha256: Fingerprint,
    pub(super) crls: Vec<String>,
}

impl OnRecord {
    /// Reads all that is on record of a bundle for a CA.
    ///
    /// # Errors
    /// A [`Failure`] when the ledger cannot be read.
    pub(super) fn read(store: &Store, bundle: &RequestBundle, ca: &CaName) -> Result<Self, Failure> {
        let id = bundle.manifest.bundle.to_string();
        let tag = tag(&bundle.manifest.requester, bundle.manifest.bundle);
        let mut found = Self::default();
        store.audit_entries(0, |entry| {
            // Looked at as text first: to read every entry of a large log takes a while.
            let text = std::str::from_utf8(&entry.encoding).unwrap_or_default();
            let known =
                || number(text).is_some_and(|number| found.reserved.values().any(|one| one == number));
            let since =
                found.received.is_some() && (text.contains("\"crl\"") || text.contains("\"revoked\""));
            if text.contains(&id) || since || (!found.reserved.is_empty() && known()) {
                found.entry(entry, &id, &tag, ca);
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    fn entry(&mut self, entry: Entry, id: &str, wanted: &str, ca: &CaName) {
        let Ok(record) = Record::decode(&entry.encoding) else { return };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "no other event tells of a bundle or its certificates"
        )]
        match record.event {
            Event::Bundle(Bundle::Received { bundle, manifest_sha256, .. }) if bundle == id => {
                self.received = Some((record.entry, record.time, manifest_sha256));
            }
            Event::Bundle(Bundle::Refused { bundle, asked, reasons }) if bundle == id => {
                self.refused.insert(asked, reasons);
            }
            Event::Bundle(Bundle::Answered { bundle, answer_sha256, crls, .. }) if bundle == id => {
                let time = record.time;
                self.answered = Some(Answered { entry, time, sha256: answer_sha256, crls });
            }
            Event::Bundle(Bundle::Sealed { bundle, line, .. }) if bundle == id => self.sealed = Some(line),
            Event::Signing { object, requester: Some(requester), request_sha256: Some(sha256), .. }
                if requester == wanted && object.kind == Kind::Certificate && object.ca == ca.as_str() =>
            {
                self.reserved.insert(sha256, object.number);
            }
            Event::Signed { object, .. } | Event::Settled { object, outcome: Outcome::Found, .. }
                if object.ca == ca.as_str() =>
            {
                match object.kind {
                    Kind::Certificate if self.reserved.values().any(|one| *one == object.number) => {
                        self.signed.insert(object.number, entry);
                    }
                    Kind::Crl if self.received.is_some() => self.crls.push((record.entry, object.number)),
                    Kind::Certificate | Kind::Crl | Kind::Request => {}
                }
            }
            Event::Revoked { ca: of, .. } if of == ca.as_str() => self.revoked = record.entry,
            _ => {}
        }
    }

    /// The id stands for one manifest for ever.
    ///
    /// # Errors
    /// A [`Failure`] when it came before with another one.
    pub(super) fn same(&self, bundle: &RequestBundle) -> Result<(), Failure> {
        match &self.received {
            Some((_, time, sha256)) if *sha256 != bundle.sha256 => {
                let message = format!(
                    "bundle {} came at {time} with other contents: its manifest had the SHA-256 {sha256}, and now has {}",
                    bundle.manifest.bundle, bundle.sha256
                );
                Err(Failure::new(Exit::Refused, message)
                    .hint("nobody makes two bundles of one id: ask the requester, and have a new one made"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The CRLs that say everything that was revoked up to now, if any came since the bundle did.
    pub(super) fn fresh_crls(&self) -> Vec<String> {
        let fresh = self.crls.iter().filter(|(entry, _)| *entry > self.revoked);
        fresh.map(|(_, number)| number.clone()).collect()
    }
}

/// The number of the object of which an entry tells.
fn number(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("\"number\":\"")?;
    rest.split_once('"').map(|(number, _)| number)
}
