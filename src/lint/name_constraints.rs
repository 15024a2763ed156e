//! nameConstraints as a whole and the form of each subtree (rule U13); masks of addresses are rule E05.

use super::catalogue::{Lint, Run};
use super::report::{Faults, Severity, hexed, quoted};
use super::tlv::{Tlv, tag};
use super::view::{CertificateView, Fields, View};
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "U13-constraints-of-end-entity",
        Severity::Error,
        "RFC 5280 s.4.2.1.10",
        "nameConstraints only in the certificate of a CA",
        Run::Certificate(of_end_entity),
    ),
    Lint::new(
        "U13-constraints-not-critical",
        Severity::Error,
        "RFC 5280 s.4.2.1.10",
        "nameConstraints is critical",
        Run::Certificate(not_critical),
    ),
    Lint::new(
        "U13-constraints-empty",
        Severity::Error,
        "RFC 5280 s.4.2.1.10",
        "nameConstraints permits or excludes something, and neither list is empty",
        Run::Certificate(empty),
    ),
    Lint::new(
        "U13-minimum-and-maximum",
        Severity::Error,
        "RFC 5280 s.4.2.1.10",
        "minimum is 0 and maximum absent in every subtree",
        Run::Certificate(distances),
    ),
    Lint::new(
        "U13-base",
        Severity::Error,
        "RFC 5280 s.4.2.1.10",
        "a dNSName subtree is a host name, one of URIs a host or .domain, one of mailboxes a mailbox, host or .domain",
        Run::Certificate(base),
    ),
    Lint::new(
        "U13-leading-dot",
        Severity::Warning,
        "RFC 5280 s.4.2.1.10",
        "a dNSName subtree does not begin with a dot",
        Run::Certificate(leading_dot),
    ),
    Lint::new(
        "U13-form-without-meaning",
        Severity::Notice,
        "RFC 5280 s.4.2.1.10, RFC 9598 s.6",
        "no subtree of otherName, ediPartyName, x400Address or registeredID, which have no defined meaning",
        Run::Certificate(without_meaning),
    ),
];

const PLACE: &str = "nameConstraints";

/// One GeneralSubtree with everything that it has.
struct Subtree<'a> {
    base: Tlv<'a>,
    minimum: Option<&'a [u8]>,
    maximum: Option<&'a [u8]>,
}

/// permittedSubtrees and excludedSubtrees, each absent or a list; nothing when the value is not its type.
fn lists<'a>(view: &View<'a>) -> Option<[Option<Vec<Subtree<'a>>>; 2]> {
    let value = view.extension(oid::NAME_CONSTRAINTS)?.value;
    let mut fields = Fields::of_sequence(value, PLACE).ok()?;
    let mut list = |number| -> Option<Option<Vec<Subtree<'a>>>> {
        let Some(field) = fields.optional(tag::constructed(number), PLACE).ok()? else { return Some(None) };
        let mut each = Fields::of(field.contents);
        let mut subtrees = Vec::new();
        while !each.is_finished() {
            let one = each.take(tag::SEQUENCE, PLACE, "a GeneralSubtree").ok()?;
            let mut parts = Fields::of(one.contents);
            let base = parts.any(PLACE, "a GeneralName").ok()?;
            let minimum = parts.optional(tag::primitive(0), PLACE).ok()?.map(|field| field.contents);
            let maximum = parts.optional(tag::primitive(1), PLACE).ok()?.map(|field| field.contents);
            parts.end(PLACE).ok()?;
            subtrees.push(Subtree { base, minimum, maximum });
        }
        Some(Some(subtrees))
    };
    let both = [list(0)?, list(1)?];
    fields.end(PLACE).ok().map(|()| both)
}

fn subtrees<'a>(view: &View<'a>) -> Vec<Subtree<'a>> {
    lists(view).into_iter().flatten().flatten().flatten().collect()
}

fn of_end_entity(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::NAME_CONSTRAINTS).is_some() && !view.is_ca() {
        faults.push(PLACE, "it", "nothing, since the subject is not a CA");
    }
}

fn not_critical(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::NAME_CONSTRAINTS).is_some_and(|extension| !extension.is_critical()) {
        faults.push(PLACE, "not critical", "critical");
    }
}

fn empty(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(lists) = lists(view) else { return };
    if lists.iter().all(Option::is_none) {
        faults.push(PLACE, "no field", "at least one, or no such extension");
    }
    for (field, list) in ["permittedSubtrees", "excludedSubtrees"].iter().zip(&lists) {
        if list.as_ref().is_some_and(Vec::is_empty) {
            faults.push(format!("{PLACE} {field}"), "no subtree", "at least one, or no such field");
        }
    }
}

fn distances(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for subtree in subtrees(view) {
        // A 0 that is written out is rule C17.
        if let Some(minimum) = subtree.minimum.filter(|octets| *octets != [0]) {
            faults.push(format!("{PLACE} minimum"), hexed(minimum), "0, left out");
        }
        if let Some(maximum) = subtree.maximum {
            faults.push(format!("{PLACE} maximum"), hexed(maximum), "nothing");
        }
    }
}

const EMAIL: u8 = tag::primitive(1);
const DNS: u8 = tag::primitive(2);
const URI: u8 = tag::primitive(6);

fn is_host(name: &[u8]) -> bool {
    let ldh = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'-';
    let label = |label: &[u8]| {
        (1..=63).contains(&label.len())
            && label.iter().all(ldh)
            && !label.starts_with(b"-")
            && !label.ends_with(b"-")
    };
    name.len() <= 253 && name.split(|octet| *octet == b'.').all(label)
}

fn below(name: &[u8]) -> &[u8] {
    name.strip_prefix(b".").unwrap_or(name)
}

fn base(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for subtree in subtrees(view) {
        let name = subtree.base.contents;
        let (sound, wanted) = match subtree.base.tag {
            // The empty subtree is every name; a leading dot has a lint of its own.
            DNS => (name.is_empty() || is_host(below(name)), "a host name without a wildcard"),
            URI => (is_host(below(name)), "a host name, or a domain after a dot"),
            EMAIL => {
                let mut parts = name.rsplitn(2, |octet| *octet == b'@');
                let host = parts.next().unwrap_or_default();
                let sound = match parts.next() {
                    Some(local) => !local.is_empty() && local.is_ascii() && is_host(host),
                    None => name.is_empty() || is_host(below(name)),
                };
                (sound, "a mailbox, a host name, or a domain after a dot")
            }
            _ => continue,
        };
        if !sound {
            faults.push(PLACE, quoted(name), wanted);
        }
    }
}

fn leading_dot(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for subtree in subtrees(view) {
        let name = subtree.base.contents;
        if subtree.base.tag == DNS && name.starts_with(b".") && is_host(below(name)) {
            faults.push(PLACE, quoted(name), "the name without the dot, which stands for all below it too");
        }
    }
}

fn without_meaning(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    for subtree in subtrees(view) {
        if matches!(subtree.base.tag, 0xa0 | 0xa3 | 0xa5 | 0x88) {
            faults.push(PLACE, hexed(subtree.base.whole), "a form that relying parties can follow");
        }
    }
}
