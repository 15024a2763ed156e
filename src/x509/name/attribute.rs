//! The attribute types of distinguished names: their short names, string types and upper bounds.

use der::Tag;
use der::asn1::ObjectIdentifier;

/// What RFC 5280 appendix A and BR 7.1.4 say of an attribute type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeType {
    /// Its object identifier.
    pub oid: ObjectIdentifier,
    /// The name by which people write it.
    pub short: &'static str,
    /// The string type in which keyrite encodes it.
    pub string: StringType,
    /// The most characters it may have.
    pub most: usize,
}

/// The string types that keyrite writes (BR 7.1.4.2: UTF8String unless the attribute demands another).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringType {
    /// UTF8String, for every DirectoryString.
    Utf8,
    /// PrintableString, where RFC 5280 allows no other.
    Printable,
    /// IA5String, for domainComponent and emailAddress.
    Ia5,
}

impl StringType {
    /// The ASN.1 tag.
    #[must_use]
    pub const fn tag(self) -> Tag {
        match self {
            Self::Utf8 => Tag::Utf8String,
            Self::Printable => Tag::PrintableString,
            Self::Ia5 => Tag::Ia5String,
        }
    }
}

impl std::fmt::Display for StringType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF8String",
            Self::Printable => "PrintableString",
            Self::Ia5 => "IA5String",
        })
    }
}

const fn known(oid: &'static str, short: &'static str, string: StringType, most: usize) -> AttributeType {
    AttributeType { oid: ObjectIdentifier::new_unwrap(oid), short, string, most }
}

/// Every attribute type that has a short name here, in the order of BR 7.1.4.2 table 78 as far as it goes.
pub const ATTRIBUTE_TYPES: [AttributeType; 25] = [
    known("0.9.2342.19200300.100.1.25", "DC", StringType::Ia5, 63),
    known("2.5.4.6", "C", StringType::Printable, 2),
    known("2.5.4.8", "ST", StringType::Utf8, 128),
    known("2.5.4.7", "L", StringType::Utf8, 128),
    known("2.5.4.17", "postalCode", StringType::Utf8, 40),
    known("2.5.4.9", "street", StringType::Utf8, 128),
    known("2.5.4.10", "O", StringType::Utf8, 64),
    known("2.5.4.97", "organizationIdentifier", StringType::Utf8, 256),
    known("2.5.4.4", "SN", StringType::Utf8, 64),
    known("2.5.4.42", "GN", StringType::Utf8, 64),
    known("2.5.4.11", "OU", StringType::Utf8, 64),
    known("2.5.4.3", "CN", StringType::Utf8, 64),
    known("2.5.4.15", "businessCategory", StringType::Utf8, 128),
    known("1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC", StringType::Printable, 2),
    known("1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST", StringType::Utf8, 128),
    known("1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL", StringType::Utf8, 128),
    known("2.5.4.5", "serialNumber", StringType::Printable, 64),
    known("0.9.2342.19200300.100.1.1", "UID", StringType::Utf8, 256),
    known("2.5.4.12", "title", StringType::Utf8, 64),
    known("2.5.4.43", "initials", StringType::Utf8, 64),
    known("2.5.4.44", "generationQualifier", StringType::Utf8, 64),
    known("2.5.4.65", "pseudonym", StringType::Utf8, 128),
    known("2.5.4.41", "name", StringType::Utf8, 64),
    known("2.5.4.46", "dnQualifier", StringType::Printable, 64),
    known("1.2.840.113549.1.9.1", "emailAddress", StringType::Ia5, 255),
];

/// Other spellings that OpenSSL, Windows and RFC 4519 have for the same types.
const ALIASES: [(&str, &str); 12] = [
    ("S", "ST"),
    ("SP", "ST"),
    ("streetAddress", "street"),
    ("E", "emailAddress"),
    ("EMAIL", "emailAddress"),
    ("surname", "SN"),
    ("givenName", "GN"),
    ("G", "GN"),
    ("T", "title"),
    ("countryName", "C"),
    ("commonName", "CN"),
    ("organizationName", "O"),
];

/// The type of an object identifier, if it is known here.
#[must_use]
pub fn by_oid(oid: &ObjectIdentifier) -> Option<&'static AttributeType> {
    ATTRIBUTE_TYPES.iter().find(|known| known.oid == *oid)
}

/// The type of a short name or one of its other spellings, in upper or lower case.
#[must_use]
pub fn by_short_name(name: &str) -> Option<&'static AttributeType> {
    let same = |other: &str| other.eq_ignore_ascii_case(name);
    let short = ALIASES.iter().find(|(alias, _)| same(alias)).map_or(name, |(_, short)| short);
    ATTRIBUTE_TYPES.iter().find(|known| known.short.eq_ignore_ascii_case(short))
}

/// Whether a character belongs to PrintableString (X.680 s.41.4).
#[must_use]
pub const fn is_printable(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, ' ' | '\'' | '(' | ')' | '+' | ',' | '-' | '.' | '/' | ':' | '=' | '?')
}
