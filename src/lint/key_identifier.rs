//! subjectKeyIdentifier and authorityKeyIdentifier (rules A01 to A04, and L01 in CRLs).

use der::asn1::ObjectIdentifier;

use super::catalogue::{Lint, Run};
use super::report::{Faults, Severity, hexed};
use super::view::{Authority, CertificateView, CrlView, View};
use crate::x509::algorithm::Digest;
use crate::x509::extension::oid;
use crate::x509::spki::PublicKey;

pub(super) const LINTS: &[Lint] = &[
    Lint::new(
        "A01-subject-key-identifier-missing",
        Severity::Error,
        "RFC 5280 s.4.2.1.2",
        "the certificate of a CA has subjectKeyIdentifier",
        Run::Certificate(subject_missing),
    ),
    Lint::new(
        "A01-subject-key-identifier-empty",
        Severity::Error,
        "RFC 5280 s.4.2.1.2",
        "subjectKeyIdentifier has octets",
        Run::Certificate(subject_empty),
    ),
    Lint::new(
        "A01-derivation",
        Severity::Notice,
        "RFC 5280 s.4.2.1.2, RFC 7093 s.2",
        "subjectKeyIdentifier is derived from the key by a method of RFC 7093",
        Run::Certificate(derivation),
    ),
    Lint::new(
        "A02-authority-key-identifier-missing",
        Severity::Error,
        "RFC 5280 s.4.2.1.1",
        "every certificate but a self-signed one has authorityKeyIdentifier with a keyIdentifier",
        Run::Certificate(authority_missing),
    ),
    Lint::new(
        "A02-authority-key-identifier-differs",
        Severity::Error,
        "RFC 5280 s.4.2.1.1",
        "keyIdentifier is octet for octet the subjectKeyIdentifier in the issuer's certificate",
        Run::Certificate(|view, _, faults| authority_differs(view, faults)),
    ),
    Lint::new(
        "A03-issuer-and-serial",
        Severity::Error,
        "BR 7.1.2.11.1",
        "authorityKeyIdentifier has no authorityCertIssuer and authorityCertSerialNumber",
        Run::Any(issuer_and_serial),
    )
    .webpki(),
    Lint::new(
        "A03-issuer-or-serial-alone",
        Severity::Error,
        "RFC 5280 s.4.2.1.1, X.509 s.9.2.2.1",
        "authorityCertIssuer and authorityCertSerialNumber are both there or both absent",
        Run::Any(issuer_or_serial_alone),
    ),
    Lint::new(
        "A04-key-identifier-critical",
        Severity::Error,
        "RFC 5280 s.4.2.1.1, s.4.2.1.2",
        "subjectKeyIdentifier and authorityKeyIdentifier are not critical",
        Run::Any(critical),
    ),
    Lint::new(
        "A04-self-signed-differs",
        Severity::Error,
        "RFC 5280 s.4.2.1.1, BR 7.1.2.1.3",
        "the keyIdentifier of a self-signed certificate, if there, is its own subjectKeyIdentifier",
        Run::Certificate(self_signed_differs),
    ),
    Lint::new(
        "L01-authority-key-identifier-missing",
        Severity::Error,
        "RFC 5280 s.5.2.1",
        "a CRL has authorityKeyIdentifier with a keyIdentifier",
        Run::Crl(crl_missing),
    ),
    Lint::new(
        "L01-authority-key-identifier-differs",
        Severity::Error,
        "RFC 5280 s.5.2.1",
        "keyIdentifier is octet for octet the subjectKeyIdentifier in the CA's certificate",
        Run::Crl(|view, _, faults| authority_differs(view, faults)),
    ),
];

fn subject_missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.is_ca() && view.extension(oid::SUBJECT_KEY_IDENTIFIER).is_none() {
        faults.push("extensions", "no subjectKeyIdentifier", "it, since the subject is a CA");
    }
}

fn subject_empty(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if view.subject_key_identifier() == Some(&[]) {
        faults.push("subjectKeyIdentifier", "no octets", "octets that are derived from the key");
    }
}

/// The four methods of RFC 7093 s.2: the leftmost 160 bits of SHA-256, SHA-384 or SHA-512 over the bits of
/// the key, and SHA-256 over the whole SubjectPublicKeyInfo.
fn is_derived(identifier: &[u8], key: &PublicKey) -> bool {
    Digest::ALL.into_iter().any(|digest| digest.of(key.key_octets()).get(..20) == Some(identifier))
        || Digest::Sha256.of(key.as_der()) == identifier
}

fn derivation(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    let Some(identifier) = view.subject_key_identifier().filter(|octets| !octets.is_empty()) else { return };
    let Some(Ok(key)) = view.subject_key() else { return };
    if !is_derived(identifier, key) {
        let wanted = "a method of RFC 7093 (SHA-1, the method of RFC 5280, is not looked at)";
        faults.push("subjectKeyIdentifier", hexed(identifier), wanted);
    }
}

/// What keeps the issuer from being found by its key identifier.
fn lack(view: &View<'_>) -> Option<&'static str> {
    if view.extension(oid::AUTHORITY_KEY_IDENTIFIER).is_none() {
        return Some("no authorityKeyIdentifier");
    }
    let value = view.authority_key_identifier()?;
    value.key_identifier.is_none().then_some("authorityKeyIdentifier without keyIdentifier")
}

fn authority_missing(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if !matches!(view.authority, Authority::Itself)
        && let Some(found) = lack(view)
    {
        faults.push("extensions", found, "the issuer's key identifier");
    }
}

fn crl_missing(view: &View<'_>, _: &CrlView<'_>, faults: &mut Faults<'_>) {
    if let Some(found) = lack(view) {
        faults.push("crlExtensions", found, "the issuer's key identifier");
    }
}

fn authority_differs(view: &View<'_>, faults: &mut Faults<'_>) {
    let Authority::Known(issuer) = view.authority else { return };
    let Some(found) = view.authority_key_identifier().and_then(|value| value.key_identifier) else { return };
    if let Some(wanted) = issuer.subject_key_identifier.as_deref()
        && found != wanted
    {
        let wanted = format!("{}, the issuer's subjectKeyIdentifier", hexed(wanted));
        faults.push("authorityKeyIdentifier", hexed(found), wanted);
    }
}

fn self_signed_differs(view: &View<'_>, _: &CertificateView<'_>, faults: &mut Faults<'_>) {
    if !matches!(view.authority, Authority::Itself) {
        return;
    }
    let authority = view.authority_key_identifier().and_then(|value| value.key_identifier);
    if let (Some(found), Some(wanted)) = (authority, view.subject_key_identifier())
        && found != wanted
    {
        let wanted = format!("{}, its own subjectKeyIdentifier", hexed(wanted));
        faults.push("authorityKeyIdentifier", hexed(found), wanted);
    }
}

fn issuer_and_serial(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some(value) = view.authority_key_identifier()
        && value.issuer.is_some()
        && let Some(serial) = value.serial
    {
        faults.push("authorityKeyIdentifier", format!("issuer and serial {}", hexed(serial)), "neither");
    }
}

fn issuer_or_serial_alone(view: &View<'_>, faults: &mut Faults<'_>) {
    if let Some(value) = view.authority_key_identifier()
        && value.issuer.is_some() != value.serial.is_some()
    {
        let found = if value.issuer.is_some() { "the issuer alone" } else { "the serial number alone" };
        faults.push("authorityKeyIdentifier", found, "both or neither");
    }
}

fn critical(view: &View<'_>, faults: &mut Faults<'_>) {
    let both: [(ObjectIdentifier, &str); 2] = [
        (oid::SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
        (oid::AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier"),
    ];
    for (oid, place) in both {
        if view.extension(oid).is_some_and(|extension| extension.is_critical()) {
            faults.push(place, "critical", "not critical");
        }
    }
}
