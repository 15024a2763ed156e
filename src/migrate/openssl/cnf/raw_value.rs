//! Extensions that a file writes by value: `OID = DER:…` and `OID = ASN1:…` (ASN1_generate_nconf(3)).

use der::asn1::{Ia5StringRef, ObjectIdentifier, PrintableStringRef, Utf8StringRef};
use der::{AnyRef, Decode, Encode, Tag};

use super::extension::lines;
use super::file::Cnf;
use super::object_name::object;

/// How deep values may stand within each other.
const DEPTH: u8 = 16;
/// The most octets of one value.
const OCTETS: usize = 65_536;

/// The DER of a value, if it is written as one: `DER:` with hex digits, or `ASN1:` with a type and what it holds.
pub(super) fn read(cnf: &Cnf, value: &str) -> Option<Result<Vec<u8>, String>> {
    if let Some(hex) = value.strip_prefix("DER:") {
        return Some(octets(hex).and_then(one_value));
    }
    let text = value.strip_prefix("ASN1:")?;
    Some(generate(cnf, text.trim(), DEPTH).and_then(one_value))
}

fn one_value(der: Vec<u8>) -> Result<Vec<u8>, String> {
    match AnyRef::from_der(&der) {
        Ok(_) => Ok(der),
        Err(_) => Err("the octets are not one whole value in DER, as an extension's are".to_owned()),
    }
}

/// Hex digits, with or without colons between the octets.
fn octets(text: &str) -> Result<Vec<u8>, String> {
    let digits: String = text.chars().filter(|c| *c != ':' && !c.is_whitespace()).collect();
    hex::decode(&digits).map_err(|_| format!("{text:?} is not hex digits"))
}

/// A value as ASN1_generate_nconf(3) describes it: modifiers, a type, a colon and the contents.
fn generate(cnf: &Cnf, text: &str, depth: u8) -> Result<Vec<u8>, String> {
    let depth = depth.checked_sub(1).ok_or("values within values more than 16 deep")?;
    let unknown = || format!("{text:?} is a form of value that is not read here; write it as DER:");
    // A modifier ends with a comma, and no type does: what follows is the value that it changes.
    let head_end = text.find([':', ',']).unwrap_or(text.len());
    let head = text.get(..head_end).unwrap_or_default().trim();
    let rest = |text: &str, from: char| text.split_once(from).map(|(_, rest)| rest.to_owned());
    let within = |separator: char| -> Result<Vec<u8>, String> {
        generate(cnf, rest(text, separator).ok_or_else(unknown)?.trim(), depth)
    };
    let modified = || rest(text, ',').ok_or_else(unknown);
    match head {
        "OCTWRAP" => return wrap(Tag::OctetString, &within(',')?),
        "SEQWRAP" => return wrap(Tag::Sequence, &within(',')?),
        "SETWRAP" => return wrap(Tag::Set, &within(',')?),
        "EXP" | "EXPLICIT" => {
            let inner = generate(cnf, modified()?.trim(), depth)?;
            let number = text.get(head_end.saturating_add(1)..).and_then(|tag| tag.split(',').next());
            return tagged(number.unwrap_or_default(), &inner).ok_or_else(unknown);
        }
        _ => {}
    }
    let (hexadecimal, plain) = match text.split_once(',') {
        Some((format, rest)) if matches!(format.trim(), "FORMAT:HEX") => (true, rest.trim()),
        Some((format, rest)) if matches!(format.trim(), "FORMAT:UTF8" | "FORMAT:ASCII") => {
            (false, rest.trim())
        }
        _ => (false, text),
    };
    let (kind, contents) = plain.split_once(':').unwrap_or((plain, ""));
    let bytes = || if hexadecimal { octets(contents) } else { Ok(contents.as_bytes().to_vec()) };
    let wrong = |_: der::Error| format!("{contents:?} is not a {kind}");
    match kind.trim() {
        "NULL" => Ok(vec![0x05, 0x00]),
        "BOOL" | "BOOLEAN" => match contents {
            "TRUE" | "true" | "Y" | "y" | "YES" | "yes" => Ok(vec![0x01, 0x01, 0xff]),
            "FALSE" | "false" | "N" | "n" | "NO" | "no" => Ok(vec![0x01, 0x01, 0x00]),
            _ => Err(format!("{contents:?} is neither true nor false")),
        },
        "INT" | "INTEGER" => integer(contents).ok_or_else(|| format!("{contents:?} is not a number")),
        "ENUM" | "ENUMERATED" => {
            let mut der = integer(contents).ok_or_else(|| format!("{contents:?} is not a number"))?;
            if let Some(tag) = der.first_mut() {
                *tag = 0x0a;
            }
            Ok(der)
        }
        "OID" | "OBJECT" => object(cnf, contents)
            .and_then(|oid: ObjectIdentifier| oid.to_der().ok())
            .ok_or_else(|| format!("{contents:?} is not an object identifier")),
        "UTF8" | "UTF8String" if !hexadecimal => {
            Utf8StringRef::new(contents).and_then(|text| text.to_der()).map_err(wrong)
        }
        "IA5" | "IA5STRING" if !hexadecimal => {
            Ia5StringRef::new(contents).and_then(|text| text.to_der()).map_err(wrong)
        }
        "PRINTABLE" | "PRINTABLESTRING" if !hexadecimal => {
            PrintableStringRef::new(contents).and_then(|text| text.to_der()).map_err(wrong)
        }
        "OCT" | "OCTETSTRING" => wrap(Tag::OctetString, &bytes()?),
        "BITSTR" | "BITSTRING" => wrap(Tag::BitString, &[vec![0], bytes()?].concat()),
        "SEQ" | "SEQUENCE" => {
            members(cnf, contents, depth).and_then(|members| wrap(Tag::Sequence, &members.concat()))
        }
        "SET" => {
            let mut members = members(cnf, contents, depth)?;
            members.sort(); // X.690 s.11.6
            wrap(Tag::Set, &members.concat())
        }
        _ => Err(unknown()),
    }
}

/// The values that the lines of a section describe.
fn members(cnf: &Cnf, section: &str, depth: u8) -> Result<Vec<Vec<u8>>, String> {
    if section.is_empty() {
        return Ok(Vec::new());
    }
    let mut total = 0_usize;
    let mut found = Vec::new();
    for item in lines(cnf, section)? {
        let one = generate(cnf, item.value.unwrap_or_default().trim(), depth)?;
        total = total.saturating_add(one.len());
        if total > OCTETS {
            return Err("a value of more than 65536 octets".to_owned());
        }
        found.push(one);
    }
    Ok(found)
}

fn wrap(tag: Tag, contents: &[u8]) -> Result<Vec<u8>, String> {
    AnyRef::new(tag, contents).and_then(|any| any.to_der()).map_err(|error| error.to_string())
}

/// An explicit tag such as `0`, `1C` or `2A`: context-specific unless a letter says otherwise.
fn tagged(number: &str, inner: &[u8]) -> Option<Vec<u8>> {
    let number = number.trim();
    let digits = number.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let class: u8 = match number.get(digits.len()..)? {
        "" | "C" => 0xa0,
        "A" => 0x60,
        "P" => 0xe0,
        _ => return None,
    };
    let number: u8 = digits.parse().ok().filter(|number| *number < 31)?;
    let sequence = wrap(Tag::Sequence, inner).ok()?;
    let mut tagged = sequence;
    *tagged.first_mut()? = class | number;
    Some(tagged)
}

/// A whole number in decimal or hex, as INTEGER.
fn integer(text: &str) -> Option<Vec<u8>> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let magnitude = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hexadecimal) => i128::from_str_radix(hexadecimal, 16).ok()?,
        None => digits.parse::<i128>().ok()?,
    };
    let number = if negative { magnitude.checked_neg()? } else { magnitude };
    number.to_der().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<String, String> {
        read(&Cnf::default(), text).unwrap().map(hex::encode)
    }

    #[test]
    fn values_are_what_openssl_generates() {
        for (text, der) in [
            ("DER:05:00", "0500"),
            ("ASN1:NULL", "0500"),
            ("ASN1:BOOL:TRUE", "0101ff"),
            ("ASN1:INTEGER:-129", "0202ff7f"),
            ("ASN1:INTEGER:0x80", "02020080"),
            ("ASN1:ENUM:2", "0a0102"),
            ("ASN1:OID:1.2.3", "06022a03"),
            ("ASN1:UTF8String:a,b:c", "0c05612c623a63"),
            ("ASN1:FORMAT:HEX,OCT:00ff", "040200ff"),
            ("ASN1:OCTWRAP,UTF8:x", "04030c0178"),
            ("ASN1:EXP:1,IA5STRING:x", "a103160178"),
            ("ASN1:EXPLICIT:0A,SEQWRAP,NULL", "600430020500"),
        ] {
            assert_eq!(value(text), Ok(der.to_owned()), "{text}");
        }
        assert!(read(&Cnf::default(), "hash").is_none());
    }

    #[test]
    fn what_is_no_value_is_told() {
        for text in [
            "DER:0",
            "DER:0500ff",
            "DER:",
            "ASN1:GENTIME:x",
            "ASN1:",
            "ASN1:PRINTABLE:a@b",
            "ASN1:EXP:40,NULL",
        ] {
            assert!(value(text).is_err(), "{text}");
        }
    }
}
