//! The entries of revokedCertificates, one by one (RFC 5280 s.5.1.2.6, s.5.3).

use der::asn1::{AnyRef, GeneralizedTime, IntRef};
use der::{Decode, Sequence, Tag, Tagged};

use super::CrlError;
use crate::x509::certificate::BuildError;
use crate::x509::extension::{self, ReasonCode, oid};
use crate::x509::serial::SerialNumber;
use crate::x509::time::Time;

/// One certificate on a CRL (s.5.1.2.6, s.5.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RevokedCertificate {
    /// Its serial number.
    pub serial: SerialNumber,
    /// revocationDate.
    pub revocation_date: Time,
    /// reasonCode; absent means unspecified.
    pub reason: Option<ReasonCode>,
    /// invalidityDate: since when the key is suspected.
    pub invalidity_date: Option<Time>,
    /// removeFromCRL in the place of a reason: a delta CRL takes the certificate off the list (s.5.3.1).
    pub removed: bool,
}

/// removeFromCRL (s.5.3.1), which is no reason for a revocation.
const REMOVE_FROM_CRL: u8 = 8;

impl RevokedCertificate {
    /// Writes the entry at the end of `out`: the one encoding of it.
    ///
    /// # Errors
    /// [`BuildError`] never for a time that [`Time`] can hold; kept for totality.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), BuildError> {
        // Serial number, time and both extensions have fewer than 128 octets together: every length is one octet.
        let start = out.len();
        out.extend([SEQUENCE, 0, INTEGER, length(self.serial.as_bytes())]);
        out.extend(self.serial.as_bytes());
        self.revocation_date.encode_into(out)?;
        let code = if self.removed { Some(REMOVE_FROM_CRL) } else { self.reason.map(ReasonCode::code) };
        if code.is_some() || self.invalidity_date.is_some() {
            let list = out.len();
            out.extend([SEQUENCE, 0]);
            if let Some(code) = code {
                // ENUMERATED of one octet, never critical (s.5.3.1).
                out.extend(REASON_CODE);
                out.push(code);
            }
            if let Some(time) = self.invalidity_date {
                // Always GeneralizedTime, also before 2050 (s.5.3.2).
                out.extend(INVALIDITY_DATE);
                time.encode_generalized_into(out)?;
            }
            close(out, list);
        }
        close(out, start);
        Ok(())
    }

    /// Reads one entry, a whole SEQUENCE.
    ///
    /// # Errors
    /// [`CrlError`] says what is not as RFC 5280 has it.
    pub fn from_der(der: &[u8]) -> Result<Self, CrlError> {
        match Self::plain(der) {
            Some(entry) => Ok(entry),
            None => Self::from_raw(&RawEntry::from_der(der)?),
        }
    }

    /// An entry of the form that nearly all have: UTCTime, and no extension or a reason code alone. Every other one is
    /// none, and so is every one with a fault: then it is looked at field by field.
    fn plain(der: &[u8]) -> Option<Self> {
        let (&[SEQUENCE, length, INTEGER, octets], rest) = der.split_first_chunk::<4>()? else { return None };
        if length > 0x7f || usize::from(length) != der.len().checked_sub(2)? || octets > 0x7f {
            return None;
        }
        let (serial, rest) = rest.split_at_checked(usize::from(octets))?;
        let (time, rest) = rest.split_at_checked(15)?;
        let (reason, removed) = match rest.split_first_chunk::<2>() {
            None if rest.is_empty() => (None, false),
            Some((&[SEQUENCE, 0x0c], one)) => match *one.strip_prefix(&REASON_CODE)? {
                [REMOVE_FROM_CRL] => (None, true),
                [code] => (ReasonCode::from_code(code), false),
                _ => return None,
            },
            _ => return None,
        };
        Some(Self {
            serial: SerialNumber::from_der_contents(serial).ok()?,
            revocation_date: Time::from_utc_time(time)?,
            reason,
            invalidity_date: None,
            removed,
        })
    }

    pub(super) fn from_raw(raw: &RawEntry<'_>) -> Result<Self, CrlError> {
        let mut entry = Self {
            serial: SerialNumber::from_der_contents(raw.serial_number.as_bytes())?,
            revocation_date: Time::from_x509(raw.revocation_date)?,
            reason: None,
            invalidity_date: None,
            removed: false,
        };
        for extension in raw.extensions.map_or(Ok(Vec::new()), extension::read_list)? {
            match extension.oid {
                oid::REASON_CODE => {
                    let code = EntryReason::from_der(extension.value)?;
                    entry.reason = ReasonCode::from_code(code.0);
                    entry.removed = code.0 == REMOVE_FROM_CRL;
                }
                oid::INVALIDITY_DATE => {
                    let time = GeneralizedTime::from_der(extension.value)?;
                    entry.invalidity_date = Some(Time::from_x509(time.into())?);
                }
                other if extension.is_critical() => {
                    return Err(CrlError::CriticalEntryExtension { oid: other });
                }
                _ => {}
            }
        }
        Ok(entry)
    }
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
/// A reasonCode extension up to its code: SEQUENCE, id-ce-cRLReasons, OCTET STRING, ENUMERATED.
const REASON_CODE: [u8; 11] = [0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01];
/// An invalidityDate extension up to its time, which takes 17 octets: SEQUENCE, id-ce-invalidityDate, OCTET STRING.
const INVALIDITY_DATE: [u8; 9] = [0x30, 0x18, 0x06, 0x03, 0x55, 0x1d, 0x18, 0x04, 0x11];

/// The length of something that is known to have fewer than 128 octets.
fn length(contents: &[u8]) -> u8 {
    u8::try_from(contents.len()).unwrap_or(u8::MAX)
}

/// Puts the length of a SEQUENCE that began at `start` where it belongs.
fn close(out: &mut [u8], start: usize) {
    if let Some([_, octets, contents @ ..]) = out.get_mut(start..) {
        *octets = length(contents);
    }
}

/// An ENUMERATED of one octet.
struct EntryReason(u8);

impl EntryReason {
    fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let any = AnyRef::from_der(der)?;
        any.tag().assert_eq(Tag::Enumerated)?;
        match any.value() {
            [code] => Ok(Self(*code)),
            _ => Err(Tag::Enumerated.length_error().into()),
        }
    }
}

/// One member of revokedCertificates, borrowed.
#[derive(Clone, Debug, Sequence)]
pub struct RawEntry<'a> {
    /// userCertificate.
    pub serial_number: IntRef<'a>,
    /// revocationDate.
    pub revocation_date: x509_cert::time::Time,
    /// crlEntryExtensions, as a whole TLV.
    #[asn1(optional = "true")]
    pub extensions: Option<AnyRef<'a>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(reason: Option<ReasonCode>, invalid: bool, removed: bool, year: &str) -> RevokedCertificate {
        let time: Time = format!("{year}-11-21T10:20:30Z").parse().unwrap();
        RevokedCertificate {
            serial: "00C0FFEE".parse().unwrap(),
            revocation_date: time,
            reason,
            invalidity_date: invalid.then_some(time),
            removed,
        }
    }

    #[test]
    fn every_form_of_an_entry_is_what_the_general_reader_reads() {
        for reason in ReasonCode::ALL.map(Some).into_iter().chain([None]) {
            for (invalid, removed, year) in
                [(false, false, "1970"), (true, false, "2049"), (false, false, "2050"), (true, false, "9999")]
                    .into_iter()
                    .chain(reason.is_none().then_some((false, true, "2026")))
            {
                let one = entry(reason, invalid, removed, year);
                let mut der = Vec::new();
                one.encode_into(&mut der).unwrap();
                let general = RevokedCertificate::from_raw(&RawEntry::from_der(&der).unwrap());
                assert_eq!(general, Ok(one.clone()), "{der:02x?}");
                assert_eq!(RevokedCertificate::from_der(&der), Ok(one), "{der:02x?}");
                assert_eq!(RevokedCertificate::plain(&der).is_some(), !invalid && year < "2050");
            }
        }
    }

    /// Whatever one octet is: the short way gives what the long one does, or nothing.
    #[test]
    fn the_short_way_never_reads_what_the_long_one_does_not() {
        let mut whole = Vec::new();
        entry(Some(ReasonCode::KeyCompromise), false, false, "2026").encode_into(&mut whole).unwrap();
        for at in 0..whole.len() {
            for octet in 0..=u8::MAX {
                let mut der = whole.clone();
                der[at] = octet;
                if let Some(entry) = RevokedCertificate::plain(&der) {
                    let general = RawEntry::from_der(&der).map_err(CrlError::from);
                    let general = general.and_then(|raw| RevokedCertificate::from_raw(&raw));
                    assert_eq!(general, Ok(entry), "{der:02x?}");
                }
            }
        }
    }
}
