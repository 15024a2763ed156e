//! The values of the extensions that lints look into, read from their octets.
//!
//! A reader answers [`Misfit`] when the value is not its ASN.1 type; the lint `C20-extension-structure`
//! reports that, and the others then leave the extension alone.

use der::asn1::ObjectIdentifier;

use super::tlv::{Tlv, tag};
use super::view::{Fields, Found, Misfit, View};
use crate::x509::extension::oid;

/// BasicConstraints (RFC 5280 s.4.2.1.9), each field as its contents octets.
#[derive(Clone, Copy, Debug)]
pub(super) struct BasicConstraints<'a> {
    pub(super) ca: Option<&'a [u8]>,
    pub(super) path_len: Option<&'a [u8]>,
}

impl<'a> BasicConstraints<'a> {
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Misfit> {
        let mut fields = Fields::of_sequence(value, "basicConstraints")?;
        let ca = fields.optional(tag::BOOLEAN, "basicConstraints.cA")?;
        let path_len = fields.optional(tag::INTEGER, "basicConstraints.pathLenConstraint")?;
        fields.end("basicConstraints")?;
        Ok(Self { ca: ca.map(|field| field.contents), path_len: path_len.map(|field| field.contents) })
    }

    pub(super) fn is_ca(&self) -> bool {
        self.ca.is_some_and(|octets| octets != [0])
    }
}

/// KeyUsage (s.4.2.1.3): the contents of the BIT STRING.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyUsage<'a> {
    /// The number of unused bits in the last octet, as it is written.
    pub(super) unused: u8,
    pub(super) octets: &'a [u8],
}

/// The usages by the number of their bit.
pub(super) const USAGES: [&str; 9] = [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
];

impl<'a> KeyUsage<'a> {
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Misfit> {
        let mut outside = Fields::of(value);
        let bits = outside.take(tag::BIT_STRING, "keyUsage", "a BIT STRING")?;
        outside.end("keyUsage")?;
        match bits.contents.split_first() {
            Some((unused, octets)) => Ok(Self { unused: *unused, octets }),
            None => Err(Misfit { place: "keyUsage", found: Found::End, wanted: "a BIT STRING" }),
        }
    }

    /// Whether a bit is set, by its number.
    pub(super) fn has(&self, bit: usize) -> bool {
        self.octets.get(bit / 8).is_some_and(|octet| octet & (0x80 >> (bit % 8)) != 0)
    }

    /// The names of the usages that are set, among those with these numbers.
    pub(super) fn named(&self, bits: &[usize]) -> Vec<&'static str> {
        let set = bits.iter().filter(|bit| self.has(**bit));
        set.filter_map(|bit| USAGES.get(*bit).copied()).collect()
    }
}

/// AuthorityKeyIdentifier (s.4.2.1.1), each field as its contents octets.
#[derive(Clone, Copy, Debug)]
pub(super) struct AuthorityKeyIdentifier<'a> {
    pub(super) key_identifier: Option<&'a [u8]>,
    pub(super) issuer: Option<&'a [u8]>,
    pub(super) serial: Option<&'a [u8]>,
}

impl<'a> AuthorityKeyIdentifier<'a> {
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Misfit> {
        let mut fields = Fields::of_sequence(value, "authorityKeyIdentifier")?;
        let key_identifier = fields.optional(tag::primitive(0), "authorityKeyIdentifier.keyIdentifier")?;
        let issuer = fields.optional(tag::constructed(1), "authorityKeyIdentifier.authorityCertIssuer")?;
        let serial =
            fields.optional(tag::primitive(2), "authorityKeyIdentifier.authorityCertSerialNumber")?;
        fields.end("authorityKeyIdentifier")?;
        Ok(Self {
            key_identifier: key_identifier.map(|field| field.contents),
            issuer: issuer.map(|field| field.contents),
            serial: serial.map(|field| field.contents),
        })
    }
}

/// SubjectKeyIdentifier (s.4.2.1.2): its octets.
pub(super) fn subject_key_identifier(value: &[u8]) -> Result<&[u8], Misfit> {
    let mut outside = Fields::of(value);
    let octets = outside.take(tag::OCTET_STRING, "subjectKeyIdentifier", "an OCTET STRING")?;
    outside.end("subjectKeyIdentifier")?;
    Ok(octets.contents)
}

/// The members of a SEQUENCE OF.
fn members<'a>(value: &'a [u8], place: &'static str) -> Result<Vec<Tlv<'a>>, Misfit> {
    let mut fields = Fields::of_sequence(value, place)?;
    let mut list = Vec::new();
    while !fields.is_finished() {
        list.push(fields.any(place, "a value")?);
    }
    Ok(list)
}

/// GeneralNames (s.4.2.1.6): each name with its tag.
pub(super) fn general_names<'a>(value: &'a [u8], place: &'static str) -> Result<Vec<Tlv<'a>>, Misfit> {
    let names = members(value, place)?;
    match names.iter().find(|name| !is_general_name(name)) {
        None => Ok(names),
        Some(odd) => Err(Misfit { place, found: Found::Tag(odd.tag), wanted: "a GeneralName" }),
    }
}

/// Whether the tag is one of the nine of GeneralName; 0, 3, 4 and 5 are constructed.
fn is_general_name(name: &Tlv<'_>) -> bool {
    matches!(name.tag, 0xa0 | 0x81 | 0x82 | 0xa3 | 0xa4 | 0xa5 | 0x86 | 0x87 | 0x88)
}

/// The access locations of authorityInfoAccess (s.4.2.2.1).
pub(super) fn access_locations(value: &[u8]) -> Result<Vec<Tlv<'_>>, Misfit> {
    let place = "authorityInfoAccess";
    let mut locations = Vec::new();
    for description in members(value, place)? {
        let mut fields = Fields::of_sequence(description.whole, place)?;
        fields.take(tag::OBJECT_IDENTIFIER, "authorityInfoAccess.accessMethod", "an OBJECT IDENTIFIER")?;
        locations.push(fields.any("authorityInfoAccess.accessLocation", "a GeneralName")?);
        fields.end(place)?;
    }
    Ok(locations)
}

/// The names in the fullNames of cRLDistributionPoints (s.4.2.1.13).
pub(super) fn distribution_point_names(value: &[u8]) -> Result<Vec<Tlv<'_>>, Misfit> {
    let place = "cRLDistributionPoints";
    let mut names = Vec::new();
    for point in members(value, place)? {
        let mut fields = Fields::of_sequence(point.whole, place)?;
        if let Some(name) = fields.optional(tag::constructed(0), place)? {
            let mut choice = Fields::of(name.contents);
            if let Some(full) = choice.optional(tag::constructed(0), place)? {
                let mut each = Fields::of(full.contents);
                while !each.is_finished() {
                    names.push(each.any("cRLDistributionPoints.fullName", "a GeneralName")?);
                }
            } else {
                choice.take(tag::constructed(1), place, "a fullName or nameRelativeToCRLIssuer")?;
            }
            choice.end(place)?;
        }
        fields.optional(tag::primitive(1), place)?;
        fields.optional(tag::constructed(2), place)?;
        fields.end(place)?;
    }
    Ok(names)
}

/// One GeneralSubtree of nameConstraints (s.4.2.1.10).
#[derive(Clone, Copy, Debug)]
pub(super) struct Subtree<'a> {
    pub(super) base: Tlv<'a>,
    /// The contents of minimum, which is DEFAULT 0.
    pub(super) minimum: Option<&'a [u8]>,
}

/// The subtrees of nameConstraints, permitted and excluded.
pub(super) fn subtrees(value: &[u8]) -> Result<Vec<Subtree<'_>>, Misfit> {
    let place = "nameConstraints";
    let mut fields = Fields::of_sequence(value, place)?;
    let mut subtrees = Vec::new();
    for number in [0, 1] {
        let Some(field) = fields.optional(tag::constructed(number), place)? else { continue };
        let mut each = Fields::of(field.contents);
        while !each.is_finished() {
            let one = each.take(tag::SEQUENCE, place, "a GeneralSubtree")?;
            let mut parts = Fields::of(one.contents);
            let base = parts.any("nameConstraints base", "a GeneralName")?;
            let minimum = parts.optional(tag::primitive(0), place)?.map(|field| field.contents);
            parts.optional(tag::primitive(1), place)?;
            parts.end(place)?;
            subtrees.push(Subtree { base, minimum });
        }
    }
    fields.end(place)?;
    Ok(subtrees)
}

/// Why a value is not the type that its object identifier names, if it is not; object identifiers that
/// are not known here have no type.
pub(super) fn misfit(extension: &super::extension_view::ExtensionView<'_>) -> Option<Misfit> {
    let value = extension.value;
    let known = |oid: ObjectIdentifier| extension.is(oid);
    if known(oid::BASIC_CONSTRAINTS) {
        BasicConstraints::read(value).err()
    } else if known(oid::KEY_USAGE) {
        KeyUsage::read(value).err()
    } else if known(oid::SUBJECT_KEY_IDENTIFIER) {
        subject_key_identifier(value).err()
    } else if known(oid::AUTHORITY_KEY_IDENTIFIER) {
        AuthorityKeyIdentifier::read(value).err()
    } else if known(oid::SUBJECT_ALT_NAME) {
        general_names(value, "subjectAltName").err()
    } else if known(oid::AUTHORITY_INFO_ACCESS) {
        access_locations(value).err()
    } else if known(oid::CRL_DISTRIBUTION_POINTS) {
        distribution_point_names(value).err()
    } else if known(oid::NAME_CONSTRAINTS) {
        subtrees(value).err()
    } else if known(oid::EXT_KEY_USAGE) {
        each_is(value, tag::OBJECT_IDENTIFIER, "extKeyUsage", "an OBJECT IDENTIFIER")
    } else if known(oid::CERTIFICATE_POLICIES) {
        each_is(value, tag::SEQUENCE, "certificatePolicies", "a PolicyInformation")
    } else if known(oid::CRL_NUMBER) {
        crl_number(value).err()
    } else {
        super::rarer_value::misfit(extension)
    }
}

/// The contents of cRLNumber (s.5.2.3).
pub(super) fn crl_number(value: &[u8]) -> Result<&[u8], Misfit> {
    let mut outside = Fields::of(value);
    let number = outside.take(tag::INTEGER, "cRLNumber", "an INTEGER")?;
    outside.end("cRLNumber")?;
    Ok(number.contents)
}

fn each_is(value: &[u8], tag: u8, place: &'static str, wanted: &'static str) -> Option<Misfit> {
    match members(value, place) {
        Err(misfit) => Some(misfit),
        Ok(list) => list.iter().find(|member| member.tag != tag).map(|odd| Misfit {
            place,
            found: Found::Tag(odd.tag),
            wanted,
        }),
    }
}

impl<'a> View<'a> {
    /// The value of an extension, if it is there and is its type.
    fn value<T>(&self, oid: ObjectIdentifier, read: impl FnOnce(&'a [u8]) -> Result<T, Misfit>) -> Option<T> {
        self.extension(oid).and_then(|extension| read(extension.value).ok())
    }

    pub(super) fn basic_constraints(&self) -> Option<BasicConstraints<'a>> {
        self.value(oid::BASIC_CONSTRAINTS, BasicConstraints::read)
    }

    pub(super) fn key_usage(&self) -> Option<KeyUsage<'a>> {
        self.value(oid::KEY_USAGE, KeyUsage::read)
    }

    pub(super) fn subject_key_identifier(&self) -> Option<&'a [u8]> {
        self.value(oid::SUBJECT_KEY_IDENTIFIER, subject_key_identifier)
    }

    pub(super) fn authority_key_identifier(&self) -> Option<AuthorityKeyIdentifier<'a>> {
        self.value(oid::AUTHORITY_KEY_IDENTIFIER, AuthorityKeyIdentifier::read)
    }

    pub(super) fn alt_names(&self) -> Option<Vec<Tlv<'a>>> {
        self.value(oid::SUBJECT_ALT_NAME, |value| general_names(value, "subjectAltName"))
    }

    /// Whether basicConstraints say that the subject is a CA.
    pub(super) fn is_ca(&self) -> bool {
        self.basic_constraints().is_some_and(|constraints| constraints.is_ca())
    }
}
