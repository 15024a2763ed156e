//! Bundles of requests that came over an air gap, as the log tells of them: what was asked, and what was answered.

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;

/// How far a bundle is. `state` in the encoding is the variant's name in kebab case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Bundle {
    /// It is about to be answered for the first time: from here on its id stands for these octets alone.
    Received {
        /// The id of the bundle in hex.
        bundle: String,
        /// SHA-256 over its manifest, which names all its files by theirs.
        manifest_sha256: Fingerprint,
        /// The CA that was asked.
        ca: String,
        /// Who asked: the name under which the signature of the bundle was accepted.
        requester: String,
        /// How many certificates were asked for.
        requests: u64,
    },
    /// One thing in it is not given, for good.
    Refused {
        /// The id of the bundle in hex.
        bundle: String,
        /// What was asked: the file of a request, or `revoke` and a serial number.
        asked: String,
        /// Why, in words.
        reasons: Vec<String>,
    },
    /// The answer is fixed: this entry vouches for it.
    Answered {
        /// The id of the bundle in hex.
        bundle: String,
        /// SHA-256 over the manifest of the bundle.
        manifest_sha256: Fingerprint,
        /// SHA-256 over the manifest of the answer, which names all its files by theirs.
        answer_sha256: Fingerprint,
        /// How many certificates it has.
        issued: u64,
        /// How many things are refused in it.
        refused: u64,
        /// The numbers of the CRLs in it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        crls: Vec<String>,
    },
    /// The checkpoint that vouches for the answer is signed. The signature is kept, so that it is never made twice.
    Sealed {
        /// The id of the bundle in hex.
        bundle: String,
        /// How many entries the log has at the checkpoint.
        size: u64,
        /// The signature line under the checkpoint.
        line: String,
    },
}
