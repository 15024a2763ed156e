//! Public key objects, whether or not there are private keys to them.

use super::destroy::{has_private, lone, publics};
use super::error::Error;
use super::key::{KeyInfo, UnreadableKey};
use super::session::{TokenSession, lock};
use super::uri::{ObjectType, Pkcs11Uri};
use crate::x509::spki::PublicKey;

/// A public key object.
#[derive(Clone, Debug)]
pub struct PublicHalf {
    /// `CKA_LABEL`; it comes from outside, so escape it before a person sees it.
    pub label: String,
    /// `CKA_ID`.
    pub id: Vec<u8>,
    /// `CKA_KEY_TYPE`, if the token answers it.
    pub key_type: Option<u64>,
    /// The key, or why it is none that keyrite could use.
    pub public_key: Result<PublicKey, UnreadableKey>,
    /// Whether the token has a private key of its id, or of its label where it has no id.
    pub has_private: bool,
    /// The exact URI.
    pub uri: Pkcs11Uri,
}

impl TokenSession {
    /// The public key objects that the URI names by label, id or both; all of them if it names none.
    ///
    /// # Errors
    /// [`Error`] when the login or the search fails.
    pub fn public_halves(&self, uri: &Pkcs11Uri) -> Result<Vec<PublicHalf>, Error> {
        let mut connection = lock(self.connection());
        connection.login()?;
        connection.login.forget_pin();
        let mut halves = Vec::new();
        for object in publics(&mut connection, uri)? {
            let has_private = has_private(&mut connection, &object)?;
            let info = KeyInfo::new(&connection.token, &lone(&object));
            halves.push(PublicHalf {
                label: info.label,
                id: info.id,
                key_type: info.key_type,
                public_key: info.public_key,
                has_private,
                uri: info.uri.with_object_type(ObjectType::Public),
            });
        }
        Ok(halves)
    }
}
