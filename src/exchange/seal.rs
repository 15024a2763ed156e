//! Seal: the signature of a requester over the manifest of a bundle.
//!
//! A key of a token signs it as it signs everything that is no certificate or CRL: as the checkpoint of a log (C2SP
//! tlog-checkpoint). This log is the bundle's own, and its one entry is the manifest. So no key ever signs octets of a
//! form of their own for bundles, and the origin keeps the signature from being one of any other log.

use super::bundle_id::BundleId;
use super::contents::{Contents, wanted};
use super::layout;
use super::problem::BundleError;
use crate::audit::{Checkpoint, Note, tree};
use crate::evidence::signatories;
use crate::x509::spki::PublicKey;

/// What the origin of a bundle's log begins with.
const ORIGIN: &str = "keyrite.bundle/";

/// The origin of a bundle's log: of no other bundle, and of no other requester.
#[must_use]
pub fn origin(bundle: BundleId, requester: &str) -> String {
    format!("{ORIGIN}{bundle}/{requester}")
}

/// What a requester's key signs: the checkpoint of a log whose one entry is the manifest.
#[must_use]
pub fn statement(bundle: BundleId, requester: &str, manifest: &[u8]) -> Checkpoint {
    // The root of a tree of one leaf is the leaf (RFC 6962 s.2.1).
    Checkpoint { origin: origin(bundle, requester), size: 1, root: tree::leaf(manifest) }
}

/// A signature beside a manifest; whose it is has to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal(Note);

impl Seal {
    /// The one signature of a bundle.
    pub(super) fn read(contents: &Contents) -> Result<Self, BundleError> {
        let octets = wanted(contents, layout::REQUEST_NOTE)?;
        let wrong = |why: &dyn ToString| BundleError::proof(layout::REQUEST_NOTE, why.to_string());
        let note = Note::parse(octets).map_err(|error| wrong(&error))?;
        let [_] = note.signatures.as_slice() else {
            return Err(wrong(&format!("{} signatures, wanted one", note.signatures.len())));
        };
        if note.to_text().as_bytes() != octets {
            return Err(wrong(&"a note in another spelling"));
        }
        Ok(Self(note))
    }

    /// Which of the known keys has signed this.
    pub(super) fn signer(&self, told: &Checkpoint, keys: &[PublicKey]) -> Result<usize, BundleError> {
        let wrong = |why: &dyn ToString| BundleError::proof(layout::REQUEST_NOTE, why.to_string());
        if self.0.text != told.text() {
            return Err(wrong(&"the signature is under something else than this manifest"));
        }
        let found = signatories(&self.0, told, keys).map_err(|error| wrong(&error))?;
        // The id of some keys does not depend on the name beside it.
        let named = found.iter().find(|one| one.name.as_str() == told.origin);
        let one = named.ok_or_else(|| wrong(&"the signature is by no key of the requester"))?;
        Ok(one.key)
    }
}
