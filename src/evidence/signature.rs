//! Signatures under checkpoints: what a key of each kind signs, and how its line is made and verified.
//!
//! | key | kind | what is signed |
//! |---|---|---|
//! | Ed25519 | 0x01 (C2SP signed-note) | the text |
//! | Ed25519, as a witness | 0x04 (C2SP tlog-cosignature) | `cosignature/v1`, the time, the text |
//! | EC P-256 | 0x02 (C2SP signed-note), ECDSA with SHA-256 | the text |
//! | ML-DSA-44 | 0x06 (C2SP tlog-cosignature) | `subtree/v1`, the names, the time, size and root |
//! | others | 0xff, then `x509-signature/v1`, a line's end, the AlgorithmIdentifier and the SubjectPublicKeyInfo | the text |
//!
//! Each of these begins with a letter, none with the octet 0x30 of a DER SEQUENCE: no signature of a checkpoint is one
//! of a certificate, CRL or request, whatever key made it.

use crate::audit::note::first;
use crate::audit::{Checkpoint, KeyName, Note, NoteSignature};
use crate::x509::algorithm::{Curve, Digest, KeyAlgorithm, MlDsaParameterSet, SignatureAlgorithm};
use crate::x509::spki::PublicKey;
use crate::x509::time::Time;
use crate::x509::verify::{VerifyError, verify_twice};

/// What follows the octet 0xff in the id of a key for which C2SP has no kind of its own.
const X509: &[u8] = b"x509-signature/v1\n";

/// Octets that say a checkpoint and can be signed: they do not begin as DER does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteMessage(Vec<u8>);

impl NoteMessage {
    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// How a key signs checkpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheme {
    form: Form,
    algorithm: SignatureAlgorithm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Ed25519,
    Ed25519Cosignature,
    Ecdsa,
    MlDsaCosignature,
    X509,
}

impl Scheme {
    /// The scheme in which a key signs the checkpoint of a log, its own or as a `witness`. `algorithm` is the one by
    /// which the key signs.
    #[must_use]
    pub fn of(algorithm: SignatureAlgorithm, key: &PublicKey, witness: bool) -> Self {
        let form = match (key.algorithm(), algorithm) {
            (KeyAlgorithm::Ed25519, SignatureAlgorithm::Ed25519) if witness => Form::Ed25519Cosignature,
            (KeyAlgorithm::Ed25519, SignatureAlgorithm::Ed25519) => Form::Ed25519,
            (KeyAlgorithm::Ec(Curve::P256), SignatureAlgorithm::Ecdsa(Digest::Sha256)) => Form::Ecdsa,
            (KeyAlgorithm::MlDsa(_), SignatureAlgorithm::MlDsa(MlDsaParameterSet::MlDsa44)) => {
                Form::MlDsaCosignature
            }
            _ => Form::X509,
        };
        Self { form, algorithm }
    }

    /// Every scheme in which a key may have signed.
    fn all(key: &PublicKey) -> impl Iterator<Item = Self> {
        let fits = |algorithm: &SignatureAlgorithm| key.algorithm().signs_with(*algorithm);
        let algorithms = SignatureAlgorithm::all().filter(fits);
        algorithms.flat_map(|algorithm| {
            let (own, witness) = (Self::of(algorithm, key, false), Self::of(algorithm, key, true));
            std::iter::once(own).chain((witness != own).then_some(witness))
        })
    }

    /// The algorithm by which it signs.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Whether the time of the signature is part of it.
    #[must_use]
    pub const fn is_timed(&self) -> bool {
        matches!(self.form, Form::Ed25519Cosignature | Form::MlDsaCosignature)
    }

    /// The id of a key under a name.
    #[must_use]
    pub fn id(&self, name: &KeyName, key: &PublicKey) -> [u8; 4] {
        match self.form {
            Form::Ed25519 => name.id(0x01, key.key_octets()),
            Form::Ed25519Cosignature => name.id(0x04, key.key_octets()),
            Form::MlDsaCosignature => name.id(0x06, key.key_octets()),
            Form::Ecdsa => first(&key.sha256()),
            Form::X509 => name.id(0xff, &[X509, self.algorithm.identifier_der(), key.as_der()].concat()),
        }
    }

    /// What is signed; none when a name or the origin is too long for it, or the text is none that may be signed.
    #[must_use]
    pub fn message(&self, checkpoint: &Checkpoint, name: &KeyName, time: Time) -> Option<NoteMessage> {
        let seconds = u64::try_from(time.to_unix()).ok()?;
        let message = match self.form {
            Form::Ed25519 | Form::Ecdsa | Form::X509 => checkpoint.text().into_bytes(),
            Form::Ed25519Cosignature => {
                format!("cosignature/v1\ntime {seconds}\n{}", checkpoint.text()).into_bytes()
            }
            Form::MlDsaCosignature => {
                let mut message = b"subtree/v1\n\0".to_vec();
                put(&mut message, name.as_str())?;
                message.extend(seconds.to_be_bytes());
                put(&mut message, &checkpoint.origin)?;
                message.extend(0_u64.to_be_bytes());
                message.extend(checkpoint.size.to_be_bytes());
                message.extend(checkpoint.root.as_bytes());
                message
            }
        };
        // 0x30: a DER SEQUENCE, as everything is that a CA's key signs otherwise.
        (message.first() != Some(&0x30)).then_some(NoteMessage(message))
    }

    /// The line of a signature.
    #[must_use]
    pub fn line(&self, name: KeyName, key: &PublicKey, time: Time, signature: &[u8]) -> NoteSignature {
        let id = self.id(&name, key);
        let seconds = u64::try_from(time.to_unix()).unwrap_or_default();
        let before: &[u8] = if self.is_timed() { &seconds.to_be_bytes() } else { &[] };
        NoteSignature { name, id, signature: [before, signature].concat() }
    }

    /// Verifies a line that has the id of `key` in this scheme; gives the time at which it was made, if it says.
    fn verify(
        &self,
        checkpoint: &Checkpoint,
        line: &NoteSignature,
        key: &PublicKey,
    ) -> Result<Option<Time>, VerifyError> {
        let refused = || VerifyError::Signature { key: key.algorithm() };
        let mut signature = line.signature.as_slice();
        let mut time = Time::from_unix(0).map_err(|_| refused())?;
        if self.is_timed() {
            let (seconds, rest) = signature.split_first_chunk::<8>().ok_or_else(refused)?;
            let seconds = i64::try_from(u64::from_be_bytes(*seconds)).map_err(|_| refused())?;
            time = Time::from_unix(seconds).map_err(|_| refused())?;
            signature = rest;
        }
        let message = self.message(checkpoint, &line.name, time).ok_or_else(refused)?;
        verify_twice(key, self.algorithm, message.as_bytes(), signature)?;
        Ok(self.is_timed().then_some(time))
    }
}

/// A text of 1 to 255 octets after its length.
fn put(message: &mut Vec<u8>, text: &str) -> Option<()> {
    message.push(u8::try_from(text.len()).ok().filter(|length| *length > 0)?);
    message.extend(text.as_bytes());
    Some(())
}

/// A line under a checkpoint that a known key has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatory {
    /// The name of the key.
    pub name: KeyName,
    /// Which of the known keys, counted from 0.
    pub key: usize,
    /// When it was signed, where the signature says so.
    pub time: Option<Time>,
}

/// A line under a checkpoint that says it is by a known key, and is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature of {name} under the checkpoint is not right")]
pub struct ForgedLine {
    /// The name.
    pub name: KeyName,
    /// Why.
    #[source]
    pub source: VerifyError,
}

/// The lines under a checkpoint that are by known keys. Lines by others are passed over.
///
/// # Errors
/// [`ForgedLine`] when a line names a known key and does not verify under it: nothing of the note is to be believed.
pub fn signatories(
    note: &Note,
    checkpoint: &Checkpoint,
    keys: &[PublicKey],
) -> Result<Vec<Signatory>, ForgedLine> {
    let mut found = Vec::new();
    for line in &note.signatures {
        for (number, key) in keys.iter().enumerate() {
            for scheme in Scheme::all(key).filter(|scheme| scheme.id(&line.name, key) == line.id) {
                let time = scheme
                    .verify(checkpoint, line, key)
                    .map_err(|source| ForgedLine { name: line.name.clone(), source })?;
                found.push(Signatory { name: line.name.clone(), key: number, time });
            }
        }
    }
    Ok(found)
}
