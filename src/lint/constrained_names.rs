//! nameConstraints: of the CAs above, which bind the names that they issue (U14), and of a CA that is to count as
//! technically constrained (U15).
//!
//! What is held against what is read from the octets of both sides; policy decides the same by a way of its own.

use super::attribute::{self, AttributeView};
use super::catalogue::{Lint, Run};
use super::extension_value::subtrees;
use super::general_name::shown;
use super::report::{Faults, Severity, hexed, quoted};
use super::tlv::Tlv;
use super::view::{Authority, CertificateView, Fields, View};
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "U14-name-not-permitted",
        Severity::Error,
        "RFC 5280 s.4.2.1.10, s.6.1.3 (b)",
        "every name lies in a permitted subtree of every CA above that permits names of its form",
        Run::Certificate(|view, _, faults| each_constraint(view, Side::Permitted, faults)),
    ),
    Lint::new(
        "U14-name-excluded",
        Severity::Error,
        "RFC 5280 s.4.2.1.10, s.6.1.3 (c)",
        "no name lies in an excluded subtree of a CA above",
        Run::Certificate(|view, _, faults| each_constraint(view, Side::Excluded, faults)),
    ),
    Lint::new(
        "U15-not-technically-constrained",
        Severity::Warning,
        "BR 7.1.2.5.2",
        "a CA with nameConstraints permits a directoryName, and permits some host names and addresses or excludes all",
        Run::Certificate(technically_constrained),
    )
    .webpki(),
];

const EMAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const DIRECTORY: u8 = 0xa4;
const URI: u8 = 0x86;
const IP: u8 = 0x87;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Permitted,
    Excluded,
}

/// The bases of one side of nameConstraints.
fn bases(value: &[u8], side: Side) -> Vec<Tlv<'_>> {
    let wanted = if side == Side::Permitted { 0xa0 } else { 0xa1 };
    let Ok(mut fields) = Fields::of_sequence(value, "nameConstraints") else { return Vec::new() };
    let mut found = Vec::new();
    while let Ok(field) = fields.any("nameConstraints", "subtrees") {
        if field.tag != wanted {
            continue;
        }
        let mut each = Fields::of(field.contents);
        while let Ok(one) = each.any("nameConstraints", "a GeneralSubtree") {
            found.extend(Fields::of(one.contents).any("nameConstraints base", "a GeneralName"));
        }
    }
    found
}

/// One name that constraints bind: its form, and its contents.
struct Bound<'a> {
    tag: u8,
    contents: &'a [u8],
    text: String,
}

/// The names that a certificate gives its subject: subject, alternative names, and where there is no mailbox among
/// these the emailAddress of the subject (s.4.2.1.10).
fn bound_names<'a>(view: &View<'a>) -> Vec<Bound<'a>> {
    let alternative = view.alt_names().unwrap_or_default();
    let mut names = Vec::new();
    if let Some(subject) = view.subject.filter(|subject| *subject != super::name::EMPTY) {
        names.push(Bound { tag: DIRECTORY, contents: subject, text: format!("subject {}", hexed(subject)) });
    }
    if !alternative.iter().any(|name| name.tag == EMAIL) {
        let mailboxes = view.subject_attributes().into_iter().filter(|one| one.is("emailAddress"));
        names.extend(mailboxes.map(|one| Bound {
            tag: EMAIL,
            contents: one.value.contents,
            text: format!("emailAddress {}", quoted(one.value.contents)),
        }));
    }
    names.extend(alternative.iter().map(|name| Bound {
        tag: name.tag,
        contents: name.contents,
        text: shown(name),
    }));
    names
}

fn each_constraint(view: &View<'_>, side: Side, faults: &mut Faults<'_>) {
    let Authority::Known(issuer) = view.authority else { return };
    if issuer.name_constraints.is_empty() {
        return;
    }
    // A self-issued certificate of a CA is not bound (s.6.1.3): it is the CA itself with another key.
    if view.is_ca() && view.issuer == view.subject {
        return;
    }
    for name in bound_names(view) {
        for constraints in &issuer.name_constraints {
            let all = bases(constraints, side).into_iter();
            let of_form: Vec<Tlv<'_>> = all.filter(|base| base.tag == name.tag).collect();
            let inside = of_form.iter().any(|base| is_inside(&name, base.contents, side));
            match side {
                Side::Permitted if !of_form.is_empty() && !inside => {
                    faults.push("names", name.text.as_str(), "a name that the CAs above permit");
                }
                Side::Excluded if inside => {
                    faults.push("names", name.text.as_str(), "a name that no CA above excludes");
                }
                Side::Permitted | Side::Excluded => {}
            }
        }
    }
}

/// Whether a name lies in the subtree of a base of the same form. A form that cannot be compared lies in every
/// excluded and in no permitted subtree.
fn is_inside(name: &Bound<'_>, base: &[u8], side: Side) -> bool {
    match name.tag {
        DNS => is_host_below(name.contents, base),
        EMAIL => is_mailbox_below(name.contents, base),
        URI => host_of(name.contents).is_some_and(|host| is_uri_host_below(host, base)),
        IP => is_address_in(name.contents, base),
        DIRECTORY => is_name_below(name.contents, base),
        _ => side == Side::Excluded,
    }
}

/// A host name is inside if it is the base with any labels before it; an empty base is every host name.
fn is_host_below(host: &[u8], base: &[u8]) -> bool {
    let base = base.strip_prefix(b".").unwrap_or(base);
    // A wildcard stands for hosts with one more label, all of them below what follows it.
    let host = host.strip_prefix(b"*.").unwrap_or(host);
    is_same_or_below(host, base)
}

fn is_same_or_below(host: &[u8], base: &[u8]) -> bool {
    if base.is_empty() || host.eq_ignore_ascii_case(base) {
        return true;
    }
    let Some(at) = host.len().checked_sub(base.len()) else { return false };
    let Some((before, end)) = host.split_at_checked(at) else { return false };
    before.ends_with(b".") && end.eq_ignore_ascii_case(base)
}

/// A base is a mailbox, all mailboxes of one host, or with a leading dot those of every host below.
fn is_mailbox_below(mailbox: &[u8], base: &[u8]) -> bool {
    let Some(at) = mailbox.iter().rposition(|octet| *octet == b'@') else { return false };
    let (local, host) = (mailbox.get(..at), mailbox.get(at.saturating_add(1)..).unwrap_or_default());
    if let Some(base_at) = base.iter().rposition(|octet| *octet == b'@') {
        let base_host = base.get(base_at.saturating_add(1)..).unwrap_or_default();
        return base.get(..base_at) == local && host.eq_ignore_ascii_case(base_host);
    }
    is_uri_host_below(host, base)
}

/// Without a leading dot a base is one host; with it, every host below.
fn is_uri_host_below(host: &[u8], base: &[u8]) -> bool {
    match base.strip_prefix(b".") {
        Some(domain) => !host.eq_ignore_ascii_case(domain) && is_same_or_below(host, domain),
        None => base.is_empty() || host.eq_ignore_ascii_case(base),
    }
}

/// The host of a URI, without port and user information.
fn host_of(uri: &[u8]) -> Option<&[u8]> {
    let authority = super::general_name::authority(uri)?;
    let host = authority.rsplit(|octet| *octet == b'@').next()?;
    host.split(|octet| *octet == b':').next()
}

fn is_address_in(address: &[u8], base: &[u8]) -> bool {
    let Some((network, mask)) = base.split_at_checked(base.len() / 2) else { return false };
    address.len() == network.len()
        && address.iter().zip(network).zip(mask).all(|((one, net), mask)| one & mask == net & mask)
}

/// Whether a name begins with every RelativeDistinguishedName of the base, compared as s.7.1 has it.
fn is_name_below(name: &[u8], base: &[u8]) -> bool {
    let (Ok(name), Ok(base)) = (attribute::of_name(name), attribute::of_name(base)) else { return false };
    base.iter().all(|wanted| name.iter().any(|found| found.rdn == wanted.rdn && is_same(found, wanted)))
}

fn is_same(one: &AttributeView<'_>, other: &AttributeView<'_>) -> bool {
    let fold = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let same_text = one.text().zip(other.text()).is_some_and(|(one, other)| fold(one) == fold(other));
    one.oid == other.oid && (one.value.whole == other.value.whole || same_text)
}

fn technically_constrained(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(extension) = view.extension(oid::NAME_CONSTRAINTS).filter(|_| view.is_ca()) else { return };
    if subtrees(extension.value).is_err() {
        return;
    }
    let (permitted, excluded) =
        (bases(extension.value, Side::Permitted), bases(extension.value, Side::Excluded));
    let zero = |base: &Tlv<'_>| base.contents.iter().all(|octet| *octet == 0);
    let hosts = permitted.iter().any(|base| base.tag == DNS)
        || excluded.iter().any(|base| base.tag == DNS && base.contents.is_empty());
    let addresses = |octets: usize| {
        let long = |base: &&Tlv<'_>| base.tag == IP && base.contents.len() == octets;
        permitted.iter().any(|base| long(&base)) || excluded.iter().filter(long).any(zero)
    };
    for (bound, form) in [
        (permitted.iter().any(|base| base.tag == DIRECTORY), "directory names"),
        (hosts, "host names"),
        (addresses(8), "IPv4 addresses"),
        (addresses(32), "IPv6 addresses"),
    ] {
        if !bound {
            faults.push(
                "nameConstraints",
                format!("nothing about {form}"),
                "some permitted, or all excluded",
            );
        }
    }
}
