//! certificatePolicies and what qualifies them (rules O01 and O02).

use std::collections::BTreeSet;

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::general_name::uri_fault;
use super::rarer_value::{dotted, policies};
use super::report::{Faults, Severity, hexed, quoted};
use super::tlv::{Reader, Tlv, tag};
use super::view::View;
use crate::x509::extension::oid;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "O01-policies-empty",
        Severity::Error,
        "RFC 5280 s.4.2.1.4",
        "certificatePolicies has at least one policy, and policyQualifiers at least one qualifier",
        Run::Any(empty),
    ),
    Lint::new(
        "O01-policy-twice",
        Severity::Error,
        "RFC 5280 s.4.2.1.4",
        "no policy stands twice in certificatePolicies",
        Run::Any(twice),
    ),
    Lint::new(
        "O01-policies-critical",
        Severity::Error,
        "BR 7.1.2.7.6, 7.1.2.10.3",
        "certificatePolicies is not critical",
        Run::Any(critical),
    )
    .webpki(),
    Lint::new(
        "O02-qualifier-of-any-policy",
        Severity::Error,
        "RFC 5280 s.4.2.1.4",
        "anyPolicy has no qualifier beside a CPS URI and a user notice",
        Run::Any(of_any_policy),
    ),
    Lint::new(
        "O02-qualifier-other",
        Severity::Warning,
        "RFC 5280 s.4.2.1.4, BR 7.1.2.7.9",
        "policies have no qualifier beside a CPS URI and a user notice",
        Run::Any(other),
    ),
    Lint::new(
        "O02-cps-uri",
        Severity::Error,
        "RFC 5280 s.4.2.1.4",
        "a CPS qualifier is an IA5String with an absolute URI",
        Run::Any(cps_uri),
    ),
    Lint::new(
        "O02-cps-scheme",
        Severity::Error,
        "BR 7.1.2.7.9",
        "the URI of a CPS qualifier is one of http or https",
        Run::Any(cps_scheme),
    )
    .webpki()
    .house(),
    Lint::new(
        "O02-notice-form",
        Severity::Error,
        "RFC 5280 s.4.2.1.4, RFC 6818 s.3",
        "a user notice is a noticeRef, a text, both or neither; the text is no IA5String",
        Run::Any(notice_form),
    ),
    Lint::new(
        "O02-notice-reference",
        Severity::Warning,
        "RFC 5280 s.4.2.1.4",
        "a user notice has no noticeRef",
        Run::Any(notice_reference),
    ),
    Lint::new(
        "O02-notice-string",
        Severity::Warning,
        "RFC 6818 s.3",
        "the text of a user notice is a UTF8String",
        Run::Any(notice_string),
    ),
    Lint::new(
        "O02-notice-length",
        Severity::Error,
        "RFC 5280 s.4.2.1.4",
        "the text of a user notice has 1 to 200 characters",
        Run::Any(notice_length),
    ),
    Lint::new(
        "O02-notice-control",
        Severity::Warning,
        "RFC 6818 s.3",
        "the text of a user notice has no control character",
        Run::Any(notice_control),
    ),
];

const PLACE: &str = "certificatePolicies";
const QUALIFIERS: &str = "certificatePolicies policyQualifiers";
const NOTICE: &str = "certificatePolicies userNotice";
const CPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.1");
const USER_NOTICE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.2");
const IA5_STRING: u8 = 0x16;
const VISIBLE_STRING: u8 = 0x1a;
const BMP_STRING: u8 = 0x1e;

fn empty(view: &View<'_>, faults: &mut Faults<'_>) {
    let Some(policies) = policies(view) else { return };
    if policies.is_empty() {
        faults.push(PLACE, "no policy", "at least one, or no such extension");
    }
    for policy in policies.iter().filter(|policy| policy.qualifiers.as_ref().is_some_and(Vec::is_empty)) {
        faults.push(QUALIFIERS, format!("none for {}", dotted(policy.oid)), "at least one, or no such field");
    }
}

fn twice(view: &View<'_>, faults: &mut Faults<'_>) {
    let mut seen = BTreeSet::new();
    for policy in policies(view).unwrap_or_default() {
        if !seen.insert(policy.oid) {
            faults.push(PLACE, format!("{} once more", dotted(policy.oid)), "it once");
        }
    }
}

fn critical(view: &View<'_>, faults: &mut Faults<'_>) {
    if view.extension(oid::CERTIFICATE_POLICIES).is_some_and(|extension| extension.is_critical()) {
        faults.push(PLACE, "critical", "not critical");
    }
}

fn is(id: &[u8], oid: ObjectIdentifier) -> bool {
    id == oid.as_bytes()
}

/// Policy, qualifier id and qualifier of every qualifier that is neither a CPS URI nor a user notice.
fn others(view: &View<'_>, of_any_policy: bool, faults: &mut Faults<'_>) {
    for policy in policies(view).unwrap_or_default() {
        for (id, _) in policy.qualifiers.iter().flatten() {
            if is(policy.oid, oid::ANY_POLICY) == of_any_policy && !is(id, CPS) && !is(id, USER_NOTICE) {
                faults.push(QUALIFIERS, dotted(id), "a CPS URI or a user notice");
            }
        }
    }
}

fn of_any_policy(view: &View<'_>, faults: &mut Faults<'_>) {
    others(view, true, faults);
}

fn other(view: &View<'_>, faults: &mut Faults<'_>) {
    others(view, false, faults);
}

/// Every qualifier of a kind; an absent one is empty octets.
fn qualifiers<'a>(view: &View<'a>, kind: ObjectIdentifier) -> Vec<Option<Tlv<'a>>> {
    let all = policies(view).unwrap_or_default().into_iter().filter_map(|policy| policy.qualifiers);
    all.flatten().filter(|(id, _)| is(id, kind)).map(|(_, qualifier)| qualifier).collect()
}

fn cps_uri(view: &View<'_>, faults: &mut Faults<'_>) {
    for qualifier in qualifiers(view, CPS) {
        match qualifier {
            Some(uri) if uri.tag == IA5_STRING => {
                if uri_fault(uri.contents).is_some() {
                    faults.push(QUALIFIERS, quoted(uri.contents), "an absolute URI");
                }
            }
            Some(other) => faults.push(QUALIFIERS, hexed(other.whole), "an IA5String"),
            None => faults.push(QUALIFIERS, "no URI", "an IA5String"),
        }
    }
}

fn cps_scheme(view: &View<'_>, faults: &mut Faults<'_>) {
    for uri in qualifiers(view, CPS).into_iter().flatten() {
        let http = [&b"http://"[..], b"https://"].iter().any(|scheme| {
            uri.contents.get(..scheme.len()).is_some_and(|found| found.eq_ignore_ascii_case(scheme))
        });
        if uri.tag == IA5_STRING && uri_fault(uri.contents).is_none() && !http {
            faults.push(QUALIFIERS, quoted(uri.contents), "a http or https URI");
        }
    }
}

/// A UserNotice: noticeRef and explicitText.
type Notice<'a> = (Option<Tlv<'a>>, Option<Tlv<'a>>);

/// The two fields of a UserNotice, if it is one.
fn fields<'a>(notice: &Tlv<'a>) -> Option<Notice<'a>> {
    let mut reader = Reader::new(notice.contents);
    let reference = reader.optional(tag::SEQUENCE).ok()?;
    let text = if reader.is_finished() { None } else { Some(reader.next().ok()?) };
    let is_text =
        |text: &Tlv<'_>| [IA5_STRING, VISIBLE_STRING, BMP_STRING, tag::UTF8_STRING].contains(&text.tag);
    (notice.tag == tag::SEQUENCE && reader.is_finished() && text.as_ref().is_none_or(is_text))
        .then_some((reference, text))
}

fn notices<'a>(view: &View<'a>) -> Vec<Notice<'a>> {
    qualifiers(view, USER_NOTICE).iter().flatten().filter_map(fields).collect()
}

fn notice_form(view: &View<'_>, faults: &mut Faults<'_>) {
    for notice in qualifiers(view, USER_NOTICE) {
        match notice.as_ref().map(fields) {
            Some(Some((_, Some(text)))) if text.tag == IA5_STRING => {
                faults.push(NOTICE, format!("an IA5String {}", quoted(text.contents)), "a UTF8String");
            }
            Some(Some(_)) => {}
            Some(None) => {
                let found = notice.map_or_else(String::new, |notice| hexed(notice.whole));
                faults.push(NOTICE, found, "a UserNotice");
            }
            None => faults.push(NOTICE, "nothing", "a UserNotice"),
        }
    }
}

fn notice_reference(view: &View<'_>, faults: &mut Faults<'_>) {
    for reference in notices(view).iter().filter_map(|(reference, _)| *reference) {
        faults.push(NOTICE, format!("noticeRef {}", hexed(reference.contents)), "the text alone");
    }
}

fn notice_string(view: &View<'_>, faults: &mut Faults<'_>) {
    for text in notices(view).iter().filter_map(|(_, text)| *text) {
        if matches!(text.tag, VISIBLE_STRING | BMP_STRING) {
            let kind = if text.tag == BMP_STRING { "a BMPString" } else { "a VisibleString" };
            faults.push(NOTICE, kind, "a UTF8String");
        }
    }
}

/// The characters of a text; nothing where its octets are not right for its type.
fn characters(text: &Tlv<'_>) -> Option<Vec<char>> {
    if text.tag == BMP_STRING {
        let (pairs, rest) = text.contents.as_chunks::<2>();
        let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
        return char::decode_utf16(units).collect::<Result<Vec<_>, _>>().ok().filter(|_| rest.is_empty());
    }
    std::str::from_utf8(text.contents).ok().map(|text| text.chars().collect())
}

fn notice_length(view: &View<'_>, faults: &mut Faults<'_>) {
    for text in notices(view).iter().filter_map(|(_, text)| *text) {
        match characters(&text).map(|characters| characters.len()) {
            Some(1..=200) => {}
            Some(many) => faults.push(NOTICE, format!("{many} characters"), "1 to 200"),
            None => faults.push(NOTICE, hexed(text.contents), "a text in its string type"),
        }
    }
}

fn notice_control(view: &View<'_>, faults: &mut Faults<'_>) {
    for text in notices(view).iter().filter_map(|(_, text)| *text) {
        let control = characters(&text).into_iter().flatten().find(|c| c.is_control());
        if let Some(control) = control {
            faults.push(NOTICE, format!("U+{:04X}", u32::from(control)), "characters that can be seen");
        }
    }
}
