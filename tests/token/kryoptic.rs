//! Against kryoptic: another interface, other mechanisms and other spellings of the same keys than SoftHSM's.

use keyrite::port::Signer as _;
use keyrite::x509::algorithm::KeyAlgorithm;
use keyrite::x509::verify::verify_twice;

use super::opening::{session, uri};
use super::support::kryoptic::Kind;
use super::support::tokens::Tokens;

/// Makes a key of every algorithm, finds each again in a new session, and signs with it in every way a CA does.
fn every_algorithm(kind: Kind) {
    let token = Tokens::kryoptic(kind, "every-algorithm");
    for algorithm in KeyAlgorithm::GENERATED {
        let label = format!("key-{algorithm}");
        let made = session(&token).generate(algorithm, &label, None).unwrap();
        assert_eq!(made.algorithm(), Some(algorithm), "{kind:?}");
        let session = session(&token);
        let found = session.find_key(&made.uri).unwrap();
        assert_eq!(found.public_key, made.public_key, "{algorithm} {kind:?}");
        assert_eq!(session.requirements().doubts(&found.attributes), [], "{algorithm} {kind:?}");
        let mut signer = session.signer(&uri(&token.key_uri(&label))).unwrap();
        let wanted = algorithm.signature_algorithm();
        let signature = signer.sign(wanted, &[b"to be signed"]).pop().unwrap().unwrap();
        verify_twice(signer.public_key(), wanted, b"to be signed", signature.as_bytes()).unwrap();
    }
    assert_eq!(session(&token).keys().unwrap().len(), KeyAlgorithm::GENERATED.len());
}

#[test]
fn every_algorithm_is_generated_found_and_signs() {
    every_algorithm(Kind::Whole);
}
