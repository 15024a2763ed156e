//! Certificates of others: what is read, and what is refused.

use keyrite::port::Signer as _;
use keyrite::x509::algorithm::KeyAlgorithm;
use keyrite::x509::certificate::{Certificate, CertificateError};
use keyrite::x509::extension::oid;
use keyrite::x509::pem::{self, PemError};

use super::build::{Pki, root_fields, seal};
use super::software::SoftwareKey;

/// The root with the one place where `from` stands replaced by as many octets.
fn changed(from: &[u8], to: &[u8]) -> Result<Certificate, CertificateError> {
    assert_eq!(from.len(), to.len());
    let mut der = Pki::new(KeyAlgorithm::GENERATED[0]).root.as_der().to_vec();
    let at = der.windows(from.len()).position(|window| window == from).unwrap();
    der[at..at + to.len()].copy_from_slice(to);
    Certificate::from_der(&der)
}

#[test]
fn a_version_that_no_standard_has_is_refused() {
    let version = |number| changed(&[0xa0, 0x03, 0x02, 0x01, 0x02], &[0xa0, 0x03, 0x02, 0x01, number]);
    assert!(version(2).is_ok());
    assert_eq!(version(3), Err(CertificateError::Version { found: 3 }));
    assert_eq!(version(3).unwrap_err().to_string(), "certificate of version 4, wanted at most 3");
    assert!(matches!(version(0x82), Err(CertificateError::Structure(_))), "negative");
}

#[test]
fn an_extension_that_is_there_twice_is_named() {
    let mut key = SoftwareKey::load("ec-p256");
    let mut fields = root_fields(key.public_key(), KeyAlgorithm::GENERATED[0].signature_algorithm());
    fields.extensions.push(fields.extensions[1].clone());
    let found = Certificate::from_der(seal(&fields.build().unwrap(), &mut key).as_der());
    assert_eq!(found, Err(CertificateError::DuplicateExtension { oid: oid::KEY_USAGE }));
}

#[test]
fn two_signature_algorithms_are_refused() {
    let ecdsa_with = |digest: u8| {
        [&[0x30, 0x0a, 0x06, 0x08][..], &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, digest]].concat()
    };
    assert_eq!(changed(&ecdsa_with(2), &ecdsa_with(3)), Err(CertificateError::TwoAlgorithms));
}

#[test]
fn extensions_are_a_sequence() {
    let root = Pki::new(KeyAlgorithm::GENERATED[0]).root;
    let at = root.as_der().windows(2).position(|window| window == [0xa3, 0x42]).unwrap();
    let mut der = root.as_der().to_vec();
    assert_eq!(der[at + 2], 0x30);
    der[at + 2] = 0x31;
    assert!(matches!(Certificate::from_der(&der), Err(CertificateError::Structure(_))));
}

#[test]
fn exactly_one_block_of_the_right_kind_is_read() {
    let pki = Pki::new(KeyAlgorithm::GENERATED[0]);
    let one = pki.root.to_pem();
    assert_eq!(Certificate::read(one.as_bytes()).unwrap().as_der(), pki.root.as_der());
    assert_eq!(Certificate::read(pki.root.as_der()).unwrap().as_der(), pki.root.as_der());
    let two = Certificate::read(format!("{one}{one}").as_bytes());
    assert_eq!(two, Err(CertificateError::Pem(PemError::Several { count: 2 })));
    let crl = Certificate::read(pki.crl.to_pem().as_bytes());
    assert!(matches!(crl, Err(CertificateError::Pem(PemError::Label { .. }))));
    let trailing = pem::encode("CERTIFICATE", &[pki.root.as_der(), &[0]].concat());
    assert!(matches!(Certificate::read(trailing.as_bytes()), Err(CertificateError::Limit(_))));
}
