//! CRLs linted entry by entry, beside the same CRLs linted as a whole.

use keyrite::lint::{self, CrlContext, CrlLintError, Report};
use keyrite::x509::crl::{CrlFields, RevokedCertificate};
use keyrite::x509::standard::Standard;

use crate::base::{crl_parts, serial, time};

/// What linting finds of these entries while they pass by, and of the whole CRL.
fn both(fields: &CrlFields, entries: Vec<u8>, context: &CrlContext) -> (Report, Report) {
    let whole = fields.frame(Box::new(entries.clone())).unwrap().to_der().unwrap();
    let whole = lint::tbs_cert_list(&whole, Some(fields.signature.identifier_der()), context);
    let streamed = match lint::crl(fields.frame(Box::new(entries)).unwrap(), context) {
        Ok(linted) => linted.report().clone(),
        Err(CrlLintError::Report { report, .. }) => report,
        Err(error) => panic!("{error}"),
    };
    (streamed, whole)
}

fn encoded(revoked: &[RevokedCertificate]) -> Vec<u8> {
    let mut entries = Vec::new();
    for entry in revoked {
        entry.encode_into(&mut entries).unwrap();
    }
    entries
}

/// Every octet of three entries changed in several ways: what was found is the same. Where an entry cannot be taken
/// apart, the walk over the whole sees more after it, but both find errors.
#[test]
fn what_passes_by_is_linted_as_the_whole_is() {
    let (fields, revoked, mut context) = crl_parts();
    let sound = encoded(&revoked);
    let (streamed, whole) = both(&fields, sound.clone(), &context);
    assert_eq!((streamed.findings.as_slice(), whole.findings.as_slice()), (&[][..], &[][..]));
    let mut apart = 0;
    for standards in [Vec::new(), vec![Standard::WebPki]] {
        context.standards = standards;
        for at in 0..sound.len() {
            for change in [0x01, 0x02, 0x80, 0xff] {
                let mut entries = sound.clone();
                entries[at] ^= change;
                let (streamed, whole) = both(&fields, entries, &context);
                let say = format!("octet {at} changed by {change:02x}: {streamed}\n{whole}");
                assert_eq!(streamed.has_errors(), whole.has_errors(), "{say}");
                if whole.ids().iter().all(|id| *id != "L05-entry-structure" && !id.starts_with("C20-")) {
                    let mut wanted = whole.ids();
                    // What is in no order is refused for that: which numbers stand twice apart from each other is not
                    // looked for then.
                    let unordered = wanted.contains(&"L05-order");
                    wanted.retain(|id| !unordered || *id != "L05-entry-twice");
                    assert_eq!(streamed.ids(), wanted, "{say}");
                    apart += 1;
                }
            }
        }
    }
    assert!(apart > 200, "{apart} were compared to the last");
}

/// The faults that only entries together have, and those of entries that are like many before them.
#[test]
fn faults_of_entries_that_are_like_the_ones_before_are_found() {
    let (fields, _, context) = crl_parts();
    let entry = |number: u8| RevokedCertificate {
        serial: serial(number),
        revocation_date: time("2026-11-20T08:00:00Z"),
        reason: None,
        invalidity_date: None,
        removed: false,
    };
    let change = |index: usize, change: fn(&mut RevokedCertificate)| {
        let mut revoked: Vec<RevokedCertificate> = (10..200).map(entry).collect();
        change(&mut revoked[index]);
        encoded(&revoked)
    };
    let cases: [(Vec<u8>, &[&str]); 6] = [
        (change(100, |_| {}), &[]),
        (change(100, |one| one.serial = serial(109)), &["L05-entry-twice"]),
        (change(100, |one| one.serial = serial(5)), &["L05-order"]),
        (
            change(150, |one| one.revocation_date = time("2027-01-01T00:00:00Z")),
            &["L07-revoked-after-this-update"],
        ),
        (change(0, |one| one.serial = serial(2)), &["L06-reason-missing"]),
        (change(7, |one| one.removed = true), &["L06-reason-remove"]),
    ];
    for (entries, wanted) in cases {
        let (streamed, whole) = both(&fields, entries, &context);
        assert_eq!(streamed.ids(), wanted, "{streamed}");
        assert_eq!(whole.ids(), wanted, "{whole}");
    }
}

/// The second of two parts of an entry comes with the next read: what is longer than a window is read all the same.
#[test]
fn a_list_that_is_longer_than_what_is_read_at_a_time_is_linted_to_its_end() {
    let (fields, _, context) = crl_parts();
    let entry = |number: u32| {
        let mut octets = [0x41; 20];
        octets[16..].copy_from_slice(&number.to_be_bytes());
        RevokedCertificate {
            serial: keyrite::x509::serial::SerialNumber::from_der_contents(&octets).unwrap(),
            revocation_date: time("2026-11-20T08:00:00Z"),
            reason: None,
            invalidity_date: None,
            removed: false,
        }
    };
    let mut revoked: Vec<RevokedCertificate> = (0..6_000).map(entry).collect();
    let linted = lint::crl(fields.frame(Box::new(encoded(&revoked))).unwrap(), &context).unwrap();
    let whole = linted.tbs().to_der().unwrap();
    assert!(whole.len() > 3 * 64 * 1024);
    assert_eq!(hex::encode(linted.digest().unwrap()), hex::encode(linted.sha256()));
    assert_eq!(linted.sha256().to_vec(), keyrite::x509::algorithm::Digest::Sha256.of(&whole));
    revoked.push(entry(17));
    let (streamed, whole) = both(&fields, encoded(&revoked), &context);
    assert_eq!((streamed.ids(), whole.ids()), (vec!["L05-order"], vec!["L05-entry-twice", "L05-order"]));
}
