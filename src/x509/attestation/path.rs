//! From the attestation of a key up to a root that somebody supplied.
//!
//! Of the checks of RFC 5280 s.6.1 these are made for every certificate of the path: that the signature verifies
//! under the issuer's key (a, 1), that issuer and subject names chain (a, 4), and that no critical extension is
//! one that is not understood here (s.6.1.4 o, s.6.1.5 f); and of every issuer below the root that basicConstraints
//! say that it is a CA (s.6.1.4 k), that their path length holds (l, m), and that keyUsage, where it is there, has
//! keyCertSign (n). A root is trusted as it is given: what it says of itself limits nothing (s.6.1.1 d; Yubico's
//! first PIV root has a path length that its own devices exceed).
//!
//! Not made are those of validity (a, 2), since a device has no clock and copies the dates of its own certificate
//! into each attestation, so that they are told and not judged; of revocation (a, 3), for which vendors publish
//! nothing; and of policies and name constraints, which no such certificate has (critical ones are refused).
//!
//! One thing is accepted that RFC 5280 does not allow, and two are refused that it does. Some YubiKeys were made
//! with a certificate in slot f9 that lacks basicConstraints (github.com/Yubico/yubikey-manager/issues/522): a
//! certificate that bears the mark of such a device may attest keys without them, directly below a root. On the
//! other hand the key of an attestation belongs to its owner, who can sign with it what looks like another
//! attestation: no certificate that attests a key is accepted as an issuer, nor is the attested key itself.

use super::certificate::AttestationCertificate;
use super::roots::Roots;
use super::statement::{Finding, Statement, attests_a_key, is_piv_device};
use crate::x509::certificate::SignedByError;
use crate::x509::extension::{KeyUsage, Value, oid};
use crate::x509::name::Name;
use crate::x509::spki::{PublicKey, SpkiError};

/// The most certificates between the attestation of a key and a root: Yubico has three.
const DEPTH: usize = 6;
/// The most signatures that are verified for one key, so that no token can keep the program busy.
const SIGNATURES: usize = 256;

/// A verified attestation of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// The key that it names.
    pub public_key: PublicKey,
    /// What it says.
    pub statement: Statement,
    /// The attestation itself, what stands above it, and last the root.
    pub path: Vec<AttestationCertificate>,
}

/// Finds the attestation of a key among the certificates that a token shows, each in DER, and those that were
/// supplied with the roots, and verifies it up to one of the roots. Certificates of the token that cannot be read
/// are passed over: tokens hold all kinds of things.
///
/// Where several verify, the first is the answer, unless one of them says what no CA key may have.
///
/// # Errors
/// [`AttestationError::None`] when no certificate names the key, but for such as have nothing to do with the
/// roots: a CA keeps its own certificate in the token, too. [`AttestationError::Path`] when one does and does not
/// verify. [`AttestationError::Findings`] when it verifies, and the key is not one for a CA.
pub fn verify(key: &PublicKey, roots: &Roots, shown: &[Vec<u8>]) -> Result<Attestation, AttestationError> {
    let read: Vec<AttestationCertificate> =
        shown.iter().filter_map(|der| AttestationCertificate::from_der(der).ok()).collect();
    let mut pool: Vec<&AttestationCertificate> = Vec::new();
    for certificate in roots.intermediates().iter().chain(&read) {
        if !pool.contains(&certificate) {
            pool.push(certificate);
        }
    }
    let mut climb = Climb { key, roots, pool: &pool, signatures: 0 };
    let mut first = None;
    let mut refusal = None;
    let mut of_key = 0_usize;
    for candidate in pool.iter().copied().filter(|candidate| candidate.public_key().as_ref() == Ok(key)) {
        of_key = of_key.saturating_add(1);
        match climb.from(&mut vec![candidate]) {
            Ok(path) => {
                let statement = Statement::of(candidate);
                let findings = statement.findings();
                if !findings.is_empty() {
                    return Err(AttestationError::Findings { findings });
                }
                let path: Vec<AttestationCertificate> = path.into_iter().cloned().collect();
                first = first.or(Some(Attestation { public_key: key.clone(), statement, path }));
            }
            Err(PathError::Missing { .. } | PathError::OwnKey { .. }) if !attests_a_key(candidate) => {}
            Err(source) => {
                let subject = candidate.subject().clone();
                refusal = refusal.or(Some(AttestationError::Path { subject, source }));
            }
        }
    }
    let unreadable = shown.len().saturating_sub(read.len());
    let none = AttestationError::None { shown: shown.len(), of_key, unreadable };
    first.ok_or_else(|| refusal.unwrap_or(none))
}

/// The way up.
struct Climb<'a> {
    key: &'a PublicKey,
    roots: &'a Roots,
    pool: &'a [&'a AttestationCertificate],
    signatures: usize,
}

impl<'a> Climb<'a> {
    /// Goes on from the last certificate of a path, and gives the whole path with its root. A way that ends
    /// nowhere is left again; what was wrong with the first one is what is told.
    fn from(
        &mut self,
        path: &mut Vec<&'a AttestationCertificate>,
    ) -> Result<Vec<&'a AttestationCertificate>, PathError> {
        let Some(current) = path.last().copied() else { return Err(PathError::Long) };
        understood(current)?;
        let mut refusal = None;
        let anchors = self.roots.anchors();
        for anchor in anchors.iter().filter(|anchor| anchor.subject() == current.issuer()) {
            match self.issued(anchor, current).and_then(|()| may_issue(path, true)) {
                Ok(()) => {
                    path.push(anchor);
                    return Ok(path.clone());
                }
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        for issuer in self.pool.iter().copied() {
            let is_candidate = issuer.subject() == current.issuer() && !path.contains(&issuer);
            if !is_candidate || anchors.contains(issuer) {
                continue;
            }
            if path.len() > DEPTH {
                return Err(PathError::Long);
            }
            let above = self.issued(issuer, current).and_then(|()| {
                may_issue(path, false)?;
                path.push(issuer);
                let found = self.from(path);
                if found.is_err() {
                    path.pop();
                }
                found
            });
            match above {
                Ok(found) => return Ok(found),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        Err(refusal.unwrap_or_else(|| PathError::Missing {
            issuer: current.issuer().clone(),
            subject: current.subject().clone(),
        }))
    }

    /// Whether the issuer's key signed the certificate.
    fn issued(
        &mut self,
        issuer: &AttestationCertificate,
        certificate: &AttestationCertificate,
    ) -> Result<(), PathError> {
        let subject = || issuer.subject().clone();
        let key = issuer.public_key().map_err(|source| PathError::Key { subject: subject(), source })?;
        if key == *self.key {
            return Err(PathError::OwnKey { subject: subject() });
        }
        self.signatures = self.signatures.saturating_add(1);
        if self.signatures > SIGNATURES {
            return Err(PathError::Many);
        }
        certificate.verify_signed_by(&key).map_err(|source| PathError::Signature {
            subject: certificate.subject().clone(),
            issuer: subject(),
            source,
        })
    }
}

/// Whether the last certificate of a path may have issued the one before it. It may be the attestation itself, of
/// which nothing of the kind is asked.
fn may_issue(path: &[&AttestationCertificate], below_root: bool) -> Result<(), PathError> {
    let [_, between @ .., issuer] = path else { return Ok(()) };
    let subject = || issuer.subject().clone();
    if attests_a_key(issuer) {
        return Err(PathError::KeyAsIssuer { subject: subject() });
    }
    let extension =
        |oid| issuer.extensions().iter().map(|found| &found.value).find(|value| value.oid() == oid);
    match extension(oid::KEY_USAGE) {
        None => {}
        Some(Value::KeyUsage(usage)) if usage.contains(KeyUsage::KEY_CERT_SIGN) => {}
        Some(_) => return Err(PathError::Usage { subject: subject() }),
    }
    match extension(oid::BASIC_CONSTRAINTS) {
        Some(Value::BasicConstraints(found)) if found.ca => match found.path_len {
            Some(most) if usize::from(most) < between.len() => {
                Err(PathError::Length { subject: subject(), most, found: between.len() })
            }
            Some(_) | None => Ok(()),
        },
        None if below_root && between.is_empty() && is_piv_device(issuer) => Ok(()),
        // Also a form that nobody writes: whatever it says, it is not that this is a CA.
        Some(_) | None => Err(PathError::NotCa { subject: subject() }),
    }
}

fn understood(certificate: &AttestationCertificate) -> Result<(), PathError> {
    let foreign = certificate.extensions().iter().find(|extension| {
        extension.critical && !matches!(extension.value, Value::BasicConstraints(_) | Value::KeyUsage(_))
    });
    match foreign {
        Some(extension) => Err(PathError::Critical {
            subject: certificate.subject().clone(),
            extension: extension.value.name(),
        }),
        None => Ok(()),
    }
}

/// Why a key is not attested.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestationError {
    /// No certificate attests it.
    #[error("{}", none(*shown, *of_key, *unreadable))]
    None {
        /// How many certificates the token shows.
        shown: usize,
        /// How many of them name the key, and have nothing to do with the roots.
        of_key: usize,
        /// How many of them cannot be read.
        unreadable: usize,
    },
    /// A certificate attests it that does not verify.
    #[error("the attestation {subject} does not verify")]
    Path {
        /// Its subject.
        subject: Name,
        /// Why.
        #[source]
        source: PathError,
    },
    /// A certificate attests it that verifies, and says what no CA key may have.
    #[error("the attestation verifies, but {}", in_words(findings))]
    Findings {
        /// What it says.
        findings: Vec<Finding>,
    },
}

fn none(shown: usize, of_key: usize, unreadable: usize) -> String {
    let certificates = match shown {
        0 => return "the token shows no certificate at all".to_owned(),
        1 => "the one certificate".to_owned(),
        _ => format!("none of the {shown} certificates"),
    };
    let verb = if shown == 1 { "does not attest" } else { "attests" };
    let mut text = format!("{certificates} that the token shows {verb} the key");
    if of_key > 0 {
        text.push_str(&format!("; {of_key} of the key itself have no path to the roots"));
    }
    if unreadable > 0 {
        text.push_str(&format!("; {unreadable} cannot be read"));
    }
    text
}

fn in_words(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", and ")
}

/// Why an attestation has no path to a root.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nobody supplied the issuer.
    #[error("no certificate of {issuer} is there, which issued that of {subject}")]
    Missing {
        /// The name that was looked for.
        issuer: Name,
        /// The certificate whose issuer it is.
        subject: Name,
    },
    /// Another key signed.
    #[error("the certificate of {subject} was not signed by the key of {issuer}")]
    Signature {
        /// Its subject.
        subject: Name,
        /// The alleged issuer.
        issuer: Name,
        /// Why.
        source: SignedByError,
    },
    /// An issuer with a key that keyrite does not offer.
    #[error("the certificate of {subject} names a key that cannot be used")]
    Key {
        /// Its subject.
        subject: Name,
        /// Why.
        source: SpkiError,
    },
    /// The attested key is to have issued its own attestation.
    #[error("the certificate of {subject} names the attested key itself as the issuer")]
    OwnKey {
        /// Its subject.
        subject: Name,
    },
    /// The attestation of another key as the issuer.
    #[error("the certificate of {subject} attests a key and cannot be that of a device")]
    KeyAsIssuer {
        /// Its subject.
        subject: Name,
    },
    /// Not the certificate of a CA.
    #[error("the certificate of {subject} is not one of a CA: basicConstraints do not say so")]
    NotCa {
        /// Its subject.
        subject: Name,
    },
    /// A CA that must not sign certificates.
    #[error("the certificate of {subject} does not allow keyCertSign")]
    Usage {
        /// Its subject.
        subject: Name,
    },
    /// More CAs below one than it allows.
    #[error("the certificate of {subject} allows {most} CAs below it, and there are {found}")]
    Length {
        /// Its subject.
        subject: Name,
        /// What pathLenConstraint says.
        most: u8,
        /// How many there are.
        found: usize,
    },
    /// A critical extension that is not understood.
    #[error(
        "the certificate of {subject} has the critical extension {extension}, which is not understood here"
    )]
    Critical {
        /// Its subject.
        subject: Name,
        /// The extension.
        extension: String,
    },
    /// More certificates than any device has.
    #[error("the path is longer than {DEPTH} certificates")]
    Long,
    /// More ways up than any honest set of certificates has.
    #[error("more than {SIGNATURES} signatures would have to be verified")]
    Many,
}
