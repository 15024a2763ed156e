//! What a responder answers to a request, from what was signed ahead of time and what the ledger says now.
//!
//! Nothing is signed here and no token is known: the ledger is only read, and there is no way from here to a key. Where
//! somebody signs live, [`OcspDesk::decide`] says what he is to sign; [`super::ocsp_live`] does it.

use super::error::Error;
use super::ocsp::ResponderError;
use crate::store::{CaName, OcspAnswer, OcspChange, OcspMark, Store};
use crate::x509::ocsp::{CertId, CertIdHash, CertStatus, IssuerId, OcspRequest, ResponseStatus};
use crate::x509::time::Time;

/// A ledger, and the CAs for which it answers.
#[derive(Debug)]
pub struct OcspDesk {
    store: Store,
    cas: Vec<DeskCa>,
}

#[derive(Debug)]
struct DeskCa {
    name: CaName,
    ids: Vec<IssuerId>,
    /// Whether somebody signs live for it.
    live: bool,
}

/// How a CA is answered for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The CA.
    pub ca: CaName,
    /// The latest nextUpdate of the responses that were signed ahead of time, if there are any.
    pub latest: Option<Time>,
    /// Whether somebody signs live.
    pub live: bool,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The whole OCSPResponse.
    pub der: Vec<u8>,
    /// What it is.
    pub outcome: Outcome,
    /// thisUpdate and nextUpdate of a signed response.
    pub dates: Option<(Time, Time)>,
}

/// What kind of answer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Signed: not revoked.
    Good,
    /// Signed: revoked.
    Revoked,
    /// Signed: not known.
    Unknown,
    /// Signed: about several certificates.
    Several,
    /// The request cannot be read.
    MalformedRequest,
    /// There is no response about the certificate, or it is not one of these CAs (RFC 5019 s.2.2.3).
    Unauthorized,
    /// The response on record is outdated, the ledger says something else by now, or the token does not sign.
    TryLater,
    /// The ledger cannot be read.
    InternalError,
}

impl Outcome {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Good,
        Self::Revoked,
        Self::Unknown,
        Self::Several,
        Self::MalformedRequest,
        Self::Unauthorized,
        Self::TryLater,
        Self::InternalError,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
            Self::Several => "several",
            Self::MalformedRequest => "malformed-request",
            Self::Unauthorized => "unauthorized",
            Self::TryLater => "try-later",
            Self::InternalError => "internal-error",
        }
    }

    /// What a response about one certificate says.
    #[must_use]
    pub const fn of(status: CertStatus) -> Self {
        match status {
            CertStatus::Good => Self::Good,
            CertStatus::Revoked { .. } => Self::Revoked,
            CertStatus::Unknown => Self::Unknown,
        }
    }
}

impl Reply {
    const fn error(outcome: Outcome) -> Option<ResponseStatus> {
        match outcome {
            Outcome::MalformedRequest => Some(ResponseStatus::MalformedRequest),
            Outcome::Unauthorized => Some(ResponseStatus::Unauthorized),
            Outcome::TryLater => Some(ResponseStatus::TryLater),
            Outcome::InternalError => Some(ResponseStatus::InternalError),
            Outcome::Good | Outcome::Revoked | Outcome::Unknown | Outcome::Several => None,
        }
    }

    fn unsigned(outcome: Outcome) -> Self {
        let status = Self::error(outcome).unwrap_or(ResponseStatus::InternalError);
        Self { der: status.to_der().to_vec(), outcome, dates: None }
    }

    /// The reply to something that is no request.
    #[must_use]
    pub fn malformed() -> Self {
        Self::unsigned(Outcome::MalformedRequest)
    }

    /// The reply of a responder that failed.
    #[must_use]
    pub fn internal() -> Self {
        Self::unsigned(Outcome::InternalError)
    }

    /// The reply to a request about a certificate for which nobody here answers.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::unsigned(Outcome::Unauthorized)
    }

    /// The reply where there is no response that may be given away now.
    #[must_use]
    pub fn later() -> Self {
        Self::unsigned(Outcome::TryLater)
    }
}

/// What is done about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This is answered; `again` tells whether the same octets may well be sent again. Those with a nonce are not.
    Reply {
        /// The answer.
        reply: Reply,
        /// Whether it is worth remembering.
        again: bool,
    },
    /// A response is to be signed.
    Sign(Ask),
}

impl Decision {
    const fn once(reply: Reply) -> Self {
        Self::Reply { reply, again: false }
    }
}

/// About what a response is to be signed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The CA of all of them.
    pub ca: CaName,
    /// The certificates, each once, as the client has named them.
    pub certificates: Vec<CertId>,
    /// What the response repeats.
    pub nonce: Option<Vec<u8>>,
    /// What is answered if nothing can be signed.
    pub otherwise: Reply,
}

impl OcspDesk {
    /// Answers for these CAs of a ledger. For those of `live` somebody signs whatever is not there.
    ///
    /// # Errors
    /// [`Error::Store`] when there is no such CA, [`Error::Issuer`] when it has no certificate yet.
    pub fn new(store: Store, cas: &[CaName], live: &[CaName]) -> Result<Self, Error> {
        let mut desk = Vec::with_capacity(cas.len());
        for name in cas {
            let ca = store.ca(name)?;
            let Some(certificate) = ca.certificate else {
                let error = super::IssuerError::State { name: name.clone(), state: ca.state };
                return Err(error.into());
            };
            let ids = CertIdHash::ALL.map(|hash| IssuerId::of(hash, &certificate));
            let ids = ids.into_iter().collect::<Result<_, _>>().map_err(ResponderError::from)?;
            desk.push(DeskCa { name: name.clone(), ids, live: live.contains(name) });
        }
        Ok(Self { store, cas: desk })
    }

    /// Changes with every change of the ledger.
    ///
    /// # Errors
    /// [`Error::Store`] when the ledger cannot be read.
    pub fn change(&self) -> Result<OcspChange, Error> {
        Ok(self.store.ocsp_change()?)
    }

    /// While this stays the same, a response that says `good` or `revoked` may be given away again until it is outdated.
    ///
    /// # Errors
    /// [`Error::Store`] when the ledger cannot be read.
    pub fn mark(&self) -> Result<OcspMark, Error> {
        Ok(self.store.ocsp_mark()?)
    }

    /// Decides about a request. What the ledger says now comes first: a response that says something else is not given
    /// away.
    #[must_use]
    pub fn decide(&self, request: &[u8], now: Time) -> Decision {
        let Ok(request) = OcspRequest::from_der(request) else { return Decision::once(Reply::malformed()) };
        self.decided(request, now).unwrap_or_else(|error| {
            tracing::error!("the ledger cannot be read: {error}");
            Decision::once(Reply::internal())
        })
    }

    fn decided(&self, request: OcspRequest, now: Time) -> Result<Decision, crate::store::Error> {
        let OcspRequest { certificates, nonce, .. } = request;
        let Some(first) = certificates.first() else { return Ok(Decision::once(Reply::unauthorized())) };
        // Two CAs of a home may have one name and one key, such as one that moved in twice: whoever has a response gives it.
        let mut otherwise = Reply::unauthorized();
        let mut live = None;
        for ca in self.cas.iter().filter(|ca| ca.is_asked(first)) {
            if !certificates.iter().all(|one| ca.is_asked(one) && one.serial().is_some()) {
                continue;
            }
            // What was signed ahead answers for one certificate (RFC 5019 s.2.2.1).
            let reply = match certificates.as_slice() {
                [one] => self.on_record(ca, one, now)?,
                _ => None,
            };
            if let Some(reply) = reply {
                // It repeats no nonce, which is no reason to sign another one where nobody can.
                if reply.dates.is_some() && (nonce.is_none() || !ca.live) {
                    return Ok(Decision::Reply { reply, again: nonce.is_none() });
                }
                otherwise = reply;
            }
            if ca.live && live.is_none() {
                live = Some(ca);
            }
        }
        let Some(ca) = live else { return Ok(Decision::once(otherwise)) };
        if otherwise.outcome == Outcome::Unauthorized {
            otherwise = Reply::later();
        }
        let mut each: Vec<CertId> = Vec::with_capacity(certificates.len());
        for one in certificates {
            if !each.contains(&one) {
                each.push(one);
            }
        }
        Ok(Decision::Sign(Ask { ca: ca.name.clone(), certificates: each, nonce, otherwise }))
    }

    fn on_record(&self, ca: &DeskCa, one: &CertId, now: Time) -> Result<Option<Reply>, crate::store::Error> {
        let (Some(serial), Some(hash)) = (one.serial(), one.hash()) else { return Ok(None) };
        Ok(self.store.ocsp_answer(&ca.name, &serial, hash)?.map(|answer| judge(answer, now)))
    }

    /// Of each CA how it is answered for.
    ///
    /// # Errors
    /// [`Error::Store`] when the ledger cannot be read.
    pub fn coverage(&self) -> Result<Vec<Coverage>, Error> {
        let coverage = |ca: &DeskCa| {
            Ok(Coverage { ca: ca.name.clone(), latest: self.store.latest_ocsp(&ca.name)?, live: ca.live })
        };
        self.cas.iter().map(coverage).collect()
    }
}

impl DeskCa {
    fn is_asked(&self, one: &CertId) -> bool {
        self.ids.iter().any(|id| one.is_of(id))
    }
}

/// A response on record, if it is still current and says what the ledger says; else that there is none now.
#[must_use]
pub fn judge(answer: OcspAnswer, now: Time) -> Reply {
    let Some(said) = answer.status() else { return Reply::internal() };
    // That a certificate is revoked stays true whatever the reason is by now.
    if said.word() != answer.status_now.word() || now < answer.this_update || now > answer.next_update {
        return Reply::later();
    }
    let outcome = Outcome::of(said);
    Reply { der: answer.der, outcome, dates: Some((answer.this_update, answer.next_update)) }
}
