//! Encodings: algorithms, signatures and basicConstraints, octet for octet.

use keyrite::port::Signer as _;
use keyrite::x509::algorithm::{Digest, KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::csr::Csr;
use keyrite::x509::extension::{BasicConstraints, Value, oid};
use keyrite::x509::signature::SignatureValue;

use super::fixture::{Act, profile};
use super::software::SoftwareKey;

/// I-37: modules return ECDSA signatures with and without leading zeros, in DER or too short (OpenSC issues 557 and 381, tpm2-pkcs11 277), and RSA
/// signatures shorter than the modulus (OpenSC 1283).
#[test]
fn i37_a_signature_has_exactly_its_length_and_its_integers_are_minimal() {
    for algorithm in KeyAlgorithm::GENERATED {
        let key = SoftwareKey::of(algorithm);
        let signature = algorithm.signature_algorithm();
        let raw = key.raw_signature(signature, b"to be signed");
        assert!(SignatureValue::from_token(key.public_key(), signature, &raw).is_ok(), "{algorithm}");
        for wrong in
            [&raw[1..], &raw[..raw.len() - 1], &[&[0], &raw[..]].concat(), &[&raw[..], &[0]].concat(), &[]]
        {
            let refused = SignatureValue::from_token(key.public_key(), signature, wrong);
            assert!(refused.is_err(), "{algorithm} with {} octets", wrong.len());
        }
    }
    let key = SoftwareKey::load("ec-p256");
    let ecdsa = SignatureAlgorithm::Ecdsa(Digest::Sha256);
    for (r, s, der) in [
        ("00".repeat(31) + "01", "00".repeat(31) + "7f", "302402010102017f".replace("3024", "3006")),
        ("00".repeat(30) + "0080", "00".repeat(31) + "80", "3008020200800202 0080".replace(' ', "")),
        (
            "80".to_owned() + &"00".repeat(31),
            "7f".to_owned() + &"00".repeat(31),
            format!(
                "3045022100{}0220{}",
                "80".to_owned() + &"00".repeat(31),
                "7f".to_owned() + &"00".repeat(31)
            ),
        ),
    ] {
        let raw = hex::decode(r + &s).unwrap();
        let value = SignatureValue::from_token(key.public_key(), ecdsa, &raw).unwrap();
        assert_eq!(hex::encode(value.as_bytes()), der);
    }
}

/// I-39: AlgorithmIdentifiers of RSA without NULL, of ECDSA with NULL, and of PSS with an odd salt or another mask stand in the wild.
#[test]
fn i39_an_algorithm_is_written_in_one_way_and_read_in_no_other() {
    for (der, found) in [
        ("300c06082a8648ce3d0403020500", "ECDSA with SHA-256 with other parameters than it has, wanted none"),
        (
            "300b06092a864886f70d01010b",
            "RSA PKCS#1 v1.5 with SHA-256 with other parameters than it has, wanted NULL",
        ),
        ("300706032b65700500", "Ed25519 with other parameters than it has, wanted none"),
    ] {
        let error = SignatureAlgorithm::from_identifier_der(&hex::decode(der).unwrap()).unwrap_err();
        assert_eq!(error.found, found);
    }
    for vector in ["rsa-pss-salt", "rsa-pss-mgf1", "rsa-pss-sha224", "rsa-pss-key"] {
        assert!(read(vector).is_err(), "{vector}");
    }
    // What is signed has one of the strings of BR 7.1.3.2, or that of its own standard.
    for algorithm in KeyAlgorithm::GENERATED {
        let identifier = algorithm.signature_algorithm().identifier_der();
        assert_eq!(SignatureAlgorithm::from_identifier_der(identifier), Ok(algorithm.signature_algorithm()));
    }
}

/// I-40: basicConstraints that are not critical, that say no CA and have a path length, or that spell out the default (WoSign, and the
/// public test suites).
#[test]
fn i40_basic_constraints_have_one_form_for_each_meaning() {
    let written = |act: Act| {
        let approved = act.decide().unwrap();
        let found =
            approved.extensions().iter().find(|one| one.value.oid() == oid::BASIC_CONSTRAINTS).cloned();
        found.map(|extension| (extension.critical, hex::encode(extension.value.to_der().unwrap())))
    };
    assert_eq!(written(Act::root()), Some((true, "30030101ff".to_owned())));
    assert_eq!(written(Act::intermediate()), Some((true, "30060101ff020100".to_owned())));
    assert_eq!(written(Act::server()), None);
    let said = [("[extensions.keyUsage]", "[extensions.basicConstraints]\n\n[extensions.keyUsage]")];
    let leaf = Act::server().but(|act| act.profile = profile("tls-server", &said));
    assert_eq!(written(leaf), Some((true, "3000".to_owned())));
    // Others may write more: it is recognized as what it is, and never as a CA.
    for der in ["3003010100", "3003020100", "30060101ff0201ff", "30060101010201ff"] {
        let value = Value::from_der(oid::BASIC_CONSTRAINTS, &hex::decode(der).unwrap());
        let ca = matches!(value, Value::BasicConstraints(BasicConstraints { ca: true, .. }));
        assert!(!ca, "{der}: {value}");
    }
}

fn read(vector: &str) -> Result<Csr, keyrite::x509::csr::CsrError> {
    let path = format!("{}/tests/vectors/requests/{vector}.pem", env!("CARGO_MANIFEST_DIR"));
    Csr::parse(&std::fs::read(path).unwrap())
}

/// I-44: a certificate of a CA that nobody had issued, from a collision of MD5 and numbers that could be foreseen (2008); SHA-1 after
/// that.
#[test]
fn i44_there_is_no_md5_and_no_sha_1() {
    assert_eq!(Digest::ALL.map(|digest| digest.to_string()), ["SHA-256", "SHA-384", "SHA-512"]);
    for (vector, words) in [
        ("rsa-md5", "unsupported signature algorithm: RSA with MD5, which is broken"),
        ("rsa-sha1", "unsupported signature algorithm: RSA with SHA-1, which is broken"),
        ("ecdsa-sha1", "unsupported signature algorithm: ECDSA with SHA-1, which is broken"),
    ] {
        assert_eq!(read(vector).unwrap_err().to_string(), words);
    }
}
