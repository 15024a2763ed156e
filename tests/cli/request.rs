//! Certification requests octet by octet, so that they can be wrong in one place.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};

const ECDSA_SHA256: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const EC_P256: &[u8] = &[
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07,
];
const RSA: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
const EXTENSION_REQUEST: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
const SUBJECT_ALT_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];

/// The parts of a request. What [`Request::good`] gives is accepted as it is.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) subject: Vec<u8>,
    pub(crate) spki: Vec<u8>,
    pub(crate) extensions: Vec<Vec<u8>>,
    pub(crate) algorithm: Vec<u8>,
    pub(crate) forged: bool,
}

impl Request {
    /// A request for `www.example.test` that nothing is wrong with.
    pub(crate) fn good() -> Self {
        Self {
            subject: name(&[common_name(0x0c, b"www.example.test")]),
            spki: ec_spki(key().verifying_key().to_sec1_point(false).as_bytes()),
            extensions: vec![alt_names(&[tlv(0x82, b"www.example.test")])],
            algorithm: ECDSA_SHA256.to_vec(),
            forged: false,
        }
    }

    /// The DER, signed by the key whose public half [`Request::good`] has.
    pub(crate) fn to_der(&self) -> Vec<u8> {
        let mut attributes = Vec::new();
        if !self.extensions.is_empty() {
            let list = tlv(0x30, &self.extensions.concat());
            attributes = tlv(0x30, &[EXTENSION_REQUEST, &tlv(0x31, &list)].concat());
        }
        let contents = [&[2, 1, 0], self.subject.as_slice(), &self.spki, &tlv(0xa0, &attributes)].concat();
        let info = tlv(0x30, &contents);
        let signature: Signature = key().sign(if self.forged { b"something else" } else { &info });
        let bits = [&[0], signature.to_der().as_bytes()].concat();
        tlv(0x30, &[info.as_slice(), &self.algorithm, &tlv(0x03, &bits)].concat())
    }
}

fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

/// One DER value.
pub(crate) fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = contents.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|octet| *octet == 0).collect();
    match significant.as_slice() {
        [] => out.push(0),
        [short @ 0..=0x7f] => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap());
            out.extend(long);
        }
    }
    out.extend(contents);
    out
}

/// A name of these attributes, each in an RDN of its own.
pub(crate) fn name(attributes: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &attributes.iter().flat_map(|attribute| tlv(0x31, attribute)).collect::<Vec<u8>>())
}

/// A commonName in a string type of any tag, with any octets.
pub(crate) fn common_name(tag: u8, octets: &[u8]) -> Vec<u8> {
    tlv(0x30, &[COMMON_NAME, &tlv(tag, octets)].concat())
}

/// A subjectAltName of these GeneralNames.
pub(crate) fn alt_names(names: &[Vec<u8>]) -> Vec<u8> {
    let list = tlv(0x30, &names.concat());
    tlv(0x30, &[SUBJECT_ALT_NAME, &tlv(0x04, &list)].concat())
}

/// The SubjectPublicKeyInfo of a P-256 point.
pub(crate) fn ec_spki(point: &[u8]) -> Vec<u8> {
    tlv(0x30, &[EC_P256, &tlv(0x03, &[&[0], point].concat())].concat())
}

/// The SubjectPublicKeyInfo of an RSA key with a modulus of `octets` octets.
pub(crate) fn rsa_spki(octets: usize, exponent: &[u8]) -> Vec<u8> {
    let modulus = [vec![0], vec![0xc5; octets]].concat();
    let key = tlv(0x30, &[tlv(0x02, &modulus), tlv(0x02, exponent)].concat());
    tlv(0x30, &[RSA, &tlv(0x03, &[vec![0], key].concat())].concat())
}
