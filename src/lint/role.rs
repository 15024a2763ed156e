//! What a certificate is for, by its octets alone: the rules of a closed community differ by it.

use der::asn1::ObjectIdentifier;

use super::tlv::tag;
use super::view::{Authority, Fields, Misfit, View};
use crate::x509::extension::{oid, purpose};

/// The kinds of certificates of BR 7.1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A CA that signed itself.
    Root,
    /// A CA below another one.
    Subordinate,
    /// A responder for OCSP.
    Responder,
    /// Anyone else.
    EndEntity,
}

/// The contents of the object identifiers in extKeyUsage (RFC 5280 s.4.2.1.12).
pub(super) fn purposes(value: &[u8]) -> Result<Vec<&[u8]>, Misfit> {
    let mut fields = Fields::of_sequence(value, "extKeyUsage")?;
    let mut list = Vec::with_capacity(4);
    while !fields.is_finished() {
        list.push(fields.take(tag::OBJECT_IDENTIFIER, "extKeyUsage", "an OBJECT IDENTIFIER")?.contents);
    }
    Ok(list)
}

/// The name of a purpose, from the contents of its object identifier.
pub(super) fn purpose_name(contents: &[u8]) -> String {
    ObjectIdentifier::from_bytes(contents).map_or_else(|_| hex::encode(contents), |oid| purpose::name(&oid))
}

impl<'a> View<'a> {
    /// The purposes; none when there is no extKeyUsage that can be read.
    pub(super) fn purposes(&self) -> Option<Vec<&'a [u8]>> {
        purposes(self.extension(oid::EXT_KEY_USAGE)?.value).ok()
    }

    /// Whether a purpose is named.
    pub(super) fn has_purpose(&self, wanted: ObjectIdentifier) -> bool {
        self.purposes().is_some_and(|all| all.contains(&wanted.as_bytes()))
    }

    pub(super) fn role(&self) -> Role {
        match (self.is_ca(), self.authority) {
            (true, Authority::Itself) => Role::Root,
            (true, _) => Role::Subordinate,
            (false, _) if self.has_purpose(purpose::OCSP_SIGNING) => Role::Responder,
            (false, _) => Role::EndEntity,
        }
    }
}
