//! CrlDates: when a CRL was made and when there is a newer one, from its first octets (RFC 5280 s.5.1.2).
//!
//! A CRL may be large, and whoever only passes it on need not read all of it.

use der::asn1::ObjectIdentifier;
use der::{Decode, Header, Reader, SliceReader, Tag};

use super::time::Time;

/// What stands before the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrlDates {
    /// thisUpdate.
    pub this_update: Time,
    /// nextUpdate.
    pub next_update: Option<Time>,
}

impl CrlDates {
    /// Reads the beginning of the DER of a CRL; nothing where it is not one, or too little of it is there.
    #[must_use]
    pub fn of(beginning: &[u8]) -> Option<Self> {
        let mut reader = SliceReader::new(beginning).ok()?;
        // CertificateList, TBSCertList.
        for _ in 0..2 {
            let header = Header::decode(&mut reader).ok()?;
            header.tag().assert_eq(Tag::Sequence).ok()?;
        }
        if Tag::peek(&reader).ok()? == Tag::Integer {
            reader.tlv_bytes().ok()?;
        }
        // What is no CRL, such as a certificate, has no AlgorithmIdentifier, Name and Time in this order.
        let mut identifier = SliceReader::new(contents(&mut reader, Tag::Sequence)?).ok()?;
        <ObjectIdentifier>::decode(&mut identifier).ok()?;
        contents(&mut reader, Tag::Sequence)?;
        let this_update = time(&mut reader)?;
        Some(Self { this_update, next_update: time(&mut reader) })
    }
}

fn contents<'a>(reader: &mut SliceReader<'a>, tag: Tag) -> Option<&'a [u8]> {
    let header = Header::decode(reader).ok()?;
    header.tag().assert_eq(tag).ok()?;
    reader.read_slice(header.length()).ok()
}

fn time(reader: &mut SliceReader<'_>) -> Option<Time> {
    if ![Tag::UtcTime, Tag::GeneralizedTime].contains(&Tag::peek(reader).ok()?) {
        return None;
    }
    Time::from_x509(x509_cert::time::Time::decode(reader).ok()?).ok()
}
