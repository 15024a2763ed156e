//! Certificates, CRLs and requests of fixed content, signed in software.

use std::net::IpAddr;

use keyrite::port::Signer as _;
use keyrite::x509::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::certificate::{Certificate, CertificateFields};
use keyrite::x509::crl::{Crl, CrlFields, CrlMessage, CrlSeal, ToBeSignedCrl};
use keyrite::x509::extension::{
    AuthorityInfoAccess, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, CrlNumber, ExtKeyUsage, Extension, KeyUsage, Policy, SubjectAltName, Value,
    purpose,
};
use keyrite::x509::general_name::GeneralName;
use keyrite::x509::pem;
use keyrite::x509::serial::SerialNumber;
use keyrite::x509::signed::{Kind, Signed, ToBeSigned, Verification};
use keyrite::x509::spki::PublicKey;

use super::software::SoftwareKey;

pub(crate) const ROOT_SUBJECT: &str = "C=AT,O=Example,CN=Example Root G1";
pub(crate) const LEAF_SUBJECT: &str = "CN=www.example.test";

pub(crate) fn critical(value: Value) -> Extension {
    Extension { critical: true, value }
}

pub(crate) fn plain(value: Value) -> Extension {
    Extension { critical: false, value }
}

/// A serial number of 20 octets, all drawn from one.
pub(crate) fn serial(fill: u8) -> SerialNumber {
    let mut octets = [fill; 20];
    octets[0] = fill & 0x3f | 0x40;
    SerialNumber::from_der_contents(&octets).unwrap()
}

/// The fields of a self-signed root over a key.
pub(crate) fn root_fields(key: &PublicKey, signature: SignatureAlgorithm) -> CertificateFields {
    let identifier = key.key_identifier().to_vec();
    CertificateFields {
        serial: serial(0x11),
        signature,
        issuer: ROOT_SUBJECT.parse().unwrap(),
        not_before: "2026-11-21T00:00:00Z".parse().unwrap(),
        not_after: "2046-11-20T23:59:59Z".parse().unwrap(),
        subject: ROOT_SUBJECT.parse().unwrap(),
        public_key: key.clone(),
        extensions: vec![
            critical(Value::BasicConstraints(BasicConstraints { ca: true, path_len: None })),
            critical(Value::KeyUsage(KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN)),
            plain(Value::SubjectKeyIdentifier(identifier)),
        ],
    }
}

/// The fields of a TLS server's certificate below `issuer`.
pub(crate) fn leaf_fields(issuer: &CertificateFields, key: &PublicKey) -> CertificateFields {
    CertificateFields {
        serial: serial(0x22),
        signature: issuer.public_key.algorithm().signature_algorithm(),
        issuer: issuer.subject.clone(),
        not_before: "2026-11-21T00:00:00Z".parse().unwrap(),
        not_after: "2027-02-18T23:59:59Z".parse().unwrap(),
        subject: LEAF_SUBJECT.parse().unwrap(),
        public_key: key.clone(),
        extensions: vec![
            critical(Value::BasicConstraints(BasicConstraints { ca: false, path_len: None })),
            critical(Value::KeyUsage(KeyUsage::DIGITAL_SIGNATURE)),
            plain(Value::ExtKeyUsage(ExtKeyUsage(vec![purpose::SERVER_AUTH]))),
            plain(Value::SubjectKeyIdentifier(key.key_identifier().to_vec())),
            plain(Value::AuthorityKeyIdentifier(AuthorityKeyIdentifier {
                key_identifier: issuer.public_key.key_identifier().to_vec(),
            })),
            plain(Value::SubjectAltName(SubjectAltName(vec![
                GeneralName::Dns("www.example.test".to_owned()),
                GeneralName::Ip(IpAddr::from([192, 0, 2, 1])),
            ]))),
            plain(Value::CrlDistributionPoints(CrlDistributionPoints(vec![
                "http://pki.example.test/g1.crl".to_owned(),
            ]))),
            plain(Value::AuthorityInfoAccess(AuthorityInfoAccess {
                ocsp: vec!["http://ocsp.example.test/".to_owned()],
                ca_issuers: vec!["http://pki.example.test/g1.crt".to_owned()],
            })),
            plain(Value::CertificatePolicies(CertificatePolicies(vec![Policy::new(
                "2.23.140.1.2.1".parse().unwrap(),
            )]))),
        ],
    }
}

/// The fields of an empty CRL of `issuer`.
pub(crate) fn crl_fields(issuer: &CertificateFields) -> CrlFields {
    CrlFields {
        signature: issuer.public_key.algorithm().signature_algorithm(),
        issuer: issuer.subject.clone(),
        this_update: "2026-11-21T00:00:00Z".parse().unwrap(),
        next_update: "2026-11-27T23:59:59Z".parse().unwrap(),
        extensions: vec![
            plain(Value::AuthorityKeyIdentifier(AuthorityKeyIdentifier {
                key_identifier: issuer.public_key.key_identifier().to_vec(),
            })),
            plain(Value::CrlNumber(CrlNumber(7))),
        ],
    }
}

/// Signs with a key and puts the parts together.
pub(crate) fn seal<K: Kind>(tbs: &ToBeSigned<K>, key: &mut SoftwareKey) -> Signed<K> {
    let signature = key.sign(tbs.algorithm(), &[tbs.as_der()]).pop().unwrap().unwrap();
    Signed::seal(tbs, &signature, key.public_key(), Verification::Twice).unwrap()
}

/// A CRL with its signature.
pub(crate) struct WholeCrl(Vec<u8>);

impl WholeCrl {
    pub(crate) fn as_der(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn to_pem(&self) -> String {
        pem::encode(Crl::PEM_LABEL, &self.0)
    }
}

/// As [`seal`], of a CRL, whose octets may lie anywhere.
pub(crate) fn seal_crl(tbs: &ToBeSignedCrl, key: &mut SoftwareKey) -> WholeCrl {
    let octets = tbs.to_der().unwrap();
    let signature = key.sign(tbs.algorithm(), &[&octets]).pop().unwrap().unwrap();
    let message = match tbs.algorithm().digest() {
        Some(digest) => CrlMessage::Digest(digest.of(&octets)),
        None => CrlMessage::Whole(octets.clone()),
    };
    let seal = CrlSeal::prove(&message, tbs.algorithm(), &signature, key.public_key()).unwrap();
    WholeCrl([&seal.header(tbs.octets()), octets.as_slice(), seal.as_bytes()].concat())
}

/// A CA of one algorithm with one certificate and an empty CRL.
pub(crate) struct Pki {
    pub(crate) key: SoftwareKey,
    pub(crate) root_fields: CertificateFields,
    pub(crate) root: Signed<Certificate>,
    pub(crate) leaf: Signed<Certificate>,
    pub(crate) crl: WholeCrl,
}

impl Pki {
    pub(crate) fn new(algorithm: KeyAlgorithm) -> Self {
        let mut key = SoftwareKey::of(algorithm);
        let root_fields = root_fields(key.public_key(), algorithm.signature_algorithm());
        let leaf_key = SoftwareKey::load("leaf-p256").public_key().clone();
        let root = seal(&root_fields.build().unwrap(), &mut key);
        let leaf = seal(&leaf_fields(&root_fields, &leaf_key).build().unwrap(), &mut key);
        let crl = seal_crl(&crl_fields(&root_fields).build(&[]).unwrap(), &mut key);
        Self { key, root_fields, root, leaf, crl }
    }
}
