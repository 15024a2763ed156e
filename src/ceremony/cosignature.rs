//! Cosignature: somebody who was there, or has looked at all of it, signs the head of the transcript.

use crate::audit::{Fingerprint, Head};
use crate::ssh::{self, PublicKey, Signature, SignatureError};

use super::proof::NAMESPACE;

/// Where cosignatures stand in a bundle.
pub const COSIGNATURES: &str = "cosignatures/";
/// What begins the armor of a signature.
const ARMOR: &str = "-----BEGIN SSH SIGNATURE-----";
/// The most characters of a name.
const MOST_NAME: usize = 200;

/// What is signed: the plan, the head of the transcript, and in whose name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// SHA-256 over the plan.
    pub plan: Fingerprint,
    /// The head of the transcript.
    pub head: Head,
    /// Who signs.
    pub person: String,
}

impl Statement {
    /// The text that is signed (`ssh-keygen -Y sign -n keyrite-ceremony`).
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "keyrite ceremony transcript\nplan: {}\ntranscript: {} records, {}\nperson: {}\n",
            self.plan, self.head.entries, self.head.hash, self.person
        )
    }
}

/// A statement and the signature over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    person: String,
    signature: Signature,
}

impl Cosignature {
    /// Takes a signature over a statement, by the key that it carries.
    ///
    /// # Errors
    /// [`CosignatureError`] when it is not one.
    pub fn of(statement: &Statement, signature: Signature) -> Result<Self, CosignatureError> {
        if !is_name(&statement.person) {
            return Err(CosignatureError::Form);
        }
        signature.verify(statement.text().as_bytes(), NAMESPACE, signature.key())?;
        Ok(Self { person: statement.person.clone(), signature })
    }

    /// Reads the file of one, which is of this plan and head.
    ///
    /// # Errors
    /// [`CosignatureError`] when it is not in its one form, or does not verify.
    pub fn parse(octets: &[u8], plan: Fingerprint, head: Head) -> Result<Self, CosignatureError> {
        let text = std::str::from_utf8(octets).map_err(|_| CosignatureError::Form)?;
        let at = text.find(ARMOR).ok_or(CosignatureError::Form)?;
        let (stated, armored) = text.split_at(at);
        let person = stated.lines().last().and_then(|line| line.strip_prefix("person: "));
        let person = person.ok_or(CosignatureError::Form)?.to_owned();
        let statement = Statement { plan, head, person };
        if statement.text() != stated {
            return Err(CosignatureError::Statement);
        }
        let cosignature = Self::of(&statement, Signature::parse(armored.as_bytes())?)?;
        // The armor has its one spelling as well.
        if cosignature.text(&statement) == text { Ok(cosignature) } else { Err(CosignatureError::Form) }
    }

    /// The contents of its file: the statement as it was signed, and the signature as `ssh-keygen` writes it.
    #[must_use]
    pub fn text(&self, statement: &Statement) -> String {
        format!("{}{}", statement.text(), self.signature.to_armored())
    }

    /// Its file in a bundle, named after the key: nobody's signature takes the place of another's.
    #[must_use]
    pub fn path(&self) -> String {
        let key = Fingerprint::of(self.key().as_octets()).to_string();
        let digits: String = key.chars().take(16).collect();
        format!("{COSIGNATURES}{digits}.txt")
    }

    /// In whose name.
    #[must_use]
    pub fn person(&self) -> &str {
        &self.person
    }

    /// By which key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        self.signature.key()
    }
}

fn is_name(text: &str) -> bool {
    text.trim() == text
        && !text.is_empty()
        && text.chars().count() <= MOST_NAME
        && !text.chars().any(char::is_control)
}

/// Why octets are no cosignature of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    /// Not a statement and a signature.
    #[error("not a statement in the name of a person, and an armored signature under it")]
    Form,
    /// Of another transcript.
    #[error("is about another plan or transcript than this")]
    Statement,
    /// The signature cannot be read.
    #[error("the signature cannot be read: {0}")]
    Signature(#[from] SignatureError),
    /// The signature does not verify.
    #[error(transparent)]
    Verify(#[from] ssh::VerifyError),
}
