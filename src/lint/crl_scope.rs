//! What a CRL covers: issuingDistributionPoint, deltaCRLIndicator, freshestCRL (rules L03, L10 to L13 and O06).

use super::catalogue::{Lint, Run};
use super::extension_value::crl_number;
use super::general_name::shown;
use super::information::full_name;
use super::instant::Instant;
use super::report::{Faults, Severity, hexed};
use super::tlv::{Tlv, tag};
use super::view::{Authority, CrlView, Fields, Misfit, View};
use crate::x509::extension::{KeyUsage, oid};

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "L03-too-long-webpki",
        Severity::Error,
        "BR 4.9.7, 7.2",
        "from thisUpdate to nextUpdate, both ends counted, are at most 12 months, and 10 days where the CRL covers no CA",
        Run::Crl(too_long),
    )
    .webpki(),
    Lint::new(
        "L10-scope-structure",
        Severity::Error,
        "RFC 5280 s.5.2.5, X.690 s.11.5",
        "issuingDistributionPoint is its type, not empty, and leaves out what is FALSE",
        Run::Crl(structure),
    ),
    Lint::new(
        "L10-scope-not-critical",
        Severity::Error,
        "RFC 5280 s.5.2.5",
        "issuingDistributionPoint is critical",
        Run::Crl(not_critical),
    ),
    Lint::new(
        "L10-scope-of-two-kinds",
        Severity::Error,
        "RFC 5280 s.5.2.5",
        "a CRL covers users, CAs or attribute certificates alone, or all of them",
        Run::Crl(two_kinds),
    ),
    Lint::new(
        "L10-scope-other",
        Severity::Error,
        "BR 7.2.2.1",
        "a CRL is neither indirect nor for attribute certificates nor for some reasons only",
        Run::Crl(other),
    )
    .webpki()
    .house(),
    Lint::new(
        "L10-scope-name",
        Severity::Error,
        "BR 7.2.2.1",
        "the distribution point of a CRL is a full name of URIs",
        Run::Crl(name),
    )
    .webpki()
    .house(),
    Lint::new(
        "L11-scope-of-a-full-crl",
        Severity::Notice,
        "BR 7.2.2.1",
        "a CRL that covers everything has no issuingDistributionPoint; one without a distribution point says so only for CAs or users",
        Run::Crl(full),
    ),
    Lint::new(
        "L12-delta-not-critical",
        Severity::Error,
        "RFC 5280 s.5.2.4",
        "deltaCRLIndicator is critical",
        Run::Crl(delta_not_critical),
    ),
    Lint::new(
        "L12-delta-base",
        Severity::Error,
        "RFC 5280 s.5.2.4",
        "deltaCRLIndicator is the number of an earlier CRL",
        Run::Crl(delta_base),
    ),
    Lint::new(
        "L12-freshest-in-delta",
        Severity::Error,
        "RFC 5280 s.5.2.6",
        "freshestCRL is not in a delta CRL",
        Run::Crl(freshest),
    ),
    Lint::new(
        "L13-issuer-usage",
        Severity::Error,
        "RFC 5280 s.4.2.1.3, s.6.3.3 (f)",
        "the keyUsage of the issuer, if it has one, includes cRLSign",
        Run::Crl(issuer_usage),
    ),
    Lint::new(
        "O06-distribution-point-differs",
        Severity::Error,
        "RFC 5280 s.6.3.3 (b) (2) (i), BR 7.2.2.1",
        "the distribution point of a CRL is octet for octet one that the certificates name",
        Run::Crl(differs),
    ),
];

const PLACE: &str = "issuingDistributionPoint";
const DAY: i64 = 86_400;

/// IssuingDistributionPoint (RFC 5280 s.5.2.5), each field as it stands.
struct Scope<'a> {
    name: Option<Tlv<'a>>,
    users: Option<Tlv<'a>>,
    cas: Option<Tlv<'a>>,
    reasons: Option<Tlv<'a>>,
    indirect: Option<Tlv<'a>>,
    attributes: Option<Tlv<'a>>,
}

fn read(value: &[u8]) -> Result<Scope<'_>, Misfit> {
    let mut fields = Fields::of_sequence(value, PLACE)?;
    let scope = Scope {
        name: fields.optional(tag::constructed(0), PLACE)?,
        users: fields.optional(tag::primitive(1), PLACE)?,
        cas: fields.optional(tag::primitive(2), PLACE)?,
        reasons: fields.optional(tag::primitive(3), PLACE)?,
        indirect: fields.optional(tag::primitive(4), PLACE)?,
        attributes: fields.optional(tag::primitive(5), PLACE)?,
    };
    fields.end(PLACE)?;
    Ok(scope)
}

fn scope<'a>(view: &View<'a>) -> Option<Scope<'a>> {
    read(view.extension(oid::ISSUING_DISTRIBUTION_POINT)?.value).ok()
}

/// Whether a flag is there and TRUE.
fn is_set(flag: Option<Tlv<'_>>) -> bool {
    flag.is_some_and(|flag| flag.contents != [0])
}

fn structure(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    let Some(extension) = view.extension(oid::ISSUING_DISTRIBUTION_POINT) else { return };
    match read(extension.value) {
        Err(misfit) => faults.push(misfit.place, misfit.found.text(), misfit.wanted),
        Ok(_) if extension.value == [0x30, 0x00] => faults.push(PLACE, "no field", "at least one"),
        Ok(scope) => {
            for flag in [scope.users, scope.cas, scope.indirect, scope.attributes].into_iter().flatten() {
                if flag.contents != [0xff] {
                    faults.push(PLACE, hexed(flag.whole), "TRUE as ff, or nothing");
                }
            }
        }
    }
}

fn not_critical(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    let extension = view.extension(oid::ISSUING_DISTRIBUTION_POINT);
    if extension.is_some_and(|extension| !extension.is_critical()) {
        faults.push(PLACE, "not critical", "critical");
    }
}

fn two_kinds(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    let Some(scope) = scope(view) else { return };
    let kinds = [scope.users, scope.cas, scope.attributes].into_iter().filter(|flag| is_set(*flag)).count();
    if kinds > 1 {
        faults.push(PLACE, format!("{kinds} kinds alone"), "one of them at most");
    }
}

fn other(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    let Some(scope) = scope(view) else { return };
    for (there, found) in [
        (is_set(scope.indirect), "indirectCRL"),
        (is_set(scope.attributes), "onlyContainsAttributeCerts"),
        (scope.reasons.is_some(), "onlySomeReasons"),
    ] {
        if there {
            faults.push(PLACE, found, "none of the kind");
        }
    }
}

fn name(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    match scope(view).and_then(|scope| scope.name).as_ref().map(full_name) {
        None => {}
        Some(None) => faults.push(PLACE, "a name relative to the issuer", "a full name"),
        Some(Some(names)) => {
            for name in names.iter().filter(|name| name.tag != tag::primitive(6)) {
                faults.push(PLACE, shown(name), "a URI");
            }
        }
    }
}

fn full(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    let Some(scope) = scope(view) else { return };
    let flags = [scope.users, scope.cas, scope.indirect, scope.attributes];
    if scope.name.is_none() && scope.reasons.is_none() && !flags.into_iter().any(is_set) {
        faults.push(PLACE, "the extension, without a limit", "none, since the CRL covers everything");
    }
}

fn too_long(view: &View<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    let next = crl.next_update.as_ref().and_then(Instant::of);
    let (Some(this), Some(next)) = (Instant::of(&crl.this_update), next) else { return };
    let users_alone = scope(view).is_some_and(|scope| is_set(scope.users));
    let (most, words) = if users_alone { (10, "10 days") } else { (366, "12 months") };
    let seconds = next.saturating_sub(this).saturating_add(1);
    if seconds > DAY.saturating_mul(most) {
        faults.push("nextUpdate", format!("{seconds} s, both ends counted"), format!("at most {words}"));
    }
}

fn is_delta(view: &View<'_>) -> bool {
    view.extension(oid::DELTA_CRL_INDICATOR).is_some()
}

fn delta_not_critical(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::DELTA_CRL_INDICATOR).is_some_and(|extension| !extension.is_critical()) {
        faults.push("deltaCRLIndicator", "not critical", "critical");
    }
}

fn delta_base(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    let Some(extension) = view.extension(oid::DELTA_CRL_INDICATOR) else { return };
    let own = view.extension(oid::CRL_NUMBER).and_then(|extension| crl_number(extension.value).ok());
    let bare = |octets: &[u8]| {
        let octets: Vec<u8> = octets.iter().copied().skip_while(|octet| *octet == 0).collect();
        (octets.len(), octets)
    };
    match crl_number(extension.value) {
        Err(misfit) => faults.push("deltaCRLIndicator", misfit.found.text(), "an INTEGER"),
        Ok(base) if own.is_some_and(|own| bare(base) >= bare(own)) => {
            faults.push("deltaCRLIndicator", hexed(base), "a number below the CRL's own");
        }
        Ok(_) => {}
    }
}

fn freshest(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::FRESHEST_CRL).is_some() && is_delta(view) {
        faults.push("freshestCRL", "it in a delta CRL", "no such extension");
    }
}

fn issuer_usage(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if let Authority::Known(issuer) = view.authority
        && let Some(usage) = issuer.key_usage
        && !usage.contains(KeyUsage::CRL_SIGN)
    {
        faults.push("the issuer's keyUsage", usage.to_string(), "cRLSign among them");
    }
}

fn differs(view: &View<'_>, crl: &CrlView<'_>, faults: &mut Faults<'_>) {
    if crl.distribution_points.is_empty() {
        return;
    }
    let Some(names) = scope(view).and_then(|scope| scope.name).as_ref().and_then(full_name) else { return };
    let known = |name: &Tlv<'_>| crl.distribution_points.iter().any(|uri| uri.as_bytes() == name.contents);
    if !names.iter().any(known) {
        let found = names.iter().map(shown).collect::<Vec<_>>().join(", ");
        faults.push(PLACE, found, crl.distribution_points.join(", "));
    }
}
