//! What must agree among the CA certificates of one home (rules C09 and A05).

use crate::policy::Approved;
use crate::store::{self, KnownCa, Store};
use crate::x509::certificate::Certificate;
use crate::x509::extension::Value;
use crate::x509::name::Name;

/// Two CA certificates that relying parties could take for each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyError {
    /// One name in two encodings: path building compares octets (RFC 5280 s.7.1, BR 7.1.4.1).
    #[error("{whose} has the name {subject} in another encoding")]
    Encoding {
        /// The CA that has it, or that has certified it, in words.
        whose: String,
        /// The name.
        subject: Name,
    },
    /// One subjectKeyIdentifier for two keys (RFC 5280 s.4.2.1.2).
    #[error("{whose} has the subjectKeyIdentifier {identifier} for another key")]
    KeyIdentifier {
        /// The CA that has it, or that has certified it, in words.
        whose: String,
        /// The identifier in hex.
        identifier: String,
    },
}

/// What a CA certificate is known by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity<'a> {
    pub(super) subject: &'a Name,
    pub(super) key_identifier: Option<&'a [u8]>,
    pub(super) spki: &'a [u8],
}

impl<'a> Identity<'a> {
    /// Of a certificate that exists.
    pub(super) fn of(certificate: &'a Certificate) -> Self {
        Self {
            subject: certificate.subject(),
            key_identifier: certificate.subject_key_identifier(),
            spki: certificate.spki_der(),
        }
    }

    /// Of one that is approved.
    pub(super) fn of_approved(approved: &'a Approved) -> Self {
        let key_identifier = approved.extensions().iter().find_map(|extension| {
            if let Value::SubjectKeyIdentifier(octets) = &extension.value {
                Some(octets.as_slice())
            } else {
                None
            }
        });
        Self { subject: approved.subject(), key_identifier, spki: approved.public_key().as_der() }
    }
}

/// Compares a CA certificate that is about to come into the home, or to be issued by it, with every one that the
/// home has ever had, expired ones too.
///
/// # Errors
/// The inner [`ConsistencyError`] names the CA that it does not agree with; a [`store::Error`] when the ledger
/// cannot be read.
pub(super) fn compare(
    store: &Store,
    new: Identity<'_>,
) -> Result<Result<(), ConsistencyError>, store::Error> {
    for known in store.known_cas()? {
        let whose = |known: &KnownCa| {
            if known.own {
                format!("CA \"{}\"", known.ca)
            } else {
                format!("a CA certificate by CA \"{}\"", known.ca)
            }
        };
        if known.subject != *new.subject && known.subject.reads_as(new.subject) {
            return Ok(Err(ConsistencyError::Encoding {
                whose: whose(&known),
                subject: new.subject.clone(),
            }));
        }
        let same = known.key_identifier.as_deref().zip(new.key_identifier).filter(|(a, b)| a == b);
        if let Some((identifier, _)) = same
            && known.spki != new.spki
        {
            let identifier = hex::encode_upper(identifier);
            return Ok(Err(ConsistencyError::KeyIdentifier { whose: whose(&known), identifier }));
        }
    }
    Ok(Ok(()))
}
