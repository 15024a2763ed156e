//! The one place where a token is asked to sign: reservations go in, recorded objects come out. Beside these it signs
//! checkpoints of audit logs, whose octets none of those objects can begin with.

use super::count::{Came, Counted};
use super::error::{Error, Rescued};
use crate::audit::OcspGroup;
use crate::evidence::NoteMessage;
use crate::lint::Linted;
use crate::port::{Clock, Signer, SignerError, Step};
use crate::store::{
    CrlCommitError, CrlReservation, Issued, IssuedAnswers, IssuedCrl, OcspCommitError, OcspOutcome,
    OcspReservation, Recorded, Reservation, SigningFailure, Store,
};
use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::certificate::Certificate;
use crate::x509::crl::{Crl, CrlMessage, CrlSeal};
use crate::x509::ocsp;
use crate::x509::signature::SignatureValue;
use crate::x509::signed::{Kind as _, SealError, Signed, Verification};
use crate::x509::verify::verify_twice;

/// Why a reservation did not become a signed object.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The token did not sign.
    #[error(transparent)]
    Sign(#[from] SignerError),
    /// What the token returned is not a signature by the CA's key over the octets.
    #[error("the token returned a signature that is not right")]
    Verify(#[from] SealError),
}

impl Failure {
    fn to_record(&self) -> SigningFailure {
        let reason = chain(self);
        match self {
            Self::Sign(SignerError::NotAttempted) => SigningFailure::NotAttempted { reason },
            Self::Sign(SignerError::Failed(_)) => SigningFailure::Token { reason },
            Self::Verify(_) => SigningFailure::Signature { reason },
        }
    }
}

impl Failure {
    /// What happened and all that caused it, for the records.
    pub(super) fn in_one_line(&self) -> String {
        chain(self)
    }
}

/// Signs a checkpoint and verifies the signature, by two implementations where there are two. What a
/// [`NoteMessage`] holds begins with a letter, and every TBSCertificate, TBSCertList and CertificationRequestInfo with
/// the octet 0x30: no reader can take one for the other, so that a CA's key may sign both.
///
/// The answer is the signature, or [`Failure`] when there is none or it is not right; and what was counted meanwhile.
pub(super) fn complete_checkpoint(
    signer: &mut dyn Signer,
    message: &NoteMessage,
    algorithm: SignatureAlgorithm,
) -> (Result<SignatureValue, Failure>, Option<Counted>) {
    let answer = signer.sign(algorithm, &[message.as_bytes()]).pop();
    let answer = answer.unwrap_or(Err(SignerError::NotAttempted));
    let mut came = Came::default();
    came.tell(&answer);
    let verified = answer.map_err(Failure::from).and_then(|signature| {
        verify_twice(signer.public_key(), algorithm, message.as_bytes(), signature.as_bytes())
            .map_err(SealError::from)?;
        Ok(signature)
    });
    (verified, Counted::of(signer, came))
}

/// An error and all that caused it, in one line for the records.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// Refuses a clock that somebody has set while the program ran: before anything is reserved.
pub(super) fn steady(clock: &dyn Clock) -> Result<(), Error> {
    let step = clock.step();
    step.map_or(Ok(()), |Step { expected, found }| Err(Error::ClockStepped { expected, found }))
}

/// Reservations, each with what the signer made of it: nothing of it is on record yet.
pub(super) struct Answered<K> {
    signed: Vec<(Reservation<K>, Signed<K>)>,
    failed: Vec<(Reservation<K>, SigningFailure)>,
    /// In the order of the reservations: why there is no signed object, or nothing where there is one.
    order: Vec<Option<Error>>,
    /// What was counted meanwhile, where it was.
    count: Option<Counted>,
}

impl<K: Recorded> std::fmt::Debug for Answered<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answered({} signed, {} failed)", self.signed.len(), self.failed.len())
    }
}

/// Signs exactly the octets of each reservation and verifies every signature before it counts. This needs no ledger, so
/// that another thread may do it; [`record`] has to follow, whatever comes in between.
pub(super) fn ask_to_sign<K: Recorded>(
    signer: &mut dyn Signer,
    batch: Vec<Reservation<K>>,
    verification: Verification,
) -> Answered<K> {
    let mut answered = Answered { signed: Vec::new(), failed: Vec::new(), order: Vec::new(), count: None };
    let Some(algorithm) = batch.first().map(|first| first.tbs().algorithm()) else { return answered };
    let messages: Vec<&[u8]> = batch.iter().map(|reservation| reservation.tbs().as_der()).collect();
    let key = signer.public_key().clone();
    let mut sealed = Vec::with_capacity(batch.len());
    let mut came = Came::default();
    signer.sign_each(algorithm, &messages, &mut |answer| {
        came.tell(&answer);
        // What a signer answers beyond what it was asked is no answer.
        let Some(reservation) = batch.get(sealed.len()) else { return };
        let one = answer.map_err(Failure::from).and_then(|signature| {
            Signed::seal(reservation.tbs(), &signature, &key, verification).map_err(Failure::from)
        });
        sealed.push(one);
    });
    answered.count = Counted::of(signer, came);
    let mut sealed = sealed.into_iter();
    for reservation in batch {
        // A signer that answers too little has not signed the rest.
        let one = sealed.next().unwrap_or(Err(Failure::Sign(SignerError::NotAttempted)));
        match one {
            Ok(object) => {
                answered.order.push(None);
                answered.signed.push((reservation, object));
            }
            Err(failure) => {
                let number = reservation.object().number.clone();
                answered.failed.push((reservation, failure.to_record()));
                answered.order.push(Some(Error::Sign { what: K::NAME, number, source: failure }));
            }
        }
    }
    answered
}

/// Records what became of each reservation. The answer holds one result per reservation, in their order.
///
/// # Errors
/// [`Error::Commit`] when signatures exist that could not be recorded: they are in it. The results of the
/// reservations that were not signed are lost with it, but not their records. [`Error::Miscounted`] after everything is
/// on record.
pub(super) fn record<K: Recorded>(
    store: &mut Store,
    answered: Answered<K>,
    clock: &dyn Clock,
) -> Result<Vec<Result<Issued<K>, Error>>, Error> {
    let Answered { signed, failed, order, count } = answered;
    if order.is_empty() {
        return Ok(Vec::new());
    }
    let counted = count.map_or(Ok(()), |count| count.note(store, clock.now()));
    // What was signed comes first: it exists, and must be on record before anything else can go wrong.
    let issued = store.commit(signed, clock.now()).map_err(|error| Error::Commit {
        what: K::NAME,
        signed: error.signed.iter().map(Rescued::of).collect(),
        source: error.source,
    })?;
    if !failed.is_empty()
        && let Err(error) = store.fail(&failed, clock.now())
    {
        // The reservations stay open, which is true of them; why they failed is in the results.
        tracing::error!("cannot record why {} of {} were not signed: {error}", failed.len(), K::NAME);
    }
    // Whatever nobody asked for comes last: what was signed is on record then.
    counted?;
    let mut issued = issued.into_iter();
    Ok(order
        .into_iter()
        .filter_map(|failure| failure.map_or_else(|| issued.next().map(Ok), |error| Some(Err(error))))
        .collect())
}

/// Signs, verifies and records: [`ask_to_sign`] and [`record`].
///
/// # Errors
/// As [`record`].
pub(super) fn complete<K: Recorded>(
    store: &mut Store,
    signer: &mut dyn Signer,
    batch: Vec<Reservation<K>>,
    verification: Verification,
    clock: &dyn Clock,
) -> Result<Vec<Result<Issued<K>, Error>>, Error> {
    record(store, ask_to_sign(signer, batch, verification), clock)
}

/// As [`complete`], for one object that makes or binds a CA: its signature is verified twice.
///
/// # Errors
/// As [`complete`], and [`Error::Sign`].
pub(super) fn complete_one<K: Recorded>(
    store: &mut Store,
    signer: &mut dyn Signer,
    reservation: Reservation<K>,
    clock: &dyn Clock,
) -> Result<Issued<K>, Error> {
    let number = reservation.object().number.clone();
    let results = complete(store, signer, vec![reservation], Verification::Twice, clock)?;
    results.into_iter().next().unwrap_or_else(|| {
        Err(Error::Sign { what: K::NAME, number, source: Failure::Sign(SignerError::NotAttempted) })
    })
}

/// As [`complete_one`], for a CRL, whose octets are on record and not in memory: the token gets their digest, and the
/// signature is verified over that.
///
/// # Errors
/// As [`complete_one`].
pub(super) fn complete_crl(
    store: &mut Store,
    signer: &mut dyn Signer,
    reservation: CrlReservation,
    clock: &dyn Clock,
) -> Result<IssuedCrl, Error> {
    let algorithm = reservation.algorithm();
    let number = reservation.object().number.clone();
    let key = signer.public_key().clone();
    let sealed = match store.crl_message(&reservation) {
        // Nobody was asked: the octets cannot be had back.
        Err(error) => (Err(SignerError::NotAttempted.into()), None, Some(error)),
        Ok(message) => {
            let answer = match &message {
                CrlMessage::Digest(digest) => {
                    let whole =
                        || store.crl_to_be_signed(&reservation).map_err(|error| Box::new(error).into());
                    signer.sign_digest(algorithm, digest, &whole)
                }
                CrlMessage::Whole(octets) => {
                    signer.sign(algorithm, &[octets]).pop().unwrap_or(Err(SignerError::NotAttempted))
                }
            };
            let mut came = Came::default();
            came.tell(&answer);
            let seal = answer.map_err(Failure::from).and_then(|signature| {
                CrlSeal::prove(&message, algorithm, &signature, &key).map_err(Failure::from)
            });
            (seal, Counted::of(signer, came), None)
        }
    };
    let (seal, count, unread) = sealed;
    let counted = count.map_or(Ok(()), |count| count.note(store, clock.now()));
    let seal = match seal {
        Ok(seal) => seal,
        Err(source) => {
            if let Err(error) = store.fail_crl(&reservation, &source.to_record(), clock.now()) {
                tracing::error!("cannot record why CRL {number} was not signed: {error}");
            }
            counted?;
            return Err(unread.map_or_else(|| Error::Sign { what: Crl::NAME, number, source }, Error::Store));
        }
    };
    let issued = store.commit_crl(reservation, seal, clock.now()).map_err(|error| {
        let CrlCommitError { signed, source } = error;
        let (reservation, seal) = *signed;
        // What was signed is on record, if anything is.
        let signed = match store.crl_to_be_signed(&reservation) {
            Ok(tbs) => vec![Rescued::of_crl(&number, &tbs, &seal)],
            Err(error) => {
                let seal = hex::encode(seal.as_bytes());
                tracing::error!("CRL {number} is on record without its signature, which is {seal}: {error}");
                Vec::new()
            }
        };
        Error::Commit { what: Crl::NAME, signed, source }
    })?;
    counted?;
    Ok(issued)
}

/// A group of OCSP responses, with what the signer made of each: nothing of it is on record yet.
pub(super) struct AnsweredGroup {
    reservation: OcspReservation,
    outcomes: Vec<OcspOutcome>,
    /// The first failure, and how many there are.
    failure: Option<(Failure, usize)>,
    count: Option<Counted>,
}

impl AnsweredGroup {
    /// Whether a response of it was not signed.
    pub(super) const fn has_failed(&self) -> bool {
        self.failure.is_some()
    }
}

impl std::fmt::Debug for AnsweredGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AnsweredGroup({}, {} answers)", self.reservation.group(), self.outcomes.len())
    }
}

/// As [`ask_to_sign`], for a group of OCSP responses, each with these certificates in it; [`record_group`] has to
/// follow. Where the token has failed before, it is not asked.
pub(super) fn ask_to_sign_group(
    signer: &mut dyn Signer,
    reservation: OcspReservation,
    certificates: &[&Certificate],
    failed: bool,
) -> AnsweredGroup {
    let key = signer.public_key().clone();
    let mut sealed: Vec<Result<_, Failure>> = Vec::new();
    let mut came = Came::default();
    let octets: Vec<_> = reservation.octets().collect();
    if let Some(algorithm) = octets.first().map(|first| first.algorithm()).filter(|_| !failed) {
        let messages: Vec<&[u8]> = octets.iter().map(|tbs| tbs.as_der()).collect();
        signer.sign_each(algorithm, &messages, &mut |answer| {
            came.tell(&answer);
            let Some(tbs) = octets.get(sealed.len()) else { return };
            sealed.push(answer.map_err(Failure::from).and_then(|signature| {
                ocsp::seal(tbs, &signature, &key, certificates, Verification::Once).map_err(Failure::from)
            }));
        });
    }
    // A signer that answers too little has not signed the rest.
    sealed.resize_with(octets.len(), || Err(Failure::Sign(SignerError::NotAttempted)));
    let count = Counted::of(signer, came);
    let mut failure: Option<(Failure, usize)> = None;
    let mut outcomes = Vec::with_capacity(sealed.len());
    for one in sealed {
        outcomes.push(one.map_err(|error| {
            let record = error.to_record();
            match &mut failure {
                Some((_, more)) => *more = more.saturating_add(1),
                None => failure = Some((error, 1)),
            }
            record
        }));
    }
    AnsweredGroup { reservation, outcomes, failure, count }
}

/// Has the responses of a responder signed that nobody reserves: it signs them as clients ask for them, with a key that can
/// sign nothing but responses, and has no ledger to write. Each has these certificates in it. The answer holds one result
/// for each, in their order, and what was counted meanwhile.
pub(super) fn sign_live(
    signer: &mut dyn Signer,
    responses: &[Linted<ocsp::OcspResponse>],
    certificates: &[&Certificate],
) -> (Vec<Result<Signed<ocsp::OcspResponse>, Failure>>, Option<Counted>) {
    let key = signer.public_key().clone();
    let mut sealed = Vec::with_capacity(responses.len());
    let mut came = Came::default();
    if let Some(algorithm) = responses.first().map(|first| first.tbs().algorithm()) {
        let messages: Vec<&[u8]> = responses.iter().map(|one| one.tbs().as_der()).collect();
        signer.sign_each(algorithm, &messages, &mut |answer| {
            came.tell(&answer);
            let Some(one) = responses.get(sealed.len()) else { return };
            sealed.push(answer.map_err(Failure::from).and_then(|signature| {
                ocsp::seal(one.tbs(), &signature, &key, certificates, Verification::Once)
                    .map_err(Failure::from)
            }));
        });
    }
    // A signer that answers too little has not signed the rest.
    sealed.resize_with(responses.len(), || Err(Failure::Sign(SignerError::NotAttempted)));
    (sealed, Counted::of(signer, came))
}

/// Records what became of a group, and says why not all of it was signed, if so.
///
/// # Errors
/// As [`record`].
pub(super) fn record_group(
    store: &mut Store,
    answered: AnsweredGroup,
    clock: &dyn Clock,
) -> Result<(IssuedAnswers, Option<Error>), Error> {
    let AnsweredGroup { reservation, outcomes, failure, count } = answered;
    let group = reservation.group().clone();
    let counted = count.map_or(Ok(()), |count| count.note(store, clock.now()));
    let issued = store.commit_ocsp(reservation, outcomes, clock.now()).map_err(lost)?;
    counted?;
    let failure = failure.map(|(source, responses)| {
        let OcspGroup { ca, count, .. } = group;
        Error::SignOcsp { ca, responses, count, source }
    });
    Ok((issued, failure))
}

/// Responses that exist and are on no record: nobody has got them, and nobody gets them.
fn lost(error: OcspCommitError) -> Error {
    Error::CommitOcsp { responses: error.signed.len(), source: error.source }
}
