//! Names as `openssl ca` writes them into its index: `/C=AT/O=Example/CN=www`.
//!
//! The form is one-way. Values are octets, those outside printable ASCII as `\xHH`, and a backslash is not escaped
//! itself. Since OpenSSL 3.0 `/` and `+` within values are escaped and `+` joins the members of one set; before, both
//! were left as they are and `/` stood everywhere. So names are not read back to be compared: a name is written in
//! both forms and held against the text.

use der::Tag;
use der::asn1::ObjectIdentifier;

use crate::x509::name::attribute::{self, StringType};
use crate::x509::name::{Attribute, Name};

/// Attribute types that OpenSSL has short names for and keyrite has not.
const OTHERS: [(&str, &str); 22] = [
    ("2.5.4.13", "description"),
    ("2.5.4.14", "searchGuide"),
    ("2.5.4.16", "postalAddress"),
    ("2.5.4.18", "postOfficeBox"),
    ("2.5.4.19", "physicalDeliveryOfficeName"),
    ("2.5.4.20", "telephoneNumber"),
    ("2.5.4.23", "facsimileTelephoneNumber"),
    ("2.5.4.26", "registeredAddress"),
    ("2.5.4.27", "destinationIndicator"),
    ("2.5.4.28", "preferredDeliveryMethod"),
    ("2.5.4.45", "x500UniqueIdentifier"),
    ("2.5.4.51", "houseIdentifier"),
    ("2.5.4.54", "dmdName"),
    ("2.5.4.72", "role"),
    ("0.9.2342.19200300.100.1.3", "mail"),
    ("0.9.2342.19200300.100.1.5", "favouriteDrink"),
    ("1.2.840.113549.1.9.2", "unstructuredName"),
    ("1.2.840.113549.1.9.7", "challengePassword"),
    ("1.2.840.113549.1.9.8", "unstructuredAddress"),
    ("1.2.643.3.131.1.1", "INN"),
    ("1.2.643.100.1", "OGRN"),
    ("1.2.643.100.3", "SNILS"),
];

/// Which OpenSSL writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// 3.0 and later: `/` and `+` in values are escaped, `+` joins the members of a set.
    Escaped,
    /// Before: everything as it is.
    Plain,
}

/// The name as OpenSSL 3 writes it.
#[must_use]
pub fn write(name: &Name) -> String {
    let mut text = String::new();
    let mut before = None;
    for attribute in name.attributes() {
        text.push(separator(Form::Escaped, before, &attribute));
        before = Some(attribute.rdn);
        text.push_str(&short_name(&attribute).unwrap_or_else(|| attribute.oid.to_string()));
        text.push('=');
        text.push_str(&value(Form::Escaped, &attribute));
    }
    text
}

/// Whether a text of the index is this name, as any OpenSSL writes it.
#[must_use]
pub fn is(text: &str, name: &Name) -> bool {
    let attributes = name.attributes();
    [Form::Escaped, Form::Plain].into_iter().any(|form| matches(form, text, &attributes) == Some(true))
}

fn matches(form: Form, text: &str, attributes: &[Attribute]) -> Option<bool> {
    let mut rest = text;
    let mut before = None;
    for attribute in attributes {
        rest = rest.strip_prefix(separator(form, before, attribute))?;
        before = Some(attribute.rdn);
        let (name, after) = rest.split_once('=')?;
        // OpenSSL's list of names is longer, and configurations add to it: a type without a name here has any.
        if short_name(attribute).is_some_and(|known| known != name) && name != attribute.oid.to_string() {
            return Some(false);
        }
        rest = after.strip_prefix(value(form, attribute).as_str())?;
    }
    Some(rest.is_empty())
}

fn separator(form: Form, before: Option<usize>, attribute: &Attribute) -> char {
    if form == Form::Escaped && before == Some(attribute.rdn) { '+' } else { '/' }
}

fn short_name(attribute: &Attribute) -> Option<String> {
    let oid = attribute.oid.to_string();
    attribute::by_oid(&attribute.oid)
        .map(|known| known.short.to_owned())
        .or_else(|| OTHERS.iter().find(|(known, _)| *known == oid).map(|(_, name)| (*name).to_owned()))
}

fn value(form: Form, attribute: &Attribute) -> String {
    let mut text = String::with_capacity(attribute.octets.len());
    for octet in seen(attribute) {
        match octet {
            b'/' | b'+' if form == Form::Escaped => {
                text.push('\\');
                text.push(char::from(octet));
            }
            b' '..=b'~' => text.push(char::from(octet)),
            _ => text.push_str(&format!("\\x{octet:02X}")),
        }
    }
    text
}

/// The octets of a value that are written: of a GeneralString that looks like UCS-4, every fourth.
fn seen(attribute: &Attribute) -> Vec<u8> {
    let (quads, rest) = attribute.octets.as_chunks::<4>();
    let ucs4 = attribute.tag == Tag::GeneralString
        && rest.is_empty()
        && quads.iter().all(|[first, second, third, _]| (*first, *second, *third) == (0, 0, 0));
    if ucs4 { quads.iter().map(|[.., last]| *last).collect() } else { attribute.octets.clone() }
}

/// Reads a name for people to look at, where there is no certificate that has it: which string types it had is lost,
/// and a value with a `/` in it may be read as two. Nothing when it is no name at all.
#[must_use]
pub fn read(text: &str) -> Option<Name> {
    let mut attributes: Vec<Attribute> = Vec::new();
    let mut rest = text;
    let mut rdn = 0_usize;
    while !rest.is_empty() {
        let (joined, after) = match (rest.strip_prefix('/'), rest.strip_prefix('+')) {
            (Some(after), _) => (false, after),
            (None, Some(after)) if !attributes.is_empty() => (true, after),
            (None, _) => return None,
        };
        rdn = if joined || attributes.is_empty() { rdn } else { rdn.saturating_add(1) };
        let (kind, after) = after.split_once('=')?;
        let (value, next) = after.split_at_checked(end_of_value(after))?;
        rest = next;
        attributes.push(attribute_of(kind, &unescape(value), rdn)?);
    }
    Name::from_attributes(&attributes).ok()
}

/// Where the next attribute begins: at a `/` or `+` that is not escaped and is followed by `TYPE=`.
fn end_of_value(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && matches!(c, '/' | '+') {
            let kind = text.get(at.saturating_add(1)..).and_then(|after| after.split_once('='));
            let is_type = |kind: &str| {
                !kind.is_empty() && kind.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'.' || c == b'-')
            };
            if kind.is_some_and(|(kind, _)| is_type(kind)) {
                return at;
            }
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => return octets,
            [b'\\', b'x', high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                octets.extend(hex::decode([*high, *low]).unwrap_or_default());
                after
            }
            [b'\\', c @ (b'/' | b'+'), after @ ..] | [c, after @ ..] => {
                octets.push(*c);
                after
            }
        };
    }
}

fn attribute_of(kind: &str, octets: &[u8], rdn: usize) -> Option<Attribute> {
    let other = OTHERS.iter().find(|(_, name)| name.eq_ignore_ascii_case(kind)).map(|(oid, _)| *oid);
    let known = attribute::by_short_name(kind);
    let oid = match known {
        Some(known) => known.oid,
        None => ObjectIdentifier::new(other.unwrap_or(kind)).ok()?,
    };
    let tag = if std::str::from_utf8(octets).is_err() {
        Tag::TeletexString
    } else if octets.is_ascii() {
        known.map_or(Tag::Utf8String, |known| known.string.tag())
    } else {
        StringType::Utf8.tag()
    };
    Some(Attribute { oid, tag, octets: octets.to_vec(), rdn })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(attributes: &[(&str, Tag, &[u8], usize)]) -> Name {
        let attributes: Vec<Attribute> = attributes
            .iter()
            .map(|(oid, tag, octets, rdn)| Attribute {
                oid: ObjectIdentifier::new(oid).unwrap(),
                tag: *tag,
                octets: octets.to_vec(),
                rdn: *rdn,
            })
            .collect();
        Name::from_attributes(&attributes).unwrap()
    }

    const O: &str = "2.5.4.10";
    const CN: &str = "2.5.4.3";

    #[test]
    fn both_forms_of_openssl_are_the_name() {
        let odd = name(&[(O, Tag::Utf8String, b"Ex/y", 0), (CN, Tag::Utf8String, b"a\\b+c", 1)]);
        assert_eq!(write(&odd), "/O=Ex\\/y/CN=a\\b\\+c");
        assert!(is("/O=Ex\\/y/CN=a\\b\\+c", &odd) && is("/O=Ex/y/CN=a\\b+c", &odd));
        assert!(!is("/O=Ex/y/CN=a\\b+d", &odd) && !is("/O=Ex/y", &odd) && !is("", &odd));
        assert!(!is("/O=Ex/y/CN=a\\b+c/CN=d", &odd));
    }

    #[test]
    fn octets_are_written_and_not_letters() {
        let utf8 = name(&[(CN, Tag::Utf8String, "Größe\t".as_bytes(), 0)]);
        assert_eq!(write(&utf8), "/CN=Gr\\xC3\\xB6\\xC3\\x9Fe\\x09");
        let t61 = name(&[(CN, Tag::TeletexString, b"Gr\xf6\xdfe", 0)]);
        assert_eq!(write(&t61), "/CN=Gr\\xF6\\xDFe");
        assert!(is(&write(&t61), &t61) && !is(&write(&t61), &utf8));
        let bmp = name(&[(CN, Tag::BmpString, b"\0a\0b", 0)]);
        assert_eq!(write(&bmp), "/CN=\\x00a\\x00b");
    }

    #[test]
    fn members_of_one_set_are_joined() {
        let set = name(&[
            (CN, Tag::Utf8String, b"a", 0),
            (O, Tag::Utf8String, b"b", 0),
            (O, Tag::Utf8String, b"", 1),
        ]);
        assert_eq!(write(&set), "/CN=a+O=b/O=");
        assert!(is("/CN=a/O=b/O=", &set) && is("/CN=a+O=b/O=", &set));
    }

    #[test]
    fn types_without_a_name_here_have_any() {
        let other = name(&[("2.5.4.72", Tag::Utf8String, b"r", 0), ("1.2.3.4", Tag::Utf8String, b"v", 1)]);
        assert_eq!(write(&other), "/role=r/1.2.3.4=v");
        assert!(is("/role=r/myOwn=v", &other) && is("/2.5.4.72=r/1.2.3.4=v", &other));
        assert!(!is("/CN=r/myOwn=v", &other));
    }

    #[test]
    fn names_are_read_for_people() {
        for (text, shown) in [
            ("/C=AT/O=Ex\\/y/CN=a\\b\\+c", "C=AT,O=Ex/y,CN=a\\\\b\\+c"),
            ("/CN=a+O=b/O=", "CN=a+O=b,O="),
            ("/CN=http://x.example/y", "CN=http://x.example/y"),
            ("/CN=Gr\\xC3\\xB6\\xC3\\x9Fe", "CN=Größe"),
            ("/CN=Gr\\xF6\\xDFe", "CN=Größe"),
            ("/CN=x/emailAddress=a@b.example", "CN=x,emailAddress=a@b.example"),
        ] {
            assert_eq!(read(text).map(|name| name.to_string()).as_deref(), Some(shown), "{text}");
        }
        for text in ["CN=a", "/noequals", "/=x", "/un known=x", "+CN=a"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(""), Some(Name::empty()));
    }
}
