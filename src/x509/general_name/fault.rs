//! What is wrong with a name as the name of a subject: the rules E02 to E07 in words.

use std::net::IpAddr;

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

use super::GeneralName;
use crate::x509::idn;

impl GeneralName {
    /// What is wrong with the name as the name of a subject, if anything (RFC 5280 s.4.2.1.6, RFC 5890,
    /// RFC 9549, RFC 9598): the rules E02 to E07 in words.
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
            Self::Directory(name) if name.is_empty() => Some("it has no attribute".to_owned()),
            Self::Ip(IpAddr::V4(_)) | Self::Directory(_) | Self::RegisteredId(_) => None,
            Self::Upn(text) => upn_fault(text),
            Self::SmtpUtf8(text) => smtp_utf8_fault(text),
            Self::HardwareModule { serial, .. } => match serial.len() {
                0 => Some("the serial number has no octets".to_owned()),
                1..=64 => None,
                many => Some(format!("the serial number has {many} octets, wanted at most 64")),
            },
            Self::OtherName { .. } | Self::Other(_) => Some("this form of name is not supported".to_owned()),
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
    let fault = host.split('.').find_map(label_fault).or_else(|| idn::bidi_fault(host));
    fault.map(|fault| format!("it has {fault}"))
}

/// What `inet_aton` and browsers read as a part of an IPv4 address, such as the end of `127.1` and `0x7f`.
fn is_numeric(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.chars().all(|c| c.is_ascii_hexdigit()),
        None => !label.is_empty() && label.chars().all(|c| c.is_ascii_digit()),
    }
}

/// What is wrong with one label of a host name, if anything, as words that follow "it has".
pub(in crate::x509) fn label_fault(label: &str) -> Option<&'static str> {
    if label.is_empty() {
        Some("an empty label")
    } else if label.len() > 63 {
        Some("a label of more than 63 characters")
    } else if label.contains('*') {
        Some("a wildcard that is not the whole first label")
    } else if !label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        Some("a character other than letters, digits and hyphens")
    } else if label.starts_with('-') || label.ends_with('-') {
        Some("a label that begins or ends with a hyphen")
    } else if label.get(2..4) == Some("--") {
        idn::a_label_fault(label)
    } else {
        None
    }
}

/// Whether a character stands in the words of a mailbox without quotation (RFC 5322 s.3.2.3 atext, and the dot).
fn is_atom(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
}

fn has_odd_dots(local: &str) -> bool {
    local.starts_with('.') || local.ends_with('.') || local.contains("..")
}

/// The host of a mailbox.
fn domain_fault(domain: &str) -> Option<String> {
    if domain.starts_with("*.") {
        return Some("the domain has a wildcard".to_owned());
    }
    dns_fault(domain).map(|why| format!("domain: {why}"))
}

/// E06: `local@domain` in ASCII, without quoting, comments or display name.
fn email_fault(text: &str) -> Option<String> {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Some("wanted mailbox@domain".to_owned());
    };
    if !local.is_ascii() {
        return Some("it has characters outside ASCII before @, write it as smtp-utf8:".to_owned());
    }
    if !text.is_ascii() {
        return domain_fault(domain);
    }
    if local.is_empty() || local.len() > 64 || has_odd_dots(local) || !local.chars().all(is_atom) {
        return Some("the part before @ is not a dot-atom of at most 64 characters".to_owned());
    }
    domain_fault(domain)
}

/// Whether a character outside ASCII can be seen: no control, format, private, unassigned or blank character.
fn is_visible(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    !GeneralCategoryGroup::Other.union(GeneralCategoryGroup::Separator).contains(category)
}

/// E06: RFC 9598 s.3. The local part is not ASCII (else it is an rfc822Name), the domain is A-labels and not
/// U-labels, and there is no byte order mark.
fn smtp_utf8_fault(text: &str) -> Option<String> {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Some("wanted mailbox@domain".to_owned());
    };
    if local.is_ascii() {
        return Some("the part before @ is ASCII, write it as email:".to_owned());
    }
    let word = |c: char| if c.is_ascii() { is_atom(c) } else { is_visible(c) };
    if local.len() > 64 || has_odd_dots(local) || !local.chars().all(word) {
        return Some(
            "the part before @ is not a dot-atom of at most 64 octets of visible characters".to_owned(),
        );
    }
    domain_fault(domain)
}

/// `user@realm`: what a directory of Microsoft looks a user up by. The realm is a host name, which may have one
/// label only.
fn upn_fault(text: &str) -> Option<String> {
    let Some((user, realm)) = text.rsplit_once('@') else {
        return Some("wanted user@realm".to_owned());
    };
    let word = |c: char| is_visible(c) && !"\"\\/[]:;|=,+*?<>@".contains(c);
    if user.is_empty() || user.chars().count() > 64 || !user.chars().all(word) {
        return Some(
            "the part before @ is not 1 to 64 visible characters without \" \\ / [ ] : ; | = , + * ? < > and blanks"
                .to_owned(),
        );
    }
    if !realm.is_ascii() {
        return dns_fault(realm).map(|why| format!("realm: {why}"));
    }
    let fault = realm.split('.').find_map(label_fault).or_else(|| idn::bidi_fault(realm));
    match fault {
        None if realm.len() > 253 => Some("the realm has more than 253 characters".to_owned()),
        None => None,
        Some(fault) => Some(format!("realm: it has {fault}")),
    }
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
