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
pub enum Seal {
    /// By a key of a token.
    Note(Note),
    /// By an SSH key: the armoured signature.
    Ssh(Vec<u8>),
}

impl Seal {
    /// The file that it is in.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        match self {
            Self::Note(_) => layout::REQUEST_NOTE,
            Self::Ssh(_) => layout::REQUEST_SSH,
        }
    }

    /// The one signature of a bundle.
    pub(super) fn read(contents: &Contents) -> Result<Self, BundleError> {
        match (contents.get(layout::REQUEST_NOTE), contents.get(layout::REQUEST_SSH)) {
            (Some(_), Some(_)) => {
                Err(BundleError::Extra { file: layout::REQUEST_SSH.to_owned(), manifest: layout::REQUEST })
            }
            (None, Some(armour)) => Ok(Self::Ssh(armour.clone())),
            (_, None) => {
                let octets = wanted(contents, layout::REQUEST_NOTE)?;
                let note =
                    Note::parse(octets).map_err(|error| BundleError::proof(layout::REQUEST_NOTE, error))?;
                let [_] = note.signatures.as_slice() else {
                    let found = format!("{} signatures, wanted one", note.signatures.len());
                    return Err(BundleError::proof(layout::REQUEST_NOTE, found));
                };
                if note.to_text().as_bytes() != octets {
                    return Err(BundleError::proof(layout::REQUEST_NOTE, "a note in another spelling"));
                }
                Ok(Self::Note(note))
            }
        }
    }

    /// Which of the known keys has signed this as a note.
    pub(super) fn signer(&self, told: &Checkpoint, keys: &[PublicKey]) -> Result<usize, BundleError> {
        let wrong = |why: &str| BundleError::proof(self.file(), why);
        let Self::Note(note) = self else { return Err(wrong("a signature by an SSH key")) };
        if note.text != told.text() {
            return Err(wrong("the signature is under something else than this manifest"));
        }
        let found = signatories(note, told, keys).map_err(|error| BundleError::proof(self.file(), error))?;
        // The id of some keys does not depend on the name beside it.
        let named = found.iter().find(|one| one.name.as_str() == told.origin);
        let one = named.ok_or_else(|| wrong("the signature is by no key of the requester"))?;
        Ok(one.key)
    }
}
