//! The attributes of a name as they stand in its octets.

use der::asn1::ObjectIdentifier;

use super::tlv::{Tlv, tag};
use super::view::{Fields, Misfit, View};
use crate::x509::name::attribute;

/// One AttributeTypeAndValue (RFC 5280 s.4.1.2.4).
#[derive(Clone, Copy, Debug)]
pub(super) struct AttributeView<'a> {
    /// The contents of its OBJECT IDENTIFIER.
    pub(super) oid: &'a [u8],
    pub(super) value: Tlv<'a>,
    /// Which RelativeDistinguishedName it stands in, counted from 0.
    pub(super) rdn: usize,
}

/// The identifier octets of the string types.
pub(super) mod string {
    pub(in crate::lint) const UTF8: u8 = 0x0c;
    pub(in crate::lint) const PRINTABLE: u8 = 0x13;
    pub(in crate::lint) const TELETEX: u8 = 0x14;
    pub(in crate::lint) const IA5: u8 = 0x16;
    pub(in crate::lint) const UNIVERSAL: u8 = 0x1c;
    pub(in crate::lint) const BMP: u8 = 0x1e;
}

/// The attributes of a name, in their order.
pub(super) fn of_name(name: &[u8]) -> Result<Vec<AttributeView<'_>>, Misfit> {
    let mut sets = Fields::of_sequence(name, "name")?;
    let mut list = Vec::with_capacity(8);
    let mut rdn = 0_usize;
    while !sets.is_finished() {
        let set = sets.take(tag::SET, "name", "a SET")?;
        let mut members = Fields::of(set.contents);
        while !members.is_finished() {
            let pair = members.take(tag::SEQUENCE, "name", "an AttributeTypeAndValue")?;
            let mut fields = Fields::of(pair.contents);
            let oid = fields.take(tag::OBJECT_IDENTIFIER, "name", "an OBJECT IDENTIFIER")?;
            let value = fields.any("name", "a value")?;
            fields.end("name")?;
            list.push(AttributeView { oid: oid.contents, value, rdn });
        }
        rdn = rdn.saturating_add(1);
    }
    Ok(list)
}

impl AttributeView<'_> {
    /// Whether it is of a type, by the name that people give it.
    pub(super) fn is(&self, short_name: &str) -> bool {
        attribute::by_short_name(short_name).is_some_and(|known| known.oid.as_bytes() == self.oid)
    }

    /// The name of its type, or the dotted object identifier.
    pub(super) fn name(&self) -> String {
        match ObjectIdentifier::from_bytes(self.oid) {
            Ok(oid) => {
                attribute::by_oid(&oid).map_or_else(|| oid.to_string(), |known| known.short.to_owned())
            }
            Err(_) => hex::encode(self.oid),
        }
    }

    /// The place for a finding.
    pub(super) fn place(&self) -> String {
        format!("subject {}", self.name())
    }

    /// The value as text, if it is a string whose octets are right for its type.
    pub(super) fn text(&self) -> Option<String> {
        let octets = self.value.contents;
        match self.value.tag {
            string::UTF8 => String::from_utf8(octets.to_vec()).ok(),
            string::PRINTABLE | string::IA5 => {
                octets.is_ascii().then(|| octets.iter().copied().map(char::from).collect())
            }
            // Met in old certificates; nobody ever wrote anything but Latin-1 into it.
            string::TELETEX => Some(octets.iter().copied().map(char::from).collect()),
            string::BMP => {
                let (pairs, rest) = octets.as_chunks::<2>();
                let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
                rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
            }
            string::UNIVERSAL => {
                let (fours, rest) = octets.as_chunks::<4>();
                let text: Option<String> =
                    fours.iter().map(|four| char::from_u32(u32::from_be_bytes(*four))).collect();
                text.filter(|_| rest.is_empty())
            }
            _ => None,
        }
    }
}

impl<'a> View<'a> {
    /// The attributes of the subject; none where there is no subject that can be read.
    pub(super) fn subject_attributes(&self) -> Vec<AttributeView<'a>> {
        self.subject.and_then(|name| of_name(name).ok()).unwrap_or_default()
    }
}
