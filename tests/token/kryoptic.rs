//! Against kryoptic: another interface, other mechanisms and other spellings of the same keys than SoftHSM's.

use keyrite::port::{Signer as _, SignerError};
use keyrite::token::{Error, MlDsaMechanisms, PinProvider, PinSource, TokenSession, list};
use keyrite::x509::algorithm::{Curve, KeyAlgorithm, MlDsaParameterSet, SignatureAlgorithm};
use keyrite::x509::verify::verify_twice;

use super::opening::{launch, options, right_pin, session, uri};
use super::support::fault_module;
use super::support::kryoptic::Kind;
use super::support::tokens::Tokens;

const P256: KeyAlgorithm = KeyAlgorithm::Ec(Curve::P256);
const ML_DSA_65: KeyAlgorithm = KeyAlgorithm::MlDsa(MlDsaParameterSet::MlDsa65);

/// Makes a key of every algorithm, finds each again in a new session, and signs with it in every way that a CA may.
fn every_algorithm(kind: Kind) {
    let token = Tokens::kryoptic(kind, "every-algorithm");
    let making = session(&token);
    for algorithm in KeyAlgorithm::GENERATED {
        let made = making.generate(algorithm, &format!("key-{algorithm}"), None).unwrap();
        assert_eq!(made.algorithm(), Some(algorithm));
    }
    let made = making.keys().unwrap();
    assert_eq!(made.len(), KeyAlgorithm::GENERATED.len());
    drop(making);

    let session = session(&token);
    for made in made {
        let algorithm = made.algorithm().unwrap();
        let found = session.find_key(&made.uri).unwrap();
        assert_eq!(found.public_key, made.public_key);
        assert_eq!(session.requirements().doubts(&found.attributes), [], "{algorithm}");
        assert_eq!(found.attributes, made.attributes);
        let mut signer = session.signer(&uri(&token.key_uri(&format!("key-{algorithm}")))).unwrap();
        for wanted in SignatureAlgorithm::all().filter(|wanted| algorithm.signs_with(*wanted)) {
            let messages = [&b"to be signed"[..], &[7; 10_000]];
            for (message, signature) in messages.into_iter().zip(signer.sign(wanted, &messages)) {
                let signature = signature.unwrap_or_else(|error| panic!("{wanted}: {error:?}"));
                verify_twice(signer.public_key(), wanted, message, signature.as_bytes()).unwrap();
            }
        }
    }
}

/// So that the tests below test what their names say.
#[test]
fn each_kind_of_module_offers_what_it_is_named_for() {
    let [digests, hashing] =
        [["ECDSA", "RSA-PKCS", "RSA-PKCS-PSS"], ["ECDSA-SHA384", "SHA384-RSA-PKCS", "SHA384-RSA-PKCS-PSS"]];
    for (kind, offers_digests, offers_hashing, point) in [
        (Kind::Whole, true, true, 32),
        (Kind::HashAndSign, false, true, 32),
        (Kind::Raw, true, false, 32),
        (Kind::WrappedPoints, true, true, 34),
    ] {
        let token = Tokens::kryoptic(kind, "kind");
        let said = token.pkcs11_tool().arg("--list-mechanisms").output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let offered =
            |name: &str| said.lines().any(|line| line.trim_start().starts_with(&format!("{name},")));
        assert_eq!(digests.map(offered), [offers_digests; 3], "{kind:?}: {said}");
        assert_eq!(hashing.map(offered), [offers_hashing; 3], "{kind:?}: {said}");
        session(&token).generate(KeyAlgorithm::Ed25519, "point", None).unwrap();
        let read = token.pkcs11_tool().args(["--list-objects", "--type", "pubkey"]).output().unwrap();
        let read = String::from_utf8(read.stdout).unwrap();
        let (_, after) = read.split_once("EC_POINT:").unwrap_or_else(|| panic!("{read}"));
        assert_eq!(after.split_whitespace().next().unwrap().len(), 2 * point, "{kind:?}: {read}");
    }
}

#[test]
fn every_algorithm_signs_with_all_mechanisms() {
    every_algorithm(Kind::Whole);
}

#[test]
fn every_algorithm_signs_where_only_hash_and_sign_is_offered() {
    every_algorithm(Kind::HashAndSign);
}

#[test]
fn every_algorithm_signs_where_only_digests_are_signed() {
    every_algorithm(Kind::Raw);
}

#[test]
fn every_algorithm_signs_where_points_are_wrapped() {
    every_algorithm(Kind::WrappedPoints);
}

#[test]
fn tokens_are_listed_with_their_exact_uris() {
    let mut tokens = Tokens::kryoptic(Kind::Whole, "first");
    tokens.add("second");
    let listed = list(&launch(&tokens), &tokens.module()).unwrap();
    let labels: Vec<&str> = listed.iter().map(|token| token.label.as_str()).collect();
    assert_eq!(labels, ["first", "second"]);
    for token in &listed {
        let opened = TokenSession::open(&options(&tokens), &token.uri(), right_pin(&tokens)).unwrap();
        assert_eq!(opened.token().slot_id, token.slot_id);
    }
}

/// kryoptic warns of nothing before the sixth wrong PIN, and locks at the tenth: here it is asked for one only.
#[test]
fn a_wrong_pin_is_tried_once() {
    let token = Tokens::kryoptic(Kind::Whole, "wrong-pin");
    let launched = || {
        fault_module::environment(&token, "")
            .into_iter()
            .fold(launch(&token), |launch, (name, value)| launch.environment(name, value))
    };
    let through = keyrite::token::SessionOptions {
        launch: launched(),
        ..keyrite::token::SessionOptions::new(fault_module::path())
    };
    let wrong = PinSource::File(token.write_private("wrong", "not-the-pin-4711\n"));
    let session = TokenSession::open(&through, &uri(&token.uri()), PinProvider::unattended(wrong)).unwrap();
    let error = session.login().unwrap_err();
    assert_eq!(error.to_string(), "wrong PIN for token \"wrong-pin\"");
    assert!(matches!(session.login().unwrap_err(), Error::LoginSpent { .. }));
    assert_eq!(fault_module::calls(&token, "C_Login"), 1);
    super::opening::session(&token).login().unwrap();
}

/// The private key tells its public half by `CKA_PUBLIC_KEY_INFO`; of ML-DSA as well.
#[test]
fn a_public_key_object_is_not_needed() {
    let token = Tokens::kryoptic(Kind::Whole, "no-public");
    let algorithms = [P256, KeyAlgorithm::Ed25519, KeyAlgorithm::Rsa { bits: 2048 }, ML_DSA_65];
    let made: Vec<_> = (1_u8..)
        .zip(algorithms)
        .map(|(id, algorithm)| {
            session(&token).generate(algorithm, &algorithm.to_string(), Some(&[id])).unwrap()
        })
        .collect();
    for key in &made {
        let id = hex::encode(&key.id);
        let gone =
            token.pkcs11_tool().args(["--delete-object", "--type", "pubkey", "--id", &id]).output().unwrap();
        assert!(gone.status.success(), "{gone:?}");
    }
    let session = session(&token);
    for key in &made {
        let known = key.public_key.as_ref().unwrap();
        let found = session.find_key_of(&uri(&token.key_uri(&key.label)), known).unwrap();
        session.signer_with(found).unwrap_or_else(|error| panic!("{}: {error:?}", key.label));
        let signer = session.signer(&key.uri).unwrap_or_else(|error| panic!("{}: {error:?}", key.label));
        assert_eq!(signer.public_key(), known);
    }
}

#[test]
fn a_key_is_found_by_the_public_key_of_its_certificate() {
    for kind in [Kind::Whole, Kind::WrappedPoints] {
        let token = Tokens::kryoptic(kind, "by-public-key");
        let session = session(&token);
        let made: Vec<_> = [P256, KeyAlgorithm::Ed448, ML_DSA_65]
            .into_iter()
            .map(|algorithm| session.generate(algorithm, &algorithm.to_string(), None).unwrap())
            .collect();
        for key in &made {
            let found = session.find_key_of(&uri(&token.uri()), key.public_key.as_ref().unwrap()).unwrap();
            assert_eq!((found.id, found.label), (key.id.clone(), key.label.clone()));
        }
    }
}

/// A key that wants the PIN for each signature (`CKA_ALWAYS_AUTHENTICATE`), made by another program.
#[test]
fn a_key_that_wants_the_pin_each_time_gets_it_once_per_signature() {
    let token = Tokens::kryoptic(Kind::Whole, "always");
    let made = token
        .pkcs11_tool()
        .args(["--keypairgen", "--key-type", "EC:prime256v1", "--label", "always", "--id", "01"])
        .args(["--usage-sign", "--sensitive", "--always-auth"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let launched = fault_module::environment(&token, "")
        .into_iter()
        .fold(launch(&token), |launch, (name, value)| launch.environment(name, value));
    let through = keyrite::token::SessionOptions {
        launch: launched,
        ..keyrite::token::SessionOptions::new(fault_module::path())
    };
    let session = TokenSession::open(&through, &uri(&token.uri()), right_pin(&token)).unwrap();
    let mut signer = session.signer(&uri(&token.key_uri("always"))).unwrap();
    assert!(signer.key().always_authenticates());
    let results = signer.sign(P256.signature_algorithm(), &[b"one", b"two", b"three"]);
    for (message, signature) in [&b"one"[..], b"two", b"three"].into_iter().zip(results) {
        let signature = signature.unwrap();
        verify_twice(signer.public_key(), P256.signature_algorithm(), message, signature.as_bytes()).unwrap();
    }
    let signatures = fault_module::calls(&token, "C_Sign");
    assert_eq!(signatures, 4, "the proof of the pair, and three messages");
    assert_eq!(fault_module::calls(&token, "C_Login"), 1 + signatures);
}

/// `CKA_ALLOWED_MECHANISMS` narrows a key to what it names; keyrite shows it and signs with that.
#[test]
fn a_key_with_allowed_mechanisms_signs_with_one_of_them() {
    const ECDSA_SHA256: u64 = 0x1044;
    let token = Tokens::kryoptic(Kind::Whole, "allowed");
    let made = token
        .pkcs11_tool()
        .args(["--keypairgen", "--key-type", "EC:prime256v1", "--label", "narrow", "--id", "01"])
        .args(["--usage-sign", "--sensitive", "--allowed-mechanisms", "ECDSA-SHA256"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let session = session(&token);
    let key = session.find_key(&uri(&token.key_uri("narrow"))).unwrap();
    assert_eq!(key.attributes.allowed_mechanisms, Some(vec![ECDSA_SHA256]));
    let mut signer = session.signer_with(key).unwrap();
    let signature = signer.sign(P256.signature_algorithm(), &[b"message"]).pop().unwrap().unwrap();
    verify_twice(signer.public_key(), P256.signature_algorithm(), b"message", signature.as_bytes()).unwrap();
}

/// kryoptic takes at most 1 MiB of a message that it signs itself. What is longer is refused by the token, by
/// name and with the cure, and the key is as good as before.
#[test]
fn a_message_that_is_longer_than_the_token_takes_is_refused_by_name() {
    const MOST: usize = 1 << 20;
    let token = Tokens::kryoptic(Kind::Whole, "longest");
    for algorithm in [KeyAlgorithm::Ed25519, KeyAlgorithm::Ed448, ML_DSA_65] {
        let label = algorithm.to_string();
        session(&token).generate(algorithm, &label, None).unwrap();
        let signer = || session(&token).signer(&uri(&token.key_uri(&label))).unwrap();
        let wanted = algorithm.signature_algorithm();
        assert!(signer().sign(wanted, &[&vec![0x30; MOST]])[0].is_ok(), "{algorithm}");
        let mut refused = signer().sign(wanted, &[&vec![0x30; MOST + 1], b"next"]);
        assert!(matches!(refused.pop(), Some(Err(SignerError::NotAttempted))));
        let Some(Err(SignerError::Failed(error))) = refused.pop() else { panic!("{algorithm}: signed") };
        let error = error.downcast::<Error>().unwrap();
        let value = if algorithm == ML_DSA_65 { "DEVICE_ERROR" } else { "TOKEN_RESOURCE_EXCEEDED" };
        let text = format!("the token did not sign 1048577 octets with {wanted}: CKR_{value} from C_Sign");
        assert_eq!(error.to_string(), text);
        let hint = format!("the token's limit is the probable cause: {wanted} signs the message itself");
        assert!(error.hint().unwrap().starts_with(&hint), "{:?}", error.hint());
        assert!(signer().sign(wanted, &[b"short"])[0].is_ok(), "{algorithm}");
    }
}

/// A module from before PKCS#11 3.2 knows ML-DSA by numbers of its vendor, and not by the standard's.
#[test]
fn ml_dsa_has_the_numbers_that_the_vendor_gave_it() {
    const VENDOR: u64 = 0x8000_0000;
    let token = Tokens::kryoptic(Kind::Whole, "renumbered");
    let faults = format!("C_GenerateKeyPair:vendor={VENDOR},C_SignInit:vendor={VENDOR}");
    let opened = |ml_dsa| {
        let launch = fault_module::environment(&token, &faults)
            .into_iter()
            .fold(launch(&token), |launch, (name, value)| launch.environment(name, value));
        let options = keyrite::token::SessionOptions {
            launch,
            ml_dsa,
            ..keyrite::token::SessionOptions::new(fault_module::path())
        };
        TokenSession::open(&options, &uri(&token.uri()), right_pin(&token)).unwrap()
    };
    let standard = MlDsaMechanisms::default();
    let error = opened(standard).generate(ML_DSA_65, "ca", None).unwrap_err();
    assert_eq!(error.to_string(), "CKR_MECHANISM_INVALID from C_GenerateKeyPair");

    let vendor = MlDsaMechanisms { sign: VENDOR + 0x1d, generate: VENDOR + 0x1c };
    let made = opened(vendor).generate(ML_DSA_65, "ca", None).unwrap();
    let mut signer = opened(vendor).signer(&made.uri).unwrap();
    let signature = signer.sign(ML_DSA_65.signature_algorithm(), &[b"message"]).pop().unwrap().unwrap();
    verify_twice(signer.public_key(), ML_DSA_65.signature_algorithm(), b"message", signature.as_bytes())
        .unwrap();
    assert!(opened(standard).signer(&made.uri).is_err());
    assert!(opened(MlDsaMechanisms { generate: vendor.generate, ..standard }).signer(&made.uri).is_err());
}
