//! The CA that signs: its certificate on record and the key in the token, shown to belong together.

use crate::lint::IssuerFacts;
use crate::port::Signer;
use crate::store::{Ca, CaName, CaState};
use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::certificate::Certificate;
use crate::x509::extension::{KeyUsage, Value};
use crate::x509::name::Name;
use crate::x509::spki::{PublicKey, SpkiError};
use crate::x509::time::Time;

/// A CA that has its certificate, without its key: enough for every decision, not for a signature.
#[derive(Clone, Debug)]
pub struct Authority {
    name: CaName,
    key_uri: String,
    certificate: Certificate,
    path: Vec<Certificate>,
    public_key: PublicKey,
    signature: SignatureAlgorithm,
}

impl Authority {
    /// Takes a CA from the ledger. `signature` replaces the algorithm that goes with its key.
    ///
    /// # Errors
    /// [`IssuerError::State`] when it has no certificate yet, [`IssuerError::Algorithm`] when its key does
    /// not sign with `signature`.
    pub fn of(ca: &Ca, signature: Option<SignatureAlgorithm>) -> Result<Self, IssuerError> {
        let Some(certificate) = &ca.certificate else {
            return Err(IssuerError::State { name: ca.name.clone(), state: ca.state });
        };
        let public_key = certificate.public_key()?;
        let signature = signature.unwrap_or_else(|| public_key.algorithm().signature_algorithm());
        if !public_key.algorithm().signs_with(signature) {
            return Err(IssuerError::Algorithm { name: ca.name.clone(), signature });
        }
        Ok(Self {
            name: ca.name.clone(),
            key_uri: ca.key_uri.clone(),
            certificate: certificate.clone(),
            path: ca.path.clone(),
            public_key,
            signature,
        })
    }

    /// Its name in this home.
    #[must_use]
    pub fn name(&self) -> &CaName {
        &self.name
    }

    /// The URI of its key.
    #[must_use]
    pub fn key_uri(&self) -> &str {
        &self.key_uri
    }

    /// The certificate by which it issues.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The certificates above it, its issuer's first.
    #[must_use]
    pub fn path(&self) -> &[Certificate] {
        &self.path
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The algorithm by which it signs.
    #[must_use]
    pub fn signature(&self) -> SignatureAlgorithm {
        self.signature
    }

    /// What linting needs to know of it.
    ///
    /// # Errors
    /// [`IssuerError::Key`] never, since the key was read before; kept for totality.
    pub fn facts(&self) -> Result<IssuerFacts, IssuerError> {
        Ok(IssuerFacts::of_path(&self.certificate, &self.path)?)
    }

    /// Whether the CA may sign at `now` what needs `usage`: within its own validity (rule S04), and with
    /// that bit in its keyUsage (U01, L13).
    ///
    /// # Errors
    /// [`IssuerError::NotYetValid`], [`IssuerError::Expired`], [`IssuerError::Usage`].
    pub fn fit(&self, usage: KeyUsage, now: Time) -> Result<(), IssuerError> {
        let name = || self.name.clone();
        let (not_before, not_after) = (self.certificate.not_before(), self.certificate.not_after());
        if now < not_before {
            return Err(IssuerError::NotYetValid { name: name(), not_before, now });
        }
        if now > not_after {
            return Err(IssuerError::Expired { name: name(), not_after, now });
        }
        let stated = self.certificate.extensions().iter().find_map(|extension| {
            if let Value::KeyUsage(stated) = extension.value { Some(stated) } else { None }
        });
        match stated {
            // Without keyUsage every use is allowed (RFC 5280 s.4.2.1.3); old roots have none.
            None => Ok(()),
            Some(stated) if stated.contains(usage) => Ok(()),
            Some(stated) => Err(IssuerError::Usage { name: name(), wanted: usage, stated }),
        }
    }
}

/// A CA with its key at hand.
pub struct Issuer<'a> {
    authority: &'a Authority,
    signer: &'a mut (dyn Signer + Send),
}

impl std::fmt::Debug for Issuer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issuer({})", self.authority.name)
    }
}

impl<'a> Issuer<'a> {
    /// Joins a CA and a signer.
    ///
    /// # Errors
    /// [`IssuerError::OtherKey`] when the signer's public key is not the one in the CA's certificate. That
    /// it also signs with it is shown by every signature, which is verified under the certificate's key.
    pub fn join(authority: &'a Authority, signer: &'a mut (dyn Signer + Send)) -> Result<Self, IssuerError> {
        same_key(authority, signer.public_key())?;
        Ok(Self { authority, signer })
    }

    /// The CA.
    #[must_use]
    pub fn authority(&self) -> &'a Authority {
        self.authority
    }

    pub(super) fn signer(&mut self) -> &mut dyn Signer {
        self.signer
    }
}

/// Whether a key on a token is the one in the CA's certificate, before anything is signed with it.
///
/// # Errors
/// [`IssuerError::OtherKey`].
pub fn same_key(authority: &Authority, found: &PublicKey) -> Result<(), IssuerError> {
    same(&authority.name, &authority.public_key, found)
}

/// As [`same_key`], for a CA that has no certificate yet and signs for its own key.
///
/// # Errors
/// [`IssuerError::OtherKey`].
pub(super) fn same(name: &CaName, wanted: &PublicKey, found: &PublicKey) -> Result<(), IssuerError> {
    if found == wanted {
        return Ok(());
    }
    let (wanted, found) = (hex::encode(wanted.sha256()), hex::encode(found.sha256()));
    Err(IssuerError::OtherKey { name: name.clone(), wanted, found })
}

/// Why a CA cannot sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// It has no certificate yet.
    #[error("CA \"{name}\" is {state}: it has no certificate yet")]
    State {
        /// The CA.
        name: CaName,
        /// How far it has come.
        state: CaState,
    },
    /// Before its own validity.
    #[error("CA \"{name}\" is not valid before {not_before}, and it is {now}")]
    NotYetValid {
        /// The CA.
        name: CaName,
        /// notBefore of its certificate.
        not_before: Time,
        /// The time.
        now: Time,
    },
    /// After its own validity.
    #[error("CA \"{name}\" expired at {not_after}, and it is {now}")]
    Expired {
        /// The CA.
        name: CaName,
        /// notAfter of its certificate.
        not_after: Time,
        /// The time.
        now: Time,
    },
    /// Its certificate does not allow it.
    #[error("CA \"{name}\" has the key usage {stated}, wanted {wanted}")]
    Usage {
        /// The CA.
        name: CaName,
        /// What is needed.
        wanted: KeyUsage,
        /// What its certificate says.
        stated: KeyUsage,
    },
    /// A draft that was made for another CA.
    #[error("what was drafted names {issuer} as its issuer, which is not CA \"{name}\"")]
    OtherIssuer {
        /// The CA.
        name: CaName,
        /// The issuer in the draft.
        issuer: Name,
    },
    /// The key in the token is another one.
    #[error("the key in the token is not that of CA \"{name}\": found SHA-256 {found}, wanted {wanted}")]
    OtherKey {
        /// The CA.
        name: CaName,
        /// SHA-256 over the SubjectPublicKeyInfo in its certificate.
        wanted: String,
        /// SHA-256 over the one in the token.
        found: String,
    },
    /// Its key does not sign so.
    #[error("the key of CA \"{name}\" does not sign with {signature}")]
    Algorithm {
        /// The CA.
        name: CaName,
        /// The algorithm that was asked for.
        signature: SignatureAlgorithm,
    },
    /// Its certificate has a key that keyrite does not offer.
    #[error(transparent)]
    Key(#[from] SpkiError),
}
