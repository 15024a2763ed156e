//! Keys: generated, found, fit, signing.

use keyrite::port::{RandomSource as _, Signer as _, SignerError};
use keyrite::token::{Error, KeyAttributes, Pkcs11Uri, TokenSession};
use keyrite::x509::algorithm::{Curve, Digest, KeyAlgorithm, SignatureAlgorithm};
use keyrite::x509::verify::verify_twice;

use super::opening::{options, right_pin, session, uri};
use super::support::softhsm::{Token, Tokens};

const P256: KeyAlgorithm = KeyAlgorithm::Ec(Curve::P256);

#[test]
fn every_algorithm_is_generated_read_back_and_signs() {
    let token = Token::new("every-algorithm");
    for algorithm in classical() {
        let label = format!("key-{algorithm}");
        let made = session(&token).generate(algorithm, &label, None).unwrap();
        assert_eq!(made.algorithm(), Some(algorithm));
        assert_eq!(made.id.len(), 16);
        // For signatures alone; SoftHSM's own default for the others is true.
        let KeyAttributes { sign, decrypt, unwrap, derive, .. } = made.attributes;
        assert_eq!([sign, decrypt, unwrap, derive], [Some(true), Some(false), Some(false), Some(false)]);

        // Another process sees the same key, by its exact URI and by its label alone.
        let session = session(&token);
        let found = session.find_key(&made.uri).unwrap();
        assert_eq!(found.public_key, made.public_key);
        assert_eq!(session.requirements().doubts(&found.attributes), []);
        let mut signer = session.signer(&uri(&token.key_uri(&label))).unwrap();
        let all = SignatureAlgorithm::all();
        let ours =
            all.filter(|one| algorithm.signs_with(*one) && !matches!(one, SignatureAlgorithm::RsaPss(_)));
        for wanted in ours {
            let signature = signer.sign(wanted, &[b"to be signed"]).pop().unwrap().unwrap();
            verify_twice(signer.public_key(), wanted, b"to be signed", signature.as_bytes()).unwrap();
        }
    }
    assert_eq!(session(&token).keys().unwrap().len(), classical().count());
}

/// The algorithms for which SoftHSM has mechanisms that keyrite asks for.
fn classical() -> impl Iterator<Item = KeyAlgorithm> {
    KeyAlgorithm::GENERATED
        .into_iter()
        .filter(|algorithm| matches!(algorithm, KeyAlgorithm::Ec(_) | KeyAlgorithm::Rsa { .. }))
}

#[test]
fn a_batch_is_answered_in_order_far_beyond_the_window() {
    let token = Token::new("batch");
    let session = session(&token);
    session.generate(P256, "signer", None).unwrap();
    let mut signer = session.signer(&uri(&token.key_uri("signer"))).unwrap();
    let algorithm = P256.signature_algorithm();
    let messages: Vec<Vec<u8>> = (0..200_u8).map(|number| vec![number; 1000]).collect();
    let borrowed: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let signatures = signer.sign(algorithm, &borrowed);
    assert_eq!(signatures.len(), messages.len());
    for (message, signature) in messages.iter().zip(signatures) {
        verify_twice(signer.public_key(), algorithm, message, signature.unwrap().as_bytes()).unwrap();
    }
}

#[test]
fn an_algorithm_of_another_kind_of_key_is_refused_without_asking() {
    let token = Token::new("other-kind");
    let session = session(&token);
    session.generate(P256, "signer", None).unwrap();
    let mut signer = session.signer(&uri(&token.key_uri("signer"))).unwrap();
    let results = signer.sign(SignatureAlgorithm::Ecdsa(Digest::Sha384), &[b"one", b"two"]);
    assert!(matches!(results.as_slice(), [Err(SignerError::Failed(_)), Err(SignerError::NotAttempted)]));
    // The session is as good as before.
    assert!(signer.sign(P256.signature_algorithm(), &[b"one"])[0].is_ok());
}

/// SoftHSM has no hash-and-sign for ECDSA, but for RSA it has both: without the raw one the other is used.
#[test]
fn rsa_signs_by_hash_and_sign_where_the_raw_mechanism_is_missing() {
    let token = Tokens::without_mechanisms("hash-and-sign", "CKM_RSA_PKCS");
    let session = session(&token);
    session.generate(KeyAlgorithm::Rsa { bits: 2048 }, "signer", None).unwrap();
    let mut signer = session.signer(&uri(&token.key_uri("signer"))).unwrap();
    let algorithm = SignatureAlgorithm::RsaPkcs1(Digest::Sha384);
    let signature = signer.sign(algorithm, &[b"message"]).pop().unwrap().unwrap();
    verify_twice(signer.public_key(), algorithm, b"message", signature.as_bytes()).unwrap();
}

#[test]
fn label_and_id_must_be_unused() {
    let token = Token::new("taken");
    let session = session(&token);
    session.generate(P256, "first", Some(&[1, 2, 3])).unwrap();
    let error = session.generate(P256, "first", None).unwrap_err();
    assert_eq!(error.to_string(), "label \"first\" is taken in token \"taken\"");
    let error = session.generate(P256, "second", Some(&[1, 2, 3])).unwrap_err();
    assert_eq!(error.to_string(), "id 010203 is taken in token \"taken\"");
    assert!(matches!(session.generate(P256, "", None), Err(Error::KeyName { what: "label", .. })));
    assert_eq!(session.keys().unwrap().len(), 1);
}

#[test]
fn a_missing_key_lists_those_that_are_there() {
    let token = Token::new("missing-key");
    let session = session(&token);
    let error = session.find_key(&uri(&token.key_uri("other"))).unwrap_err();
    assert_eq!(error.hint().unwrap(), "the token holds no key");
    let made = session.generate(P256, "only", None).unwrap();
    let error = session.find_key(&uri(&token.key_uri("other"))).unwrap_err();
    assert_eq!(error.to_string(), "no key \"other\" in token \"missing-key\"");
    assert_eq!(error.hint().unwrap(), format!("keys present: {}", made.uri));
    let error = session.find_key(&uri("pkcs11:type=cert")).unwrap_err();
    assert_eq!(error.to_string(), "the URI names an object of type cert, wanted a key");
}

/// Two keys of one label, made with another program.
#[test]
fn an_ambiguous_key_lists_the_candidates() {
    let token = Token::new("ambiguous-key");
    for id in ["01", "02"] {
        let made = token
            .pkcs11_tool()
            .args(["--keypairgen", "--key-type", "EC:prime256v1", "--label", "twin", "--id", id])
            .args(["--usage-sign", "--sensitive"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    }
    let session = session(&token);
    let error = session.signer(&uri(&token.key_uri("twin"))).unwrap_err();
    assert_eq!(error.to_string(), "2 keys are \"twin\" in token \"ambiguous-key\"");
    assert!(error.hint().unwrap().contains("id=%01"));
    assert!(error.hint().unwrap().contains("id=%02"));
    session.signer(&uri(&format!("{};id=%02", token.key_uri("twin")))).unwrap();
}

/// `pkcs11-tool --extractable` makes what no CA should use.
#[test]
fn an_extractable_key_is_not_fit() {
    let token = Token::new("extractable");
    let made = token
        .pkcs11_tool()
        .args(["--keypairgen", "--key-type", "EC:prime256v1", "--label", "weak", "--id", "01"])
        .args(["--usage-sign", "--extractable"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let error = session(&token).signer(&uri(&token.key_uri("weak"))).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("key \"weak\" is not fit for a CA: CKA_"), "{text}");
}

/// The public key object of another pair under the private key's id: the proof notices.
#[test]
fn halves_that_do_not_belong_together_are_noticed() {
    let token = Token::new("mixed-halves");
    let first = session(&token);
    first.generate(P256, "one", Some(&[1])).unwrap();
    first.generate(P256, "two", Some(&[2])).unwrap();
    drop(first);
    let tool = |arguments: &[&str]| {
        let output = token.pkcs11_tool().args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    tool(&["--delete-object", "--type", "pubkey", "--id", "01"]);
    tool(&["--set-id", "01", "--type", "pubkey", "--id", "02"]);
    let session = session(&token);
    let error = session.signer(&uri(&token.key_uri("one"))).unwrap_err();
    assert!(matches!(error, Error::Unproven { .. }), "{error}");
}

/// SoftHSM's private EC objects do not tell the point, its private RSA objects tell the modulus. What a
/// certificate tells serves as well, and is proven by a signature.
#[test]
fn a_public_key_object_is_not_needed_for_rsa_nor_with_a_certificate() {
    let token = Token::new("no-public");
    session(&token).generate(KeyAlgorithm::Rsa { bits: 2048 }, "rsa", Some(&[1])).unwrap();
    let ec = session(&token).generate(P256, "ec", Some(&[2])).unwrap().public_key.unwrap();
    let another = session(&token).generate(P256, "another", Some(&[3])).unwrap().public_key.unwrap();
    for id in ["01", "02"] {
        let output =
            token.pkcs11_tool().args(["--delete-object", "--type", "pubkey", "--id", id]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let session = session(&token);
    session.signer(&uri(&token.key_uri("rsa"))).unwrap();
    let error = session.signer(&uri(&token.key_uri("ec"))).unwrap_err();
    assert_eq!(error.to_string(), "key \"ec\" cannot be used: the token holds no public key for it");
    let found = |known| session.find_key_of(&uri(&token.key_uri("ec")), known).unwrap();
    let signer = session.signer_with(found(&ec)).unwrap();
    assert_eq!(signer.key().public_key.as_ref(), Ok(&ec));
    let error = session.signer_with(found(&another)).unwrap_err();
    assert!(matches!(error, Error::Unproven { .. }), "{error}");
}

/// Two keys of one label, or a URI that names only the token: the certificate's public key says which.
#[test]
fn a_key_is_found_by_the_public_key_of_a_certificate() {
    let token = Token::new("by-public-key");
    let one = session(&token).generate(P256, "one", Some(&[1])).unwrap();
    let two = session(&token).generate(P256, "two", Some(&[2])).unwrap();
    let renamed =
        token.pkcs11_tool().args(["--set-id", "01", "--type", "privkey", "--id", "01"]).output().unwrap();
    assert!(renamed.status.success(), "{renamed:?}");
    let session = session(&token);
    for key in [&one, &two] {
        let known = key.public_key.as_ref().unwrap();
        let found = session.find_key_of(&uri(&token.uri()), known).unwrap();
        assert_eq!(found.label, key.label);
        session.signer_with(found).unwrap();
    }
    let stranger = Token::new("stranger");
    let other = super::opening::session(&stranger).generate(P256, "other", None).unwrap();
    let error = session.find_key_of(&uri(&token.uri()), other.public_key.as_ref().unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "no key in token \"by-public-key\" belongs to the certificate");
}

#[test]
fn random_octets_come_and_differ() {
    let token = Token::new("random");
    let mut random = session(&token).random().unwrap();
    let mut draws = Vec::new();
    for _ in 0..50 {
        let mut out = [0; 20];
        random.fill(&mut out).unwrap();
        draws.push(out);
    }
    assert_eq!(random.token_has_none(), None);
    draws.sort_unstable();
    draws.dedup();
    assert_eq!(draws.len(), 50);
}

#[test]
fn signers_and_random_share_one_session() {
    let token = Token::new("shared");
    let session = session(&token);
    session.generate(P256, "one", None).unwrap();
    let mut one = session.signer(&uri(&token.key_uri("one"))).unwrap();
    // A session that may write is opened meanwhile: the handle of the first key stays good.
    let read_only = TokenSession::open(&options(&token), &uri(&token.uri()), right_pin(&token)).unwrap();
    let mut early = read_only.signer(&uri(&token.key_uri("one"))).unwrap();
    read_only.generate(P256, "two", None).unwrap();
    let mut two = read_only.signer(&uri(&token.key_uri("two"))).unwrap();
    drop(session);
    for signer in [&mut one, &mut early, &mut two] {
        let algorithm = P256.signature_algorithm();
        let signature = signer.sign(algorithm, &[b"message"]).pop().unwrap().unwrap();
        verify_twice(signer.public_key(), algorithm, b"message", signature.as_bytes()).unwrap();
    }
    assert_eq!(Pkcs11Uri::of_token(read_only.token()), read_only.token().uri());
}
