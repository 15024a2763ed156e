//! SubjectKey: the key that is to be certified, and how it came here.

use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::csr::ProvenCsr;
use crate::x509::extension::Extension;
use crate::x509::name::Name;
use crate::x509::spki::PublicKey;

use super::precedent::Precedent;

/// The key that is to be certified, with what came along with it.
#[derive(Clone, Copy, Debug)]
pub enum SubjectKey<'a> {
    /// From a request whose requester was shown to hold the private key.
    Request(&'a ProvenCsr),
    /// A public key and nothing else; that its holder has the private key was proven in another way.
    Bare(&'a BareKey),
    /// From a certificate that exists: to renew it, or to certify another CA's key across.
    Certificate(&'a Precedent),
    /// A key on our own token, for a root that signs itself by this algorithm.
    Own(&'a PublicKey, SignatureAlgorithm),
}

impl<'a> SubjectKey<'a> {
    /// The public key.
    #[must_use]
    pub fn public_key(self) -> &'a PublicKey {
        match self {
            Self::Request(proven) => proven.csr().public_key(),
            Self::Bare(bare) => &bare.key,
            Self::Certificate(precedent) => precedent.public_key(),
            Self::Own(key, _) => key,
        }
    }

    /// What the key came as, in words.
    #[must_use]
    pub fn origin(self) -> &'static str {
        match self {
            Self::Request(_) => "the key of a request",
            Self::Bare(_) => "a public key without a request",
            Self::Certificate(_) => "the key of a certificate",
            Self::Own(..) => "a key on our own token",
        }
    }

    /// The subject that came with the key, where one did.
    #[must_use]
    pub fn subject(self) -> Option<&'a Name> {
        match self {
            Self::Request(proven) => Some(proven.csr().subject()),
            Self::Certificate(precedent) => Some(precedent.certificate().subject()),
            Self::Bare(_) | Self::Own(..) => None,
        }
    }

    /// The extensions that are asked for: those of the request, or those of the certificate that are its
    /// subject's ([`Precedent::extensions`]).
    #[must_use]
    pub fn extensions(self) -> &'a [Extension] {
        match self {
            Self::Request(proven) => proven.csr().extensions(),
            Self::Certificate(precedent) => precedent.extensions(),
            Self::Bare(_) | Self::Own(..) => &[],
        }
    }

    /// The names of the request's attributes that have no bearing on a certificate.
    #[must_use]
    pub fn ignored_attributes(self) -> &'a [String] {
        match self {
            Self::Request(proven) => proven.csr().ignored_attributes(),
            Self::Bare(_) | Self::Certificate(_) | Self::Own(..) => &[],
        }
    }

    /// SHA-256 over the request, where there is one.
    #[must_use]
    pub fn request_sha256(self) -> Option<[u8; 32]> {
        match self {
            Self::Request(proven) => Some(proven.csr().sha256()),
            Self::Bare(_) | Self::Certificate(_) | Self::Own(..) => None,
        }
    }
}

/// A public key that came without a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BareKey {
    key: PublicKey,
    possession: String,
}

impl BareKey {
    /// Joins a key and the words of a person on how it was proven that its holder has the private key.
    ///
    /// # Errors
    /// [`NoPossession`] when the words are none.
    pub fn new(key: PublicKey, possession: &str) -> Result<Self, NoPossession> {
        let possession = possession.trim();
        if possession.is_empty() {
            return Err(NoPossession);
        }
        Ok(Self { key, possession: possession.to_owned() })
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// How it was proven that its holder has the private key, in the words of a person.
    #[must_use]
    pub fn possession(&self) -> &str {
        &self.possession
    }
}

/// A key without a word on who has its private half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing says how it was proven that the private key is the requester's (RFC 4210 s.4.3)")]
pub struct NoPossession;
