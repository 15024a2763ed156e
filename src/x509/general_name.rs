//! GeneralName (RFC 5280 s.4.2.1.6): the names of subjectAltName, access locations and constraints.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use der::asn1::{Ia5String, OctetString};
use der::{Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName as Encoded;

use super::excerpt::Excerpt;
use super::name::Name;

/// One name of a subject or the place of a thing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GeneralName {
    /// dNSName: an A-label host name, perhaps with a wildcard as its left-most label.
    Dns(String),
    /// iPAddress: one address of 4 or 16 octets.
    Ip(IpAddr),
    /// rfc822Name: an ASCII mailbox.
    Email(String),
    /// uniformResourceIdentifier: an absolute URI.
    Uri(String),
    /// directoryName.
    Directory(Name),
    /// A form that keyrite neither writes nor interprets, as DER.
    Other(Vec<u8>),
}

impl GeneralName {
    /// The form for an extension.
    ///
    /// # Errors
    /// A [`der::Error`] when a text is not IA5 or a directory name is not one.
    pub fn to_x509(&self) -> Result<Encoded, der::Error> {
        Ok(match self {
            Self::Dns(text) => Encoded::DnsName(Ia5String::new(text)?),
            Self::Email(text) => Encoded::Rfc822Name(Ia5String::new(text)?),
            Self::Uri(text) => Encoded::UniformResourceIdentifier(Ia5String::new(text)?),
            Self::Ip(IpAddr::V4(address)) => Encoded::IpAddress(OctetString::new(address.octets().to_vec())?),
            Self::Ip(IpAddr::V6(address)) => Encoded::IpAddress(OctetString::new(address.octets().to_vec())?),
            Self::Directory(name) => Encoded::DirectoryName(x509_cert::name::Name::from_der(name.as_der())?),
            Self::Other(der) => Encoded::from_der(der)?,
        })
    }

    /// Reads one out of an extension.
    ///
    /// # Errors
    /// A [`der::Error`] when it cannot be encoded again.
    pub fn from_x509(encoded: &Encoded) -> Result<Self, der::Error> {
        Ok(match encoded {
            Encoded::DnsName(text) => Self::Dns(text.as_str().to_owned()),
            Encoded::Rfc822Name(text) => Self::Email(text.as_str().to_owned()),
            Encoded::UniformResourceIdentifier(text) => Self::Uri(text.as_str().to_owned()),
            Encoded::DirectoryName(name) => Self::Directory(Name::from_der(&name.to_der()?)?),
            Encoded::IpAddress(octets) => match address(octets.as_bytes()) {
                Some(address) => Self::Ip(address),
                None => Self::Other(encoded.to_der()?),
            },
            Encoded::OtherName(_) | Encoded::EdiPartyName(_) | Encoded::RegisteredId(_) => {
                Self::Other(encoded.to_der()?)
            }
        })
    }

    /// The word that stands before the colon: `dns ip email uri dirname other`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Dns(_) => "dns",
            Self::Ip(_) => "ip",
            Self::Email(_) => "email",
            Self::Uri(_) => "uri",
            Self::Directory(_) => "dirname",
            Self::Other(_) => "other",
        }
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(octets)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
        .ok()
}

impl fmt::Display for GeneralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.kind())?;
        match self {
            Self::Dns(text) | Self::Email(text) | Self::Uri(text) => f.write_str(text),
            Self::Ip(address) => write!(f, "{address}"),
            Self::Directory(name) => write!(f, "{name}"),
            Self::Other(der) => f.write_str(&hex::encode(der)),
        }
    }
}

/// A name given as text that is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GeneralNameError {
    /// No known word before a colon.
    #[error("{} is not TYPE:VALUE, wanted dns: ip: email: or uri: and the name", Excerpt(found))]
    Kind {
        /// The text that was found.
        found: String,
    },
    /// A value that the type does not allow.
    #[error("{} is not a {kind} name: {why}", Excerpt(found))]
    Value {
        /// The word before the colon.
        kind: &'static str,
        /// The value that was found.
        found: String,
        /// What is wrong with it.
        why: String,
    },
}

impl FromStr for GeneralName {
    type Err = GeneralNameError;

    /// Reads `TYPE:VALUE`, TYPE being dns, ip, email or uri, and looks at the value as
    /// [`GeneralName::fault`] does.
    fn from_str(text: &str) -> Result<Self, GeneralNameError> {
        let kind = || GeneralNameError::Kind { found: text.to_owned() };
        let (word, value) = text.split_once(':').ok_or_else(kind)?;
        let name = match word.to_ascii_lowercase().as_str() {
            "dns" => Self::Dns(value.to_ascii_lowercase()),
            "email" => Self::Email(value.to_owned()),
            "uri" => Self::Uri(value.to_owned()),
            "ip" => Self::Ip(value.parse().map_err(|_| GeneralNameError::Value {
                kind: "ip",
                found: value.to_owned(),
                why: "wanted an IPv4 or IPv6 address".to_owned(),
            })?),
            _ => return Err(kind()),
        };
        match name.fault() {
            None => Ok(name),
            Some(why) => Err(GeneralNameError::Value { kind: name.kind(), found: value.to_owned(), why }),
        }
    }
}

impl GeneralName {
    /// What is wrong with the name as the name of a subject, if anything (RFC 5280 s.4.2.1.6, RFC 5890,
    /// RFC 9598): the rules E02 to E07 in words.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Dns(text) => dns_fault(text),
            Self::Email(text) => email_fault(text),
            Self::Uri(text) => uri_fault(text),
            Self::Ip(IpAddr::V6(address)) => address.to_ipv4_mapped().map(|address| {
                // It would reach an IPv4 host past every constraint on IPv4 addresses.
                format!("it is an IPv4 address in the form of IPv6, write it as ip:{address}")
            }),
            Self::Ip(IpAddr::V4(_)) | Self::Directory(_) => None,
            Self::Other(_) => Some("this form of name is not supported".to_owned()),
        }
    }
}

/// E02, E03 and E04: preferred name syntax, a wildcard only as the whole first label, valid A-labels.
fn dns_fault(text: &str) -> Option<String> {
    let host = text.strip_prefix("*.").unwrap_or(text);
    if text.is_empty() {
        return Some("it is empty".to_owned());
    }
    if !text.is_ascii() {
        let ascii = idna::domain_to_ascii_strict(host).ok().filter(|ascii| ascii.len() <= 253);
        let hint = ascii.map_or_else(String::new, |ascii| format!(", write {ascii}"));
        return Some(format!("it has characters outside ASCII{hint}"));
    }
    if text.len() > 253 {
        return Some(format!("{} characters, wanted at most 253", text.len()));
    }
    if host.parse::<IpAddr>().is_ok() {
        return Some("it is an IP address, write it as ip:".to_owned());
    }
    if host.rsplit('.').next().is_some_and(is_numeric) {
        return Some("its last label is a number, so that it may be taken for an IP address".to_owned());
    }
    if text.starts_with("*.") && !host.contains('.') {
        return Some("a wildcard needs at least two labels after it".to_owned());
    }
    host.split('.').find_map(label_fault)
}

/// What `inet_aton` and browsers read as a part of an IPv4 address, such as the end of `127.1` and `0x7f`.
fn is_numeric(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.chars().all(|c| c.is_ascii_hexdigit()),
        None => !label.is_empty() && label.chars().all(|c| c.is_ascii_digit()),
    }
}

fn label_fault(label: &str) -> Option<String> {
    let fault = if label.is_empty() {
        "an empty label"
    } else if label.len() > 63 {
        "a label of more than 63 characters"
    } else if label.contains('*') {
        "a wildcard that is not the whole first label"
    } else if !label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        "a character other than letters, digits and hyphens"
    } else if label.starts_with('-') || label.ends_with('-') {
        "a label that begins or ends with a hyphen"
    } else if label.get(2..4) == Some("--") {
        let lower = label.to_ascii_lowercase();
        let (unicode, sound) = idna::domain_to_unicode(&lower);
        let same = idna::domain_to_ascii_strict(&unicode).is_ok_and(|ascii| ascii == lower);
        if lower.starts_with("xn--") && sound.is_ok() && same {
            return None;
        }
        "a reserved label that is not a valid A-label"
    } else {
        return None;
    };
    Some(format!("it has {fault}"))
}

/// E06: `local@domain` in ASCII, without quoting, comments or display name.
fn email_fault(text: &str) -> Option<String> {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Some("wanted mailbox@domain".to_owned());
    };
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if !text.is_ascii() {
        return Some("it has characters outside ASCII".to_owned());
    }
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    if local.is_empty() || local.len() > 64 || dots || !local.chars().all(atom) {
        return Some("the part before @ is not a dot-atom of at most 64 characters".to_owned());
    }
    if domain.starts_with("*.") {
        return Some("the domain has a wildcard".to_owned());
    }
    dns_fault(domain).map(|why| format!("domain: {why}"))
}

/// E07: absolute, with scheme and authority, in ASCII.
fn uri_fault(text: &str) -> Option<String> {
    // RFC 3986 s.2: what is neither reserved nor unreserved nor a percent sign is not in a URI.
    let known = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    if !text.chars().all(known) {
        return Some("it has characters that a URI does not have".to_owned());
    }
    match url::Url::parse(text) {
        Err(error) => Some(format!("{error}")),
        // The crate mends what browsers mend: `https:host` is not what it takes it for.
        Ok(url) if !url.cannot_be_a_base() && !text.contains("://") => Some("it has no host".to_owned()),
        Ok(url) if url.cannot_be_a_base() && text.starts_with("urn:") => None,
        Ok(url) if url.host_str().is_none_or(str::is_empty) => Some("it has no host".to_owned()),
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_encode_as_rfc_5280_has_them() {
        for (text, der) in [
            ("dns:www.example.test", "82107777772e6578616d706c652e74657374"),
            ("ip:192.0.2.1", "8704c0000201"),
            ("ip:2001:db8::1", "871020010db8000000000000000000000001"),
            ("email:a@example.test", "810e61406578616d706c652e74657374"),
            ("uri:https://example.test/", "861568747470733a2f2f6578616d706c652e746573742f"),
        ] {
            let name: GeneralName = text.parse().unwrap();
            let encoded = name.to_x509().unwrap();
            assert_eq!(hex::encode(encoded.to_der().unwrap()), der, "{text}");
            assert_eq!(GeneralName::from_x509(&encoded).unwrap(), name);
            assert_eq!(name.to_string(), text);
        }
    }

    #[test]
    fn names_that_no_relying_party_should_see_are_refused() {
        for (text, why) in [
            ("www.example.test", "TYPE:VALUE"),
            ("upn:x", "TYPE:VALUE"),
            ("dns:", "empty"),
            ("dns:a_b.test", "letters, digits and hyphens"),
            ("dns:-a.test", "hyphen"),
            ("dns:a..test", "empty label"),
            ("dns:a.test.", "empty label"),
            ("dns:*.test", "two labels"),
            ("dns:a*.example.test", "wildcard"),
            ("dns:a.*.test", "wildcard"),
            ("dns:192.0.2.1", "IP address"),
            ("dns:127.1", "last label is a number"),
            ("dns:2130706433", "last label is a number"),
            ("dns:0x7F.0x1", "last label is a number"),
            ("dns:*.1.2", "last label is a number"),
            ("ip:::ffff:192.0.2.1", "write it as ip:192.0.2.1"),
            ("dns:münchen.test", "write xn--mnchen-3ya.test"),
            ("dns:xn--a.test", "A-label"),
            ("dns:ab--cd.test", "A-label"),
            ("ip:192.0.2.256", "IPv4"),
            ("email:a", "mailbox@domain"),
            ("email:a b@example.test", "dot-atom"),
            ("email:a@-x.test", "domain: it has"),
            ("uri:/relative", "relative URL"),
            ("uri:mailto:a@b.test", "no host"),
            ("uri:https:example.test", "no host"),
            ("uri:https:\\\\example.test", "characters"),
            ("uri:https://example.test/{x}", "characters"),
            ("uri: https://example.test/", "characters"),
        ] {
            let error = text.parse::<GeneralName>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        let long = format!("dns:{}.test", "a".repeat(64));
        assert!(long.parse::<GeneralName>().is_err());
        assert!("dns:*.example.test".parse::<GeneralName>().is_ok());
        assert!("dns:xn--mnchen-3ya.test".parse::<GeneralName>().is_ok());
    }
}
