//! Names as people write them: RFC 4514, but in the order of encoding and with every value looked at.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Tag, Tagged};

use super::attribute::{self, StringType, is_printable};
use super::{Attribute, Name};
use crate::x509::excerpt::Excerpt;

/// Why text is not a distinguished name that keyrite would encode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameSyntaxError {
    /// Something other than `TYPE=value` parts joined by commas.
    #[error("{} is not a distinguished name at character {at}: {why}", Excerpt(found))]
    Syntax {
        /// The whole text.
        found: String,
        /// The place, counted in characters from 1.
        at: usize,
        /// What was wanted there.
        why: &'static str,
    },
    /// An attribute type without a known name.
    #[error("unknown attribute type {}{}", Excerpt(found), nearest.as_ref().map_or(String::new(), |near| format!(", did you mean {near}?")))]
    UnknownType {
        /// The name that was found.
        found: String,
        /// The known name that is most like it.
        nearest: Option<&'static str>,
    },
    /// A value that its attribute type does not allow.
    #[error("value {} of {attribute} {why}", Excerpt(value))]
    Value {
        /// The attribute type.
        attribute: String,
        /// The value.
        value: String,
        /// What is wrong with it.
        why: String,
    },
}

pub(super) fn print(attributes: &[Attribute], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut before = None;
    for attribute in attributes {
        match before {
            None => {}
            Some(rdn) if rdn == attribute.rdn => f.write_str("+")?,
            Some(_) => f.write_str(",")?,
        }
        before = Some(attribute.rdn);
        write!(f, "{}=", attribute.short_name())?;
        match attribute.text() {
            Some(text) => escape(&text, f)?,
            None => {
                // RFC 4514 s.2.4: the DER of the value in hex where it has no text.
                let der =
                    AnyRef::new(attribute.tag, &attribute.octets).and_then(|any| der::Encode::to_der(&any));
                write!(f, "#{}", hex::encode(der.unwrap_or_default()))?;
            }
        }
    }
    Ok(())
}

fn escape(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    // Most texts are of letters, digits, dots and hyphens, and have nothing to escape.
    if text.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-')) {
        return f.write_str(text);
    }
    let last = text.chars().count().saturating_sub(1);
    for (at, c) in text.chars().enumerate() {
        let special = matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';')
            || (at == 0 && matches!(c, ' ' | '#'))
            || (at == last && c == ' ');
        if special {
            write!(f, "\\{c}")?;
        } else if c.is_ascii_control() {
            write!(f, "\\{:02x}", u32::from(c))?;
        } else {
            write!(f, "{c}")?;
        }
    }
    Ok(())
}

pub(super) fn parse(text: &str) -> Result<Name, NameSyntaxError> {
    let mut cursor = Cursor { text, chars: text.chars().peekable(), at: 1 };
    let mut attributes = Vec::new();
    let mut rdn = 0_usize;
    cursor.skip_blanks();
    loop {
        let kind = cursor.attribute_type()?;
        let value = cursor.value()?;
        attributes.push(attribute_of(&kind, value, rdn)?);
        match cursor.next() {
            None => break,
            Some(',' | ';') => rdn = rdn.saturating_add(1),
            Some('+') => {}
            Some(_) => return Err(cursor.error("a comma was wanted after the value")),
        }
        cursor.skip_blanks();
    }
    Name::from_attributes(&attributes).map_err(|_| cursor.error("the name is too large"))
}

enum RawValue {
    Text(String),
    Der(Vec<u8>),
}

struct Cursor<'a> {
    text: &'a str,
    chars: Peekable<Chars<'a>>,
    at: usize,
}

impl Cursor<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.next();
        self.at = self.at.saturating_add(usize::from(c.is_some()));
        c
    }

    fn error(&self, why: &'static str) -> NameSyntaxError {
        NameSyntaxError::Syntax { found: self.text.to_owned(), at: self.at, why }
    }

    fn skip_blanks(&mut self) {
        while self.chars.peek() == Some(&' ') {
            self.next();
        }
    }

    fn attribute_type(&mut self) -> Result<String, NameSyntaxError> {
        let mut kind = String::new();
        loop {
            match self.next() {
                Some('=') if kind.is_empty() => {
                    return Err(self.error("an attribute type was wanted before ="));
                }
                Some('=') => return Ok(kind.trim_end().to_owned()),
                Some(c) if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ' ') => kind.push(c),
                _ => return Err(self.error("TYPE=value was wanted, such as CN=Example Root")),
            }
        }
    }

    fn value(&mut self) -> Result<RawValue, NameSyntaxError> {
        self.skip_blanks();
        match self.chars.peek() {
            Some('#') => self.hex_value(),
            Some('"') => self.quoted(),
            _ => self.plain(),
        }
    }

    fn hex_value(&mut self) -> Result<RawValue, NameSyntaxError> {
        self.next();
        let mut digits = String::new();
        while let Some(c) = self.chars.next_if(char::is_ascii_hexdigit) {
            digits.push(c);
            self.at = self.at.saturating_add(1);
        }
        hex::decode(&digits)
            .map(RawValue::Der)
            .map_err(|_| self.error("pairs of hex digits were wanted after #"))
    }

    fn quoted(&mut self) -> Result<RawValue, NameSyntaxError> {
        self.next();
        let mut octets = Vec::new();
        loop {
            match self.next() {
                Some('"') => break,
                Some('\\') => self.escaped(&mut octets)?,
                Some(c) => push(&mut octets, c),
                None => return Err(self.error("a closing quotation mark was wanted")),
            }
        }
        self.skip_blanks();
        self.utf8(octets)
    }

    fn plain(&mut self) -> Result<RawValue, NameSyntaxError> {
        let mut octets = Vec::new();
        let mut kept = 0;
        while let Some(c) = self.chars.next_if(|c| !matches!(c, ',' | ';' | '+')) {
            self.at = self.at.saturating_add(1);
            match c {
                '\\' => self.escaped(&mut octets)?,
                '"' | '<' | '>' => return Err(self.error("the character before needs a backslash")),
                c => push(&mut octets, c),
            }
            // Blanks at the end count only when they were escaped.
            if c != ' ' {
                kept = octets.len();
            }
        }
        octets.truncate(kept);
        self.utf8(octets)
    }

    fn escaped(&mut self, octets: &mut Vec<u8>) -> Result<(), NameSyntaxError> {
        let Some(first) = self.next() else {
            return Err(self.error("a character was wanted after the backslash"));
        };
        let Some(high) = first.to_digit(16) else {
            if first.is_ascii_punctuation() || first == ' ' {
                push(octets, first);
                return Ok(());
            }
            return Err(self.error("two hex digits or a special character were wanted after the backslash"));
        };
        let low = self.next().and_then(|c| c.to_digit(16));
        let octet = low.and_then(|low| u8::try_from(high.saturating_mul(16).saturating_add(low)).ok());
        octets.push(octet.ok_or_else(|| self.error("a second hex digit was wanted after the backslash"))?);
        Ok(())
    }

    fn utf8(&self, octets: Vec<u8>) -> Result<RawValue, NameSyntaxError> {
        String::from_utf8(octets)
            .map(RawValue::Text)
            .map_err(|_| self.error("the escaped octets are not UTF-8"))
    }
}

fn push(octets: &mut Vec<u8>, c: char) {
    octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn attribute_of(kind: &str, value: RawValue, rdn: usize) -> Result<Attribute, NameSyntaxError> {
    let known = attribute::by_short_name(kind);
    let oid = match known {
        Some(known) => known.oid,
        None => ObjectIdentifier::new(kind).map_err(|_| unknown(kind))?,
    };
    let known = known.or_else(|| attribute::by_oid(&oid));
    let (tag, octets, text) = match value {
        RawValue::Text(text) => {
            (known.map_or(StringType::Utf8, |known| known.string).tag(), text.clone().into_bytes(), text)
        }
        RawValue::Der(der) => {
            let refused = |why: &str| NameSyntaxError::Value {
                attribute: kind.to_owned(),
                value: format!("#{}", hex::encode(&der)),
                why: why.to_owned(),
            };
            let any = AnyRef::from_der(&der).map_err(|_| refused("is not one DER value"))?;
            let found = Attribute { oid, tag: any.tag(), octets: any.value().to_vec(), rdn };
            let text = found.text().ok_or_else(|| refused("is not a string"))?;
            (any.tag(), found.octets, text)
        }
    };
    let short = known.map_or(kind, |known| known.short);
    if let Some(why) = refusal(&text, tag, known) {
        return Err(NameSyntaxError::Value { attribute: short.to_owned(), value: text, why });
    }
    Ok(Attribute { oid, tag, octets, rdn })
}

fn unknown(kind: &str) -> NameSyntaxError {
    let nearest = attribute::ATTRIBUTE_TYPES
        .iter()
        .map(|known| {
            (strsim::damerau_levenshtein(&known.short.to_lowercase(), &kind.to_lowercase()), known.short)
        })
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, short)| short);
    NameSyntaxError::UnknownType { found: kind.to_owned(), nearest }
}

/// What is wrong with a value, if anything: emptiness, blanks at the ends, control characters, the
/// alphabet of its string type, its length in characters (RFC 5280 appendix A.1).
fn refusal(text: &str, tag: Tag, known: Option<&attribute::AttributeType>) -> Option<String> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        return Some("is empty".to_owned());
    }
    if text.trim() != text {
        return Some("begins or ends with a blank".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Some("has a control character".to_owned());
    }
    if tag == Tag::PrintableString && !text.chars().all(is_printable) {
        return Some("has a character that PrintableString does not have".to_owned());
    }
    if tag == Tag::Ia5String && !text.is_ascii() {
        return Some("has a character outside ASCII".to_owned());
    }
    let known = known?;
    if length > known.most {
        return Some(format!("has {length} characters, wanted at most {}", known.most));
    }
    if known.most == 2 && !(length == 2 && text.chars().all(|c| c.is_ascii_uppercase())) {
        return Some("is not a country code, wanted two capital letters (ISO 3166-1)".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_attribute_is_encoded_first() {
        let name = read("C=AT, O=Example, CN=Example Root G1");
        let shorts: Vec<String> = name.attributes().iter().map(Attribute::short_name).collect();
        assert_eq!(shorts, ["C", "O", "CN"]);
        assert_eq!(name.to_string(), "C=AT,O=Example,CN=Example Root G1");
        // printf of: openssl req -subj "/C=AT/O=Example/CN=Example Root G1" -utf8
        let expected = "3039310b30090603550406130241543110300e060355040a0c074578616d706c653118301606035504\
                        030c0f4578616d706c6520526f6f74204731";
        assert_eq!(hex::encode(name.as_der()), expected);
    }

    #[test]
    fn escapes_quotes_and_hex_read_and_print_back() {
        for (text, value) in [
            (r"O=Example\, Inc.", "Example, Inc."),
            ("O=\"Example, Inc.\"", "Example, Inc."),
            (r"O=a\\\,b", r"a\,b"),
            (r"O=\C3\A9t\C3\A9", "été"),
            (r"O=\#1", "#1"),
            ("O=#0c0161", "a"),
        ] {
            let name = read(text);
            assert_eq!(name.attributes()[0].text().unwrap(), value, "{text}");
            assert_eq!(read(&name.to_string()), name, "{text}");
        }
    }

    #[test]
    fn a_value_given_as_der_keeps_its_octets() {
        let name = read("O=#1e04004b00f6");
        assert_eq!(name.attributes()[0].octets, [0, 0x4b, 0, 0xf6]);
        assert_eq!(name.to_string(), "O=Kö");
    }

    #[test]
    fn a_plus_makes_one_set_sorted_as_der_wants() {
        assert_eq!(read("CN=a+O=b").as_der(), read("O=b+CN=a").as_der());
        assert_eq!(read("CN=a+O=b").attributes()[1].rdn, 0);
    }

    #[test]
    fn every_refused_value_says_why() {
        for (text, why) in [
            ("", "TYPE=value"),
            ("CN", "TYPE=value"),
            ("CN=", "is empty"),
            ("=x", "attribute type"),
            ("C=Austria", "at most 2"),
            ("C=at", "two capital letters"),
            ("C=A1", "two capital letters"),
            ("serialNumber=a@b", "PrintableString"),
            ("emailAddress=é@example.test", "outside ASCII"),
            ("CN=a\u{7}b", "control character"),
            (r"CN=a\0ab", "control character"),
            (r"CN=\ffx", "not UTF-8"),
            (r"CN=x\", "after the backslash"),
            ("CN=\"x", "closing quotation mark"),
            ("CN=a<b", "needs a backslash"),
            ("CN=a,", "TYPE=value"),
            ("OI=x", "did you mean"),
            ("nonsense=x", "unknown attribute type"),
        ] {
            let error = text.parse::<Name>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        let long = format!("CN={}", "x".repeat(65));
        assert!(long.parse::<Name>().unwrap_err().to_string().contains("65 characters"));
    }

    #[test]
    fn octets_that_are_not_a_name_are_refused() {
        for bad in ["31003000", "30023100", "3005310330010c", "300b31093007060355040a0c0161 00"] {
            assert!(Name::from_der(&hex::decode(bad.replace(' ', "")).unwrap()).is_err(), "{bad}");
        }
    }

    #[test]
    fn old_string_types_are_kept_and_shown() {
        let name = Name::from_der(&hex::decode("30143112301006035504030309").unwrap_or_default());
        assert!(name.is_err());
        let attribute = Attribute {
            oid: attribute::by_short_name("O").unwrap().oid,
            tag: Tag::TeletexString,
            octets: vec![0x4b, 0xf6, 0x6c, 0x6e],
            rdn: 0,
        };
        let name = Name::from_attributes(&[attribute]).unwrap();
        assert_eq!(name.to_string(), "O=Köln");
        assert_eq!(Name::from_der(name.as_der()).unwrap().as_der(), name.as_der());
    }
}
