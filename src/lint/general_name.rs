//! The forms of GeneralName: host names, addresses, mailboxes and URIs (rules E02 to E07).

use std::net::{Ipv4Addr, Ipv6Addr};

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::extension_value::{access_locations, distribution_point_names, subtrees};
use super::report::{Faults, Severity, hexed, quoted};
use super::tlv::{Reader, Tlv, tag};
use super::view::View;
use crate::x509::extension::oid;
use crate::x509::idn;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "E02-dns-name",
        Severity::Error,
        "RFC 5280 s.4.2.1.6, RFC 1034 s.3.5, RFC 1123 s.2.1",
        "a dNSName is labels of letters, digits and hyphens, each of 1 to 63, in all at most 253",
        Run::Any(dns_name),
    ),
    Lint::new(
        "E03-wildcard",
        Severity::Error,
        "RFC 9525 s.6.3, BR 1.6.1",
        "a wildcard is the whole left-most label",
        Run::Any(wildcard),
    ),
    Lint::new(
        "E03-wildcard-top",
        Severity::Error,
        "BR 3.2.2.6",
        "a wildcard has two labels after it",
        Run::Any(wildcard_top),
    )
    .webpki()
    .house(),
    Lint::new(
        "E04-a-label",
        Severity::Error,
        "RFC 9549 s.2, RFC 5891 s.4.2.3.1, RFC 5892 s.3",
        "a label with hyphens in third and fourth place is an A-label of IDNA2008, without symbols and emoji",
        Run::Any(a_label),
    ),
    Lint::new(
        "E05-ip-address",
        Severity::Error,
        "RFC 5280 s.4.2.1.6",
        "an iPAddress has 4 or 16 octets",
        Run::Any(ip_address),
    ),
    Lint::new(
        "E05-constraint-mask",
        Severity::Error,
        "RFC 5280 s.4.2.1.10",
        "an iPAddress in nameConstraints has 8 or 32 octets, the second half a mask",
        Run::Any(constraint_mask),
    ),
    Lint::new(
        "E06-mailbox",
        Severity::Error,
        "RFC 5280 s.4.2.1.6, RFC 5321 s.4.1.2",
        "an rfc822Name is an ASCII mailbox: local-part@host",
        Run::Any(mailbox),
    ),
    Lint::new(
        "E06-smtp-utf8-mailbox",
        Severity::Error,
        "RFC 9598 s.3",
        "a SmtpUTF8Mailbox is a UTF8String whose local part is not ASCII",
        Run::Any(smtp_utf8_mailbox),
    ),
    Lint::new(
        "E07-uri",
        Severity::Error,
        "RFC 5280 s.4.2.1.6, RFC 3986 s.3",
        "a URI is absolute: scheme, and after // a host",
        Run::Any(uri),
    ),
    Lint::new(
        "E07-uri-userinfo",
        Severity::Error,
        "RFC 3986 s.3.2.1, s.7.5",
        "a URI where CRLs or services are found has no user information",
        Run::Any(userinfo),
    )
    .house_for_a_should(),
];

const EMAIL: u8 = tag::primitive(1);
const DNS: u8 = tag::primitive(2);
const URI: u8 = tag::primitive(6);
const IP: u8 = tag::primitive(7);
const OTHER: u8 = tag::constructed(0);
/// id-on-SmtpUTF8Mailbox (RFC 9598 s.3).
const SMTP_UTF8_MAILBOX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9");
const ALT_NAME: &str = "subjectAltName";

/// A name for a finding.
pub(super) fn shown(name: &Tlv<'_>) -> String {
    match name.tag {
        EMAIL | DNS | URI => quoted(name.contents),
        _ => hexed(name.whole),
    }
}

fn each(view: &View<'_>, tag: u8, faults: &mut Faults<'_>, fault: fn(&[u8]) -> Option<&'static str>) {
    for name in view.alt_names().unwrap_or_default().iter().filter(|name| name.tag == tag) {
        if let Some(wanted) = fault(name.contents) {
            faults.push(ALT_NAME, shown(name), wanted);
        }
    }
}

fn dns_name(view: &View<'_>, faults: &mut Faults<'_>) {
    each(view, DNS, faults, host_fault);
}

/// What a host name ought to be and is not. Labels with a `*` are left to the lint on wildcards.
pub(super) fn host_fault(name: &[u8]) -> Option<&'static str> {
    let labels = || name.split(|octet| *octet == b'.').filter(|label| !label.contains(&b'*'));
    let ldh = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'-';
    let text = std::str::from_utf8(name).unwrap_or_default();
    if name.is_empty() || labels().any(<[u8]>::is_empty) {
        Some("labels that are not empty, without a dot at the end")
    } else if name.len() > 253 {
        Some("at most 253 octets")
    } else if labels().any(|label| label.len() > 63) {
        Some("labels of at most 63 octets")
    } else if !labels().all(|label| label.iter().all(ldh)) {
        Some("letters, digits and hyphens")
    } else if labels().any(|label| label.starts_with(b"-") || label.ends_with(b"-")) {
        Some("labels that neither begin nor end with a hyphen")
    } else if text.parse::<Ipv4Addr>().is_ok() {
        Some("a host name; an address is an iPAddress")
    } else {
        None
    }
}

fn wildcard(view: &View<'_>, faults: &mut Faults<'_>) {
    each(view, DNS, faults, |name| {
        let host = name.strip_prefix(b"*.").unwrap_or(name);
        host.contains(&b'*').then_some("* as the whole left-most label and nowhere else")
    });
}

fn wildcard_top(view: &View<'_>, faults: &mut Faults<'_>) {
    each(view, DNS, faults, |name| {
        let host = name.strip_prefix(b"*.")?;
        (!host.contains(&b'*') && !host.contains(&b'.')).then_some("two labels after the wildcard")
    });
}

fn a_label(view: &View<'_>, faults: &mut Faults<'_>) {
    each(view, DNS, faults, |name| {
        // A label that is not ASCII is the lint on host names.
        let sound =
            name.split(|octet| *octet == b'.').all(|label| !label.is_ascii() || is_sound_label(label));
        (!sound).then_some("an A-label (xn--) that IDNA2008 allows, or no hyphens there")
    });
}

/// Whether a label that may be an A-label is one, by IDNA2008.
pub(super) fn is_sound_label(label: &[u8]) -> bool {
    let reserved = label.get(2..4) == Some(b"--");
    std::str::from_utf8(label).is_ok_and(|label| !reserved || idn::a_label_fault(label).is_none())
}

fn ip_address(view: &View<'_>, faults: &mut Faults<'_>) {
    each(view, IP, faults, |octets| {
        (!matches!(octets.len(), 4 | 16)).then_some("4 octets (IPv4) or 16 (IPv6)")
    });
}

fn constraint_mask(view: &View<'_>, faults: &mut Faults<'_>) {
    let Some(extension) = view.extension(oid::NAME_CONSTRAINTS) else { return };
    for subtree in subtrees(extension.value).unwrap_or_default() {
        let octets = subtree.base.contents;
        if subtree.base.tag == IP && !is_range(octets) {
            faults.push("nameConstraints", hexed(octets), "an address, then a mask of ones before zeros");
        }
    }
}

/// Whether octets are an address and a mask without gaps.
fn is_range(octets: &[u8]) -> bool {
    let Some((_, mask)) = octets.split_at_checked(octets.len() / 2) else { return false };
    let (ones, zeros) = match octets.len() {
        8 => {
            let bits = <[u8; 4]>::try_from(mask).map_or(0, u32::from_be_bytes);
            (bits.leading_ones(), bits.count_ones())
        }
        32 => {
            let bits = <[u8; 16]>::try_from(mask).map(Ipv6Addr::from).map_or(0, Ipv6Addr::to_bits);
            (bits.leading_ones(), bits.count_ones())
        }
        _ => return false,
    };
    ones == zeros
}

fn mailbox(view: &View<'_>, faults: &mut Faults<'_>) {
    each(view, EMAIL, faults, |name| {
        let Some(at) = name.iter().rposition(|octet| *octet == b'@') else { return Some("local-part@host") };
        let (local, host) = (name.get(..at).unwrap_or_default(), name.get(at.saturating_add(1)..));
        if !is_local_part(local) {
            return Some("a local part of 1 to 64 ASCII characters, as a dot-atom");
        }
        let host = host.unwrap_or_default();
        if host.contains(&b'*') { Some("a host without a wildcard") } else { host_fault(host) }
    });
}

/// Whether octets are a dot-atom (RFC 5321 s.4.1.2). Quoted local parts are legal there, but no mailbox
/// that a certificate ought to name has one.
fn is_local_part(local: &[u8]) -> bool {
    let atom = |octet: &u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(octet);
    local.len() <= 64
        && local.split(|octet| *octet == b'.').all(|part| !part.is_empty() && part.iter().all(atom))
}

fn smtp_utf8_mailbox(view: &View<'_>, faults: &mut Faults<'_>) {
    for name in view.alt_names().unwrap_or_default().iter().filter(|name| name.tag == OTHER) {
        let mut fields = Reader::new(name.contents);
        let (Ok(type_id), Ok(value)) = (fields.next(), fields.next()) else { continue };
        if type_id.contents != SMTP_UTF8_MAILBOX.as_bytes() {
            continue;
        }
        let sound = Reader::new(value.contents).next().is_ok_and(|text| {
            text.tag == tag::UTF8_STRING
                && std::str::from_utf8(text.contents)
                    .is_ok_and(|text| text.rsplit_once('@').is_some_and(|(local, _)| !local.is_ascii()))
        });
        if !sound {
            faults.push(ALT_NAME, shown(name), "a UTF8String with a local part outside ASCII");
        }
    }
}

/// The URIs of the extensions that have some, with the name of the extension.
fn uris<'a>(view: &View<'a>) -> impl Iterator<Item = (&'static str, Tlv<'a>)> {
    let value = |oid| view.extension(oid).map(|extension| extension.value);
    let own = view.alt_names();
    let points = value(oid::CRL_DISTRIBUTION_POINTS).and_then(|value| distribution_point_names(value).ok());
    let access = value(oid::AUTHORITY_INFO_ACCESS).and_then(|value| access_locations(value).ok());
    let freshest = value(oid::FRESHEST_CRL).and_then(|value| distribution_point_names(value).ok());
    let services = value(oid::SUBJECT_INFO_ACCESS).and_then(|value| access_locations(value).ok());
    let named = |place: &'static str, names: Option<Vec<Tlv<'a>>>| {
        names.into_iter().flatten().map(move |name| (place, name))
    };
    named(ALT_NAME, own)
        .chain(named("cRLDistributionPoints", points))
        .chain(named("freshestCRL", freshest))
        .chain(named("authorityInfoAccess", access))
        .chain(named("subjectInfoAccess", services))
        .filter(|(_, name)| name.tag == URI)
}

fn uri(view: &View<'_>, faults: &mut Faults<'_>) {
    for (place, name) in uris(view) {
        if let Some(wanted) = uri_fault(name.contents) {
            faults.push(place, shown(&name), wanted);
        }
    }
}

/// The authority of a URI: what stands between `//` and the next `/`, `?` or `#`.
pub(super) fn authority(uri: &[u8]) -> Option<&[u8]> {
    let at = uri.iter().position(|octet| *octet == b':')?;
    let rest = uri.get(at.saturating_add(1)..)?.strip_prefix(b"//")?;
    rest.split(|octet| b"/?#".contains(octet)).next()
}

/// What an absolute URI with a host ought to be and is not.
pub(super) fn uri_fault(uri: &[u8]) -> Option<&'static str> {
    let scheme = uri.split(|octet| *octet == b':').next().filter(|scheme| scheme.len() < uri.len());
    let Some(scheme) = scheme else { return Some("an absolute URI with a scheme") };
    let begins = scheme.first().is_some_and(u8::is_ascii_alphabetic);
    if !begins || !scheme.iter().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(octet)) {
        return Some("an absolute URI with a scheme");
    }
    if !uri.iter().all(|octet| octet.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(octet)) {
        return Some("only characters that a URI may have");
    }
    match authority(uri) {
        // A URN has no authority, and an LDAP URI may leave the server to the reader (s.4.2.1.13).
        None if scheme.eq_ignore_ascii_case(b"urn") => None,
        None => Some("// and a host after the scheme"),
        Some([]) if scheme.eq_ignore_ascii_case(b"ldap") => None,
        Some(authority) => {
            let host = authority.rsplit(|octet| *octet == b'@').next().unwrap_or_default();
            let reg_name = |octet: &u8| octet.is_ascii_alphanumeric() || b"-._~%[]:".contains(octet);
            let named = host.first().is_some_and(|first| *first != b':');
            (!named || !host.iter().all(reg_name)).then_some("a host name or address after //")
        }
    }
}

fn userinfo(view: &View<'_>, faults: &mut Faults<'_>) {
    for (place, name) in uris(view).filter(|(place, _)| *place != ALT_NAME) {
        if authority(name.contents).is_some_and(|authority| authority.contains(&b'@')) {
            faults.push(place, shown(&name), "no user information before the host");
        }
    }
}
