//! A key of OpenSSH's for tests.

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::{Signer as _, SigningKey};
use keyrite::ssh::{PublicKey, Signature};

/// A key of OpenSSH's, which signs as `ssh-keygen -Y sign` does.
pub(crate) struct Key(SigningKey);

fn string(octets: &[u8]) -> Vec<u8> {
    [&u32::try_from(octets.len()).unwrap().to_be_bytes()[..], octets].concat()
}

impl Key {
    pub(crate) fn of(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    fn octets(&self) -> Vec<u8> {
        [string(b"ssh-ed25519"), string(self.0.verifying_key().as_bytes())].concat()
    }

    pub(crate) fn line(&self) -> String {
        format!("ssh-ed25519 {} somebody@example.test", Base64::encode_string(&self.octets()))
    }

    pub(crate) fn fingerprint(&self) -> String {
        PublicKey::parse(&self.line()).unwrap().fingerprint()
    }

    pub(crate) fn sign(&self, text: &[u8], namespace: &str) -> String {
        use sha2::Digest as _;
        let hash = sha2::Sha512::digest(text);
        let rest = [string(namespace.as_bytes()), string(b""), string(b"sha512")].concat();
        let signature = self.0.sign(&[b"SSHSIG", &rest[..], &string(&hash)].concat()).to_bytes();
        let value = [string(b"ssh-ed25519"), string(&signature)].concat();
        let octets =
            [b"SSHSIG", &1_u32.to_be_bytes()[..], &string(&self.octets()), &rest, &string(&value)].concat();
        Signature::from_octets(&octets).unwrap().to_armored()
    }
}
