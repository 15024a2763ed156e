//! From what is linted to a CRL on record: its number reserved with the octets, its signature put beside them.

use rusqlite::params;

use super::Store;
use super::ca::{self, CaName};
use super::crl::latest;
use super::crl_octets::{self, CrlOctets};
use super::distribution_point;
use super::error::Error;
use super::recover::OpenReservation;
use super::reservation::{self, Body, CRL_TABLE, ReserveError, SigningFailure};
use super::revocation::{self, Revision};
use super::writer::Writer;
use crate::audit::{Conditions, Event, Fingerprint, Kind, Object, Source};
use crate::lint::LintedCrl;
use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::crl::{CrlMessage, CrlSeal, MESSAGE_OCTETS, TbsCertList};
use crate::x509::extension::{CrlNumber, Extension, RawExtension, Value};
use crate::x509::time::Time;

/// A CRL that is about to be signed.
#[derive(Debug)]
pub struct CrlIntent {
    /// Its octets.
    pub linted: LintedCrl,
    /// The state of the revocations from which its entries were made.
    pub revision: Revision,
    /// Whether it covers only the certificates that name its distribution point.
    pub of_one_point: bool,
}

/// The permission to have a CRL signed, once: its octets and its number are on disk, and its digest is here.
#[must_use = "a reservation that is neither committed nor failed stays open"]
#[derive(Debug)]
pub struct CrlReservation {
    row: i64,
    object: Object,
    algorithm: SignatureAlgorithm,
    sha256: Fingerprint,
    octets: u64,
    digest: Option<Vec<u8>>,
}

impl CrlReservation {
    /// What was reserved, as the audit log names it.
    #[must_use]
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// The algorithm that the octets name, and by which they must be signed.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The digest of the octets; none where the algorithm takes none.
    #[must_use]
    pub fn digest(&self) -> Option<&[u8]> {
        self.digest.as_deref()
    }
}

/// A signed CRL that is on record: it may be published.
#[derive(Debug)]
pub struct IssuedCrl {
    row: i64,
    object: Object,
    sha256: Fingerprint,
}

impl IssuedCrl {
    /// What it is, as the audit log names it.
    #[must_use]
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// The CRL number.
    ///
    /// # Errors
    /// [`Error::Damaged`] never for an object that this program has reserved; kept for totality.
    pub fn number(&self) -> Result<CrlNumber, Error> {
        self.object.number.parse().map(CrlNumber).map_err(|_| Error::damaged(self.object.to_string()))
    }

    /// SHA-256 over the whole CRL.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256.0
    }
}

/// Why a CRL was not recorded although it is signed. Its signature travels in here, and what was signed is on record.
#[derive(Debug, thiserror::Error)]
#[error("a signed CRL could not be recorded")]
pub struct CrlCommitError {
    /// What was given.
    pub signed: Box<(CrlReservation, CrlSeal)>,
    /// What went wrong.
    pub source: Box<Error>,
}

impl Store {
    /// Reserves a CRL number: the number, the octets, and the audit entry "signing", in one transaction.
    /// Number and times are read from the octets.
    ///
    /// # Errors
    /// The intent comes back, with [`Error::RevocationsChanged`] when its entries are outdated,
    /// [`Error::CrlNumberUsed`] when the number is not greater than every one before, or
    /// [`Error::CrlGoesBack`] when thisUpdate lies before that of an earlier CRL.
    pub fn reserve_crl(
        &mut self,
        ca: &CaName,
        intent: CrlIntent,
        now: Time,
    ) -> Result<CrlReservation, ReserveError<CrlIntent>> {
        let reserved =
            self.be_present().and_then(|()| self.write(now, |writer| reserve(writer, ca, &intent)));
        let linted = &intent.linted;
        match reserved {
            Ok((row, object)) => Ok(CrlReservation {
                row,
                object,
                algorithm: linted.tbs().algorithm(),
                sha256: linted.sha256().into(),
                octets: linted.tbs().octets(),
                digest: linted.digest().map(<[u8]>::to_vec),
            }),
            Err(source) => Err(ReserveError { intents: vec![intent], source }),
        }
    }

    /// The permission to have the octets of an open reservation signed, as [`Store::take_up`] gives it for what is no CRL.
    ///
    /// # Errors
    /// [`Error::AlreadySettled`] when it is not open any more, or no CRL; [`Error::NotAsTold`].
    pub fn take_up_crl(
        &self,
        open: &OpenReservation,
        algorithm: SignatureAlgorithm,
    ) -> Result<CrlReservation, Error> {
        let still = self.open_reservations()?.into_iter().any(|one| one == *open);
        if !still || open.id.kind != Kind::Crl {
            return Err(Error::AlreadySettled { object: Box::new(open.object.clone()) });
        }
        Ok(CrlReservation {
            row: open.id.row,
            object: open.object.clone(),
            algorithm,
            sha256: Fingerprint::of(&open.tbs),
            octets: u64::try_from(open.tbs.len()).unwrap_or(u64::MAX),
            digest: algorithm.digest().map(|digest| digest.of(&open.tbs)),
        })
    }

    /// What stands for the octets of a reservation where they are signed: their digest, or where the algorithm takes
    /// none, these octets as they are on record.
    ///
    /// # Errors
    /// [`Error::Unreadable`] where they are more than can be signed as a whole, or those of reading.
    pub fn crl_message(&self, reservation: &CrlReservation) -> Result<CrlMessage, Error> {
        match &reservation.digest {
            Some(digest) => Ok(CrlMessage::Digest(digest.clone())),
            None => self.crl_to_be_signed(reservation).map(CrlMessage::Whole),
        }
    }

    /// The octets of a reservation as a whole, for a token that makes the digest itself.
    ///
    /// # Errors
    /// As [`Store::crl_message`].
    pub fn crl_to_be_signed(&self, reservation: &CrlReservation) -> Result<Vec<u8>, Error> {
        let octets = reservation.octets;
        if usize::try_from(octets).map_or(true, |octets| octets > MESSAGE_OCTETS) {
            let reason = format!("{octets} octets, and as a whole at most {MESSAGE_OCTETS} are signed");
            return Err(Error::Unreadable { kind: Kind::Crl, reason });
        }
        self.read(|connection| match crl_octets::body(connection, reservation.row)? {
            Some(Body::ToBeSigned(tbs)) if Fingerprint::of(&tbs) == reservation.sha256 => Ok(tbs),
            _ => Err(Error::NotAsReserved { object: Box::new(reservation.object.clone()) }),
        })
    }

    /// Records the signature of a CRL in one transaction with its state, the audit entry "signed", and what follows:
    /// what was named after it had expired leaves the list. What was signed was put down with the reservation, held
    /// against the digest that was linted; the audit log tells of both.
    ///
    /// # Errors
    /// [`CrlCommitError`] holds everything that was given: the CRL exists.
    pub fn commit_crl(
        &mut self,
        reservation: CrlReservation,
        seal: CrlSeal,
        now: Time,
    ) -> Result<IssuedCrl, CrlCommitError> {
        let recorded = self.write_done(now, |writer| {
            let CrlReservation { row, object, .. } = &reservation;
            reservation::seal(writer, *row, object, seal.as_bytes())?;
            let sha256 = crl_octets::sha256(writer.connection, *row)?;
            let sha256 = sha256.ok_or_else(|| Error::damaged("a CRL without octets"))?;
            writer.append(Event::Signed { object: object.clone(), sha256 })?;
            revocation::retire(writer, *row)?;
            Ok(sha256)
        });
        match recorded {
            Ok(sha256) => Ok(IssuedCrl { row: reservation.row, object: reservation.object, sha256 }),
            Err(source) => {
                Err(CrlCommitError { signed: Box::new((reservation, seal)), source: Box::new(source) })
            }
        }
    }

    /// Records that the signature of a CRL failed. The number stays burned.
    ///
    /// # Errors
    /// Those of writing: the reservation then stays open without a word on why.
    pub fn fail_crl(
        &mut self,
        reservation: &CrlReservation,
        failure: &SigningFailure,
        now: Time,
    ) -> Result<(), Error> {
        let CrlReservation { row, object, .. } = reservation;
        self.write_done(now, |writer| reservation::failed(writer, CRL_TABLE, (*row, object), failure))
    }

    /// The octets of a CRL that was issued.
    ///
    /// # Errors
    /// Those of reading.
    pub fn issued_crl_octets(&self, issued: &IssuedCrl) -> Result<CrlOctets<'_>, Error> {
        let found = crl_octets::signed(&self.connection, issued.row);
        let found = found.and_then(|found| found.ok_or_else(|| Error::damaged("a CRL without octets")));
        found.map_err(|error| error.located(&self.path))
    }
}

fn reserve(writer: &Writer<'_>, ca: &CaName, intent: &CrlIntent) -> Result<(i64, Object), Error> {
    let id = ca::active_id(writer.connection, ca)?;
    let Facts { number, this_update, next_update, extensions } = facts(intent.linted.outline())?;
    let mut values = extensions.iter().map(|extension| &extension.value);
    let uris = values.find_map(Value::as_issuing_distribution_point).map(|point| &point.uris);
    let point = match uris.filter(|_| intent.of_one_point) {
        Some(uris) => Some(distribution_point::take(writer.connection, uris)?),
        None => None,
    };
    if revocation::revision(writer.connection, id)? != intent.revision {
        return Err(Error::RevocationsChanged { ca: ca.clone() });
    }
    if let Some((greatest, latest)) = latest(writer.connection, id)? {
        if number <= greatest {
            return Err(Error::CrlNumberUsed { ca: ca.clone(), number, greatest });
        }
        if this_update < latest {
            return Err(Error::CrlGoesBack { ca: ca.clone(), this_update, latest });
        }
    }
    writer
        .connection
        .prepare_cached(
            "INSERT INTO crl (ca, number, state, revision, this_update, next_update, reserved_at, scope, point,
             base)
             VALUES (?1, ?2, 'reserved', ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            id,
            number.0.to_be_bytes(),
            intent.revision.0,
            this_update.to_unix(),
            next_update.map(Time::to_unix),
            writer.now.to_unix(),
            distribution_point::scope_of(&extensions),
            point,
            distribution_point::base_of(&extensions)
        ])?;
    let row = writer.connection.last_insert_rowid();
    let sha256 = crl_octets::put(writer.connection, row, &mut intent.linted.tbs().read())?;
    if sha256 != intent.linted.sha256().into() {
        return Err(Error::Io {
            action: "read back what was linted, which lies beside",
            path: writer.connection.path().unwrap_or_default().into(),
            source: std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not what was linted"),
        });
    }
    let object = Object { kind: Kind::Crl, ca: ca.to_string(), number: number.to_string() };
    writer.append(Event::Signing {
        object: object.clone(),
        tbs_sha256: sha256,
        profile: None,
        profile_sha256: None,
        request_sha256: None,
        requester: None,
        source: Source::default(),
        conditions: Conditions::default(),
    })?;
    Ok((row, object))
}

/// What the octets of a CRL say, of which the entries are left out.
struct Facts {
    number: CrlNumber,
    this_update: Time,
    next_update: Option<Time>,
    extensions: Vec<Extension>,
}

fn facts(tbs: &[u8]) -> Result<Facts, Error> {
    use der::Decode as _;
    let unreadable = |reason: String| Error::Unreadable { kind: Kind::Crl, reason };
    let tbs = TbsCertList::from_der(tbs).map_err(|error| unreadable(error.to_string()))?;
    let extensions = tbs.raw_extensions().map_err(|error| unreadable(error.to_string()))?;
    let extensions: Vec<Extension> = extensions.iter().map(RawExtension::read).collect();
    let number = extensions
        .iter()
        .find_map(|each| if let Value::CrlNumber(number) = each.value { Some(number) } else { None });
    let this_update = Time::from_x509(tbs.this_update).map_err(|error| unreadable(error.to_string()))?;
    let next_update =
        tbs.next_update.map(Time::from_x509).transpose().map_err(|error| unreadable(error.to_string()))?;
    Ok(Facts { number: number.ok_or(Error::NoCrlNumber)?, this_update, next_update, extensions })
}
