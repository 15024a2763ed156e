//! Subtrees of names within subtrees of names (RFC 5280 s.4.2.1.10).
//!
//! Two subtrees of one form either have nothing in common, or one lies within the other.

use crate::x509::extension::Subtree;

use super::super::constraints;

/// Whether the two are of one form, so that they bear on the same names.
pub(super) fn of_one_form(one: &Subtree, other: &Subtree) -> bool {
    match (one, other) {
        (Subtree::OtherName { type_id: one, .. }, Subtree::OtherName { type_id: other, .. }) => one == other,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// Whether some name lies in both.
pub(super) fn meet(one: &Subtree, other: &Subtree) -> bool {
    within(one, other) || within(other, one)
}

/// Whether every name in the one lies in the other.
pub(super) fn within(inner: &Subtree, outer: &Subtree) -> bool {
    match (inner, outer) {
        (Subtree::Dns(inner), Subtree::Dns(outer)) => host_within(inner, outer),
        (Subtree::Email(inner), Subtree::Email(outer)) => mailbox_within(inner, outer),
        (Subtree::Uri(inner), Subtree::Uri(outer)) => place_within(inner, outer),
        (Subtree::Upn(inner), Subtree::Upn(outer)) => realm_within(inner, outer),
        (Subtree::Ip(inner, inner_bits), Subtree::Ip(outer, outer_bits)) => {
            inner_bits >= outer_bits && constraints::in_range(*inner, *outer, *outer_bits)
        }
        (Subtree::Directory(inner), Subtree::Directory(outer)) => constraints::begins_with(inner, outer),
        (inner, outer) => inner == outer,
    }
}

/// A host name stands for itself and all below; with a leading dot, which some CAs write, for all below alone.
fn host_within(inner: &str, outer: &str) -> bool {
    match (inner.strip_prefix('.'), outer.strip_prefix('.')) {
        _ if outer.is_empty() => true,
        (None, Some(outer)) => is_below(inner, outer),
        (Some(inner), Some(outer)) => is_or_below(inner, outer),
        (Some(inner), None) => is_or_below(inner, outer),
        (None, None) => is_or_below(inner, outer),
    }
}

/// For mailboxes and URIs a host name stands for itself alone, with a leading dot for all below.
fn place_within(inner: &str, outer: &str) -> bool {
    match (inner.strip_prefix('.'), outer.strip_prefix('.')) {
        _ if outer.is_empty() => true,
        (None, None) => inner.eq_ignore_ascii_case(outer),
        (None, Some(outer)) => is_below(inner, outer),
        (Some(inner), Some(outer)) => is_or_below(inner, outer),
        (Some(_), None) => false,
    }
}

/// As [`place_within`], with an @ before a realm that stands for itself alone.
fn realm_within(inner: &str, outer: &str) -> bool {
    let realm = |text: &'_ str| text.strip_prefix('@').unwrap_or(text).to_owned();
    place_within(&realm(inner), &realm(outer))
}

fn mailbox_within(inner: &str, outer: &str) -> bool {
    match (inner.rsplit_once('@'), outer.rsplit_once('@')) {
        // The part before @ may depend on upper and lower case (RFC 5321 s.2.4).
        (Some((local, host)), Some((outer_local, outer_host))) => {
            local == outer_local && host.eq_ignore_ascii_case(outer_host)
        }
        (Some((_, host)), None) => place_within(host, outer),
        (None, Some(_)) => false,
        (None, None) => place_within(inner, outer),
    }
}

fn is_or_below(host: &str, parent: &str) -> bool {
    host.eq_ignore_ascii_case(parent) || is_below(host, parent)
}

fn is_below(host: &str, parent: &str) -> bool {
    host.to_ascii_lowercase()
        .strip_suffix(&parent.to_ascii_lowercase())
        .is_some_and(|front| front.len() > 1 && front.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subtree(text: &str) -> Subtree {
        // What others write and our syntax does not have.
        match text.strip_prefix("dns:.") {
            Some(rest) => Subtree::Dns(format!(".{rest}")),
            None => text.parse().unwrap(),
        }
    }

    #[test]
    fn one_subtree_lies_in_another_or_they_have_nothing_in_common() {
        for (inner, outer) in [
            ("dns:a.example.test", "dns:example.test"),
            ("dns:example.test", "dns:Example.test"),
            ("dns:.example.test", "dns:example.test"),
            ("dns:example.test", "dns:"),
            ("email:a@example.test", "email:example.test"),
            ("email:a@x.example.test", "email:.example.test"),
            ("email:.x.example.test", "email:.example.test"),
            ("email:example.test", "email:"),
            ("uri:x.example.test", "uri:.example.test"),
            ("upn:@x.example.test", "upn:.example.test"),
            ("upn:@example.test", "upn:"),
            ("ip:192.0.2.128/25", "ip:192.0.2.0/24"),
            ("ip:2001:db8:1::/48", "ip:2001:db8::/32"),
            ("dirname:C=AT,O=Example,OU=A", "dirname:C=AT,O=Example"),
        ] {
            let (inner, outer) = (subtree(inner), subtree(outer));
            assert!(of_one_form(&inner, &outer));
            assert!(within(&inner, &outer) && meet(&outer, &inner), "{inner} in {outer}");
            assert_eq!(within(&outer, &inner), outer.to_string().eq_ignore_ascii_case(&inner.to_string()));
        }
        for (one, other) in [
            ("dns:example.test", "dns:example.org"),
            ("dns:badexample.test", "dns:example.test"),
            ("email:a@example.test", "email:b@example.test"),
            ("email:a@example.test", "email:A@example.test"),
            ("email:example.test", "email:.example.test"),
            ("uri:example.test", "uri:.example.test"),
            ("uri:x.example.test", "uri:example.test"),
            ("upn:@example.test", "upn:.example.test"),
            ("ip:192.0.2.0/25", "ip:192.0.2.128/25"),
            ("ip:0.0.0.0/0", "ip:::/0"),
            ("dirname:C=AT,O=Example", "dirname:C=AT,O=Other"),
            ("dns:example.test", "email:example.test"),
        ] {
            assert!(!meet(&subtree(one), &subtree(other)), "{one} and {other}");
        }
    }
}
