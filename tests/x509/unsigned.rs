//! What is to be signed as an unsigned certificate (RFC 9925), and the octets that come back from it.

use keyrite::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::signed::Kind as _;
use keyrite::x509::{pem, unsigned::UnsignedCertificate};

use super::build::{Pki, leaf_fields, root_fields, seal};
use super::der::{oid, sequence, tlv};
use super::openssl::Bench;
use super::software::SoftwareKey;
use keyrite::port::Signer as _;

/// 1.3.6.1.5.5.7.6.36 in a SEQUENCE, without parameters.
const UNSIGNED: &str = "300a06082b06010505070624";

#[test]
fn the_octets_to_be_signed_come_back_whatever_signs_them() {
    let leaf_key = SoftwareKey::load("leaf-p256").public_key().clone();
    let mut count = 0;
    for key_algorithm in KeyAlgorithm::GENERATED {
        let key = SoftwareKey::of(key_algorithm);
        for signature in SignatureAlgorithm::all().filter(|one| key_algorithm.signs_with(*one)) {
            let root = root_fields(key.public_key(), signature);
            let mut leaf = leaf_fields(&root, &leaf_key);
            leaf.signature = signature;
            let mut bare = leaf.clone();
            bare.extensions.clear();
            for fields in [root, leaf, bare] {
                let tbs = fields.build().unwrap();
                let unsigned = UnsignedCertificate::of(tbs.as_der()).unwrap();
                assert_eq!(unsigned.tbs().unwrap(), tbs.as_der(), "{signature}");
                assert_eq!(unsigned.algorithm_der(), signature.identifier_der(), "{signature}");
                let kept = UnsignedCertificate::from_parts(
                    unsigned.as_der().to_vec(),
                    unsigned.algorithm_der().to_vec(),
                );
                assert_eq!(kept, unsigned);
                let times = hex::encode(unsigned.as_der()).matches(UNSIGNED).count();
                assert_eq!(times, 2, "in both places (RFC 9925 s.3.1)");
                assert!(unsigned.as_der().ends_with(&[0x03, 0x01, 0x00]), "a signature of no bits");
                count += 1;
            }
        }
    }
    assert!(count > 60, "{count}");
}

/// The field that is exchanged changes the lengths around it, which have one, two, three or four octets.
#[test]
fn the_octets_come_back_at_every_length_and_by_every_length_of_the_algorithm() {
    let serial = tlv(0x02, &[0x4c; 20]);
    let version = tlv(0xa0, &[0x02, 0x01, 0x02]);
    let algorithms = [
        sequence(&[&oid("2a8648ce3d040302")]),
        sequence(&[&oid("2b6570")]),
        sequence(&[&oid("2a864886f70d01010a"), &sequence(&[&[0; 48]])]),
        sequence(&[&oid("2a03"), &tlv(0x04, &[7; 200])]),
    ];
    let lengths = (0..400).chain(65_200..65_530).step_by(1);
    for rest in lengths {
        for (at, algorithm) in algorithms.iter().enumerate() {
            // Version 1 has no version field (RFC 5280 s.4.1.2.1).
            let before = if (rest + at) % 2 == 0 { [&version[..], &serial].concat() } else { serial.clone() };
            let rest = vec![0x05; rest];
            let fields = [&before[..], algorithm, &rest].concat();
            if fields.len() > 65_535 {
                continue;
            }
            let tbs = tlv(0x30, &fields);
            let unsigned = UnsignedCertificate::of(&tbs).unwrap();
            assert_eq!(unsigned.tbs().unwrap(), tbs, "{} octets", tbs.len());
        }
    }
}

#[test]
fn what_is_no_tbs_certificate_is_refused() {
    let pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    let tbs = pki.root_fields.build().unwrap();
    let octets = tbs.as_der();
    let mut found: Vec<Vec<u8>> = vec![vec![], vec![0x30, 0x00], [octets, &[0]].concat()];
    found.push(octets[..octets.len() - 1].to_vec());
    // A length in more octets than it needs: DER has one form, and only that comes back.
    found.push([&[0x30, 0x83, 0x00][..], &octets[2..]].concat());
    found.push(sequence(&[&tlv(0x04, &[1]), &tlv(0x30, &[])]));
    found.push(sequence(&[&tlv(0x02, &[1]), &tlv(0x05, &[])]));
    found.push(sequence(&[&tlv(0xa0, &[]), &tlv(0xa0, &[]), &tlv(0x02, &[1]), &tlv(0x30, &[])]));
    for octets in found {
        assert!(UnsignedCertificate::of(&octets).is_err(), "{}", hex::encode(octets));
    }
}

/// Whatever stands in the ledger where an unsigned certificate was is not taken for one.
#[test]
fn what_is_no_unsigned_certificate_gives_no_octets() {
    let mut pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    let tbs = pki.root_fields.build().unwrap();
    let unsigned = UnsignedCertificate::of(tbs.as_der()).unwrap();
    let algorithm = unsigned.algorithm_der().to_vec();
    let signed = seal(&tbs, &mut pki.key).as_der().to_vec();
    let mut longer = unsigned.as_der().to_vec();
    longer.push(0);
    for der in [signed, longer, tbs.as_der().to_vec(), vec![]] {
        assert!(UnsignedCertificate::from_parts(der, algorithm.clone()).tbs().is_err());
    }
}

#[test]
fn openssl_shows_it_and_takes_it_for_nothing() {
    let bench = Bench::new();
    let pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    bench.write("root.pem", pki.root.to_pem());
    let leaf_key = SoftwareKey::load("leaf-p256").public_key().clone();
    let tbs = leaf_fields(&pki.root_fields, &leaf_key).build().unwrap();
    let unsigned = UnsignedCertificate::of(tbs.as_der()).unwrap();
    bench.write("unsigned.pem", pem::encode(Certificate::PEM_LABEL, unsigned.as_der()));
    let (ok, text) = bench.openssl(&["x509", "-in", "unsigned.pem", "-noout", "-text"]);
    assert!(ok, "{text}");
    for wanted in ["CN = www.example.test", "DNS:www.example.test", "1.3.6.1.5.5.7.6.36"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let (ok, said) = bench.openssl(&["verify", "-CAfile", "root.pem", "unsigned.pem"]);
    assert!(!ok, "{said}");
    // Nor as an anchor of its own.
    let (ok, said) = bench.openssl(&["verify", "-CAfile", "unsigned.pem", "unsigned.pem"]);
    assert!(!ok, "{said}");
    let read = Certificate::from_der(unsigned.as_der()).unwrap();
    assert!(read.verify_signed_by(pki.key.public_key()).is_err());
}
