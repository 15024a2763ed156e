//! The target of what a person signs with an SSH key: signatures, and the lines of public keys.

use std::path::Path;
use std::sync::LazyLock;

use keyrite::ssh::{PublicKey, Signature};

use crate::invariant::{fault, shown, sound};

const NAMESPACE: &str = "keyrite-ceremony";

fn vectors(end: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/ssh");
    let entries = std::fs::read_dir(&directory).expect("the vectors are there");
    let paths = entries.map(|entry| entry.expect("the vectors can be read").path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|found| found == end)).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a vector can be read")).collect()
}

/// A key, as somebody may have given it to sign in with.
static KEY: LazyLock<PublicKey> = LazyLock::new(|| {
    let line = include_str!("../vectors/ssh/ed25519.pub");
    PublicKey::parse(line).expect("the vector is a key")
});

/// Seeds: signatures in their armor and without it, and lines of keys.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let armored = vectors("sig");
    let bare = armored.iter().filter_map(|text| Signature::parse(text).ok());
    let bare: Vec<Vec<u8>> = bare.map(|signature| signature.as_octets().to_vec()).collect();
    [armored, bare, vectors("pub")].concat()
}

/// A signature, armored or bare, or the line of a public key.
pub(crate) fn signature(octets: &[u8]) {
    match Signature::from_octets(octets).or_else(|_| Signature::parse(octets)) {
        Ok(signature) => {
            assert_eq!(Signature::from_octets(signature.as_octets()), Ok(signature.clone()));
            assert_eq!(Signature::parse(signature.to_armored().as_bytes()), Ok(signature.clone()));
            shown(signature.namespace());
            public_key(signature.key());
            let verified =
                signature.verify(b"what nobody has signed", signature.namespace(), signature.key());
            fault(&verified.expect_err("nobody has signed it"));
            fault(&signature.verify(b"", NAMESPACE, &KEY).expect_err("nobody has signed it"));
        }
        Err(error) => fault(&error),
    }
    if let Ok(line) = std::str::from_utf8(octets) {
        match PublicKey::parse(line) {
            Ok(key) => {
                shown(key.comment());
                public_key(&key);
            }
            Err(error) => fault(&error),
        }
    }
}

fn public_key(key: &PublicKey) {
    assert_eq!(PublicKey::from_octets(key.as_octets()).as_ref(), Ok(key));
    assert_eq!(PublicKey::parse(&key.to_line()).as_ref(), Ok(key));
    sound(&key.fingerprint());
}
