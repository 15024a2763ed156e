//! Attributes of an object: all that are wanted, in one call where the module lets it.

use std::collections::BTreeMap;

use cryptoki::object::{AttributeType, ObjectHandle};
use cryptoki_sys as sys;

use super::calling::calling;
use super::failure::{attribute_absent, failure};
use super::raw::{Read, octets};
use super::session::OpenSession;
use crate::token::wire::Failure;

/// The most octets that a single attribute may have.
const LIMIT: usize = 64 << 10;

/// The values that the object told, by attribute.
#[derive(Debug, Default)]
pub(super) struct Attributes(BTreeMap<u64, Vec<u8>>);

impl Attributes {
    /// Reads the wanted attributes of an object. Which the object does not have is not an error; that the
    /// object or the session is gone is one.
    pub(super) fn read(open: &OpenSession, object: ObjectHandle, wanted: &[u64]) -> Result<Self, Failure> {
        let mut read = BTreeMap::new();
        match open.raw() {
            Some(raw) => {
                let rooms: Vec<(u64, usize)> = wanted.iter().map(|kind| (*kind, room(*kind))).collect();
                match raw.attributes(open.session(), object, &rooms) {
                    Ok(answers) => {
                        for (kind, answer) in wanted.iter().zip(answers) {
                            let value = match answer {
                                Read::Value(value) => Some(value),
                                Read::Absent => None,
                                Read::Alone(octets) => alone(open, object, *kind, octets)?,
                            };
                            read.extend(value.map(|value| (*kind, value)));
                        }
                    }
                    // Modules answer one attribute that they do not like with almost any value.
                    Err(failure) if attribute_absent(&failure) => {
                        for kind in wanted {
                            read.extend(alone(open, object, *kind, 0)?.map(|value| (*kind, value)));
                        }
                        // Not one of them: then it is the object that cannot be read.
                        if read.is_empty() {
                            return Err(failure);
                        }
                    }
                    Err(failure) => return Err(failure),
                }
            }
            None => {
                for kind in wanted {
                    read.extend(by_crate(open, object, *kind)?.map(|value| (*kind, value)));
                }
            }
        }
        Ok(Self(read))
    }

    /// The octets, unless there are none.
    pub(super) fn octets(&mut self, kind: u64) -> Option<Vec<u8>> {
        self.0.remove(&kind).filter(|value| !value.is_empty())
    }

    /// A `CK_BBOOL`: one octet; any other length is no answer.
    pub(super) fn flag(&self, kind: u64) -> Option<bool> {
        match self.0.get(&kind).map(Vec::as_slice) {
            Some([octet]) => Some(*octet != 0),
            Some(_) | None => None,
        }
    }

    /// A `CK_ULONG`, unless it is `CK_UNAVAILABLE_INFORMATION`.
    pub(super) fn number(&self, kind: u64) -> Option<u64> {
        numbers(self.0.get(&kind)?).and_then(|found| match found.as_slice() {
            [number] if *number != sys::CK_UNAVAILABLE_INFORMATION => Some(*number),
            _ => None,
        })
    }

    /// A list of `CK_ULONG`, which may be empty.
    pub(super) fn numbers(&self, kind: u64) -> Option<Vec<u64>> {
        numbers(self.0.get(&kind)?)
    }
}

fn numbers(value: &[u8]) -> Option<Vec<u64>> {
    let chunks = value.chunks_exact(size_of::<sys::CK_ULONG>());
    if !chunks.remainder().is_empty() {
        return None;
    }
    chunks.map(|chunk| Some(sys::CK_ULONG::from_ne_bytes(chunk.try_into().ok()?))).collect()
}

/// One attribute in a call of its own.
fn alone(
    open: &OpenSession,
    object: ObjectHandle,
    kind: u64,
    wanted: usize,
) -> Result<Option<Vec<u8>>, Failure> {
    let Some(raw) = open.raw() else { return by_crate(open, object, kind) };
    for room in [room(kind).max(wanted.min(LIMIT).saturating_add(1)), LIMIT.saturating_add(1)] {
        match raw.attributes(open.session(), object, &[(kind, room)]) {
            Ok(mut read) => match read.pop() {
                Some(Read::Value(value)) => return Ok(Some(value)),
                Some(Read::Alone(_)) => {}
                Some(Read::Absent) | None => return Ok(None),
            },
            Err(failure) if attribute_absent(&failure) => return Ok(None),
            Err(failure) => return Err(failure),
        }
    }
    Ok(None)
}

/// One attribute by the crate, for modules whose functions only the crate has.
fn by_crate(open: &OpenSession, object: ObjectHandle, kind: u64) -> Result<Option<Vec<u8>>, Failure> {
    let Ok(kind) = AttributeType::try_from(kind) else { return Ok(None) };
    let result = calling(c"GetAttributeValue", || open.session().get_attributes(object, &[kind]));
    match result.map_err(|error| failure("C_GetAttributeValue", error)) {
        Ok(found) => Ok(found.first().map(octets)),
        Err(failure) if attribute_absent(&failure) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Room for the value, more than it has: the length that a module leaves untouched must not be one that it
/// could have meant.
const fn room(kind: u64) -> usize {
    match kind {
        // Text and names: all but unusual ones.
        sys::CKA_LABEL | sys::CKA_ID => 272,
        sys::CKA_EC_PARAMS => 128,
        sys::CKA_EC_POINT => 288,
        sys::CKA_MODULUS => 1100,
        sys::CKA_PUBLIC_EXPONENT => 272,
        // The largest public key is that of ML-DSA-87, 2592 octets; certificates with such keys are larger.
        sys::CKA_PUBLIC_KEY_INFO => 3072,
        sys::CKA_VALUE => 16 << 10,
        sys::CKA_ALLOWED_MECHANISMS => 2056,
        // Flags and numbers.
        _ => 24,
    }
}
