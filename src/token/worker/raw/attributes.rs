//! `C_GetAttributeValue` for many attributes in one call.

use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::Session;
use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_UNAVAILABLE_INFORMATION, CKR_ATTRIBUTE_SENSITIVE,
    CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL, CKR_OK,
};

use super::{RawModule, length, missing, nonsense, returned};
use crate::token::wire::Failure;
use crate::token::worker::calling::calling;

/// One attribute of a call for many.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::token::worker) enum Read {
    /// Its value.
    Value(Vec<u8>),
    /// The object has none, or does not tell it.
    Absent,
    /// This call does not say: to be asked for by itself, with this much room.
    Alone(usize),
}

impl RawModule {
    /// Reads attributes into buffers of the given numbers of octets, which must be more than their values
    /// have. One answer for each, in their order.
    ///
    /// The standard (PKCS#11 3.1 s.5.7.5) has a module go through the whole list and mark what it cannot
    /// tell; the return value then says only that something is marked.
    pub(in crate::token::worker) fn attributes(
        &self,
        session: &Session,
        object: ObjectHandle,
        wanted: &[(u64, usize)],
    ) -> Result<Vec<Read>, Failure> {
        const FUNCTION: &str = "C_GetAttributeValue";
        let get = self.functions.C_GetAttributeValue.ok_or_else(|| missing(FUNCTION))?;
        let mut values: Vec<Vec<u8>> = wanted.iter().map(|(_, room)| vec![0; *room]).collect();
        let mut template = Vec::with_capacity(wanted.len());
        for ((kind, room), value) in wanted.iter().zip(&mut values) {
            template.push(CK_ATTRIBUTE {
                type_: CK_ATTRIBUTE_TYPE::from(*kind),
                pValue: value.as_mut_ptr().cast(),
                ulValueLen: length(FUNCTION, *room)?,
            });
        }
        let count = length(FUNCTION, template.len())?;
        // SAFETY: the template and the buffers that its entries point to live through the call, and the
        // lengths are theirs.
        let value = calling(c"GetAttributeValue", || unsafe {
            get(session.handle(), object.handle(), template.as_mut_ptr(), count)
        });
        if ![CKR_OK, CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL]
            .contains(&value)
        {
            returned(FUNCTION, value)?;
        }
        let mut read = Vec::with_capacity(wanted.len());
        for ((entry, mut buffer), (kind, room)) in template.iter().zip(values).zip(wanted) {
            let found = usize::try_from(entry.ulValueLen).unwrap_or(usize::MAX);
            read.push(if entry.ulValueLen == CK_UNAVAILABLE_INFORMATION {
                // When a buffer was too small nobody says whose.
                if value == CKR_BUFFER_TOO_SMALL { Read::Alone(0) } else { Read::Absent }
            } else if found < *room {
                buffer.truncate(found);
                Read::Value(buffer)
            } else if value != CKR_OK && found == *room {
                // As it was before: a module that stopped at the first that it could not tell.
                Read::Alone(0)
            } else if value == CKR_BUFFER_TOO_SMALL {
                Read::Alone(found)
            } else if found == *room {
                Read::Alone(found.saturating_add(1))
            } else {
                let reason = format!("claims {found} octets in a buffer of {room} for attribute 0x{kind:x}");
                return Err(nonsense(FUNCTION, reason));
            });
        }
        Ok(read)
    }
}

/// The octets of an attribute that the crate has read, as the module gave them.
pub(in crate::token::worker) fn octets(attribute: &Attribute) -> Vec<u8> {
    let entry: CK_ATTRIBUTE = attribute.into();
    let length = usize::try_from(entry.ulValueLen).unwrap_or(0);
    if entry.pValue.is_null() || length == 0 {
        return Vec::new();
    }
    // SAFETY: the crate points to the value inside `attribute`, which lives on, and gives its length.
    unsafe { std::slice::from_raw_parts(entry.pValue.cast::<u8>(), length) }.to_vec()
}
