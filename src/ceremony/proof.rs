//! Proof: that whoever gives a name has the key that the script names for it.

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};

use crate::audit::{Fingerprint, Head};
use crate::ssh::{self, PublicKey, Signature, SignatureError};

/// The namespace of signatures in a ceremony (`ssh-keygen -Y sign -n`).
pub const NAMESPACE: &str = "keyrite-ceremony";
/// The hexadecimal digits of a nonce.
const NONCE: usize = 32;

/// What somebody signs to sign in: it is of this plan, of this moment of this transcript, and of nobody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// SHA-256 over the plan.
    pub plan: Fingerprint,
    /// The transcript as it was before.
    pub head: Head,
    /// The role.
    pub role: &'a str,
    /// The name.
    pub person: &'a str,
}

impl Challenge<'_> {
    /// The text that is signed, with 16 random octets in hexadecimal digits.
    #[must_use]
    pub fn text(&self, nonce: &str) -> String {
        format!(
            "keyrite ceremony sign-in\nplan: {}\ntranscript: {} records, {}\nrole: {}\nperson: {}\nnonce: {nonce}\n",
            self.plan, self.head.entries, self.head.hash, self.role, self.person
        )
    }
}

/// What the transcript keeps of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Proof {
    /// The random octets in the challenge.
    nonce: String,
    /// SHA-256 over the text of the challenge.
    challenge: Fingerprint,
    /// The fingerprint of the key, as `ssh-keygen -l` prints it.
    key: String,
    /// The signature in base64, as between the lines that `ssh-keygen` writes.
    signature: String,
}

impl Proof {
    /// Takes a signature over a challenge.
    ///
    /// # Errors
    /// [`ProofError`] when it is not one by this key.
    pub fn of(
        challenge: &Challenge<'_>,
        nonce: &str,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<Self, ProofError> {
        let proof = Self {
            nonce: nonce.to_owned(),
            challenge: Fingerprint::of(challenge.text(nonce).as_bytes()),
            key: key.fingerprint(),
            signature: Base64::encode_string(signature.as_octets()),
        };
        proof.verify(challenge, key)?;
        Ok(proof)
    }

    /// The fingerprint of the key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Verifies that the key has signed the challenge.
    ///
    /// # Errors
    /// [`ProofError`] says what is another than wanted.
    pub fn verify(&self, challenge: &Challenge<'_>, key: &PublicKey) -> Result<(), ProofError> {
        let digits = self.nonce.bytes().all(|octet| octet.is_ascii_digit() || (b'a'..=b'f').contains(&octet));
        // A name with a line's end in it could make the text of another challenge.
        let lines = [challenge.role, challenge.person].iter().any(|text| text.contains(char::is_control));
        if self.nonce.len() != NONCE || !digits || lines {
            return Err(ProofError::Form);
        }
        let text = challenge.text(&self.nonce);
        if Fingerprint::of(text.as_bytes()) != self.challenge {
            return Err(ProofError::Challenge);
        }
        if self.key != key.fingerprint() {
            return Err(ProofError::Key { found: self.key.clone(), wanted: key.fingerprint() });
        }
        let octets = Base64::decode_vec(&self.signature).map_err(|_| ProofError::Form)?;
        Signature::from_octets(&octets)?.verify(text.as_bytes(), NAMESPACE, key)?;
        Ok(())
    }
}

/// Why a proof shows nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A nonce, name or signature that no run writes.
    #[error("the proof is not in the form that a run writes")]
    Form,
    /// Another challenge than this moment has.
    #[error("the challenge that was signed is of another plan, moment, role or person")]
    Challenge,
    /// Another key than the script names.
    #[error("the proof is by the key {found}, and the script has {wanted}")]
    Key {
        /// The fingerprint in the proof.
        found: String,
        /// The fingerprint of the key in the script.
        wanted: String,
    },
    /// The signature cannot be read.
    #[error("the signature cannot be read: {0}")]
    Signature(#[from] SignatureError),
    /// The signature does not prove it.
    #[error(transparent)]
    Verify(#[from] ssh::VerifyError),
}
