//! Extensions as they stand in the octets, their values unread.

use der::asn1::ObjectIdentifier;

use super::tlv::tag;
use super::view::{Fields, Misfit, View};

/// One extension.
#[derive(Debug)]
pub(super) struct ExtensionView<'a> {
    /// The contents of its OBJECT IDENTIFIER.
    pub(super) oid: &'a [u8],
    /// The contents of `critical`; none when it is left out.
    pub(super) critical: Option<&'a [u8]>,
    /// The contents of extnValue.
    pub(super) value: &'a [u8],
}

impl<'a> ExtensionView<'a> {
    /// Reads a SEQUENCE OF Extension.
    pub(super) fn list(octets: &'a [u8]) -> Result<Vec<Self>, Misfit> {
        let mut members = Fields::of_sequence(octets, "extensions")?;
        let mut list = Vec::with_capacity(12);
        while !members.is_finished() {
            let one = members.take(tag::SEQUENCE, "extension", "a SEQUENCE")?;
            let mut fields = Fields::of(one.contents);
            let oid = fields.take(tag::OBJECT_IDENTIFIER, "extension.extnID", "an OBJECT IDENTIFIER")?;
            let critical = fields.optional(tag::BOOLEAN, "extension.critical")?;
            let value = fields.take(tag::OCTET_STRING, "extension.extnValue", "an OCTET STRING")?;
            fields.end("extension")?;
            list.push(Self {
                oid: oid.contents,
                critical: critical.map(|field| field.contents),
                value: value.contents,
            });
        }
        Ok(list)
    }

    pub(super) fn is(&self, oid: ObjectIdentifier) -> bool {
        self.oid == oid.as_bytes()
    }

    pub(super) fn is_critical(&self) -> bool {
        self.critical.is_some_and(|octets| octets != [0])
    }

    /// The name of the extension, or its dotted object identifier.
    pub(super) fn name(&self) -> String {
        match ObjectIdentifier::from_bytes(self.oid) {
            Ok(oid) => crate::x509::extension::name_of(&oid),
            Err(_) => format!("extension {}", hex::encode(self.oid)),
        }
    }
}

impl<'a> View<'a> {
    /// The first extension with an object identifier.
    pub(super) fn extension(&self, oid: ObjectIdentifier) -> Option<&ExtensionView<'a>> {
        let wanted = oid.as_bytes();
        self.each_extension().find(|extension| extension.oid == wanted)
    }

    /// The extensions in their order.
    pub(super) fn each_extension(&self) -> impl Iterator<Item = &ExtensionView<'a>> {
        self.extensions.iter().flatten()
    }
}
