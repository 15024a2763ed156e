//! The forms of otherName in subjectAltName: SmtpUTF8Mailbox, user principal names, hardware modules (rule E06).

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::general_name::{host_fault, is_sound_label, shown};
use super::report::{Faults, Severity, quoted};
use super::tlv::{Reader, Tlv, tag};
use super::view::View;
use crate::x509::general_name::other_name::{HARDWARE_MODULE_NAME, SMTP_UTF8_MAILBOX, UPN};

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "E06-smtp-utf8-domain",
        Severity::Error,
        "RFC 9598 s.3",
        "the domain of a SmtpUTF8Mailbox is a host name whose labels are A-labels and not U-labels",
        Run::Any(smtp_utf8_domain),
    ),
    Lint::new(
        "E06-smtp-utf8-mark",
        Severity::Error,
        "RFC 9598 s.3",
        "a SmtpUTF8Mailbox has no byte order mark",
        Run::Any(smtp_utf8_mark),
    ),
    Lint::new(
        "E06-user-principal-name",
        Severity::Warning,
        "MS-WCCE s.2.2.2.7.5",
        "a user principal name is a UTF8String of user@realm",
        Run::Any(user_principal_name),
    ),
    Lint::new(
        "E06-hardware-module-name",
        Severity::Error,
        "RFC 4108 s.5",
        "a hardwareModuleName is an object identifier and a serial number of at least one octet",
        Run::Any(hardware_module_name),
    ),
];

const PLACE: &str = "subjectAltName";

/// The names that are this form of otherName, with the value inside its EXPLICIT tag.
fn values<'a>(view: &View<'a>, form: ObjectIdentifier) -> Vec<(Tlv<'a>, Tlv<'a>)> {
    let names = view.alt_names().unwrap_or_default();
    let value = |name: &Tlv<'a>| {
        let mut fields = Reader::new(name.contents);
        let kind = fields.next().ok().filter(|kind| kind.contents == form.as_bytes())?;
        let explicit = fields.next().ok().filter(|_| kind.tag == tag::OBJECT_IDENTIFIER)?;
        Reader::new(explicit.contents).next().ok()
    };
    let others = names.into_iter().filter(|name| name.tag == tag::constructed(0));
    others.filter_map(|name| value(&name).map(|value| (name, value))).collect()
}

fn smtp_utf8_domain(view: &View<'_>, faults: &mut Faults<'_>) {
    for (_, value) in values(view, SMTP_UTF8_MAILBOX) {
        let Some(at) = value.contents.iter().rposition(|octet| *octet == b'@') else { continue };
        let domain = value.contents.get(at.saturating_add(1)..).unwrap_or_default();
        let sound = host_fault(domain).is_none()
            && !domain.contains(&b'*')
            && domain.split(|octet| *octet == b'.').all(is_sound_label);
        if !sound {
            faults.push(PLACE, quoted(value.contents), "a domain of letters, digits, hyphens and A-labels");
        }
    }
}

fn smtp_utf8_mark(view: &View<'_>, faults: &mut Faults<'_>) {
    for (_, value) in values(view, SMTP_UTF8_MAILBOX) {
        if value.contents.windows(3).any(|three| three == "\u{feff}".as_bytes()) {
            faults.push(PLACE, quoted(value.contents), "no U+FEFF");
        }
    }
}

fn user_principal_name(view: &View<'_>, faults: &mut Faults<'_>) {
    for (name, value) in values(view, UPN) {
        let text = std::str::from_utf8(value.contents).ok().filter(|_| value.tag == tag::UTF8_STRING);
        let parts = text.and_then(|text| text.rsplit_once('@'));
        let sound = parts.is_some_and(|(user, realm)| {
            let seen =
                |text: &str| !text.is_empty() && !text.chars().any(|c| c.is_control() || c.is_whitespace());
            seen(user) && seen(realm) && !user.contains('@')
        });
        if !sound {
            faults.push(PLACE, shown(&name), "a UTF8String of user@realm");
        }
    }
}

fn hardware_module_name(view: &View<'_>, faults: &mut Faults<'_>) {
    for (name, value) in values(view, HARDWARE_MODULE_NAME) {
        let mut fields = Reader::new(value.contents);
        let kind = fields.next().is_ok_and(|kind| kind.tag == tag::OBJECT_IDENTIFIER);
        let serial =
            fields.next().is_ok_and(|serial| serial.tag == tag::OCTET_STRING && !serial.contents.is_empty());
        if value.tag != tag::SEQUENCE || !kind || !serial || !fields.is_finished() {
            faults.push(PLACE, shown(&name), "an object identifier and a serial number");
        }
    }
}
