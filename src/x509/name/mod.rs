//! Name (RFC 5280 s.4.1.2.4): a distinguished name as the octets that certificates carry.
//!
//! A [`Name`] keeps its DER and never encodes itself anew: the issuer field of what a CA signs is then
//! octet for octet the subject field of the CA's own certificate, whatever string types that one chose.

pub mod attribute;
pub mod country;
mod text;

use std::fmt;
use std::str::FromStr;

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};

pub use text::NameSyntaxError;

/// A distinguished name: an RDNSequence in DER, possibly empty.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    der: Vec<u8>,
}

/// One AttributeTypeAndValue of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The attribute type.
    pub oid: ObjectIdentifier,
    /// The tag of the value's string type.
    pub tag: Tag,
    /// The contents octets of the value.
    pub octets: Vec<u8>,
    /// Which RelativeDistinguishedName it stands in, counted from 0 in the order of encoding.
    pub rdn: usize,
}

impl Attribute {
    /// The short name of the type, or its dotted object identifier.
    #[must_use]
    pub fn short_name(&self) -> String {
        attribute::by_oid(&self.oid).map_or_else(|| self.oid.to_string(), |known| known.short.to_owned())
    }

    /// The value as text, if its octets are right for its string type.
    #[must_use]
    #[expect(clippy::wildcard_enum_match_arm, reason = "every tag but the string types has no text")]
    pub fn text(&self) -> Option<String> {
        match self.tag {
            Tag::Utf8String => String::from_utf8(self.octets.clone()).ok(),
            Tag::PrintableString | Tag::Ia5String | Tag::VisibleString | Tag::NumericString => {
                self.octets.is_ascii().then(|| String::from_utf8(self.octets.clone()).ok()).flatten()
            }
            // Met in old CA certificates; nobody ever wrote anything but Latin-1 into it.
            Tag::TeletexString => Some(self.octets.iter().copied().map(char::from).collect()),
            Tag::BmpString => {
                let (pairs, rest) = self.octets.as_chunks::<2>();
                let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
                rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
            }
            _ => None,
        }
    }
}

impl Name {
    /// The empty name: the subject of certificates whose names all stand in subjectAltName.
    #[must_use]
    pub fn empty() -> Self {
        Self { der: vec![0x30, 0x00] }
    }

    /// Takes the DER of an RDNSequence and keeps it as it is.
    ///
    /// # Errors
    /// A [`der::Error`] when the octets are not a sequence of non-empty sets of type and value.
    pub fn from_der(der: &[u8]) -> Result<Self, der::Error> {
        let name = Self { der: der.to_vec() };
        name.read()?;
        Ok(name)
    }

    /// Builds a name from attributes; those with the same `rdn` as their predecessor share one set.
    ///
    /// # Errors
    /// A [`der::Error`] when a value is too large to be encoded.
    pub fn from_attributes(attributes: &[Attribute]) -> Result<Self, der::Error> {
        let mut sets: Vec<(usize, Vec<Vec<u8>>)> = Vec::new();
        for attribute in attributes {
            let value = AnyRef::new(attribute.tag, &attribute.octets)?.to_der()?;
            let pair = [attribute.oid.to_der()?, value].concat();
            let encoded = AnyRef::new(Tag::Sequence, &pair)?.to_der()?;
            match sets.last_mut() {
                Some((rdn, members)) if *rdn == attribute.rdn => members.push(encoded),
                _ => sets.push((attribute.rdn, vec![encoded])),
            }
        }
        let mut contents = Vec::new();
        for (_, mut members) in sets {
            members.sort(); // SET OF in DER: X.690 s.11.6
            contents.extend(AnyRef::new(Tag::Set, &members.concat())?.to_der()?);
        }
        Ok(Self { der: AnyRef::new(Tag::Sequence, &contents)?.to_der()? })
    }

    /// The DER of the RDNSequence.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Whether the name has no attributes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.der == [0x30, 0x00]
    }

    /// The attributes in the order of encoding.
    #[must_use]
    pub fn attributes(&self) -> Vec<Attribute> {
        self.read().unwrap_or_default()
    }

    /// The text of the first attribute of a type.
    #[must_use]
    pub fn first(&self, short_name: &str) -> Option<String> {
        let wanted = attribute::by_short_name(short_name)?;
        self.attributes().into_iter().find(|found| found.oid == wanted.oid)?.text()
    }

    /// Whether the name has the same attributes with the same text as another one, perhaps in other string types
    /// or in another case of letters: relying parties may take the two for one (RFC 5280 s.7.1).
    #[must_use]
    pub fn reads_as(&self, other: &Self) -> bool {
        let fold = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let texts = |name: &Self| -> Option<Vec<_>> {
            name.attributes().iter().map(|each| Some((each.oid, each.rdn, fold(each.text()?)))).collect()
        };
        self == other || texts(self).is_some_and(|found| Some(found) == texts(other))
    }

    fn read(&self) -> Result<Vec<Attribute>, der::Error> {
        let mut found = Vec::new();
        let sequence = AnyRef::from_der(&self.der)?;
        sequence.tag().assert_eq(Tag::Sequence)?;
        let mut rdns = SliceReader::new(sequence.value())?;
        let mut rdn = 0_usize;
        while !rdns.is_finished() {
            let set = AnyRef::decode(&mut rdns)?;
            set.tag().assert_eq(Tag::Set)?;
            let mut members = SliceReader::new(set.value())?;
            if members.is_finished() {
                return Err(Tag::Set.length_error().into());
            }
            while !members.is_finished() {
                let pair = AnyRef::decode(&mut members)?;
                pair.tag().assert_eq(Tag::Sequence)?;
                let mut fields = SliceReader::new(pair.value())?;
                let oid = ObjectIdentifier::decode(&mut fields)?;
                let value = AnyRef::decode(&mut fields)?;
                fields.finish()?;
                found.push(Attribute { oid, tag: value.tag(), octets: value.value().to_vec(), rdn });
            }
            rdn = rdn.saturating_add(1);
        }
        Ok(found)
    }
}

impl fmt::Display for Name {
    /// RFC 4514 escaping, in the order of encoding (that is, `C` first where it is encoded first).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::print(&self.attributes(), f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

impl FromStr for Name {
    type Err = NameSyntaxError;

    /// Reads RFC 4514 text whose attributes stand in the order in which they are to be encoded.
    fn from_str(text: &str) -> Result<Self, NameSyntaxError> {
        text::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_read_alike_are_told_whatever_their_string_types() {
        let utf8: Name = "C=AT,O=Example,CN=Example Root".parse().unwrap();
        let mut attributes = utf8.attributes();
        attributes[1].tag = Tag::PrintableString;
        attributes[2].octets = b"example  ROOT".to_vec();
        let other = Name::from_attributes(&attributes).unwrap();
        assert_ne!(utf8, other);
        assert!(utf8.reads_as(&other) && utf8.reads_as(&utf8));
        for different in
            ["C=AT,O=Example,CN=Example Root 2", "O=Example,C=AT,CN=Example Root", "CN=Example Root"]
        {
            assert!(!utf8.reads_as(&different.parse().unwrap()), "{different}");
        }
    }
}
