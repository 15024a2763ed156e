//! The end of a key: found, destroyed, and looked for once more.

use super::error::{DestroyError, Error};
use super::key::{KeyInfo, UnreadableKey};
use super::return_value::ReturnValue;
use super::session::{Connection, TokenSession, lock};
use super::uri::{ObjectType, Pkcs11Uri};
use super::wire::{Answer, Class, Key, Object, PublicSearch, Request};
use crate::x509::spki::PublicKey;

/// A key that is to be destroyed: a pair, or the half that a crash has left of one.
#[derive(Clone, Debug)]
pub struct Doomed {
    /// `CKA_LABEL`; it comes from outside, so escape it before a person sees it.
    pub label: String,
    /// `CKA_ID`.
    pub id: Vec<u8>,
    /// Whether there is a private key object.
    pub private: bool,
    /// How many public key objects there are.
    pub public: usize,
    /// The public half, or why there is none that keyrite could use.
    pub public_key: Result<PublicKey, UnreadableKey>,
    /// The exact URI.
    pub uri: Pkcs11Uri,
    /// The certificate objects with the same id, which stay.
    pub certificates: Vec<Pkcs11Uri>,
    private_object: Option<u64>,
    public_objects: Vec<Half>,
}

/// A public key object by its number, and by the label and id under which it is looked for afterwards.
#[derive(Clone, Debug)]
struct Half {
    object: u64,
    label: Vec<u8>,
    id: Vec<u8>,
}

impl TokenSession {
    /// The one key that the URI names by label, id or both, to be destroyed. With `type=public` it is a public
    /// key without its private one; with `type=private`, or without a type, the pair, or a private key alone.
    ///
    /// # Errors
    /// [`DestroyError::Unnamed`] when the URI names no object, [`DestroyError::HalfOfPair`] when it names the
    /// public half of a pair, [`DestroyError::Prohibited`] when the token does not let the key be destroyed;
    /// [`Error::NoKey`] and [`Error::AmbiguousKey`] with the keys that are there.
    pub fn doomed(&self, uri: &Pkcs11Uri) -> Result<Doomed, Error> {
        match uri.object_type() {
            Some(found @ (ObjectType::Certificate | ObjectType::SecretKey | ObjectType::Data)) => {
                return Err(Error::NotKey { found });
            }
            Some(ObjectType::Private | ObjectType::Public) | None => {}
        }
        if uri.object().is_none() && uri.id().is_none() {
            return Err(DestroyError::Unnamed.into());
        }
        let mut connection = lock(self.connection());
        // Before the login: some tokens have room for one session, and it has to be one that may write.
        connection.write()?;
        connection.login()?;
        connection.login.forget_pin();
        let mut found = Vec::new();
        if uri.object_type() != Some(ObjectType::Public) {
            for key in privates(&mut connection, uri)? {
                found.push(pair(&mut connection, &key)?);
            }
        }
        if uri.object_type() != Some(ObjectType::Private) {
            let publics = publics(&mut connection, uri)?;
            let any = !publics.is_empty();
            let before = found.len();
            for object in publics {
                if !has_private(&mut connection, &object)? {
                    found.push(orphan(&mut connection, &object)?);
                }
            }
            if any && found.len() == before && uri.object_type() == Some(ObjectType::Public) {
                let label = uri.object().unwrap_or_default().to_owned();
                return Err(DestroyError::HalfOfPair { label }.into());
            }
        }
        let token = connection.token.label.clone();
        let wanted = Box::new(uri.clone().without_query());
        match (found.pop(), found.len()) {
            (Some(doomed), 0) => Ok(doomed),
            (None, _) => {
                let present = privates(&mut connection, &Pkcs11Uri::default())?;
                let present = present.iter().map(|key| KeyInfo::new(&connection.token, key).uri).collect();
                Err(Error::NoKey { wanted, token, present })
            }
            (Some(last), _) => {
                let candidates = found.into_iter().chain([last]).map(|doomed| doomed.uri).collect();
                Err(Error::AmbiguousKey { wanted, token, candidates })
            }
        }
    }

    /// Destroys a key for good: its private half first, so that nothing that can sign outlives a failure. Then
    /// the token is searched once more.
    ///
    /// # Errors
    /// [`DestroyError`] says what is left. [`DestroyError::destroyed_something`] tells whether part of it is
    /// gone.
    pub fn destroy_key(&self, doomed: &Doomed) -> Result<(), Error> {
        let mut connection = lock(self.connection());
        let label = || doomed.label.clone();
        if let Some(object) = doomed.private_object {
            destroy(&mut connection, object).map_err(|cause| {
                let prohibited =
                    matches!(&cause, Error::Call { value, .. } if *value == ReturnValue::ACTION_PROHIBITED);
                if prohibited {
                    DestroyError::Prohibited { label: label() }
                } else {
                    DestroyError::Kept { label: label(), cause: Box::new(cause) }
                }
            })?;
        }
        let mut left = Vec::new();
        for half in &doomed.public_objects {
            match destroy(&mut connection, half.object) {
                Ok(()) => {}
                // YubiHSM's public keys are views of the private ones and go with them.
                Err(Error::Call { value, .. })
                    if doomed.private && value == ReturnValue::OBJECT_HANDLE_INVALID => {}
                Err(error) => left.push(format!("public key: {error}")),
            }
        }
        if !left.is_empty() {
            let (label, left) = (label(), left.join("; "));
            return Err(if doomed.private {
                DestroyError::Partly { label, left }.into()
            } else {
                DestroyError::PublicKept { label, left }.into()
            });
        }
        let still = still_there(&mut connection, doomed)
            .map_err(|cause| DestroyError::Unverified { label: label(), cause: Box::new(cause) })?;
        if still.is_empty() {
            Ok(())
        } else {
            Err(DestroyError::StillThere { label: label(), left: still.join(", ") }.into())
        }
    }

    /// The public keys that the token shows without a login, as far as keyrite can read them.
    ///
    /// # Errors
    /// [`Error`] when the search fails.
    pub fn public_keys_in_sight(&self) -> Result<Vec<PublicKey>, Error> {
        let mut connection = lock(self.connection());
        let objects = objects(&mut connection, Class::PublicKey, None, None)?;
        let token = connection.token.clone();
        let keys = objects.iter().map(|object| KeyInfo::new(&token, &lone(object)).public_key);
        Ok(keys.filter_map(Result::ok).collect())
    }
}

fn ask<T>(
    connection: &mut Connection,
    request: &Request,
    part: impl FnOnce(Answer) -> Option<T>,
) -> Result<T, Error> {
    connection.client.ask(request, part)
}

fn destroy(connection: &mut Connection, object: u64) -> Result<(), Error> {
    ask(connection, &Request::Destroy { object }, |answer| (answer == Answer::Destroyed).then_some(()))
}

/// The private keys that the URI names, each with its public half.
fn privates(connection: &mut Connection, uri: &Pkcs11Uri) -> Result<Vec<Key>, Error> {
    let (label, id) = name(uri);
    let mut keys =
        ask(connection, &Request::Keys { label, id, public: PublicSearch::ByPrivateKey }, |answer| {
            if let Answer::Keys(keys) = answer { Some(keys) } else { None }
        })?;
    let token = connection.token.clone();
    keys.retain(|key| {
        let key = KeyInfo::new(&token, key);
        uri.matches_key(&key.label, &key.id)
    });
    Ok(keys)
}

/// The public keys that the URI names, whether or not there are private ones.
pub(super) fn publics(connection: &mut Connection, uri: &Pkcs11Uri) -> Result<Vec<Object>, Error> {
    let (label, id) = name(uri);
    let mut found = objects(connection, Class::PublicKey, label, id)?;
    let token = connection.token.clone();
    found.retain(|object| {
        let key = KeyInfo::new(&token, &lone(object));
        uri.matches_key(&key.label, &key.id)
    });
    Ok(found)
}

type Name = (Option<Vec<u8>>, Option<Vec<u8>>);

fn name(uri: &Pkcs11Uri) -> Name {
    (uri.object().map(|label| label.as_bytes().to_vec()), uri.id().map(<[u8]>::to_vec))
}

pub(super) fn objects(
    connection: &mut Connection,
    class: Class,
    label: Option<Vec<u8>>,
    id: Option<Vec<u8>>,
) -> Result<Vec<Object>, Error> {
    ask(connection, &Request::Objects { class, label, id }, |answer| {
        if let Answer::Objects(objects) = answer { Some(objects) } else { None }
    })
}

/// How many private and public keys have this label and id.
fn count(connection: &mut Connection, label: Option<&[u8]>, id: Option<&[u8]>) -> Result<(u64, u64), Error> {
    let request = Request::Count { label: label.map(<[u8]>::to_vec), id: id.map(<[u8]>::to_vec) };
    ask(connection, &request, |answer| {
        if let Answer::Count { private, public } = answer { Some((private, public)) } else { None }
    })
}

/// Whether a public key has a private one: of its id, or of its label where it has no id.
pub(super) fn has_private(connection: &mut Connection, object: &Object) -> Result<bool, Error> {
    let (private, _) = if object.id.is_empty() {
        count(connection, Some(&object.label), None)?
    } else {
        count(connection, None, Some(&object.id))?
    };
    Ok(private > 0)
}

/// A public key object as a key without a private half.
pub(super) fn lone(object: &Object) -> Key {
    Key {
        public: vec![object.number],
        label: object.label.clone(),
        id: object.id.clone(),
        key_type: object.key_type,
        public_parts: object.parts.clone(),
        ..Key::default()
    }
}

/// A private key with the public ones that belong to it: those of its id, or of its label where it has none.
/// Where another private key has the same id, only those that share the label too.
fn pair(connection: &mut Connection, key: &Key) -> Result<Doomed, Error> {
    let mut publics = match (key.id.is_empty(), key.label.is_empty()) {
        (false, _) => objects(connection, Class::PublicKey, None, Some(key.id.clone()))?,
        (true, false) => objects(connection, Class::PublicKey, Some(key.label.clone()), None)?,
        (true, true) => Vec::new(),
    };
    if !key.id.is_empty() && count(connection, None, Some(&key.id))?.0 > 1 {
        publics.retain(|public| public.label == key.label);
    }
    let info = KeyInfo::new(&connection.token, key);
    if info.attributes.destroyable == Some(false) {
        return Err(DestroyError::Prohibited { label: info.label }.into());
    }
    Ok(Doomed {
        certificates: certificates(connection, &key.id)?,
        label: info.label,
        id: info.id,
        private: true,
        public: publics.len(),
        public_key: info.public_key,
        uri: info.uri,
        private_object: Some(key.private),
        public_objects: publics.into_iter().map(half).collect(),
    })
}

/// A public key without its private one.
fn orphan(connection: &mut Connection, object: &Object) -> Result<Doomed, Error> {
    let info = KeyInfo::new(&connection.token, &lone(object));
    Ok(Doomed {
        certificates: certificates(connection, &object.id)?,
        label: info.label,
        id: info.id,
        private: false,
        public: 1,
        public_key: info.public_key,
        uri: info.uri.with_object_type(ObjectType::Public),
        private_object: None,
        public_objects: vec![half(object.clone())],
    })
}

fn half(object: Object) -> Half {
    Half { object: object.number, label: object.label, id: object.id }
}

fn certificates(connection: &mut Connection, id: &[u8]) -> Result<Vec<Pkcs11Uri>, Error> {
    if id.is_empty() {
        return Ok(Vec::new());
    }
    let found = objects(connection, Class::Certificate, None, Some(id.to_vec()))?;
    let uri = |object: &Object| {
        let label = String::from_utf8_lossy(&object.label);
        Pkcs11Uri::of_key(&connection.token, &label, &object.id).with_object_type(ObjectType::Certificate)
    };
    Ok(found.iter().map(uri).collect())
}

/// What a new search finds of a destroyed key.
fn still_there(connection: &mut Connection, doomed: &Doomed) -> Result<Vec<&'static str>, Error> {
    let given = |octets: &[u8]| (!octets.is_empty()).then(|| octets.to_vec());
    let mut left = Vec::new();
    if doomed.private {
        let (label, id) = (given(doomed.label.as_bytes()), given(&doomed.id));
        if count(connection, label.as_deref(), id.as_deref())?.0 > 0 {
            left.push("private key");
        }
    }
    for half in &doomed.public_objects {
        if count(connection, given(&half.label).as_deref(), given(&half.id).as_deref())?.1 > 0 {
            left.push("public key");
        }
    }
    left.dedup();
    Ok(left)
}
