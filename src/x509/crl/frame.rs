//! What stands round the entries of a CRL that is to be signed: the entries themselves lie elsewhere.

use std::fmt;
use std::io::{self, Read};

use der::asn1::AnyRef;
use der::{Decode, Encode};

use super::{RevokedCertificate, TbsCertList};
use crate::x509::algorithm::SignatureAlgorithm;
use crate::x509::certificate::{BuildError, encode_extensions};
use crate::x509::extension::Extension;
use crate::x509::name::Name;
use crate::x509::time::Time;

/// Octets that need not be in memory, and can be gone through as often as one wants.
pub trait Octets: fmt::Debug + Send {
    /// How many they are.
    fn octets(&self) -> u64;

    /// Goes through them from the first one on.
    fn read(&self) -> Box<dyn Read + '_>;
}

impl Octets for Vec<u8> {
    fn octets(&self) -> u64 {
        u64::try_from(self.len()).unwrap_or(u64::MAX)
    }

    fn read(&self) -> Box<dyn Read + '_> {
        Box::new(self.as_slice())
    }
}

/// What a CA decides about a CRL: everything but the entries and the encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlFields {
    /// The algorithm by which it will be signed.
    pub signature: SignatureAlgorithm,
    /// The issuer: the subject octets of the CA's own certificate.
    pub issuer: Name,
    /// thisUpdate.
    pub this_update: Time,
    /// nextUpdate.
    pub next_update: Time,
    /// crlExtensions in the order of encoding: authorityKeyIdentifier and cRLNumber.
    pub extensions: Vec<Extension>,
}

impl CrlFields {
    /// Frames entries, each encoded by [`RevokedCertificate::encode_into`], in the order of their serial numbers.
    ///
    /// # Errors
    /// [`BuildError`] when a value cannot be encoded.
    pub fn frame(&self, entries: Box<dyn Octets>) -> Result<ToBeSignedCrl, BuildError> {
        let extensions = encode_extensions(&self.extensions)?;
        let mut tbs = TbsCertList {
            version: Some(1),
            signature: AnyRef::from_der(self.signature.identifier_der())?,
            issuer: AnyRef::from_der(self.issuer.as_der())?,
            this_update: self.this_update.to_x509()?,
            next_update: Some(self.next_update.to_x509()?),
            revoked_certificates: None,
            extensions: None,
        };
        let before = AnyRef::from_der(&tbs.to_der()?)?.value().to_vec();
        let tail = if self.extensions.is_empty() {
            // SIZE (1..MAX): the field is left out when there is no extension.
            Vec::new()
        } else {
            tbs.extensions = Some(AnyRef::from_der(&extensions)?);
            let whole = tbs.to_der()?;
            AnyRef::from_der(&whole)?.value().get(before.len()..).unwrap_or_default().to_vec()
        };
        // Absent, not empty, when nothing is revoked (s.5.1.2.6).
        let list = match entries.octets() {
            0 => Vec::new(),
            octets => header(0x30, octets),
        };
        let fixed = before.len().saturating_add(list.len()).saturating_add(tail.len());
        let octets = entries.octets().saturating_add(u64::try_from(fixed).unwrap_or(u64::MAX));
        let head = [header(0x30, octets), before, list].concat();
        Ok(ToBeSignedCrl { head, entries, tail, algorithm: self.signature })
    }

    /// Frames entries that are at hand, in any order.
    ///
    /// # Errors
    /// As [`CrlFields::frame`].
    pub fn build(&self, revoked: &[RevokedCertificate]) -> Result<ToBeSignedCrl, BuildError> {
        let mut sorted: Vec<&RevokedCertificate> = revoked.iter().collect();
        sorted.sort_by(|one, other| one.serial.cmp_as_number(&other.serial));
        let mut entries = Vec::new();
        for entry in sorted {
            entry.encode_into(&mut entries)?;
        }
        self.frame(Box::new(entries))
    }
}

/// The identifier octet and the length of a value, in as few octets as can be (X.690 s.8.1.3, s.10.1).
#[must_use]
pub fn header(tag: u8, octets: u64) -> Vec<u8> {
    let all = octets.to_be_bytes();
    let bare = all.iter().position(|octet| *octet != 0).and_then(|first| all.get(first..));
    match bare.unwrap_or(&[0]) {
        [short @ 0..=0x7f] => vec![tag, *short],
        long => {
            let count = u8::try_from(long.len()).unwrap_or_default();
            [&[tag, 0x80 | count][..], long].concat()
        }
    }
}

/// The DER of a TBSCertList, fixed for good, of which the entries are in memory only if somebody put them there.
#[derive(Debug)]
pub struct ToBeSignedCrl {
    /// Up to the first entry.
    head: Vec<u8>,
    entries: Box<dyn Octets>,
    /// After the last one.
    tail: Vec<u8>,
    algorithm: SignatureAlgorithm,
}

impl ToBeSignedCrl {
    /// The octets that get signed, from the first one on.
    pub fn read(&self) -> impl Read {
        self.head.as_slice().chain(self.entries.read()).chain(self.tail.as_slice())
    }

    /// What comes before the first entry.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The entries, one after the other.
    #[must_use]
    pub fn entries(&self) -> &dyn Octets {
        &*self.entries
    }

    /// What comes after the last entry.
    #[must_use]
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// How many they are.
    #[must_use]
    pub fn octets(&self) -> u64 {
        let fixed = self.head.len().saturating_add(self.tail.len());
        self.entries.octets().saturating_add(u64::try_from(fixed).unwrap_or(u64::MAX))
    }

    /// The algorithm that the octets name, and by which they must be signed.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The whole of them, as one piece of memory: for what is known to be short.
    ///
    /// # Errors
    /// Those of reading the entries.
    pub fn to_der(&self) -> io::Result<Vec<u8>> {
        let mut whole = Vec::new();
        self.read().read_to_end(&mut whole)?;
        Ok(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_der_has_them_also_beyond_what_its_crate_writes() {
        for (octets, wanted) in [
            (0, &[0x30, 0x00][..]),
            (0x7f, &[0x30, 0x7f]),
            (0x80, &[0x30, 0x81, 0x80]),
            (0xff, &[0x30, 0x81, 0xff]),
            (0x100, &[0x30, 0x82, 0x01, 0x00]),
            (0x1d4c_0000, &[0x30, 0x84, 0x1d, 0x4c, 0x00, 0x00]),
        ] {
            assert_eq!(header(0x30, octets), wanted, "{octets}");
        }
    }
}
