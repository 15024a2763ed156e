//! ExtensionForm: the few forms in which a profile can say the value of an extension that keyrite does not know.

use der::asn1::{AnyRef, Ia5StringRef, IntRef, ObjectIdentifier, PrintableStringRef, UintRef, Utf8StringRef};
use der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};

/// The most values within values.
const DEPTH: usize = 32;

/// The form of the value of an extension that keyrite does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtensionForm {
    /// Any one value in DER.
    Der,
    /// NULL.
    Null,
    /// BOOLEAN.
    Boolean,
    /// INTEGER.
    Integer,
    /// OBJECT IDENTIFIER.
    Oid,
    /// OCTET STRING.
    Octets,
    /// UTF8String.
    Utf8,
    /// IA5String.
    Ia5,
    /// PrintableString.
    Printable,
}

impl ExtensionForm {
    /// Every form.
    pub const ALL: [Self; 9] = [
        Self::Der,
        Self::Null,
        Self::Boolean,
        Self::Integer,
        Self::Oid,
        Self::Octets,
        Self::Utf8,
        Self::Ia5,
        Self::Printable,
    ];

    /// The word in TOML.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Der => "der",
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Oid => "oid",
            Self::Octets => "octets",
            Self::Utf8 => "utf8",
            Self::Ia5 => "ia5",
            Self::Printable => "printable",
        }
    }
}

impl std::fmt::Display for ExtensionForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl std::str::FromStr for ExtensionForm {
    type Err = UnknownForm;

    fn from_str(text: &str) -> Result<Self, UnknownForm> {
        Self::ALL.into_iter().find(|known| known.word() == text).ok_or_else(|| UnknownForm(text.to_owned()))
    }
}

/// A word that is not a form of value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown form of value {0:?}, wanted one of der null boolean integer oid octets utf8 ia5 printable")]
pub struct UnknownForm(pub String);

impl ExtensionForm {
    /// Whether a value of this form is a text, against which a pattern can be held.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Utf8 | Self::Ia5 | Self::Printable)
    }

    /// What is wrong with the DER of a value that should have this form, if anything.
    #[must_use]
    pub fn fault(self, der: &[u8]) -> Option<String> {
        if !is_der(der, DEPTH) {
            return Some("not one value in DER".to_owned());
        }
        let right = match self {
            Self::Der => true,
            Self::Null => der == [0x05, 0x00],
            Self::Boolean => bool::from_der(der).is_ok(),
            Self::Integer => IntRef::from_der(der).is_ok(),
            Self::Oid => <ObjectIdentifier>::from_der(der).is_ok(),
            Self::Octets => AnyRef::from_der(der).is_ok_and(|any| any.tag() == Tag::OctetString),
            Self::Utf8 | Self::Ia5 | Self::Printable => self.text(der).is_some(),
        };
        (!right).then(|| format!("not of the form {self}"))
    }

    /// The text of a value of this form, if it is one.
    #[must_use]
    pub fn text(self, der: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => Utf8StringRef::from_der(der).ok().map(|text| text.as_str().to_owned()),
            Self::Ia5 => Ia5StringRef::from_der(der).ok().map(|text| text.as_str().to_owned()),
            Self::Printable => PrintableStringRef::from_der(der).ok().map(|text| text.as_str().to_owned()),
            Self::Der | Self::Null | Self::Boolean | Self::Integer | Self::Oid | Self::Octets => None,
        }
    }

    /// The DER of a text in this form; nothing where the form is none of a text, or does not have its characters.
    #[must_use]
    pub fn of_text(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Utf8StringRef::new(text).and_then(|text| text.to_der()).ok(),
            Self::Ia5 => Ia5StringRef::new(text).and_then(|text| text.to_der()).ok(),
            Self::Printable => PrintableStringRef::new(text).and_then(|text| text.to_der()).ok(),
            Self::Der | Self::Null | Self::Boolean | Self::Integer | Self::Oid | Self::Octets => None,
        }
    }

    /// The DER of a number of 0 or more as INTEGER.
    #[must_use]
    pub fn of_number(number: u64) -> Option<Vec<u8>> {
        UintRef::new(&number.to_be_bytes()).and_then(|number| number.to_der()).ok()
    }
}

/// Whether octets are exactly one value in DER, all values within it included (X.690 s.10.1: definite lengths, as
/// short as can be).
fn is_der(octets: &[u8], depth: usize) -> bool {
    let Ok(value) = AnyRef::from_der(octets) else { return false };
    if !value.tag().is_constructed() {
        return true;
    }
    let (Some(depth), Ok(mut reader)) = (depth.checked_sub(1), SliceReader::new(value.value())) else {
        return false;
    };
    while !reader.is_finished() {
        let member = AnyRef::decode(&mut reader).and_then(|member| member.to_der());
        if !member.is_ok_and(|member| is_der(&member, depth)) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_of_its_form() {
        for (form, der) in [
            (ExtensionForm::Der, "300730050c036f6e65"),
            (ExtensionForm::Null, "0500"),
            (ExtensionForm::Boolean, "0101ff"),
            (ExtensionForm::Integer, "0201ff"),
            (ExtensionForm::Oid, "06022a03"),
            (ExtensionForm::Octets, "0402cafe"),
            (ExtensionForm::Utf8, "0c02c3a9"),
            (ExtensionForm::Ia5, "160140"),
            (ExtensionForm::Printable, "130141"),
        ] {
            assert_eq!(form.fault(&hex::decode(der).unwrap()), None, "{form} {der}");
            let other =
                if form == ExtensionForm::Null { ExtensionForm::Boolean } else { ExtensionForm::Null };
            assert_eq!(other.fault(&hex::decode(der).unwrap()), Some(format!("not of the form {other}")));
        }
    }

    #[test]
    fn what_is_not_exactly_one_value_is_none() {
        for der in ["", "05", "050000", "0c0261", "30800000", "30020c01", "3081020500", "30040c0261"] {
            let fault = ExtensionForm::Der.fault(&hex::decode(der).unwrap());
            assert_eq!(fault.as_deref(), Some("not one value in DER"), "{der}");
        }
        let deep = (0..40)
            .fold(vec![5, 0], |inner, _| AnyRef::new(Tag::Sequence, &inner).unwrap().to_der().unwrap());
        assert!(ExtensionForm::Der.fault(&deep).is_some());
    }

    #[test]
    fn texts_and_numbers_are_encoded_in_their_form() {
        let hex = |der: Option<Vec<u8>>| der.map(hex::encode);
        assert_eq!(hex(ExtensionForm::Utf8.of_text("é")).as_deref(), Some("0c02c3a9"));
        assert_eq!(hex(ExtensionForm::Ia5.of_text("é")), None);
        assert_eq!(hex(ExtensionForm::Printable.of_text("a@b")), None);
        assert_eq!(hex(ExtensionForm::of_number(0)).as_deref(), Some("020100"));
        assert_eq!(hex(ExtensionForm::of_number(255)).as_deref(), Some("020200ff"));
    }
}
