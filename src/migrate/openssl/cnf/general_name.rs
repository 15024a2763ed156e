//! Names of subjectAltName, issuerAltName and nameConstraints, as keyrite writes them.

use der::asn1::ObjectIdentifier;

use crate::x509::extension::Subtree;
use crate::x509::general_name::GeneralName;
use crate::x509::name::{Attribute, Name, attribute};

use super::extension::{Item, lines};
use super::file::Cnf;
use super::object_name::object;

/// id-on of Microsoft's user principal name, and of SmtpUTF8Mailbox (RFC 9598).
const OTHER_NAMES: [(&str, &str); 2] =
    [("1.3.6.1.4.1.311.20.2.3", "upn"), ("1.3.6.1.5.5.7.8.9", "smtp-utf8")];
/// The words of OpenSSL before a name, and keyrite's for the same, where the value is the same text.
const PLAIN: [(&str, &str); 5] =
    [("email", "email"), ("URI", "uri"), ("DNS", "dns"), ("IP", "ip"), ("RID", "rid")];

/// The name of an item such as `DNS:www.example.test`.
///
/// # Errors
/// Why a certificate cannot have the name, in words.
pub(super) fn name(cnf: &Cnf, item: &Item) -> Result<GeneralName, String> {
    let value = item.value.as_deref().ok_or_else(|| format!("{:?} has no value", item.name))?;
    let parse = |text: String| text.parse::<GeneralName>().map_err(|error| error.to_string());
    if let Some((_, word)) = PLAIN.iter().find(|(known, _)| item.is(known)) {
        let value = if *word == "rid" {
            object(cnf, value).map_or_else(|| value.to_owned(), |oid| oid.to_string())
        } else {
            value.to_owned()
        };
        return parse(format!("{word}:{value}"));
    }
    if item.is("dirName") {
        return directory(cnf, value).map(GeneralName::Directory);
    }
    if item.is("otherName") {
        let (oid, rest) = value.split_once(';').ok_or("an otherName is written OID;TYPE:VALUE")?;
        let oid: Option<ObjectIdentifier> = object(cnf, oid.trim());
        let word = OTHER_NAMES.iter().find(|(known, _)| oid.is_some_and(|oid| oid.to_string() == *known));
        let text = ["UTF8:", "UTF8String:"].iter().find_map(|start| rest.strip_prefix(start));
        return match (word, text) {
            (Some((_, word)), Some(text)) => parse(format!("{word}:{text}")),
            _ => Err(format!("{value:?} is an otherName that a profile cannot name")),
        };
    }
    Err(format!("{:?} is not a type of name that OpenSSL knows", item.name))
}

/// The directory name that a section spells out, attribute by attribute.
fn directory(cnf: &Cnf, section: &str) -> Result<Name, String> {
    let mut attributes: Vec<Attribute> = Vec::new();
    let mut rdn = 0_usize;
    for item in lines(cnf, section)? {
        // What stands before a dot, colon or comma only makes the name another one; a plus joins it to the one before.
        let (_, own) = item
            .name
            .split_once(['.', ':', ','])
            .filter(|(_, own)| !own.is_empty() && object(cnf, &item.name).is_none())
            .unwrap_or(("", &item.name));
        let (joined, own) = own.strip_prefix('+').map_or((false, own), |own| (true, own));
        let oid = object(cnf, own).ok_or_else(|| format!("{own:?} is not an attribute type"))?;
        let known =
            attribute::by_oid(&oid).ok_or_else(|| format!("keyrite does not know the attribute {own:?}"))?;
        if !joined && !attributes.is_empty() {
            rdn = rdn.saturating_add(1);
        }
        let octets = item.value.unwrap_or_default().into_bytes();
        attributes.push(Attribute { oid, tag: known.string.tag(), octets, rdn });
    }
    if attributes.is_empty() {
        return Err(format!("the section [{section}] is empty"));
    }
    Name::from_attributes(&attributes).map_err(|error| error.to_string())
}

/// The subtree of an item such as `permitted;DNS:example.test`, without its first word.
///
/// # Errors
/// Why a CA cannot have it, in words.
pub(super) fn subtree(cnf: &Cnf, item: &Item) -> Result<Subtree, String> {
    let value = item.value.as_deref().ok_or_else(|| format!("{:?} has no value", item.name))?;
    let parse = |text: String| text.parse::<Subtree>().map_err(|error| error.to_string());
    if item.is("IP") {
        return parse(format!("ip:{}", with_prefix(value)?));
    }
    if item.is("dirName") {
        return directory(cnf, value).map(Subtree::Directory);
    }
    match PLAIN.iter().find(|(known, _)| item.is(known)) {
        Some((_, word)) => parse(format!("{word}:{value}")),
        None => Err(format!("{:?} is a form of name that a profile cannot constrain", item.name)),
    }
}

/// `192.0.2.0/255.255.255.0` as `192.0.2.0/24`.
fn with_prefix(text: &str) -> Result<String, String> {
    let wrong = || format!("{text:?} is not ADDRESS/MASK");
    let (address, mask) = text.split_once('/').ok_or_else(wrong)?;
    let mask: std::net::IpAddr = mask.trim().parse().map_err(|_| wrong())?;
    let (bits, width) = match mask {
        std::net::IpAddr::V4(mask) => (u128::from(mask.to_bits()) << 96_u32, 32),
        std::net::IpAddr::V6(mask) => (mask.to_bits(), 128),
    };
    let ones = bits.leading_ones();
    if ones != bits.count_ones() || ones > width {
        return Err(format!("{text:?} has a mask with holes, which no relying party can follow (RFC 4632)"));
    }
    Ok(format!("{}/{ones}", address.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_become_prefixes() {
        assert_eq!(with_prefix("192.0.2.0/255.255.255.0"), Ok("192.0.2.0/24".to_owned()));
        assert_eq!(with_prefix("2001:db8::/ffff:ffff::"), Ok("2001:db8::/32".to_owned()));
        assert_eq!(with_prefix("0.0.0.0/0.0.0.0"), Ok("0.0.0.0/0".to_owned()));
        assert!(with_prefix("192.0.2.0/255.0.255.0").is_err());
        assert!(with_prefix("192.0.2.0").is_err());
    }
}
