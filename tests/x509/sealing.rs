//! Signatures: what a token may return, and what is never put round the octets.

use keyrite::port::Signer as _;
use keyrite::x509::algorithm::{
    Curve, Digest, KeyAlgorithm, MlDsaParameterSet, SignatureAlgorithm, SlhDsaParameterSet,
};
use keyrite::x509::certificate::Certificate;
use keyrite::x509::signature::{SignatureError, SignatureValue};
use keyrite::x509::signed::{SealError, Signed, ToBeSigned, Verification};
use keyrite::x509::spki::PublicKey;
use keyrite::x509::verify::{VerifyError, verify, verify_twice};

use super::build::root_fields;
use super::software::SoftwareKey;

fn tbs(key: &SoftwareKey) -> ToBeSigned<Certificate> {
    let key = key.public_key();
    root_fields(key, key.algorithm().signature_algorithm()).build().unwrap()
}

#[test]
fn a_flipped_bit_anywhere_in_a_signature_is_never_sealed() {
    for algorithm in KeyAlgorithm::GENERATED {
        let key = SoftwareKey::of(algorithm);
        let tbs = tbs(&key);
        let raw = key.raw_signature(tbs.algorithm(), tbs.as_der());
        let seal = |raw: &[u8], look| {
            let value = SignatureValue::from_token(key.public_key(), tbs.algorithm(), raw).unwrap();
            Signed::seal(&tbs, &value, key.public_key(), look).map(|_| ())
        };
        for at in [0, raw.len() / 2 - 1, raw.len() / 2, raw.len() - 1] {
            let mut flipped = raw.clone();
            flipped[at] ^= 0x04;
            for look in [Verification::Once, Verification::Twice] {
                let wanted = SealError::Signature(VerifyError::Signature { key: algorithm });
                assert_eq!(seal(&flipped, look), Err(wanted), "{algorithm} octet {at}");
            }
        }
        assert_eq!(seal(&raw, Verification::Twice), Ok(()));
    }
}

#[test]
fn another_key_or_other_octets_are_never_sealed() {
    let (mine, other) = (SoftwareKey::load("ec-p256"), SoftwareKey::load("leaf-p256"));
    let tbs = tbs(&mine);
    let value = |key: &SoftwareKey, message: &[u8]| {
        let raw = key.raw_signature(tbs.algorithm(), message);
        SignatureValue::from_token(key.public_key(), tbs.algorithm(), &raw).unwrap()
    };
    let wanted = Some(SealError::Signature(VerifyError::Signature { key: KeyAlgorithm::Ec(Curve::P256) }));
    let seal =
        |value: &SignatureValue| Signed::seal(&tbs, value, mine.public_key(), Verification::Twice).err();
    assert_eq!(seal(&value(&other, tbs.as_der())), wanted);
    assert_eq!(seal(&value(&mine, &[tbs.as_der(), &[0]].concat())), wanted);
    assert_eq!(seal(&value(&mine, tbs.as_der())), None);
    // The right signature, but judged under a key of another kind.
    let rsa = SoftwareKey::load("rsa-2048");
    let judged = Signed::seal(&tbs, &value(&mine, tbs.as_der()), rsa.public_key(), Verification::Once);
    assert!(matches!(judged, Err(SealError::Signature(VerifyError::Algorithm { .. }))));
}

#[test]
fn both_implementations_know_every_pair_of_key_and_digest() {
    for (name, algorithms) in [
        ("ec-p256", Digest::ALL.map(SignatureAlgorithm::Ecdsa)),
        ("ec-p384", Digest::ALL.map(SignatureAlgorithm::Ecdsa)),
        ("ec-p521", Digest::ALL.map(SignatureAlgorithm::Ecdsa)),
        ("rsa-3072", Digest::ALL.map(SignatureAlgorithm::RsaPkcs1)),
    ] {
        let bench = super::openssl::Bench::new();
        bench.write("message", "message");
        let path = format!("{}/tests/vectors/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"));
        let key = SoftwareKey::load(name);
        for algorithm in algorithms {
            let digest =
                format!("-{}", algorithm.digest().unwrap().to_string().replace('-', "").to_lowercase());
            bench.openssl_ok(&["dgst", &digest, "-sign", &path, "-out", "signature", "message"]);
            let signature = std::fs::read(bench.path("signature")).unwrap();
            let judged = verify_twice(key.public_key(), algorithm, b"message", &signature);
            assert_eq!(judged, Ok(()), "{name} {algorithm}");
            assert!(verify_twice(key.public_key(), algorithm, b"massage", &signature).is_err());
        }
    }
}

#[test]
fn what_a_token_returns_has_the_exact_length() {
    for algorithm in KeyAlgorithm::GENERATED {
        let key = SoftwareKey::of(algorithm);
        let key = key.public_key();
        let wanted = key.raw_signature_octets();
        for found in [0, 1, wanted - 1, wanted + 1, wanted * 2, 64 + usize::from(wanted == 64)] {
            let value = SignatureValue::from_token(key, algorithm.signature_algorithm(), &vec![1; found]);
            if found != wanted {
                assert_eq!(value, Err(SignatureError::Length { found, wanted }), "{algorithm}");
            }
        }
        assert!(SignatureValue::from_token(key, algorithm.signature_algorithm(), &vec![1; wanted]).is_ok());
    }
}

#[test]
fn ecdsa_halves_become_minimal_integers_and_zero_is_refused() {
    let key = SoftwareKey::load("ec-p256");
    let algorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);
    let value = |r: &[u8], s: &[u8]| {
        let half = |octets: &[u8]| [&vec![0; 32 - octets.len()][..], octets].concat();
        let raw = [half(r), half(s)].concat();
        SignatureValue::from_token(key.public_key(), algorithm, &raw)
            .map(|value| hex::encode(value.as_bytes()))
    };
    assert_eq!(value(&[1], &[0x7f]).unwrap(), "300602010102017f");
    assert_eq!(value(&[0x80], &[1, 0]).unwrap(), "300802020080".to_owned() + "02020100");
    let full = value(&[0xff; 32], &[0x7f; 32]).unwrap();
    assert_eq!(full, format!("3045022100{}0220{}", "ff".repeat(32), "7f".repeat(32)));
    assert_eq!(value(&[], &[1]), Err(SignatureError::Zero));
    assert_eq!(value(&[1], &[]), Err(SignatureError::Zero));
}

#[test]
fn a_key_that_cannot_have_signed_is_named() {
    let key = SoftwareKey::load("ec-p384");
    let wrong = SignatureAlgorithm::Ecdsa(Digest::Sha256);
    let value = SignatureValue::from_token(key.public_key(), wrong, &[1; 96]);
    assert_eq!(
        value,
        Err(SignatureError::Algorithm { key: KeyAlgorithm::Ec(Curve::P384), algorithm: wrong })
    );
    let rsa = SignatureAlgorithm::RsaPkcs1(Digest::Sha384);
    assert!(matches!(verify(key.public_key(), rsa, b"", &[]), Err(VerifyError::Algorithm { .. })));
}

#[test]
fn ecdsa_signatures_in_ber_do_not_verify() {
    let key = SoftwareKey::load("ec-p256");
    let algorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);
    let raw = key.raw_signature(algorithm, b"message");
    let value = SignatureValue::from_token(key.public_key(), algorithm, &raw).unwrap();
    let der = value.as_bytes();
    assert_eq!(verify_twice(key.public_key(), algorithm, b"message", der), Ok(()));
    let long_length = [&[0x30, 0x81], &der[1..]].concat();
    let trailing = [der, &[0]].concat();
    for (what, octets) in [("a long length", long_length), ("octets after the end", trailing), ("raw", raw)] {
        let judged = verify_twice(key.public_key(), algorithm, b"message", &octets);
        assert!(matches!(judged, Err(VerifyError::Signature { .. })), "{what}: {judged:?}");
    }
}

#[test]
fn nothing_but_zeros_is_no_signature_of_any_algorithm() {
    for algorithm in KeyAlgorithm::GENERATED {
        let key = SoftwareKey::of(algorithm);
        let octets = key.public_key().raw_signature_octets();
        for signature in SignatureAlgorithm::all().filter(|one| algorithm.signs_with(*one)) {
            let value = SignatureValue::from_token(key.public_key(), signature, &vec![0; octets]);
            assert_eq!(value, Err(SignatureError::AllZero { octets }), "{algorithm}");
        }
    }
}

#[test]
fn pss_has_the_salt_that_its_name_says() {
    let bench = super::openssl::Bench::new();
    bench.write("message", "message");
    let path = format!("{}/tests/vectors/keys/rsa-2048.pem", env!("CARGO_MANIFEST_DIR"));
    let key = SoftwareKey::load("rsa-2048");
    for digest in Digest::ALL {
        let name = format!("-{}", digest.to_string().replace('-', "").to_lowercase());
        let algorithm = SignatureAlgorithm::RsaPss(digest);
        let octets = digest.octets().to_string();
        let own = key.raw_signature(algorithm, b"message");
        assert_eq!(verify_twice(key.public_key(), algorithm, b"message", &own), Ok(()));
        for (salt, wanted) in [(octets.as_str(), true), ("0", false), ("20", false), ("max", false)] {
            let salt = format!("rsa_pss_saltlen:{salt}");
            let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", &salt];
            let files = ["-sign", &path, "-out", "signature", "message"];
            bench.openssl_ok(&[&["dgst", &name][..], &pss, &files].concat());
            let signature = std::fs::read(bench.path("signature")).unwrap();
            // Both say no, so this is no disagreement.
            let refused = VerifyError::Signature { key: KeyAlgorithm::Rsa { bits: 2048 } };
            let wanted = if wanted { Ok(()) } else { Err(refused) };
            assert_eq!(verify_twice(key.public_key(), algorithm, b"message", &signature), wanted, "{salt}");
        }
    }
}

/// RFC 8032 s.7.1 test 1 and s.7.4 "blank".
#[test]
fn the_signatures_of_rfc_8032_verify() {
    for (algorithm, key, signature) in [
        (
            KeyAlgorithm::Ed25519,
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4\
             6bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            KeyAlgorithm::Ed448,
            "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f\
             6cd1fa1abeafe8256180",
            "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d\
             7828c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0\
             f4dbb61149f05a7363268c71d95808ff2e652600",
        ),
    ] {
        let key = PublicKey::from_key_octets(algorithm, &hex::decode(key).unwrap()).unwrap();
        let mut signature = hex::decode(signature).unwrap();
        let judge = |message: &[u8], signature: &[u8]| {
            verify_twice(&key, algorithm.signature_algorithm(), message, signature)
        };
        assert_eq!(judge(b"", &signature), Ok(()), "{algorithm}");
        let refused = Err(VerifyError::Signature { key: algorithm });
        assert_eq!(judge(b"a", &signature), refused, "{algorithm}");
        // s + L would verify too where s is not held to be reduced (RFC 8032 s.5.1.7, s.5.2.7).
        let order = if algorithm == KeyAlgorithm::Ed25519 {
            "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"
        } else {
            "f34458ab92c27823558fc58d72c26c219036d6ae49db4ec4e923ca7cffffffffffffffffffffffffffffffffffffffffffffff\
             ffffffff3f00"
        };
        let order = hex::decode(order).unwrap();
        let half = signature.len() / 2;
        let mut carry = 0;
        for (octet, add) in signature[half..].iter_mut().zip(order) {
            let sum = u16::from(*octet) + u16::from(add) + carry;
            *octet = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert_eq!(judge(b"", &signature), refused, "{algorithm} with s + L");
    }
}

#[test]
fn a_signature_of_slh_dsa_that_nobody_made_is_refused() {
    for set in SlhDsaParameterSet::ALL {
        let algorithm = KeyAlgorithm::SlhDsa(set);
        let octets: Vec<u8> = (0..=250).cycle().take(set.public_key_octets()).collect();
        let key = PublicKey::from_key_octets(algorithm, &octets).unwrap();
        for found in [set.signature_octets(), set.signature_octets() + 1, 0] {
            let signature: Vec<u8> = (0..=250).cycle().take(found).collect();
            let judged = verify(&key, algorithm.signature_algorithm(), b"message", &signature);
            assert_eq!(judged, Err(VerifyError::Signature { key: algorithm }));
        }
        // The signature of a neighbour is one of another algorithm, whatever its octets are.
        let other = KeyAlgorithm::MlDsa(MlDsaParameterSet::MlDsa44).signature_algorithm();
        assert!(matches!(verify(&key, other, b"", &[]), Err(VerifyError::Algorithm { .. })));
    }
}
