//! Key objects: found, read, destroyed.

use std::cell::RefCell;
use std::num::NonZeroUsize;

use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki_sys as sys;

use super::attributes::Attributes;
use super::calling::calling;
use super::failure::failure;
use super::session::OpenSession;
use crate::token::key::KeyAttributes;
use crate::token::wire::{Class, Failure, Key, Object, PublicParts, PublicSearch};

/// A bound on what a module may claim to hold.
const OBJECT_LIMIT: usize = 4096;
/// The handles that one `C_FindObjects` fetches.
const FIND_AT_ONCE: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// Up to this many keys each is looked at by itself, else all are listed once.
const FEW: usize = 4;

/// What is read of a private key. Never `CKA_VALUE` or another part of the key itself: of a key that is not
/// sensitive the token would tell it.
const OF_PRIVATE: [u64; 28] = [
    sys::CKA_CLASS,
    sys::CKA_TOKEN,
    sys::CKA_PRIVATE,
    sys::CKA_LABEL,
    sys::CKA_ID,
    sys::CKA_KEY_TYPE,
    sys::CKA_SENSITIVE,
    sys::CKA_EXTRACTABLE,
    sys::CKA_ALWAYS_SENSITIVE,
    sys::CKA_NEVER_EXTRACTABLE,
    sys::CKA_LOCAL,
    sys::CKA_SIGN,
    sys::CKA_DECRYPT,
    sys::CKA_UNWRAP,
    sys::CKA_DERIVE,
    sys::CKA_ALWAYS_AUTHENTICATE,
    sys::CKA_WRAP_WITH_TRUSTED,
    sys::CKA_MODIFIABLE,
    sys::CKA_COPYABLE,
    sys::CKA_DESTROYABLE,
    sys::CKA_KEY_GEN_MECHANISM,
    sys::CKA_ALLOWED_MECHANISMS,
    sys::CKA_EC_PARAMS,
    sys::CKA_EC_POINT,
    sys::CKA_MODULUS,
    sys::CKA_PUBLIC_EXPONENT,
    sys::CKA_PARAMETER_SET,
    sys::CKA_PUBLIC_KEY_INFO,
];
/// What is read of a public key.
const OF_PUBLIC: [u64; 10] = [
    sys::CKA_LABEL,
    sys::CKA_ID,
    sys::CKA_KEY_TYPE,
    sys::CKA_EC_PARAMS,
    sys::CKA_EC_POINT,
    sys::CKA_MODULUS,
    sys::CKA_PUBLIC_EXPONENT,
    sys::CKA_PARAMETER_SET,
    sys::CKA_VALUE,
    sys::CKA_PUBLIC_KEY_INFO,
];

/// The objects that the program has been told of. It names them by their numbers here, so that it
/// cannot name others.
#[derive(Clone, Debug, Default)]
pub(super) struct Handles(RefCell<Vec<ObjectHandle>>);

impl Handles {
    pub(super) fn number(&self, handle: ObjectHandle) -> u64 {
        let mut known = self.0.borrow_mut();
        let index = known.iter().position(|other| *other == handle).unwrap_or_else(|| {
            known.push(handle);
            known.len().saturating_sub(1)
        });
        u64::try_from(index).unwrap_or(u64::MAX)
    }

    pub(super) fn find(&self, number: u64) -> Result<ObjectHandle, Failure> {
        let index = usize::try_from(number).map_err(|_| Failure::Order)?;
        self.0.borrow().get(index).copied().ok_or(Failure::Order)
    }
}

/// The private keys with this label and id, each with the public keys of the same id.
pub(super) fn pairs(
    open: &OpenSession,
    label: Option<&[u8]>,
    id: Option<&[u8]>,
    public: PublicSearch,
) -> Result<Vec<Key>, Failure> {
    if public == PublicSearch::ByName
        && (label.is_some() || id.is_some())
        && let Some(keys) = named(open, label, id)?
    {
        return Ok(keys);
    }
    let privates = find(open, Some(ObjectClass::PRIVATE_KEY), label, id)?;
    let few = privates.len() <= FEW;
    let publics = if few { Vec::new() } else { publics(open, None, None)? };
    let mut keys = Vec::new();
    for handle in privates {
        let mut read = Attributes::read(open, handle, &OF_PRIVATE)?;
        let own_label = read.octets(sys::CKA_LABEL).unwrap_or_default();
        let own_id = read.octets(sys::CKA_ID).unwrap_or_default();
        // The public key by the id of the private one; cards give the two different labels. Only where
        // there is no id does the label have to do.
        let halves: Vec<Public> = match (few, own_id.is_empty()) {
            (_, true) if own_label.is_empty() => Vec::new(),
            (true, false) => self::publics(open, None, Some(&own_id))?,
            (true, true) => self::publics(open, Some(&own_label), None)?,
            (false, by_label) => publics
                .iter()
                .filter(|public| if by_label { public.label == own_label } else { public.id == own_id })
                .cloned()
                .collect(),
        };
        keys.push(key(open, handle, own_label, own_id, &mut read, halves));
    }
    Ok(keys)
}

/// The keys among the few objects of a name, found by one search; none if there are more, or no private key.
fn named(open: &OpenSession, label: Option<&[u8]>, id: Option<&[u8]>) -> Result<Option<Vec<Key>>, Failure> {
    let handles = find(open, None, label, id)?;
    if handles.len() > FEW {
        return Ok(None);
    }
    let mut privates = Vec::new();
    let mut publics = Vec::new();
    for handle in handles {
        let mut read = Attributes::read(open, handle, &OF_PRIVATE)?;
        match read.number(sys::CKA_CLASS) {
            Some(sys::CKO_PRIVATE_KEY) => privates.push((handle, read)),
            Some(sys::CKO_PUBLIC_KEY) => {
                // The one public key that only its value tells, which is not asked for of what may be private.
                if read.number(sys::CKA_KEY_TYPE) == Some(sys::CKK_ML_DSA) {
                    read = Attributes::read(open, handle, &OF_PUBLIC)?;
                }
                publics.push(Public::new(handle, &mut read));
            }
            Some(_) | None => {}
        }
    }
    let keys = privates.into_iter().map(|(handle, mut read)| {
        let own_label = read.octets(sys::CKA_LABEL).unwrap_or_default();
        let own_id = read.octets(sys::CKA_ID).unwrap_or_default();
        let halves = publics.iter().filter(|public| public.id == own_id).cloned().collect();
        key(open, handle, own_label, own_id, &mut read, halves)
    });
    let keys: Vec<Key> = keys.collect();
    Ok(Some(keys).filter(|keys| !keys.is_empty()))
}

fn key(
    open: &OpenSession,
    private: ObjectHandle,
    label: Vec<u8>,
    id: Vec<u8>,
    read: &mut Attributes,
    mut halves: Vec<Public>,
) -> Key {
    Key {
        private: open.handles().number(private),
        public: halves.iter().map(|half| open.handles().number(half.handle)).collect(),
        key_type: read.number(sys::CKA_KEY_TYPE),
        attributes: attributes(read),
        private_parts: parts(read),
        public_parts: match halves.pop() {
            Some(one) if halves.is_empty() => one.parts,
            Some(_) | None => PublicParts::default(),
        },
        label,
        id,
    }
}

/// How many private and public keys have this label or this id.
pub(super) fn count(
    open: &OpenSession,
    label: Option<&[u8]>,
    id: Option<&[u8]>,
) -> Result<(u64, u64), Failure> {
    let count = |class| {
        let found = find(open, Some(class), label, id)?.len();
        Ok(u64::try_from(found).unwrap_or(u64::MAX))
    };
    Ok((count(ObjectClass::PRIVATE_KEY)?, count(ObjectClass::PUBLIC_KEY)?))
}

/// The objects of a class with this label and id; of public keys also what tells them.
pub(super) fn objects(
    open: &OpenSession,
    class: Class,
    label: Option<&[u8]>,
    id: Option<&[u8]>,
) -> Result<Vec<Object>, Failure> {
    let (class, wanted): (_, &[u64]) = match class {
        Class::PublicKey => (ObjectClass::PUBLIC_KEY, &OF_PUBLIC),
        Class::Certificate => (ObjectClass::CERTIFICATE, &[sys::CKA_LABEL, sys::CKA_ID]),
    };
    let read = |handle| {
        let mut read = Attributes::read(open, handle, wanted)?;
        Ok(Object {
            number: open.handles().number(handle),
            label: read.octets(sys::CKA_LABEL).unwrap_or_default(),
            id: read.octets(sys::CKA_ID).unwrap_or_default(),
            key_type: read.number(sys::CKA_KEY_TYPE),
            parts: parts(&mut read),
        })
    };
    find(open, Some(class), label, id)?.into_iter().map(read).collect()
}

pub(super) fn destroy(open: &OpenSession, object: u64) -> Result<(), Failure> {
    let handle = open.handles().find(object)?;
    calling(c"DestroyObject", || open.session().destroy_object(handle))
        .map_err(|error| failure("C_DestroyObject", error))
}

/// Finds by class, label and id only: other types in a template are errors on some tokens. Without a class
/// some return what is no key.
pub(super) fn find(
    open: &OpenSession,
    class: Option<ObjectClass>,
    label: Option<&[u8]>,
    id: Option<&[u8]>,
) -> Result<Vec<ObjectHandle>, Failure> {
    let mut template: Vec<Attribute> = class.map(Attribute::Class).into_iter().collect();
    template.extend(label.map(|label| Attribute::Label(label.to_vec())));
    template.extend(id.map(|id| Attribute::Id(id.to_vec())));
    let found = match open.raw() {
        Some(raw) => raw.find(open.session(), &template, OBJECT_LIMIT)?,
        None => calling(c"FindObjects", || {
            open.session()
                .iter_objects_with_cache_size(&template, FIND_AT_ONCE)?
                .take(OBJECT_LIMIT.saturating_add(1))
                .collect::<Result<Vec<ObjectHandle>, cryptoki::error::Error>>()
        })
        .map_err(|error| failure("C_FindObjects", error))?,
    };
    let nonsense = |reason| Err(Failure::Nonsense { function: "C_FindObjects".to_owned(), reason });
    if found.len() > OBJECT_LIMIT {
        return nonsense(format!("claims more than {OBJECT_LIMIT} objects"));
    }
    let mut numbers: Vec<u64> = found.iter().map(ObjectHandle::handle).collect();
    numbers.sort_unstable();
    if numbers.windows(2).any(|two| matches!(two, [one, other] if one == other)) {
        return nonsense("gives one object twice".to_owned());
    }
    Ok(found)
}

/// A public key object.
#[derive(Clone)]
struct Public {
    handle: ObjectHandle,
    label: Vec<u8>,
    id: Vec<u8>,
    parts: PublicParts,
}

impl Public {
    fn new(handle: ObjectHandle, read: &mut Attributes) -> Self {
        Self {
            handle,
            label: read.octets(sys::CKA_LABEL).unwrap_or_default(),
            id: read.octets(sys::CKA_ID).unwrap_or_default(),
            parts: parts(read),
        }
    }
}

fn publics(open: &OpenSession, label: Option<&[u8]>, id: Option<&[u8]>) -> Result<Vec<Public>, Failure> {
    let handles = find(open, Some(ObjectClass::PUBLIC_KEY), label, id)?;
    let read = |handle| Ok(Public::new(handle, &mut Attributes::read(open, handle, &OF_PUBLIC)?));
    handles.into_iter().map(read).collect()
}

fn attributes(read: &Attributes) -> KeyAttributes {
    KeyAttributes {
        token: read.flag(sys::CKA_TOKEN),
        private: read.flag(sys::CKA_PRIVATE),
        sensitive: read.flag(sys::CKA_SENSITIVE),
        extractable: read.flag(sys::CKA_EXTRACTABLE),
        always_sensitive: read.flag(sys::CKA_ALWAYS_SENSITIVE),
        never_extractable: read.flag(sys::CKA_NEVER_EXTRACTABLE),
        local: read.flag(sys::CKA_LOCAL),
        sign: read.flag(sys::CKA_SIGN),
        decrypt: read.flag(sys::CKA_DECRYPT),
        unwrap: read.flag(sys::CKA_UNWRAP),
        derive: read.flag(sys::CKA_DERIVE),
        always_authenticate: read.flag(sys::CKA_ALWAYS_AUTHENTICATE),
        wrap_with_trusted: read.flag(sys::CKA_WRAP_WITH_TRUSTED),
        modifiable: read.flag(sys::CKA_MODIFIABLE),
        copyable: read.flag(sys::CKA_COPYABLE),
        destroyable: read.flag(sys::CKA_DESTROYABLE),
        key_gen_mechanism: read.number(sys::CKA_KEY_GEN_MECHANISM),
        allowed_mechanisms: read.numbers(sys::CKA_ALLOWED_MECHANISMS),
    }
}

fn parts(read: &mut Attributes) -> PublicParts {
    PublicParts {
        ec_params: read.octets(sys::CKA_EC_PARAMS),
        ec_point: read.octets(sys::CKA_EC_POINT),
        modulus: read.octets(sys::CKA_MODULUS),
        exponent: read.octets(sys::CKA_PUBLIC_EXPONENT),
        parameter_set: read.number(sys::CKA_PARAMETER_SET),
        value: read.octets(sys::CKA_VALUE),
        key_info: read.octets(sys::CKA_PUBLIC_KEY_INFO),
    }
}
