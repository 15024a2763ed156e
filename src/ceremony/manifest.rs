//! Manifest: the digests of everything that a run depends on. Its own digest names the plan.

use serde::{Deserialize, Serialize};

use super::record::Mode;
use crate::audit::encoding::{EncodingError, encode, read_canonical};
use crate::audit::{Fingerprint, words};

/// What separates this from every other JSON; the version is part of it.
const FORM: &str = "keyrite ceremony plan v1";

/// The digests of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifest {
    form: String,
    /// What kind of ceremony it is the plan of.
    pub mode: Mode,
    /// The program that carries it out.
    pub program: Program,
    /// The origin of the audit log of the home in which it is carried out.
    pub home: String,
    /// SHA-256 over `keyrite.toml` of the home.
    pub configuration: Fingerprint,
    /// SHA-256 over the script.
    pub script: Fingerprint,
    /// SHA-256 over the site.
    pub site: Fingerprint,
    /// SHA-256 over each profile in its canonical form.
    pub profiles: Vec<Named>,
    /// SHA-256 over each file that goes in.
    pub inputs: Vec<Named>,
    /// The CAs that are there before.
    pub cas: Vec<CaDigest>,
}

/// The program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Program {
    /// Its version.
    pub version: String,
    /// SHA-256 over its file.
    pub sha256: Fingerprint,
}

/// A name, and the digest of what it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Named {
    /// The name.
    pub name: String,
    /// SHA-256.
    pub sha256: Fingerprint,
}

/// A CA, and the digest of its certificate.
pub type CaDigest = Named;

/// What a [`Manifest`] is made of.
impl Manifest {
    /// Puts the digests together.
    #[must_use]
    pub fn new(
        mode: Mode,
        program: Program,
        home: String,
        (configuration, script, site): (Fingerprint, Fingerprint, Fingerprint),
    ) -> Self {
        Self {
            form: FORM.to_owned(),
            mode,
            program,
            home,
            configuration,
            script,
            site,
            profiles: Vec::new(),
            inputs: Vec::new(),
            cas: Vec::new(),
        }
    }

    /// Its one encoding: canonical JSON.
    ///
    /// # Errors
    /// [`EncodingError`] never, as it holds no numbers; kept for totality.
    pub fn encode(&self) -> Result<Vec<u8>, EncodingError> {
        encode(self)
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`ManifestError`] when the octets are not one in its only spelling.
    pub fn decode(octets: &[u8]) -> Result<Self, ManifestError> {
        let value = read_canonical(octets)?;
        let manifest: Self =
            serde_json::from_value(value).map_err(|error| EncodingError::UnknownRecord(error.to_string()))?;
        if manifest.form == FORM { Ok(manifest) } else { Err(ManifestError::Form(manifest.form)) }
    }

    /// SHA-256 over its encoding: the name of the plan.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn digest(&self) -> Result<Fingerprint, EncodingError> {
        Ok(Fingerprint::of(&self.encode()?))
    }
}

/// The digest of a plan as words.
#[must_use]
pub(super) fn in_words(digest: &Fingerprint) -> String {
    words::words(digest.as_bytes()).collect::<Vec<_>>().join(" ")
}

/// Why octets are no manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not the JSON of one.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// Of a version that this program does not know.
    #[error("form {0:?}, wanted {FORM:?}")]
    Form(String),
}
