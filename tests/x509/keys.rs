//! Public keys: the forms that certificates carry, and every way to fall short of them.

use keyrite::port::Signer as _;
use keyrite::x509::algorithm::{Curve, KeyAlgorithm, MlDsaParameterSet, SlhDsaParameterSet};
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
        bench.openssl_of_ok(
            algorithm,
            &["pkey", "-in", &key, "-pubout", "-outform", "DER", "-out", "public.der"],
        );
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

/// An AlgorithmIdentifier with these parameters.
fn with(kind: &str, parameters: &[u8]) -> Vec<u8> {
    sequence(&[&oid(kind), parameters])
}

fn key_of(identifier: &[u8], octets: &[u8]) -> Result<PublicKey, SpkiError> {
    PublicKey::from_spki_der(&sequence(&[identifier, &bits(octets)]))
}

const ED25519: &str = "2b6570";
const ED448: &str = "2b6571";

/// RFC 8410 s.10.1.
#[test]
fn the_public_key_of_rfc_8410_is_read() {
    let der = super::pem_of("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");
    let key = PublicKey::from_spki_der(&der).unwrap();
    assert_eq!(key.algorithm(), KeyAlgorithm::Ed25519);
    assert_eq!(PublicKey::from_key_octets(KeyAlgorithm::Ed25519, key.key_octets()).unwrap().as_der(), der);
}

#[test]
fn points_of_low_order_and_second_encodings_are_refused() {
    type Refusal = fn(KeyAlgorithm) -> SpkiError;
    let low: Refusal = |algorithm| SpkiError::LowOrder { algorithm };
    let none: Refusal = |algorithm| SpkiError::EdwardsPoint { algorithm };
    let zeros = |octets: usize| "00".repeat(octets);
    let p448 = format!("{}fe{}", "ff".repeat(28), "ff".repeat(27));
    for (algorithm, octets, wanted) in [
        // The eight points of the torsion subgroup of edwards25519, each in its one encoding.
        (KeyAlgorithm::Ed25519, format!("01{}", zeros(31)), low),
        (KeyAlgorithm::Ed25519, format!("ec{}7f", "ff".repeat(30)), low),
        (KeyAlgorithm::Ed25519, zeros(32), low),
        (KeyAlgorithm::Ed25519, format!("{}80", zeros(31)), low),
        (
            KeyAlgorithm::Ed25519,
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".to_owned(),
            low,
        ),
        (
            KeyAlgorithm::Ed25519,
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85".to_owned(),
            low,
        ),
        (
            KeyAlgorithm::Ed25519,
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a".to_owned(),
            low,
        ),
        (
            KeyAlgorithm::Ed25519,
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa".to_owned(),
            low,
        ),
        // y = p and y = p + 1 are not reduced; x = 0 has no sign; 2 is no y of the curve.
        (KeyAlgorithm::Ed25519, format!("ed{}7f", "ff".repeat(30)), none),
        (KeyAlgorithm::Ed25519, format!("ee{}7f", "ff".repeat(30)), none),
        (KeyAlgorithm::Ed25519, format!("01{}80", zeros(30)), none),
        (KeyAlgorithm::Ed25519, format!("02{}", zeros(31)), none),
        // Orders 1, 2, 4 and 4 of edwards448.
        (KeyAlgorithm::Ed448, format!("01{}", zeros(56)), low),
        (KeyAlgorithm::Ed448, format!("fe{}00", &p448[2..]), low),
        (KeyAlgorithm::Ed448, zeros(57), low),
        (KeyAlgorithm::Ed448, format!("{}80", zeros(56)), low),
        // y = p; x = 0 with a sign; bits beside the sign in the last octet.
        (KeyAlgorithm::Ed448, format!("{p448}00"), none),
        (KeyAlgorithm::Ed448, format!("01{}80", zeros(55)), none),
        (KeyAlgorithm::Ed448, format!("01{}01", zeros(55)), none),
    ] {
        let found = PublicKey::from_key_octets(algorithm, &hex::decode(&octets).unwrap());
        assert_eq!(found, Err(wanted(algorithm)), "{octets}");
    }
}

#[test]
fn a_point_outside_the_subgroup_of_the_base_point_is_no_ed448_key() {
    // A sound key and the point of order 2 together: on the curve, not of low order.
    let sound = SoftwareKey::load("ed448");
    let octets: [u8; 57] = sound.public_key().key_octets().try_into().unwrap();
    let point = ed448_goldilocks::CompressedEdwardsY(octets).decompress().unwrap().to_edwards();
    let moved = point.torque().to_affine().compress();
    let found = PublicKey::from_key_octets(KeyAlgorithm::Ed448, moved.as_bytes());
    assert_eq!(found, Err(SpkiError::EdwardsPoint { algorithm: KeyAlgorithm::Ed448 }));
}

#[test]
fn keys_without_parameters_have_none_and_exactly_their_octets() {
    let nist = |arc: u8| format!("6086480165030403{arc:02x}");
    let mut cases = vec![
        (
            KeyAlgorithm::Ed25519,
            ED25519.to_owned(),
            SoftwareKey::load("ed25519").public_key().key_octets().to_vec(),
        ),
        (
            KeyAlgorithm::Ed448,
            ED448.to_owned(),
            SoftwareKey::load("ed448").public_key().key_octets().to_vec(),
        ),
    ];
    for (set, arc) in MlDsaParameterSet::ALL.into_iter().zip(17..) {
        cases.push((KeyAlgorithm::MlDsa(set), nist(arc), vec![1; set.public_key_octets()]));
    }
    for (set, arc) in SlhDsaParameterSet::ALL.into_iter().zip(20..) {
        cases.push((KeyAlgorithm::SlhDsa(set), nist(arc), vec![1; set.public_key_octets()]));
    }
    for (algorithm, kind, octets) in cases {
        let plain = with(&kind, &[]);
        let key = key_of(&plain, &octets).unwrap();
        assert_eq!((key.algorithm(), key.key_octets()), (algorithm, &octets[..]));
        assert_eq!(PublicKey::from_key_octets(algorithm, &octets), Ok(key));
        let wanted = octets.len();
        for found in [0, wanted - 1, wanted + 1] {
            let other = octets.iter().copied().cycle().take(found).collect::<Vec<_>>();
            let error = SpkiError::Octets { algorithm, found, wanted };
            assert_eq!(key_of(&plain, &other), Err(error.clone()));
            assert_eq!(PublicKey::from_key_octets(algorithm, &other), Err(error));
        }
        for parameters in [&[0x05, 0x00][..], &[0x30, 0x00]] {
            let found = key_of(&with(&kind, parameters), &octets);
            assert_eq!(found, Err(SpkiError::Parameters { algorithm }));
        }
    }
}

#[test]
fn keys_that_cannot_be_certified_are_named() {
    for (identifier, wanted) in [
        (with("2b656e", &[]), "unsupported public key algorithm X25519, which cannot sign"),
        (with("608648016503040402", &[]), "unsupported public key algorithm ML-KEM-768, which cannot sign"),
        (
            with("608648016503040321", &[]),
            "unsupported public key algorithm HashML-DSA, wanted pure ML-DSA (RFC 9881 s.8.3)",
        ),
        (
            with(RSA, &[]),
            "unsupported public key algorithm rsaEncryption with other parameters than NULL (BR 7.1.3.1.1)",
        ),
        (
            with("2a864886f70d01010a", &[]),
            "the RSA key is named by id-RSASSA-PSS, wanted rsaEncryption with NULL (BR 7.1.3.1.1)",
        ),
        (
            with(EC, &oid("2b8104000a")),
            "unsupported public key algorithm id-ecPublicKey with another curve than P-256, P-384, P-521, \
             or not by name: AlgorithmIdentifier 301006072a8648ce3d020106052b8104000a",
        ),
    ] {
        assert_eq!(key_of(&identifier, &[1; 32]).unwrap_err().to_string(), wanted);
    }
}

#[test]
fn the_octets_of_a_key_are_those_of_the_algorithm_that_is_said() {
    let rsa = SoftwareKey::load("rsa-2048");
    let octets = rsa.public_key().key_octets();
    let same = PublicKey::from_key_octets(KeyAlgorithm::Rsa { bits: 2048 }, octets);
    assert_eq!(same.as_ref(), Ok(rsa.public_key()));
    let (found, wanted) = (KeyAlgorithm::Rsa { bits: 2048 }, KeyAlgorithm::Rsa { bits: 3072 });
    let other = PublicKey::from_key_octets(wanted, octets);
    assert_eq!(other, Err(SpkiError::OtherAlgorithm { found, wanted }));
    assert_eq!(
        PublicKey::from_key_octets(KeyAlgorithm::Ec(Curve::P256), &point()),
        ec(&named_p256(), &point())
    );
}
