//! Public keys: the forms that certificates carry, and every way to fall short of them.

use keyrite::port::Signer as _;
use keyrite::x509::algorithm::{Curve, KeyAlgorithm};
use keyrite::x509::spki::{PublicKey, SpkiError};

use super::der::{bits, oid, sequence, tlv};
use super::software::SoftwareKey;

const EC: &str = "2a8648ce3d0201";
const P256: &str = "2a8648ce3d030107";
const RSA: &str = "2a864886f70d010101";

fn ec(identifier: &[u8], point: &[u8]) -> Result<PublicKey, SpkiError> {
    PublicKey::from_spki_der(&sequence(&[identifier, &bits(point)]))
}

fn named_p256() -> Vec<u8> {
    sequence(&[&oid(EC), &oid(P256)])
}

fn point() -> Vec<u8> {
    SoftwareKey::load("ec-p256").public_key().key_octets().to_vec()
}

#[test]
fn every_key_is_the_same_whether_it_comes_from_a_token_or_from_openssl() {
    for algorithm in KeyAlgorithm::GENERATED {
        let bench = super::openssl::Bench::new();
        let key = format!("{}/tests/vectors/keys/{algorithm}.pem", env!("CARGO_MANIFEST_DIR"));
        bench.openssl_ok(&["pkey", "-in", &key, "-pubout", "-outform", "DER", "-out", "public.der"]);
        let theirs = std::fs::read(bench.path("public.der")).unwrap();
        let ours = SoftwareKey::of(algorithm);
        assert_eq!(hex::encode(ours.public_key().as_der()), hex::encode(&theirs), "{algorithm}");
        assert_eq!(PublicKey::from_spki_der(&theirs).unwrap().algorithm(), algorithm);
    }
}

#[test]
fn points_that_are_not_uncompressed_points_of_their_curve_are_refused() {
    let good = point();
    let mut off_curve = good.clone();
    off_curve[64] ^= 1;
    let compressed = [&[0x02 | (good[64] & 1)], &good[1..33]].concat();
    let hybrid = [&[0x06 | (good[64] & 1)], &good[1..]].concat();
    let mut coordinate_too_large = good.clone();
    coordinate_too_large[1..33].fill(0xff);
    assert!(ec(&named_p256(), &good).is_ok());
    for (what, octets) in [
        ("off the curve", off_curve),
        ("compressed", compressed),
        ("hybrid", hybrid),
        ("infinity", vec![0]),
        ("a coordinate above the prime", coordinate_too_large),
        ("zero", [&[4][..], &[0; 64]].concat()),
        ("too short", good[..64].to_vec()),
        ("too long", [&good[..], &[0]].concat()),
        ("empty", vec![]),
        ("of P-384", SoftwareKey::load("ec-p384").public_key().key_octets().to_vec()),
    ] {
        assert_eq!(ec(&named_p256(), &octets), Err(SpkiError::Point { curve: Curve::P256 }), "{what}");
    }
}

#[test]
fn parameters_other_than_a_named_curve_are_refused() {
    let good = point();
    let explicit = sequence(&[&oid(EC), &sequence(&[&[0x02, 0x01, 0x01]])]);
    for (what, identifier) in [
        ("explicit parameters", explicit),
        ("no parameters", sequence(&[&oid(EC)])),
        ("NULL", sequence(&[&oid(EC), &[0x05, 0x00]])),
        ("secp256k1", sequence(&[&oid(EC), &oid("2b8104000a")])),
        ("P-224", sequence(&[&oid(EC), &oid("2b81040021")])),
        ("something after the curve", sequence(&[&oid(EC), &oid(P256), &[0x05, 0x00]])),
        ("id-ecDH", sequence(&[&oid("2b8104010c"), &oid(P256)])),
    ] {
        assert!(matches!(ec(&identifier, &good), Err(SpkiError::Algorithm { .. })), "{what}");
    }
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey, SpkiError> {
    PublicKey::from_rsa(modulus, exponent)
}

#[test]
fn rsa_numbers_out_of_range_are_refused() {
    let odd = |octets: usize| {
        let mut modulus = vec![0x55; octets];
        modulus[0] = 0xd5;
        modulus
    };
    let f4 = [1, 0, 1];
    assert_eq!(rsa(&odd(256), &f4).unwrap().algorithm(), KeyAlgorithm::Rsa { bits: 2048 });
    assert_eq!(
        rsa(&[&[0, 0], &odd(256)[..]].concat(), &f4).unwrap().algorithm(),
        KeyAlgorithm::Rsa { bits: 2048 }
    );
    assert_eq!(rsa(&odd(1024), &f4).unwrap().algorithm(), KeyAlgorithm::Rsa { bits: 8192 });
    let mut short = odd(256);
    short[0] = 0x55;
    let mut uneven = odd(257);
    uneven[0] = 0x01;
    for (modulus, bits) in
        [(uneven, 2049), (odd(128), 1024), (odd(255), 2040), (short, 2047), (odd(1025), 8200)]
    {
        assert_eq!(rsa(&modulus, &f4), Err(SpkiError::Modulus { bits }));
    }
    let mut even = odd(256);
    even[255] = 0x54;
    assert_eq!(rsa(&even, &f4), Err(SpkiError::EvenModulus));
    for exponent in [&[3][..], &[17], &[0xff, 0xff], &[1, 0, 0], &[1, 0, 2], &[0xff; 33]] {
        assert!(matches!(rsa(&odd(256), exponent), Err(SpkiError::Exponent { .. })), "{exponent:?}");
    }
}

#[test]
fn rsa_encodings_that_are_not_der_are_refused() {
    let good = SoftwareKey::load("rsa-2048");
    let octets = good.public_key().key_octets();
    let identifier = sequence(&[&oid(RSA), &[0x05, 0x00]]);
    let spki = |identifier: &[u8], key: &[u8]| PublicKey::from_spki_der(&sequence(&[identifier, &bits(key)]));
    assert_eq!(spki(&identifier, octets).as_ref(), Ok(good.public_key()));
    assert!(spki(&sequence(&[&oid(RSA)]), octets).is_err(), "NULL left out (BR 7.1.3.1.1)");
    assert!(spki(&identifier, &[octets, &[0]].concat()).is_err(), "octets after the key");
    // RSAPublicKey with a modulus that has a second leading zero octet, and a negative one.
    let modulus = &octets[8..8 + 257];
    assert_eq!(modulus[0], 0);
    let key = |modulus: &[u8]| sequence(&[&tlv(0x02, modulus), &[0x02, 0x03, 0x01, 0x00, 0x01]]);
    assert_eq!(key(modulus), octets);
    assert!(spki(&identifier, &key(&[&[0], modulus].concat())).is_err(), "not minimal");
    assert!(spki(&identifier, &key(&modulus[1..])).is_err(), "negative");
    let unused_bit = sequence(&[&identifier, &tlv(0x03, &[&[1], octets].concat())]);
    assert!(PublicKey::from_spki_der(&unused_bit).is_err(), "unused bits");
    let whole = good.public_key().as_der();
    assert!(PublicKey::from_spki_der(&[whole, &[0]].concat()).is_err(), "octets after the end");
}
