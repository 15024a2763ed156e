//! A CRL read entry by entry, beside the same CRL read as a whole.

use std::io::{self, Read};

use keyrite::x509::algorithm::KeyAlgorithm;
use keyrite::x509::crl::{Crl, CrlEnd, CrlReadError, CrlReader, RevokedCertificate};
use keyrite::x509::extension::ReasonCode;
use keyrite::x509::serial::SerialNumber;

use super::build::{Pki, crl_fields, seal_crl};

/// Gives few octets at a time.
struct Drops<'a>(&'a [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(buffer.len()).min(self.0.len());
        let (now, later) = self.0.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

fn read(octets: &[u8], at_a_time: usize) -> Result<(Vec<RevokedCertificate>, CrlEnd), CrlReadError> {
    let mut reader = CrlReader::new(Drops(octets, at_a_time))?;
    let entries = reader.entries().collect::<Result<_, _>>()?;
    Ok((entries, reader.finish()?))
}

fn entries(count: u32) -> Vec<RevokedCertificate> {
    let entry = |number: u32| RevokedCertificate {
        serial: SerialNumber::from_der_contents(&[&[0x31][..], &number.to_be_bytes()].concat()).unwrap(),
        revocation_date: "2026-11-20T10:00:00Z".parse().unwrap(),
        reason: ReasonCode::from_code(u8::try_from(number % 11).unwrap()),
        invalidity_date: number.is_multiple_of(7).then(|| "2026-11-01T00:00:00Z".parse().unwrap()),
        removed: false,
    };
    (0..count).map(entry).collect()
}

#[test]
fn one_by_one_they_are_what_the_whole_says_for_every_algorithm() {
    for algorithm in KeyAlgorithm::GENERATED {
        let mut pki = Pki::new(algorithm);
        let crl = seal_crl(&crl_fields(&pki.root_fields).build(&entries(3_000)).unwrap(), &mut pki.key);
        let whole = Crl::from_der(crl.as_der()).unwrap();
        for at_a_time in [1_000, 70_000] {
            let (found, end) = read(crl.as_der(), at_a_time).unwrap();
            assert_eq!(found, whole.revoked());
            assert_eq!((end.issuer(), end.number()), (whole.issuer(), whole.number()));
            assert_eq!((end.this_update(), end.next_update()), (whole.this_update(), whole.next_update()));
            assert_eq!((end.extensions(), end.entries()), (whole.extensions(), 3_000));
            assert!(end.is_ascending());
            assert_eq!(end.verify_signed_by(&pki.root_fields.public_key), Ok(()), "{algorithm}");
        }
        let mut reader = CrlReader::new(crl.as_der()).unwrap();
        reader.skip_entries().unwrap();
        let end = reader.finish().unwrap();
        assert_eq!((end.verify_signed_by(&pki.root_fields.public_key), end.entries()), (Ok(()), 0));
    }
}

/// Every octet changed, and every end cut off: what the whole does not read, or does not verify, this does not either.
#[test]
fn what_is_broken_is_refused_as_the_whole_is() {
    let mut pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    let crl = seal_crl(&crl_fields(&pki.root_fields).build(&entries(3)).unwrap(), &mut pki.key);
    let key = &pki.root_fields.public_key;
    for at in 0..crl.as_der().len() {
        for change in [0x01, 0x20, 0x80] {
            let mut octets = crl.as_der().to_vec();
            octets[at] ^= change;
            let whole = Crl::from_der(&octets).map(|crl| crl.verify_signed_by(key).is_ok());
            let (whole, ours) = (
                whole.unwrap_or(false),
                read(&octets, 100).is_ok_and(|(_, end)| end.verify_signed_by(key).is_ok()),
            );
            assert_eq!(whole, ours, "octet {at} changed by {change:02x}");
            assert!(
                !ours
                    || Crl::from_der(&octets).unwrap().tbs_der()
                        == Crl::from_der(crl.as_der()).unwrap().tbs_der()
            );
        }
        assert!(read(&crl.as_der()[..at], 100).is_err(), "{at} octets of it");
    }
    let longer = [crl.as_der(), &[0]].concat();
    assert!(matches!(read(&longer, 100), Err(CrlReadError::Crl(_))));
}
