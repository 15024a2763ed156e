//! OCSP responses: who may sign them, what they say, and how they are signed in groups.

use super::complete::{AnsweredGroup, ask_to_sign_group, record_group, steady};
use super::error::Error;
use super::issuer::{Authority, IssuerError};
use crate::audit::{Event, Fingerprint, OcspRefused};
use crate::lint::{self, IssuerFacts, Linted, OcspContext};
use crate::port::{Clock, Signer};
use crate::store::{self, IssuedAnswer, IssuedAnswers, OcspIntent, OcspReservation, OcspStanding, Store};
use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::certificate::Certificate;
use crate::x509::extension::{KeyUsage, Value, oid};
use crate::x509::ocsp::{
    self, CertId, CertIdHash, IssuerId, OcspError, OcspRequest, OcspResponse, ResponderId, ResponseFields,
    Single,
};
use crate::x509::spki::{PublicKey, SpkiError};
use crate::x509::standard::Standard;
use crate::x509::time::Time;

/// Whoever signs the responses of a CA: the CA itself, or a responder to whom it has given a certificate for that.
#[derive(Clone, Debug)]
pub struct Responder {
    /// The certificate of a delegate, which goes with each response.
    delegate: Option<Certificate>,
    public_key: PublicKey,
    signature: SignatureAlgorithm,
    id: ResponderId,
    facts: IssuerFacts,
    not_after: Time,
}

/// Why somebody may not sign the responses of a CA.
#[derive(Debug, thiserror::Error)]
pub enum ResponderError {
    /// The CA itself may not.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// The CA has not authorized the holder of the certificate.
    #[error("the certificate is not one of a responder of CA \"{ca}\"")]
    NotAuthorized {
        /// The CA.
        ca: String,
        /// What is missing.
        #[source]
        source: Box<ocsp::SignerError>,
    },
    /// A certificate of a CA.
    #[error("the certificate is one of a CA, wanted one of a responder alone (RFC 6960 s.4.2.2.2)")]
    IsCa,
    /// The CA's own key under another certificate.
    #[error(
        "the certificate has the CA's own key: a responder has one of its own, else leave out its certificate"
    )]
    OwnKey,
    /// A key that may not make signatures.
    #[error("the keyUsage of the responder's certificate is {stated}, wanted digitalSignature")]
    Usage {
        /// What its certificate says.
        stated: KeyUsage,
    },
    /// A key that keyrite does not offer.
    #[error(transparent)]
    Key(#[from] SpkiError),
    /// An algorithm that does not go with the key.
    #[error("the responder's key does not sign with {signature}")]
    Algorithm {
        /// The algorithm.
        signature: SignatureAlgorithm,
    },
    /// A responder out of its time.
    #[error("the responder's certificate is valid from {not_before} to {not_after}, and it is {now}")]
    NotValid {
        /// Its notBefore.
        not_before: Time,
        /// Its notAfter.
        not_after: Time,
        /// The time.
        now: Time,
    },
    /// Responses that would outlive the certificate by which they are verified.
    #[error("nextUpdate {next_update} lies after {not_after}, when the responder's certificate ends")]
    Outlived {
        /// nextUpdate of the responses.
        next_update: Time,
        /// notAfter of the responder's certificate.
        not_after: Time,
    },
    /// Responses that are outdated when they are signed.
    #[error("nextUpdate {next_update} does not lie after thisUpdate, {this_update}")]
    Backwards {
        /// thisUpdate.
        this_update: Time,
        /// nextUpdate.
        next_update: Time,
    },
    /// The key at hand is not the responder's.
    #[error("the key in the token is not the one in the responder's certificate")]
    OtherKey,
    /// A CA itself, where one is wanted whose key can sign nothing but responses.
    #[error("CA \"{ca}\" would sign itself, wanted a responder with a key of its own")]
    NotDelegated {
        /// The CA.
        ca: String,
    },
    /// A responder whose certificate is revoked.
    #[error("the responder's certificate is revoked since {at}")]
    Revoked {
        /// Since when.
        at: Time,
    },
    /// A certificate whose key cannot be named.
    #[error(transparent)]
    Id(#[from] OcspError),
}

impl Responder {
    /// The CA itself.
    ///
    /// # Errors
    /// [`ResponderError::Issuer`] when it is not valid at `now`, or its key may sign certificates and CRLs alone
    /// (RFC 5280 s.4.2.1.3).
    pub fn of_ca(authority: &Authority, now: Time) -> Result<Self, ResponderError> {
        authority.fit(KeyUsage::DIGITAL_SIGNATURE, now)?;
        Ok(Self {
            delegate: None,
            public_key: authority.public_key().clone(),
            signature: authority.signature(),
            id: ResponderId::by_key(authority.certificate())?,
            facts: authority.facts()?,
            not_after: authority.certificate().not_after(),
        })
    }

    /// The holder of a certificate that the CA has issued to have him answer (RFC 6960 s.4.2.2.2). `signature`
    /// replaces the algorithm that goes with his key.
    ///
    /// # Errors
    /// [`ResponderError`] says what is missing.
    pub fn delegated(
        authority: &Authority,
        certificate: Certificate,
        signature: Option<SignatureAlgorithm>,
        now: Time,
    ) -> Result<Self, ResponderError> {
        let ca = authority.name().to_string();
        ocsp::authorized(&certificate, authority.certificate())
            .map_err(|source| ResponderError::NotAuthorized { ca, source: Box::new(source) })?;
        if certificate.is_ca() {
            return Err(ResponderError::IsCa);
        }
        let public_key = certificate.public_key()?;
        if public_key == *authority.public_key() {
            return Err(ResponderError::OwnKey);
        }
        if let Some(Value::KeyUsage(stated)) = certificate.extension(oid::KEY_USAGE).map(|one| &one.value)
            && !stated.contains(KeyUsage::DIGITAL_SIGNATURE)
        {
            return Err(ResponderError::Usage { stated: *stated });
        }
        let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
        if now < not_before || now > not_after {
            return Err(ResponderError::NotValid { not_before, not_after, now });
        }
        let signature = signature.unwrap_or_else(|| public_key.algorithm().signature_algorithm());
        if !public_key.algorithm().signs_with(signature) {
            return Err(ResponderError::Algorithm { signature });
        }
        Ok(Self {
            id: ResponderId::by_key(&certificate)?,
            facts: IssuerFacts::of(&certificate)?,
            delegate: Some(certificate),
            public_key,
            signature,
            not_after,
        })
    }

    /// The certificate of a delegate; none where the CA itself signs.
    #[must_use]
    pub const fn delegate(&self) -> Option<&Certificate> {
        self.delegate.as_ref()
    }

    /// Whether relying parties will ask about the responder's own certificate, which nobody can answer but itself
    /// (RFC 6960 s.4.2.2.2.1).
    #[must_use]
    pub fn is_asked_about(&self) -> bool {
        self.delegate.as_ref().is_some_and(|certificate| certificate.extension(oid::OCSP_NOCHECK).is_none())
    }

    /// Its public key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The algorithm by which it signs.
    #[must_use]
    pub const fn signature(&self) -> SignatureAlgorithm {
        self.signature
    }

    /// What linting needs to know of it.
    pub(super) const fn facts(&self) -> &IssuerFacts {
        &self.facts
    }

    /// The last second in which it may sign.
    #[must_use]
    pub const fn not_after(&self) -> Time {
        self.not_after
    }

    /// As whom it signs.
    #[must_use]
    pub const fn id(&self) -> &ResponderId {
        &self.id
    }
}

/// What all responses of a run share.
#[derive(Debug)]
pub struct OcspRun<'a> {
    authority: &'a Authority,
    responder: &'a Responder,
    this_update: Time,
    next_update: Time,
    issuers: Vec<IssuerId>,
    /// For certificates of end entities, and for those of CAs.
    contexts: [OcspContext; 2],
}

impl<'a> OcspRun<'a> {
    /// Fixes the dates and the hash functions. nextUpdate is a last second, as notAfter is.
    ///
    /// # Errors
    /// [`ResponderError::Backwards`], [`ResponderError::Outlived`].
    pub fn new(
        authority: &'a Authority,
        responder: &'a Responder,
        hashes: &[CertIdHash],
        standards: Vec<Standard>,
        (this_update, next_update): (Time, Time),
    ) -> Result<Self, Error> {
        if next_update <= this_update {
            return Err(ResponderError::Backwards { this_update, next_update }.into());
        }
        if next_update > responder.not_after {
            let not_after = responder.not_after;
            return Err(ResponderError::Outlived { next_update, not_after }.into());
        }
        let issuers = hashes
            .iter()
            .map(|hash| IssuerId::of(*hash, authority.certificate()))
            .collect::<Result<_, _>>()
            .map_err(ResponderError::from)?;
        let context = OcspContext {
            issuer: authority.facts()?,
            signer: responder.facts.clone(),
            about_ca: false,
            certificates: responder.delegate.iter().map(|one| one.as_der().to_vec()).collect(),
            now: Some(this_update),
            standards,
        };
        let of_ca = OcspContext { about_ca: true, ..context.clone() };
        let contexts = [context, of_ca];
        Ok(Self { authority, responder, this_update, next_update, issuers, contexts })
    }

    /// The CA.
    #[must_use]
    pub const fn authority(&self) -> &'a Authority {
        self.authority
    }

    /// Who signs.
    #[must_use]
    pub const fn responder(&self) -> &'a Responder {
        self.responder
    }

    /// thisUpdate and nextUpdate.
    #[must_use]
    pub const fn dates(&self) -> (Time, Time) {
        (self.this_update, self.next_update)
    }

    /// The file in which a server of files finds a response for clients of RFC 5019.
    ///
    /// # Errors
    /// [`ResponderError::Id`] never for responses of this run; kept for totality.
    pub fn file(&self, answer: &IssuedAnswer) -> Result<String, ResponderError> {
        let issuer = self.issuers.iter().find(|issuer| issuer.hash() == answer.hash);
        let Some(issuer) = issuer else { return Ok(String::new()) };
        Ok(OcspRequest::file(&CertId::new(issuer, &answer.serial)?)?)
    }

    /// How many responses there will be for each certificate.
    #[must_use]
    pub const fn responses_each(&self) -> usize {
        self.issuers.len()
    }

    /// Fixes the octets of the responses about some certificates, one for each hash function (RFC 5019 s.2.2.1 wants
    /// one answer in each), and lints them.
    ///
    /// # Errors
    /// [`Error::Lint`] when a finding is an error, which goes into the audit log.
    pub fn draft(
        &self,
        store: &mut Store,
        standings: &[OcspStanding],
    ) -> Result<Vec<Linted<OcspResponse>>, Error> {
        let mut drafted = Vec::with_capacity(standings.len().saturating_mul(self.issuers.len()));
        for standing in standings {
            for issuer in &self.issuers {
                drafted.push(self.draft_one(store, standing, issuer)?);
            }
        }
        Ok(drafted)
    }

    fn draft_one(
        &self,
        store: &mut Store,
        standing: &OcspStanding,
        issuer: &IssuerId,
    ) -> Result<Linted<OcspResponse>, Error> {
        let certificate = CertId::new(issuer, &standing.serial).map_err(ResponderError::from)?;
        let answer = Single {
            certificate,
            status: standing.status,
            this_update: self.this_update,
            next_update: Some(self.next_update),
            archive_cutoff: None,
        };
        let fields = ResponseFields {
            signature: self.responder.signature,
            responder: self.responder.id.clone(),
            produced_at: self.this_update,
            answers: vec![answer],
            nonce: None,
        };
        let tbs = fields.build()?;
        let tbs_sha256 = Fingerprint(tbs.sha256());
        let [of_end_entity, of_ca] = &self.contexts;
        match lint::ocsp(tbs, if standing.is_ca { of_ca } else { of_end_entity }) {
            Ok(linted) => Ok(linted),
            Err(report) => {
                let event = Event::OcspRefused(OcspRefused {
                    ca: self.authority.name().to_string(),
                    tbs_sha256,
                    findings: report.ids().into_iter().map(str::to_owned).collect(),
                });
                store.append(event, self.this_update)?;
                Err(Error::Lint(report))
            }
        }
    }

    /// Reserves a group: its octets are on disk then. `key` is the URI of the key, for the record.
    ///
    /// # Errors
    /// [`Error::Reserve`] when the ledger says something else about a certificate by now, and nothing was signed.
    pub fn reserve(
        &self,
        store: &mut Store,
        responses: Vec<Linted<OcspResponse>>,
        key: &str,
        clock: &dyn Clock,
    ) -> Result<OcspReservation, Error> {
        steady(clock)?;
        let intent = OcspIntent {
            responses,
            key: key.to_owned(),
            public_key_sha256: Fingerprint(self.responder.public_key.sha256()),
            responder_sha256: self.responder.delegate.as_ref().map(|one| Fingerprint(one.sha256())),
        };
        store
            .reserve_ocsp(self.authority.name(), intent, clock.now())
            .map_err(|error| Error::Reserve(error.source))
    }
}

/// A responder with its key at hand.
pub struct ResponderKey<'a> {
    responder: &'a Responder,
    signer: &'a mut (dyn Signer + Send),
    /// Whether the token has failed: it is asked for nothing more then.
    failed: bool,
}

impl std::fmt::Debug for ResponderKey<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ResponderKey({})", self.responder.id)
    }
}

/// A group of responses that the token was asked to sign: nothing of it is on record yet.
#[derive(Debug)]
#[must_use = "what was signed is not on record before it is recorded"]
pub struct SignedGroup(AnsweredGroup);

impl<'a> ResponderKey<'a> {
    /// Joins a responder and a signer.
    ///
    /// # Errors
    /// [`ResponderError::OtherKey`].
    pub fn join(
        responder: &'a Responder,
        signer: &'a mut (dyn Signer + Send),
    ) -> Result<Self, ResponderError> {
        if *signer.public_key() == responder.public_key {
            Ok(Self { responder, signer, failed: false })
        } else {
            Err(ResponderError::OtherKey)
        }
    }

    /// Has the octets of a group signed and verifies each signature. [`record`] has to follow. After a failure of the
    /// token it is not asked again: the responses of later groups are answered as never asked for.
    pub fn ask_to_sign(&mut self, reservation: OcspReservation) -> SignedGroup {
        let certificates: Vec<&Certificate> = self.responder.delegate.iter().collect();
        let answered = ask_to_sign_group(self.signer, reservation, &certificates, self.failed);
        self.failed |= answered.has_failed();
        SignedGroup(answered)
    }
}

/// Records what became of a group.
///
/// # Errors
/// [`Error::CommitOcsp`] when responses exist that could not be recorded. [`Error::Miscounted`] after
/// everything is on record.
pub fn record(store: &mut Store, group: SignedGroup, clock: &dyn Clock) -> Result<RecordedGroup, Error> {
    let (issued, failure) = record_group(store, group.0, clock)?;
    Ok(RecordedGroup { issued, failure })
}

/// A group that is on record.
#[derive(Debug)]
pub struct RecordedGroup {
    /// The responses that were signed.
    pub issued: IssuedAnswers,
    /// Why there are not more.
    pub failure: Option<Error>,
}

/// Whether a reservation was refused since the ledger says something else by now, so that it can be read again.
#[must_use]
pub const fn is_outdated(error: &Error) -> bool {
    matches!(error, Error::Reserve(store::Error::OcspOutdated { .. } | store::Error::OcspGoesBack { .. }))
}
