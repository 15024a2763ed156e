//! How far an act got before it failed, and whether a signature may exist.

use crate::audit::Miscount;
use crate::lint::{ExclusionError, Report};
use crate::policy::{Break, Refusal};
use crate::port::RandomError;
use crate::store::{self, Reservation};
use crate::x509::certificate::BuildError;
use crate::x509::crl::{Crl, CrlSeal};
use crate::x509::extension::CrlNumber;
use crate::x509::pem;
use crate::x509::signed::{Kind, Signed};
use crate::x509::time::Time;

use super::adopt::AdoptError;
use super::complete::Failure;
use super::consistency::ConsistencyError;
use super::install::InstallError;
use super::issuer::IssuerError;
use super::ocsp::ResponderError;
use super::output::OutputError;
use super::outside_linter::Judgement;
use super::restore::RestoreError;
use super::revoke::RevokeError;
use super::weak_keys::WeakKeyListError;

/// One variant per stage of the one way through.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The CA cannot sign: no certificate, another key, outside its validity. Nothing was reserved.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// A certificate is not the answer to our request.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// An existing CA cannot move in.
    #[error(transparent)]
    Adopt(#[from] AdoptError),
    /// A certificate cannot be revoked in this way.
    #[error(transparent)]
    Revoke(#[from] RevokeError),
    /// A copy of an earlier state cannot be brought up to date. Nothing was put in place.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// A list of weak keys cannot be used. Nothing was reserved.
    #[error(transparent)]
    WeakKeys(#[from] WeakKeyListError),
    /// A CA certificate does not agree with another one of the home. Nothing was changed.
    #[error(transparent)]
    Consistency(#[from] ConsistencyError),
    /// Policy refuses; every violation is in there. Nothing was reserved.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A linter of the profile, a program outside, does not pass it. Nothing was reserved.
    #[error("linter {:?} of the profile does not pass it: {} [LINT-OUTSIDE]", .0.run.linter, .0.run.status)]
    OutsideLinter(Box<Judgement>),
    /// What was judged before the key was there is not what was made with it. Nothing was reserved.
    #[error("what was made with the key is not what was judged before: {what} differs")]
    NotAsForeseen {
        /// The field.
        what: &'static str,
    },
    /// The octets have a finding of severity error. Nothing was reserved.
    #[error("what would have been signed breaks a rule, so nothing was signed")]
    Lint(#[source] Report),
    /// A CRL would take back what the one before it says. Nothing was reserved.
    #[error("the new CRL would take back what {} says: {count} of its entries", previous_crl(.previous))]
    Succession {
        /// The number of the one before it.
        previous: Option<CrlNumber>,
        /// What it would take back: the first hundred.
        breaks: Vec<Break>,
        /// How much it would take back.
        count: u64,
    },
    /// What should be the previous CRL is not one. Nothing was reserved.
    #[error("the previous CRL cannot be used: {why}")]
    PreviousCrl {
        /// Why not.
        why: String,
    },
    /// There is no complete CRL to which a delta CRL could be added. Nothing was reserved.
    #[error("there is no complete CRL of this kind to which a delta CRL could be added")]
    NoBase,
    /// The profile leaves out a lint that may not be left out. Nothing was reserved.
    #[error("the profile leaves out a lint that it may not")]
    Exclusion(#[from] ExclusionError),
    /// What was decided cannot be encoded. Nothing was reserved.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// No serial number could be drawn. Nothing was reserved.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// Random numbers that are all on record already: the source repeats itself. Nothing was reserved.
    #[error("the random source repeats itself: {attempts} serial numbers in a row were on record already")]
    Repeating {
        /// How many were drawn.
        attempts: u32,
    },
    /// Somebody has set the clock while the program ran. Nothing was reserved.
    #[error("the clock was set while this ran: it says {found}, and would say {expected} if it had not been")]
    ClockStepped {
        /// What it would say.
        expected: Time,
        /// What it says.
        found: Time,
    },
    /// The intent could not be recorded, so the token was not asked.
    #[error("nothing was signed: the ledger could not record what was about to be")]
    Reserve(#[source] store::Error),
    /// The ledger could not be read, or something without a signature could not be recorded.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The token was not asked, or gave no usable signature. The number stays burned.
    #[error("no good signature came for {what} {number}, and its number is never used again")]
    Sign {
        /// What was to be signed.
        what: &'static str,
        /// Its serial number in hex, or its CRL number.
        number: String,
        /// Why.
        #[source]
        source: Failure,
    },
    /// The token was not asked for OCSP responses, or gave no usable signatures. What was signed is on record.
    #[error("no good signature came for {responses} of {count} OCSP responses of CA {ca:?}")]
    SignOcsp {
        /// The CA for which they answer.
        ca: String,
        /// How many of the group.
        responses: usize,
        /// How many the group has.
        count: u64,
        /// Why, of the first.
        #[source]
        source: Failure,
    },
    /// Nobody may sign OCSP responses of the CA like that. Nothing was reserved.
    #[error(transparent)]
    Responder(#[from] ResponderError),
    /// The token was called to sign more or less often than is accounted for. What was signed is on record.
    #[error(transparent)]
    Miscounted(#[from] Miscount),
    /// Signed and verified, but not recorded. The objects are in here and nowhere else.
    #[error("signed, but the ledger could not record it")]
    Commit {
        /// What was signed.
        what: &'static str,
        /// The signed objects.
        signed: Vec<Rescued>,
        /// Why.
        #[source]
        source: Box<store::Error>,
    },
    /// OCSP responses that were signed and could not be recorded. Nobody has got one, and no number is spent: they are
    /// dropped, and signed anew.
    #[error("{responses} OCSP responses were signed, and the ledger could not record them")]
    CommitOcsp {
        /// How many.
        responses: usize,
        /// Why.
        #[source]
        source: Box<store::Error>,
    },
    /// Signed and recorded, but not written to its file.
    #[error("{what} {number} was signed and recorded, but its file was not written")]
    Publish {
        /// What was signed.
        what: &'static str,
        /// Its serial number in hex, or its CRL number.
        number: String,
        /// Why.
        #[source]
        source: OutputError,
    },
}

/// A signed object that must not be lost although it is on no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rescued {
    /// Its serial number in hex, or its CRL number.
    pub number: String,
    /// The whole object.
    pub der: Vec<u8>,
    /// The whole object as PEM.
    pub pem: String,
}

impl Rescued {
    /// A CRL whose signature is not on record, with what was signed, which is.
    pub(super) fn of_crl(number: &str, tbs: &[u8], seal: &CrlSeal) -> Self {
        let header = seal.header(u64::try_from(tbs.len()).unwrap_or(u64::MAX));
        let der = [&header, tbs, seal.as_bytes()].concat();
        Self { number: number.to_owned(), pem: pem::encode(Crl::PEM_LABEL, &der), der }
    }

    pub(super) fn of<K: Kind>((reservation, signed): &(Reservation<K>, Signed<K>)) -> Self {
        Self {
            number: reservation.object().number.clone(),
            der: signed.as_der().to_vec(),
            pem: pem::encode(K::PEM_LABEL, signed.as_der()),
        }
    }
}

fn previous_crl(number: &Option<CrlNumber>) -> String {
    number.map_or_else(|| "the previous one".to_owned(), |number| format!("CRL {number}"))
}
