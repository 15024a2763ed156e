//! Key objects: found, read, generated, destroyed.

use std::cell::RefCell;
use std::num::NonZeroUsize;

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::calling::calling;
use super::failure::{attribute_absent, failure};
use super::session::OpenSession;
use crate::token::key::KeyAttributes;
use crate::token::wire::{Failure, Key, KeySpec, KeyTemplate, PublicParts};

/// A bound on what a module may claim to hold.
const OBJECT_LIMIT: usize = 4096;
/// The handles that one `C_FindObjects` fetches.
const FIND_AT_ONCE: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// Up to this many private keys each public key is looked for by itself, else all are listed once.
const FEW: usize = 4;

/// The objects that the program has been told of. It names them by their numbers here, so that it
/// cannot name others.
#[derive(Clone, Debug, Default)]
pub(super) struct Handles(RefCell<Vec<ObjectHandle>>);

impl Handles {
    fn number(&self, handle: ObjectHandle) -> u64 {
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
) -> Result<Vec<Key>, Failure> {
    let session = open.session();
    let mut keys = Vec::new();
    let privates = find(session, ObjectClass::PRIVATE_KEY, label, id)?;
    let few = privates.len() <= FEW;
    let publics = if few { Vec::new() } else { named(session, ObjectClass::PUBLIC_KEY)? };
    for private in privates {
        let own_label = octets(session, private, AttributeType::Label)?.unwrap_or_default();
        let own_id = octets(session, private, AttributeType::Id)?.unwrap_or_default();
        // The public key by the id of the private one; cards give the two different labels. Only where
        // there is no id does the label have to do.
        let public: Vec<ObjectHandle> = match (few, own_id.is_empty()) {
            (_, true) if own_label.is_empty() => Vec::new(),
            (true, false) => find(session, ObjectClass::PUBLIC_KEY, None, Some(&own_id))?,
            (true, true) => find(session, ObjectClass::PUBLIC_KEY, Some(&own_label), None)?,
            (false, by_label) => publics
                .iter()
                .filter(|public| if by_label { public.label == own_label } else { public.id == own_id })
                .map(|public| public.handle)
                .collect(),
        };
        keys.push(Key {
            private: open.handles().number(private),
            public: public.iter().map(|handle| open.handles().number(*handle)).collect(),
            key_type: key_type(session, private)?,
            attributes: attributes(session, private)?,
            public_parts: match public.as_slice() {
                [one] => parts(session, *one)?,
                _ => PublicParts::default(),
            },
            private_parts: parts(session, private)?,
            label: own_label,
            id: own_id,
        });
    }
    Ok(keys)
}

/// How many private and public keys have this label or this id.
pub(super) fn count(
    open: &OpenSession,
    label: Option<&[u8]>,
    id: Option<&[u8]>,
) -> Result<(u64, u64), Failure> {
    let count = |class| {
        let found = find(open.session(), class, label, id)?.len();
        Ok(u64::try_from(found).unwrap_or(u64::MAX))
    };
    Ok((count(ObjectClass::PRIVATE_KEY)?, count(ObjectClass::PUBLIC_KEY)?))
}

/// Generates a key pair.
///
/// What is not said would be taken otherwise by some: EXTRACTABLE is true by default on NSS and
/// openCryptoki, SENSITIVE false on SoftHSM and tpm2-pkcs11, and NSS wants the RSA exponent. Anything
/// more is refused by one or the other: tpm2-pkcs11 answers DECRYPT and ENCRYPT, even if false, with
/// `GENERAL_ERROR`. Left out, DECRYPT and UNWRAP are true on SoftHSM, DERIVE on NSS.
pub(super) fn generate(
    open: &OpenSession,
    key: &KeySpec,
    template: KeyTemplate,
    label: Vec<u8>,
    id: Vec<u8>,
) -> Result<(u64, u64), Failure> {
    let mut public = vec![
        Attribute::Token(true),
        Attribute::Label(label.clone()),
        Attribute::Id(id.clone()),
        Attribute::Verify(true),
    ];
    let mut private = vec![
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Label(label),
        Attribute::Id(id),
    ];
    let (for_private, for_public) = match template {
        KeyTemplate::SignOnly => (true, true),
        KeyTemplate::PrivateSignOnly => (true, false),
        KeyTemplate::Minimal => (false, false),
    };
    if for_private {
        private.extend([Attribute::Decrypt(false), Attribute::Unwrap(false), Attribute::Derive(false)]);
    }
    if for_public {
        public.extend([Attribute::Encrypt(false), Attribute::Wrap(false)]);
    }
    let mechanism = match key {
        KeySpec::Ec { params } => {
            public.push(Attribute::EcParams(params.clone()));
            Mechanism::EccKeyPairGen
        }
        KeySpec::Rsa { bits, exponent } => {
            public.push(Attribute::ModulusBits(u64::from(*bits).into()));
            public.push(Attribute::PublicExponent(exponent.clone()));
            Mechanism::RsaPkcsKeyPairGen
        }
    };
    let (public, private) =
        calling(c"GenerateKeyPair", || open.session().generate_key_pair(&mechanism, &public, &private))
            .map_err(|error| failure("C_GenerateKeyPair", error))?;
    Ok((open.handles().number(private), open.handles().number(public)))
}

pub(super) fn destroy(open: &OpenSession, object: u64) -> Result<(), Failure> {
    let handle = open.handles().find(object)?;
    calling(c"DestroyObject", || open.session().destroy_object(handle))
        .map_err(|error| failure("C_DestroyObject", error))
}

/// Finds by class, label and id only: other types in a template are errors on some tokens, and without
/// a class some return what is no key.
fn find(
    session: &Session,
    class: ObjectClass,
    label: Option<&[u8]>,
    id: Option<&[u8]>,
) -> Result<Vec<ObjectHandle>, Failure> {
    let mut template = vec![Attribute::Class(class)];
    template.extend(label.map(|label| Attribute::Label(label.to_vec())));
    template.extend(id.map(|id| Attribute::Id(id.to_vec())));
    calling(c"FindObjects", || {
        session
            .iter_objects_with_cache_size(&template, FIND_AT_ONCE)?
            .take(OBJECT_LIMIT)
            .collect::<Result<Vec<ObjectHandle>, cryptoki::error::Error>>()
    })
    .map_err(|error| failure("C_FindObjects", error))
}

struct Named {
    handle: ObjectHandle,
    label: Vec<u8>,
    id: Vec<u8>,
}

fn named(session: &Session, class: ObjectClass) -> Result<Vec<Named>, Failure> {
    find(session, class, None, None)?
        .into_iter()
        .map(|handle| {
            Ok(Named {
                handle,
                label: octets(session, handle, AttributeType::Label)?.unwrap_or_default(),
                id: octets(session, handle, AttributeType::Id)?.unwrap_or_default(),
            })
        })
        .collect()
}

/// One attribute per call: a call for several fails as a whole when a module does not know one.
fn attribute(
    session: &Session,
    object: ObjectHandle,
    kind: AttributeType,
) -> Result<Option<Attribute>, Failure> {
    let result = calling(c"GetAttributeValue", || session.get_attributes(object, &[kind]));
    match result.map_err(|error| failure("C_GetAttributeValue", error)) {
        Ok(mut found) => Ok(found.pop()),
        Err(failure) if attribute_absent(&failure) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn octets(session: &Session, object: ObjectHandle, kind: AttributeType) -> Result<Option<Vec<u8>>, Failure> {
    let found = attribute(session, object, kind)?;
    Ok(match found {
        Some(
            Attribute::Label(octets)
            | Attribute::Id(octets)
            | Attribute::EcParams(octets)
            | Attribute::EcPoint(octets)
            | Attribute::Modulus(octets)
            | Attribute::PublicExponent(octets)
            | Attribute::PublicKeyInfo(octets),
        ) if !octets.is_empty() => Some(octets),
        _ => None,
    })
}

fn flag(session: &Session, object: ObjectHandle, kind: AttributeType) -> Result<Option<bool>, Failure> {
    let found = attribute(session, object, kind)?;
    Ok(match found {
        Some(
            Attribute::Sensitive(value)
            | Attribute::Extractable(value)
            | Attribute::AlwaysSensitive(value)
            | Attribute::NeverExtractable(value)
            | Attribute::Local(value)
            | Attribute::Sign(value)
            | Attribute::Decrypt(value)
            | Attribute::Unwrap(value)
            | Attribute::Derive(value)
            | Attribute::AlwaysAuthenticate(value)
            | Attribute::WrapWithTrusted(value)
            | Attribute::Modifiable(value)
            | Attribute::Copyable(value)
            | Attribute::Destroyable(value),
        ) => Some(value),
        _ => None,
    })
}

fn attributes(session: &Session, private: ObjectHandle) -> Result<KeyAttributes, Failure> {
    let flag = |kind| flag(session, private, kind);
    Ok(KeyAttributes {
        sensitive: flag(AttributeType::Sensitive)?,
        extractable: flag(AttributeType::Extractable)?,
        always_sensitive: flag(AttributeType::AlwaysSensitive)?,
        never_extractable: flag(AttributeType::NeverExtractable)?,
        local: flag(AttributeType::Local)?,
        sign: flag(AttributeType::Sign)?,
        decrypt: flag(AttributeType::Decrypt)?,
        unwrap: flag(AttributeType::Unwrap)?,
        derive: flag(AttributeType::Derive)?,
        always_authenticate: flag(AttributeType::AlwaysAuthenticate)?,
        wrap_with_trusted: flag(AttributeType::WrapWithTrusted)?,
        modifiable: flag(AttributeType::Modifiable)?,
        copyable: flag(AttributeType::Copyable)?,
        destroyable: flag(AttributeType::Destroyable)?,
        key_gen_mechanism: None,
        allowed_mechanisms: None,
    })
}

/// `CKA_KEY_TYPE` by its number, as far as the crate can name it.
fn key_type(session: &Session, object: ObjectHandle) -> Result<Option<u64>, Failure> {
    let found = attribute(session, object, AttributeType::KeyType)?;
    Ok(match found {
        Some(Attribute::KeyType(KeyType::RSA)) => Some(0x0),
        Some(Attribute::KeyType(KeyType::EC)) => Some(0x3),
        Some(Attribute::KeyType(other)) => Some(*other),
        _ => None,
    })
}

fn parts(session: &Session, object: ObjectHandle) -> Result<PublicParts, Failure> {
    let octets = |kind| octets(session, object, kind);
    let mut parts = match key_type(session, object)? {
        Some(0x0) => PublicParts {
            modulus: octets(AttributeType::Modulus)?,
            exponent: octets(AttributeType::PublicExponent)?,
            ..PublicParts::default()
        },
        Some(0x3) => PublicParts {
            ec_params: octets(AttributeType::EcParams)?,
            ec_point: octets(AttributeType::EcPoint)?,
            ..PublicParts::default()
        },
        _ => PublicParts::default(),
    };
    // Filled by few tokens, and then on private keys too.
    if !parts.tell_a_key() {
        parts.key_info = octets(AttributeType::PublicKeyInfo)?;
    }
    Ok(parts)
}
