//! Responses that a responder signs as clients ask for them.
//!
//! What is said comes from the ledger at that moment, which is only read. Only a delegated responder does this: its key can
//! sign nothing but responses, and a CA's own key is not known here.

use super::complete;
use super::error::Error;
use super::issuer::Authority;
use super::ocsp::{Responder, ResponderError};
use super::ocsp_desk::{Ask, Outcome, Reply};
use crate::lint::{self, Linted, OcspContext};
use crate::port::Signer;
use crate::store::{CaName, Chosen, OcspStanding, Store};
use crate::x509::certificate::{BuildError, Certificate};
use crate::x509::ocsp::{CertId, CertIdHash, CertStatus, IssuerId, OcspResponse, ResponseFields, Single};
use crate::x509::serial::SerialNumber;
use crate::x509::spki::PublicKey;
use crate::x509::standard::Standard;
use crate::x509::time::{Duration, Time};

/// A responder that signs live for one CA.
#[derive(Debug)]
pub struct LiveResponder {
    authority: Authority,
    responder: Responder,
    certificate: Certificate,
    context: OcspContext,
    life: Duration,
}

/// A response that may be signed.
#[derive(Debug)]
pub struct Draft {
    linted: Linted<OcspResponse>,
    outcome: Outcome,
    dates: (Time, Time),
}

impl Draft {
    /// SHA-256 over what gets signed.
    #[must_use]
    pub fn tbs_sha256(&self) -> [u8; 32] {
        self.linted.tbs().sha256()
    }
}

/// What came of some drafts.
#[derive(Debug)]
pub struct LiveSigned {
    /// One for each draft, in their order.
    pub replies: Vec<Result<Reply, Error>>,
    /// Whether the token was called for nothing else.
    pub counted: Result<(), Error>,
}

impl LiveResponder {
    /// A responder whose responses are good for so long. `standards` are those of the CA's profile.
    ///
    /// # Errors
    /// [`ResponderError::NotDelegated`] for a CA itself, and those of a first draft: a life that the standards do not
    /// allow is told now.
    pub fn new(
        authority: Authority,
        responder: Responder,
        standards: Vec<Standard>,
        life: Duration,
        now: Time,
    ) -> Result<Self, Error> {
        let Some(certificate) = responder.delegate().cloned() else {
            return Err(ResponderError::NotDelegated { ca: authority.name().to_string() }.into());
        };
        let context = OcspContext {
            issuer: authority.facts()?,
            signer: responder.facts().clone(),
            about_ca: false,
            certificates: vec![certificate.as_der().to_vec()],
            now: None,
            standards,
        };
        let live = Self { authority, responder, certificate, context, life };
        let dates = live.dates(now)?;
        let issuer =
            IssuerId::of(CertIdHash::Sha1, live.authority.certificate()).map_err(ResponderError::from)?;
        let own = CertId::new(&issuer, live.certificate.serial()).map_err(ResponderError::from)?;
        let single = live.single(own, CertStatus::Good, dates);
        live.lint(vec![single], None, &OcspContext { now: Some(now), ..live.context.clone() }, now)?;
        Ok(live)
    }

    /// The CA for which it answers.
    #[must_use]
    pub const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Its key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        self.responder.public_key()
    }

    /// The last second in which it may sign.
    #[must_use]
    pub const fn not_after(&self) -> Time {
        self.responder.not_after()
    }

    /// Fixes the octets of a response to each, and lints them: what the ledger says now, each from one instant.
    ///
    /// # Errors
    /// Of each [`Error::Lint`], [`Error::Store`]; of all [`ResponderError::NotValid`], and [`ResponderError::Revoked`] when
    /// the ledger says so of the responder's own certificate.
    pub fn draft(&self, store: &Store, asks: &[&Ask], now: Time) -> Result<Vec<Result<Draft, Error>>, Error> {
        let dates = self.dates(now)?;
        if let CertStatus::Revoked { at, .. } =
            store.ocsp_status(self.authority.name(), self.certificate.serial())?
        {
            return Err(ResponderError::Revoked { at }.into());
        }
        let of_end_entities = OcspContext { now: Some(now), ..self.context.clone() };
        let of_cas = OcspContext { about_ca: true, ..of_end_entities.clone() };
        let each = asks.iter().map(|ask| {
            let serials: Vec<SerialNumber> = ask.certificates.iter().filter_map(|one| one.serial()).collect();
            let standings = store.ocsp_standings(self.name(), Chosen::Serials(&serials))?;
            if standings.len() != ask.certificates.len() {
                return Err(BuildError::Encoding("a number that is none".to_owned()).into());
            }
            let context = if standings.iter().all(|one| one.is_ca) { &of_cas } else { &of_end_entities };
            let outcome = match standings.as_slice() {
                [OcspStanding { status, .. }] => Outcome::of(*status),
                _ => Outcome::Several,
            };
            let answers = ask.certificates.iter().zip(&standings);
            let answers = answers.map(|(one, standing)| self.single(one.clone(), standing.status, dates));
            let linted = self.lint(answers.collect(), ask.nonce.clone(), context, now)?;
            Ok(Draft { linted, outcome, dates })
        });
        Ok(each.collect())
    }

    /// Has them signed and verifies each signature.
    pub fn ask_to_sign(&self, signer: &mut (dyn Signer + Send), drafts: Vec<Draft>) -> LiveSigned {
        if *signer.public_key() != *self.responder.public_key() {
            let other = || Error::from(ResponderError::OtherKey);
            let replies = drafts.iter().map(|_| Err(other())).collect();
            return LiveSigned { replies, counted: Err(other()) };
        }
        let (kept, linted): (Vec<_>, Vec<_>) =
            drafts.into_iter().map(|draft| ((draft.outcome, draft.dates), draft.linted)).unzip();
        let (signed, count) = complete::sign_live(signer, &linted, &[&self.certificate]);
        let replies = signed.into_iter().zip(kept).map(|(signed, (outcome, dates))| match signed {
            Ok(signed) => Ok(Reply { der: signed.as_der().to_vec(), outcome, dates: Some(dates) }),
            Err(source) => {
                Err(Error::SignOcsp { ca: self.name().to_string(), responses: 1, count: 1, source })
            }
        });
        let counted = count.map_or(Ok(()), |count| count.fits()).map_err(Error::from);
        LiveSigned { replies: replies.collect(), counted }
    }

    fn name(&self) -> &CaName {
        self.authority.name()
    }

    /// thisUpdate and nextUpdate of what is signed now: no later than the responder's certificate ends.
    fn dates(&self, now: Time) -> Result<(Time, Time), Error> {
        let not_before = self.certificate.not_before();
        let not_after = self.not_after();
        let end = self.life.last_second_from(now).map_err(BuildError::from)?.min(not_after);
        if now < not_before || now >= not_after {
            return Err(ResponderError::NotValid { not_before, not_after, now }.into());
        }
        if end <= now {
            return Err(ResponderError::Backwards { this_update: now, next_update: end }.into());
        }
        Ok((now, end))
    }

    fn single(
        &self,
        certificate: CertId,
        status: CertStatus,
        (this_update, next_update): (Time, Time),
    ) -> Single {
        Single { certificate, status, this_update, next_update: Some(next_update), archive_cutoff: None }
    }

    fn lint(
        &self,
        answers: Vec<Single>,
        nonce: Option<Vec<u8>>,
        context: &OcspContext,
        now: Time,
    ) -> Result<Linted<OcspResponse>, Error> {
        let fields = ResponseFields {
            signature: self.responder.signature(),
            responder: self.responder.id().clone(),
            produced_at: now,
            answers,
            nonce,
        };
        lint::ocsp(fields.build()?, context).map_err(Error::Lint)
    }
}
