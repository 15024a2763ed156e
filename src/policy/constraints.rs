//! Name constraints: whether every name of a subject lies where a CA above allows it (RFC 5280 s.4.2.1.10).

use std::net::IpAddr;

use der::asn1::ObjectIdentifier;

use crate::x509::extension::{NameConstraints, Subtree};
use crate::x509::general_name::{GeneralName, other_name};
use crate::x509::name::{Attribute, Name};

use super::extensions::Subject;
use super::violation::{Rule, Violations};

/// Holds each name of the subject against the constraints of `ca`.
///
/// A constraint on a form that keyrite cannot follow (RFC 5280 gives none for registeredID and otherName) refuses
/// every name of that form: relying parties are to refuse it too.
pub(super) fn judge(
    constraints: &NameConstraints,
    ca: &Name,
    subject: &Subject,
    violations: &mut Violations,
) {
    for (field, name) in names(subject) {
        let binding = |subtree: &&Subtree| binds(subtree, &name);
        let permitted: Vec<&Subtree> = constraints.permitted.iter().filter(binding).collect();
        let excluded: Vec<&Subtree> = constraints.excluded.iter().filter(binding).collect();
        if let Some(odd) = permitted.iter().chain(&excluded).find(|subtree| !is_followed(subtree)) {
            let wanted = format!(
                "no {} below {:?}, whose constraint {odd} cannot be followed",
                name.kind(),
                ca.to_string()
            );
            violations.add(Rule::IssuerUnreadable, field, &name, wanted);
            continue;
        }
        if !permitted.is_empty() && !permitted.iter().any(|subtree| contains(subtree, &name)) {
            let wanted: Vec<String> = permitted.iter().map(ToString::to_string).collect();
            let wanted = format!("within {}, as {:?} permits", wanted.join(" or "), ca.to_string());
            violations.add(Rule::NameConstraint, field, &name, wanted);
        }
        for subtree in excluded.iter().filter(|subtree| touches(subtree, &name)) {
            let wanted = format!("outside {subtree}, which {:?} excludes", ca.to_string());
            violations.add(Rule::NameConstraint, field, &name, wanted);
        }
    }
}

/// Every name that relying parties hold against constraints: the alternative names, the subject as a
/// directory name, its emailAddress attributes, and its CN where that is a host name and no host name is
/// among the alternative names (as OpenSSL does).
fn names(subject: &Subject) -> Vec<(&'static str, GeneralName)> {
    let mut names: Vec<(&'static str, GeneralName)> =
        subject.alt_names.iter().map(|name| ("subjectAltName", name.clone())).collect();
    let has = |kind: &str| subject.alt_names.iter().any(|name| name.kind() == kind);
    let has_dns = has("dns");
    if !subject.name.is_empty() {
        names.push(("subject", GeneralName::Directory(subject.name.clone())));
    }
    for attribute in subject.name.attributes() {
        let Some(text) = attribute.text() else { continue };
        let as_host = || format!("dns:{text}").parse::<GeneralName>();
        match attribute.short_name().as_str() {
            "emailAddress" => names.push(("subject emailAddress", GeneralName::Email(text))),
            "CN" if !has_dns && text.contains('.') => {
                if let Ok(host) = as_host() {
                    names.push(("subject CN", host));
                }
            }
            _ => {}
        }
    }
    names
}

/// Whether a constraint is one on names of this form. Those on mailboxes hold for SmtpUTF8Mailbox too (RFC 9598
/// s.6), and those on an otherName for names with the same type-id.
fn binds(subtree: &Subtree, name: &GeneralName) -> bool {
    match subtree {
        Subtree::Dns(_) => matches!(name, GeneralName::Dns(_)),
        Subtree::Email(_) => matches!(name, GeneralName::Email(_) | GeneralName::SmtpUtf8(_)),
        Subtree::Uri(_) => matches!(name, GeneralName::Uri(_)),
        Subtree::Ip(..) => matches!(name, GeneralName::Ip(_)),
        Subtree::Directory(_) => matches!(name, GeneralName::Directory(_)),
        Subtree::RegisteredId(_) => matches!(name, GeneralName::RegisteredId(_)),
        Subtree::Upn(_) => type_id(name) == Some(other_name::UPN),
        Subtree::OtherName { type_id: constrained, .. } => type_id(name) == Some(*constrained),
    }
}

/// The type-id of a name that is an otherName.
fn type_id(name: &GeneralName) -> Option<ObjectIdentifier> {
    match name {
        GeneralName::Upn(_) => Some(other_name::UPN),
        GeneralName::SmtpUtf8(_) => Some(other_name::SMTP_UTF8_MAILBOX),
        GeneralName::HardwareModule { .. } => Some(other_name::HARDWARE_MODULE_NAME),
        GeneralName::OtherName { type_id, .. } => Some(*type_id),
        GeneralName::Dns(_)
        | GeneralName::Email(_)
        | GeneralName::Uri(_)
        | GeneralName::Ip(_)
        | GeneralName::Directory(_)
        | GeneralName::RegisteredId(_)
        | GeneralName::Other(_) => None,
    }
}

/// Whether the constraint has a meaning here.
fn is_followed(subtree: &Subtree) -> bool {
    !matches!(subtree, Subtree::RegisteredId(_) | Subtree::OtherName { .. })
}

/// Whether every host, address or mailbox that the name stands for lies within the subtree.
fn contains(subtree: &Subtree, name: &GeneralName) -> bool {
    match (subtree, name) {
        // What a wildcard stands for lies below the labels after it.
        (Subtree::Dns(base), GeneralName::Dns(host)) => match host.strip_prefix("*.") {
            Some(parent) => below(host, base) || within(parent, base),
            None => within(host, base),
        },
        (Subtree::Email(base), GeneralName::Email(mailbox) | GeneralName::SmtpUtf8(mailbox)) => {
            mailbox_within(mailbox, base)
        }
        (Subtree::Upn(base), GeneralName::Upn(name)) => {
            realm_of(name).is_some_and(|realm| at(realm, base.strip_prefix('@').unwrap_or(base)))
        }
        (Subtree::Uri(base), GeneralName::Uri(uri)) => host_of(uri).is_some_and(|host| at(&host, base)),
        (Subtree::Ip(base, bits), GeneralName::Ip(address)) => in_range(*address, *base, *bits),
        (Subtree::Directory(base), GeneralName::Directory(name)) => begins_with(name, base),
        _ => false,
    }
}

/// Whether anything that the name stands for may lie within the subtree.
fn touches(subtree: &Subtree, name: &GeneralName) -> bool {
    match (subtree, name) {
        // `*.example.test` stands for every host with one more label, so also for an excluded one.
        (Subtree::Dns(base), GeneralName::Dns(host)) => match host.strip_prefix("*.") {
            Some(parent) => contains(subtree, name) || below(base.trim_start_matches('.'), parent),
            None => contains(subtree, name),
        },
        // RFC 5280: a URI without a host name cannot be held against a constraint, so it is refused.
        (Subtree::Uri(_), GeneralName::Uri(uri)) => host_of(uri).is_none() || contains(subtree, name),
        // No standard says how far an excluded realm reaches, so it is read as widely as it can be.
        (Subtree::Upn(base), GeneralName::Upn(name)) => {
            let base = base.trim_start_matches(['@', '.']);
            realm_of(name).is_none_or(|realm| within(realm, base))
        }
        _ => contains(subtree, name),
    }
}

/// The host itself or below it; a leading dot (which RFC 5280 does not have for host names, but CAs write)
/// means only below.
fn within(host: &str, base: &str) -> bool {
    match base.strip_prefix('.') {
        Some(parent) => below(host, parent),
        None => base.is_empty() || host.eq_ignore_ascii_case(base) || below(host, base),
    }
}

/// Exactly this host, or with a leading dot any host below it (the rule for mailboxes and URIs).
fn at(host: &str, base: &str) -> bool {
    match base.strip_prefix('.') {
        Some(parent) => below(host, parent),
        None => base.is_empty() || host.eq_ignore_ascii_case(base),
    }
}

fn below(host: &str, parent: &str) -> bool {
    let parent = parent.trim_start_matches('.');
    let Some(start) = host.len().checked_sub(parent.len()) else { return false };
    let Some((front, back)) = host.split_at_checked(start) else { return false };
    !parent.is_empty() && back.eq_ignore_ascii_case(parent) && front.len() > 1 && front.ends_with('.')
}

fn mailbox_within(mailbox: &str, base: &str) -> bool {
    let Some((local, host)) = mailbox.rsplit_once('@') else { return false };
    match base.rsplit_once('@') {
        // The part before @ may depend on upper and lower case (RFC 5321 s.2.4).
        Some((base_local, base_host)) => local == base_local && host.eq_ignore_ascii_case(base_host),
        None => at(host, base),
    }
}

fn realm_of(name: &str) -> Option<&str> {
    name.rsplit_once('@').map(|(_, realm)| realm)
}

/// The host name of a URI; nothing where it has none, or an address.
fn host_of(uri: &str) -> Option<String> {
    match url::Url::parse(uri).ok()?.host()? {
        // Octets behind a percent sign are read in one way here and in another elsewhere.
        url::Host::Domain(host) if host.contains('%') => None,
        // A dot at the end makes no other host.
        url::Host::Domain(host) if host.parse::<IpAddr>().is_err() => {
            Some(host.strip_suffix('.').unwrap_or(host).to_owned())
        }
        url::Host::Domain(_) | url::Host::Ipv4(_) | url::Host::Ipv6(_) => None,
    }
}

pub(super) fn in_range(address: IpAddr, base: IpAddr, bits: u8) -> bool {
    let same = |one: u128, other: u128, width: u32| {
        let dropped = width.saturating_sub(u32::from(bits));
        one.checked_shr(dropped).unwrap_or(0) == other.checked_shr(dropped).unwrap_or(0)
    };
    match (address, base) {
        (IpAddr::V4(one), IpAddr::V4(other)) => same(one.to_bits().into(), other.to_bits().into(), 32),
        (IpAddr::V6(one), IpAddr::V6(other)) => same(one.to_bits(), other.to_bits(), 128),
        _ => false,
    }
}

/// Whether the first sets of a name are those of `base` (RFC 5280 s.7.1).
pub(super) fn begins_with(name: &Name, base: &Name) -> bool {
    let (name, base) = (sets(name), sets(base));
    name.len() >= base.len() && name.iter().zip(&base).all(|(one, other)| one == other)
}

/// Each RelativeDistinguishedName as a sorted list of types and values fit to be compared: texts without
/// regard to case and to how many blanks there are, whatever their string type.
fn sets(name: &Name) -> Vec<Vec<(String, String)>> {
    let mut sets: Vec<(usize, Vec<(String, String)>)> = Vec::new();
    for attribute in name.attributes() {
        let pair = (attribute.oid.to_string(), comparable(&attribute));
        match sets.last_mut() {
            Some((rdn, pairs)) if *rdn == attribute.rdn => pairs.push(pair),
            _ => sets.push((attribute.rdn, vec![pair])),
        }
    }
    sets.into_iter()
        .map(|(_, mut pairs)| {
            pairs.sort();
            pairs
        })
        .collect()
}

fn comparable(attribute: &Attribute) -> String {
    match attribute.text() {
        Some(text) => text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" "),
        None => hex::encode(&attribute.octets),
    }
}
